"""A sealed log for the tests that tamper with it, in the test's own transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from lienthong.audit import checks, sealing, trail
from lienthong.audit.witness import Witness
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.actor import system_actor

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
SYSTEM = system_actor(frozenset())
TABLES = ("audit_entry", "audit_leaf", "audit_checkpoint")
SENTENCES = checks._SENTENCES


@dataclass
class Log:
    """A sealed log of three checkpoints, its keys and its witness."""

    keyring: Keyring
    witness: Witness
    sizes: list[int]
    entries: list[int]

    def found(self) -> set[str]:
        breaches = checks.verify_log(self.keyring, [self.witness])
        return {
            kind for kind, text in SENTENCES.items() if any(b.message_vi == text for b in breaches)
        }


def run(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def sealed_log(folder: Path) -> Log:
    """Three batches of four entries, sealed and witnessed; then the owner takes the guards away."""
    keyring = Keyring.open(folder / "keys.json", create=True)
    witness = Witness(folder / "witness.log")
    sealing.seal(AT, keyring=keyring)
    start = sealing.checkpoints()
    sizes = []
    for batch in range(3):
        for subject_id in range(4):
            trail.record(
                SYSTEM,
                "card.moved",
                at=AT,
                subject_kind="card",
                subject_id=batch * 4 + subject_id,
                detail={"count": subject_id},
            )
        sizes.append(sealing.seal(AT, keyring=keyring).size)
    sealing.tell([witness])
    # What stood in the log before was sealed just now too; then it is the first checkpoint's.
    assert len(sealing.checkpoints()) == len(start) + 3
    entries = run("SELECT entry_id FROM audit_leaf ORDER BY seq DESC LIMIT 12")
    unguard()
    return Log(keyring, witness, sizes, [entry for (entry,) in reversed(entries)])


def unguard() -> None:
    run("SET LOCAL ROLE NONE")
    for table in TABLES:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def guard() -> None:
    for table in TABLES:
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER")

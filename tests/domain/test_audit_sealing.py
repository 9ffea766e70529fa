"""Everything that commits is sealed once, in a contiguous order, whatever the order of commits; witnesses keep up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from lienthong.audit import chain, checks, sealing, trail
from lienthong.audit.witness import Witness
from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.kernel.actor import system_actor

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
SYSTEM = system_actor(frozenset())


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.open(tmp_path / "keys.json", create=True)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "elsewhere" / "log")


def _record(count: int) -> None:
    trail.record_each(
        SYSTEM, "card.printed", at=AT, subject_kind="card", subject_ids=list(range(count))
    )


def _fetch(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


@contextmanager
def _other_session() -> Iterator[psycopg.Connection]:
    """A transaction of another process on the same database."""
    words = connection.get_connection_params()
    kept = {
        key: words[key] for key in ("host", "port", "user", "password", "dbname") if key in words
    }
    with psycopg.connect(**kept) as other:
        yield other


def _insert(other: psycopg.Connection, action: str) -> None:
    other.execute("INSERT INTO audit_entry (by, action) VALUES ('system', %s)", [action])


@pytest.mark.django_db
def test_sealing_numbers_the_entries_and_signs_their_chain(keyring: Keyring) -> None:
    start = max((checkpoint.size for checkpoint in sealing.checkpoints()), default=0)
    sealing.seal(AT, keyring=keyring)
    before = sealing.checkpoints()
    _record(5)
    result = sealing.seal(AT, keyring=keyring)
    assert result.sealed_count == 5
    kept = sealing.checkpoints()
    last, prev = kept[-1], kept[-2] if len(kept) > 1 else None
    root = chain.GENESIS if prev is None else prev.root
    leaves = _fetch(f"SELECT seq, leaf FROM audit_leaf WHERE seq > {result.size - 5} ORDER BY seq")  # noqa: S608
    assert [seq for seq, _ in leaves] == list(range(result.size - 4, result.size + 1))
    assert last.root == chain.stamped(
        chain.extended(root, (bytes(leaf) for _, leaf in leaves)), last.at
    )
    assert len(kept) == len(before) + 1
    assert start <= result.size
    signed = f"lienthong-audit\n{last.size}\n{last.root.hex()}\n".encode()
    assert keyring.verify(Purpose.AUDIT, last.key_id, signed, last.signature)


@pytest.mark.django_db
def test_nothing_new_makes_no_checkpoint(keyring: Keyring) -> None:
    _record(1)
    sealing.seal(AT, keyring=keyring)
    before = sealing.checkpoints()
    assert sealing.seal(AT, keyring=keyring).sealed_count == 0
    assert sealing.checkpoints() == before


def test_a_backlog_of_many_transactions_is_sealed_in_parts(
    committed_db: object, keyring: Keyring
) -> None:
    sealing.seal(AT, keyring=keyring)
    for _ in range(7):
        _record(1)
    counts = [sealing.seal(AT, keyring=keyring, limit=3).sealed_count for _ in range(4)]
    assert counts == [3, 3, 1, 0]


def test_what_commits_late_or_in_inverse_order_is_sealed_once(
    committed_db: object, keyring: Keyring, witness: Witness
) -> None:
    sealing.seal(AT, keyring=keyring)
    with _other_session() as first, _other_session() as second, _other_session() as third:
        for session, action in ((first, "first"), (second, "second"), (third, "third")):
            _insert(session, action)
        third.commit()
        sealing.seal(AT, keyring=keyring)
        _record(1)
        sealing.seal(AT, keyring=keyring)
        second.commit()
        _insert(third, "fourth")
        third.rollback()  # A gap among the ids is nobody's deletion.
        sealing.seal(AT, keyring=keyring)
        first.commit()
        sealing.seal(AT, keyring=keyring)
    order = _fetch(
        "SELECT action FROM audit_leaf JOIN audit_entry ON id = entry_id"
        " WHERE action IN ('first', 'second', 'third', 'fourth') ORDER BY seq"
    )
    assert order == [("third",), ("second",), ("first",)]
    assert _fetch(
        "SELECT count(*) = max(seq), count(DISTINCT entry_id) = count(*) FROM audit_leaf"
    ) == [(True, True)]
    sealing.tell([witness])
    assert checks.verify_log(keyring, [witness]) == []


def test_a_seal_notes_the_oldest_transaction_still_running(
    committed_db: object, keyring: Keyring
) -> None:
    _record(10)
    oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    before = _fetch(oldest)
    sealing.seal(AT, keyring=keyring)
    noted = _fetch("SELECT horizon FROM audit_checkpoint ORDER BY size DESC LIMIT 1")
    assert before <= noted <= _fetch(oldest)


def test_a_restored_copy_that_counts_transactions_anew_is_still_sealed(
    committed_db: object, keyring: Keyring
) -> None:
    _record(2)
    sealing.seal(AT, keyring=keyring)
    with _other_session() as owner:
        owner.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER USER")
        owner.execute("UPDATE audit_checkpoint SET horizon = horizon + 1000000000")
    _record(3)
    assert sealing.seal(AT, keyring=keyring).sealed_count == 3


def test_many_sealers_at_once_seal_each_entry_once(committed_db: object, keyring: Keyring) -> None:
    sealing.seal(AT, keyring=keyring)
    barrier = threading.Barrier(5)
    failures: list[Exception] = []

    def seal_often() -> None:
        try:
            barrier.wait()
            for _ in range(10):
                _record(3)
                sealing.seal(AT, keyring=keyring)
        except Exception as error:  # noqa: BLE001 - handed to the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=seal_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    barrier.wait()
    for thread in threads:
        thread.join()
    sealing.seal(AT, keyring=keyring)
    assert failures == []
    assert _fetch("SELECT count(*), max(seq) FROM audit_leaf") == _fetch(
        "SELECT count(*), count(*) FROM audit_entry"
    )
    assert checks.verify_log(keyring, []) == []


def test_seal_once_tells_every_witness_and_catches_up(
    committed_db: object, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setattr(settings, "KEYRING", keyring)
    monkeypatch.setattr(settings, "AUDIT_WITNESSES", [tmp_path / "one", blocked])
    _record(2)
    assert sealing.seal_once(AT) > 0
    assert _fetch(
        "SELECT count(*) FROM database_alarm WHERE name = 'audit.witness' AND closed_at IS NULL"
    ) == [(1,)]
    one, other = sealing.witnesses()
    assert list(one.checkpoints()) == sealing.checkpoints()
    blocked.unlink()
    _record(1)
    assert sealing.seal_once(AT) == 1
    assert list(other.checkpoints()) == list(one.checkpoints()) == sealing.checkpoints()
    assert _fetch("SELECT count(*) FROM database_alarm WHERE closed_at IS NULL") == [(0,)]


@pytest.mark.django_db
def test_a_line_torn_by_a_power_failure_is_written_again(
    keyring: Keyring, witness: Witness
) -> None:
    _record(1)
    sealing.seal(AT, keyring=keyring)
    sealing.tell([witness])
    whole = witness.path.read_text()
    witness.path.write_text(whole[: len(whole) // 2 * -1])
    sealing.tell([witness])
    assert list(witness.checkpoints()) == sealing.checkpoints()


@pytest.mark.django_db
def test_a_witness_is_only_ever_appended_to(keyring: Keyring, witness: Witness) -> None:
    kept = ""
    for _ in range(3):
        _record(2)
        sealing.seal(AT, keyring=keyring)
        sealing.tell([witness, witness])
        assert witness.append(sealing.checkpoints()) == 0
        assert witness.path.read_text().startswith(kept)
        kept = witness.path.read_text()
    assert len(kept.splitlines()) == len(sealing.checkpoints())

"""The tamper matrix: whatever the owner of the tables does to the log, `verify_log` names it (INV-35, INV-37)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from lienthong.audit import chain, sealing, trail
from lienthong.gateways.keyring import Keyring, Purpose
from tests.sealed_log import AT, SYSTEM, TABLES, Log, run, sealed_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return sealed_log(tmp_path)


def change_a_field(log: Log) -> None:
    run("UPDATE audit_entry SET by = 'officer:other' WHERE id = %s", log.entries[5])


def change_a_detail(log: Log) -> None:
    run("UPDATE audit_entry SET detail = '{\"count\": 99}' WHERE id = %s", log.entries[5])


def move_text_from_one_field_to_the_next(log: Log) -> None:
    run("UPDATE audit_entry SET by = by || action, action = 'x' WHERE id = %s", log.entries[5])


def put_null_for_empty(log: Log) -> None:
    run("UPDATE audit_entry SET subject_id = NULL WHERE id = %s", log.entries[5])


def shift_a_time_by_a_microsecond(log: Log) -> None:
    run("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = %s", log.entries[5])


def swap_two_rows(log: Log) -> None:
    one, other = log.entries[1], log.entries[2]
    run("UPDATE audit_entry SET id = -1 WHERE id = %s", one)
    run("UPDATE audit_entry SET id = %s WHERE id = %s", one, other)
    run("UPDATE audit_entry SET id = %s WHERE id = -1", other)


def swap_two_leaves(log: Log) -> None:
    low = log.sizes[0] - 3
    run("UPDATE audit_leaf SET seq = -1 WHERE seq = %s", low)
    run("UPDATE audit_leaf SET seq = %s WHERE seq = %s", low, low + 1)
    run("UPDATE audit_leaf SET seq = %s WHERE seq = -1", low + 1)


def change_row_and_leaf(log: Log) -> None:
    change_a_field(log)
    reseal_leaves()


def delete_a_row(log: Log) -> None:
    run("DELETE FROM audit_entry WHERE id = %s", log.entries[5])


def delete_a_row_and_its_leaf(log: Log) -> None:
    delete_a_row(log)
    run("DELETE FROM audit_leaf WHERE entry_id = %s", log.entries[5])


def delete_and_renumber(log: Log) -> None:
    delete_a_row_and_its_leaf(log)
    renumber()


def delete_the_last_row_before_a_checkpoint(log: Log) -> None:
    run("DELETE FROM audit_entry WHERE id = %s", log.entries[7])
    run("DELETE FROM audit_leaf WHERE entry_id = %s", log.entries[7])


def insert_among_the_sealed(log: Log) -> None:
    run("INSERT INTO audit_entry (by, action) VALUES ('system', 'forged')")
    run("UPDATE audit_leaf SET seq = -seq WHERE seq > %s", log.sizes[0])
    run("UPDATE audit_leaf SET seq = 1 - seq WHERE seq < 0")
    run("INSERT INTO audit_leaf SELECT %s, max(id), '\\x00' FROM audit_entry", log.sizes[0] + 1)
    reseal_leaves()


def forge_a_checkpoint(log: Log) -> None:
    change_row_and_leaf(log)
    size = log.sizes[1]
    root = chained_until(size)
    run("UPDATE audit_checkpoint SET root = %s WHERE size = %s", root, size)


def widen_the_time_of_a_checkpoint(log: Log) -> None:
    run("UPDATE audit_checkpoint SET at = at + interval '1 hour' WHERE size = %s", log.sizes[1])


def delete_a_checkpoint_in_the_middle(log: Log) -> None:
    run("DELETE FROM audit_checkpoint WHERE size = %s", log.sizes[1])


def delete_the_last_checkpoint_alone(log: Log) -> None:
    run("DELETE FROM audit_checkpoint WHERE size = %s", log.sizes[2])


def cut_the_tail_with_its_checkpoint(log: Log) -> None:
    run(
        "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_leaf WHERE seq > %s)",
        log.sizes[1],
    )
    run("DELETE FROM audit_leaf WHERE seq > %s", log.sizes[1])
    run("DELETE FROM audit_checkpoint WHERE size > %s", log.sizes[1])


def empty_everything(log: Log) -> None:
    for table in TABLES:
        run(f"TRUNCATE {table}")


def rewrite_with_another_key(log: Log) -> None:
    forger = Keyring.open(log.witness.path.with_name("forged.json"), create=True)
    change_row_and_leaf(log)
    rewrite_checkpoints(forger)


def rewrite_with_our_key(log: Log) -> None:
    change_row_and_leaf(log)
    rewrite_checkpoints(log.keyring)


def cut_and_grow_again_with_our_key(log: Log) -> None:
    cut_the_tail_with_its_checkpoint(log)
    for _ in range(9):
        trail.record(SYSTEM, "forged", at=AT)
    sealing.seal(AT, keyring=log.keyring)


def insert_into_the_past_before_sealing(log: Log) -> None:
    run(
        "INSERT INTO audit_entry (by, action, at)"
        " VALUES ('system', 'forged', clock_timestamp() - interval '2 minutes')"
    )
    sealing.seal(AT, keyring=log.keyring)


def insert_into_the_future_before_sealing(log: Log) -> None:
    run(
        "INSERT INTO audit_entry (by, action, at)"
        " VALUES ('system', 'forged', clock_timestamp() + interval '10 seconds')"
    )
    sealing.seal(AT, keyring=log.keyring)


def hide_rows_from_the_sealer(log: Log) -> None:
    run(
        "INSERT INTO audit_entry (by, action, at, xact)"
        " VALUES ('system', 'hidden', clock_timestamp() - interval '2 minutes', 1)"
    )
    sealing.seal(AT, keyring=log.keyring)


def edit_the_witness(log: Log) -> None:
    text = log.witness.path.read_text()
    root = sealing.checkpoints()[-1].root.hex()
    log.witness.path.write_text(text.replace(root, "00" * 32))


def reseal_leaves() -> None:
    for entry_id, canonical in canonicals():
        run(
            "UPDATE audit_leaf SET leaf = %s WHERE entry_id = %s",
            chain.leaf_of(canonical),
            entry_id,
        )


def canonicals() -> list[tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(
            b"SELECT entry.id, "
            + chain.CANONICAL.as_bytes(None)
            + b" FROM audit_entry AS entry JOIN audit_leaf ON entry_id = entry.id"
        )
        return [(entry_id, bytes(text)) for entry_id, text in cursor.fetchall()]


def renumber() -> None:
    run(
        "UPDATE audit_leaf SET seq = -new.seq FROM"
        " (SELECT entry_id, row_number() OVER (ORDER BY seq) AS seq FROM audit_leaf) AS new"
        " WHERE new.entry_id = audit_leaf.entry_id"
    )
    run("UPDATE audit_leaf SET seq = -seq")


def chained_until(size: int) -> bytes:
    checkpoint = next(c for c in sealing.checkpoints() if c.size == size)
    earlier = [c for c in sealing.checkpoints() if c.size < size]
    after, root = (earlier[-1].size, earlier[-1].root) if earlier else (0, chain.GENESIS)
    leaves = run(
        "SELECT leaf FROM audit_leaf WHERE seq > %s AND seq <= %s ORDER BY seq", after, size
    )
    return chain.stamped(chain.extended(root, (bytes(leaf) for (leaf,) in leaves)), checkpoint.at)


def rewrite_checkpoints(keyring: Keyring) -> None:
    prev = chain.GENESIS
    for checkpoint in sealing.checkpoints():
        root = chained_until(checkpoint.size)
        signature = keyring.sign(Purpose.AUDIT, chain.statement_of(checkpoint.size, root))
        run(
            "UPDATE audit_checkpoint SET root = %s, prev = %s, key_id = %s, signature = %s"
            " WHERE size = %s",
            root,
            prev,
            signature.key_id,
            signature.value,
            checkpoint.size,
        )
        prev = root


MATRIX: list[tuple[Callable[[Log], None], set[str]]] = [
    (change_a_field, {"changed"}),
    (change_a_detail, {"changed"}),
    (move_text_from_one_field_to_the_next, {"changed"}),
    (put_null_for_empty, {"changed"}),
    (shift_a_time_by_a_microsecond, {"changed"}),
    (swap_two_rows, {"changed"}),
    (swap_two_leaves, {"root"}),
    (change_row_and_leaf, {"root"}),
    (delete_a_row, {"missing"}),
    (delete_a_row_and_its_leaf, {"gap", "root"}),
    (delete_and_renumber, {"gap", "root"}),
    (delete_the_last_row_before_a_checkpoint, {"gap", "root"}),
    (insert_among_the_sealed, {"root", "beyond"}),
    (forge_a_checkpoint, {"root", "signature", "prev", "rewritten"}),
    (widen_the_time_of_a_checkpoint, {"root", "time", "rewritten"}),
    (delete_a_checkpoint_in_the_middle, {"root", "prev", "cut"}),
    (delete_the_last_checkpoint_alone, {"beyond", "cut"}),
    (cut_the_tail_with_its_checkpoint, {"cut"}),
    (empty_everything, {"cut"}),
    (rewrite_with_another_key, {"signature", "rewritten"}),
    (rewrite_with_our_key, {"rewritten"}),
    (cut_and_grow_again_with_our_key, {"cut"}),
    (insert_into_the_past_before_sealing, {"time"}),
    (insert_into_the_future_before_sealing, {"time"}),
    (hide_rows_from_the_sealer, {"unsealed"}),
    (edit_the_witness, {"rewritten"}),
]


@pytest.mark.parametrize(("tamper", "expected"), MATRIX, ids=[row[0].__name__ for row in MATRIX])
def test_tampering_is_named(log: Log, tamper: Callable[[Log], None], expected: set[str]) -> None:
    assert log.found() == set()
    tamper(log)
    assert log.found() == expected

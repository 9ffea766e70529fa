"""Every lifecycle is whole, the database holds the same one, and every step and letter has somebody who runs it."""

import re

import pytest
from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.births.enrolment import STEPS
from lienthong.config import readiness, wiring
from lienthong.database.moves import BORN, SYSTEM, Moves
from lienthong.dossiers import lifecycle as dossiers
from tests.architecture import code

ALL = pytest.mark.parametrize("moves", readiness.LIFECYCLES, ids=lambda moves: moves.machine)


@ALL
def test_every_state_can_be_reached(moves: Moves) -> None:
    reached, more = {BORN}, True
    while more:
        found = {m.to_state for m in moves.moves if m.from_state in reached} - reached
        reached |= found
        more = bool(found)
    assert set(moves.labels_vi) - reached == set()


@ALL
def test_every_state_that_is_not_final_has_a_way_out(moves: Moves) -> None:
    left = {m.from_state for m in moves.moves}
    assert set(moves.labels_vi) - left - moves.final == set()
    assert left & moves.final == set()


@ALL
def test_every_move_is_between_named_states_and_has_its_maker(moves: Moves) -> None:
    for move in moves.moves:
        assert {move.from_state, move.to_state} <= {BORN, *moves.labels_vi}
        assert move.permission in {SYSTEM, *Permission}
        assert move.label_vi
    pairs = [(m.from_state, m.to_state) for m in moves.moves]
    assert len(pairs) == len(set(pairs))


@pytest.mark.django_db
def test_database_holds_the_same_moves() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT machine, from_state, to_state FROM database_move")
        held = set(cursor.fetchall())
    assert held == {
        (one.machine, m.from_state, m.to_state) for one in readiness.LIFECYCLES for m in one.moves
    }


def test_every_lifecycle_module_is_among_the_lifecycles() -> None:
    machines = {path.parent.name for path in code.PACKAGE.glob("*/lifecycle.py")}
    assert len(machines) == len(readiness.LIFECYCLES)


def test_steps_take_and_leave_by_moves_of_the_lifecycle() -> None:
    for step in STEPS:
        assert set(step.leaves) <= set(dossiers.STATES), step.name
        for source in set(step.takes) & set(dossiers.STATES):
            # A step that only adds to the row leaves it where it is.
            goes = source in step.leaves or any(
                dossiers.MOVES.allowed(source, target) for target in step.leaves
            )
            assert goes, (step.name, source)


def test_every_task_is_scheduled() -> None:
    tasks = code.PACKAGE / "worker" / "tasks.py"
    wiring_text = (code.PACKAGE / "config" / "wiring.py").read_text(encoding="utf-8")
    assert wiring.tasks()
    assert [
        f.node.name
        for f in code.functions(tasks)
        if f.is_public and f"work.{f.node.name}" not in wiring_text
    ] == []


def test_every_kind_of_letter_has_a_sender() -> None:
    text = "\n".join(
        p.read_text(encoding="utf-8")
        for p in code.files(".py", ".sql")
        if p.parent.name not in {"simulation", "benches", "invariants"}
    )
    owed = set(re.findall(r"INSERT INTO database_outbox[^;]*?'([a-z]+\.[a-z_]+)'", text))
    owed |= set(re.findall(r"Outgoing\(\s*[\"']([a-z]+\.[a-z_]+)", text))
    sent = set(re.findall(r"work\.send\(\s*[\"']([a-z.]+)", text))
    assert owed
    assert owed - sent == set()

"""Whose work it is: who may give, take and let go; of two who take one thing, one has it."""

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction

from lienthong.cards import actions as cards
from lienthong.database.address import Address
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import assignment
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.kernel.outcomes import Outcome
from tests.births import (
    AT,
    NGOC_HA,
    column,
    living_in,
    message,
    rows,
    run,
    send,
    small_country,
    system,
)
from tests.desks import officer, staff

_HELD = """
    SELECT dossier.code, officer.username FROM dossiers_assignment AS given
    JOIN dossiers_dossier AS dossier ON dossier.id = given.dossier_id
    JOIN accounts_officer AS officer ON officer.id = given.officer_id
    WHERE given.ended_at IS NULL ORDER BY dossier.id
"""


def _holders() -> list[str]:
    return [row[1] for row in rows(_HELD)]


def _codes(outcome: Outcome) -> list[str]:
    return [refusal.code for refusal in outcome.refused]


@pytest.fixture
def ids(db: None) -> list[int]:
    """Two requests in Ba Đình and one in Ngọc Hà."""
    small_country()
    staff()
    there = {"ndkksMaXa": NGOC_HA, "nksNoiCuTru": living_in(NGOC_HA)}
    send(message(1), message(2), message(3, **there))
    run()
    return column("SELECT id FROM dossiers_dossier ORDER BY id")


def test_a_head_gives_work_and_takes_it_from_one_for_another(ids: list[int]) -> None:
    head = officer("truong-so-the-01")
    assert assignment.give("dossier", ids, to="so-the-01", by=head, at=AT).done == tuple(ids)
    assert assignment.give("dossier", ids[:1], to="so-the-02", by=head, at=AT).done_count == 1
    assert _holders() == ["so-the-02", "so-the-01", "so-the-01"]
    assert column("SELECT given_by FROM dossiers_assignment WHERE ended_at IS NOT NULL") == [
        "officer:truong-so-the-01"
    ]
    assert rows(
        "SELECT by, count(*) FROM audit_entry WHERE action = 'work.assign' GROUP BY by"
    ) == [("officer:truong-so-the-01", 4)]


def test_an_officer_gives_no_work_and_a_stranger_gets_none(ids: list[int]) -> None:
    with pytest.raises(NotAllowed):
        assignment.give("dossier", ids, to="so-the-02", by=officer("so-the-01"), at=AT)
    with pytest.raises(NotFound):
        assignment.give("dossier", ids, to="khong-co", by=officer("tinh-01"), at=AT)
    assert _holders() == []


def test_work_is_given_only_to_whom_it_belongs(ids: list[int]) -> None:
    head = officer("truong-so-the-01")
    assert _codes(assignment.give("dossier", ids, to="thu-01", by=head, at=AT)) == ["NOT_HIS"] * 3
    other = assignment.give("dossier", ids, to="so-the-24", by=head, at=AT)
    assert _codes(other) == ["ELSEWHERE"] * 3
    unit = assignment.give("dossier", ids, to="don-vi-01", by=head, at=AT)
    assert (unit.done, _codes(unit)) == (tuple(ids[:2]), ["ELSEWHERE"])
    assert unit.refused[0].message_vi == "Địa bàn này không thuộc don-vi-01."


def test_what_is_taken_says_by_whom_and_is_free_again_when_let_go(ids: list[int]) -> None:
    first, second = officer("so-the-01"), officer("so-the-02")
    assert assignment.take("dossier", ids[:1], by=first, at=AT).done_count == 1
    late = assignment.take("dossier", ids[:1], by=second, at=AT)
    assert late.refused[0].message_vi == "Nguyễn Thị Hồng đã nhận việc này."
    assert _codes(assignment.release("dossier", ids[:1], by=second, at=AT)) == ["NOT_OURS"]
    assert assignment.release("dossier", ids[:1], by=first, at=AT).done_count == 1
    assert assignment.take("dossier", ids[:1], by=second, at=AT).done_count == 1
    assert assignment.release("dossier", ids[:1], by=officer("tinh-01"), at=AT).done_count == 1
    assert _holders() == []


def test_a_head_who_takes_does_not_take_away(ids: list[int]) -> None:
    assignment.take("dossier", ids[:1], by=officer("so-the-01"), at=AT)
    mine = assignment.take("dossier", ids[:2], by=officer("truong-so-the-01"), at=AT)
    assert (mine.done, _codes(mine)) == ((ids[1],), ["TAKEN"])


def test_an_assignment_is_for_the_step(ids: list[int]) -> None:
    assignment.take("dossier", ids[:1], by=officer("so-the-01"), at=AT)
    card_ids = column("SELECT id FROM cards_card WHERE dossier_id = %s", ids[0])
    cards.approve(card_ids, by=officer("so-the-02"), at=AT)
    assert assignment.take("dossier", ids[:1], by=officer("so-the-02"), at=AT).done_count == 1
    assert _holders() == ["so-the-02"]


def test_a_closed_task_and_an_absent_one_are_refused(ids: list[int]) -> None:
    dossiers.open_task(
        "H-FACILITY", dossier_id=ids[0], subject_key="t:1", detail={}, by=system(), at=AT
    )
    (task_id,) = column("SELECT id FROM dossiers_task")
    collector = officer("thu-01")
    assert _codes(assignment.take("task", [task_id], by=officer("so-the-01"), at=AT)) == ["NOT_HIS"]
    assert assignment.take("task", [task_id], by=collector, at=AT).done_count == 1
    dossiers.settle_task([task_id], "DONE", note="Đã bổ sung", by=collector, at=AT)
    told = assignment.take("task", [task_id, 999_999], by=officer("truong-so-the-01"), at=AT)
    assert _codes(told) == ["CHANGED", "NOT_FOUND"]


def test_an_assignment_is_written_once_and_ended_once(ids: list[int]) -> None:
    assignment.take("dossier", ids[:1], by=officer("so-the-01"), at=AT)
    assignment.release("dossier", ids[:1], by=officer("so-the-01"), at=AT)
    for statement in (
        "UPDATE dossiers_assignment SET ended_by = 'officer:khac'",
        "UPDATE dossiers_assignment SET ended_at = NULL, ended_by = ''",
    ):
        with pytest.raises(Exception, match="written once"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)
    assignment.take("dossier", ids[:1], by=officer("so-the-01"), at=AT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dossiers_assignment (dossier_id, officer_id, step, given_at, given_by)"
            " SELECT dossier_id, officer_id, step, given_at, given_by FROM dossiers_assignment"
        )


def test_of_two_who_take_one_thing_at_once_one_has_it(committed_db: Address) -> None:
    small_country()
    staff()
    send(*(message(number) for number in range(1, 41)))
    run()
    wanted = column("SELECT id FROM dossiers_dossier ORDER BY id")
    takers = [officer("so-the-01"), officer("so-the-02"), officer("don-vi-01")]
    outcomes: list[Outcome] = []
    start = threading.Barrier(len(takers))

    def work(place: int) -> None:
        try:
            start.wait(timeout=30)
            # Each in another order: rows are locked in one order all the same.
            outcomes.append(
                assignment.take("dossier", wanted[:: 1 - 2 * (place % 2)], by=takers[place], at=AT)
            )
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=work, args=[place]) for place in range(len(takers))]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert sum(outcome.done_count for outcome in outcomes) == 40
    assert {code for outcome in outcomes for code in _codes(outcome)} <= {"TAKEN"}
    assert len(_holders()) == 40

"""Báo giảm: only what the law allows, by two persons, with no day uncovered; hospitals then hear 120 to 124."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, transaction

from lienthong.cards import reducing
from lienthong.cards.lookup import Verdict
from lienthong.cards.reducing import ReductionKind, Report
from lienthong.dossiers.lifecycle import REASONS_VI
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from tests import cards, hospitals
from tests.births import AT, ON, column, message, rows, run, send, small_country
from tests.declared import officer
from tests.hospitals import answers, call
from tests.officers import become
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db

NAME, BORN = "NGUYỄN MINH AN", date(2026, 11, 12)
ELSEWHERE, NEARBY = "TE1793456789012", "TE1013456789012"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _report(card_id: int, kind: ReductionKind = ReductionKind.MOVED_OUT, **changes: Any) -> Report:
    facts: dict[str, Any] = {
        "on_day": ON,
        "note": "Gia đình đã có thẻ do TP Hồ Chí Minh cấp.",
        "evidence": "Bản chụp thẻ mới, cấp ngày 18/11/2026",
        "new_card_code": NEARBY if kind is ReductionKind.MOVED_WITHIN else ELSEWHERE,
        "new_valid_from": ON,
    }
    return Report(card_id, kind, **facts | changes)


def _asked(
    card_id: int, kind: ReductionKind = ReductionKind.MOVED_OUT, by: Actor | None = None
) -> int:
    """A report that waits; its task."""
    asker = by or cards.collector()
    become("lienthong_web")
    reducing.report(_report(card_id, kind), by=asker, at=AT)
    become("lienthong_worker")
    return int(column("SELECT max(id) FROM dossiers_task WHERE kind = 'T-REDUCTION'")[0])


def _confirmed(task_id: int, by: Actor | None = None) -> list[int]:
    desk = by or cards.approver()
    become("lienthong_web")
    try:
        return reducing.confirm(task_id, by=desk, at=AT)
    finally:
        become("lienthong_worker")


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (ReductionKind.REDUCED, Verdict.REDUCED),
        (ReductionKind.MOVED_OUT, Verdict.MOVED_OUT),
        (ReductionKind.MOVED_WITHIN, Verdict.MOVED_WITHIN),
        (ReductionKind.STOPPED, Verdict.STOPPED),
    ],
)
def test_a_confirmed_report_ends_the_card_and_hospitals_hear_why(
    kind: ReductionKind, verdict: Verdict
) -> None:
    card_id = cards.handed_over()
    code = column("SELECT code FROM cards_card")[0]
    task = _asked(card_id, kind)
    (before,) = answers(call(code, NAME, BORN, on=ON))
    assert before.verdict is Verdict.VALID, "nothing happens before the second officer's word"
    assert _confirmed(task) == [card_id]
    (after,) = answers(call(code, NAME, BORN, on=ON))
    assert after.verdict is verdict
    assert cards.statuses() == [(card_id, "revoked")]
    assert column("SELECT outcome FROM dossiers_task WHERE id = %s", task) == ["DONE"]
    assert column("SELECT status FROM persons_number") == ["active"], "the number stays the child's"
    cards.assert_whole()


def test_the_event_says_why_in_words_that_the_family_reads() -> None:
    card_id = cards.handed_over()
    _confirmed(_asked(card_id))
    reasons = column("SELECT reason FROM cards_event WHERE to_state = 'revoked'")
    assert reasons == ["REDUCED_MOVED_OUT"]
    assert set(ReductionKind) <= set(REASONS_VI)


@pytest.mark.parametrize(
    "changes", [{}, {"version": 2, "kind": "correct", "nksHoTen": "NGUYỄN MINH ÂN"}]
)
def test_what_the_ministry_sends_again_issues_no_second_card(changes: dict[str, Any]) -> None:
    card_id = cards.handed_over()
    _confirmed(_asked(card_id))
    send(message(1, message_id="LTKS-2026-0009001", **changes))
    run()
    assert cards.statuses() == [(card_id, "revoked")]
    cards.assert_whole()


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        (ReductionKind.MOVED_OUT, {"new_card_code": ""}, "NEW_CARD"),
        (ReductionKind.REDUCED, {"new_card_code": "TE1"}, "NEW_CARD"),
        (ReductionKind.MOVED_OUT, {"new_card_code": NEARBY}, "PROVINCE"),
        (ReductionKind.MOVED_WITHIN, {"new_card_code": ELSEWHERE}, "PROVINCE"),
        (ReductionKind.MOVED_OUT, {"new_valid_from": None}, "INV-15"),
        (ReductionKind.MOVED_OUT, {"new_valid_from": ON + timedelta(1)}, "INV-15"),
        (ReductionKind.STOPPED, {"on_day": ON + timedelta(1)}, "DAY"),
        (ReductionKind.STOPPED, {"on_day": BORN - timedelta(1)}, "DAY"),
        (ReductionKind.STOPPED, {"evidence": " "}, "NOTE"),
        (ReductionKind.STOPPED, {"note": ""}, "NOTE"),
    ],
)
def test_what_would_leave_a_child_without_cover_is_refused(
    kind: ReductionKind, changes: dict[str, Any], code: str
) -> None:
    card_id = cards.active()
    asker = cards.collector()
    become("lienthong_web")
    with pytest.raises(Refused) as refused:
        reducing.report(_report(card_id, kind, **changes), by=asker, at=AT)
    become("lienthong_worker")
    assert refused.value.code == code
    assert rows("SELECT 1 FROM cards_reduction") == []


def test_the_childs_own_card_is_no_new_card() -> None:
    card_id = cards.active()
    own = column("SELECT code FROM cards_card")[0]
    asker = cards.collector()
    become("lienthong_web")
    with pytest.raises(Refused) as refused:
        reducing.report(_report(card_id, ReductionKind.REDUCED, new_card_code=own), by=asker, at=AT)
    become("lienthong_worker")
    assert refused.value.code == "OWN_CARD"


def test_the_officer_who_asked_does_not_confirm_under_whatever_account() -> None:
    card_id = cards.active()
    asker = cards.collector()
    task = _asked(card_id, by=asker)
    desk = officer("so-the-hai", "card_desk", "01")
    same = Actor(
        **{f: getattr(desk, f) for f in Actor.__dataclass_fields__}
        | {"person_key": asker.person_key}
    )
    with pytest.raises(Refused) as refused:
        _confirmed(task, same)
    assert refused.value.code == "FOUR_EYES"
    with pytest.raises(NotAllowed):
        _confirmed(task, asker)
    with pytest.raises(Error, match="reduction_four_eyes"), transaction.atomic():
        run_sql(
            "UPDATE cards_reduction SET confirmed_person = asked_person, confirmed_by = 'x', confirmed_at = now()"
        )
    assert cards.statuses() == [(card_id, "active")]


def test_one_report_at_a_time_and_a_dropped_one_makes_room() -> None:
    card_id = cards.active()
    task = _asked(card_id)
    with pytest.raises(Conflict):
        _asked(card_id)
    become("lienthong_web")
    desk = cards_desk()
    with pytest.raises(Refused):
        reducing.drop(task, " ", by=desk, at=AT)
    reducing.drop(task, "Thiếu bản chụp thẻ mới.", by=desk, at=AT)
    with pytest.raises(Conflict):
        reducing.confirm(task, by=desk, at=AT)
    become("lienthong_worker")
    assert cards.statuses() == [(card_id, "active")]
    assert _asked(card_id) != task


def cards_desk() -> Actor:
    """The desk's officer, made with the system's rights."""
    become("lienthong_worker")
    desk = cards.approver()
    become("lienthong_web")
    return desk


def test_another_area_neither_sees_nor_decides_and_others_may_not_ask() -> None:
    card_id = cards.active()
    task = _asked(card_id)
    far, far_desk = officer("thu-xa", "collection", "79"), officer("so-the-xa", "card_desk", "79")
    near_desk = cards.approver()
    become("lienthong_web")
    with pytest.raises(NotFound):
        reducing.report(_report(card_id), by=far, at=AT)
    with pytest.raises(NotFound):
        reducing.confirm(task, by=far_desk, at=AT)
    with pytest.raises(NotAllowed):
        reducing.report(_report(card_id), by=near_desk, at=AT)
    become("lienthong_worker")


def test_what_was_asked_and_answered_is_kept() -> None:
    card_id = cards.active()
    _asked(card_id)
    for change in ("DELETE FROM cards_reduction", "UPDATE cards_reduction SET kind = 'REDUCED'"):
        become("owner")
        with pytest.raises(Error), transaction.atomic():
            run_sql(change)
        become("lienthong_worker")

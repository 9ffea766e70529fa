"""Seed 001 as a model check: no path of the state machine leads from "id missing" to "refused".

Every dossier here has one defect at most, its personal id: absent, wrong in each way, or another's. Each is stopped
after each step of the enrolment, its question answered in each way of rules §3.3, its id dropped or garbled by a
correction, and then run to the end. Only the states of the straight way may ever be seen.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from lienthong.births import enrolment
from lienthong.births.enrolment import STEPS
from lienthong.dossiers import lifecycle
from lienthong.gateways.population import AnswerClass
from lienthong.law import sources
from lienthong.law.personal_id import PersonalIdFinding
from lienthong.law.refusals import Ending, Reason, is_permitted, permitted_reasons
from lienthong.persons import identity
from lienthong.persons.advice import ADVICE
from tests import births
from tests.births import AT, ON, column, message, rows, run, send
from tests.identity import BORN

STRAIGHT = {
    lifecycle.RECEIVED,
    lifecycle.CREATED,
    lifecycle.SENT_TNHS,
    lifecycle.EXPORTED_TNHS,
    lifecycle.ARISEN,
    lifecycle.APPROVAL_REQUESTED,
}
HOLDER = "003226000901"
DEFECTS = {
    "absent": "",
    "wrong form": "00322600001",
    "not digits": "ABC",
    "a test number": "123456789012",
    "the mother's": "003196000456",
    "of the other sex": "003326000001",
    "of another year": "003225000001",
    "of another century": "003026000001",
    "another child's": HOLDER,
}
SAID = [AnswerClass(code) for code in ADVICE if code in set(AnswerClass)]
REFUSED = ("E-PID-MISMATCH", "E-PID-TAKEN", "E-PID-PARENT", "DISPUTED")
CODES = {
    "NO_PERSONAL_ID",
    *(it.value for it in AnswerClass),
    *REFUSED,
    *(it.value for it in PersonalIdFinding),
    *ADVICE,
}
_GIVENS = ("AN", "BÌNH", "CHI", "DUNG", "GIANG", "HÀ", "KHOA", "LINH", "MINH")
_PATHS = "SELECT DISTINCT from_state, to_state, reason FROM dossiers_event"
_STATES = "SELECT DISTINCT state FROM dossiers_dossier"


def _name(place: int, tail: str = "") -> str:
    return f"LÊ GIA {_GIVENS[place]}{tail}"


def _send_all() -> None:
    births.small_country()
    send(message(99, soDinhDanh=HOLDER, nksHoTen="PHẠM VĂN KHÁC"))
    run()
    for place, personal_id in enumerate(DEFECTS.values()):
        send(message(place + 1, soDinhDanh=personal_id, nksHoTen=_name(place)))


def _first(steps: int) -> None:
    """The first steps of the enrolment, each until it moves nothing."""
    moment = enrolment.Moment(AT, ON)
    for step in STEPS[:steps]:
        while step.run(enrolment.BATCH, births.system(), moment):
            pass


def _only_the_straight_way() -> None:
    for from_state, to_state, reason in rows(_PATHS):
        assert {from_state, to_state} <= STRAIGHT | {""}, (from_state, to_state, reason)
        assert reason in {"", "CORRECTED"}
    assert column(_STATES) == [lifecycle.APPROVAL_REQUESTED]
    live = "SELECT count(*) FROM cards_card WHERE status = 'requested'"
    assert column(live) == [len(DEFECTS) + 1]


@pytest.mark.django_db
@pytest.mark.rule("001-2", "001-3")
@pytest.mark.parametrize("steps", range(1, len(STEPS) + 1))
def test_no_path_leads_from_a_missing_id_to_refused_whatever_a_correction_does_to_it(
    steps: int,
) -> None:
    _send_all()
    _first(steps)
    ids = list(DEFECTS.values())
    for place in range(len(ids)):
        # Each defect becomes the next one: an id dropped, garbled, another's, anywhere on the way.
        changed: dict[str, Any] = {"soDinhDanh": ids[(place + 1) % len(ids)]}
        correction = {"message_id": f"C-{place}", "kind": "correct", "version": 2}
        send(message(place + 1, nksHoTen=_name(place), **changed, **correction))
    run()
    _only_the_straight_way()


@pytest.mark.django_db
@pytest.mark.rule("001-2", "001-3")
@pytest.mark.parametrize("said", SAID)
def test_no_path_leads_from_a_missing_id_to_refused_whatever_the_population_database_says(
    said: AnswerClass,
) -> None:
    _send_all()
    _first([step.name for step in STEPS].index("number"))
    asked = identity.due(100, by=identity.SYSTEM, at=AT)
    assert len(asked) == len(DEFECTS)
    answers = [identity.Answer(it.person_id, said, detail="http 200") for it in asked]
    identity.settle(asked, answers, client=_Trusted(), by=identity.SYSTEM, at=AT)
    run(AT + timedelta(minutes=1))
    _only_the_straight_way()


@pytest.mark.django_db
@pytest.mark.rule("001-3")
@pytest.mark.parametrize("offered", ["003226000001", HOLDER, "003196000456", "003326000001"])
def test_no_path_leads_from_a_refused_answer_to_refused(offered: str) -> None:
    _send_all()
    _first([step.name for step in STEPS].index("number"))
    for it in identity.due(100, by=identity.SYSTEM, at=AT):
        answer = identity.Answer(
            it.person_id, AnswerClass.FOUND, offered, it.question.full_name, BORN, "male"
        )
        identity.settle([it], [answer], client=_Trusted(), by=identity.SYSTEM, at=AT)
    run(AT + timedelta(minutes=1))
    _only_the_straight_way()


class _Trusted:
    """A population database that is believed to work."""

    def suspect(self) -> bool:
        return False

    def distrust(self) -> None:
        return


@pytest.mark.rule("001-2")
def test_no_code_about_a_personal_id_is_a_ground_on_any_day() -> None:
    days = {date(2015, 1, 1), ON} | {
        it.in_force.start
        for it in vars(sources).values()
        if isinstance(it, sources.Source) and it.in_force.start is not None
    }
    for day in days:
        for ending in Ending:
            assert not {str(it) for it in permitted_reasons(ending, on=day)} & CODES
            assert not any(is_permitted(code, ending, on=day) for code in CODES)
    assert not {str(it) for it in Reason} & CODES


@pytest.mark.rule("001-2")
def test_no_dossier_waits_or_ends_for_a_reason_about_its_personal_id() -> None:
    assert not set(lifecycle.REASONS_VI) & CODES
    assert not any("định danh" in words for words in lifecycle.REASONS_VI.values())

"""A temporary code is tied to the card without anybody's help, and never to a wrong one: doubts are asked."""

from datetime import date, timedelta
from typing import Any

import pytest

from lienthong.cards import temporary, temporary_links
from lienthong.cards.lookup import Verdict
from lienthong.database.scope import acting
from lienthong.kernel.errors import Conflict, NotFound, Refused
from tests import cards, hospitals
from tests.births import AT, ON, column, message, parents, rows, run, send, small_country
from tests.declared import officer
from tests.hospitals import answers, call
from tests.newborns import (
    ASKER,
    BORN,
    MOTHER,
    NOTICE,
    code_of,
    link,
    linked,
    newborn,
    open_doubts,
)
from tests.officers import become

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def test_the_code_of_a_birth_notice_leads_to_the_card_by_itself() -> None:
    code = code_of(newborn(birth_notice_code=NOTICE))
    (before,) = answers(call(code, MOTHER, BORN, on=ON))
    assert (before.verdict, before.facility_code) == (Verdict.VALID, "01000")
    card_id = cards.active()
    link()
    assert linked(code)[1] == "notice"
    card_code = column("SELECT code FROM cards_card WHERE id = %s", card_id)[0]
    (after,) = answers(call(code, MOTHER, BORN, on=ON))
    assert (after.verdict, after.code, after.new_code) == (Verdict.REPLACED_VALID, code, card_code)
    later = AT + timedelta(days=1)
    (late,) = answers(call(code, MOTHER, BORN, on=BORN + timedelta(61)))
    assert (late.verdict, late.new_code) == (Verdict.REPLACED_EXPIRED, card_code)
    (new,) = answers(call(card_code, "NGUYỄN MINH AN", BORN, on=ON))
    assert new.verdict is Verdict.VALID
    become("lienthong_gateway")
    (line,) = temporary.own_code(ASKER, code).lines
    become("lienthong_worker")
    assert (line.state, line.card_code) == ("card", card_code)
    assert link(later) == 0


def test_without_a_notice_mother_day_and_sex_tie_an_only_child() -> None:
    code = code_of()
    assert link() == 0
    send(message())
    run()
    assert link() == 1
    assert linked(code) == (column("SELECT id FROM persons_person")[0], "mother")
    assert open_doubts() == []


def test_a_code_given_after_the_birth_came_is_tied_too() -> None:
    send(message())
    run()
    code = code_of()
    assert link() == 1
    assert linked(code)[1] == "mother"


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "LÊ THỊ HOA"},
        {"birth_order": 2},
        {"sex": "undetermined"},
    ],
)
def test_a_doubtful_code_is_never_tied_by_itself(changes: dict[str, Any]) -> None:
    code = code_of(newborn(**changes))
    send(message())
    run()
    assert link() == 1
    assert linked(code) == (None, "")
    assert len(open_doubts()) == 1
    assert link(AT + timedelta(days=2)) == 0, "asked once"


def test_a_notice_of_another_birth_day_is_a_doubt() -> None:
    code = code_of(newborn(birth_notice_code=NOTICE, born_on=date(2026, 11, 11)))
    send(message())
    run()
    link()
    assert linked(code) == (None, "")
    assert len(open_doubts()) == 1


def test_a_code_and_a_child_of_different_notices_are_strangers() -> None:
    code = code_of(newborn(birth_notice_code="01013.GCS.00777.26"))
    send(message())
    run()
    assert link() == 0
    assert linked(code) == (None, "")


def _twins() -> None:
    second = message(2, nksHoTen="NGUYỄN MINH BẢO", **parents(1))
    send(message(1, nksHoTen="NGUYỄN MINH AN"), second)
    run()


def test_twins_of_one_sex_are_asked_about_and_an_officer_says_which() -> None:
    first, second = code_of(), code_of(newborn(birth_order=2))
    _twins()
    assert link() == 2
    assert linked(first) == linked(second) == (None, "")
    persons = column("SELECT id FROM persons_person ORDER BY id")
    desk, doubts = officer("so-the-tam", "card_desk", "01"), open_doubts()
    become("lienthong_web")
    for task, person in zip(doubts, persons, strict=True):
        with acting(desk, at=AT):
            seen, children = temporary_links.doubt(desk, task)
            assert [child.id for child in children] == persons == seen.person_ids
        temporary_links.tie(task, person, "Bệnh viện xác nhận qua điện thoại.", by=desk, at=AT)
    become("lienthong_worker")
    assert [linked(first), linked(second)] == [(persons[0], "officer"), (persons[1], "officer")]
    assert open_doubts() == []


def test_two_codes_of_one_mother_and_one_child_who_came_are_a_doubt() -> None:
    first, second = code_of(), code_of(newborn(birth_order=2))
    send(message())
    run()
    assert link() == 2
    assert linked(first) == linked(second) == (None, "")
    assert len(open_doubts()) == 2


def test_twins_with_notices_need_nobody() -> None:
    first = code_of(newborn(birth_notice_code="01013.GCS.00001.26"))
    second = code_of(newborn(birth_notice_code="01013.GCS.00002.26", birth_order=2))
    _twins()
    assert link() == 2
    assert linked(first)[0] != linked(second)[0]
    assert open_doubts() == []


def test_a_twin_who_comes_later_makes_a_link_doubtful_again() -> None:
    code = code_of()
    send(message(1, nksHoTen="NGUYỄN MINH AN"))
    run()
    link()
    assert linked(code)[1] == "mother"
    send(message(2, nksHoTen="NGUYỄN MINH BẢO", **parents(1)))
    run()
    assert link(AT + timedelta(minutes=1)) == 1
    assert len(open_doubts()) == 1
    assert linked(code)[1] == "mother"


def test_a_link_is_taken_back_and_not_made_again() -> None:
    code = code_of()
    cards.active()
    link()
    code_id, person = rows("SELECT id, person_id FROM cards_temporarycode")[0]
    desk = officer("so-the-tam", "card_desk", "01")
    become("lienthong_web")
    with pytest.raises(Refused):
        temporary_links.untie(code_id, person, " ", by=desk, at=AT)
    temporary_links.untie(code_id, person, "Gắn nhầm trẻ.", by=desk, at=AT)
    become("lienthong_worker")
    assert linked(code) == (None, "")
    assert link(AT + timedelta(days=2)) == 0
    assert linked(code) == (None, "")
    (answer,) = answers(call(code, MOTHER, BORN, on=ON))
    assert answer.verdict is Verdict.VALID
    become("lienthong_web")
    with pytest.raises(Conflict):
        temporary_links.untie(code_id, person, "Lần nữa.", by=desk, at=AT)
    become("lienthong_worker")


def test_none_of_these_is_not_asked_again_and_another_area_sees_nothing() -> None:
    code = code_of(newborn(full_name="LÊ THỊ HOA"))
    send(message())
    run()
    link()
    (task,) = open_doubts()
    stranger, desk = (
        officer("so-the-xa", "card_desk", "79"),
        officer("so-the-tam", "card_desk", "01"),
    )
    become("lienthong_web")
    with pytest.raises(NotFound):
        temporary_links.tie(task, 1, "x", by=stranger, at=AT)
    temporary_links.none_of_these(task, "Trẻ khác, cùng mẹ.", by=desk, at=AT)
    with pytest.raises(Conflict):
        temporary_links.none_of_these(task, "Trẻ khác, cùng mẹ.", by=desk, at=AT)
    become("lienthong_worker")
    assert link(AT + timedelta(days=2)) == 0
    assert (linked(code), open_doubts()) == ((None, ""), [])

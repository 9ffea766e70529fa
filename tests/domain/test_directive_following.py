"""What follows the issue of a letter: later days, reminders of the centre and of the system, the alarm, closing."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from lienthong.oversight import directivelists, following, replies, telling
from tests import births
from tests.births import AT, ON, column
from tests.declared import refusal
from tests.directives import (
    DIRECTOR,
    DRAFT,
    DUE,
    Offices,
    days_later,
    issued,
    offices,
    presented,
    sign,
)
from tests.officers import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(db: None) -> Offices:
    births.small_country()
    return offices()


def test_a_later_day_holds_from_then_on_and_what_was_sent_keeps_its_own(there: Offices) -> None:
    directive_id = issued(there.centre)
    late = days_later(11)
    sign(presented(directive_id, there.writer, at=late), DIRECTOR, by=there.director, at=late)
    new_due = date(2026, 12, 11)
    count = following.add(directive_id, "", new_due, "Do thiên tai.", by=there.centre, at=late)
    assert count == 2
    lines = {
        it.province_code: it for it in directivelists.chase(there.centre, directive_id, on=new_due)
    }
    assert lines["01"].sent_late
    assert (lines["24"].due_on, lines["24"].is_late) == (new_due, False)
    assert column("SELECT due_on FROM oversight_reply WHERE state = 'sent'") == [DUE]
    (addendum,) = directivelists.addenda(there.centre, directive_id)
    assert (addendum.due_on, addendum.reason) == (new_due, "Do thiên tai.")


@pytest.mark.parametrize(
    ("province", "due_on", "reason", "code"),
    [
        ("", DUE, "Lý do.", "DUE"),
        ("", ON, "Lý do.", "DUE"),
        ("", date(2026, 12, 12), "Một ngày thứ Bảy.", "DUE"),
        ("", date(2026, 12, 9), " ", "REASON"),
        ("48", date(2026, 12, 9), "Lý do.", "PROVINCE"),
    ],
)
def test_a_later_day_is_later_has_a_reason_and_an_addressee(
    there: Offices, province: str, due_on: date, reason: str, code: str
) -> None:
    directive_id = issued(there.centre)
    by = there.centre
    code_found = refusal(
        lambda: following.add(directive_id, province, due_on, reason, by=by, at=AT)
    )
    assert code_found == code


def test_all_who_owe_are_reminded_in_one_move_once_a_day(there: Offices) -> None:
    directive_id = issued(there.centre)
    sign(presented(directive_id, there.writer), DIRECTOR, by=there.director, at=AT)
    before = column("SELECT count(*) FROM notices_notice WHERE kind = 'DIRECTIVE_REMINDER'")[0]
    assert before == 0
    assert following.remind(directive_id, by=there.centre, at=AT) == 1
    assert following.remind(directive_id, by=there.centre, at=AT + timedelta(hours=5)) == 0
    told = "SELECT account_id FROM notices_notice WHERE kind = 'DIRECTIVE_REMINDER' ORDER BY 1"
    bac_ninh = [there.other_writer.account_id, there.other_director.account_id]
    assert column(told) == sorted(bac_ninh)
    assert following.remind(directive_id, "director", by=there.centre, at=AT) == 1
    told = "SELECT account_id FROM notices_notice WHERE kind = 'DIRECTIVE_DIRECTOR'"
    assert column(told) == [there.other_director.account_id]
    assert following.remind(directive_id, by=there.centre, at=days_later(3)) == 1
    (line,) = [it for it in directivelists.chase(there.centre, directive_id, on=ON) if it.reminders]
    assert [(it.level, it.on_day, it.told_count) for it in line.reminders] == [
        ("office", ON, 2),
        ("director", ON, 1),
        ("office", ON + timedelta(days=3), 2),
    ]


def test_the_system_reminds_before_the_day_and_tells_the_directors_and_sounds_an_alarm_after(
    there: Offices,
) -> None:
    directive_id = issued(there.centre)
    alarms = "SELECT subject FROM database_alarm WHERE name = 'directive.unanswered' AND closed_at IS NULL"
    assert following.follow(by=SYSTEM, at=AT) == 0
    sunday = days_later(9)
    assert following.follow(by=SYSTEM, at=sunday) == 0
    friday_before = days_later(7)
    assert following.follow(by=SYSTEM, at=friday_before) == 2
    assert following.follow(by=SYSTEM, at=friday_before + timedelta(hours=1)) == 0
    assert column(alarms) == []
    sign(
        presented(directive_id, there.writer, at=friday_before),
        DIRECTOR,
        by=there.director,
        at=friday_before,
    )
    first_late = days_later(11)
    assert following.follow(by=SYSTEM, at=first_late) == 1
    assert column(alarms) == [f"{directive_id}:24"]
    told = "SELECT account_id FROM notices_notice WHERE kind = 'DIRECTIVE_DIRECTOR'"
    assert column(told) == [there.other_director.account_id]
    sign(
        presented(directive_id, there.other_writer, "24", at=first_late),
        DIRECTOR,
        by=there.other_director,
        at=first_late,
    )
    assert following.follow(by=SYSTEM, at=first_late) == 0
    assert column(alarms) == []


def test_a_later_day_is_reminded_of_anew_and_what_went_by_hand_does_not_stand_for_it(
    there: Offices,
) -> None:
    directive_id = issued(there.centre)
    by = there.centre
    assert following.remind(directive_id, by=by, at=AT) == 2
    assert following.remind(directive_id, "director", by=by, at=AT) == 2
    assert following.follow(by=SYSTEM, at=days_later(7)) == 2
    # Bắc Ninh gets until Friday 11/12; Hà Nội is late on Tuesday 1/12.
    following.add(directive_id, "24", date(2026, 12, 11), "Do thiên tai.", by=by, at=days_later(7))
    assert following.follow(by=SYSTEM, at=days_later(11)) == 1
    assert following.follow(by=SYSTEM, at=days_later(12)) == 0
    assert following.follow(by=SYSTEM, at=days_later(20)) == 1
    assert following.follow(by=SYSTEM, at=days_later(21)) == 0
    assert following.follow(by=SYSTEM, at=days_later(24)) == 1
    assert following.follow(by=SYSTEM, at=days_later(25)) == 0
    told = """
        SELECT addressee.province_code, reminder.level, reminder.on_day
        FROM oversight_reminder AS reminder JOIN oversight_addressee AS addressee ON addressee.id = reminder.addressee_id
        WHERE reminder.reminded_by = %s ORDER BY reminder.on_day, 1
    """
    assert births.rows(told, SYSTEM.label) == [
        ("01", "office", date(2026, 11, 27)),
        ("24", "office", date(2026, 11, 27)),
        ("01", "director", date(2026, 12, 1)),
        ("24", "office", date(2026, 12, 10)),
        ("24", "director", date(2026, 12, 14)),
    ]


def test_a_day_for_all_shortens_nobody_s_and_a_second_click_says_nothing_twice(
    there: Offices,
) -> None:
    directive_id = issued(there.centre)
    by, early, late = there.centre, date(2026, 12, 11), date(2026, 12, 18)
    following.add(directive_id, "24", late, "Do thiên tai.", by=by, at=AT)
    assert following.add(directive_id, "", early, "Do nghỉ lễ.", by=by, at=AT) == 1
    lines = directivelists.chase(by, directive_id, on=ON)
    assert {it.province_code: it.due_on for it in lines} == {"01": early, "24": late}
    assert following.add(directive_id, "", None, "Gửi thêm biểu.", by=by, at=AT) == 2
    again = partial(following.add, directive_id, "", None, "Gửi thêm biểu.", by=by)
    assert refusal(lambda: again(at=AT + timedelta(minutes=1))) == "TWICE"
    assert again(at=AT + timedelta(hours=2)) == 2


def test_the_centre_sees_whom_no_notice_reaches(there: Offices) -> None:
    directive_id = issued(there.centre, replace(DRAFT, provinces=("01", "24", "46")))
    (name,) = births.column(
        "SELECT province_name FROM oversight_addressee WHERE province_code = '46'"
    )
    assert telling.unreached(directive_id, at=AT) == [name]


def test_a_closed_letter_takes_nothing_any_more(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    assert refusal(lambda: following.close(directive_id, " ", by=there.centre, at=AT)) == "NOTE"
    following.close(directive_id, "Đã tổng hợp.", by=there.centre, at=AT)
    for deed in (
        lambda: following.close(directive_id, "Lần nữa.", by=there.centre, at=AT),
        lambda: following.remind(directive_id, by=there.centre, at=AT),
        lambda: following.add(directive_id, "", None, "Thêm.", by=there.centre, at=AT),
    ):
        assert refusal(deed) == "CHANGED"
    for deed in (
        lambda: sign(reply_id, DIRECTOR, by=there.director, at=AT),
        lambda: replies.begin(directive_id, "24", "", by=there.other_writer, at=AT),
    ):
        assert refusal(deed) == "CLOSED"
    assert directivelists.waiting(there.writer) == []
    # What had been written is still there to read.
    assert column("SELECT state FROM oversight_reply") == ["presented"]

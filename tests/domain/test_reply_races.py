"""What happens at one instant: two directors send, the day is moved or the letter closed while one sends, two begin."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction

from lienthong.database.address import Address
from lienthong.kernel.errors import Conflict
from lienthong.oversight import following, replies
from tests import births
from tests.births import AT, column, rows
from tests.directives import (
    DIRECTOR,
    DRAFT,
    DUE,
    Offices,
    answers,
    days_later,
    issued,
    offices,
    presented,
    sign,
)
from tests.races import at_once

pytestmark = pytest.mark.timeout(300)
_ROUNDS = 6


@pytest.fixture
def there(committed_db: Address) -> Offices:
    del committed_db
    births.small_country()
    # Rights are taken on for a transaction.
    with transaction.atomic():
        return offices()


def test_of_two_directors_one_sends(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    told = at_once(
        lambda: sign(reply_id, DIRECTOR, by=there.director, at=AT),
        lambda: sign(reply_id, DIRECTOR, by=there.vice, at=AT),
    )
    assert sorted(isinstance(it, Conflict) for it in told) == [False, True]
    assert column("SELECT count(*) FROM oversight_reply WHERE state = 'sent'") == [1]
    assert column("SELECT count(*) FROM notices_notice WHERE kind = 'DIRECTIVE_REPLIED'") == [1]


def test_two_who_begin_find_one_draft(there: Offices) -> None:
    directive_id = issued(there.centre)
    told = at_once(
        lambda: replies.begin(directive_id, "01", "", by=there.writer, at=AT),
        lambda: replies.begin(directive_id, "01", "", by=there.second, at=AT),
    )
    assert len(set(told)) == 1
    assert column("SELECT count(*) FROM oversight_reply") == [1]


def test_two_who_save_do_not_overwrite_each_other(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = replies.begin(directive_id, "01", "", by=there.writer, at=AT)
    said = answers(directive_id, there.writer)
    told = at_once(
        lambda: replies.save(reply_id, said, seen=0, by=there.writer, at=AT),
        lambda: replies.save(reply_id, said, seen=0, by=there.second, at=AT),
    )
    assert sorted(isinstance(it, Conflict) for it in told) == [False, True]


def test_the_day_that_holds_is_the_one_before_or_after_the_move_never_another(
    there: Offices,
) -> None:
    new_due, late = date(2026, 12, 11), days_later(12)
    for number in range(_ROUNDS):
        directive_id = issued(there.centre, replace(DRAFT, number=f"{number}/CV"))
        reply_id = presented(directive_id, there.writer)
        told = at_once(
            lambda reply_id=reply_id: sign(reply_id, DIRECTOR, by=there.director, at=late),
            lambda directive_id=directive_id: following.add(
                directive_id, "", new_due, "Hoãn.", by=there.centre, at=days_later(5)
            ),
            lambda directive_id=directive_id: following.remind(
                directive_id, by=there.centre, at=late + timedelta(minutes=1)
            ),
        )
        assert [it for it in told if isinstance(it, Exception)] == []
        (held, moved) = rows(
            "SELECT reply.due_on, addressee.due_on FROM oversight_reply AS reply"
            " JOIN oversight_addressee AS addressee ON addressee.id = reply.addressee_id WHERE reply.id = %s",
            reply_id,
        )[0]
        assert moved == new_due
        assert held in {DUE, new_due}


def test_a_letter_that_is_closed_meanwhile_takes_the_reply_before_or_not_at_all(
    there: Offices,
) -> None:
    for number in range(_ROUNDS):
        directive_id = issued(there.centre, replace(DRAFT, number=f"{number}/CV"))
        reply_id = presented(directive_id, there.writer)
        sent, closed = at_once(
            lambda reply_id=reply_id: sign(reply_id, DIRECTOR, by=there.director, at=AT),
            lambda directive_id=directive_id: following.close(
                directive_id, "Xong.", by=there.centre, at=AT
            ),
        )
        assert closed is None
        assert sent is None or sent.code == "CLOSED"
        state = column("SELECT state FROM oversight_reply WHERE id = %s", reply_id)
        assert state == ["sent" if sent is None else "presented"]


def test_two_who_remind_remind_once(there: Offices) -> None:
    directive_id = issued(there.centre)
    told = at_once(
        lambda: following.remind(directive_id, by=there.centre, at=AT),
        lambda: following.remind(directive_id, by=there.centre, at=AT),
    )
    assert sorted(told) == [0, 2]
    assert column("SELECT count(*) FROM oversight_reminder") == [2]

"""Births on paper, what is typed and who may approve: fields, twice the same form, four eyes, what is written once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from lienthong.accounts.permissions import Role
from lienthong.births import paper
from lienthong.cards import actions as cards
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, Refused
from tests import births
from tests.births import AT, column, rows, run
from tests.officers import as_owner
from tests.papers import PDF, enter, entry, officer, picture, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"child_name": ""}, "E-NAME-EMPTY child_name"),
        ({"child_name": "NGUYỄN 5 AN"}, "E-NAME-CHAR child_name"),
        ({"child_name": "NguyÔn V¨n §øc"}, "E-TCVN3 child_name"),
        ({"born_on": "2026-11-21"}, "E-DATE-FUTURE born_on"),
        ({"born_on": "12.11.2026"}, "E-DATE-FORMAT born_on"),
        ({"registered_on": "2026-11-01"}, "E-DATE-ORDER born_on"),
        ({"sex": ""}, "E-MISSING sex"),
        ({"registered_commune": "99999"}, "H-AREA registered_commune"),
        ({"residence_commune": "99998"}, "H-AREA residence_commune"),
        ({"mother_name": "", "father_name": "", "requester_name": ""}, "E-PARENT mother_name"),
        ({"born_on": "2019-01-01", "registered_on": "2019-01-05"}, "N-AGE born_on"),
    ],
)
def test_what_an_electronic_message_could_not_say_is_refused_at_its_field(
    changes: dict[str, str], found: str
) -> None:
    assert refusal(1, "C3", **changes) == found


def test_a_name_in_an_old_character_set_is_offered_as_it_was_meant_and_never_kept_so() -> None:
    with pytest.raises(Refused, match="Có thể là «NGUYỄN THỊ HOA»") as refused:
        enter(1, "C3", child_name="NGUYÔN THÞ HOA")
    assert (refused.value.code, refused.value.field) == ("E-TCVN3", "child_name")
    assert column("SELECT count(*) FROM births_paper") == [0]


def test_the_same_form_sent_twice_is_one_paper() -> None:
    made = entry(1)
    first = paper.enter(made, [PDF], by=officer(), at=AT)
    assert paper.enter(made, [PDF], by=officer(), at=AT + timedelta(minutes=1)) == first
    assert column("SELECT count(*) FROM births_paper") == [1]


def test_two_officers_with_the_same_paper_make_one() -> None:
    enter(1)
    with pytest.raises(Conflict), transaction.atomic():
        enter(1, by=officer(key=502))


# ---------------------------------------------------------------- four eyes, what is written


def _approve_all(by: Actor | None = None) -> Any:
    waiting = column("SELECT id FROM cards_card WHERE status = 'requested'")
    return cards.approve(waiting, by=by or _desk(801), at=AT)


def _desk(key: int) -> Actor:
    return replace(officer(Role.CARD_DESK, key=key), everywhere=True)


def test_who_typed_the_paper_cannot_approve_its_card() -> None:
    enter(1, by=officer(key=501))
    run()
    assert [refusal.code for refusal in _approve_all(_desk(501)).refused] == ["FOUR_EYES"]
    assert _approve_all(_desk(801)).done_count == 1


def test_who_corrected_on_paper_cannot_approve_either() -> None:
    enter(1, by=officer(key=501))
    run()
    (sent,) = column("SELECT id FROM dossiers_dossier")
    enter(1, "A1", twin=int(sent), child_name="NGUYỄN MINH ANH", by=officer(key=502))
    run()
    assert [refusal.code for refusal in _approve_all(_desk(502)).refused] == ["FOUR_EYES"]
    with pytest.raises(IntegrityError, match="does not approve"), transaction.atomic():
        _approve_all(_desk(501))


def test_a_paper_is_written_once_with_its_scans_and_in_the_log() -> None:
    entered = enter(1, files=[PDF, picture("PNG")])
    assert rows("SELECT place, form FROM births_scan ORDER BY place") == [(1, "pdf"), (2, "png")]
    for statement in ("DELETE FROM births_scan", "UPDATE births_paper SET note = ''"):
        with pytest.raises(Exception, match="written once"), transaction.atomic():
            as_owner(statement)
    assert rows("SELECT action, subject_id FROM audit_entry WHERE action = 'paper.entered'") == [
        ("paper.entered", entered.paper_id)
    ]


def test_the_ministry_is_told_nothing_of_a_paper() -> None:
    enter(1)
    run()
    assert column("SELECT count(*) FROM database_outbox WHERE kind = 'justice.answer'") == [0]

"""A personal id that changes stays recorded, and whoever asks by the one of before finds the person."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection
from hypothesis import given
from hypothesis import strategies as st

from lienthong.cards.lookup import Verdict
from lienthong.database.scope import acting
from lienthong.law.numbering import number_key
from lienthong.law.personal_id import Usable, former_id
from lienthong.persons import actions, numbers
from tests import cards, hospitals
from tests.births import AT, column, message, rows, run, send, small_country, system
from tests.hospitals import answers, call

pytestmark = pytest.mark.django_db

NAME = "NGUYỄN MINH AN"
FIRST, SAME_SHAPE, OTHER_YEAR = "003226000001", "003226000999", "003225000999"
LATER = AT + timedelta(days=2)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _changed(to: str | None) -> None:
    with acting(system(), at=LATER), connection.cursor() as cursor:
        cursor.execute("UPDATE persons_person SET personal_id = %s", [to])


def _ids() -> list[tuple[Any, ...]]:
    return rows("SELECT personal_id, status FROM persons_identifier ORDER BY lower(valid), id")


def test_an_id_that_never_changed_stands_with_the_person_alone() -> None:
    cards.active()
    person = column("SELECT id FROM persons_person")[0]
    assert _ids() == []
    (line,) = numbers.numbers_of(system(), person, at=LATER).personal_ids
    assert (line.personal_id, line.status) == (FIRST, "active")


@pytest.mark.parametrize(("newer", "status"), [(SAME_SHAPE, "replaced"), (OTHER_YEAR, "cancelled")])
def test_an_id_of_before_is_kept_with_its_end_and_leads_to_the_person(
    newer: str, status: str
) -> None:
    cards.active()
    _changed(newer)
    assert _ids() == [(FIRST, status), (newer, "active")]
    assert former_id(FIRST, newer) == status
    born = column("SELECT born_on FROM persons_person")[0]
    for asked in (FIRST, newer):
        (found,) = answers(call(asked, NAME, born, on=LATER.date()))
        assert found.verdict is Verdict.VALID
    person = column("SELECT id FROM persons_person")[0]
    assert numbers.named_by(system(), FIRST) == [person]
    assert numbers.numbers_of(system(), person, at=LATER).leading(LATER) is Usable.PERSONAL_ID


def test_who_holds_an_id_now_is_found_before_who_held_it() -> None:
    cards.active()
    _changed(SAME_SHAPE)
    send(message(2, nksHoTen="LÊ VĂN BA", soDinhDanh=FIRST, meSoDDCN="003196000777"))
    run()
    held = column("SELECT id FROM persons_person WHERE personal_id = '003226000001'")
    assert len(held) == 1
    assert held[0] in numbers.named_by(system(), FIRST)


def test_a_late_id_begins_when_it_came() -> None:
    send(message(1, soDinhDanh=None))
    run()
    person = column("SELECT id FROM persons_person")[0]
    assert actions.attach_personal_id(person, FIRST, by=system(), at=LATER)
    assert rows("SELECT personal_id, lower(valid), status FROM persons_identifier") == [
        (FIRST, LATER, "active")
    ]


def test_an_id_taken_away_leads_to_nobody() -> None:
    cards.active()
    _changed(None)
    assert _ids() == [(FIRST, "withdrawn")]
    assert numbers.named_by(system(), FIRST) == []


def test_history_of_ids_is_never_rewritten() -> None:
    cards.active()
    _changed(SAME_SHAPE)
    for statement in (
        "DELETE FROM persons_identifier",
        "UPDATE persons_identifier SET personal_id = '003226000002'",
        "UPDATE persons_identifier SET status = 'active' WHERE status = 'replaced'",
    ):
        with pytest.raises(Error), acting(system(), at=AT), connection.cursor() as cursor:
            cursor.execute(statement)


@given(st.text(max_size=20))
def test_the_key_of_a_number_is_one_in_both_languages(written: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT persons_number_key(%s)", [written.replace("\x00", "")])
        assert cursor.fetchone()[0] == number_key(written.replace("\x00", ""))

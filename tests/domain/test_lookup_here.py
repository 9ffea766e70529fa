"""A look-up at the console: what a hospital would be told, without an account, logged as the system's."""

from dataclasses import replace
from datetime import date

import pytest

from lienthong.cards.lookup import Asker, CardAnswer, Key, Verdict, look_up_here
from tests import cards, hospitals
from tests.births import ON, column, rows, small_country
from tests.hospitals import answers, call
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db
NAME, BORN = "NGUYỄN MINH AN", date(2026, 11, 12)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _of_a_hospital(code: str, name: str = NAME, born: date = BORN) -> CardAnswer:
    (answer,) = answers(call(code, name, born, on=ON))
    return answer


def _here(code: str, name: str = NAME, born: date = BORN) -> CardAnswer:
    (answer,) = look_up_here(
        [call(code, name, born, on=ON, asker=Asker("system"), endpoint="console")]
    )
    return answer


def test_the_console_sees_what_a_hospital_sees_and_is_logged_as_the_system() -> None:
    card_id = cards.active()
    code = str(column("SELECT code FROM cards_card WHERE id = %s", card_id)[0])
    for asked in (
        (code,),
        (code, "TRẦN VĂN BA"),
        (code, NAME, date(2026, 11, 13)),
        ("0000000000",),
        ("TE9",),
        ("QN5970123456789",),
    ):
        assert _here(*asked) == _of_a_hospital(*asked), asked
    run_sql("UPDATE cards_lookupsetting SET value = 1 WHERE name = 'discloses_names'")
    assert _here(code, "TRẦN VĂN BA").full_name == NAME
    lines = rows(
        "SELECT action, subject_id, detail->>'verdict' FROM audit_entry WHERE by = 'system'"
        " AND detail->>'name' = 'console' ORDER BY id"
    )
    assert lines[0] == ("viewed", card_id, "valid")
    assert {line[0] for line in lines[1:]} == {"lookup.missed"}
    assert {line[1] for line in lines[1:]} == {None}
    assert [line[2] for line in lines[1:3]] == ["wrong_name", "wrong_birth"]


def test_a_form_that_is_wrong_shows_nobody_whatever_number_comes_with_it() -> None:
    cards.active()
    key = Key(personal_id="003226000001", given=Verdict.BAD_LEVEL)
    asked = call("003226000001", NAME, BORN, on=ON)
    assert look_up_here([replace(asked, key=key)]) == [CardAnswer(Verdict.BAD_LEVEL)]


def test_nobody_but_the_system_looks_up_without_an_account() -> None:
    asked = "SELECT has_function_privilege(%s, 'cards_look_up_here(jsonb)', 'EXECUTE')"
    may = [column(asked, f"lienthong_{role}")[0] for role in ("gateway", "web", "worker")]
    assert may == [False, False, True]

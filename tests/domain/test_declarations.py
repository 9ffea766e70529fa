"""Declaring on screen: begin, end, correct and move, what is refused, and what becomes of the dossiers that waited."""

import json
from datetime import date, datetime

import pytest
from django.db import connection

from lienthong.births import enrolment
from lienthong.catalogues import declaring, queries, units
from lienthong.catalogues.unit_file import UnitFacts, WorkplaceFacts
from lienthong.database.scope import acting
from lienthong.kernel.errors import NotFound
from tests import births
from tests.births import AT, ON
from tests.declared import BA_DINH, HUE, NGOC_HA, REFORM, declare, place, refusal, told, unit
from tests.officers import SYSTEM

EVE = date(2025, 6, 30)

pytestmark = pytest.mark.django_db


def _logged() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action, by FROM audit_entry WHERE subject_kind IN ('unit', 'workplace') ORDER BY id"
        )
        return cursor.fetchall()


# ---------------------------------------------------------------- one declaration


def test_a_declaration_counts_from_its_first_to_its_last_day_and_is_logged() -> None:
    unit("TEX01")
    key = declare(place("TEX01", last=date(2026, 12, 31)))
    assert units.unit_for(BA_DINH, REFORM).code == "TEX01"
    assert units.unit_for(BA_DINH, date(2026, 12, 31)).code == "TEX01"
    assert units.unit_for(BA_DINH, date(2027, 1, 1)).status == "none"
    assert _logged() == [
        ("catalogues.unit.created", "system"),
        ("catalogues.workplace.declared", "system"),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, decided_at, detail FROM audit_entry WHERE subject_kind = 'workplace'"
        )
        subject, at, detail = cursor.fetchone()
    assert (subject, at) == (key, AT)
    assert json.loads(detail) == {"declared": "TEX01 00004 từ 2025-07-01 đến 2026-12-31"}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (place("TEX01", "99999"), "E-DIVISION"),
        (place("TEX01", "11948", EVE), "E-DIVISION"),
        (place("TEX01", HUE), "E-PROVINCE"),
        (place("TEX01", district="001"), "E-DISTRICT"),
        (place("TEX01", first=EVE), "E-DISTRICT"),
        (place("TEX01", HUE, province="46"), "E-UNIT-PROVINCE"),
        (place("TEX99"), "E-UNIT"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    facts: WorkplaceFacts, code: str
) -> None:
    unit("TEX01")
    assert refusal(lambda: declare(facts)) == code
    assert queries.declarations(SYSTEM, unit_code="TEX01") == []


def test_days_that_the_unit_has_already_and_days_of_another_unit_are_refused() -> None:
    unit("TEX01")
    unit("TEX02")
    declare(place("TEX01", last=date(2026, 6, 30)))
    assert refusal(lambda: declare(place("TEX01", first=date(2026, 6, 30)))) == "E-OVERLAP"
    assert refusal(lambda: declare(place("TEX02", first=date(2026, 6, 30)))) == "E-CLAIMED"
    declare(place("TEX02", first=date(2026, 7, 1)))
    assert units.unit_for(BA_DINH, ON).code == "TEX02"


def test_a_new_unit_comes_with_its_first_place_or_not_at_all() -> None:
    new = UnitFacts("TEX07", "Đơn vị mới", "", "01")

    def begin(facts: WorkplaceFacts) -> int:
        return declaring.declare(facts, by=SYSTEM, at=AT, new_unit=new)

    unit("TEX01")
    declare(place("TEX01"))
    assert refusal(lambda: begin(place("TEX07"))) == "E-CLAIMED"
    assert queries.unit_id("TEX07") is None
    begin(place("TEX07", NGOC_HA))
    assert units.unit_for(NGOC_HA, ON).name == "Đơn vị mới"
    assert refusal(lambda: begin(place("TEX07", "00025"))) == "E-UNIT"


def test_what_was_declared_before_the_code_was_formed_anew_stands_in_nobody_s_way() -> None:
    unit("TEX01")
    unit("TEX02")
    before = place("TEX01", first=date(2024, 1, 1), district="001")
    declare(before)
    declare(place("TEX02"))
    assert units.unit_for(BA_DINH, ON).code == "TEX02"
    assert units.unit_for(BA_DINH, EVE).code == "TEX01"
    # The list still says what was declared.
    assert ("TEX01", date(2024, 1, 1), None) in told()


def test_a_unit_declares_again_what_of_its_own_no_longer_counts() -> None:
    unit("TEX01")
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_workplace (unit_id, province_code, commune_code, district_code, valid)"
            " SELECT id, '01', %s, '', '[2024-01-01,)' FROM catalogues_unit WHERE code = 'TEX01'",
            [BA_DINH],
        )
    declare(place("TEX01"))
    assert told() == [("TEX01", date(2024, 1, 1), EVE), ("TEX01", REFORM, None)]
    assert units.unit_for(BA_DINH, ON).code == "TEX01"


# ---------------------------------------------------------------- ending, correcting, moving


def test_ending_sets_the_last_day_of_many_at_once_or_of_none() -> None:
    unit("TEX01")
    keys = [declare(place("TEX01", code)) for code in (BA_DINH, NGOC_HA)]
    late = declare(place("TEX01", "00025", first=date(2027, 1, 1)))
    last = date(2026, 11, 30)
    refused = refusal(lambda: declaring.end([*keys, late], last, by=SYSTEM, at=AT))
    assert refused == "E-DATE"
    assert told() == [("TEX01", REFORM, None)]
    assert declaring.end(keys, last, by=SYSTEM, at=AT) == 2
    assert told() + told(NGOC_HA) == [("TEX01", REFORM, last)] * 2
    # Ending is no way to make it longer.
    again = refusal(lambda: declaring.end(keys, date(2026, 12, 31), by=SYSTEM, at=AT))
    assert again == "E-DATE"
    with pytest.raises(NotFound):
        declaring.end([*keys, 999_999], last, by=SYSTEM, at=AT)


def test_correcting_days_obeys_the_same_rules_as_declaring() -> None:
    unit("TEX01")
    unit("TEX02")
    one = declare(place("TEX01", last=date(2025, 12, 31)))
    two = declare(place("TEX02", first=date(2026, 2, 1)))

    def correct(key: int, first: date, last: date | None = None) -> None:
        facts = place("", first=first, last=last)
        declaring.correct(key, facts.valid, by=SYSTEM, at=AT)

    assert refusal(lambda: correct(one, REFORM, date(2026, 2, 1))) == "E-CLAIMED"
    assert refusal(lambda: correct(one, EVE, date(2025, 12, 31))) == "E-DISTRICT"
    correct(one, REFORM, date(2026, 1, 31))
    correct(two, date(2026, 2, 1), date(2026, 12, 31))
    assert told() == [
        ("TEX01", REFORM, date(2026, 1, 31)),
        ("TEX02", date(2026, 2, 1), date(2026, 12, 31)),
    ]
    third = declare(place("TEX01", first=date(2027, 1, 1)))
    assert refusal(lambda: correct(one, REFORM, date(2027, 1, 1))) in {"E-OVERLAP", "E-CLAIMED"}
    correct(third, date(2027, 2, 1))


def test_moving_ends_the_one_the_day_before_and_begins_the_other() -> None:
    unit("TEX01")
    unit("TEX02")
    declare(place("TEX01"))
    declaring.move(place("TEX02", first=ON), by=SYSTEM, at=AT)
    assert told() == [("TEX01", REFORM, date(2026, 11, 19)), ("TEX02", ON, None)]
    assert "catalogues.workplace.moved_away" in dict(_logged())


def test_of_two_units_the_chosen_one_stays_as_it_is_and_the_other_ends() -> None:
    births.declare("TEX01", BA_DINH)
    births.declare("TEX02", BA_DINH)
    assert units.unit_for(BA_DINH, ON).fault == "UNIT_AMBIGUOUS"
    kept = declaring.move(place("TEX02", first=ON), by=SYSTEM, at=AT)
    assert told() == [("TEX01", REFORM, date(2026, 11, 19)), ("TEX02", REFORM, None)]
    assert kept == next(it.id for it in queries.declarations(SYSTEM, unit_code="TEX02"))
    assert units.unit_for(BA_DINH, ON).code == "TEX02"


def test_a_move_cannot_end_what_begins_on_that_day_or_later() -> None:
    births.declare("TEX01", BA_DINH)
    births.declare("TEX02", BA_DINH)
    move = refusal(lambda: declaring.move(place("TEX02"), by=SYSTEM, at=AT))
    assert move == "E-BEGINS-LATER"
    assert len(told()) == 2


def test_a_unit_is_renamed_and_keeps_its_places() -> None:
    unit("TEX01")
    declare(place("TEX01"))
    declaring.rename_unit("TEX01", name="BHXH cơ sở Ba Đình", agency_code="0199", by=SYSTEM, at=AT)
    found = queries.unit(SYSTEM, "TEX01")
    assert (found.name, found.agency_code, found.province_code) == (
        "BHXH cơ sở Ba Đình",
        "0199",
        "01",
    )
    assert units.unit_for(BA_DINH, ON).name == "BHXH cơ sở Ba Đình"
    refused = refusal(
        lambda: declaring.rename_unit("TEX01", name="", agency_code="", by=SYSTEM, at=AT)
    )
    assert refused == "E-EMPTY"
    assert refusal(lambda: unit("TEX01")) == "E-UNIT"


def test_a_declaration_on_screen_releases_what_waited_and_its_clock_never_stood_still() -> None:
    births.small_country()
    births.send(births.message(1, nksNoiCuTru=births.living_in(births.UNDECLARED)))
    births.run()
    before = births.rows("SELECT state, received_at, due_on FROM dossiers_dossier")
    assert before[0][0] == "CREATE_FAILED"
    later = datetime(2026, 11, 25, 8, 0, tzinfo=AT.tzinfo)
    declaring.declare(place("TE01001", births.UNDECLARED, later.date()), by=SYSTEM, at=later)
    enrolment.advance_all(at=later, on=later.date())
    after = births.rows("SELECT state, received_at, due_on, unit_id FROM dossiers_dossier")
    assert after[0][0] not in {"CREATE_FAILED", "RECEIVED"}
    assert after[0][1:3] == before[0][1:]
    assert after[0][3] == queries.unit_id("TE01001")

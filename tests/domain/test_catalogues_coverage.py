"""Coverage of a period says for every commune and day what the rule for one commune on one day says."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from lienthong.catalogues import coverage, units
from lienthong.catalogues.coverage import Gap
from lienthong.catalogues.units import UnitFault
from lienthong.database.scope import acting
from lienthong.kernel.actor import system_actor
from lienthong.kernel.dates import DateRange
from lienthong.simulation import places

BY = system_actor(frozenset())
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
REFORM, TODAY = date(2025, 7, 1), date(2026, 11, 24)
FIRST, LAST = date(2024, 10, 1), date(2026, 12, 31)
REBORN = "00004"
"""Ba Đình: the reform made a ward of that code and another name."""

pytestmark = pytest.mark.django_db


def _declare(
    unit: str, commune: str, first: date, last: date | None = None, *, district: str = ""
) -> None:
    with acting(BY, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_unit (code, name, agency_code, province_code) VALUES (%s, 'Đơn vị thử', '', '01')"
            " ON CONFLICT (code) DO NOTHING",
            [unit],
        )
        cursor.execute(
            "INSERT INTO catalogues_workplace (unit_id, province_code, district_code, commune_code, valid)"
            " SELECT id, '01', %s, %s, daterange(%s, %s, '[]') FROM catalogues_unit WHERE code = %s",
            [district, commune, first, last, unit],
        )


def _gaps(commune: str, first: date, last: date | None = None) -> list[Gap]:
    period = DateRange(first) if last is None else DateRange.closed(first, last)
    return coverage.gaps(BY, period, commune_code=commune)


def _told(commune: str, first: date, last: date | None = None) -> list[tuple[object, ...]]:
    return [(it.fault, it.first, it.last, it.unit_codes) for it in _gaps(commune, first, last)]


# ---------------------------------------------------------------- what it says


def test_a_commune_that_nobody_declared_is_a_gap_without_an_end() -> None:
    assert _told(REBORN, TODAY) == [(UnitFault.NOT_DECLARED, TODAY, None, ())]
    (gap,) = _gaps(REBORN, TODAY)
    assert (gap.commune_name, gap.province_name) == ("Phường Ba Đình", "Thành phố Hà Nội")


def test_days_between_two_declarations_are_a_gap_and_the_rest_is_none() -> None:
    _declare("TEX01", REBORN, REFORM, date(2026, 1, 31))
    _declare("TEX02", REBORN, date(2026, 3, 1))
    assert _told(REBORN, REFORM) == [
        (UnitFault.NOT_DECLARED, date(2026, 2, 1), date(2026, 2, 28), ())
    ]
    assert _told(REBORN, date(2026, 3, 1)) == []


def test_two_units_on_the_same_days_are_named_for_those_days_alone() -> None:
    _declare("TEX01", REBORN, REFORM)
    _declare("TEX02", REBORN, date(2026, 3, 1), date(2026, 3, 31))
    assert _told(REBORN, REFORM) == [
        (UnitFault.AMBIGUOUS, date(2026, 3, 1), date(2026, 3, 31), ("TEX01", "TEX02"))
    ]


def test_one_unit_declared_twice_for_a_commune_is_still_one_unit() -> None:
    eve = REFORM - timedelta(days=1)
    _declare("TEX01", REBORN, FIRST, district="001")
    _declare("TEX01", REBORN, FIRST)
    assert _told(REBORN, FIRST, eve) == []


def test_a_declaration_ends_where_the_code_is_formed_anew_under_another_name() -> None:
    _declare("TEX01", REBORN, FIRST)
    assert _told(REBORN, FIRST) == [(UnitFault.NOT_DECLARED, REFORM, None, ())]


def test_a_declaration_by_district_ends_with_the_district_even_where_the_name_stays() -> None:
    same, district = _same_name_over_the_reform()
    _declare("TEX01", same, FIRST)
    assert _told(same, FIRST) == []
    _declare("TEX02", same, FIRST, district=district)
    assert _told(same, FIRST) == [
        (UnitFault.AMBIGUOUS, FIRST, REFORM - timedelta(days=1), ("TEX01", "TEX02"))
    ]


def test_a_province_is_asked_for_alone() -> None:
    found = coverage.gaps(BY, DateRange(TODAY), province_code="46")
    assert {it.province_code for it in found} == {"46"}
    assert len(found) == 40


def test_the_made_up_country_has_the_gaps_it_was_made_with() -> None:
    places.declare(by=BY, at=AT)
    chosen = places.gaps(places.communes(TODAY))
    found = coverage.gaps(BY, DateRange(TODAY))
    by_fault = defaultdict(set)
    for it in found:
        by_fault[it.fault].add(it.commune_code)
    assert by_fault == {
        UnitFault.NOT_DECLARED: set(chosen.undeclared),
        UnitFault.AMBIGUOUS: set(chosen.ambiguous),
    }
    assert all(len(it.unit_codes) == 2 for it in found if it.fault is UnitFault.AMBIGUOUS)


# ---------------------------------------------------------------- against the rule


def _same_name_over_the_reform() -> tuple[str, str]:
    """A commune that kept code and name on 01/07/2025, though it took in others; and its district before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT edge.old_code, earlier.parent_code FROM catalogues_succession AS edge"
            " JOIN catalogues_division AS earlier ON earlier.code = edge.old_code AND upper(earlier.valid) = edge.effective"
            " JOIN catalogues_division AS later ON later.code = edge.old_code AND lower(later.valid) = edge.effective"
            " WHERE edge.old_code = edge.new_code AND edge.effective = %s AND earlier.name = later.name"
            " ORDER BY 1 LIMIT 1",
            [REFORM],
        )
        code, district = cursor.fetchone()
    return code, district


class _Rule:
    """The rule in plain words and loops, from the rows themselves."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT code, name, lower(valid), upper(valid) FROM catalogues_division")
            self.versions = defaultdict(list)
            for code, name, first, end in cursor.fetchall():
                self.versions[code].append((name, DateRange(first, end)))
            cursor.execute("SELECT old_code, effective, new_code FROM catalogues_succession")
            self.heirs = defaultdict(set)
            for old, day, new in cursor.fetchall():
                self.heirs[old, day].add(new)
            cursor.execute(
                "SELECT unit.code, district_code, commune_code, lower(valid), upper(valid)"
                " FROM catalogues_workplace JOIN catalogues_unit AS unit ON unit.id = unit_id"
            )
            self.workplaces = cursor.fetchall()

    def name(self, code: str, day: date) -> str | None:
        return next((name for name, valid in self.versions[code] if day in valid), None)

    def formed_anew(self, code: str, day: date) -> bool:
        heirs = self.heirs.get((code, day), set())
        before, after = self.name(code, day - timedelta(days=1)), self.name(code, day)
        goes_on = code in heirs and before is not None and before == after
        return bool(heirs) and not goes_on

    def units(self, code: str, on: date) -> set[str]:
        found = set()
        turns = {day for old, day in self.heirs if old == code}
        for unit, district, commune, first, end in self.workplaces:
            if (commune or district) != code or on not in DateRange(first, end):
                continue
            if any(first < day <= on and self.formed_anew(code, day) for day in turns):
                continue
            if district and self.name(district, on) is None:
                continue
            if self.name(code, on) is not None:
                found.add(unit)
        return found


def _random_declarations(chance: random.Random) -> list[str]:
    same, _ = _same_name_over_the_reform()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, array_agg(parent_code) FROM catalogues_division"
            " WHERE level = 'commune' AND province_code IN ('01', '75') AND valid && daterange(%s, %s)"
            " GROUP BY code ORDER BY code",
            [FIRST, LAST],
        )
        found = {
            code: [it for it in parents if len(it) == 3] for code, parents in cursor.fetchall()
        }
    chosen = [same, *chance.sample(sorted(set(found) - {same}), 24)]
    for code in chosen:
        for unit in chance.sample(["TEX01", "TEX02", "TEX03"], chance.randrange(4)):
            day = chance.choice([FIRST, REFORM, FIRST + timedelta(days=chance.randrange(700))])
            last = None if chance.random() < 0.5 else day + timedelta(days=chance.randrange(400))
            district = chance.choice([*found.get(code, []), ""])
            _declare(unit, code, day, last, district=district)
    return chosen


@pytest.mark.parametrize("seed", range(3))
def test_every_day_is_judged_as_the_rule_judges_it(seed: int) -> None:
    chance = random.Random(seed)
    chosen = _random_declarations(chance)
    rule, checked = _Rule(), defaultdict(int)
    for code in chosen:
        gaps = _gaps(code, FIRST, LAST)
        for _ in range(40):
            day = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1))
            expected = rule.units(code, day)
            on_day = [it for it in gaps if day in DateRange.closed(it.first, it.last or LAST)]
            if rule.name(code, day) is None or len(expected) == 1:
                assert on_day == [], (code, day)
            else:
                (gap,) = on_day
                fault = UnitFault.AMBIGUOUS if expected else UnitFault.NOT_DECLARED
                assert gap.fault is fault, (code, day)
                assert expected <= set(gap.unit_codes)
            checked[len(expected)] += 1
        for day in (REFORM, TODAY, FIRST + timedelta(days=chance.randrange(800))):
            assert set(units.unit_for(code, day).codes) == rule.units(code, day), (code, day)
    assert min(checked[count] for count in (0, 1, 2)) > 5


def test_undeclared_of_a_day_are_the_gaps_of_that_day() -> None:
    _random_declarations(random.Random(7))
    for day in (REFORM - timedelta(days=1), REFORM, TODAY):
        listed = {(it.commune_code, it.fault) for it in units.undeclared(day)}
        gaps = coverage.gaps(BY, DateRange.closed(day, day))
        assert {(it.commune_code, it.fault) for it in gaps} == listed
        assert {(it.first, it.last) for it in gaps} == {(day, day)}

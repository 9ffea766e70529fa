"""The route table says for every code what the plain rule says for one; see lienthong/catalogues/routes.sql."""

import csv
import random
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from lienthong.catalogues import edges, loading, routes, units
from lienthong.catalogues.divisions import Atlas, Resolution, resolve
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.actor import system_actor
from lienthong.simulation import places

BY = system_actor(frozenset())
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
EVE, REFORM, TODAY = date(2025, 6, 30), date(2025, 7, 1), date(2026, 11, 24)
Routes = dict[str, list[tuple[date, date | None, tuple[object, ...]]]]

pytestmark = pytest.mark.django_db


def _routes(on: date) -> Routes:
    routes.ensure(on)
    found: Routes = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT commune_code, lower(registered), upper(registered), resolution, resolved_code, path,"
            " rule, province_code FROM catalogues_route ORDER BY 1, 2"
        )
        for code, first, end, *answer in cursor.fetchall():
            found.setdefault(code, []).append((first, end, tuple(answer)))
    return found


def _rule(code: str, found: Resolution, meant: object, stands: object) -> str:
    """Rules §13.1, read row by row: the first that holds."""
    rows = (
        (found.status == "none", ""),
        (found.status == "many", "Q3"),
        (len(code) == 3, "Q9"),
        (found.is_stale, "Q8"),
        (found.step_count > 1, "Q5"),
        (found.step_count == 1, "Q1"),
        (meant != stands, "Q6"),
        (True, "000-0"),
    )
    return next(rule for holds, rule in rows if holds)


def _expected(code: str, day: date, on: date, atlas: Atlas) -> tuple[object, ...]:
    found = resolve(code, written_on=day, on=on, book=atlas)
    one = found.communes[0].code if found.status == "one" else ""
    meant = [it for it in atlas.versions(code) if it.start <= day][-1]
    stands = next((it for it in atlas.versions(one) if it.stands_on(on)), None) if one else None
    provinces = {it.province_code for it in found.communes}
    province = provinces.pop() if len(provinces) == 1 else ""
    return (found.status, one, list(found.path), _rule(code, found, meant, stands), province)


def _assert_agree(on: date, seed: int) -> None:
    """Every row on its first day, on its last, and on one between; and no code has two rows on a day."""
    chance, atlas, checked = random.Random(seed), Atlas(), 0
    for code, rows in _routes(on).items():
        for first, end, answer in rows:
            last = min(on, (end or on + timedelta(days=1)) - timedelta(days=1))
            between = first + timedelta(days=chance.randrange((last - first).days + 1))
            for day in {first, last, between}:
                assert _expected(code, day, on, atlas) == answer, (code, day, on)
                checked += 1
        assert all(
            end is not None and end <= following[0] for (_, end, _), following in pairwise(rows)
        ), code
    assert checked > 10_000


@pytest.mark.parametrize("on", [EVE, REFORM, date(2026, 4, 29), date(2026, 9, 10), TODAY])
def test_every_route_of_a_day_is_what_the_rule_says(on: date) -> None:
    _assert_agree(on, seed=on.toordinal())


def _random_act(folder: Path, day: date, chance: random.Random) -> Path:
    """Mergers, splits and exchanges of land among some present communes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM catalogues_division WHERE level = 'commune' AND valid @> %s AND valid @> %s"
            " ORDER BY code",
            [day - timedelta(days=1), day],
        )
        present = [row[0] for row in cursor.fetchall()]
    chosen = chance.sample(present[:300], 60)
    olds, heirs = chosen[:30], chosen[25:]
    rows: list[tuple[str, str, str]] = []
    for old in olds:
        count = chance.choice([1, 1, 2, 3])
        news = chance.sample(heirs, count)
        kinds = ["whole"] if count == 1 else chance.choice(
            [["part"] * count, ["all_people"] + ["land_only"] * (count - 1), ["part"] * (count - 1) + ["land_only"]]
        )  # fmt: skip
        rows += [(old, new, kind) for new, kind in zip(news, kinds, strict=True)]
    file = folder / f"{day}.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("old_code", "new_code", "kind"), *rows])
    return file


@pytest.mark.parametrize("seed", range(3))
def test_routes_and_rule_agree_after_a_chain_of_acts(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    days = [date(2025, 12, 1), date(2026, 3, 1), date(2026, 4, 30), date(2026, 10, 1)]
    for day in days:
        file = _random_act(tmp_path, day, chance)
        loading.import_act(edges.read(file, effective=day), day, source=file.name, by=BY, at=AT)
    _assert_agree(TODAY, seed)
    _assert_agree(date(2026, 3, 1), seed)
    rules = {row[2][3] for rows in _routes(TODAY).values() for row in rows}
    assert rules >= {"000-0", "Q1", "Q3", "Q5", "Q6", "Q8", "Q9"}


def test_the_table_holds_every_commune_once_and_a_reused_code_twice() -> None:
    found = _routes(TODAY)
    assert len(found) == 10_035 + 5 + 5
    assert [(first, answer[1], answer[3]) for first, _, answer in found["00004"]] == [
        (date(2008, 8, 1), "00004", "Q1"),
        (REFORM, "00004", "000-0"),
    ]
    assert [answer[3] for _, _, answer in found["00001"]] == ["Q1", "Q8"]
    assert [answer[3] for _, _, answer in found["25270"]] == ["Q1", "Q6", "000-0"]
    assert [answer[:2] for _, _, answer in found["318"]] == [("one", "11948")] * 2
    assert "99999" not in found


def test_writing_again_happens_only_when_something_changed() -> None:
    routes.ensure(TODAY)
    assert routes.ensure(TODAY) == 0
    # Nothing begins or ends between the two days.
    assert routes.ensure(TODAY + timedelta(days=1)) == 0
    assert routes.ensure(date(2026, 9, 20)) == 0
    assert routes.ensure(date(2026, 9, 19)) > 20_000
    with acting(BY, at=AT), connection.cursor() as cursor:
        cursor.execute("UPDATE catalogues_succession SET share = share WHERE old_code = '00007'")
    assert routes.ensure(date(2026, 9, 19)) > 20_000


def test_the_table_is_written_fast_and_the_planner_left_as_it_was() -> None:
    routes.ensure(EVE)
    start = time.perf_counter()
    routes.ensure(TODAY)
    # Half a second on two quiet cores; a plan of nested loops takes two minutes.
    assert time.perf_counter() - start < 8
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('enable_nestloop'), current_setting('enable_mergejoin')"
        )
        assert cursor.fetchone() == ("on", "on")


# ---------------------------------------------------------------- units and facilities


@pytest.fixture
def _declared() -> None:
    places.declare(by=BY, at=AT)


def _unit_columns(on: date) -> dict[str, tuple[str, int | None]]:
    routes.ensure(on)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT commune_code, unit_status, unit_id FROM catalogues_route WHERE registered @> %s::date",
            [on],
        )
        return {code: (status, unit) for code, status, unit in cursor.fetchall()}


@pytest.mark.usefixtures("_declared")
def test_every_route_names_the_unit_that_the_plain_rule_names() -> None:
    chosen = places.gaps(places.communes(TODAY))
    found = _unit_columns(TODAY)
    sample = [
        *chosen.undeclared,
        *chosen.ambiguous,
        "00004",
        *random.Random(1).sample(list(found), 60),
    ]
    for code in sample:
        at_home = resolve(code, written_on=TODAY, on=TODAY)
        if at_home.status == "one":
            answer = units.unit_for(at_home.communes[0].code, TODAY)
            assert found[code] == (answer.status, answer.unit_id), code
        else:
            assert found[code] == ("none", None)
    present = {it.code for it in places.communes(TODAY)}
    statuses = {code: found[code][0] for code in present}
    assert {code for code, it in statuses.items() if it == "none"} == chosen.undeclared
    assert {code for code, it in statuses.items() if it == "many"} == chosen.ambiguous
    undeclared = {it.commune_code: it.fault.value for it in units.undeclared(TODAY)}
    assert undeclared == (
        dict.fromkeys(chosen.undeclared, "UNIT_NOT_DECLARED")
        | dict.fromkeys(chosen.ambiguous, "UNIT_AMBIGUOUS")
    )


def test_a_commune_s_unit_is_found_at_once_also_when_the_lists_were_counted_while_empty(
    postgres_owner: Address,
) -> None:
    savepoint = transaction.savepoint()
    places.declare(by=BY, at=AT)
    transaction.savepoint_rollback(savepoint)
    own = postgres_owner.database(connection.settings_dict["NAME"])
    with psycopg.connect(own.conninfo, autocommit=True) as owner:
        owner.execute("ANALYZE catalogues_unit, catalogues_workplace")
    places.declare(by=BY, at=AT)
    start = time.perf_counter()
    assert units.unit_for("00004", TODAY).status == "one"
    # Eight milliseconds; three seconds when the view is read again for each unit.
    assert time.perf_counter() - start < 1


@pytest.mark.usefixtures("_declared")
def test_on_the_eve_of_the_reform_the_district_units_answer() -> None:
    assert {status for status, _ in _unit_columns(EVE).values()} == {"one"}
    assert units.unit_for("00004", EVE).code == "TEQ001"
    assert units.undeclared(EVE) == []


def test_a_declaration_from_before_the_reform_does_not_count_after_it() -> None:
    with acting(BY, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "WITH unit AS (INSERT INTO catalogues_unit (code, name, agency_code, province_code)"
            " VALUES ('TEX', 'Đơn vị thử', '', '01') RETURNING id)"
            " INSERT INTO catalogues_workplace (unit_id, province_code, district_code, commune_code, valid)"
            " SELECT id, '01', '001', '00004', '[2020-01-01,)' FROM unit"
        )
    assert _unit_columns(EVE)["00004"][0] == "one"
    assert _unit_columns(TODAY)["00004"] == ("none", None)
    assert units.unit_for("00004", TODAY).fault == "UNIT_NOT_DECLARED"


def _facility(
    code: str, commune: str, level: str, *, since: str = "2020-01-01", until: str = ""
) -> None:
    with acting(BY, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_facility (code, name, province_code, commune_code, level,"
            " registers_children, contract, declared_on)"
            " VALUES (%s, 'Cơ sở thử', '01', %s, %s, true, daterange(%s, %s), %s)",
            [code, commune, level, since, until or None, since],
        )


def _default(code: str, day: date = TODAY) -> str:
    routes.ensure(TODAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT default_facility_code FROM catalogues_route"
            " WHERE commune_code = %s AND registered @> %s::date",
            [code, day],
        )
        return str(cursor.fetchone()[0])


def test_the_commune_s_own_facility_of_the_lowest_level_comes_first() -> None:
    _facility("01013", "00004", "2", since="2025-08-01")
    _facility("01C02", "00004", "4", since="2025-08-01")
    _facility("01C01", "00004", "4", since="2025-08-01", until="2026-01-01")
    assert _default("00004") == "01C02"
    # A commune without one of its own takes the province's foremost; another province has none.
    assert _default("00008") == "01013"
    assert _default("01273") == ""


def test_a_facility_declared_under_an_old_code_moves_with_its_commune() -> None:
    _facility("01C05", "00001", "4")
    assert _default("00097") == "01C05"
    _facility("01C07", "00007", "4")
    assert (
        _default("00025") == "01C05"
    )  # The split says nothing about the station: the province's instead.


def test_a_facility_of_an_old_commune_is_not_that_of_the_new_one_with_its_code() -> None:
    _facility("01C08", "00070", "4")
    assert _default("00070") == ""
    _facility("01C09", "00070", "4", since="2025-07-01")
    assert _default("00070") == "01C09"

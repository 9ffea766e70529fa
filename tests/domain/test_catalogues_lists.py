"""The short code lists, the questions pages and steps ask, and the fictional places of demos."""

import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from lienthong.catalogues import facilities, lists, loading, queries, routes, units
from lienthong.catalogues.divisions import resolve
from lienthong.kernel.actor import system_actor
from lienthong.kernel.names import tone_key
from lienthong.law.groups import groups
from lienthong.simulation import places

BY = system_actor(frozenset())
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
TODAY = date(2026, 11, 24)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Kinh", "01"),
        ("KHMER", "05"),
        ("H'Mông", "08"),
        ("H’mông", "08"),
        ("Ra-glai", "21"),
        ("raglai", "21"),
        ("Thổ", "24"),
        ("Ca Dong", "14"),
        ("Tà Ôi", "31"),
        ("La Chí", "38"),
        ("Người nước ngoài", "55"),
        ("Hỏa tinh", ""),
    ],
)
def test_an_ethnic_group_is_known_by_its_spellings_never_by_number(name: str, code: str) -> None:
    assert lists.ethnic_code(name) == code


def test_no_spelling_belongs_to_two_peoples() -> None:
    found = lists.ethnic_groups()
    assert [it.code for it in found] == [f"{number:02}" for number in range(1, 57)]
    spellings = Counter(
        tone_key(name) for it in found for name in {tone_key(it.name), *map(tone_key, it.aliases)}
    )
    assert [name for name, count in spellings.items() if count > 1] == []


def test_every_country_stands_once_under_both_codes() -> None:
    found = lists.nationalities()
    assert len(found) == 249
    assert len({it.code for it in found}) == len({it.alpha3 for it in found}) == 249
    assert all(
        re.fullmatch("[A-Z]{2}", it.code) and re.fullmatch("[A-Z]{3}", it.alpha3) for it in found
    )
    assert {it.code: it.name for it in found}["VN"] == "Việt Nam"


@pytest.mark.parametrize("day", [date(2015, 1, 1), date(2025, 7, 1), date(2025, 12, 31), TODAY])
def test_benefit_groups_in_the_table_are_those_of_the_law(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, level, name FROM catalogues_benefitgroup WHERE valid @> %s ORDER BY code",
            [day],
        )
        assert cursor.fetchall() == [(it.code, it.level, it.name_vi) for it in groups(on=day)]


def test_loading_the_lists_again_writes_nothing_and_mends_what_was_changed() -> None:
    assert loading.load_lists(by=BY, at=AT).is_empty
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalogues_ethnicgroup SET name = 'Sai' WHERE code = '01'")
        cursor.execute("DELETE FROM catalogues_nationality WHERE code = 'VN'")
    assert loading.load_lists(by=BY, at=AT).added == ("dân tộc 01", "quốc tịch VN")


def test_the_release_knows_that_its_divisions_are_loaded() -> None:
    assert queries.is_loaded()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalogues_version SET divisions_digest = 'older'")
    assert not queries.is_loaded()


def test_a_judge_knows_codes_of_any_day_and_what_they_were_called() -> None:
    found = queries.judge_lists()
    assert len(found.communes) == 10_035 + 5 + 5
    assert {"00001", "318", "11948"} <= found.communes
    assert "001" not in found.communes
    assert found.commune_names["00004"] == {"Phường Trúc Bạch", "Phường Ba Đình"}
    assert found.commune_names["07840"] == {"Thị trấn Thắng", "Xã Hiệp Hòa", "Phường Hiệp Hòa"}
    assert "VN" in found.nationalities
    assert "56" in found.ethnicities
    assert found.facilities == frozenset()


# ---------------------------------------------------------------- fictional places


@pytest.fixture
def _declared() -> None:
    places.declare(by=BY, at=AT)


@pytest.mark.usefixtures("_declared")
def test_fictional_places_declare_every_commune_but_a_few() -> None:
    found = queries.counts(TODAY)
    assert (found["provinces"], found["communes"], found["declared_communes"]) == (34, 3_321, 3_315)
    faults = Counter((it.fault.value, it.province_code == "01") for it in units.undeclared(TODAY))
    assert faults == {
        ("UNIT_NOT_DECLARED", True): 2,
        ("UNIT_NOT_DECLARED", False): 4,
        ("UNIT_AMBIGUOUS", True): 1,
        ("UNIT_AMBIGUOUS", False): 1,
    }
    shown = units.unit_for("00004", TODAY)
    assert (shown.status, shown.code) == ("one", "TE01001")
    sizes = Counter(
        row.code for row in places.unit_rows(TODAY) if row.valid_from == "2025-07-01"
    ).values()
    assert 6 <= min(sizes) <= max(sizes) <= 12


@pytest.mark.usefixtures("_declared")
def test_fictional_places_have_a_facility_for_every_commune_and_the_known_hospitals() -> None:
    codes = [row.code for row in places.facility_rows(TODAY)]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch("[0-9]{2}[0-9A-Z]{3}", code) for code in codes)
    assert facilities.registers_children("01013", TODAY)
    assert facilities.registers_children("01929", TODAY)
    routes.ensure(TODAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM catalogues_route WHERE registered @> %s::date AND resolution = 'one'"
            " AND default_facility_code = ''",
            [TODAY],
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("_declared")
def test_a_facility_that_cannot_be_had_gives_way_to_the_commune_s_own() -> None:
    routes.ensure(TODAY)
    cases = [
        ("01013", "01013", False),
        ("", "01C01", False),
        ("01999", "01C01", True),  # its contract has ended
        ("99ZZZ", "01C01", True),  # nobody knows it
    ]
    for wished, code, is_replaced in cases:
        found = facilities.choose(wished, "00004", TODAY)
        assert found == facilities.FacilityChoice(code, is_replaced=is_replaced), wished


@pytest.mark.usefixtures("_declared")
def test_declaring_fictional_places_again_leaves_what_was_mended() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalogues_workplace WHERE commune_code = '00004'")
    assert not places.declare(by=BY, at=AT)
    assert units.unit_for("00004", TODAY).fault == "UNIT_NOT_DECLARED"


def test_the_ministries_know_the_same_map() -> None:
    known = places.known(TODAY)
    assert (len(known.communes), len(known.former), len(known.split)) == (3_321, 9_595, 440)
    assert set(known.facilities) == {code for code, _ in known.communes}
    for code, province in [*known.former[::500], *known.split[::40]]:
        found = resolve(code, written_on=date(2025, 6, 30), on=TODAY)
        assert {it.province_code for it in found.communes} == {province}


@pytest.mark.usefixtures("_declared")
def test_pages_see_provinces_as_they_are_called_on_the_day() -> None:
    found = queries.provinces(BY, on=date(2025, 6, 30))
    assert (len(found), found[0].name) == (63, "Thành phố Hà Nội")

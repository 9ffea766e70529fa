"""The divisions of any day: the counts of the two maps, what became of each commune, and what a code meant."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from psycopg import sql

from lienthong.catalogues import divisions, loading, queries
from lienthong.catalogues.divisions import Atlas, resolve
from lienthong.database.scope import acting
from lienthong.kernel.actor import system_actor
from lienthong.kernel.errors import Refused

BY = system_actor(frozenset())
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
EVE, REFORM, TODAY = date(2025, 6, 30), date(2025, 7, 1), date(2026, 11, 24)

pytestmark = pytest.mark.django_db


def _count(level: str, day: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM catalogues_division WHERE level = %s AND valid @> %s",
            [level, day],
        )
        return int(cursor.fetchone()[0])


def _codes(level: str, day: date) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM catalogues_division WHERE level = %s AND valid @> %s", [level, day]
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize(
    ("level", "day", "count"),
    [
        ("province", EVE, 63),
        ("province", REFORM, 34),
        ("province", TODAY, 34),
        ("district", EVE, 696),
        ("district", REFORM, 0),
        ("commune", EVE, 10_035),
        ("commune", REFORM, 3_321),
        ("commune", TODAY, 3_321),
    ],
)
def test_the_map_of_a_day_has_the_official_number(level: str, day: date, count: int) -> None:
    assert _count(level, day) == count


def test_every_old_commune_has_an_heir_and_every_new_one_is_reached() -> None:
    atlas = Atlas()
    reached: set[str] = set()
    statuses = {"one": 0, "many": 0, "none": 0}
    for code in [*_codes("commune", EVE), "318", "471", "498", "536", "755"]:
        found = resolve(code, written_on=EVE, on=TODAY, book=atlas)
        statuses[found.status] += 1
        reached |= {it.code for it in found.communes}
    assert statuses == {"one": 9_595 + 5, "many": 440, "none": 0}
    assert reached == _codes("commune", TODAY)


def test_no_commune_crosses_from_one_heir_province_to_another() -> None:
    atlas = Atlas()
    for province in _codes("province", EVE):
        assert resolve(province, written_on=EVE, on=REFORM, book=atlas).status == "one"
    for code in _codes("commune", EVE):
        found = resolve(code, written_on=EVE, on=REFORM, book=atlas)
        old = next(it for it in atlas.versions(code) if it.stands_on(EVE))
        heir = resolve(old.province_code, written_on=EVE, on=REFORM, book=atlas).communes[0]
        assert {it.province_code for it in found.communes} == {heir.code}


@pytest.mark.parametrize(("edge"), ["06079-06184", "28252-29869", "31744-31473"])
def test_edges_between_namesakes_are_not_in_the_list(edge: str) -> None:
    old, new = edge.split("-")
    found = resolve(old, written_on=EVE, on=REFORM)
    assert new not in {it.code for it in found.communes}


def test_the_edge_the_packages_miss_is_in_the_list() -> None:
    found = resolve("09013", written_on=EVE, on=REFORM)
    assert "09817" in {it.code for it in found.communes}


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("00004", EVE, "Phường Trúc Bạch"),
        ("00004", REFORM, "Phường Ba Đình"),
        ("24", EVE, "Tỉnh Bắc Giang"),
        ("24", REFORM, "Tỉnh Bắc Ninh"),
        ("24", date(2026, 9, 19), "Tỉnh Bắc Ninh"),
        ("24", date(2026, 9, 20), "Thành phố Bắc Ninh"),
        ("22", date(2026, 9, 1), "Thành phố Quảng Ninh"),
        ("75", date(2026, 4, 29), "Tỉnh Đồng Nai"),
        ("75", date(2026, 4, 30), "Thành phố Đồng Nai"),
        ("25270", EVE, "Thị trấn Lộc Ninh"),
        ("25270", REFORM, "Xã Lộc Ninh"),
        ("25270", date(2026, 4, 30), "Phường Lộc Ninh"),
        ("07840", date(2026, 9, 20), "Phường Hiệp Hòa"),
        ("00745", REFORM, "Xã Phó Bảng"),
        ("318", EVE, "Huyện Bạch Long Vĩ"),
        ("318", REFORM, ""),
        ("11948", REFORM, "Đặc khu Bạch Long Vĩ"),
        ("99999", TODAY, ""),
    ],
)
def test_a_code_is_called_what_it_was_called_on_the_day(code: str, day: date, name: str) -> None:
    assert divisions.name_on(code, day) == name


def test_names_of_many_codes_come_in_one_query(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    with django_assert_num_queries(1):
        found = divisions.names_on(["00004", "00008", "99999"], TODAY)
    assert found == {"00004": "Phường Ba Đình", "00008": "Phường Ngọc Hà"}


def test_kinds_of_today_are_those_of_the_acts() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FROM catalogues_division"
            " WHERE level = 'commune' AND valid @> %s GROUP BY kind",
            [TODAY],
        )
        assert dict(cursor.fetchall()) == {"phường": 709, "xã": 2_599, "đặc khu": 13}


def test_a_reused_code_means_the_old_commune_before_the_reform_and_the_new_one_after() -> None:
    before = resolve("00004", written_on=EVE, on=TODAY)
    after = resolve("00004", written_on=REFORM, on=TODAY)
    assert (before.path, before.step_count) == (("00004", "00004"), 1)
    assert (after.path, after.step_count) == (("00004",), 0)
    assert resolve("00001", written_on=EVE, on=TODAY).as_json() == {
        "status": "one",
        "communes": [
            {"code": "00097", "name": "Phường Hồng Hà", "province_code": "01", "share": "all"}
        ],
        "path": ["00001", "00097"],
    }


def test_a_code_that_ended_before_it_was_written_is_read_as_its_last_version() -> None:
    found = resolve("00001", written_on=date(2026, 1, 5), on=TODAY)
    assert (found.status, found.communes[0].code, found.is_stale) == ("one", "00097", True)
    assert not resolve("00001", written_on=EVE, on=TODAY).is_stale


def test_a_split_always_asks_while_its_shares_are_unknown() -> None:
    found = resolve("00007", written_on=EVE, on=TODAY)
    assert found.status == "many"
    assert [(it.code, it.share) for it in found.communes] == [("00008", "part"), ("00025", "part")]
    assert found.path == ("00007",)


def test_an_island_district_without_communes_becomes_its_special_zone() -> None:
    found = resolve("536", written_on=EVE, on=TODAY)
    assert found.as_json()["path"] == ["536", "21548"]
    assert found.communes[0].name == "Đặc khu Lý Sơn"


def test_a_new_name_of_the_same_code_is_no_succession() -> None:
    found = resolve("25270", written_on=REFORM, on=TODAY)
    assert (found.status, found.path, found.step_count) == ("one", ("25270",), 0)
    assert found.communes[0].name == "Phường Lộc Ninh"


def test_before_the_reform_a_commune_stands_where_it_stood() -> None:
    found = resolve("00004", written_on=date(2020, 5, 1), on=EVE)
    assert (found.status, found.communes[0].name, found.path) == (
        "one", "Phường Trúc Bạch", ("00004",),
    )  # fmt: skip


@pytest.mark.parametrize("code", ["99999", "11948", "", "abc", "001"])
def test_a_code_that_nobody_knew_on_the_day_has_no_place(code: str) -> None:
    assert resolve(code, written_on=EVE, on=TODAY).status == "none"


def test_asking_for_a_day_before_the_code_was_written_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        resolve("00004", written_on=TODAY, on=EVE)
    assert refusal.value.code == "E-DATE"


def _succession(old: str, new: str, day: date, share: str) -> None:
    """An heir of that day; both divisions get versions that end or begin there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_succession (old_code, new_code, effective, share, source, instrument)"
            " VALUES (%s, %s, %s, %s, 'test', '')",
            [old, new, day, share],
        )


def _end(code: str, day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogues_division SET valid = daterange(lower(valid), %s)"
            " WHERE code = %s AND valid @> %s::date",
            [day, code, day],
        )


def test_a_chain_of_mergers_is_followed_to_its_end() -> None:
    day = date(2026, 10, 1)
    with acting(BY, at=AT):
        _end("00097", day)
        _succession("00097", "00004", day, "all")
    found = resolve("00001", written_on=EVE, on=TODAY)
    assert (found.status, found.path, found.step_count) == ("one", ("00001", "00097", "00004"), 2)
    assert resolve("00001", written_on=EVE, on=date(2026, 9, 30)).path == ("00001", "00097")


def test_parts_that_meet_again_in_one_commune_are_the_whole_of_it() -> None:
    day = date(2026, 10, 1)
    with acting(BY, at=AT):
        for code in ("00008", "00025"):
            _end(code, day)
            _succession(code, "00004", day, "all")
    found = resolve("00007", written_on=EVE, on=TODAY)
    assert (found.status, [(it.code, it.share) for it in found.communes]) == (
        "one", [("00004", "all")],
    )  # fmt: skip
    assert found.path == ("00007",)


def test_everybody_goes_before_land_only() -> None:
    with acting(BY, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogues_succession SET share = CASE new_code WHEN '00008' THEN 'all_people'"
            " ELSE 'land_only' END WHERE old_code = '00007'"
        )
    found = resolve("00007", written_on=EVE, on=TODAY)
    assert [(it.code, it.share) for it in found.communes] == [("00008", "all_people")]


def test_of_several_heirs_those_count_where_people_can_be() -> None:
    counted = divisions.shares_that_count
    assert counted([("1", "part"), ("2", "all_people")]) == [("2", "all_people")]
    assert counted([("1", "land_only"), ("2", "part")]) == [("2", "part")]
    assert counted([("1", "land_only"), ("2", "land_only")]) == [
        ("1", "land_only"),
        ("2", "land_only"),
    ]


def test_a_circle_in_the_list_is_refused_not_followed() -> None:
    """Time only runs forward in the table; a book that says otherwise must not hang us."""

    class Ring:
        def versions(self, code: str) -> list[divisions.Version]:
            return [ring] if code == "1" else []

        def heirs(self, code: str, effective: date) -> list[tuple[str, str]]:
            return [(code, "all")] if effective == ring.end else []

    class Forever(divisions.Version):
        def stands_on(self, day: date) -> bool:
            return day == date(2020, 6, 1) or day == self.end

    ring = Forever("1", "Xã Vòng", "01", date(2020, 1, 1), date(2021, 1, 1))
    with pytest.raises(Refused) as refusal:
        resolve("1", written_on=date(2020, 6, 1), on=TODAY, book=Ring())
    assert refusal.value.code == "E-DIVISION-CYCLE"


def test_loading_again_changes_nothing() -> None:
    before = queries.version()
    found = loading.load_divisions(by=BY, at=AT)
    assert found.is_empty
    assert found.unchanged_count == 14_174 + 10_633
    assert queries.version() == before


def test_a_newer_list_mends_names_and_keeps_what_acts_have_settled() -> None:
    with acting(BY, at=AT), connection.cursor() as cursor:
        cursor.execute("UPDATE catalogues_version SET divisions_digest = 'older' WHERE id = 1")
        cursor.execute(
            "UPDATE catalogues_division SET name = 'Phường Cũ' WHERE code = '00004' AND valid @> %s",
            [TODAY],
        )
        cursor.execute(
            "UPDATE catalogues_succession SET share = 'all_people' WHERE new_code = '00008'"
        )
        cursor.execute(
            "DELETE FROM catalogues_division WHERE code = '00025' AND valid @> %s", [TODAY]
        )
        _end("00008", date(2026, 10, 1))
    found = loading.load_divisions(by=BY, at=AT)
    assert [(it.key, it.before, it.after) for it in found.changed] == [
        ("00004 2025-07-01", "Phường Cũ", "Phường Ba Đình")
    ]
    assert found.added == ("00025 2025-07-01 Phường Giảng Võ",)
    assert divisions.name_on("00008", TODAY) == ""
    assert resolve("00006", written_on=EVE, on=REFORM).communes[0].share == "all_people"


def test_two_versions_of_one_code_on_one_day_are_refused() -> None:
    with pytest.raises(IntegrityError, match="division_code_means_one_on_a_day"), acting(BY, at=AT):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO catalogues_division (code, level, name, kind, parent_code, province_code,"
                " valid, instrument) VALUES ('00004', 'commune', 'Xã A', 'xã', '01', '01',"
                " '[2026-01-01,)', '')"
            )


@pytest.mark.parametrize("table", ["division", "succession", "unit", "workplace", "facility"])
def test_nobody_changes_the_lists_without_a_name(table: str) -> None:
    statement = sql.SQL("DELETE FROM {}").format(sql.Identifier(f"catalogues_{table}"))
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="no actor"):
        cursor.execute(statement)


def test_pages_read_the_lists_and_cannot_write_them(
    as_web_role: Callable[[], AbstractContextManager[None]],
) -> None:
    with as_web_role():
        assert divisions.name_on("00004", TODAY) == "Phường Ba Đình"
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            _end("00004", TODAY)

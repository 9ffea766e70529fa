"""Files from offices: what they would change is said first, then done; doing it twice changes nothing."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from django.db import connection

from lienthong.catalogues import facilities, facility_file, loading, queries, unit_file, units
from lienthong.catalogues.differences import Difference
from lienthong.kernel.actor import system_actor
from lienthong.kernel.errors import Refused

BY = system_actor(frozenset())
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
TODAY = date(2026, 11, 24)
UNIT = ("TEX01", "Đơn vị cấp thẻ thử", "0101", "01", "", "00004", "2025-07-01", "")
FACILITY = ("01C99", "Trạm y tế thử", "01", "00004", "4", "1", "2025-07-01", "")

pytestmark = pytest.mark.django_db


def _csv(path: Path, columns: Iterable[str], *rows: Iterable[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def _units(tmp_path: Path, *rows: Iterable[str], dry_run: bool = False) -> Difference:
    file = _csv(tmp_path / "units.csv", unit_file.COLUMNS, *rows)
    return loading.import_units(file, by=BY, at=AT, dry_run=dry_run)


def _facilities(tmp_path: Path, *rows: Iterable[str]) -> Difference:
    file = _csv(tmp_path / "facilities.csv", facility_file.COLUMNS, *rows)
    return loading.import_facilities(file, by=BY, at=AT)


def _with(row: tuple[str, ...], columns: Iterable[str], **cells: str) -> tuple[str, ...]:
    names = list(columns)
    return tuple(cells.get(name, value) for name, value in zip(names, row, strict=True))


def _unit(**cells: str) -> tuple[str, ...]:
    return _with(UNIT, unit_file.COLUMNS, **cells)


def _facility(**cells: str) -> tuple[str, ...]:
    return _with(FACILITY, facility_file.COLUMNS, **cells)


# ---------------------------------------------------------------- units


def test_a_dry_run_says_everything_and_writes_nothing(tmp_path: Path) -> None:
    before = queries.version()
    found = _units(tmp_path, UNIT, dry_run=True)
    assert found.counts == {
        "added": 2, "changed": 0, "ended": 0, "unchanged": 0, "refused": 0, "repaired": 0,
    }  # fmt: skip
    assert not found.is_applied
    assert (queries.unit_id("TEX01"), queries.version()) == (None, before)


def test_an_import_declares_the_unit_and_is_written_in_the_audit_log(tmp_path: Path) -> None:
    found = _units(tmp_path, UNIT)
    assert found.is_applied
    assert units.unit_for("00004", TODAY).code == "TEX01"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT by, decided_at, detail FROM audit_entry WHERE action = 'catalogues.units.import'"
        )
        by, at, detail = cursor.fetchone()
    assert (by, at) == ("system", AT)
    assert json.loads(detail)["added"] == 2


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    _units(tmp_path, UNIT)
    before = queries.version()
    found = _units(tmp_path, UNIT)
    assert (found.is_empty, found.unchanged_count, found.is_applied) == (True, 1, False)
    assert queries.version() == before


def test_an_earlier_end_ends_and_other_days_or_names_change(tmp_path: Path) -> None:
    _units(tmp_path, UNIT, _unit(commune_code="00008"))
    ended = _units(tmp_path, _unit(valid_to="2026-10-31"))
    assert (len(ended.ended), ended.changed, ended.added) == (1, (), ())
    assert units.unit_for("00004", date(2026, 10, 31)).code == "TEX01"
    assert units.unit_for("00004", date(2026, 11, 1)).status == "none"
    changed = _units(tmp_path, _unit(name="Tên mới", valid_from="2025-08-01"))
    assert {(it.field, it.after) for it in changed.changed} == {
        ("name", "Tên mới"),
        ("valid", "2025-08-01 –"),
    }
    assert units.unit_for("00004", date(2025, 7, 15)).status == "none"
    # What the file does not name stays.
    assert units.unit_for("00008", TODAY).name == "Tên mới"


def test_two_units_for_one_commune_are_taken_and_remarked_upon(tmp_path: Path) -> None:
    _units(tmp_path, UNIT)
    found = _units(tmp_path, _unit(code="TEX02"))
    assert found.remarks_vi == (
        "Xã 00004: có nhiều đơn vị cùng khai báo (TEX01, TEX02); hồ sơ sẽ chờ.",
    )
    assert units.unit_for("00004", TODAY).fault == "UNIT_AMBIGUOUS"


def test_mending_a_doubled_declaration_in_one_file_leaves_no_remark(tmp_path: Path) -> None:
    _units(tmp_path, UNIT, _unit(code="TEX02"))
    mended = _units(
        tmp_path, _unit(valid_to="2025-12-31"), _unit(code="TEX02", valid_from="2026-01-01")
    )
    assert mended.remarks_vi == ()
    assert units.unit_for("00004", TODAY).code == "TEX02"


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"code": ""}, "code", "E-EMPTY"),
        ({"code": "TE 01"}, "code", "E-VALUE"),
        ({"name": ""}, "name", "E-EMPTY"),
        ({"province_code": "HN"}, "province_code", "E-VALUE"),
        ({"commune_code": ""}, "commune_code", "E-EMPTY"),
        ({"commune_code": "0000A"}, "commune_code", "E-VALUE"),
        ({"commune_code": "99999"}, "commune_code", "E-DIVISION"),
        ({"province_code": "79"}, "province_code", "E-PROVINCE"),
        ({"district_code": "001"}, "district_code", "E-DISTRICT"),
        ({"valid_from": "2025-06-01"}, "district_code", "E-DISTRICT"),
        ({"valid_from": "01/07/2025"}, "valid_from", "E-DATE"),
        ({"valid_from": ""}, "valid_from", "E-EMPTY"),
        ({"valid_to": "2025-06-30"}, "valid_to", "E-DATE"),
    ],
)
def test_a_faulty_row_is_refused_with_its_field_and_the_others_are_taken(
    tmp_path: Path, cells: dict[str, str], field: str, code: str
) -> None:
    found = _units(tmp_path, _unit(code="TEX09", commune_code="00008"), _unit(**cells))
    assert [(it.line, it.field, it.code) for it in found.refused] == [(3, field, code)]
    assert found.refused[0].message_vi
    assert units.unit_for("00008", TODAY).code == "TEX09"


def test_a_unit_with_two_names_in_one_file_keeps_the_first(tmp_path: Path) -> None:
    found = _units(tmp_path, UNIT, _unit(name="Tên khác", commune_code="00008"))
    assert [it.code for it in found.refused] == ["E-UNIT"]


def test_a_row_that_repeats_another_is_refused(tmp_path: Path) -> None:
    found = _units(tmp_path, UNIT, _unit(valid_from="2025-08-01"))
    assert [(it.line, it.code) for it in found.refused] == [(3, "E-DUPLICATE")]


def test_a_row_over_two_known_declarations_is_refused(tmp_path: Path) -> None:
    _units(tmp_path, _unit(valid_to="2025-12-31"), _unit(valid_from="2026-06-01"))
    found = _units(tmp_path, UNIT)
    assert [it.code for it in found.refused] == ["E-OVERLAP"]


def test_an_island_district_is_declared_without_a_commune(tmp_path: Path) -> None:
    _units(
        tmp_path,
        _unit(province_code="31", district_code="318", commune_code="", valid_from="2020-01-01",
              valid_to="2025-06-30"),
    )  # fmt: skip
    assert units.unit_for("318", date(2025, 6, 30)).code == "TEX01"


# ---------------------------------------------------------------- files as a whole


def test_a_spreadsheet_gives_lost_zeros_back_and_reports_them(tmp_path: Path) -> None:
    file = tmp_path / "units.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, unit_file.COLUMNS)
        sheet.write_row(1, 0, ["TEX01", "Đơn vị thử", "0101", 1, "", 4])
        sheet.write_datetime(1, 6, datetime(2025, 7, 1), day)
    found = loading.import_units(file, by=BY, at=AT)
    assert {(it.line, it.field, it.found, it.read_as) for it in found.repaired} == {
        (2, "province_code", "1", "01"),
        (2, "commune_code", "4", "00004"),
    }
    assert units.unit_for("00004", date(2025, 7, 1)).code == "TEX01"


def test_a_list_with_semicolons_and_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    text = ";".join(unit_file.COLUMNS) + "\r\n" + ";".join(UNIT) + "\r\n\r\n"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert loading.import_units(file, by=BY, at=AT).counts["added"] == 2


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "E-FILE-EMPTY"),
        (b"code,name\n1,2\n", "a.csv", "E-COLUMNS"),
        ("code,name,é".encode("latin-1"), "a.csv", "E-FILE-ENCODING"),
        (b'code,"na\n', "a.csv", "E-FILE-CSV"),
        (b"not a workbook", "a.xlsx", "E-FILE-XLSX"),
        (None, "absent.csv", "E-FILE"),
        (None, "absent.xlsx", "E-FILE"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, content: bytes | None, name: str, code: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Refused) as refusal:
        loading.import_units(file, by=BY, at=AT)
    assert refusal.value.code == code
    assert name in refusal.value.message_vi


# ---------------------------------------------------------------- facilities


def test_a_facility_is_contracted_from_its_first_day_to_its_last(tmp_path: Path) -> None:
    found = _facilities(tmp_path, _facility(contract_to="2026-11-24"))
    assert found.is_applied
    assert facilities.registers_children("01C99", TODAY)
    assert not facilities.registers_children("01C99", date(2026, 11, 25))
    assert not facilities.registers_children("01C99", date(2025, 6, 30))
    assert _facilities(tmp_path, _facility(contract_to="2026-11-24")).is_empty


def test_a_facility_may_be_contracted_twice_and_each_fact_changed(tmp_path: Path) -> None:
    _facilities(tmp_path, _facility(contract_to="2025-12-31"))
    again = _facilities(tmp_path, _facility(contract_from="2026-03-01"))
    assert len(again.added) == 1
    changed = _facilities(tmp_path, _facility(contract_from="2026-03-01", registers_children="0"))
    assert [(it.field, it.before, it.after) for it in changed.changed] == [
        ("registers_children", "True", "False")
    ]
    ended = _facilities(
        tmp_path,
        _facility(contract_from="2026-03-01", registers_children="0", contract_to="2026-06-30"),
    )
    assert len(ended.ended) == 1


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"code": "HN001"}, "code", "E-VALUE"),
        ({"registers_children": "có thể"}, "registers_children", "E-VALUE"),
        ({"commune_code": "99999"}, "commune_code", "E-DIVISION"),
        ({"province_code": "79"}, "province_code", "E-PROVINCE"),
        ({"contract_from": ""}, "contract_from", "E-EMPTY"),
    ],
)
def test_a_faulty_facility_is_refused(
    tmp_path: Path, cells: dict[str, str], field: str, code: str
) -> None:
    found = _facilities(tmp_path, _facility(**cells))
    assert [(it.field, it.code) for it in found.refused] == [(field, code)]


def test_a_list_from_before_the_reform_is_read_by_the_codes_of_its_contract(tmp_path: Path) -> None:
    _facilities(
        tmp_path,
        _facility(province_code="02", commune_code="00745", contract_from="2024-01-01"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT declared_on FROM catalogues_facility WHERE code = '01C99'")
        assert cursor.fetchone() == (date(2024, 1, 1),)
    found = _facilities(
        tmp_path,
        _facility(province_code="08", commune_code="00745", contract_from="2024-01-01"),
    )
    assert {it.field for it in found.changed} == {"province_code", "commune_code"}

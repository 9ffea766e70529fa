"""Who may declare where, as the actions say it and as PostgreSQL does; and what an uploaded file may do."""

import csv
import io
from collections.abc import Iterable
from datetime import date

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from lienthong.catalogues import declaring, queries, sheets, unit_file, units, uploads
from lienthong.catalogues.sheets import SentFile
from lienthong.catalogues.unit_file import UnitFacts
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotFound, Refused
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.declared import (
    BA_DINH,
    HUE,
    HUE_TOO,
    NGOC_HA,
    REFORM,
    declare,
    officer,
    place,
    refusal,
    told,
    unit,
)
from tests.officers import SYSTEM, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_provinces() -> None:
    unit("TEX01")
    unit("TEX46", "46")
    declare(place("TEX46", HUE, province="46"))


@pytest.mark.usefixtures("two_provinces")
def test_an_officer_of_a_province_declares_there_and_is_refused_elsewhere(
    as_web_role: BecomeWeb,
) -> None:
    by = officer("tinh-01", "province", "01")
    with as_web_role(), acting(by, at=AT):
        key = declare(place("TEX01"), by)
        declaring.end([key], date(2026, 12, 31), by=by, at=AT)
        declaring.rename_unit("TEX01", name="Tên khác", agency_code="", by=by, at=AT)
        declaring.create_unit(UnitFacts("TEX02", "Đơn vị", "", "01"), by=by, at=AT)
        foreign = place("TEX46", HUE_TOO, province="46")
        assert refusal(lambda: declare(foreign, by)) == "E-PROVINCE-SCOPE"
        other = queries.declarations(by, unit_code="TEX46")[0]
        ending = refusal(lambda: declaring.end([other.id], ON, by=by, at=AT))
        assert ending == "E-PROVINCE-SCOPE"
    assert told() == [("TEX01", REFORM, date(2026, 12, 31))]
    assert told(HUE) == [("TEX46", REFORM, None)]


@pytest.mark.usefixtures("two_provinces")
def test_an_officer_of_a_unit_declares_nothing_and_the_centre_everywhere(
    as_web_role: BecomeWeb,
) -> None:
    of_unit, centre = (
        officer("mot-don-vi", "province", "01", "TEX01"),
        officer("trung-uong", "centre", ""),
    )
    with as_web_role():
        assert refusal(lambda: declare(place("TEX01"), of_unit)) == "E-PROVINCE-SCOPE"
        declare(place("TEX46", HUE_TOO, province="46"), centre)
    assert units.unit_for(HUE_TOO, ON).code == "TEX46"


_INTO = (
    "INSERT INTO catalogues_workplace (unit_id, province_code, district_code, commune_code, valid)"
    " SELECT id, %s, '', %s, '[2026-01-01,)' FROM catalogues_unit WHERE code = %s"
)


@pytest.mark.usefixtures("two_provinces")
@pytest.mark.parametrize(
    ("province", "commune", "unit"),
    [("46", HUE_TOO, "TEX46"), ("01", HUE_TOO, "TEX01"), ("01", BA_DINH, "TEX46")],
    ids=["said openly", "another's commune under one's own province", "another's unit"],
)
def test_sql_of_a_page_cannot_write_into_another_province(
    province: str, commune: str, unit: str, as_web_role: BecomeWeb
) -> None:
    by = officer("tinh-01", "province", "01")
    with as_web_role(), acting(by, at=AT):
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(_INTO, [province, commune, unit])
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalogues_workplace SET valid = '[2026-01-01,2026-01-02)'")
            assert cursor.rowcount == 0
            cursor.execute("UPDATE catalogues_unit SET name = 'x' WHERE province_code = '46'")
            assert cursor.rowcount == 0
    assert told(HUE) == [("TEX46", REFORM, None)]


@pytest.mark.usefixtures("two_provinces")
def test_sql_without_a_session_reads_the_lists_and_writes_nothing(as_web_role: BecomeWeb) -> None:
    with as_web_role(), acting(SYSTEM, at=AT):
        assert len(queries.declarations(SYSTEM)) == 1
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(_INTO, ["01", BA_DINH, "TEX01"])


# ---------------------------------------------------------------- files


def _file(*rows: Iterable[str], name: str = "khai-bao.csv") -> SentFile:
    stream = io.StringIO()
    csv.writer(stream).writerows([unit_file.COLUMNS, *rows])
    return SentFile(name, stream.getvalue().encode())


def _upload(file: SentFile, by: Actor) -> int:
    return uploads.keep(uploads.UNITS, file, by=by, at=AT)


_IN_ANOTHER_S_NAME = (
    "INSERT INTO catalogues_upload (kind, name, body, sha256, officer_id, at)"
    " VALUES ('units', 'x', '', '', %s, now())"
)
_HERE = ("TEX01", "Đơn vị TEX01", "0101", "01", "", BA_DINH, "2025-07-01", "")
_THERE = ("TEX46", "Đơn vị TEX46", "0101", "46", "", HUE_TOO, "2025-07-01", "")
_TAKEN = ("TEX46", "Đơn vị TEX46", "0101", "01", "", NGOC_HA, "2025-07-01", "")


@pytest.mark.usefixtures("two_provinces")
def test_an_upload_is_looked_at_then_applied_once_and_kept(as_web_role: BecomeWeb) -> None:
    by = officer("tinh-01", "province", "01")
    with as_web_role(), acting(by, at=AT):
        key = _upload(_file(_HERE, _THERE, _TAKEN), by)
        kept = uploads.one(by, key, kind=uploads.UNITS)
        before = uploads.preview_units(kept, by=by, at=AT)
        assert [(it.line, it.code) for it in before.refused] == [
            (3, "E-PROVINCE-SCOPE"),
            (4, "E-PROVINCE-SCOPE"),
        ]
        assert queries.declarations(by, unit_code="TEX01") == []
        done = uploads.apply_units(key, by=by, at=AT)
        assert (done.is_applied, done.counts["added"]) == (True, 1)
        assert uploads.one(by, key, kind=uploads.UNITS).applied_at == AT
        with pytest.raises(Conflict):
            uploads.apply_units(key, by=by, at=AT)
    assert units.unit_for(BA_DINH, ON).code == "TEX01"
    assert queries.unit(SYSTEM, "TEX46").province_code == "46"


@pytest.mark.usefixtures("two_provinces")
def test_an_upload_is_read_by_its_sender_alone(as_web_role: BecomeWeb) -> None:
    sender, other = officer("tinh-01", "province", "01"), officer("trung-uong", "centre", "")
    with as_web_role():
        with acting(sender, at=AT):
            key = _upload(_file(_HERE), sender)
            with pytest.raises(DatabaseError, match="permission denied"), atomic():
                run("UPDATE catalogues_upload SET body = ''")
        with acting(other, at=AT):
            with pytest.raises(NotFound):
                uploads.one(other, key, kind=uploads.UNITS)
            with pytest.raises(NotFound):
                uploads.apply_units(key, by=other, at=AT)
            with pytest.raises(DatabaseError, match="row-level security"), atomic():
                run(_IN_ANOTHER_S_NAME, sender.account_id)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (SentFile("a.pdf", b"%PDF"), "E-FILE-KIND"),
        (SentFile("a.csv", b"x" * (uploads.MOST_BYTES + 1)), "E-FILE-SIZE"),
    ],
    ids=["kind", "size"],
)
def test_a_file_of_another_kind_or_too_large_is_not_kept(file: SentFile, code: str) -> None:
    with pytest.raises(Refused) as caught:
        _upload(file, SYSTEM)
    assert caught.value.code == code


def test_a_written_sheet_reads_back_as_the_same_texts() -> None:
    rows = [("00004", "=1+1", "2025-07-01"), ("00008", "Đặc khu Phú Quý", "")]
    body = sheets.write_sheet("Thử", ("commune_code", "name", "valid_from"), rows)
    read = sheets.read_sheet(
        SentFile("thu.xlsx", body), columns=("commune_code", "name", "valid_from"), widths={}
    )
    assert [tuple(row.cells.values()) for row in read.rows] == rows
    assert read.repaired == ()


def test_bytes_that_are_no_spreadsheet_are_refused() -> None:
    assert refusal(lambda: unit_file.read(SentFile("a.xlsx", b"PK\x03\x04 no"))) == "E-FILE-XLSX"

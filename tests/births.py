"""Births for tests: a small declared country, messages with business traits, and the way run to its end."""

import json
from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.births import enrolment, storing
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM

AT = datetime(2026, 11, 20, 9, 15, tzinfo=VIETNAM)
"""A Friday morning; the following Tuesday is a public holiday."""
ON = AT.date()
BA_DINH, NGOC_HA = "00004", "00008"
"""Two present communes of Hà Nội, each with a declared unit."""
UNDECLARED = "00025"
"""A present commune of Hà Nội that no unit is declared for."""


def declare(
    unit: str,
    commune: str,
    *,
    province: str = "01",
    valid_from: str = "2025-07-01",
    until: str | None = None,
) -> int:
    """Declare a unit for a commune; the unit's id."""
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_unit (code, name, agency_code, province_code) VALUES (%s, %s, '', %s)"
            " ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id",
            [unit, f"Đơn vị cấp thẻ {unit}", province],
        )
        unit_id = int(cursor.fetchone()[0])
        cursor.execute(
            "INSERT INTO catalogues_workplace (unit_id, province_code, district_code, commune_code, valid)"
            " VALUES (%s, %s, '', %s, daterange(%s, %s))",
            [unit_id, province, commune, valid_from, until],
        )
    return unit_id


def facility(code: str, commune: str, *, province: str = "01") -> None:
    """A contracted facility that registers children."""
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_facility (code, name, province_code, commune_code, level, registers_children,"
            " contract, declared_on) VALUES (%s, %s, %s, %s, '', true, daterange('2020-01-01', NULL), '2026-01-01')",
            [code, f"Cơ sở {code}", province, commune],
        )


def small_country() -> None:
    """Two declared communes with a facility each, one undeclared."""
    declare("TE01001", BA_DINH)
    declare("TE01002", NGOC_HA)
    facility("01013", BA_DINH)
    facility("01A08", NGOC_HA)


_MOTHERS = [
    "BÌNH",
    "CÚC",
    "DUYÊN",
    "GẤM",
    "HƯỜNG",
    "LOAN",
    "MƠ",
    "NGUYỆT",
    "OANH",
    "PHƯỢNG",
    "VÂN",
    "SƯƠNG",
    "TUYẾT",
    "XUYẾN",
    "YẾN",
]
_SURNAMES = [
    "TRẦN",
    "LÊ",
    "PHẠM",
    "HOÀNG",
    "VŨ",
    "ĐẶNG",
    "BÙI",
    "ĐỖ",
    "NGÔ",
    "DƯƠNG",
    "TRỊNH",
    "MAI",
]
_FATHERS = [
    "CƯỜNG",
    "DŨNG",
    "GIÁP",
    "HƯNG",
    "KHÔI",
    "LỰC",
    "MẠNH",
    "NGHỊ",
    "PHÚC",
    "QUYẾT",
    "SỬU",
    "THẮNG",
    "VƯỢNG",
]


def parents(number: int) -> dict[str, str]:
    """The parents of child `number`: children of one name and day are of different families."""
    place = number - 1
    surname = _SURNAMES[place // len(_MOTHERS) % len(_SURNAMES)]
    father = f"NGUYỄN VĂN {_FATHERS[place % len(_FATHERS)]}"
    return {
        "meHoTen": f"{surname} THỊ {_MOTHERS[place % len(_MOTHERS)]}",
        "meSoDDCN": f"003196{(456 + 1_213 * place) % 1_000_000:06}",
        "chaHoTen": father,
        "nycHoTen": father,
    }


def message(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The message about child `number`; envelope fields by name, `data` fields by theirs."""
    envelope: dict[str, Any] = {
        "schema": 1,
        "message_id": f"LTKS-2026-{number:07}",
        "source": "BTP",
        "kind": "create",
        "version": 1,
        "sent_at": "2026-11-20T09:15:00+07:00",
        "urgent": False,
    }
    data: dict[str, Any] = {
        "ndkksMaTinh": "01",
        "ndkksMaXa": BA_DINH,
        "quyenSo": "01/2026",
        "soDangKy": str(number),
        "ngayDangKy": "19/11/2026",
        "loaiDangKy": "1",
        "soDinhDanh": f"003226{number:06}",
        "maGCS": f"01013.GCS.{number:05}.26",
        "nksHoTen": "NGUYỄN MINH AN",
        "nksGioiTinh": 1,
        "nksNgaySinh": "12/11/2026",
        "nksDanToc": "01",
        "nksQuocTich": "VN",
        "nksNoiCuTru": {"maTinh": "01", "maXa": BA_DINH, "dcChiTiet": "Số 5 ngõ 2"},
        "meNgaySinh": "1996",
        "chaNgaySinh": "03/05/1994",
        "nycQuanHe": "Cha",
        "noiDKKCB": "01013",
        **parents(number),
    }
    for name, value in changes.items():
        (envelope if name in envelope else data)[name] = value
    return envelope | {"data": {k: v for k, v in data.items() if v is not None}}


def living_in(commune: str) -> dict[str, str]:
    """A residence in that commune, as `nksNoiCuTru` writes it."""
    return {"maTinh": "01", "maXa": commune, "dcChiTiet": ""}


def body(content: dict[str, Any]) -> bytes:
    """The bytes of a message."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def send(*contents: dict[str, Any] | bytes, at: datetime = AT) -> None:
    """Store messages as one delivery."""
    bodies = [each if isinstance(each, bytes) else body(each) for each in contents]
    storing.accept_many(bodies, storing.Via("file", peer="thử"), by=enrolment.system(), at=at)


def run(at: datetime = AT) -> dict[str, int]:
    """Run the steps until nothing moves."""
    return enrolment.advance_all(at=at, on=at.astimezone(VIETNAM).date())


def system() -> Actor:
    """The system itself."""
    return enrolment.system()


def column(statement: str, *parameters: object) -> list[Any]:
    """The first column of a query's rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return [row[0] for row in cursor.fetchall()]


def rows(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return cursor.fetchall()

"""A good birth message and ways to spoil it; keys of a fictional ministry. Fictional people only."""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime
from typing import Any, Final

from lienthong.gateways.justice import BirthLaw, CodeLists
from lienthong.gateways.justice_types import Sex
from lienthong.kernel.dates import VIETNAM
from lienthong.law import personal_id as ids
from lienthong.law.validity import card_validity

ON: Final = date(2026, 11, 24)
AT: Final = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
ABSENT: Final = object()
"""Stands for a field that is left out."""
COMMUNE: Final = "00004"

_MESSAGE: Final[dict[str, Any]] = {
    "schema": 1,
    "message_id": "LTKS-2026-0000001",
    "source": "BTP",
    "kind": "create",
    "version": 1,
    "sent_at": "2026-11-20T09:15:00+07:00",
    "urgent": False,
    "data": {
        "ndkksMaTinh": "01",
        "ndkksMaXa": COMMUNE,
        "quyenSo": "01/2026",
        "soDangKy": "123",
        "ngayDangKy": "19/11/2026",
        "loaiDangKy": "1",
        "soDinhDanh": "001226000123",
        "maGCS": "01013.GCS.00017.26",
        "nksHoTen": "NGUYỄN MINH AN",
        "nksGioiTinh": 1,
        "nksNgaySinh": "12/11/2026",
        "nksDanToc": "01",
        "nksQuocTich": "VN",
        "nksNoiSinh": {"maTinh": "01", "maXa": COMMUNE, "dcChiTiet": "Bệnh viện Phụ sản"},
        "nksQueQuan": {"maTinh": "01", "maXa": COMMUNE, "dcChiTiet": ""},
        "nksNoiCuTru": {"maTinh": "01", "maXa": COMMUNE, "dcChiTiet": "Số 5 ngõ 2"},
        "meHoTen": "TRẦN THỊ BÌNH",
        "meNgaySinh": "1996",
        "meSoDDCN": "003196000456",
        "meMaSoBHXH": "",
        "chaHoTen": "NGUYỄN VĂN CƯỜNG",
        "chaNgaySinh": "03/05/1994",
        "chaSoDDCN": "003094000789",
        "nycHoTen": "NGUYỄN VĂN CƯỜNG",
        "nycQuanHe": "Cha",
        "nycSoDienThoai": "0900000000",
        "maHoGiaDinh": "",
        "noiDKKCB": "",
        "maKV": "",
    },
}


def document(envelope: Mapping[str, Any] | None = None, /, **data: Any) -> dict[str, Any]:
    """The good message with some fields changed or left out, as a dictionary."""
    changed = deepcopy(_MESSAGE)
    for target, changes in ((changed["data"], data), (changed, envelope or {})):
        for name, value in changes.items():
            if value is ABSENT:
                target.pop(name, None)
            else:
                target[name] = value
    return changed


def body(envelope: Mapping[str, Any] | None = None, /, **data: Any) -> bytes:
    """The same as the bytes of one line."""
    return json.dumps(document(envelope, **data), ensure_ascii=False).encode()


def spoilt(old: str, new: str | bytes) -> bytes:
    """The good message with one piece of its text replaced by any bytes."""
    raw = body()
    piece = old.encode()
    assert raw.count(piece) == 1, f"{old!r} stands {raw.count(piece)} times"
    return raw.replace(piece, new if isinstance(new, bytes) else new.encode())


def _last_day(birth_date: date, /, *, on: date) -> date:
    last = card_validity(birth_date, on=on).last
    assert last is not None
    return last


def _personal_id(
    personal_id: str, /, *, birth_date: date, sex: Sex, province_code: str
) -> list[str]:
    found = ids.findings(personal_id, birth_date=birth_date, sex=sex, province=province_code)
    return [str(finding) for finding in found]


LISTS: Final = CodeLists(
    communes=frozenset({COMMUNE, "00008", "01846"}),
    facilities=frozenset({"01013"}),
    ethnicities=frozenset(f"{number:02}" for number in range(1, 56)),
    nationalities=frozenset({"VN", "LA", "US"}),
    law=BirthLaw(last_day=_last_day, personal_id=_personal_id),
    commune_names={COMMUNE: frozenset({"Phường Ba Đình"})},
)

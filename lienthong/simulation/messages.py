"""A fictional child as a birth message of schema 1, ready to send.

Well-formed messages only; what goes wrong on the way is `flaws`. The shape is the contract's, the field names
the ministry's.
"""

from datetime import datetime
from typing import Any

import msgspec

from lienthong.kernel.dates import day_first
from lienthong.simulation.children import Child, Parent

SOURCE = "BTP"
_SEX_CODES = {"male": 1, "female": 2, "undetermined": 3}
_encode = msgspec.json.Encoder().encode
Message = dict[str, Any]


def message(child: Child, message_id: str, *, sent_at: datetime) -> Message:
    """A `create` of version 1, as nested plain data."""
    return {
        "schema": 1,
        "message_id": message_id,
        "source": SOURCE,
        "kind": "create",
        "version": 1,
        "sent_at": sent_at.isoformat(timespec="seconds"),
        "urgent": child.number % 97 == 0,
        "data": entry_data(child),
    }


def line(content: Message) -> bytes:
    """One line of NDJSON, without its line end."""
    return _encode(content)


def entry_data(child: Child) -> Message:
    """The register entry of the child, in the ministry's field names."""
    # Some offices type names in capitals, some do not; one office always does the same.
    big = child.commune_code[-1] in "01357"
    data: Message = {
        "ndkksMaTinh": child.province_code,
        "ndkksMaXa": child.commune_code,
        "quyenSo": child.book,
        "soDangKy": child.entry,
        "ngayDangKy": day_first(child.registered_on),
        "loaiDangKy": child.kind,
        "soDinhDanh": child.personal_id,
        "maGCS": child.birth_notice_code,
        "nksHoTen": _spelt(child.full_name, big=big),
        "nksGioiTinh": _SEX_CODES[child.sex],
        "nksNgaySinh": day_first(child.born_on),
        "nksDanToc": child.group,
        "nksQuocTich": child.nationality,
        "nksNoiSinh": _place(child.province_code, child.commune_code, "Trạm y tế xã"),
        "nksQueQuan": _place(child.province_code, child.commune_code, ""),
        "nksNoiCuTru": _place(child.province_code, child.residence_code, child.address),
    }
    if child.foundling:
        data["nksLoaiKhaiSinh"] = "2"
    data |= _parent("me", child.mother, big=big)
    data |= _parent("cha", child.father, big=big)
    requester = child.father or child.mother
    data["nycHoTen"] = _spelt(requester.name, big=big) if requester else "LÊ THỊ MINH TÂM"
    data["nycQuanHe"] = "Cha" if child.father else "Mẹ" if child.mother else "Cơ sở nuôi dưỡng"
    data["nycSoDienThoai"] = "0900000000"
    data["maHoGiaDinh"] = child.household_code
    data["noiDKKCB"] = child.facility_code
    data["maKV"] = child.area_code
    return data


def _spelt(name: str, *, big: bool) -> str:
    return name.upper() if big else name


def _place(province_code: str, commune_code: str, words: str) -> Message:
    return {"maTinh": province_code, "maXa": commune_code, "dcChiTiet": words}


def _parent(prefix: str, parent: Parent | None, *, big: bool) -> Message:
    if parent is None:
        return {f"{prefix}HoTen": "", f"{prefix}NgaySinh": "", f"{prefix}SoDDCN": ""}
    return {
        f"{prefix}HoTen": _spelt(parent.name, big=big),
        f"{prefix}NgaySinh": parent.born,
        f"{prefix}SoDDCN": parent.personal_id,
    }

"""A birth typed from paper, written as the message of schema 1 that the ministry would have sent (contracts §4).

Our own names in, their field names out, and back again for the judge's findings: so no page learns the ministry's
names. Writes only; whether it can stand is the judge's business. Before changing a field, see `justice_message`.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from lienthong.kernel.dates import day_first, parse_iso_date

_encode = msgspec.json.Encoder().encode
FIELDS: Final[Mapping[str, str]] = {
    "child_name": "nksHoTen",
    "sex": "nksGioiTinh",
    "born_on": "nksNgaySinh",
    "personal_id": "soDinhDanh",
    "birth_notice_code": "maGCS",
    "ethnicity": "nksDanToc",
    "nationality": "nksQuocTich",
    "birth_country": "nksNoiSinh.quocGia",
    "birth_place": "nksNoiSinh.dcChiTiet",
    "registered_province": "ndkksMaTinh",
    "registered_commune": "ndkksMaXa",
    "book": "quyenSo",
    "number": "soDangKy",
    "registered_on": "ngayDangKy",
    "registration_kind": "loaiDangKy",
    "office": "noiDangKy",
    "foreign_office": "cqNuocNgoaiDaDangKy",
    "foreign_country": "qgNuocNgoaiDaDangKy",
    "foreign_number": "soDangKyNuocNgoai",
    "foreign_registered_on": "ngayDangKyNuocNgoai",
    "mother_name": "meHoTen",
    "mother_born": "meNgaySinh",
    "mother_personal_id": "meSoDDCN",
    "mother_insurance_number": "meMaSoBHXH",
    "father_name": "chaHoTen",
    "father_born": "chaNgaySinh",
    "father_personal_id": "chaSoDDCN",
    "requester_name": "nycHoTen",
    "requester_relation": "nycQuanHe",
    "requester_phone": "nycSoDienThoai",
    "residence_commune": "nksNoiCuTru.maXa",
    "residence_text": "nksNoiCuTru.dcChiTiet",
    "facility_code": "noiDKKCB",
    "area_code": "maKV",
}
"""What an officer may type, by our name, and where it stands in the ministry's record."""
DAYS: Final = frozenset({"born_on", "registered_on", "foreign_registered_on"})
KEY: Final = ("registered_commune", "book", "number", "registered_on")
_SEXES: Final = {"male": 1, "female": 2, "undetermined": 3}
_NAMES = {path: name for name, path in FIELDS.items()}


class Envelope(NamedTuple):
    """What goes round the birth."""

    message_id: str
    source: str
    kind: str
    version: int
    sent_at: str
    is_urgent: bool


def write_typed(typed: Mapping[str, str], envelope: Envelope) -> bytes:
    """The bytes of the message. Days come as `YYYY-MM-DD`; what is no day goes in as typed, for the judge to refuse.

    A cancellation says the register key alone.
    """
    wanted = KEY if envelope.kind == "cancel" else FIELDS
    data: dict[str, Any] = {}
    for name in wanted:
        text = typed.get(name, "").strip()
        if text:
            _put(data, FIELDS[name], _written(name, text))
    return _encode(
        {
            "schema": 1,
            "message_id": envelope.message_id,
            "source": envelope.source,
            "kind": envelope.kind,
            "version": envelope.version,
            "sent_at": envelope.sent_at,
            "urgent": envelope.is_urgent,
            "data": data,
        }
    )


def name_of(path: str) -> str:
    """Our name for the field that a judgement speaks of; the path itself where we have none."""
    return _NAMES.get(path.removeprefix("data."), path)


def _written(name: str, text: str) -> object:
    if name == "sex":
        return _SEXES.get(text, text)
    return _day(text) if name in DAYS else text


def _day(text: str) -> str:
    try:
        day = parse_iso_date(text)
    except ValueError:
        return text
    return day_first(day)


def _put(data: dict[str, Any], path: str, value: object) -> None:
    head, _, rest = path.partition(".")
    if rest:
        data.setdefault(head, {})[rest] = value
    else:
        data[head] = value

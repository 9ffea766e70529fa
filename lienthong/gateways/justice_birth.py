"""From the register entry of a message to the facts of a birth: the rules of guarantees §E-4 to §E-6.

Checks in the order in which a registrar would read the entry, and looks nothing up but the lists it is given.
"""

import re
from datetime import date
from typing import Final, NamedTuple

from lienthong.gateways.justice_dates import FIRST_YEAR, LAST_YEAR, full_day
from lienthong.gateways.justice_message import Address, Data, Place, Text, code_of, words
from lienthong.gateways.justice_names import ReadName, check_given, read_name
from lienthong.gateways.justice_people import read_people
from lienthong.gateways.justice_types import BirthFacts, CodeLists, Fault, Sex
from lienthong.kernel.codes import is_commune_code, is_personal_id
from lienthong.kernel.names import fold_key

LATE_AFTER_DAYS: Final = 60
DISTRICTS_UNTIL: Final = date(2025, 7, 1)
"""From this day there is no district level (Resolution 202/2025/QH15)."""
_SEXES: dict[str, Sex] = {"1": "male", "2": "female", "3": "undetermined"}
_REGISTRATION_KINDS = frozenset({"", "0", "1", "2", "3", "4"})
_ABROAD = "3"
_FOUNDLING = "2"
_AREA_CODES = frozenset({"", "K1", "K2", "K3"})
_HOME = "VN"
_TEST_IDS = frozenset({"123456789012", "012345678901", "987654321098"})
_NEEDS_CHECK = frozenset({"W-PID-SEX", "W-PID-CENTURY", "W-PID-YEAR"})
_TEXT_LIMIT, _SHORT_LIMIT = 500, 60
_UNIT_WORD = re.compile(r"^(?:xa|phuong|thi tran|dac khu|p\.|x\.|tt\.)\s*")


class RegisterKey(NamedTuple):
    """Where the birth stands in the books; with the year of the day, the key of a registration."""

    commune_code: str
    book: str
    number: str
    registered_on: date


class _Home(NamedTuple):
    commune_code: str = ""
    district_code: str = ""
    text: str = ""


def read_key(data: Data, *, on: date) -> RegisterKey:
    """The register key. Raises Fault when a part is missing, malformed or of a day to come."""
    commune = _required(data.ndkksMaXa, "data.ndkksMaXa")
    if not is_commune_code(commune):
        raise Fault("E-VALUE", "data.ndkksMaXa")
    book = _required(data.quyenSo, "data.quyenSo")
    number = _required(data.soDangKy, "data.soDangKy")
    day = _required_day(data.ngayDangKy, "data.ngayDangKy")
    if day > on:
        raise Fault("E-DATE-ORDER", "data.ngayDangKy")
    return RegisterKey(commune, book, number, day)


def read_birth(data: Data, *, on: date, lists: CodeLists) -> tuple[BirthFacts, list[str]]:
    """The facts of the entry and the remarks on them. Raises Fault at the first thing that cannot stand."""
    remarks: list[str] = []
    key = read_key(data, on=on)
    child = _child(data.nksHoTen, remarks)
    sex = _sex(data)
    born_on = _born_on(data, key.registered_on, on, remarks)
    foundling = code_of(data.nksLoaiKhaiSinh) == _FOUNDLING
    people = read_people(data, born_on, foundling=foundling, remarks=remarks)
    personal_id, status = _personal_id(data, born_on, sex, lists, remarks)
    home = _home(data, key.registered_on, lists, remarks)
    facility = _short(data.noiDKKCB, "data.noiDKKCB")
    _remark_on_codes(data, facility, lists, remarks)
    _remark_on_merger(home.commune_code or key.commune_code, key.registered_on, lists, remarks)
    area = words(data.maKV)
    facts = BirthFacts(
        commune_code=key.commune_code,
        book=key.book,
        number=key.number,
        registered_on=key.registered_on,
        year=key.registered_on.year,
        registration_kind=code_of(data.loaiDangKy),
        residence_commune_code=home.commune_code,
        residence_district_code=home.district_code,
        residence_text=home.text,
        birth_commune_code=_birth_commune(data.nksNoiSinh),
        full_name=child.text,
        tone_key=child.tone_key,
        fold_key=child.fold_key,
        sex=sex,
        born_on=born_on,
        personal_id=personal_id,
        personal_id_status=status,
        birth_notice_code=_short(data.maGCS, "data.maGCS"),
        **people._asdict(),
        requester_relation=_short(data.nycQuanHe, "data.nycQuanHe"),
        requester_phone=_short(data.nycSoDienThoai, "data.nycSoDienThoai"),
        foundling=foundling,
        household_code=_short(data.maHoGiaDinh, "data.maHoGiaDinh"),
        facility_code=facility,
        area_code=area if area in _AREA_CODES else "",
        nationality=words(data.nksQuocTich).upper() or _HOME,
        died_on=_died_on(data, born_on, on),
    )
    return facts, remarks


def read_cancel(data: Data, *, on: date) -> BirthFacts:
    """The register key of a cancelled entry; the rest of the entry is not looked at."""
    key = read_key(data, on=on)
    return BirthFacts(
        commune_code=key.commune_code,
        book=key.book,
        number=key.number,
        registered_on=key.registered_on,
        year=key.registered_on.year,
        born_on=key.registered_on,
    )


def _child(given: Text, remarks: list[str]) -> ReadName:
    name = read_name(words(given), "data.nksHoTen")
    remarks.extend(name.warnings)
    remarks.extend(check_given(name, "data.nksHoTen"))
    return name


def _sex(data: Data) -> Sex:
    code = code_of(data.nksGioiTinh)
    if not code:
        raise Fault("E-MISSING", "data.nksGioiTinh")
    sex = _SEXES.get(code)
    if sex is None:
        raise Fault("E-VALUE", "data.nksGioiTinh")
    return sex


def _born_on(data: Data, registered_on: date, on: date, remarks: list[str]) -> date:
    path = "data.nksNgaySinh"
    born_on = _required_day(data.nksNgaySinh, path)
    if not FIRST_YEAR <= born_on.year <= LAST_YEAR:
        raise Fault("E-DATE-RANGE", path)
    if born_on > on:
        raise Fault("E-DATE-FUTURE", path)
    if born_on > registered_on:
        raise Fault("E-DATE-ORDER", path)
    if (registered_on - born_on).days > LATE_AFTER_DAYS:
        remarks.append("W-LATE")
    return born_on


def _died_on(data: Data, born_on: date, on: date) -> date | None:
    text = words(data.nksNgayMat)
    if not text:
        return None
    died_on = full_day(text, "data.nksNgayMat")
    if not born_on <= died_on <= on:
        raise Fault("E-DATE-ORDER", "data.nksNgayMat")
    return died_on


def _personal_id(
    data: Data, born_on: date, sex: Sex, lists: CodeLists, remarks: list[str]
) -> tuple[str | None, str]:
    """The usable number or None, and why not. Whatever is wrong with it, the card goes on without it."""
    text = code_of(data.soDinhDanh)
    if not text or text.isspace():
        expected = sex != "undetermined" and code_of(data.loaiDangKy) != _ABROAD
        at_home = words(data.nksQuocTich).upper() in {"", _HOME}
        return None, "PID_NO_ANSWER" if expected and at_home else "PID_NOT_APPLICABLE"
    codes = _personal_id_codes(text, data, born_on, sex, lists)
    remarks.extend(codes)
    refusing = next((code for code in codes if code in _NEEDS_CHECK or code[0] == "E"), "")
    return (None, refusing) if refusing else (text, "")


def _personal_id_codes(
    text: str, data: Data, born_on: date, sex: Sex, lists: CodeLists
) -> tuple[str, ...]:
    if not isinstance(data.soDinhDanh, str) or not is_personal_id(text):
        return ("E-PID-FORMAT",)
    if text in _TEST_IDS or len(set(text)) == 1:
        return ("E-PID-TEST",)
    if text in {code_of(data.meSoDDCN), code_of(data.chaSoDDCN)}:
        return ("E-PID-PARENT",)
    province = words(data.ndkksMaTinh)
    return tuple(lists.law.personal_id(text, birth_date=born_on, sex=sex, province_code=province))


def _home(data: Data, registered_on: date, lists: CodeLists, remarks: list[str]) -> _Home:
    address = data.nksNoiCuTru
    path = "data.nksNoiCuTru"
    if not isinstance(address, Place):
        return _Home(text=_limited(words(address), _TEXT_LIMIT, path))
    commune = words(address.maXa).strip()
    if commune and not is_commune_code(commune):
        raise Fault("E-VALUE", f"{path}.maXa")
    district = words(address.maHuyen).strip()
    if district and registered_on >= DISTRICTS_UNTIL:
        district = ""
        remarks.append("W-AREA-NAME")
    elif not _name_agrees(commune, words(address.tenXa), lists):
        remarks.append("W-AREA-NAME")
    text = _limited(words(address.dcChiTiet), _TEXT_LIMIT, f"{path}.dcChiTiet")
    return _Home(commune, district, text)


def _name_agrees(commune_code: str, name: str, lists: CodeLists) -> bool:
    known = lists.commune_names.get(commune_code)
    if not name or not known:
        return True
    plain = _UNIT_WORD.sub("", fold_key(name))
    return any(_UNIT_WORD.sub("", fold_key(other)) == plain for other in known)


def _remark_on_merger(
    commune_code: str, registered_on: date, lists: CodeLists, remarks: list[str]
) -> None:
    """A code that was good on the day of registration is followed; one that was not, the sender should mend."""
    gone_on = lists.gone.get(commune_code)
    if gone_on is not None:
        remarks.append("W-AREA-OLD" if registered_on < gone_on else "W-AREA-STALE")


def _birth_commune(address: Address) -> str:
    code = words(address.maXa) if isinstance(address, Place) else ""
    return code if is_commune_code(code) else ""


def _remark_on_codes(data: Data, facility: str, lists: CodeLists, remarks: list[str]) -> None:
    if code_of(data.loaiDangKy) not in _REGISTRATION_KINDS:
        raise Fault("E-VALUE", "data.loaiDangKy")
    if facility and facility not in lists.facilities:
        remarks.append("H-FACILITY")
    ethnicity = code_of(data.nksDanToc)
    if ethnicity and ethnicity not in lists.ethnicities:
        remarks.append("W-ETHNICITY")
    nationality = words(data.nksQuocTich).upper()
    if nationality and nationality not in lists.nationalities:
        remarks.append("W-NATIONALITY")
    if words(data.maKV) not in _AREA_CODES:
        remarks.append("W-AREA-KIND")


def _required(given: Text, path: str) -> str:
    text = _short(given, path)
    if not text:
        raise Fault("E-MISSING", path)
    return text


def _required_day(given: Text, path: str) -> date:
    """A day with nothing around it: a blank before it is another format."""
    text = words(given)
    if not text:
        raise Fault("E-MISSING", path)
    return full_day(text, path)


def _short(given: Text, path: str) -> str:
    return _limited(words(given), _SHORT_LIMIT, path)


def _limited(text: str, limit: int, path: str) -> str:
    if len(text) > limit:
        raise Fault("E-TEXT-LONG", path)
    return text.strip()

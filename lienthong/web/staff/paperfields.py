"""The fields of the paper form in their sections: what each is called, how it is typed, what stands in it, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lienthong.gateways.justice_typed import DAYS, KEY

Option = tuple[str, str]
_SEXES: Final[tuple[Option, ...]] = (
    ("", "Chọn"),
    ("male", "Nam"),
    ("female", "Nữ"),
    ("undetermined", "Chưa xác định"),
)
_RELATIONS: Final[tuple[Option, ...]] = (
    ("", "Chọn"),
    ("Cha", "Cha"),
    ("Mẹ", "Mẹ"),
    ("Ông, bà", "Ông, bà"),
    ("Người giám hộ", "Người giám hộ"),
    ("Người thân khác", "Người thân khác"),
)
_AREAS: Final[tuple[Option, ...]] = (("", "Không"), ("K1", "K1"), ("K2", "K2"), ("K3", "K3"))
_OPTIONS: Final[Mapping[str, tuple[Option, ...]]] = {
    "sex": _SEXES,
    "requester_relation": _RELATIONS,
    "area_code": _AREAS,
}
_REQUIRED: Final = frozenset({"child_name", "sex", "born_on", *KEY})
_LABELS: Final = {
    "child_name": "Họ, chữ đệm, tên của trẻ",
    "sex": "Giới tính",
    "born_on": "Ngày sinh",
    "personal_id": "Số định danh (nếu có)",
    "birth_notice_code": "Mã giấy chứng sinh",
    "ethnicity": "Dân tộc (tên hoặc mã)",
    "nationality": "Quốc tịch (mã nước)",
    "birth_place": "Nơi sinh",
    "registered_commune": "Mã xã, phường nơi đăng ký",
    "book": "Quyển số",
    "number": "Số đăng ký",
    "registered_on": "Ngày đăng ký",
    "office": "Cơ quan đăng ký",
    "foreign_office": "Cơ quan nước ngoài đã đăng ký",
    "foreign_country": "Nước đã đăng ký",
    "foreign_number": "Số đăng ký ở nước ngoài",
    "foreign_registered_on": "Ngày đăng ký ở nước ngoài",
    "mother_name": "Họ tên mẹ",
    "mother_born": "Ngày hoặc năm sinh của mẹ",
    "mother_personal_id": "Số định danh của mẹ",
    "mother_insurance_number": "Mã số BHXH của mẹ",
    "father_name": "Họ tên cha",
    "father_born": "Ngày hoặc năm sinh của cha",
    "father_personal_id": "Số định danh của cha",
    "requester_name": "Họ tên người nộp",
    "requester_relation": "Quan hệ với trẻ",
    "requester_phone": "Điện thoại",
    "residence_commune": "Mã xã, phường nơi cư trú",
    "residence_text": "Số nhà, thôn, tổ dân phố",
    "facility_code": "Mã nơi đăng ký KCB ban đầu",
    "area_code": "Khu vực (nếu có)",
}
_HINTS: Final = {
    "registered_commune": "05 chữ số; gõ tên để tìm",
    "residence_commune": "05 chữ số; gõ tên để tìm",
    "mother_born": "ngày/tháng/năm, hoặc chỉ năm",
    "father_born": "ngày/tháng/năm, hoặc chỉ năm",
    "facility_code": "05 ký tự; để trống: nơi mặc định của xã, phường",
    "nationality": "VN, hoặc mã nước 02 chữ",
}
_WIDE: Final = frozenset(
    {"child_name", "mother_name", "father_name", "residence_text", "requester_name", "office"}
)
_CHILD = ("child_name", "born_on", "sex", "personal_id", "birth_notice_code")
_FIRST: Final = (
    ("Trẻ", _CHILD),
    ("Đăng ký khai sinh", ("registered_commune", "book", "number", "registered_on")),
    ("Cha, mẹ", ("mother_name", "mother_personal_id", "mother_insurance_number", "father_name")),
    ("Nơi cư trú", ("residence_commune",)),
)
_FIRST_ABROAD: Final = (
    ("Trẻ", _CHILD),
    ("Đăng ký khai sinh", ("foreign_country", "office", "book", "number", "registered_on")),
    ("Cha, mẹ", ("mother_name", "mother_personal_id", "mother_insurance_number", "father_name")),
    ("Nơi cư trú", ("residence_commune",)),
)
_REST: Final = (
    ("Thông tin thêm về trẻ", ("ethnicity", "nationality", "birth_place")),
    ("Cha, mẹ", ("mother_born", "father_born", "father_personal_id")),
    ("Người nộp hồ sơ", ("requester_name", "requester_relation", "requester_phone")),
    ("Cư trú và khám, chữa bệnh", ("residence_text", "facility_code", "area_code")),
)
_REST_ABROAD: Final = (
    ("Giấy khai sinh nước ngoài", ("foreign_office", "foreign_number", "foreign_registered_on")),
    *_REST,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field as the page shows it."""

    name: str
    label_vi: str
    value: str
    said: str
    hint_vi: str
    kind: str
    options: Sequence[Option]
    is_required: bool
    is_wide: bool
    is_locked: bool

    @property
    def is_commune(self) -> bool:
        """True when a commune of the province may be chosen from a list."""
        return self.name.endswith("_commune")


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading."""

    title_vi: str
    fields: tuple[Field, ...]


def sections(
    typed: Mapping[str, str],
    said: Mapping[str, str],
    *,
    is_rest: bool,
    is_locked: bool,
    countries: Sequence[Option],
) -> list[Section]:
    """The sections of the first step (what the search needs) or of the rest. `countries` only for births abroad."""
    chosen = (
        (_REST_ABROAD if countries else _REST)
        if is_rest
        else (_FIRST_ABROAD if countries else _FIRST)
    )
    made = []
    for title, names in chosen:
        fields = [
            _field(name, typed, said, is_locked=is_locked, countries=countries) for name in names
        ]
        made.append(Section(title, tuple(fields)))
    return made


def _field(
    name: str,
    typed: Mapping[str, str],
    said: Mapping[str, str],
    *,
    is_locked: bool,
    countries: Sequence[Option],
) -> Field:
    options = countries if name == "foreign_country" else _OPTIONS.get(name, ())
    return Field(
        name,
        _LABELS[name],
        typed.get(name, ""),
        said.get(name, ""),
        _HINTS.get(name, ""),
        "select" if options else "date" if name in DAYS else "text",
        options,
        _is_required(name),
        name in _WIDE,
        is_locked and name in KEY,
    )


def missing(typed: Mapping[str, str], *, is_abroad: bool) -> list[str]:
    """The required fields of the first step in which nothing stands, in the order of the page."""
    chosen = _FIRST_ABROAD if is_abroad else _FIRST
    names = [name for _, fields in chosen for name in fields if _is_required(name)]
    return [name for name in names if not typed.get(name, "").strip()]


def _is_required(name: str) -> bool:
    return name in _REQUIRED or name == "foreign_country"


def unplaced(said: Mapping[str, str], *shown: Sequence[Section]) -> list[str]:
    """What is wrong with something that has no field on the page."""
    placed = {field.name for part in shown for section in part for field in section.fields}
    return [
        message for name, message in said.items() if name not in placed | {"scans", "note", "seen"}
    ]

"""Benefit groups (đối tượng) and their level (mức hưởng), characters 1-3 of a card code, by date.

Not here: which group a person belongs to; for children under six see `entitlement`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.dated import Dated, cites

CHILD_UNDER_SIX = "TE"
"""Trẻ em dưới 6 tuổi, and up to 30 September of the year of six (trẻ đủ 72 tháng tuổi chưa đến kỳ nhập học)."""


@dataclass(frozen=True, slots=True)
class Group:
    """A benefit group on one day: `level` is 1 to 5."""

    code: str
    level: int
    name_vi: str


_NAMES_VI: Mapping[str, str] = {
    "CC": "Người có công với cách mạng (hưởng mức cao nhất)",
    "TE": "Trẻ em dưới 6 tuổi",
    "CK": "Người có công với cách mạng khác",
    "CB": "Cựu chiến binh",
    "KC": "Người tham gia kháng chiến",
    "HN": "Hộ gia đình nghèo",
    "DT": "Người dân tộc thiểu số ở vùng khó khăn",
    "DK": "Người ở vùng đặc biệt khó khăn",
    "XD": "Người ở xã đảo, huyện đảo",
    "BT": "Người hưởng trợ cấp bảo trợ xã hội",
    "TS": "Thân nhân liệt sĩ",
    "AK": "Người được phong tặng danh hiệu",
    "CT": "Người từ đủ 80 tuổi hưởng trợ cấp tuất",
    "HT": "Người hưởng lương hưu, trợ cấp mất sức lao động",
    "TC": "Thân nhân của người có công",
    "CN": "Hộ gia đình cận nghèo",
    "PV": "Người phục vụ người có công",
    "TG": "Nhóm TG (mức 3)",
    "DS": "Nhóm DS (mức 3)",
    "HK": "Nhóm HK (mức 3)",
    "DN": "Người lao động trong doanh nghiệp",
    "HX": "Người lao động trong hợp tác xã",
    "CH": "Người lao động trong cơ quan nhà nước",
    "NN": "Người lao động trong tổ chức nước ngoài, quốc tế",
    "TK": "Người lao động của tổ chức khác",
    "HC": "Cán bộ, công chức, viên chức",
    "XK": "Người hoạt động không chuyên trách ở xã",
    "TB": "Người hưởng trợ cấp tai nạn lao động",
    "NO": "Người nghỉ việc do ốm đau dài ngày",
    "XB": "Cán bộ xã nghỉ việc hưởng trợ cấp BHXH",
    "TN": "Người hưởng trợ cấp thất nghiệp",
    "CS": "Công nhân cao su hưởng trợ cấp",
    "XN": "Cán bộ xã nghỉ việc hưởng trợ cấp ngân sách",
    "MS": "Người thôi hưởng trợ cấp mất sức lao động",
    "HD": "Đại biểu Quốc hội, Hội đồng nhân dân",
    "TQ": "Thân nhân quân nhân",
    "TA": "Thân nhân công an",
    "TY": "Thân nhân người làm cơ yếu",
    "HG": "Người hiến bộ phận cơ thể",
    "LS": "Người nước ngoài học tập tại Việt Nam",
    "HS": "Học sinh",
    "SV": "Sinh viên",
    "GB": "Hộ gia đình làm nông nghiệp có mức sống trung bình",
    "GD": "Hộ gia đình",
    "LH": "Người hưởng trợ cấp hưu trí xã hội",
    "ND": "Nhóm ND (mức 4)",
    "TH": "Nhóm TH (mức 4)",
    "TV": "Nhóm TV (mức 4)",
    "TD": "Nhóm TD (mức 4)",
    "TU": "Nhóm TU (mức 4)",
    "BA": "Nhóm BA (mức 4)",
    "QN": "Quân nhân",
    "CA": "Công an",
    "CY": "Người làm công tác cơ yếu",
}

_CODES_BY_LEVEL: Mapping[int, str] = {
    1: "CC TE",
    2: "CK CB KC HN DT DK XD BT TS AK CT",
    3: "HT TC PV TG DS HK",
    4: "DN HX CH NN TK HC XK TB NO XB TN CS XN MS HD TQ TA TY HG LS HS SV GB GD ND TH TV TD TU BA",
    5: "QN CA CY",
}

_BENEFIT_2026 = sources.BENEFIT_261_2025.in_force.start
_UNCHANGED = {
    code: (Dated(sources.CARD_CODE_1351.in_force, level, sources.CARD_CODE_1351),)
    for level, codes in _CODES_BY_LEVEL.items()
    for code in codes.split()
}
_CHANGED = {
    "CN": (
        Dated(
            DateRange(sources.CARD_CODE_1351.in_force.start, _BENEFIT_2026),
            3,
            sources.CARD_CODE_1351,
        ),
        Dated(sources.BENEFIT_261_2025.in_force, 2, sources.BENEFIT_261_2025),
    ),
    "LH": (
        Dated(
            DateRange(sources.SOCIAL_PENSION_GROUP.in_force.start, _BENEFIT_2026),
            4,
            sources.SOCIAL_PENSION_GROUP,
        ),
        Dated(sources.BENEFIT_261_2025.in_force, 2, sources.BENEFIT_261_2025),
    ),
}
_LEVELS: Mapping[str, tuple[Dated[int], ...]] = {**_UNCHANGED, **_CHANGED}


@cites(sources.CARD_CODE_1351, sources.BENEFIT_261_2025, sources.SOCIAL_PENSION_GROUP)
def groups(*, on: date) -> tuple[Group, ...]:
    """The groups of the day with their level, in the order of their codes; none before 2015.

    Source: sources.CARD_CODE_1351, sources.BENEFIT_261_2025, sources.SOCIAL_PENSION_GROUP.
    """
    return tuple(
        Group(code, row.value, _NAMES_VI[code])
        for code in sorted(_LEVELS)
        for row in _LEVELS[code]
        if on in row.valid
    )


@cites(sources.CARD_CODE_1351, sources.BENEFIT_261_2025, sources.SOCIAL_PENSION_GROUP)
def group_exists(code: str, *, on: date) -> bool:
    """True when the group is in the list of the day.

    Source: sources.CARD_CODE_1351, sources.BENEFIT_261_2025, sources.SOCIAL_PENSION_GROUP.
    """
    return any(on in row.valid for row in _LEVELS.get(code, ()))


@cites(sources.CARD_CODE_1351, sources.BENEFIT_261_2025, sources.SOCIAL_PENSION_GROUP)
def benefit_level(code: str, *, on: date) -> int:
    """The group's level on the day, 1 to 5. Refused for a group that is not in the list of the day.

    Source: sources.CARD_CODE_1351, sources.BENEFIT_261_2025, sources.SOCIAL_PENSION_GROUP.
    """
    for row in _LEVELS.get(code, ()):
        if on in row.valid:
            return row.value
    message = f"Nhóm đối tượng «{code}» không có trong danh mục của ngày này."
    raise Refused(message, code="E-GROUP", field="group")

"""Provinces by date: the 63 of 2008, the 34 of 01/07/2025, and who became whom.

A code alone says little: 24 was Bắc Giang and is Bắc Ninh. Communes are the catalogues' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lienthong.kernel.codes import DivisionCode
from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.dated import Dated, cites, in_force

_PROVINCES_63: Mapping[str, str] = {
    "01": "Hà Nội",
    "02": "Hà Giang",
    "04": "Cao Bằng",
    "06": "Bắc Kạn",
    "08": "Tuyên Quang",
    "10": "Lào Cai",
    "11": "Điện Biên",
    "12": "Lai Châu",
    "14": "Sơn La",
    "15": "Yên Bái",
    "17": "Hòa Bình",
    "19": "Thái Nguyên",
    "20": "Lạng Sơn",
    "22": "Quảng Ninh",
    "24": "Bắc Giang",
    "25": "Phú Thọ",
    "26": "Vĩnh Phúc",
    "27": "Bắc Ninh",
    "30": "Hải Dương",
    "31": "Hải Phòng",
    "33": "Hưng Yên",
    "34": "Thái Bình",
    "35": "Hà Nam",
    "36": "Nam Định",
    "37": "Ninh Bình",
    "38": "Thanh Hóa",
    "40": "Nghệ An",
    "42": "Hà Tĩnh",
    "44": "Quảng Bình",
    "45": "Quảng Trị",
    "46": "Thừa Thiên Huế",
    "48": "Đà Nẵng",
    "49": "Quảng Nam",
    "51": "Quảng Ngãi",
    "52": "Bình Định",
    "54": "Phú Yên",
    "56": "Khánh Hòa",
    "58": "Ninh Thuận",
    "60": "Bình Thuận",
    "62": "Kon Tum",
    "64": "Gia Lai",
    "66": "Đắk Lắk",
    "67": "Đắk Nông",
    "68": "Lâm Đồng",
    "70": "Bình Phước",
    "72": "Tây Ninh",
    "74": "Bình Dương",
    "75": "Đồng Nai",
    "77": "Bà Rịa - Vũng Tàu",
    "79": "Hồ Chí Minh",
    "80": "Long An",
    "82": "Tiền Giang",
    "83": "Bến Tre",
    "84": "Trà Vinh",
    "86": "Vĩnh Long",
    "87": "Đồng Tháp",
    "89": "An Giang",
    "91": "Kiên Giang",
    "92": "Cần Thơ",
    "93": "Hậu Giang",
    "94": "Sóc Trăng",
    "95": "Bạc Liêu",
    "96": "Cà Mau",
}

# New code: new name, and the old codes that went into it.
_PROVINCES_34: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "01": ("Hà Nội", ("01",)),
    "04": ("Cao Bằng", ("04",)),
    "08": ("Tuyên Quang", ("02", "08")),
    "11": ("Điện Biên", ("11",)),
    "12": ("Lai Châu", ("12",)),
    "14": ("Sơn La", ("14",)),
    "15": ("Lào Cai", ("10", "15")),
    "19": ("Thái Nguyên", ("06", "19")),
    "20": ("Lạng Sơn", ("20",)),
    "22": ("Quảng Ninh", ("22",)),
    "24": ("Bắc Ninh", ("24", "27")),
    "25": ("Phú Thọ", ("17", "25", "26")),
    "31": ("Hải Phòng", ("30", "31")),
    "33": ("Hưng Yên", ("33", "34")),
    "37": ("Ninh Bình", ("35", "36", "37")),
    "38": ("Thanh Hóa", ("38",)),
    "40": ("Nghệ An", ("40",)),
    "42": ("Hà Tĩnh", ("42",)),
    "44": ("Quảng Trị", ("44", "45")),
    "46": ("Huế", ("46",)),
    "48": ("Đà Nẵng", ("48", "49")),
    "51": ("Quảng Ngãi", ("51", "62")),
    "52": ("Gia Lai", ("52", "64")),
    "56": ("Khánh Hòa", ("56", "58")),
    "66": ("Đắk Lắk", ("54", "66")),
    "68": ("Lâm Đồng", ("60", "67", "68")),
    "75": ("Đồng Nai", ("70", "75")),
    "79": ("Hồ Chí Minh", ("74", "77", "79")),
    "80": ("Tây Ninh", ("72", "80")),
    "82": ("Đồng Tháp", ("82", "87")),
    "86": ("Vĩnh Long", ("83", "84", "86")),
    "91": ("An Giang", ("89", "91")),
    "92": ("Cần Thơ", ("92", "93", "94")),
    "96": ("Cà Mau", ("95", "96")),
}

_SUCCESSORS = {old: new for new, (_, olds) in _PROVINCES_34.items() for old in olds}

_LISTS: tuple[Dated[Mapping[str, str]], ...] = (
    Dated(sources.PROVINCES_124_2004.in_force, _PROVINCES_63, sources.PROVINCES_124_2004),
    Dated(
        sources.PROVINCES_202_2025.in_force,
        {code: name for code, (name, _) in _PROVINCES_34.items()},
        sources.PROVINCES_202_2025,
    ),
)
_SUBJECT_VI = "danh mục mã tỉnh"


@dataclass(frozen=True, slots=True)
class Province:
    """A province as it is called on one day."""

    code: DivisionCode
    name_vi: str


@cites(sources.PROVINCES_124_2004, sources.PROVINCES_202_2025)
def provinces(*, on: date) -> tuple[Province, ...]:
    """The provinces that exist on the day, in the order of their codes. Refused before 01/08/2008.

    Source: sources.PROVINCES_124_2004, sources.PROVINCES_202_2025.
    """
    names = in_force(_LISTS, on, subject_vi=_SUBJECT_VI).value
    return tuple(Province(DivisionCode(code), name) for code, name in names.items())


@cites(sources.PROVINCES_124_2004, sources.PROVINCES_202_2025)
def province_exists(code: str, *, on: date) -> bool:
    """True when the code is in the day's list, so that a card of that day may be issued under it.

    Refused before 01/08/2008.

    Source: sources.PROVINCES_124_2004, sources.PROVINCES_202_2025.
    """
    return code in in_force(_LISTS, on, subject_vi=_SUBJECT_VI).value


@cites(sources.PROVINCES_124_2004, sources.PROVINCES_202_2025)
def province_digits_valid(code: str) -> bool:
    """True for all 63 codes, on any day: what was issued under an old code keeps it after 01/07/2025.

    Source: sources.PROVINCES_124_2004, sources.PROVINCES_202_2025.
    """
    return code in _PROVINCES_63


@cites(sources.PROVINCES_202_2025)
def province_successor(code: str) -> DivisionCode:
    """The code, from 01/07/2025, of the province that took in one of the 63. Refused for another code.

    Source: sources.PROVINCES_202_2025.
    """
    if code not in _SUCCESSORS:
        message = f"Mã tỉnh «{code}» không có trong danh mục 63 tỉnh, thành phố."
        raise Refused(message, code="E-PROVINCE", field="province_code")
    return DivisionCode(_SUCCESSORS[code])


@cites(sources.PROVINCES_202_2025)
def province_predecessors(code: str) -> tuple[DivisionCode, ...]:
    """The codes, among the 63, that make up a province of 01/07/2025, in order. Refused for another code.

    Source: sources.PROVINCES_202_2025.
    """
    if code not in _PROVINCES_34:
        message = f"Mã tỉnh «{code}» không có trong danh mục 34 tỉnh, thành phố."
        raise Refused(message, code="E-PROVINCE", field="province_code")
    return tuple(DivisionCode(old) for old in _PROVINCES_34[code][1])


@cites(sources.PROVINCES_124_2004, sources.PROVINCES_202_2025)
def province_earlier_names(code: str) -> tuple[str, ...]:
    """What the provinces that make up one of 01/07/2025 were called, in the order of their codes.

    Its own name is left out: people look for the place they knew. Refused for another code.

    Source: sources.PROVINCES_124_2004, sources.PROVINCES_202_2025.
    """
    names = (_PROVINCES_63[old] for old in province_predecessors(code))
    return tuple(name for name in names if name != _PROVINCES_34[code][0])

"""The codes of the trade as types: parse, check the form, print. A code is never a bare `str` in a signature.

Form only: whether a group, province or commune exists on a day is the law's and the catalogues' business.
"""

import re
from dataclasses import dataclass
from typing import NewType

DivisionCode = NewType("DivisionCode", str)
"""Mã đơn vị hành chính: 2 digits (province), 3 (district, before 01/07/2025) or 5 (commune). Never a key without a day."""
UnitCode = NewType("UnitCode", str)
"""Mã đơn vị cấp thẻ BHYT trẻ em."""
FacilityCode = NewType("FacilityCode", str)
"""Mã cơ sở khám chữa bệnh: two digits of the province, then three digits or capital letters."""
InsuranceNumber = NewType("InsuranceNumber", str)
"""Mã số BHXH: ten digits, one per person for life, without a check digit."""
PersonalId = NewType("PersonalId", str)
"""Số định danh cá nhân: twelve digits, without a check digit."""

_COMMUNE = re.compile(r"[0-9]{5}")
_PROVINCE = re.compile(r"[0-9]{2}")
_DISTRICT = re.compile(r"[0-9]{3}")
_FACILITY = re.compile(r"[0-9]{2}[0-9A-Z]{3}")
_INSURANCE_NUMBER = re.compile(r"[0-9]{10}")
_PERSONAL_ID = re.compile(r"[0-9]{12}")
_CARD = re.compile(r"([A-Z]{2})([1-5])([0-9]{2})([0-9]{10}|[0-9]{12})")
_SEPARATORS = str.maketrans("", "", " -_")


def is_commune_code(text: str) -> bool:
    """Five ASCII digits."""
    return _COMMUNE.fullmatch(text) is not None


def is_province_code(text: str) -> bool:
    """Two ASCII digits."""
    return _PROVINCE.fullmatch(text) is not None


def is_district_code(text: str) -> bool:
    """Three ASCII digits."""
    return _DISTRICT.fullmatch(text) is not None


def is_facility_code(text: str) -> bool:
    """Two digits, then three digits or capital letters."""
    return _FACILITY.fullmatch(text) is not None


def is_insurance_number(text: str) -> bool:
    """Ten ASCII digits."""
    return _INSURANCE_NUMBER.fullmatch(text) is not None


def is_personal_id(text: str) -> bool:
    """Twelve ASCII digits."""
    return _PERSONAL_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class CardCode:
    """Mã thẻ BHYT: group, benefit level, issuing province, then the insurance number (10) or personal id (12)."""

    group: str
    level: int
    province_code: DivisionCode
    number: str

    def __str__(self) -> str:
        return f"{self.group}{self.level}{self.province_code}{self.number}"


def parse_card_code(text: str) -> CardCode | None:
    """The parts of a 15- or 17-character code, blanks and dashes ignored; None when the form is wrong."""
    # ASCII only: upper() would turn the likes of "ß" and "ı" into letters nobody wrote.
    found = _CARD.fullmatch(text.translate(_SEPARATORS).upper()) if text.isascii() else None
    if found is None:
        return None
    group, level, province, number = found.groups()
    return CardCode(group, int(level), DivisionCode(province), number)

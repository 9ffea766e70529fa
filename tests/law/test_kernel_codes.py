"""The kernel's codes: form only, ASCII only, nothing guessed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kernel.codes import (
    CardCode,
    DivisionCode,
    is_commune_code,
    is_district_code,
    is_facility_code,
    is_insurance_number,
    is_personal_id,
    is_province_code,
    parse_card_code,
)

_CHECKS = {
    2: is_province_code,
    3: is_district_code,
    5: is_commune_code,
    10: is_insurance_number,
    12: is_personal_id,
}


@pytest.mark.parametrize("length", range(15))
def test_each_code_has_its_number_of_digits(length: int) -> None:
    digits = "0123456789012345"[:length]
    assert {n for n, check in _CHECKS.items() if check(digits)} == ({length} & set(_CHECKS))


@pytest.mark.parametrize("odd", ["٣", "３", "²", "a", " ", "-", "\n"])
def test_only_ascii_digits_are_digits(odd: str) -> None:
    for length, check in _CHECKS.items():
        assert not check("0" * (length - 1) + odd)
    for length, check in _CHECKS.items():
        assert not check("0" * length + "\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01013", True),
        ("01A1Z", True),
        ("0101a", False),
        ("A1013", False),
        ("0101", False),
        ("01-013", False),
    ],
)
def test_facility_codes(text: str, *, expected: bool) -> None:
    assert is_facility_code(text) is expected


codes = st.builds(
    CardCode,
    group=st.from_regex(r"[A-Z]{2}", fullmatch=True),
    level=st.integers(min_value=1, max_value=5),
    province_code=st.from_regex(r"[0-9]{2}", fullmatch=True).map(DivisionCode),
    number=st.from_regex(r"([0-9]{10}|[0-9]{12})", fullmatch=True),
)


@given(code=codes)
def test_a_card_code_comes_back_from_what_is_printed(code: CardCode) -> None:
    assert parse_card_code(str(code)) == code
    assert len(str(code)) in (15, 17)


@given(code=codes)
def test_blanks_dashes_and_small_letters_are_forgiven(code: CardCode) -> None:
    typed = f" {code.group.lower()}-{code.level} {code.province_code}_{code.number} "
    assert parse_card_code(typed) == code


@pytest.mark.parametrize(
    "text",
    [
        "", "TE1", "TE101012345678", "TE10101234567890", "TE0010123456789", "TE6010123456789", "T11010123456789",
        "TE1010123456789X", "ß1010123456789", "TE101012345678９", "ıE1010123456789", "TE1010123456789\n",
    ],
)  # fmt: skip
def test_anything_else_is_no_card_code(text: str) -> None:
    assert parse_card_code(text) is None


@given(text=st.text(max_size=20))
def test_a_code_is_read_only_from_its_own_characters(text: str) -> None:
    code = parse_card_code(text)
    if code is not None:
        assert str(code) == re.sub("[ _-]", "", text).upper()
        assert text.isascii()

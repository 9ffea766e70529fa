"""Names: what is let through unchanged, what is decoded for the officer, what is refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.gateways.justice_names import read_name
from lienthong.gateways.justice_types import Fault
from lienthong.kernel import names
from lienthong.kernel.charsets import _TCVN3, Charset, Suggestion, legacy_suggestion

_GOOD = (
    "Nguyễn Văn Đức",
    "TRẦN THỊ BÌNH",
    "Lê Hoà",
    "Hoàng Thuý Quỳnh",
    "Đỗ Uyên Khuê",
    "Phạm Tuệ Giang",
    "Ngô Quyền",
    "Nghiêm Xuân Huỳnh",
    "Lò Thị Ơi",
    "Giàng A Páo",
    "Toàn Hoè Thuỷ",
    "Vũ Quốc Ước",
)


@pytest.mark.parametrize("name", _GOOD)
def test_a_good_name_is_kept_letter_by_letter_without_remark(name: str) -> None:
    read = read_name(name, "p")
    assert (read.text, read.warnings) == (name, ())
    assert (read.tone_key, read.fold_key) == (names.tone_key(name), names.fold_key(name))


def _to_tcvn3(name: str) -> str:
    back = {letter: code for code, letter in _TCVN3.items()}
    return "".join(back.get(letter, letter) for letter in name)


@pytest.mark.parametrize(
    "name", ["Nguyễn Văn Đức", "Trần Thị Bình", "Lê Hoàng Yến", "Phạm Thu Hằng", "Vũ Thị Mỹ"]
)
def test_a_name_through_tcvn3_is_found_and_suggested(name: str) -> None:
    assert legacy_suggestion(_to_tcvn3(name)) == Suggestion(Charset.TCVN3, name)


@pytest.mark.parametrize("name", _GOOD)
def test_a_name_encoded_twice_is_found_and_suggested(name: str) -> None:
    twice = name.encode().decode("latin-1")
    assert legacy_suggestion(twice) == Suggestion(Charset.UTF8_TWICE, name)


@pytest.mark.parametrize(
    "name",
    ["François Noël", "Jürgen Müller", "Ñandú Peña", "Siôn Rhŷs", "Bjørn Åse", "Łukasz Zięba"],
)
def test_a_foreign_name_is_not_taken_for_a_spoilt_one(name: str) -> None:
    assert legacy_suggestion(name) is None
    assert read_name(name, "p").text == name


@given(st.text(max_size=60))
def test_any_text_is_either_kept_in_normal_form_or_refused(text: str) -> None:
    try:
        read = read_name(text, "p")
    except Fault as fault:
        assert fault.field == "p"  # noqa: PT017 - either answer is good, each has its promise
    else:
        assert unicodedata.is_normalized("NFC", read.text)
        assert read.text == names.stored_form(text)
        assert read.tone_key == names.tone_key(text)
        assert not any(
            unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "So", "Nd"} for char in read.text
        )

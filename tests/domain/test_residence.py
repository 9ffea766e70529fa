"""What an address says: its hamlet under one key however it is written, and one heir only when it names it in full."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.dossiers.residence import HAMLET, NAMED, Candidate, evidence_of, hamlet_of


def _heir(code: str, name: str) -> Candidate:
    return Candidate(code, name, "01", "part", None, "")


HEIRS = (
    _heir("1", "Phường Tân Sơn"),
    _heir("2", "Phường Tân Sơn Nhất"),
    _heir("3", "Phường Văn Miếu - Quốc Tử Giám"),
    _heir("4", "Phường Hòa Hưng"),
)
OLD = "Phường Ba Đình"


@pytest.mark.parametrize(
    "address",
    [
        "Tổ 5",
        "tổ  05",
        "Số 1 ngõ 2, TỔ DÂN PHỐ SỐ 5, phường Ba Đình",
        "TDP 5",
        "tdp số 5 phường Ba Đình",
        "Tổ dân phố 5 – Ba Đình",
        "Tổ 5 (ngõ 7)",
        "Tổ 5 P. Ba Đình",
        "Tổ. 5",
    ],
)
def test_spellings_of_one_neighbourhood_have_one_key(address: str) -> None:
    assert hamlet_of(address)[0] == hamlet_of("tổ 5")[0] != ""


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("Thôn Đoài xã Phú Sơn, huyện Sóc Sơn", "thôn Đoài"),
        ("Tổ 3, khu phố 2, phường X", "tổ 3, khu phố 2"),
        ("Bản Nà Ngần - xã Bản Lang", "bản Nà Ngần"),
        ("Ấp 3, Sóc Trăng", "ấp 3"),
        ("xã Làng Nhì", ""),
        ("Thị trấn Sóc Sơn, Sóc Sơn", ""),
        ("Số 5 ngõ 2", ""),
        ("", ""),
    ],
)
def test_names_of_larger_places_are_no_hamlets(address: str, name: str) -> None:
    assert hamlet_of(address)[1] == name


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("Số 3, phường Tân Sơn", "1"),
        ("Số 3, phường Tân Sơn, TP. Hồ Chí Minh", "1"),
        ("Số 3 phường Tân Sơn thành phố Hồ Chí Minh", "1"),
        ("PHƯỜNG TÂN SƠN NHẤT", "2"),
        ("(phường Văn Miếu – Quốc Tử Giám)", "3"),
        ("phường Hoà Hưng", "4"),
        ("phường Hòa Hưng, trước là phường Ba Đình", "4"),
        ("phường Tân Sơn Nhì", None),
        ("phuong Hoa Hung", None),
        ("phường Hoa Hưng", None),
        ("Hòa Hưng", None),
        ("P. Hòa Hưng", None),
        ("phường Văn Miếu", None),
        ("phường Tân Sơn hoặc phường Hòa Hưng", None),
        ("phường Tân Sơn, phường Hòa Hưng", None),
        ("phường Ba Đình", None),
        ("", None),
    ],
)
def test_only_the_full_name_of_one_heir_decides(address: str, code: str | None) -> None:
    found = evidence_of(address, OLD, HEIRS, {})
    assert (found.code if found else None) == code
    assert found is None or found.basis == NAMED


def test_an_heir_that_took_the_old_name_is_never_named() -> None:
    heirs = (_heir("1", OLD), _heir("2", "Phường Hòa Hưng"))
    assert evidence_of(f"Số 5, {OLD}", OLD, heirs, {}) is None


def test_a_decided_hamlet_decides_before_names() -> None:
    key, name = hamlet_of("tổ 5")
    found = evidence_of("Tổ dân phố số 5, phường Hòa Hưng", OLD, HEIRS, {key: "2"})
    assert found is not None
    assert (found.code, found.basis, found.words) == ("2", HAMLET, name)


_WORDS = st.sampled_from(
    ["Hòa", "Thúy", "Khỏe", "Đông", "Nghĩa", "Trại", "Xuân", "Bắc", "Quỳ", "12", "3A"]
)
_KINDS = st.sampled_from(["Tổ", "tổ dân phố", "TDP", "Thôn", "xóm", "Ấp", "Bản", "Khu phố", "KP"])
_PARTS = st.builds(lambda kind, words: f"{kind} {' '.join(words)}", _KINDS, st.lists(_WORDS, min_size=1, max_size=3))  # fmt: skip
_ADDRESSES = st.lists(
    st.one_of(_PARTS, st.sampled_from(["Số 5 ngõ 2", "phường Hòa Hưng", "phường Tân Sơn"])),
    min_size=1,
    max_size=4,
).map(", ".join)
_OTHER_PLACE = str.maketrans({"ò": "o\u0300", "ú": "u\u0301", "ỏ": "o\u0309", "ỳ": "y\u0300"})
_REWRITINGS = st.sampled_from(
    [
        str.upper,
        str.lower,
        lambda text: text.replace(" ", "\u00a0  "),
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.translate(_OTHER_PLACE),
        lambda text: text.replace("Hòa", "Hoà").replace("Thúy", "Thuý").replace("Khỏe", "Khoẻ"),
    ]
)


@given(_ADDRESSES, _REWRITINGS, _REWRITINGS)
def test_case_blanks_and_the_place_of_tone_marks_change_nothing(
    address: str, once: object, twice: object
) -> None:
    rewritten = twice(once(address))  # type: ignore[operator]
    assert hamlet_of(rewritten)[0] == hamlet_of(address)[0]
    found, again = (evidence_of(each, OLD, HEIRS, {}) for each in (address, rewritten))
    assert (found and found.code) == (again and again.code)


@given(_ADDRESSES)
def test_a_hamlet_s_name_is_its_own_hamlet(address: str) -> None:
    key, name = hamlet_of(address)
    assert hamlet_of(name) == (key, name)

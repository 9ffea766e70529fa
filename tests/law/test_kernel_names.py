"""The kernel's names: what is kept, and which spellings are one name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kernel.names import fold_key, stored_form, tone_key

_VOWELS = "aăâeêioôơuưy"
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_CONSONANTS = ["", "b", "ch", "đ", "h", "kh", "ng", "ngh", "nguy", "ph", "q", "th", "tr", "x"]
_ENDINGS = ["", "c", "m", "n", "ng", "nh", "p", "t"]


@st.composite
def syllables(draw: st.DrawFn) -> str:
    vowels = draw(st.text(alphabet=_VOWELS, min_size=1, max_size=3))
    place = draw(st.integers(min_value=0, max_value=len(vowels) - 1))
    tone = draw(st.sampled_from(["", *_TONES]))
    toned = vowels[: place + 1] + tone + vowels[place + 1 :]
    whole = draw(st.sampled_from(_CONSONANTS)) + toned + draw(st.sampled_from(_ENDINGS))
    return unicodedata.normalize(
        "NFC", draw(st.sampled_from([whole, whole.upper(), whole.title()]))
    )


names = st.lists(syllables(), min_size=1, max_size=6).map(" ".join)
texts = st.text(max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà", "Hòa"),
        ("thuý", "thúy"),
        ("qúy", "quý"),
        ("HOÀ", "hòa"),
        ("Nguyễn Thuỳ", "NGUYỄN  THÙY"),
        ("Ðặng", "Đặng"),
        ("ðặng", "đặng"),
        ("H’Mun", "H'Mun"),
        ("K‘Sor", "KʼSor"),
        ("Y`Ngông", "y'ngông"),
        ("Trần\u00a0Bình", "Trần Bình"),
        ("  Trần\t Bình\n", "Trần Bình"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("Nguye\u0303\u0302n".replace("\u0303\u0302", "\u0302\u0303"), "Nguyễn"),
        ("Bi\u0300nh", "Bình"),
        ("\u0110o\u031b\u0301i", "Đới"),
    ],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert tone_key(one) == tone_key(other)
    assert fold_key(one) == fold_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoa", "Hòa"),
        ("Hoà", "Hoá"),
        ("Hoả", "Hoã"),
        ("Tam", "Tâm"),
        ("Tăm", "Tâm"),
        ("Dung", "Đung"),
        ("Thu", "Thư"),
        ("Cong", "Công"),
        ("Kơ̆", "Kơ"),
        ("Hòa An", "Hòan"),
    ],
)
def test_two_names_that_differ_by_a_mark_stay_two(one: str, other: str) -> None:
    assert tone_key(one) != tone_key(other)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("NGUYỄN Thị Bưởi", "nguyên3 thi5 bươi2"),
        ("Đỗ Hoàng", "đô3 hoang1"),
        ("Kơ̆ Mư̆", "kơ̆ mư̆"),
        ("H'Mun Niê Kdăm", "h'mun niê kdăm"),
        ("Y", "y"),
        ("", ""),
    ],
)
def test_the_tone_key_is_the_letters_and_then_the_tone(name: str, key: str) -> None:
    assert tone_key(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("NGUYỄN Thị Bưởi", "nguyen thi buoi"),
        ("Đỗ Ðình ðoàn", "do dinh doan"),
        ("Kơ̆ Mư̆", "ko mu"),
        ("H’Mun Niê Kdăm", "h'mun nie kdam"),
        ("İbrahim", "ibrahim"),
    ],
)
def test_the_fold_key_is_plain_letters(name: str, key: str) -> None:
    assert fold_key(name) == key


@pytest.mark.parametrize("name", ["Kơ̆", "Mư̆", "H'Mơ̆n", "Kpă", "Čư̆"])
def test_breve_letters_without_a_code_point_of_their_own_are_kept(name: str) -> None:
    assert stored_form(name) == unicodedata.normalize("NFC", name)
    assert "\u0306" in unicodedata.normalize("NFD", stored_form(name))
    assert "\u0306" in unicodedata.normalize("NFD", tone_key(name))


@pytest.mark.parametrize(
    "name", ["NGUYỄN MINH AN", "nguyễn minh an", "Hoà", "Hòa", "Đỗ-Kim Ngân", "Lý J. Wang"]
)
def test_the_registered_spelling_is_not_rewritten(name: str) -> None:
    assert stored_form(name) == name


@given(name=names)
def test_case_and_normal_form_do_not_matter(name: str) -> None:
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, name.swapcase())
        assert tone_key(other) == tone_key(name)
        assert fold_key(other) == fold_key(name)


@given(vowels=st.sampled_from(["oa", "oe", "uy", "uê", "ia", "ưa"]), tone=st.sampled_from(_TONES))
def test_the_place_of_the_tone_does_not_matter(vowels: str, tone: str) -> None:
    first, second = f"H{vowels[0]}{tone}{vowels[1]}", f"H{vowels}{tone}"
    assert tone_key(first) == tone_key(second)


@given(text=texts)
def test_the_stored_form_is_stable(text: str) -> None:
    stored = stored_form(text)
    assert stored_form(stored) == stored
    assert unicodedata.is_normalized("NFC", stored)
    assert not stored.startswith(" ")
    assert not stored.endswith(" ")
    assert "  " not in stored


@given(text=texts)
def test_keys_depend_on_the_stored_form_alone(text: str) -> None:
    assert tone_key(text) == tone_key(stored_form(text))
    assert fold_key(text) == fold_key(stored_form(text))


@given(one=names, other=names)
def test_one_tone_key_means_one_fold_key(one: str, other: str) -> None:
    if tone_key(one) == tone_key(other):
        assert fold_key(one) == fold_key(other)


@given(name=names)
def test_a_vietnamese_name_folds_to_ascii_letters(name: str) -> None:
    assert fold_key(name).replace(" ", "").isalpha()
    assert fold_key(name).isascii()
    assert fold_key(fold_key(name)) == fold_key(name)


@given(one=syllables(), other=syllables(), tone=st.sampled_from(_TONES))
def test_another_tone_is_another_name(one: str, other: str, tone: str) -> None:
    bare = unicodedata.normalize("NFD", f"{one} {other}")
    without = "".join(mark for mark in bare if mark not in _TONES)
    assert tone_key(f"{without}{tone}a") != tone_key(f"{without}a")

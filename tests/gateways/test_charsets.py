"""Old character sets on many names: hardly one good name is suspected, and nearly every left-over is read."""

import random
import unicodedata
from collections.abc import Callable

import pytest

from lienthong.kernel.charsets import _TCVN3, Charset, legacy_suggestion
from lienthong.simulation.names import KINH, load, model

_COUNT = 20_000
_SMALL_TO_TCVN3 = {letter: code for code, letter in _TCVN3.items()}
_MARK_TO_VNI = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
_MARK_OF_HAT = {"\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä", "": "â"}
_MARK_OF_BREVE = {
    "\u0301": "é",
    "\u0300": "è",
    "\u0309": "ú",
    "\u0303": "ü",
    "\u0323": "ë",
    "": "ê",
}
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ALONE = {"đ": "ñ", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "ơ": "ô", "ư": "ö", "í": "í", "ì": "ì"}


def _names(*, minority: bool) -> list[str]:
    rng = random.Random(6)
    groups = sorted(load("peoples")["group"]) if minority else [KINH]
    return [
        model().child(rng, rng.choice(["male", "female"]), group=rng.choice(groups))
        for _ in range(_COUNT)
    ]


def _as_tcvn3(name: str) -> str:
    return "".join(
        _SMALL_TO_TCVN3.get(char, _SMALL_TO_TCVN3.get(char.lower(), char)) for char in name
    )


def _as_vni(name: str) -> str:
    return "".join(_vni_letter(char) for char in name)


def _vni_letter(char: str) -> str:
    small = char.lower()
    if small in _ALONE:
        out = _ALONE[small]
    else:
        marks = unicodedata.normalize("NFD", small)
        tone = "".join(mark for mark in marks if mark in _TONES)
        base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
        table = {"â": _MARK_OF_HAT, "ê": _MARK_OF_HAT, "ô": _MARK_OF_HAT, "ă": _MARK_OF_BREVE}.get(
            base
        )
        plain = unicodedata.normalize("NFD", base)[0] if table else _ALONE.get(base, base)
        out = plain + (table[tone] if table else _MARK_TO_VNI.get(tone, ""))
    return out.upper() if char.isupper() else out


@pytest.mark.parametrize("minority", [False, True])
@pytest.mark.parametrize("case", [str, str.upper])
def test_good_names_are_hardly_ever_suspected(minority: bool, case: Callable[[str], str]) -> None:
    wrong = [name for name in _names(minority=minority) if legacy_suggestion(case(name))]
    assert len(wrong) <= _COUNT // 10_000, wrong[:20]


@pytest.mark.parametrize(
    ("spoil", "case", "charset"),
    [
        (_as_tcvn3, str, Charset.TCVN3),
        (_as_tcvn3, str.upper, Charset.TCVN3),
        (_as_vni, str, Charset.VNI),
        (_as_vni, str.upper, Charset.VNI),
    ],
    ids=["TCVN3", "TCVN3 in capitals", "VNI", "VNI in capitals"],
)
def test_left_overs_are_read_and_offered(
    spoil: Callable[[str], str], case: Callable[[str], str], charset: Charset
) -> None:
    names = [case(name) for name in _names(minority=False)]
    spoilt = [(name, spoil(name)) for name in names]
    shown = [(name, bad) for name, bad in spoilt if bad != name]
    read = sum(
        (found := legacy_suggestion(bad)) is not None
        and found.text.casefold() == name.casefold()
        and found.charset is charset
        for name, bad in shown
    )
    assert len(shown) > _COUNT * 0.9
    assert read / len(shown) > 0.95, read / len(shown)


def test_capitals_of_tcvn3_come_back_as_capitals() -> None:
    found = legacy_suggestion("NGUYÔN THÞ HOA")
    assert found is not None
    assert (found.charset, found.text) == (Charset.TCVN3, "NGUYỄN THỊ HOA")
    assert "NGUYỄN THỊ HOA" in found.words_vi
    assert "TCVN3" in found.words_vi

"""Ways in which the same name comes to be written otherwise: marks moved or lost, i for y, a syllable or a letter off.

Each function gives the name back unchanged where the slip cannot happen to it. Not for comparing names: that is
`kernel.names`.
"""

import random
import re
import unicodedata
from functools import cache

from lienthong.simulation.chance import happens

_TONES = "\u0300\u0309\u0303\u0301\u0323"
_OPEN_PAIR = re.compile(rf"(?<![Qq])([OoUu])([{_TONES}]?)([AaEeYy])([{_TONES}]?)$")
_PAIRS = {"oa", "oe", "uy"}
_FREE_I = re.compile(rf"^(H|K|L|M|S|T|V|Th|Qu)([iIyY])([{_TONES}]?)$", re.IGNORECASE)
_OTHER_I = {"i": "y", "y": "i", "I": "Y", "Y": "I"}
_NO_TONES = re.compile(f"[{_TONES}]")
_NO_MARKS = re.compile("[\u0300-\u036f]")
_STROKES = str.maketrans("đĐ", "dD")
_HOI, _NGA = "\u0309", "\u0303"
_ALL_MARKS = 0.75
_LETTERS = "abcdeghiklmnopqrstuvxy"
_SLIPS = 4
_WHOLE_NAME = 3


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@cache
def _tone_moved(syllable: str) -> str:
    found = _OPEN_PAIR.search(_nfd(syllable))
    if found is None:
        return syllable
    first, first_tone, second, second_tone = found.groups()
    if (first + second).lower() not in _PAIRS or not first_tone + second_tone:
        return syllable
    return _nfc(f"{_nfd(syllable)[: found.start()]}{first}{second_tone}{second}{first_tone}")


def tone_moved(name: str) -> str:
    """The tone of an open oa, oe, uy on its other letter: Hòa, Hoà; quý stays."""
    return " ".join(map(_tone_moved, name.split(" ")))


@cache
def _i_for_y(syllable: str) -> str:
    found = _FREE_I.match(_nfd(syllable))
    if found is None:
        return syllable
    onset, vowel, tone = found.groups()
    return _nfc(onset + _OTHER_I[vowel] + tone)


def i_for_y(name: str) -> str:
    """i and y exchanged where both are written for one sound: Mỹ, Mĩ; Quý, Quí; Vy, Vi. A surname stays."""
    first, blank, rest = name.partition(" ")
    return first + blank + " ".join(map(_i_for_y, rest.split(" "))) if blank else name


@cache
def _without_tones(syllable: str) -> str:
    return _nfc(_NO_TONES.sub("", _nfd(syllable)))


@cache
def _without_marks(syllable: str) -> str:
    return _nfc(_NO_MARKS.sub("", _nfd(syllable))).translate(_STROKES)


def tones_dropped(rng: random.Random, name: str) -> str:
    """All marks gone (Nguyen Dinh Phuc), or the tones alone (Nguyên Đinh Phuc)."""
    drop = _without_marks if rng.random() < _ALL_MARKS else _without_tones
    return " ".join(map(drop, name.split(" ")))


def syllable_dropped(rng: random.Random, name: str) -> str:
    """One of the inner syllables is missing; names of two stay whole."""
    parts = name.split(" ")
    if len(parts) >= _WHOLE_NAME:
        del parts[1 + int(rng.random() * (len(parts) - 2))]
    return " ".join(parts)


def typo(rng: random.Random, name: str) -> str:
    """Hỏi for ngã where there is one and chance wills; otherwise a letter lost, doubled, wrong or out of order."""
    swapped = _hoi_for_nga(name)
    if swapped != name and happens(rng, 0.5):
        return swapped
    for _ in range(_SLIPS):
        slipped = _slip(rng, name)
        if slipped != name:
            return slipped
    return f"{name}{name[-1]}"


def _hoi_for_nga(name: str) -> str:
    return _nfc(_nfd(name).translate({ord(_HOI): _NGA, ord(_NGA): _HOI}))


def _slip(rng: random.Random, name: str) -> str:
    """One letter and the one before it, changed in one of four ways; the name itself at a gap between syllables."""
    at = 1 + int(rng.random() * (len(name) - 1))
    if len(name) < _WHOLE_NAME or " " in name[at - 1 : at + 1]:
        return name
    before, letter = name[at - 1], name[at]
    other = _LETTERS[int(rng.random() * len(_LETTERS))]
    slipped = (
        before,
        before + before.lower() + letter,
        before + other,
        (letter.upper() if before.isupper() else letter) + before.lower(),
    )
    return f"{name[: at - 1]}{slipped[int(rng.random() * len(slipped))]}{name[at + 1 :]}"

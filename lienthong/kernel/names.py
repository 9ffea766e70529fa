"""Vietnamese names: the form we keep and the keys we compare by. The registered spelling is never rewritten.

The SQL twins `name_tone_key` and `name_fold_key` (database migrations) are proven equal by property tests.
"""

import re
import unicodedata

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "ʼ": "'"})
_ETH = str.maketrans({"Ð": "Đ", "ð": "đ"})
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_BLANKS = re.compile(r"\s+")
_TONE_MARKS = re.compile("[" + "".join(_TONES) + "]")
_MARKS = re.compile("[\u0300-\u036f]")


def stored_form(name: str) -> str:
    """As registered, with nothing of meaning changed: NFC, Eth as Đ, one kind of apostrophe, single blanks."""
    text = unicodedata.normalize("NFC", name).translate(_ETH).translate(_APOSTROPHES)
    return _BLANKS.sub(" ", text).strip()


def _tone_key_of_syllable(syllable: str) -> str:
    decomposed = unicodedata.normalize("NFD", syllable)
    tones = "".join(sorted(_TONES[mark] for mark in _TONE_MARKS.findall(decomposed)))
    return unicodedata.normalize("NFC", _TONE_MARKS.sub("", decomposed)) + tones


def tone_key(name: str) -> str:
    """Equal for names that differ only in case, blanks or the place of the tone mark (Hoà, Hòa); keeps ă â đ ê ô ơ ư."""
    return " ".join(_tone_key_of_syllable(part) for part in stored_form(name).lower().split(" "))


def fold_key(name: str) -> str:
    """Equal for names that are the same without tones and marks (Nguyễn, NGUYEN); lower-case ASCII where possible."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", stored_form(name).lower()))
    return unicodedata.normalize("NFC", plain).replace("đ", "d")

"""Vietnamese names: the form we keep and the keys we compare by. The registered spelling is never rewritten.

The SQL twins `name_tone_key`, `name_iy_key`, `name_fold_key` (database migrations) are proven equal by property tests. So that
they can be, each function is a chain of four things PostgreSQL has too: normalize(), translate(), a regular
expression over a list of code points written out here, and lower() of text already in NFD, where every Vietnamese
letter but đ is an ASCII letter and its marks. No locale, no "white space" of one engine's making.
"""

import re
import unicodedata

# Written alike by hand, by keyboards and by the ministries' programs; all become U+0027.
_APOSTROPHES = str.maketrans("’‘`ʼ", "''''")
# Eth, seen for Đ in data converted from other code pages.
_ETH = str.maketrans("Ðð", "Đđ")
_BLANKS = re.compile(
    "[\t-\r\x1c-\x20\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
)
# huyền, hỏi, ngã, sắc, nặng
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_MARKS = re.compile("[\u0300-\u036f]")


def stored_form(name: str) -> str:
    """As registered, with nothing of meaning changed: NFC, Eth as Đ, one kind of apostrophe, single blanks.

    NFC; translate Ð ð to Đ đ and ’ ‘ ` ʼ to '; each run of U+0009-000D, U+001C-0020, U+0085, U+00A0, U+1680,
    U+2000-200A, U+2028, U+2029, U+202F, U+205F, U+3000 to one blank; cut blanks at both ends.
    """
    text = unicodedata.normalize("NFC", name).translate(_ETH).translate(_APOSTROPHES)
    return _BLANKS.sub(" ", text).strip(" ")


def tone_key(name: str) -> str:
    """Equal for names that differ only in case, blanks or the place of the tone mark (Hoà, Hòa); keeps ă â đ ê ô ơ ư.

    lower(NFD(stored form)), split at blanks. Each part: the part without its tone marks, in NFC, followed by
    its tone marks as digits, sorted: U+0300 1, U+0309 2, U+0303 3, U+0301 4, U+0323 5. Joined by one blank.
    Other marks, such as the breve of Kơ̆, stay.
    """
    return " ".join(_tone_key_of_part(part) for part in _lowered(name).split(" "))


def fold_key(name: str) -> str:
    """Equal for names that are the same without tones and marks (Nguyễn, NGUYEN); lower-case ASCII where possible.

    lower(NFD(stored form)) without U+0300-036F, in NFC, đ as d.
    """
    plain = _MARKS.sub("", _lowered(name))
    return unicodedata.normalize("NFC", plain).replace("đ", "d")


# A syllable whose only vowel is a closing y: Mỹ, Lý, Quý, Thy. Never Huy, Thúy, Ngay or Uyên.
_LONE_Y = re.compile("(^| )([bcdđghklmnpqrstvx]+|qu)y([1-5]*)(?= |$)")


def iy_key(name: str) -> str:
    """Equal for names that differ as Mỹ and Mĩ, Quý and Quí do: one sound, two spellings; a weak sign of equality.

    The tone key with i for a y that is the only vowel of its syllable and ends it, behind at least one of
    b c d đ g h k l m n p q r s t v x, or behind qu. To their owners Vy and Vi are two names all the same.
    """
    return _LONE_Y.sub(r"\1\2i\3", tone_key(name))


def _lowered(name: str) -> str:
    return unicodedata.normalize("NFD", stored_form(name)).lower()


def _tone_key_of_part(part: str) -> str:
    tones = "".join(sorted(_TONES[mark] for mark in _TONE.findall(part)))
    return unicodedata.normalize("NFC", _TONE.sub("", part)) + tones


_STROKE_B = str.maketrans("ƀ", "b")
_NO_LETTER = re.compile("[^a-z]+")
_REST_OF_PART = re.compile("([a-z])[^ ]*( |$)")


def match_key(name: str) -> str:
    """Equal for names that a counter would call the same: no tones, marks, case, blanks, apostrophes; H'Điêu is hdieu.

    The fold key with ƀ as b, and of it the letters a to z alone.
    """
    return _NO_LETTER.sub("", fold_key(name).translate(_STROKE_B))


def initials(name: str) -> str:
    """The first letter of each part that begins with a to z, in the spelling of `match_key`: Trần Minh An is tma."""
    return _REST_OF_PART.sub(r"\1", fold_key(name).translate(_STROKE_B))

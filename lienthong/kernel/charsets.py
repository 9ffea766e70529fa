"""Names that went through the wrong character set: TCVN3 (ABC) and VNI fonts read as Latin-1, UTF-8 encoded twice.

Detects and suggests; never repairs: what an office wrote stands until an officer decides. A name is suspected only when
it reads badly as it stands and as good Vietnamese once decoded, so that `Hoà` and `Müller` are left alone.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

_TCVN3 = dict(
    zip(
        "\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae"
        "\xb5\xb6\xb7\xb8\xb9\xbb\xbc\xbd\xbe\xc6\xc7\xc8\xc9\xca\xcb"
        "\xcc\xce\xcf\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xdc\xdd\xde"
        "\xdf\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xeb\xec\xed\xee"
        "\xef\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = {"á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE = {"é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ô": "ơ", "ö": "ư"}
_CAPITALS, _SMALL = re.compile("[A-Z][^ ]*[A-Z]"), re.compile("[a-z]")
_LAST_LATIN_1 = "\xff"
_MOJIBAKE = re.compile("[\xc2-\xf4][\x80-\xbf\u2013-\u203a\u20ac\u2122\u02c6\u02dc]")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|gh|gi|kh|nh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?"
    r"(?:uya|uyu|oai|oay|oao|oeo|iêu|yêu|uôi|ươi|ươu|uây|uêu"
    r"|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|oi|ua|ui|uơ|ưa|ưi|ưu|ôi|ơi"
    r"|(?:uyê|iê|yê|uô|ươ|oa|oă|oe|oo|uâ|uê|uy|[aăâeêioôơuưy])(?:ch|ng|nh|[cmnpt])?)"
)
# A tone on the glide that closes a syllable (Triù, Taò): no hand writes it, a wrong character set does.
_TONE_ON_GLIDE = re.compile(
    r"(?<!q)[aăâeêioôơuư](?<!u)[ìỉĩíị]|[aăâeêioôơư][ùủũúụ]|[aăâeêi][òỏõóọ]|[aâ][ỳỷỹýỵ]"
)


class Charset(StrEnum):
    """The character set that a name was written in, or read in by mistake."""

    TCVN3 = "TCVN3"
    VNI = "VNI"
    UTF8_TWICE = "UTF-8"

    @property
    def words_vi(self) -> str:
        """How an officer knows it."""
        return _WORDS_VI[self]


_WORDS_VI = {
    Charset.TCVN3: "bảng mã TCVN3 (phông .Vn…)",
    Charset.VNI: "bảng mã VNI",
    Charset.UTF8_TWICE: "UTF-8 bị mã hóa hai lần",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a spoilt name was meant to be: for an officer's eyes, never stored as the name. `text` is in NFC."""

    charset: Charset
    text: str

    @property
    def words_vi(self) -> str:
        """One sentence that offers it."""
        return f"Họ tên có vẻ gõ theo {self.charset.words_vi}; có thể là «{self.text}»."


def legacy_suggestion(name: str) -> Suggestion | None:
    """What the name was meant to be, when it reads as good Vietnamese in an old character set and badly as it stands.

    None for every name that reads well, for foreign names, and where no set makes good Vietnamese of it. In a name in
    capitals TCVN3 keeps its marked letters small; they are raised with the rest.
    """
    twice = _utf8_twice(name)
    if twice:
        return Suggestion(Charset.UTF8_TWICE, twice)
    if name.isascii() or max(name) > _LAST_LATIN_1 or _reads_well(name):
        return None
    read = [
        Suggestion(charset, decoded)
        for charset, decoded in (
            (Charset.TCVN3, _from_tcvn3(name)),
            (Charset.VNI, _from_vni(name)),
        )
        if decoded != name and _reads_well(decoded)
    ]
    return min(read, key=lambda it: len(_TONE_ON_GLIDE.findall(it.text.lower())), default=None)


def read_as(text: str, charset: Charset) -> str:
    """The text as that set's fonts showed it, for a file that an officer says was written so. Of UTF-8 twice: undone."""
    if charset is Charset.UTF8_TWICE:
        return _utf8_twice(text) or text
    return _from_tcvn3(text) if charset is Charset.TCVN3 else _from_vni(text)


def _utf8_twice(name: str) -> str:
    if not _MOJIBAKE.search(name):
        return ""
    for charset in ("cp1252", "latin-1"):
        try:
            return name.encode(charset).decode("utf-8")
        except UnicodeError:
            continue
    return name


def _reads_well(name: str) -> bool:
    """True when every word is a Vietnamese syllable, in one case or capitalised."""
    return all(is_syllable(word) for word in re.split(r"[\s-]+", name) if word)


@lru_cache(maxsize=1 << 14)
def is_syllable(word: str) -> bool:
    """True when the word can be a Vietnamese syllable, in one case or capitalised; with or without its tone."""
    if any(small.islower() and big.isupper() for small, big in pairwise(word)):
        return False
    plain = _TONES.sub("", unicodedata.normalize("NFD", word.lower()))
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", plain)) is not None


def _from_tcvn3(name: str) -> str:
    """The set has one small letter for both cases of most marks: raised where the letters around it are capitals."""
    words = name.split(" ")
    decoded = ["".join(_TCVN3.get(char, char) for char in word) for word in words]
    if any(_CAPITALS.search(word) for word in words) and not _SMALL.search(name):
        return " ".join(decoded).upper()
    if any(word[:1].isascii() and word[:1].islower() for word in words):
        return " ".join(decoded)
    return " ".join(word[:1].upper() + word[1:] for word in decoded)


def _from_vni(name: str) -> str:
    """Marks follow their letter in VNI; a mark after a letter it does not fit stands for itself."""
    out: list[str] = []
    for char in name:
        mark = _vni_mark(out[-1] if out else "", char.lower())
        if mark:
            out[-1] = unicodedata.normalize("NFC", out[-1] + mark)
            continue
        alone = _VNI_ALONE.get(char.lower(), char)
        out.append(alone.upper() if char.isupper() else alone)
    return "".join(out)


def _vni_mark(before: str, char: str) -> str:
    letter = before.lower()
    if letter in {"a", "e", "o", "u", "y", "ơ", "ư"} and char in _VNI_TONES:
        return _VNI_TONES[char]
    if letter in {"a", "e", "o"}:
        if char == "â":
            return "\u0302"
        if char in _VNI_CIRCUMFLEX:
            return "\u0302" + _VNI_CIRCUMFLEX[char]
    if letter == "a":
        if char == "ê":
            return "\u0306"
        if char in _VNI_BREVE:
            return "\u0306" + _VNI_BREVE[char]
    return ""

"""Fills a notice's template: clean words in, one safe text out. Knows no table and no sender.

A word comes from people and machines: it loses control characters (line ends, escapes, text direction), is cut to a
length, and long runs of figures are masked, so that no word can forge a header, a line or show a whole number.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lienthong.notices.kinds import Kind

_LONGEST_WORD: Final = 200
_LONGEST_SHORT_WORD: Final = 48
_LONG_FIGURES: Final = re.compile(r"\d(?:[ .]?\d){7,}")
_ADDRESS: Final = re.compile(r"https?://\S+")
_SHOWN: Final = 4
_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = "^{}\\[~]|€"
_GSM_ONE, _GSM_PART, _WIDE_ONE, _WIDE_PART = 160, 153, 70, 67

_GREETING = "Kính gửi {name},\n\n"
_GREETING_NAMELESS = "Kính gửi gia đình,\n\n"
_GREETING_OFFICER = "Kính gửi {name},\n\n"
_CLOSING = "\n\nTrân trọng,\nCơ quan Bảo hiểm xã hội\n\nThư này được gửi tự động, vui lòng không trả lời.\n"
_STOP = "Không muốn nhận loại thư này nữa: {link}\n"
_STOP_SHORT = " Dừng nhận: {link}"


@dataclass(frozen=True, slots=True)
class Written:
    """A notice as it is read: `subject` is one line."""

    subject: str
    body: str


def clean(word: object, *, longest: int = _LONGEST_WORD) -> str:
    """One line without control characters, no longer than `longest`, long runs of figures masked to the last four."""
    letters = "".join(
        " " if unicodedata.category(letter)[0] in "CZ" else letter for letter in str(word)
    )
    text = " ".join(unicodedata.normalize("NFC", letters).split())
    if not _ADDRESS.fullmatch(text):
        text = _LONG_FIGURES.sub(lambda run: masked(run[0]), text)
        text = text if len(text) <= longest else text[: longest - 3].rstrip() + "..."
    return text


def masked(number: str) -> str:
    """Stars, and the last four letters: `********6789`."""
    return "*" * max(0, len(number) - _SHOWN) + number[-_SHOWN:]


def masked_address(channel: str, address: str) -> str:
    """`b***@gmail.com`, `******4567`: enough to recognise, too little to use."""
    if channel == "email":
        name, _, domain = address.partition("@")
        return f"{name[:1]}***@{domain}"
    return masked(address)


def page_text(kind: Kind, words: Mapping[str, str]) -> Written:
    """For a page: subject and body, no greeting."""
    cleaned = _Cleaned(words)
    return Written(kind.subject_vi.format_map(cleaned), kind.body_vi.format_map(cleaned))


def email_text(kind: Kind, words: Mapping[str, str], *, name: str, stop_link: str = "") -> Written:
    """For an e-mail, with greeting, closing and, for optional kinds, the way to stop."""
    written = page_text(kind, words)
    greeting = _GREETING_OFFICER if kind.is_for_officers else _GREETING
    if not clean(name) and not kind.is_for_officers:
        greeting = _GREETING_NAMELESS
    stop = _STOP.format(link=stop_link) if kind.is_optional and stop_link else ""
    return Written(
        written.subject, greeting.format(name=clean(name)) + written.body + _CLOSING + stop
    )


def sms_text(kind: Kind, words: Mapping[str, str], *, is_plain: bool, stop_link: str = "") -> str:
    """For an SMS, one line; `is_plain` leaves the marks out, so that a message takes 160 letters and not 70."""
    text = kind.short_vi.format_map(_Cleaned(words, longest=_LONGEST_SHORT_WORD))
    if kind.is_optional and stop_link:
        text += _STOP_SHORT.format(link=stop_link)
    return without_marks(text) if is_plain else text


def without_marks(text: str) -> str:
    """The same in the alphabet of plain SMS: `Nguyễn Đức` becomes `Nguyen Duc`; what has no such letter becomes `?`."""
    swapped = text.replace("đ", "d").replace("Đ", "D").replace("–", "-").replace("…", "...")
    base = "".join(c for c in unicodedata.normalize("NFD", swapped) if not unicodedata.combining(c))
    return "".join(c if c in _GSM or c in _GSM_DOUBLE else "?" for c in base)


def segments(text: str) -> int:
    """How many SMS a text takes: 160 letters of the plain alphabet, else 70; a little less each when there are several."""
    if all(c in _GSM or c in _GSM_DOUBLE for c in text):
        length = sum(2 if c in _GSM_DOUBLE else 1 for c in text)
        return 1 if length <= _GSM_ONE else math.ceil(length / _GSM_PART)
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= _WIDE_ONE else math.ceil(length / _WIDE_PART)


class _Cleaned(dict[str, str]):
    """Words, each cleaned."""

    def __init__(self, words: Mapping[str, str], *, longest: int = _LONGEST_WORD) -> None:
        super().__init__({name: clean(word, longest=longest) for name, word in words.items()})

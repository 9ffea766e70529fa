"""Which message this is: its id and source, read from raw bytes before anything is believed.

Lenient where the judge is strict, because a message must be kept under its own name even when it is broken.
"""

import hashlib
import re
import unicodedata
from typing import Final, NamedTuple

import msgspec

MAX_ID_CHARACTERS: Final = 100
OWN_PREFIX: Final = "KHONG-MA-"
"""Ids we give to messages without a usable one; a sender may not use the prefix."""
_OWN_DIGITS = 24
_PUNCTUATION = frozenset("-._:")
_FIRST_ID = re.compile(rb'"message_id"\s*:\s*"([^"\\\x00-\x1f]{1,400})"')
_SOURCE = re.compile(r"[A-Z][A-Z0-9._-]{0,19}")
_BOM = b"\xef\xbb\xbf"


class Identity(NamedTuple):
    """The id a message is kept under, and the source it claims; `given` is False for an id of our own."""

    message_id: str
    source: str
    given: bool


class _Names(msgspec.Struct):
    message_id: object = None
    source: object = None


_decoder = msgspec.json.Decoder(_Names)


def is_message_id(text: object) -> bool:
    """One to 100 letters, digits, marks and `-._:`, starting with a letter or digit, not of our own making."""
    if not isinstance(text, str) or not 0 < len(text) <= MAX_ID_CHARACTERS:
        return False
    if text.isascii() and text.replace("-", "").isalnum() and text[0] != "-":
        return not text.startswith(OWN_PREFIX)
    return text[0].isalnum() and ".." not in text and all(_fits(char) for char in text)


def _fits(char: str) -> bool:
    return char in _PUNCTUATION or char.isalnum() or unicodedata.category(char) == "Mn"


def is_source(text: object) -> bool:
    """A short name in capitals, such as `BTP`."""
    return isinstance(text, str) and _SOURCE.fullmatch(text) is not None


def identity_of(body: bytes) -> Identity:
    """Id and claimed source of any bytes at all; never raises. An id of our own depends on the bytes alone."""
    message_id, source = _read(body.removeprefix(_BOM))
    claimed = source if isinstance(source, str) and is_source(source) else ""
    if isinstance(message_id, str) and is_message_id(message_id):
        return Identity(message_id, claimed, given=True)
    return Identity(own_id(body), claimed, given=False)


def own_id(body: bytes) -> str:
    """The id we give to bytes without a usable one."""
    return OWN_PREFIX + hashlib.sha256(body).hexdigest()[:_OWN_DIGITS].upper()


def _read(body: bytes) -> tuple[object, object]:
    try:
        names = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        found = _FIRST_ID.search(body)
        if found is None:
            return None, None
        try:
            return found[1].decode("utf-8"), None
        except UnicodeDecodeError:
            return None, None
    return names.message_id, names.source

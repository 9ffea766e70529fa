"""Whether a text can be a person's name: Vietnamese, Central-Highland and foreign Latin spellings.

Judges the text as received and never rewrites it; the kept form and the keys are the kernel's (`kernel.names`).
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from lienthong.gateways.justice_types import Fault
from lienthong.kernel import names
from lienthong.kernel.charsets import Charset, legacy_suggestion

MAX_GRAPHEMES: Final = 100
_MAX_MARKS = 2
_BIG, _SMALL = "A-ZÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝĂĐĨŨƠƯ\u1ea0-\u1ef9", "a-zà-ãè-êìíò-õùúýăđĩũơư\u1ea0-\u1ef9"
_WORD = f"(?:[{_BIG}]+|[{_BIG}][{_SMALL}]+)"
_CLEAN = re.compile(f"{_WORD}(?: {_WORD})*")
_BLANK = "\u00a0\u200b\u2060\ufeff\u3000"
_HIDDEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_ETH = re.compile("[Ðð]")
_PUNCTUATION = frozenset("'’‘`ʼ-‐‑.")
_BLANK_KINDS = re.compile(r"[\s]{2,}|^\s|\s$|[^\S ]")
_PLACEHOLDERS = frozenset(
    {
        "test",
        "thu",
        "khong ten",
        "chua dat ten",
        "chua co ten",
        "khong co ten",
        "be",
        "em be",
        "chua ro",
    }
    | {
        "khong ro",
        "khong biet",
        "con ba",
        "ho va ten",
        "ho ten",
        "nguyen van test",
        "abc",
        "asdf",
        "null",
        "none",
    }
)
_CODES: Final = {
    Charset.TCVN3: "E-TCVN3",
    Charset.VNI: "E-VNI",
    Charset.UTF8_TWICE: "E-MOJIBAKE",
}
_SAME_LETTER = re.compile(r"(\w)\1{2,}")


class ReadName(NamedTuple):
    """A name fit to keep: registered spelling, two comparison keys, and what is to be remarked on it."""

    text: str
    tone_key: str
    fold_key: str
    warnings: tuple[str, ...]


@lru_cache(maxsize=1 << 16)
def _syllable_keys(syllable: str) -> tuple[str, str]:
    """Both keys of one word. Vietnamese names share few thousand words, so nearly every one is kept already."""
    return names.tone_key(syllable), names.fold_key(syllable)


def read_name(text: str, path: str) -> ReadName:
    """The name in its kept form, with keys. Raises Fault with the code of the first thing wrong."""
    kept = text
    warnings: tuple[str, ...] = ()
    if len(text) > MAX_GRAPHEMES or not _CLEAN.fullmatch(text) or legacy_suggestion(text):
        warnings = _remarks(text, path)
        kept = names.stored_form(text)
    keys = [_syllable_keys(word) for word in kept.split(" ")]
    tone, fold = " ".join(key[0] for key in keys), " ".join(key[1] for key in keys)
    return ReadName(kept, tone, fold, warnings)


def check_given(name: ReadName, path: str) -> tuple[str, ...]:
    """Remarks due only to the child's own name. Raises Fault (E-NAME-TEST) for a placeholder."""
    if name.fold_key in _PLACEHOLDERS or _SAME_LETTER.fullmatch(name.fold_key.replace(" ", "")):
        raise Fault("E-NAME-TEST", path)
    words = name.text.split(" ")
    return ("W-NAME-SHORT",) if len(words) == 1 or len(words[-1]) == 1 else ()


def _remarks(text: str, path: str) -> tuple[str, ...]:
    """Warnings for a name that is unusual but good. Raises Fault for one that is not."""
    if not text.strip().strip(_BLANK).strip():
        raise Fault("E-NAME-EMPTY", path)
    _refuse_hidden(text, path)
    _refuse_spoilt(text, path)
    composed = unicodedata.normalize("NFC", text)
    _refuse_characters(composed, path)
    warnings = []
    if composed != text:
        warnings.append("W-NFC")
    if _ETH.search(text):
        warnings.append("W-ETH")
    if _BLANK_KINDS.search(text) or not any(char.isupper() for char in text):
        warnings.append("W-SPACE")
    return tuple(warnings)


def _refuse_hidden(text: str, path: str) -> None:
    for char in text:
        if unicodedata.category(char) == "Cc":
            raise Fault("E-CONTROL", path)
    if _HIDDEN.search(text):
        raise Fault("E-BIDI", path)


def _refuse_spoilt(text: str, path: str) -> None:
    meant = legacy_suggestion(text)
    if meant is not None:
        raise Fault(_CODES[meant.charset], path, suggestion=meant.text)
    letters_lost = "?" in text and not _looks_like_code(text)
    if letters_lost or "\ufffd" in text:
        raise Fault("E-REPLACED", path)


def _looks_like_code(text: str) -> bool:
    return any(char in "<>{}$;=%&" for char in text)


def _refuse_characters(text: str, path: str) -> None:
    marks = graphemes = 0
    after_letter = False
    for char in text:
        kind = unicodedata.category(char)
        if kind == "Mn":
            marks += 1
            if marks > _MAX_MARKS or not after_letter or not "\u0300" <= char <= "\u036f":
                raise Fault("E-NAME-CHAR", path)
            continue
        marks, graphemes = 0, graphemes + 1
        after_letter = kind[0] == "L" and char not in _PUNCTUATION
        if after_letter:
            _refuse_letter(char, path)
        elif not char.isspace() and char not in _PUNCTUATION:
            raise Fault("E-NAME-CHAR", path)
    if graphemes > MAX_GRAPHEMES:
        raise Fault("E-NAME-LONG", path)


def _refuse_letter(char: str, path: str) -> None:
    if not unicodedata.name(char, "").startswith("LATIN "):
        fancy = unicodedata.normalize("NFKC", char) != char
        raise Fault("E-NAME-CHAR" if fancy else "E-NAME-SCRIPT", path)
    if not ("\u0041" <= char <= "\u024f" or "\u1e00" <= char <= "\u1eff"):
        raise Fault("E-NAME-CHAR", path)

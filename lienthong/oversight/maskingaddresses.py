"""Finds in a text where somebody lives: what stands below the commune (house, alley, street, hamlet). Pure.

    spans("thường trú số 12 ngõ 5 đường Láng, phường Láng")      the part "số 12 ngõ 5 đường Láng"

A commune and what is above it names nobody, and a question about a unit's area needs it: it stays.
"""

import re
from typing import Final

_LIVES: Final = re.compile(
    r"\b(?:thường trú|tạm trú|cư trú|địa chỉ(?: nhà)?|nơi ở|chỗ ở|nhà ở|ngụ|hiện ở|sống)(?: hiện nay| hiện tại)?"
    r"(?:\s*:|\s+(?:tại|ở|là))*\s*",
    re.IGNORECASE,
)
_HOUSE: Final = re.compile(
    r"\b(?:(?:số nhà|nhà số|ngõ|ngách|hẻm|kiệt|căn hộ|tổ dân phố)\s+[^\W\d_]?\d"
    r"|số\s+\d+[^\W_]*(?:/\d+[^\W_]*)*,?\s+(?:ngõ|ngách|hẻm|kiệt|đường|phố)\b)",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"\s*([^\W_]+(?:/[^\W_]+)*|[,\-])")
_BELOW: Final = frozenset(
    [
        "số",
        "nhà",
        "ngõ",
        "ngách",
        "hẻm",
        "kiệt",
        "đường",
        "phố",
        "thôn",
        "xóm",
        "ấp",
        "buôn",
        "bản",
        "tổ",
        "khu",
        "căn",
        "hộ",
        "chung",
        "cư",
        "tầng",
        "tòa",
        "toà",
        "lô",
        "dân",
    ]
)
_ABOVE: Final = frozenset(["xã", "phường", "thị", "quận", "huyện", "tỉnh", "thành", "tp"])


def spans(plain: str) -> list[tuple[int, int]]:
    """The parts of the text that say where somebody lives, first and past-the-last place."""
    found = []
    for start in _LIVES.finditer(plain):
        first, last, is_house = _consumed(plain, start.end())
        if is_house:
            found.append((first, last))
    for start in _HOUSE.finditer(plain):
        _, last, _ = _consumed(plain, start.start())
        found.append((start.start(), max(last, start.end())))
    return found


def _consumed(plain: str, at: int) -> tuple[int, int, bool]:
    """From here on: words of an address, names and figures, up to the commune. The last says that there is a house in it."""
    first = last = at
    before, is_house = "", False
    while found := _TOKEN.match(plain, at):
        token = found[1]
        if token.lower() in _ABOVE or not _belongs(token):
            break
        if token not in {",", "-"}:
            if last == first:
                first = found.start(1)
            is_name = token[0].isupper() or token[0].isdigit()
            is_house = is_house or (before in _BELOW and is_name and token.lower() not in _BELOW)
            is_house = is_house or (before[:1].isdigit() and token[0].isupper())
            before, last = token.lower(), found.end()
        at = found.end()
    return first, last, is_house


def _belongs(token: str) -> bool:
    return (
        token in {",", "-"}
        or token.lower() in _BELOW
        or token[0].isupper()
        or any(it.isdigit() for it in token)
    )

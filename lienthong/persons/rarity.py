"""How rare a name is, in bits: what it says when two records bear the same one. Not for comparing names: `comparing`."""

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from math import log2
from typing import Final

from lienthong.kernel.names import fold_key

_LEAST: Final = 7.0
"""Names come in fashions: the commonest full name is shared by more people than its parts would tell."""
_MOST: Final = 16.0
"""No name says more: what looks rare may be a spelling that one office uses for all."""
_PER_MILLE: Final = 1000


@cache
def _shares() -> dict[str, tuple[dict[str, float], float]]:
    text = files("lienthong.persons").joinpath("name_shares.toml").read_text("utf-8")
    return {
        place: (_read(entry["shares"]), -log2(entry["else"] / _PER_MILLE))
        for place, entry in tomllib.loads(text).items()
    }


def _read(text: str) -> dict[str, float]:
    entries = (entry.strip().rpartition(" ") for entry in text.split(","))
    return {part: -log2(float(count) / _PER_MILLE) for part, _, count in entries}


def _bits(place: str, part: str) -> float:
    known, otherwise = _shares()[place]
    return known.get(part, otherwise)


@lru_cache(maxsize=1 << 14)
def rarity(name: str) -> float:
    """Bits of an equal name: -log2 of the share of people who bear it, judged without tones, between 7 and 16.

    Of more than one middle part the first counts whole, each other half: they are chosen together.
    """
    parts = fold_key(name).split(" ")
    if len(parts) == 1:
        return _LEAST
    middles = [_bits("middle", part) for part in parts[1:-1]]
    bits = _bits("surname", parts[0]) + _bits("given", parts[-1])
    bits += sum(middles[:1]) + sum(middles[1:]) / 2
    return min(max(bits, _LEAST), _MOST)

"""What a province or commune code of any day means today, so that a place before a merger equals the one after it.

A register gives no day with a code. A code in force today means today's commune: each of them that stood before
01/07/2025 went into the commune that kept its code. Divided communes have no one successor; they share a *place*,
the smallest set of today's communes that no divided commune crosses.
"""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

_SHIPPED = "data/divisions.json.gz"


@dataclass(frozen=True, slots=True)
class Place:
    """`commune` is empty where the commune was divided; `province` is today's province."""

    code: str
    commune: str
    place: str
    province: str


def known() -> tuple[Place, ...]:
    """Every province and commune code the shipped catalogue has, of any day."""
    document = json.loads(
        gzip.decompress(files("lienthong.catalogues").joinpath(_SHIPPED).read_bytes())
    )
    return read(document["divisions"], document["successions"])


def read(
    divisions: Iterable[tuple[str, ...]], successions: Iterable[tuple[str, ...]]
) -> tuple[Place, ...]:
    """Places of the catalogue's lists: (code, level, …, province_code, from, to, …), (old, new, …)."""
    rows = list(divisions)
    level = {row[0]: row[1] for row in rows}
    province = {row[0]: row[5] for row in rows}
    today = {row[0] for row in rows if not row[7]}
    following: dict[str, set[str]] = {}
    for old, new, *_ in successions:
        following.setdefault(old, set()).add(new)
    groups = _Groups()
    for code, heirs in following.items():
        if level[code] != "province":
            groups.join(heirs)
    found = []
    for code in sorted(level):
        heirs = {code} if code in today else following.get(code, set())
        if not heirs:
            continue
        first = min(heirs)
        here = province[first]
        if level[code] == "province":
            found.append(Place(code, "", "", first))
        else:
            found.append(Place(code, first if len(heirs) == 1 else "", groups.of(first), here))
    return tuple(found)


class _Groups:
    """Sets of communes that belong together."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, code: str) -> str:
        while (above := self._above.setdefault(code, code)) != code:
            code = above
        return code

    def join(self, codes: Iterable[str]) -> None:
        first, *rest = sorted(codes)
        for code in rest:
            low, high = sorted((self.of(first), self.of(code)))
            self._above[high] = low

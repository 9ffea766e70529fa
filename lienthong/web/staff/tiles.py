"""The provinces as tiles that lie like the country: where each stands in the grid, and what it shows.

Rows count from the north, columns from the west. Before 01/07/2025 there were 63 provinces: those stand in a plain
grid by code.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from lienthong.catalogues.coverage import Gap
from lienthong.catalogues.queries import ProvinceLine

_PREFIXES = ("Thành phố ", "Tỉnh ")
_SHORT_NAMES = {"79": "TP.HCM"}
_PLACES = {
    "12": (1, 1), "15": (1, 2), "08": (1, 3), "04": (1, 4),
    "11": (2, 1), "14": (2, 2), "19": (2, 3), "20": (2, 4),
    "25": (3, 2), "01": (3, 3), "24": (3, 4), "22": (3, 5),
    "37": (4, 3), "33": (4, 4), "31": (4, 5),
    "40": (5, 2), "38": (5, 3),
    "42": (6, 3),
    "44": (7, 3), "46": (7, 4),
    "48": (8, 4),
    "51": (9, 4), "52": (10, 4),
    "66": (11, 4), "56": (11, 5),
    "80": (12, 2), "75": (12, 3), "68": (12, 4),
    "91": (13, 1), "82": (13, 2), "79": (13, 3),
    "96": (14, 1), "92": (14, 2), "86": (14, 3),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """One province: `row` and `column` are 0 where the grid has no shape; `url` is empty where nothing opens."""

    name: str
    short_name: str
    row: int
    column: int
    gap_count: int
    waiting_count: int
    url: str
    is_here: bool


def tiles(
    provinces: Sequence[ProvinceLine],
    gaps: Collection[Gap],
    waiting: Mapping[tuple[str, str], int],
    *,
    url_of: Callable[[str], str],
    here: str,
) -> list[Tile]:
    """The provinces from north to south, or by code when one of them has no place in the grid.

    `waiting` counts dossiers by code and name: a code alone means another province before 01/07/2025.
    """
    faulty = Counter(
        key
        for _, key in {(it.commune_code, _short(it.province_code, it.province_name)) for it in gaps}
    )
    waits: Counter[tuple[str, str]] = Counter()
    for (code, name), count in waiting.items():
        waits[_short(code, name)] += count
    # A period across a reform also has provinces that came later; a province that became a city is the same.
    names = {_short(it.code, it.name): it.name for it in provinces}
    names = {key: key[1] for key in (*faulty, *waits) if key[1]} | names
    has_shape = sorted(code for code, _ in names) == sorted(_PLACES)
    found = [
        Tile(
            name,
            key[1],
            *(_PLACES[key[0]] if has_shape else (0, 0)),
            faulty[key],
            waits[key],
            url_of(key[0]),
            key[0] == here,
        )
        for key, name in sorted(names.items())
    ]
    return sorted(found, key=lambda it: (it.row, it.column))


def _short(code: str, name: str) -> tuple[str, str]:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return code, _SHORT_NAMES.get(code, name)

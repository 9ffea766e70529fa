"""The provinces as tiles of the check screen: which communes have no unit of their own, and who waits behind them.

The 34 provinces lie like the country (`tilegrid`); those before 01/07/2025 stand in a plain grid by code.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from lienthong.catalogues.coverage import Gap
from lienthong.catalogues.queries import ProvinceLine
from lienthong.web.staff.tilegrid import SINCE_2025, short_name


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
    has_shape = sorted(code for code, _ in names) == sorted(SINCE_2025)
    found = [
        Tile(
            name,
            key[1],
            *(SINCE_2025[key[0]] if has_shape else (0, 0)),
            faulty[key],
            waits[key],
            url_of(key[0]),
            key[0] == here,
        )
        for key, name in sorted(names.items())
    ]
    return sorted(found, key=lambda it: (it.row, it.column))


def _short(code: str, name: str) -> tuple[str, str]:
    return code, short_name(name)

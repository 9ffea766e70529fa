"""The provinces of a day as tiles with one measure: a list of links that lies like the country. No child."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lienthong.web.staff.measures import Judged, Measure
from lienthong.web.staff.tilegrid import Grid, grid_of, short_name


@dataclass(frozen=True, slots=True)
class Spot(Judged):
    """One tile. `row` and `column` are 0 where the provinces have no shape; `is_sea` marks a group of islands."""

    name: str
    short_name: str
    value_vi: str
    state: str = ""
    url: str = ""
    row: int = 0
    column: int = 0
    is_sea: bool = False


@dataclass(frozen=True, slots=True)
class CountryMap:
    """The tiles from north to south, and the name of their shape; '' when they have none."""

    spots: Sequence[Spot]
    grid: str


def country_map(
    names: Mapping[str, str],
    measure: Measure,
    values: Mapping[str, float | None],
    url_of: Callable[[str], str],
) -> CountryMap:
    """Tiles of the provinces `names` (code to name) with their values by code; a province without one says so."""
    grid = grid_of(names)
    spots = []
    for code, name in names.items():
        value = values.get(code)
        row, column = grid.places[code] if grid else (0, 0)
        spots.append(
            Spot(
                name,
                short_name(name),
                measure.written(value),
                measure.state(value),
                url_of(code),
                row,
                column,
            )
        )
    spots += _islands(grid)
    key = (lambda it: (it.row, it.column)) if grid else (lambda it: it.name)
    return CountryMap(sorted(spots, key=key), grid.name if grid else "")


def _islands(grid: Grid | None) -> list[Spot]:
    if grid is None:
        return []
    return [
        Spot(
            it.name,
            it.name.removeprefix("Quần đảo "),
            it.province_name,
            row=it.place[0],
            column=it.place[1],
            is_sea=True,
        )
        for it in grid.islands
    ]

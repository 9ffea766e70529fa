"""Where each province stands in a grid that lies like the country: 34 since 01/07/2025, 63 before.

Rows count from the north, columns from the west. A code alone does not say which province is meant: a merged one kept the
code of one of its parts; so the grid is chosen by the set of codes that stood on the day.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

Place = tuple[int, int]
_PREFIXES = ("Thành phố ", "Tỉnh ")
_SHORT_NAMES = {"Hồ Chí Minh": "TP.HCM", "Bà Rịa - Vũng Tàu": "Vũng Tàu", "Thừa Thiên Huế": "Huế"}

SINCE_2025: Final[Mapping[str, Place]] = {
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
BEFORE_2025: Final[Mapping[str, Place]] = {
    "12": (1, 1), "10": (1, 2), "02": (1, 3), "04": (1, 4),
    "11": (2, 1), "15": (2, 2), "08": (2, 3), "06": (2, 4), "20": (2, 5),
    "14": (3, 1), "25": (3, 2), "26": (3, 3), "19": (3, 4), "24": (3, 5), "22": (3, 6),
    "17": (4, 2), "01": (4, 3), "27": (4, 4), "30": (4, 5), "31": (4, 6),
    "35": (5, 3), "33": (5, 4), "34": (5, 5),
    "37": (6, 3), "36": (6, 4),
    "38": (7, 3),
    "40": (8, 3),
    "42": (9, 3),
    "44": (10, 3),
    "45": (11, 3), "46": (11, 4),
    "49": (12, 4), "48": (12, 5),
    "62": (13, 4), "51": (13, 5),
    "64": (14, 4), "52": (14, 5),
    "66": (15, 4), "54": (15, 5),
    "67": (16, 4), "56": (16, 5),
    "72": (17, 2), "70": (17, 3), "68": (17, 4), "58": (17, 5),
    "80": (18, 2), "74": (18, 3), "75": (18, 4), "60": (18, 5),
    "87": (19, 1), "82": (19, 2), "79": (19, 3), "77": (19, 4),
    "89": (20, 1), "92": (20, 2), "86": (20, 3), "83": (20, 4),
    "91": (21, 1), "93": (21, 2), "94": (21, 3), "84": (21, 4),
    "96": (22, 1), "95": (22, 2),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Islands:
    """A group of islands as the grid notes it: its name, the province it belongs to, and where it stands."""

    name: str
    province_code: str
    province_name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Grid:
    """One shape of the country: where each province code stands, and the islands beside it."""

    name: str
    places: Mapping[str, Place]
    islands: tuple[Islands, ...]


GRIDS: Final = (
    Grid(
        "since",
        SINCE_2025,
        (
            Islands("Quần đảo Hoàng Sa", "48", "Đà Nẵng", (8, 5)),
            Islands("Quần đảo Trường Sa", "56", "Khánh Hòa", (12, 5)),
        ),
    ),
    Grid(
        "before",
        BEFORE_2025,
        (
            Islands("Quần đảo Hoàng Sa", "48", "Đà Nẵng", (12, 6)),
            Islands("Quần đảo Trường Sa", "56", "Khánh Hòa", (16, 6)),
        ),
    ),
)


def grid_of(codes: Collection[str]) -> Grid | None:
    """The shape whose provinces these are; None for a mixture, as a period across a reform has it."""
    wanted = sorted(codes)
    return next((it for it in GRIDS if sorted(it.places) == wanted), None)


def short_name(name: str) -> str:
    """A province's name as a tile has room for it: without its kind."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return _SHORT_NAMES.get(name, name)

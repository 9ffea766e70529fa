"""The shape of the country in tiles: every province of a day has a place of its own, and keeps its neighbours."""

from datetime import date

import pytest

from lienthong.accounts.permissions import every_permission
from lienthong.catalogues import queries
from lienthong.kernel.actor import system_actor
from lienthong.web.staff.tilegrid import BEFORE_2025, GRIDS, SINCE_2025, grid_of, short_name

BY = system_actor(every_permission())


@pytest.mark.parametrize(
    ("day", "count", "name"),
    [
        (date(2024, 12, 31), 63, "before"),
        (date(2025, 6, 30), 63, "before"),
        (date(2025, 7, 1), 34, "since"),
    ],
)
def test_the_provinces_of_a_day_have_their_shape(
    db: None, day: date, count: int, name: str
) -> None:
    codes = [it.code for it in queries.provinces(BY, on=day)]
    grid = grid_of(codes)
    assert grid is not None
    assert (len(codes), grid.name) == (count, name)


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.name)
def test_no_two_stand_on_one_place(grid: object) -> None:
    places = [*grid.places.values(), *(it.place for it in grid.islands)]
    assert len(set(places)) == len(places)
    assert [it.province_code for it in grid.islands] == ["48", "56"]


def test_a_mixture_has_no_shape() -> None:
    assert grid_of([*SINCE_2025][:-1]) is None
    assert grid_of({*SINCE_2025, *BEFORE_2025, "99"}) is None


def test_the_country_lies_as_it_does() -> None:
    """North above south, west left of east, for pairs that anybody knows."""
    for places in (BEFORE_2025, SINCE_2025):
        rows = [places[code][0] for code in ("04", "01", "38", "46", "48", "56", "79", "96")]
        assert rows == sorted(rows)
        assert places["11"][1] < places["01"][1] < places["22"][1]
        assert places["66"][1] < places["56"][1]


def test_short_names_fit_a_tile() -> None:
    assert short_name("Thành phố Hồ Chí Minh") == "TP.HCM"
    assert short_name("Tỉnh Bà Rịa - Vũng Tàu") == "Vũng Tàu"
    assert short_name("Tỉnh Cà Mau") == "Cà Mau"

"""The stated shares of the synthetic country (`data/country.toml`), typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from lienthong.simulation.names import load

LEFT, RIGHT = 0, 1
SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of 0 to 1 by name, as the file states them: `households` are weights."""

    day: date
    households: Mapping[str, float]
    births: Mapping[str, float]
    coverage: Mapping[str, tuple[float, float]]
    presence: Mapping[str, float]
    flaws: Mapping[str, tuple[float, float]]
    """Share on the left and on the right, of those exposed; easiest first."""


def _sides(entry: Mapping[str, Any]) -> tuple[float, float]:
    return float(entry["left"]), float(entry["right"])


@cache
def shares() -> Shares:
    """The shares of this release."""
    stated = load("country")
    return Shares(
        day=stated["day"],
        households=stated["households"],
        births=stated["births"],
        coverage={name: _sides(entry) for name, entry in stated["coverage"].items()},
        presence=stated["presence"],
        flaws={entry["name"]: _sides(entry) for entry in stated["flaw"]},
    )


CLEAN, NO_COMMON_ID, DOUBLE, ONLY_LEFT, ONLY_RIGHT = (
    "clean",
    "no_common_id",
    "double",
    "only_left",
    "only_right",
)


def classes() -> tuple[str, ...]:
    """The classes of a pair, easiest first; then those of one side alone."""
    *flaws, unnamed = shares().flaws
    return (CLEAN, *flaws, NO_COMMON_ID, unnamed, DOUBLE, ONLY_LEFT, ONLY_RIGHT)

"""Where fictional births are registered: communes and facilities as plain data, drawn by province.

Holds no list of its own and needs no database: the caller hands the catalogues in as `Places`. The rounded
population figures only make a demo believable.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from lienthong.simulation.chance import Urn
from lienthong.simulation.names import load

CAPITAL = "01"
_CAPITAL_SHARE = 0.25
"""A quarter of the births fall on Hà Nội, so that the demo's province has work."""
_SMALL_PROVINCE = 1000.0
_SPREAD = 0.6


@dataclass(frozen=True, slots=True)
class Places:
    """The catalogues as a sender knows them: `(commune code, code of its present province)`, facilities by commune.

    `former` communes had one heir on `merged_on`, `split` ones several. `unknown` codes stand in no catalogue.
    """

    communes: Sequence[tuple[str, str]]
    facilities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    former: Sequence[tuple[str, str]] = ()
    split: Sequence[tuple[str, str]] = ()
    unknown: Sequence[str] = ("99901", "99902", "99903")
    merged_on: date = date(2025, 7, 1)


class Map:
    """Draws a commune: first a province by its people, then one of its communes, some larger than others."""

    def __init__(self, places: Places, *, capital_share: float = _CAPITAL_SHARE) -> None:
        self.places = places
        by_province: dict[str, dict[str, float]] = {}
        for code, province_code in places.communes:
            size = random.Random(f"size of {code}").lognormvariate(0.0, _SPREAD)
            by_province.setdefault(province_code, {})[code] = size
        self._communes = {code: Urn.of(sizes) for code, sizes in by_province.items()}
        self._provinces = Urn.of(_province_weights(list(by_province), capital_share))

    def draw(self, rng: random.Random) -> tuple[str, str]:
        """A present commune and its province."""
        province_code = self._provinces.draw(rng)
        return self._communes[province_code].draw(rng), province_code

    def neighbour(self, rng: random.Random, province_code: str) -> str:
        """A commune of the province; of any province where this one has none."""
        communes = self._communes.get(province_code)
        return communes.draw(rng) if communes else self.draw(rng)[0]

    def facility(self, rng: random.Random, commune_code: str) -> str:
        """A facility of the commune where a child may be registered; empty when none is known."""
        known = self.places.facilities.get(commune_code)
        return known[int(rng.random() * len(known))] if known else ""


def _province_weights(codes: Sequence[str], capital_share: float) -> dict[str, float]:
    """Shares of the births: by people, the capital's share set apart."""
    known = load("provinces")["province"]
    people = {
        code: float(known[code]["people"]) if code in known else _SMALL_PROVINCE for code in codes
    }
    others = sum(count for code, count in people.items() if code != CAPITAL)
    if CAPITAL in people and others:
        people[CAPITAL] = others * capital_share / (1 - capital_share)
    return people

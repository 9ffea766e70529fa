"""Where households live: today's communes by their people, and the codes that each had before 01/07/2025."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from lienthong.catalogues import loading
from lienthong.simulation import places
from lienthong.simulation.geography import CAPITAL, Map, Places
from lienthong.simulation.names import load

_SAME_PROVINCE = 0.7
_EVE = date(2025, 6, 30)


@dataclass(frozen=True, slots=True)
class Spot:
    """A commune as a register writes it, in the codes of one day: a province of 63 or of 34."""

    commune_code: str
    province_code: str


class Land:
    """Draws where people live, lived, and what the place was called in the old codes."""

    def __init__(self, day: date) -> None:
        present = places.communes(day)
        self._map = Map(
            Places([(it.code, it.province_code) for it in present]), capital_share=_capital_share()
        )
        self._province_of = {it.code: it.province_code for it in present}
        self._former = _former(self._province_of)

    def draw(self, rng: random.Random) -> Spot:
        """A place of today, by the people of the provinces."""
        return Spot(*self._map.draw(rng))

    def elsewhere(self, rng: random.Random, spot: Spot) -> Spot:
        """Another place of today: mostly in the same province (34 of them)."""
        if rng.random() < _SAME_PROVINCE:
            code = self._map.neighbour(rng, spot.province_code)
            if code != spot.commune_code:
                return Spot(code, self._province_of[code])
        other = self.draw(rng)
        while other.commune_code == spot.commune_code:
            other = self.draw(rng)
        return other

    def former(self, rng: random.Random, spot: Spot) -> Spot | None:
        """One of the communes of June 2025 that became the place; None where the code stayed as it was."""
        found = self._former.get(spot.commune_code)
        return found[int(rng.random() * len(found))] if found else None


def _capital_share() -> float:
    people = {code: float(it["people"]) for code, it in load("provinces")["province"].items()}
    return people[CAPITAL] / sum(people.values())


def _former(province_of: Mapping[str, str]) -> Mapping[str, list[Spot]]:
    """Old communes by the commune of today that took them in, whole or in part, where code or province changed."""
    old = {it.code: it.province_code for it in places.communes(_EVE)}
    found: dict[str, list[Spot]] = {}
    for code, heir, *_ in loading.shipped().successions:
        if heir in province_of and code in old:
            spot = Spot(code, old[code])
            if spot != Spot(heir, province_of[heir]):
                found.setdefault(heir, []).append(spot)
    return found


@cache
def land(day: date) -> Land:
    """The land of the day, built once a process."""
    return Land(day)

"""Names of fictional people as Vietnam spells them: the majority's, and those of thirty-odd other peoples by place.

Made from own lists of common parts (`data/*.toml`); no register of real people stands behind it. Not for matching
or comparing names: that is `kernel.names`.
"""

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lienthong.simulation.chance import Urn

KINH = "01"
_SEXES = ("male", "female")
_DATA = "lienthong.simulation"


@cache
def load(name: str) -> Mapping[str, Any]:
    """One of this package's data files, parsed."""
    return tomllib.loads((files(_DATA) / "data" / f"{name}.toml").read_text("utf-8"))


def _weights(text: str) -> dict[str, float]:
    """`"part weight, part weight"` as a mapping; a part may hold blanks."""
    pairs = (entry.strip().rpartition(" ") for entry in text.replace("\n", " ").split(","))
    return {part: float(weight) for part, _, weight in pairs if part}


def _share(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {thing: weight / total for thing, weight in weights.items()}


def _majority_given(sex: str) -> dict[str, float]:
    """Middle and given name together, with the share of each: part coupled, part independent."""
    kinh = load("names")["kinh"]
    mix, parts = kinh["mix"], kinh[sex]
    flat = float(mix["flatness"])
    middles = _share({part: w**flat for part, w in _weights(parts["middles"]).items()})
    givens = _share({part: w**flat for part, w in _weights(parts["givens"]).items()})
    # "Anh Anh" and "Ngọc Ngọc" are not given; the other middles take their share.
    independent = {
        f"{middle} {given}": share * given_share / (1 - middles.get(given, 0.0))
        for given, given_share in givens.items()
        for middle, share in middles.items()
        if middle != given
    }
    couples = {couple.strip() for couple in parts["couples"].replace("\n", " ").split(",")}
    weight = float(mix["couple_weight"])
    coupled = _share(
        {name: share * (weight if name in couples else 1) for name, share in independent.items()}
    )
    half = float(mix["coupled_share"])
    return {name: half * coupled[name] + (1 - half) * share for name, share in independent.items()}


@dataclass(frozen=True, slots=True)
class _People:
    """How one of the other peoples shapes its names."""

    clans: Urn
    own: Urn
    patterns: Mapping[str, Urn]


def _people(entry: Mapping[str, Any]) -> _People:
    patterns = {
        sex: Urn.of(
            {text: float(weight) for text, _, weight in (p.rpartition(" ") for p in entry[sex])}
        )
        for sex in _SEXES
    }
    clans = _weights(entry["clans"])
    return _People(Urn.of(clans), Urn.of(_weights(entry.get("own", "")) or clans), patterns)


class NameModel:
    """Draws names; the same generator gives the same names. About 1 µs a name of the majority."""

    def __init__(self) -> None:
        kinh = load("names")["kinh"]
        self._surnames = Urn.of(_weights(kinh["surnames"]))
        self._given = {sex: Urn.of(_majority_given(sex)) for sex in _SEXES}
        self._inserts = Urn.of(_weights(kinh["fashion"]["inserts"]))
        self._fashion_share = float(kinh["fashion"]["share"])
        self._parent_share = float(kinh["parents"]["share"])
        self._parent_middles = {sex: Urn.of(_weights(kinh["parents"][sex])) for sex in _SEXES}
        self._plain_given = {sex: Urn.of(_weights(kinh[sex]["givens"])) for sex in _SEXES}
        self._peoples = {code: _people(entry) for code, entry in load("peoples")["group"].items()}
        self._groups = {
            code: Urn.of(_with_majority(entry["groups"]))
            for code, entry in load("provinces")["province"].items()
        }

    def group(self, rng: random.Random, province_code: str) -> str:
        """The ethnic group of a family living in the province (34 provinces), as a two-digit code."""
        urn = self._groups.get(province_code)
        return KINH if urn is None else urn.draw(rng)

    def surname(self, rng: random.Random) -> str:
        """A surname of the majority, by the national shares."""
        return self._surnames.draw(rng)

    def family_name(self, rng: random.Random, group: str) -> str:
        """The surname or clan that a family of the group hands down."""
        people = self._peoples.get(group)
        return self._surnames.draw(rng) if people is None else people.clans.draw(rng)

    def heir(self, rng: random.Random, sex: str, *, group: str, family: str) -> str:
        """A child's full name under the family's surname or clan, where the people's names carry one."""
        people = self._peoples.get(group)
        if people is None:
            return self.child(rng, sex, surname=family)
        return self._shaped(rng, people, sex, clan=family)

    def elder(self, rng: random.Random, sex: str, *, group: str, family: str) -> str:
        """As `heir`, for a person named a generation earlier."""
        people = self._peoples.get(group)
        if people is None:
            return self.parent(rng, sex, surname=family)
        return self._shaped(rng, people, sex, clan=family)

    def child(self, rng: random.Random, sex: str, *, group: str = KINH, surname: str = "") -> str:
        """The full name of a newborn. `sex` is `male` or `female`; `surname` is the family's, for the majority."""
        people = self._peoples.get(group)
        if people is not None:
            return self._shaped(rng, people, sex)
        rest = self._given[sex].draw(rng)
        family = surname or self._surnames.draw(rng)
        if rng.random() < self._fashion_share:
            insert = self._inserts.draw(rng)
            if insert != family and insert not in rest:
                return f"{family} {insert} {rest}"
        return f"{family} {rest}"

    def parent(self, rng: random.Random, sex: str, *, group: str = KINH, surname: str = "") -> str:
        """The full name of a parent: as for a child, with the plainer middles of a generation earlier."""
        people = self._peoples.get(group)
        if people is not None:
            return self._shaped(rng, people, sex)
        family = surname or self._surnames.draw(rng)
        if rng.random() < self._parent_share:
            return (
                f"{family} {self._parent_middles[sex].draw(rng)} {self._plain_given[sex].draw(rng)}"
            )
        return f"{family} {self._given[sex].draw(rng)}"

    def _shaped(self, rng: random.Random, people: _People, sex: str, clan: str = "") -> str:
        pattern = people.patterns[sex].draw(rng)
        return pattern.format(
            clan=clan or people.clans.draw(rng),
            own=people.own.draw(rng),
            viet=self._given[sex].draw(rng),
        )


def _with_majority(groups: Mapping[str, float]) -> dict[str, float]:
    """Per mille of the other peoples, filled up to a thousand with the majority."""
    return {KINH: 1000.0 - sum(groups.values()), **groups}


@cache
def model() -> NameModel:
    """The model of this package's data, built once."""
    return NameModel()


def effective_count(names: Sequence[str]) -> float:
    """1 / probability that two people of the list, drawn without return, share the full name."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    same_pairs = sum(count * (count - 1) for count in counts.values())
    return len(names) * (len(names) - 1) / same_pairs if same_pairs else float("inf")

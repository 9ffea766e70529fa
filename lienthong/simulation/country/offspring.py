"""The children of a household: births of one mother years apart, seldom two or three at a time, named like a family."""

import random
from bisect import bisect
from datetime import timedelta
from itertools import accumulate

from lienthong.simulation.country import people
from lienthong.simulation.country.people import Household, Person
from lienthong.simulation.country.plan import Shares
from lienthong.simulation.names import KINH, NameModel, model

DAYS_A_YEAR = 365.25
_PLAIN_NAMES = ((1965, 0.32), (1985, 0.22), (2000, 0.10))
"""Of those born before the year, the share with a plain name of the elders (Nguyễn Văn …, Trần Thị …)."""
_WISHED = tuple(accumulate((0.08, 0.30, 0.45, 0.12, 0.04, 0.01)))
_FIRST_BIRTH, _FIRST_BIRTHS_SPAN, _LAST_BIRTH = 19.5, 11.0, 46.0
_LEAVE_HOME = 24.0
_SAME_SEX_TWINS = 0.6
_TRIES = 8
_NAMES_TRIED = 40


def name_of(names: NameModel, rng: random.Random, person: Person) -> str:
    """A name of the person's sex, people, family and time."""
    year = person.born_on.year
    plain = next((share for before, share in _PLAIN_NAMES if year < before), 0.0)
    give = names.elder if plain and rng.random() < plain else names.heir
    return give(rng, person.sex, group=person.group, family=person.family)


class Offspring:
    """Lets children into households; `rng` is the only chance."""

    def __init__(self, shares: Shares, rng: random.Random) -> None:
        self._day, self._births, self._rng = shares.day, shares.births, rng
        self._names = model()

    def join(
        self, home: Household, mother: Person, family: str, relation: str, *, least: int = 0
    ) -> None:
        """The children of the mother who still live at home, eldest first, under the family's name."""
        rng = self._rng
        wished = max(least, bisect(_WISHED, rng.random()))
        mothers_age = (self._day - mother.born_on).days / DAYS_A_YEAR
        at_birth = _FIRST_BIRTH + rng.random() * _FIRST_BIRTHS_SPAN
        siblings: list[Person] = []
        for _ in range(wished):
            age = mothers_age - at_birth
            if age <= 0 or at_birth > _LAST_BIRTH:
                break
            at_birth += 1.0 + rng.random() * 5
            if age < _LEAVE_HOME:
                self._deliver(siblings, mother, family, int(age * DAYS_A_YEAR))
        for child in siblings:
            home.add(child, relation)

    def _deliver(self, siblings: list[Person], mother: Person, family: str, days: int) -> None:
        drawn = self._rng.random()
        count = 1
        if drawn < self._births["twins"]:
            count = 3 if drawn < self._births["triplets"] else 2
        born_on = self._day - timedelta(days=days)
        delivered: list[Person] = []
        for _ in range(count):
            child = Person("", self._sex(delivered), born_on, mother.group, family, mother=mother)
            child.mother_name = mother.full_name
            self._christen(child, siblings, is_twin=bool(delivered))
            delivered.append(child)
            siblings.append(child)
        if count > 1:
            for child in delivered:
                child.kin = people.TWIN

    def _sex(self, delivered: list[Person]) -> str:
        if delivered and self._rng.random() < _SAME_SEX_TWINS:
            return delivered[0].sex
        return "male" if self._rng.random() < self._births["boys"] else "female"

    def _christen(self, child: Person, siblings: list[Person], *, is_twin: bool) -> None:
        """A name that no brother or sister bears; for some, one syllable from the last one's."""
        taken = {it.full_name for it in siblings}
        last = siblings[-1] if siblings else None
        if last is not None and last.sex == child.sex and child.group == KINH:
            kind = "one_syllable_apart_twins" if is_twin else "one_syllable_apart_siblings"
            if self._rng.random() < self._births[kind]:
                child.full_name = self._one_syllable_apart(last, taken)
        if child.full_name:
            child.kin = people.SIBLING
            if last is not None and not last.kin:
                last.kin = people.SIBLING
            return
        child.full_name = self._new_name(child, taken)

    def _new_name(self, child: Person, taken: set[str]) -> str:
        name = name_of(self._names, self._rng, child)
        for _ in range(_NAMES_TRIED):
            if name not in taken:
                return name
            name = name_of(self._names, self._rng, child)
        return f"{name} Út"

    def _one_syllable_apart(self, other: Person, taken: set[str]) -> str:
        """Minh An and Minh Anh; "" when chance finds none."""
        head = other.full_name.rpartition(" ")[0]
        for _ in range(_TRIES):
            drawn = self._names.heir(self._rng, other.sex, group=KINH, family="")
            given = drawn.rpartition(" ")[2]
            if given not in head.split(" ") and f"{head} {given}" not in taken:
                return f"{head} {given}"
        return ""

"""Makes households: couples with children, three generations, people alone; surnames handed down, twins, siblings.

The same generator gives the same households. Everybody's facts are as they are; what registers make of them is
`registers`.
"""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from lienthong.simulation.chance import Urn, happens
from lienthong.simulation.country import people
from lienthong.simulation.country.land import Land
from lienthong.simulation.country.offspring import DAYS_A_YEAR, Offspring, name_of
from lienthong.simulation.country.people import Household, Person
from lienthong.simulation.country.plan import Shares
from lienthong.simulation.names import NameModel, model

_ADULT = 18.0
_MAN_HEADS = 0.85
_WIDOW, _WIDOWER = 0.35, 0.10

_Maker = Callable[[Household, str], None]


class Builder:
    """Makes households of the land; `rng` is the only chance."""

    def __init__(self, land: Land, shares: Shares, rng: random.Random) -> None:
        self._land, self._shares, self._rng = land, shares, rng
        self._names: NameModel = model()
        self._kinds = Urn.of(shares.households)
        self._offspring = Offspring(shares, rng)
        self._makers: Mapping[str, _Maker] = {
            "couple_with_children": self._couple_with_children,
            "couple_alone": self._couple_alone,
            "alone": self._alone,
            "three_generations": self._three_generations,
            "one_parent": self._one_parent,
            "grandparents_with_grandchildren": self._grandparents_with_grandchildren,
        }

    def household(self) -> Household:
        """One household; nobody in it has a place in the country yet."""
        rng = self._rng
        home = Household(self._land.draw(rng))
        group = self._names.group(rng, home.spot.province_code)
        self._makers[self._kinds.draw(rng)](home, group)
        return home

    # ------------------------------------------------------------ kinds of households

    def _couple_with_children(self, home: Household, group: str) -> None:
        age = self._age(26, 60)
        father, mother = self._couple(group, age)
        if happens(self._rng, _MAN_HEADS):
            home.add(father, people.HEAD)
            home.add(mother, people.WIFE)
        else:
            home.add(mother, people.HEAD)
            home.add(father, people.HUSBAND)
        self._offspring.join(home, mother, father.family, people.CHILD)

    def _couple_alone(self, home: Household, group: str) -> None:
        husband, wife = self._couple(group, self._age(22, 88))
        home.add(husband, people.HEAD)
        home.add(wife, people.WIFE)

    def _alone(self, home: Household, group: str) -> None:
        sex = "female" if happens(self._rng, 0.6) else "male"
        head = home.add(self._adult(sex, group, self._age(19, 90)), people.HEAD)
        if happens(self._rng, 0.12):
            age = max(_ADULT, self._years(head) - 1 - self._rng.random() * 8)
            self._with_sibling(home, head, group, age)

    def _with_sibling(self, home: Household, head: Person, group: str, age: float) -> None:
        other = self._adult("female" if happens(self._rng, 0.5) else "male", group, age)
        other.family = head.family
        other.full_name = self._name(other)
        other.mother_name = head.mother_name
        home.add(other, people.YOUNGER_SIBLING)

    def _one_parent(self, home: Household, group: str) -> None:
        mother = home.add(self._adult("female", group, self._age(22, 55)), people.HEAD)
        # Half bear the name of a father who is not there.
        is_mothers = happens(self._rng, 0.5)
        family = mother.family if is_mothers else self._names.family_name(self._rng, group)
        self._offspring.join(home, mother, family, people.CHILD, least=1)

    def _three_generations(self, home: Household, group: str) -> None:
        rng = self._rng
        age = self._age(26, 50)
        father, mother = self._couple(group, age)
        is_his_family = happens(rng, 0.85)
        heir, other = (father, mother) if is_his_family else (mother, father)
        olds = self._grandparents(heir, group, self._years(heir))
        if happens(rng, 0.5):
            self._seat_elders(home, olds)
            home.add(heir, people.CHILD)
            home.add(other, people.DAUGHTER_IN_LAW if is_his_family else people.SON_IN_LAW)
            relation = people.GRANDCHILD
        else:
            home.add(heir, people.HEAD)
            home.add(other, people.WIFE if is_his_family else people.HUSBAND)
            for old in olds:
                home.add(old, people.FATHER if old.sex == "male" else people.MOTHER)
            relation = people.CHILD
        self._offspring.join(home, mother, father.family, relation, least=1)

    def _grandparents_with_grandchildren(self, home: Household, group: str) -> None:
        """The parents work far away: the children's mother is known by name alone."""
        absent = self._adult("female", group, self._age(24, 40))
        husband, wife = self._couple(group, self._years(absent) + 22 + self._rng.random() * 10)
        self._seat_elders(home, [husband, wife])
        alone = Household(home.spot)
        self._offspring.join(alone, absent, husband.family, people.GRANDCHILD, least=1)
        for child in alone.members:
            child.mother = None
            home.add(child, people.GRANDCHILD)

    # ------------------------------------------------------------ adults

    def _grandparents(self, heir: Person, group: str, heirs_age: float) -> list[Person]:
        """The heir's father and mother, or one of them, whose name and years fit the heir."""
        rng = self._rng
        mother = self._adult("female", group, heirs_age + 19 + rng.random() * 14)
        heir.mother_name = mother.full_name
        drawn = rng.random()
        if drawn < _WIDOW:
            heir.mother = mother
            return [mother]
        father = self._adult("male", group, self._years(mother) + max(-4.0, rng.gauss(3, 3)))
        father.family = heir.family
        father.full_name = self._name(father)
        if drawn < _WIDOW + _WIDOWER:
            return [father]
        heir.mother = mother
        return [father, mother]

    def _seat_elders(self, home: Household, olds: list[Person]) -> None:
        head, *others = olds
        home.add(head, people.HEAD)
        for other in others:
            home.add(other, people.WIFE)

    def _couple(self, group: str, mans_age: float) -> tuple[Person, Person]:
        womans_age = max(_ADULT, mans_age - self._rng.gauss(3, 3))
        return self._adult("male", group, mans_age), self._adult("female", group, womans_age)

    def _adult(self, sex: str, group: str, age: float) -> Person:
        rng = self._rng
        family = self._names.family_name(rng, group)
        person = Person("", sex, self._day_of(age), group, family)
        person.full_name = self._name(person)
        mothers = self._names.family_name(rng, group)
        person.mother_name = self._names.elder(rng, "female", group=group, family=mothers)
        return person

    def _name(self, person: Person) -> str:
        return name_of(self._names, self._rng, person)

    def _age(self, youngest: int, oldest: int) -> float:
        """Years between the two, the younger ones commoner."""
        first, second = self._rng.random(), self._rng.random()
        return youngest + (oldest - youngest) * min(first, 0.4 + 0.6 * second)

    def _day_of(self, age: float) -> date:
        return self._shares.day - timedelta(days=int(age * DAYS_A_YEAR))

    def _years(self, person: Person) -> float:
        return (self._shares.day - person.born_on).days / DAYS_A_YEAR

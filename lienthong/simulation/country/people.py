"""A fictional person and household: the facts as they are, before any register writes them down."""

from dataclasses import dataclass, field
from datetime import date

from lienthong.simulation.children import UNASSIGNED_PREFIXES
from lienthong.simulation.country.land import Spot

MOST_PERSONS = 10_000_000
"""The ids of a year and sex are numbered by person: ten prefixes of a million each."""
_MILLION = 1_000_000
_ID_STRIDE, _ID_START = 700_001, 123_457
_NUMBERS = 100_000_000
_NUMBER_STRIDE, _NUMBER_START = 38_194_711, 20_260_101
_SECOND = "28"
"""Prefix of the numbers that a doubled person holds besides his own."""

TWIN, SIBLING = "twin", "sibling"
HEAD, WIFE, HUSBAND, FATHER, MOTHER = "00", "01", "02", "03", "04"
YOUNGER_SIBLING, CHILD, GRANDCHILD, DAUGHTER_IN_LAW, SON_IN_LAW, OTHER = (
    "05",
    "08",
    "09",
    "19",
    "20",
    "99",
)
"""Relations to the head of the household (rules §7.5)."""


@dataclass(slots=True)
class Person:
    """One person. `mother` lives in the household; `mother_name` is known of others too. `kin`: twin, sibling or "".

    `family` is the surname or clan handed down; `group` the ethnic group's code. `kin` is `twin` for children of one delivery, `sibling` for children of one mother whose names are one syllable
    apart.
    """

    full_name: str
    sex: str
    born_on: date
    group: str
    family: str
    relation: str = ""
    mother: "Person | None" = None
    mother_name: str = ""
    kin: str = ""
    index: int = -1
    personal_id: str = ""
    number: str = ""

    def settle(self, index: int) -> None:
        """Give the person his place in the country, and so his fictional ids."""
        self.index = index
        self.personal_id = personal_id(self.sex, self.born_on, index)
        self.number = insurance_number(index)


@dataclass(slots=True)
class Household:
    """Persons under one roof, the head first; `code` is unique in the country."""

    spot: Spot
    members: list[Person] = field(default_factory=list)
    code: str = ""

    def add(self, person: Person, relation: str) -> Person:
        """Let a person in, as what he is to the head."""
        person.relation = relation
        self.members.append(person)
        return person


def personal_id(sex: str, born_on: date, index: int) -> str:
    """A twelve-digit id that can be nobody's: unassigned prefix, century and sex, year, six digits; unique by index."""
    gender = (born_on.year // 100 - 19) * 2 + (sex == "female")
    prefix = UNASSIGNED_PREFIXES[index // _MILLION]
    serial = (index * _ID_STRIDE + _ID_START) % _MILLION
    return f"{prefix}{gender}{born_on.year % 100:02}{serial:06}"


def insurance_number(index: int) -> str:
    """A ten-digit number that can be nobody's: a province code never assigned, then a serial; unique by index."""
    serial = (index * _NUMBER_STRIDE + _NUMBER_START) % _NUMBERS
    return f"{UNASSIGNED_PREFIXES[index % 9][1:]}{serial:08}"


def second_number(index: int) -> str:
    """The number that a register gave a person who had one already."""
    serial = (index * _NUMBER_STRIDE + _NUMBER_START) % _NUMBERS
    return f"{_SECOND}{serial:08}"

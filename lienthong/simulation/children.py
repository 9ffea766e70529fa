"""Fictional children and their families: who is born where, to whom, registered when, with which personal id.

Personal ids use province prefixes that were never assigned (003, 005, …), so none can belong to anybody. Makes
the facts; how a message carries them is `messages`.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from lienthong.simulation.chance import Urn, happens
from lienthong.simulation.geography import Map
from lienthong.simulation.names import KINH, NameModel, model

UNASSIGNED_PREFIXES = ("003", "005", "007", "009", "013", "016", "018", "021", "023", "028")
_ROOM = 1_000_000
_STRIDE, _START = 700_001, 123_457
"""A step without a common factor with `_ROOM`: ids look drawn by lot and never repeat."""
_BOYS = 0.527
"""111.5 boys to 100 girls at birth."""
_TWINS, _TRIPLETS = 0.011, 0.0002
_LIVES_ELSEWHERE = 0.07
_LATE, _ON_TIME_DAYS, _MEAN_LAG_DAYS = 0.04, 58, 11.0
_YOUNGEST, _OLDEST, _MEAN_AGE, _AGE_SPREAD = 17, 45, 28.0, 5.0
_DAYS_A_YEAR = 365
_OTHER_SEX = {"male": "female", "female": "male", "undetermined": "female"}
_CAUSES = Urn.of(
    {
        "PID_NO_ANSWER": 40,
        "PID_VERIFY_REQUIRED": 28,
        "PID_SUSPECT_DUPLICATE": 16,
        "PID_TECH_ERROR": 11,
        "PID_CORRECTION_PENDING": 5,
    }
)


@dataclass(frozen=True, slots=True)
class Parent:
    """Father or mother: a name, the day of birth as the registrar wrote it, a fictional personal id."""

    name: str
    born: str
    personal_id: str
    insurance_number: str = ""


@dataclass(slots=True)
class Child:
    """One fictional child with the register entry made for it. `group` is the ethnic group's code."""

    number: int
    full_name: str
    sex: str
    born_on: date
    registered_on: date
    commune_code: str
    province_code: str
    residence_code: str
    book: str = ""
    entry: str = ""
    kind: str = "1"
    group: str = KINH
    nationality: str = "VN"
    mother: Parent | None = None
    father: Parent | None = None
    foundling: bool = False
    facility_code: str = ""
    birth_notice_code: str = ""
    true_personal_id: str = ""
    personal_id: str = ""
    id_cause: str = ""
    address: str = ""
    household_code: str = ""
    area_code: str = ""


@dataclass(slots=True)
class Mint:
    """Deals out fictional personal ids, register entries, insurance numbers and birth notices, none twice."""

    ids: dict[str, int] = field(default_factory=dict)
    entries: dict[tuple[str, int], int] = field(default_factory=dict)
    notices: int = 0

    def personal_id(self, sex: str, born_on: date) -> str:
        """A fictional id: unassigned prefix, century and sex, year, six digits."""
        century = born_on.year // 100 - 19
        middle = f"{century * 2 + (sex == 'female')}{born_on.year % 100:02}"
        count = self.ids.get(middle, 0)
        self.ids[middle] = count + 1
        prefix = UNASSIGNED_PREFIXES[count // _ROOM]
        return f"{prefix}{middle}{(count * _STRIDE + _START) % _ROOM:06}"

    def entry(self, commune_code: str, year: int) -> tuple[str, str]:
        """The next line of the commune's book of the year: book and number."""
        count = self.entries.get((commune_code, year), 0) + 1
        self.entries[commune_code, year] = count
        return f"01/{year}", str(count)

    def notice(self, facility_code: str, year: int) -> str:
        """The code of a new birth notice (giấy chứng sinh)."""
        self.notices += 1
        return f"{facility_code}.GCS.{self.notices:05}.{year % 100:02}"


_HAMLETS = 12


class Nursery:
    """Makes children; the same seed makes the same ones in the same order."""

    def __init__(self, land: Map, rng: random.Random, *, missing_id_share: float = 0.05) -> None:
        self.land = land
        self.mint = Mint()
        self._rng = rng
        self._names: NameModel = model()
        self._missing_id_share = missing_id_share
        self._count = 0

    def family(self, registered_on: date) -> list[Child]:
        """The children of one delivery, registered that day: one, seldom two, hardly ever three."""
        rng = self._rng
        first = self._single(registered_on)
        drawn = rng.random()
        if drawn > _TWINS or first.foundling:
            return [first]
        others = 2 if drawn < _TRIPLETS else 1
        return [first, *(self._sibling(first) for _ in range(others))]

    def plain(self, registered_on: date) -> Child:
        """One child without anything unusual: both parents, an id, a facility."""
        child = self._start(registered_on, self._rng.random() * 30)
        self._add_parents(child)
        self._add_papers(child)
        return child

    def enter(self, child: Child, commune_code: str, on: date) -> Child:
        """The same child entered in another book, or on another day."""
        book, entry = self.mint.entry(commune_code, on.year)
        return replace(child, commune_code=commune_code, registered_on=on, book=book, entry=entry)

    def _start(self, registered_on: date, lag_days: float) -> Child:
        rng = self._rng
        commune_code, province_code = self.land.draw(rng)
        group = self._names.group(rng, province_code)
        sex = "male" if rng.random() < _BOYS else "female"
        self._count += 1
        book, entry = self.mint.entry(commune_code, registered_on.year)
        home = commune_code
        if happens(rng, _LIVES_ELSEWHERE):
            home = self.land.neighbour(rng, province_code)
        child = Child(
            self._count,
            "",
            sex,
            registered_on - timedelta(days=int(lag_days)),
            registered_on,
            commune_code,
            province_code,
            home,
            book,
            entry,
            group=group,
        )
        child.address = (
            f"Thôn {1 + int(rng.random() * 12)}"
            if group != KINH
            # No draw of its own: the names of a seed stay as they were.
            else (
                f"Số {1 + int(rng.random() * 240)} ngõ {1 + int(rng.random() * 60)},"
                f" tổ {1 + self._count % _HAMLETS}"
            )
        )
        return child

    def _single(self, registered_on: date) -> Child:
        rng = self._rng
        lag = min(rng.expovariate(1 / _MEAN_LAG_DAYS), _ON_TIME_DAYS)
        late = rng.random() < _LATE
        if late:
            lag = 61 + rng.expovariate(1 / 260.0)
            lag = min(lag, 5.5 * _DAYS_A_YEAR)
        child = self._start(registered_on, lag)
        child.kind = "4" if late else "1"
        self._add_parents(child)
        self._add_papers(child)
        self._add_oddities(child)
        return child

    def _sibling(self, first: Child) -> Child:
        rng = self._rng
        self._count += 1
        book, entry = self.mint.entry(first.commune_code, first.registered_on.year)
        alike = first.sex != "undetermined" and happens(rng, 0.6)
        sex = first.sex if alike else _OTHER_SEX[first.sex]
        twin = replace(first, number=self._count, sex=sex, book=book, entry=entry)
        twin.full_name = self._twin_name(first, sex)
        self._add_papers(twin)
        return twin

    def _twin_name(self, first: Child, sex: str) -> str:
        """Parents of twins like names one syllable apart: Minh An and Minh Anh."""
        head, _, last = first.full_name.rpartition(" ")
        surname = first.full_name.split(" ", maxsplit=1)[0]
        own = self._names.child(self._rng, sex, group=first.group, surname=surname)
        given = own.rpartition(" ")[2]
        same_shape = head and sex == first.sex and given != last and first.group == KINH
        return f"{head} {given}" if same_shape else own if own != first.full_name else f"{own} Nhi"

    def _add_parents(self, child: Child) -> None:
        rng = self._rng
        child.mother = self._parent(child, "female", _MEAN_AGE)
        child.father = self._parent(child, "male", _MEAN_AGE + 3)
        surname = child.father.name.split(" ", maxsplit=1)[0]
        child.full_name = self._names.child(rng, child.sex, group=child.group, surname=surname)

    def _parent(self, child: Child, sex: str, mean_age: float) -> Parent:
        rng = self._rng
        age = min(max(rng.gauss(mean_age, _AGE_SPREAD), _YOUNGEST), _OLDEST)
        born_on = child.born_on - timedelta(days=int(age * _DAYS_A_YEAR) + int(rng.random() * 365))
        born = f"{born_on.year}"
        if happens(rng, 0.55):
            born = f"{born_on.day:02}/{born_on.month:02}/{born}"
        elif happens(rng, 0.1):
            born = f"{born_on.month:02}/{born}"
        name = self._names.parent(rng, sex, group=child.group)
        return Parent(name, born, self.mint.personal_id(sex, born_on))

    def _add_papers(self, child: Child) -> None:
        rng = self._rng
        child.true_personal_id = self.mint.personal_id(child.sex, child.born_on)
        child.personal_id = child.true_personal_id
        child.facility_code = self.land.facility(rng, child.residence_code)
        if child.facility_code:
            child.birth_notice_code = self.mint.notice(child.facility_code, child.born_on.year)

    def _add_oddities(self, child: Child) -> None:
        """What is rare but lawful: one parent, a foundling, registered abroad, no personal id yet, no facility."""
        rng = self._rng
        self._change_family(child)
        if happens(rng, 0.006):
            child.kind, child.personal_id, child.id_cause = "3", "", "PID_NOT_APPLICABLE"
            child.birth_notice_code = ""
        elif happens(rng, 0.0005):
            child.sex, child.personal_id, child.id_cause = "undetermined", "", "PID_NOT_APPLICABLE"
        elif happens(rng, self._missing_id_share):
            child.personal_id = ""
            child.id_cause = _CAUSES.draw(rng)
        if happens(rng, 0.12):
            child.facility_code = ""

    def _change_family(self, child: Child) -> None:
        rng = self._rng
        if happens(rng, 0.04):
            child.father = None
        elif happens(rng, 0.004):
            child.mother = None
        elif happens(rng, 0.001):
            child.mother = child.father = None
            child.foundling, child.birth_notice_code = True, ""

"""Writes households into two registers, each with its own gaps and slips, and the truth about every pair beside them.

Left is the household register, right the collection register. Ids of rows tell nothing of who is who.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from lienthong.simulation.country import people, plan
from lienthong.simulation.country.flaws import FLAWS, Circumstances, Flaw, Row, household_code
from lienthong.simulation.country.land import Land
from lienthong.simulation.country.people import Household, Person
from lienthong.simulation.country.plan import LEFT, RIGHT, SIDES, Shares

REGISTER_COLUMNS = (
    "id",
    "full_name",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "mother_name",
    "province_code",
    "commune_code",
    "household_code",
)
TRUTH_COLUMNS = ("left_id", "right_id", "class", "kin", "flaws")
HOUSEHOLD_COLUMNS = ("household_code", "commune_code", "member_id", "relation", "mother_id")

_ADULT_DAYS = 18 * 365
_IDS = 100_000_000
_DOUBLED = 10_000_000
_SPELL_ID = (("HG", 61_803_399, 14_142_135), ("TH", 27_182_817, 57_721_566))
"""Prefix, step and start of a register's row ids: a step without a common factor with `_IDS` never repeats one."""
_DOUBLE_WITHOUT_ID = 0.6
"""Most people are entered twice because the second clerk had no personal id to look them up by."""


@dataclass(slots=True)
class Entry:
    """One row of a register, what went wrong in it, and whether the person stands there already."""

    row: Row
    flaws: list[str]
    is_double: bool = False


@dataclass(slots=True)
class Sheets:
    """Rows of the four files; `counts` has the pairs by class."""

    left: list[tuple[str, ...]] = field(default_factory=list)
    right: list[tuple[str, ...]] = field(default_factory=list)
    truth: list[tuple[str, ...]] = field(default_factory=list)
    households: list[tuple[str, ...]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


_Steps = tuple[tuple[str, float, Flaw], ...]


@cache
def _steps(side: int, *, is_household_struck: bool) -> _Steps:
    """The flaws with their shares. Old codes on the left and half of the moves on the right strike whole households."""
    shares = {name: sides[side] for name, sides in plan.shares().flaws.items()}
    if side == LEFT:
        shares["old_commune"] = float(is_household_struck)
    else:
        shares["moved"] = 1.0 if is_household_struck else shares["moved"] / 2
    return tuple((name, shares[name], flaw) for name, flaw in FLAWS.items())


@cache
def _hardness() -> dict[str, int]:
    return {name: at for at, name in enumerate(plan.classes())}


def row_id(side: int, index: int, *, is_double: bool = False) -> str:
    """The id of a person's row in a register: unique there, without meaning."""
    prefix, step, start = _SPELL_ID[side]
    return f"{prefix}{((index + _DOUBLED * is_double) * step + start) % _IDS:08}"


class Scribe:
    """Writes one household after the other; `rng` is the only chance."""

    def __init__(self, land: Land, shares: Shares, rng: random.Random) -> None:
        self._land, self._shares, self._rng = land, shares, rng
        self._earlier: list[Person] = []
        self.sheets = Sheets()

    def write(self, home: Household) -> None:
        """Put the members, who have their places in the country, into the files."""
        home.code = household_code(home.spot, home.members[0].index)
        here = [self._circumstances(home, side) for side in (LEFT, RIGHT)]
        written = [(it, *self._entries(it, home, here)) for it in home.members]
        ids = {person.index: lefts[0].row.id for person, lefts, _ in written if lefts}
        for person, lefts, rights in written:
            self._tell(person, lefts, rights)
            self.sheets.left.extend(entry.row.cells() for entry in lefts)
            self.sheets.right.extend(entry.row.cells() for entry in rights)
            mother_id = ids.get(person.mother.index, "") if person.mother else ""
            self._seat(person, lefts, home, mother_id)
        self._earlier.extend(home.members)

    def _circumstances(self, home: Household, side: int) -> Circumstances:
        rng, flaws = self._rng, self._shares.flaws
        here = Circumstances(rng, self._land, self._shares.day, self._earlier, side, home.spot)
        if side == LEFT and rng.random() < flaws["old_commune"][LEFT]:
            here.old_spot = self._land.former(rng, home.spot)
        if side == RIGHT and rng.random() < flaws["moved"][RIGHT] / 2:
            here.away = self._land.elsewhere(rng, home.spot)
        return here

    # ------------------------------------------------------------ rows

    def _entries(
        self, person: Person, home: Household, here: Sequence[Circumstances]
    ) -> tuple[list[Entry], list[Entry]]:
        presence, rng = self._shares.presence, self._rng
        drawn = rng.random()
        if drawn < presence["only_left"]:
            return [self._entry(person, home, here[LEFT])], []
        if drawn < presence["only_left"] + presence["only_right"]:
            return [], [self._entry(person, home, here[RIGHT])]
        found = []
        for side in (LEFT, RIGHT):
            entries = [self._entry(person, home, here[side])]
            if rng.random() < presence[f"double_{SIDES[side]}"]:
                entries.append(self._entry(person, home, here[side], is_double=True))
            found.append(entries)
        return found[LEFT], found[RIGHT]

    def _entry(
        self, person: Person, home: Household, here: Circumstances, *, is_double: bool = False
    ) -> Entry:
        row, told = self._plain(person, home, here.side), []
        if is_double:
            row.id = row_id(here.side, person.index, is_double=True)
            row.insurance_number = people.second_number(person.index)
            if self._rng.random() < _DOUBLE_WITHOUT_ID:
                row.personal_id, told = "", ["missing_id"]
        flaws = self._spoil(row, person, here)
        return Entry(row, [*told, *(it for it in flaws if it not in told)], is_double)

    def _plain(self, person: Person, home: Household, side: int) -> Row:
        """The facts, as far as the register holds them."""
        rng, coverage = self._rng, self._shares.coverage
        is_adult = (self._shares.day - person.born_on).days > _ADULT_DAYS
        knows_mother = coverage["adult_mother" if is_adult else "child_mother"][side]
        return Row(
            row_id(side, person.index),
            person.full_name,
            person.born_on.isoformat(),
            person.sex,
            person.personal_id,
            person.number,
            person.mother_name if rng.random() < knows_mother else "",
            home.spot.province_code,
            home.spot.commune_code,
            home.code if rng.random() < coverage["household"][side] else "",
        )

    def _spoil(self, row: Row, person: Person, here: Circumstances) -> list[str]:
        """Let go wrong what does; the names of the flaws."""
        chance, struck = self._rng.random, here.old_spot or here.away
        steps = _steps(here.side, is_household_struck=struck is not None)
        return [name for name, share, flaw in steps if chance() < share and flaw(row, person, here)]

    # ------------------------------------------------------------ truth

    def _tell(self, person: Person, lefts: list[Entry], rights: list[Entry]) -> None:
        truth, counts = self.sheets.truth, self.sheets.counts
        for left, right in product(lefts, rights):
            kind = _class(left, right)
            counts[kind] += 1
            flaws = [f"{it}@left" for it in left.flaws] + [f"{it}@right" for it in right.flaws]
            truth.append((left.row.id, right.row.id, kind, person.kin, " ".join(flaws)))
        if lefts and rights:
            return
        only = (lefts or rights)[0]
        side, kind = (SIDES[LEFT], plan.ONLY_LEFT) if lefts else (SIDES[RIGHT], plan.ONLY_RIGHT)
        counts[kind] += 1
        ids = (only.row.id, "") if lefts else ("", only.row.id)
        truth.append((*ids, kind, person.kin, " ".join(f"{it}@{side}" for it in only.flaws)))

    # ------------------------------------------------------------ households

    def _seat(self, person: Person, entries: list[Entry], home: Household, mother_id: str) -> None:
        """The person's places in the household register; one who is listed apart is a head of his own there."""
        for entry in entries:
            row, relation = entry.row, person.relation
            if row.household_code != home.code:
                relation = people.HEAD
            elif entry.is_double and relation == people.HEAD:
                relation = people.OTHER
            place = (row.household_code, row.commune_code, row.id)
            self.sheets.households.append((*place, relation, mother_id))


def _class(left: Entry, right: Entry) -> str:
    """The hardest thing that happened to either side."""
    if left.is_double or right.is_double:
        return plan.DOUBLE
    kinds = left.flaws + right.flaws
    one, other = left.row, right.row
    if not (one.personal_id and other.personal_id) and not (
        one.insurance_number and other.insurance_number
    ):
        kinds = [*kinds, plan.NO_COMMON_ID]
    hardness = _hardness()
    return max(kinds, key=hardness.__getitem__, default=plan.CLEAN)

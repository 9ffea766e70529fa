"""What the decision at intake is worth: children who are new, twins, namesakes and doubles, over thresholds.

As many births a day as the whole country has, so that namesakes are as near as they are in truth. The blocks are those
of `births/alike.sql`; the score is the one that the enrolment uses. Reads no dossier and writes nothing.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from lienthong.catalogues.kinship import kin_of
from lienthong.kernel.names import fold_key
from lienthong.persons.likeness import Facts, Rule, Verdict
from lienthong.persons.matching import score
from lienthong.simulation.children import Child, Nursery
from lienthong.simulation.geography import Map, Places
from lienthong.simulation.second_entries import KINDS

_A_DAY: Final = 3_900
"""Births a day in the whole country."""
_SISTERS: Final = 0.3
"""Families of which an older child is known."""
_NAMED_ALIKE: Final = 0.5
_TWICE: Final = 0.05
_TWICE_IN_TRUTH: Final = 0.003
"""Guess at the share of births entered twice without an exact key; precision is told at that share."""
_LEVELS: Final = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
_NEVER: Final = 2.0
_LAST_MONTH: Final = 12


@dataclass(slots=True)
class _Register:
    """Everybody known so far, findable by the blocks of the intake."""

    people: list[Facts] = field(default_factory=list)
    blocks: dict[tuple[object, ...], list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, facts: Facts) -> int:
        """Enter a person; his place."""
        self.people.append(facts)
        place = len(self.people) - 1
        for key in _keys_of(facts):
            self.blocks[key].append(place)
        return place

    def near(self, facts: Facts) -> set[int]:
        """Whoever shares a block."""
        found = {it for key in _keys_asked(facts) for it in self.blocks.get(key, ())}
        return {it for it in found if _is_worth_scoring(facts, self.people[it])}


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one arrival; `kind` is that of a second entry, '' for a first one.

    Of the best candidate: its probability, whether a rule asks whatever the weight, whether it is the child himself.
    """

    kind: str
    probability: float
    by_rule: bool
    is_himself: bool

    def is_held(self, level: float) -> bool:
        """True when an officer is asked at that threshold."""
        return self.by_rule or self.probability >= level


def run(births: int, *, seed: int, until: date, places: Places) -> dict[str, object]:
    """Precision, recall and false holds of the decision at each threshold, recall by kind at the setting's."""
    started = time.perf_counter()
    told, pairs = _arrivals(births, seed, until, places)
    firsts = [it for it in told if not it.kind]
    seconds = [it for it in told if it.kind]
    return {
        "bench": "intake",
        "births": len(firsts),
        "second_entries": len(seconds),
        "pairs_scored": pairs,
        "seconds": round(time.perf_counter() - started, 1),
        "thresholds": {str(level): _at(level, firsts, seconds) for level in _LEVELS},
        "recall_by_kind": {kind: _recall(seconds, kind) for kind in KINDS},
    }


def _at(level: float, firsts: Sequence[Told], seconds: Sequence[Told]) -> dict[str, float]:
    held = sum(it.is_held(level) for it in firsts) / len(firsts)
    found = sum(it.is_held(level) and it.is_himself for it in seconds) / len(seconds)
    true_share = found * _TWICE_IN_TRUTH
    asked = true_share + held * (1 - _TWICE_IN_TRUTH)
    return {
        "recall": round(found, 4),
        "false_holds": round(held, 6),
        "precision_at_3_in_1000": round(true_share / asked, 4) if asked else 1.0,
    }


def _recall(seconds: Sequence[Told], kind: str) -> dict[str, float]:
    of_kind = [it for it in seconds if it.kind == kind]
    return {
        str(level): round(
            sum(it.is_held(level) and it.is_himself for it in of_kind) / max(len(of_kind), 1), 4
        )
        for level in (0.5, 0.9, 0.99)
    }


def _arrivals(births: int, seed: int, until: date, places: Places) -> tuple[list[Told], int]:
    rng = random.Random(f"intake {seed}")
    nursery = Nursery(Map(places), rng)
    kin = kin_of([code for code, _ in places.communes])
    register, told, pairs = _Register(), list[Told](), 0
    for child in _children(nursery, births, until):
        facts = _facts(child, kin)
        if rng.random() < _SISTERS:
            register.add(_sister(facts, nursery, child, rng))
        near = register.near(facts)
        pairs += len(near)
        told.append(_judged(facts, near, register, "", -1))
        himself = register.add(facts)
        if rng.random() < _TWICE:
            kind = rng.choice(list(KINDS))
            second = KINDS[kind](facts, rng)
            told.append(_judged(second, register.near(second), register, kind, himself))
    return told, pairs


def _children(nursery: Nursery, births: int, until: date) -> Iterator[Child]:
    made = 0
    while made < births:
        day = until - timedelta(days=made // _A_DAY)
        for child in nursery.family(day):
            made += 1
            yield child


def _judged(facts: Facts, near: set[int], register: _Register, kind: str, himself: int) -> Told:
    best = Told(kind, 0.0, by_rule=False, is_himself=False)
    for place in sorted(near):
        found = score(facts, register.people[place], ask=_NEVER)
        if found.rule == Rule.TWINS:
            continue
        by_rule = found.verdict is not Verdict.NEW
        if (by_rule, found.probability) > (best.by_rule, best.probability):
            best = Told(kind, found.probability, by_rule, place == himself)
    return best


def _facts(child: Child, kin: Mapping[str, frozenset[str]]) -> Facts:
    mother, father = child.mother, child.father
    return Facts(
        full_name=child.full_name,
        born_on=child.born_on,
        sex=child.sex,
        personal_id=child.personal_id,
        birth_notice_code=child.birth_notice_code,
        mother_name=mother.name if mother else "",
        mother_born=mother.born if mother else "",
        mother_personal_id=mother.personal_id if mother else "",
        father_name=father.name if father else "",
        father_personal_id=father.personal_id if father else "",
        commune_code=child.residence_code,
        commune_day=child.registered_on,
        commune_kin=kin.get(child.residence_code, frozenset()),
    )


def _sister(facts: Facts, nursery: Nursery, child: Child, rng: random.Random) -> Facts:
    """An older child of the same parents, often named alike."""
    born = child.born_on - timedelta(days=rng.randrange(300, 2000))
    head, _, _ = facts.full_name.rpartition(" ")
    other = nursery.plain(born).full_name.rpartition(" ")[2]
    return replace(
        facts,
        full_name=f"{head} {other}"
        if head and rng.random() < _NAMED_ALIKE
        else f"{facts.full_name.split(' ')[0]} {other}",
        born_on=born,
        personal_id=nursery.mint.personal_id(child.sex, born)
        if child.sex != "undetermined"
        else "",
        birth_notice_code="",
    )


def _keys_of(facts: Facts) -> Iterator[tuple[object, ...]]:
    yield ("name", facts.born_on, fold_key(facts.full_name))
    yield ("place", facts.born_on, facts.commune_code)
    if facts.mother_personal_id:
        yield ("mother", facts.mother_personal_id)


def _keys_asked(facts: Facts) -> Iterator[tuple[object, ...]]:
    fold = fold_key(facts.full_name)
    for day in {facts.born_on, _swapped(facts.born_on)}:
        yield ("name", day, fold)
    for code in {facts.commune_code, *facts.commune_kin}:
        yield ("place", facts.born_on, code)
    if facts.mother_personal_id:
        yield ("mother", facts.mother_personal_id)


def _is_worth_scoring(facts: Facts, other: Facts) -> bool:
    """What `alike.sql` asks of a candidate beside its block."""
    fold, known = fold_key(facts.full_name), fold_key(other.full_name)
    if fold == known or (
        facts.mother_personal_id and facts.mother_personal_id == other.mother_personal_id
    ):
        return True
    is_called_so = fold.rpartition(" ")[2] == known.rpartition(" ")[2]
    return is_called_so or bool(
        facts.mother_name and facts.mother_name.upper() == other.mother_name.upper()
    )


def _swapped(day: date | None) -> date | None:
    if day is None or day.day > _LAST_MONTH:
        return day
    return date(day.year, day.day, day.month)

"""Scripts of hospitals that look cards up: one that works honestly, and those that harvest. For tests and the demo.

Each gives calls without end; `walk` asks them in batches, as a program would, until the account is stopped.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle, islice

from lienthong.cards import lookup
from lienthong.cards.lookup import MISSES, Asker, BirthDate, Call, Verdict, key_of
from lienthong.simulation.chance import happens
from lienthong.simulation.names import model

TYPING_ERRORS = 0.05
"""Look-ups in which somebody mistyped. Source: guarantees D.3, 2 to 5 of a hundred."""
UNKNOWN_NEWBORNS = 0.025
"""Look-ups of newborns whose code nobody knows: 1,149 of 46,396 at a hospital of two sites, to 24/09/2026."""
_CHILD_DAYS = 2_190
_STOPPED = frozenset({Verdict.NO_ACCOUNT, Verdict.OVER_LIMIT, Verdict.CLOSED})


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a card, as a counter knows him from his papers."""

    number: str
    name: str
    born: date


@dataclass(slots=True)
class Walk:
    """What came of it: verdicts counted, and how many calls were made until nothing was answered any more."""

    asked: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)

    @property
    def hits(self) -> int:
        """Calls that showed somebody's data."""
        silent = MISSES | _STOPPED | {Verdict.OVER_TARGET}
        return sum(count for verdict, count in self.verdicts.items() if verdict not in silent)

    @property
    def is_stopped(self) -> bool:
        """True when the last calls were not answered at all."""
        return any(self.verdicts[verdict] for verdict in _STOPPED)


def walk(calls: Iterator[Call], *, most: int, at_once: int = 1) -> Walk:
    """Ask up to `most` calls, `at_once` in a statement; ends with the batch in which the account was stopped."""
    done = Walk()
    while done.asked < most and not done.is_stopped:
        batch = list(islice(calls, min(at_once, most - done.asked)))
        if not batch:
            break
        done.asked += len(batch)
        done.verdicts.update(answer.verdict for answer in lookup.look_up(batch))
    return done


def counting_up(asker: Asker, *, first: int, on: date, seed: int) -> Iterator[Call]:
    """Numbers in a row, each with a name and a birth date out of the air."""
    rng = random.Random(seed)
    while True:
        yield _call(asker, f"{first:010}", _name(rng), _birthday(rng, on), on)
        first += 1


def guessing_names(
    asker: Asker, holders: Sequence[Holder], *, on: date, seed: int
) -> Iterator[Call]:
    """Numbers that people really have, from a list without names: a guess at the name of each."""
    rng = random.Random(seed)
    for holder in cycle(holders):
        yield _call(asker, holder.number, _name(rng), holder.born, on)


def reading_a_list(asker: Asker, holders: Sequence[Holder], *, on: date) -> Iterator[Call]:
    """A stolen list with everything in it: not one miss. Only the day's limit and decoys in the list are in its way."""
    for holder in cycle(holders):
        yield _call(asker, holder.number, holder.name, holder.born, on)


def hiding_among_patients(
    asker: Asker, holders: Sequence[Holder], *, guesses: float, on: date, seed: int
) -> Iterator[Call]:
    """So many guesses at numbers in a row as are said, between look-ups of patients who are known."""
    rng = random.Random(seed)
    number = 4_000_000_000
    for holder in cycle(holders):
        while happens(rng, guesses):
            number += 1
            yield _call(asker, f"{number:010}", _name(rng), _birthday(rng, on), on)
        yield _call(asker, holder.number, holder.name, holder.born, on)


def working_honestly(
    asker: Asker, holders: Sequence[Holder], *, on: date, rng: random.Random
) -> Iterator[Call]:
    """Patients in any order; now and then a slip of the finger, or a newborn whom nobody knows yet."""
    while True:
        holder = rng.choice(holders)
        if happens(rng, UNKNOWN_NEWBORNS):
            born = on - timedelta(days=rng.randrange(5))
            yield _call(asker, f"{rng.randrange(10**8):08}00", f"Con bà {_name(rng)}", born, on)
        elif happens(rng, TYPING_ERRORS):
            yield _mistyped(asker, holder, on, rng)
        else:
            yield _call(asker, holder.number, holder.name, holder.born, on)


def _mistyped(asker: Asker, holder: Holder, on: date, rng: random.Random) -> Call:
    slip = rng.randrange(3)
    if slip == 0:
        place = rng.randrange(len(holder.number))
        other = str((int(holder.number[place]) + 1 + rng.randrange(9)) % 10)
        number = holder.number[:place] + other + holder.number[place + 1 :]
        return _call(asker, number, holder.name, holder.born, on)
    if slip == 1:
        letters = list(holder.name)
        letters[rng.randrange(len(letters))] = rng.choice("ABEGHIKLMNOPSTUVXY")
        return _call(asker, holder.number, "".join(letters), holder.born, on)
    wrong = holder.born + timedelta(days=rng.choice((-30, -10, -1, 1, 9, 31)))
    return _call(asker, holder.number, holder.name, wrong, on)


def _name(rng: random.Random) -> str:
    return model().child(rng, rng.choice(("male", "female")))


def _birthday(rng: random.Random, on: date) -> date:
    return on - timedelta(days=rng.randrange(_CHILD_DAYS))


def _call(asker: Asker, code: str, name: str, born: date, on: date) -> Call:
    birth = BirthDate(born.year, born.month, born.day)
    return Call(asker, key_of(code, on=on), name, birth, on)

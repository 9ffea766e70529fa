"""Counts records by place and category, in one statement; what a column is worth follows from the categories alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.law import deadlines
from lienthong.reports import places
from lienthong.reports.columns import Column
from lienthong.reports.states import AGE_BOUNDS, Category

_EVERYTHING = """
    SELECT place, what, value, count FROM reports_tally(
        %(first)s, %(last)s, %(as_of)s, %(bounds)s::date[], %(level)s, %(provinces)s::smallint[], %(area)s, %(communes)s::int[],
        true, NULL)
    WHERE value IS NOT NULL
"""
_SEEN = """
    SELECT place, what, value, count FROM reports_tally_seen(
        %(first)s, %(last)s, %(as_of)s, %(bounds)s::date[], %(level)s, %(provinces)s::smallint[], %(area)s, %(communes)s::int[])
    WHERE value IS NOT NULL
"""
_MINUTES_AN_HOUR = 60
_ONE_DAY = timedelta(days=1)
_NOTHING: Counter[int] = Counter()
# A district is made of the communes that stood under it.
_COUNTED_BY = {"district": "commune"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: days of receipt, an instant, a level, and a place by its code."""

    first: date
    last: date
    as_of: datetime
    level: str
    within: str

    @property
    def parameters(self) -> dict[str, Any]:
        """The words of the statements."""
        inside = places.within(self.within, on=day_of(self.as_of))
        return {
            "first": self.first,
            "last": self.last,
            "as_of": self.as_of,
            "bounds": age_bounds(day_of(self.as_of)),
            "level": _COUNTED_BY.get(self.level, self.level),
            "provinces": inside.provinces,
            "area": inside.area,
            "communes": inside.communes,
        }


@dataclass(slots=True)
class Tally:
    """How many records of each category, and how many took how many office minutes for each step."""

    categories: Counter[int] = field(default_factory=Counter)
    paces: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, what: int, value: int, count: int) -> None:
        """Take in one line of the statement."""
        counter = self.paces[what] if what else self.categories
        counter[value] += count


def day_of(as_of: datetime) -> date:
    """The Vietnamese day of the instant: what was due before it is late."""
    return vietnam_date(as_of)


def age_bounds(on: date) -> list[date]:
    """The first days of receipt that are up to 1, 3 and 5 working days old on the day; then the day itself."""
    calendar, found = deadlines.official_calendar(), []
    for most in AGE_BOUNDS:
        first, left = on, most
        # One day earlier is one working day older when the day after it is worked.
        while not calendar.is_working_day(first) or left > 0:
            left -= calendar.is_working_day(first)
            first -= _ONE_DAY
        found.append(first)
    return [*found, on]


def sees_everything(by: Actor) -> bool:
    """True for the console and the worker, whose database role is not bounded by areas."""
    return by.everywhere and not by.token


def count(by: Actor, question: Question) -> dict[int, Tally]:
    """The tally of each place, by the place's number; no place without a record. One statement."""
    statement = _EVERYTHING if sees_everything(by) else _SEEN
    found: defaultdict[int, Tally] = defaultdict(Tally)
    with connection.cursor() as cursor:
        cursor.execute(statement, question.parameters)
        for place, what, value, number in cursor.fetchall():
            found[place].add(what, value, number)
    return dict(found)


def together(tallies: Iterable[Tally]) -> Tally:
    """The tally of several places as of one."""
    whole = Tally()
    for tally in tallies:
        whole.categories.update(tally.categories)
        for pace, counter in tally.paces.items():
            whole.paces[pace].update(counter)
    return whole


def counts(columns: tuple[Column, ...], tally: Tally) -> dict[str, int]:
    """How many records each column counts, by its key; without the times."""
    found = {column.key: 0 for column in columns if column.counts is not None}
    known = _known(columns)
    for value, number in tally.categories.items():
        if value not in known:
            known[value] = _counted_in(value, columns)
        for key in known[value]:
            found[key] += number
    return found


def times(columns: tuple[Column, ...], tally: Tally) -> dict[str, float | None]:
    """The office hours of each column that is a time, by its key; None where no record passed the step."""
    found: dict[str, float | None] = {}
    for column in columns:
        if column.pace is not None:
            pace, share = column.pace
            found[column.key] = _quantile(tally.paces.get(pace, _NOTHING), share)
    return found


@cache
def _known(columns: tuple[Column, ...]) -> dict[int, tuple[str, ...]]:
    """What `_counted_in` has said of these columns, by category: there are a few thousand, and rows by the thousand."""
    del columns
    return {}


def _counted_in(value: int, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """The keys of the columns that count records of this category."""
    category = Category.of(value)
    return tuple(it.key for it in columns if it.counts is not None and it.counts(category))


def _quantile(counter: Counter[int], share: float) -> float | None:
    """The smallest time that this share of the records did not exceed, in hours."""
    wanted, passed = share * counter.total(), 0
    for minutes in sorted(counter):
        passed += counter[minutes]
        if passed >= wanted:
            return round(minutes / _MINUTES_AN_HOUR, 2)
    return None

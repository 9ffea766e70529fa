"""The figures of a period by month or week of receipt, as they stood at an instant.

A month's figures are those of `phu-luc-1` with that month as its period: the same definitions, the same lists behind them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import first_of_next_month
from lienthong.reports import counting, forms
from lienthong.reports.counting import Question, Tally

Step = Literal["month", "week"]
_EVERYTHING = """
    SELECT starts_on, category, count FROM reports_trend(
        %(first)s, %(last)s, %(as_of)s, %(bounds)s::date[], %(step)s, %(provinces)s::smallint[], %(area)s,
        %(communes)s::int[], true, NULL)
"""
_SEEN = """
    SELECT starts_on, category, count FROM reports_trend_seen(
        %(first)s, %(last)s, %(as_of)s, %(bounds)s::date[], %(step)s, %(provinces)s::smallint[], %(area)s,
        %(communes)s::int[])
"""
_WEEK = timedelta(days=6)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A month or week, as far as it lies in the period: its first and last day, its figures by column key."""

    first: date
    last: date
    figures: Mapping[str, int]


def trend(by: Actor, question: Question, step: Step, keys: Collection[str]) -> list[Slot]:
    """One slot for every month or week of the period, the empty ones too, with the counts of these columns.

    One statement. The question's level says nothing here.
    """
    wanted = [forms.form_of("phu-luc-1").column(key) for key in keys]
    found: dict[date, Tally] = {}
    statement = _EVERYTHING if counting.sees_everything(by) else _SEEN
    with connection.cursor() as cursor:
        cursor.execute(statement, question.parameters | {"step": step})
        for starts_on, category, count in cursor.fetchall():
            found.setdefault(starts_on, Tally()).add(0, category, count)
    slots = []
    for first, last in _slots(question.first, question.last, step):
        tally = found.get(_start(first, step), Tally())
        figures = {column.key: int(counting.figure(column, tally) or 0) for column in wanted}
        slots.append(Slot(first, last, figures))
    return slots


def _start(day: date, step: Step) -> date:
    return day.replace(day=1) if step == "month" else day - timedelta(days=day.weekday())


def _slots(first: date, last: date, step: Step) -> list[tuple[date, date]]:
    found = []
    while first <= last:
        start = _start(first, step)
        end = first_of_next_month(start) - _ONE_DAY if step == "month" else start + _WEEK
        found.append((first, min(end, last)))
        first = end + _ONE_DAY
    return found

"""The figures of a period by week, month, quarter or year of receipt, as they stood at an instant.

A month's figures are those of `phu-luc-1` with that month as its period: the same definitions, the same lists behind them.
All slots are counted in one statement, by week or by month.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import first_of_next_month
from lienthong.reports import counting, forms
from lienthong.reports.forms import Number, Period

MOST = 14
"""So many slots at most, for a screen and for the database."""
_ONE_DAY = timedelta(days=1)
_MONTHS = 12
_QUARTER = 3
_COUNTED_FROM = date(2000, 1, 1)
"""The day 0 of the statement's slots."""


class Step(StrEnum):
    """How long a slot is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Slot:
    """A week, month, quarter or year as far as it lies in the period; its figures by column key."""

    first: date
    last: date
    figures: Mapping[str, Number]


def trend(
    by: Actor, period: Period, as_of: datetime, within: str = "", *, most: int = MOST
) -> tuple[Step, list[Slot]]:
    """The period in the shortest steps of which `most` are enough; empty slots too. One statement.

    Beyond `most` years the years before are left out. Raises Refused (period), and Imbalance, which nobody should ever see.
    """
    step = next((it for it in Step if len(_slots(period, it)) <= most), Step.YEAR)
    slots = _slots(period, step)[-most:]
    counted_by = step if step is Step.WEEK else Step.MONTH
    question = forms.question((slots[0][0], slots[-1][1]), as_of, counted_by.value, within)
    counts = counting.count(by, question)
    return step, [
        Slot(
            first,
            last,
            forms.balanced(
                counting.together(
                    tally
                    for number, tally in counts.items()
                    # The slot of the first days begins before them when the period does not begin with it.
                    if first <= max(_COUNTED_FROM + timedelta(days=number), slots[0][0]) <= last
                ),
                f"{first}",
            ),
        )
        for first, last in slots
    ]


def _slots(period: Period, step: Step) -> list[Period]:
    first, last = period
    found = []
    while first <= last:
        end = _end(first, step)
        found.append((first, min(end, last)))
        first = end + _ONE_DAY
    return found


def _end(day: date, step: Step) -> date:
    """The last day of the slot in which the day lies; a week ends on Sunday."""
    if step is Step.WEEK:
        return day + timedelta(days=6 - day.weekday())
    months = {Step.MONTH: day.month, Step.YEAR: _MONTHS}.get(step) or -(
        -day.month // _QUARTER
    ) * _QUARTER
    return first_of_next_month(day.replace(month=months, day=1)) - _ONE_DAY

"""When an operation on a card has left the procedure (sai quy trình): days allowed, office hours, repeated exchanges.

The approval's own allowance stands with the other deadlines. Which rows leave the procedure is `cards.conformance`'s.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.law import sources
from lienthong.law.dated import cites
from lienthong.law.deadlines import Calendar
from lienthong.law.parameters import Figure, figure

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """A worked day's two halves, as hours of Vietnamese time; `closes` ends the second."""

    opens: time
    lunch_from: time
    lunch_to: time
    closes: time


@cites(sources.APPROVAL_SAME_DAY)
def print_allowance(on: date) -> int:
    """Working days between an approval and the print; 0 is the same working day. Refused before 10/11/2017.

    Source: sources.APPROVAL_SAME_DAY.
    """
    return figure(Figure.PRINT_ALLOWANCE, on=on)


@cites(sources.OFF_PROCESS)
def hand_over_allowance(on: date) -> int:
    """Working days between the print and the card in the family's hands. Refused before 10/11/2017.

    Source: sources.OFF_PROCESS.
    """
    return figure(Figure.HAND_OVER_ALLOWANCE, on=on)


@cites(sources.OFF_PROCESS)
def repeated_exchange(on: date) -> tuple[int, int]:
    """So many further cards of one person within so many days are looked at. Refused before 10/11/2017.

    Source: sources.OFF_PROCESS.
    """
    count = figure(Figure.REPEATED_EXCHANGE_COUNT, on=on)
    return count, figure(Figure.REPEATED_EXCHANGE_DAYS, on=on)


@cites(sources.CUT_OFF)
def office_hours(on: date) -> OfficeHours:
    """The hours of a worked day, eight together. Refused before 01/05/2013.

    Source: sources.CUT_OFF.
    """
    names = (
        Figure.OFFICE_OPENS,
        Figure.OFFICE_LUNCH_FROM,
        Figure.OFFICE_LUNCH_TO,
        Figure.OFFICE_CLOSES,
    )
    midnight = datetime.combine(on, time())
    ends = [midnight + timedelta(minutes=figure(name, on=on)) for name in names]
    return OfficeHours(*(end.time() for end in ends))


@cites(sources.CUT_OFF, sources.HOLIDAYS_112)
def closing(on: date) -> datetime:
    """The instant at which the office closes on the day, whether it is worked or not.

    Source: sources.CUT_OFF, sources.HOLIDAYS_112.
    """
    return datetime.combine(on, office_hours(on).closes, VIETNAM)


@cites(sources.CUT_OFF, sources.HOLIDAYS_112)
def worked_minutes(since: datetime, until: datetime, *, calendar: Calendar) -> int:
    """Whole minutes of office hours between two instants; 0 when `until` is not later.

    Source: sources.CUT_OFF, sources.HOLIDAYS_112.
    """
    day, last, total = vietnam_date(since), vietnam_date(until), timedelta()
    while day <= last:
        if calendar.is_working_day(day):
            hours = office_hours(day)
            total += _shared(since, until, day, (hours.opens, hours.lunch_from))
            total += _shared(since, until, day, (hours.lunch_to, hours.closes))
        day += _ONE_DAY
    return total // timedelta(minutes=1)


def _shared(since: datetime, until: datetime, day: date, half: tuple[time, time]) -> timedelta:
    """The part of one half-day that lies between the two instants."""
    start, end = (datetime.combine(day, each, VIETNAM) for each in half)
    return max(min(end, until) - max(start, since), timedelta())

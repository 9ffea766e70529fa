"""Working days (ngày làm việc) and due days (hạn trả): the calendar, the counting, the days allowed by regime.

The clock is stopped and started by the dossier's states, not here.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files

import holidays
import msgspec

from lienthong.kernel.dates import VIETNAM, add_working_days, vietnam_date
from lienthong.law import sources
from lienthong.law.dated import cites
from lienthong.law.parameters import Figure, figure

_WEEKEND = frozenset({5, 6})
_ONE_DAY = timedelta(days=1)
_SMALLEST_STEP = timedelta(microseconds=1)


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"day": "date"}):
    """One day that an announcement makes worked or free, against the calendar."""

    day: date
    working: bool
    instrument: str


class _Overrides(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    day: list[Override]


@cache
def _exceptions(year: int) -> tuple[frozenset[date], frozenset[date]]:
    # Free days of the year, and weekend days worked in exchange.
    known = holidays.country_holidays("VN", years=year)
    free = frozenset(day for day in known if day.year == year)
    return free, frozenset(day for day in known.weekend_workdays if day.year == year)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked. `overrides` win over public holidays and weekends; an office may have its own."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """True on a worked day. Tết of a year not yet announced is an estimate."""
        overruled = self.overrides.get(day)
        if overruled is not None:
            return overruled
        free, worked = _exceptions(day.year)
        return day in worked or (day.weekday() not in _WEEKEND and day not in free)

    def with_overrides(self, rows: Iterable[tuple[date, bool]]) -> "Calendar":
        """This calendar with further rows `(day, worked)`, which win over its own."""
        return Calendar({**self.overrides, **dict(rows)})

    def next_working_day(self, day: date) -> date:
        """The first worked day after `day`."""
        return add_working_days(day, 1, self.is_working_day)


@cache
def _published() -> tuple[Override, ...]:
    text = files("lienthong.law").joinpath("working_days.toml").read_text("utf-8")
    return tuple(msgspec.convert(tomllib.loads(text), _Overrides).day)


@cites(sources.HOLIDAYS_112)
def published_overrides() -> tuple[Override, ...]:
    """The announced exchanges of days that the project knows, each with its instrument, in the file's order.

    Source: sources.HOLIDAYS_112.
    """
    return _published()


@cites(sources.HOLIDAYS_112)
def official_calendar() -> Calendar:
    """Public holidays, weekends and the published exchanges; add an office's own by `with_overrides`.

    Source: sources.HOLIDAYS_112.
    """
    return Calendar({row.day: row.working for row in _published()})


@cites(sources.CUT_OFF)
def counted_from(received: date | datetime, *, calendar: Calendar) -> date:
    """Day 0 of the count: the day of receipt, or the next working day for an instant after 17:00 sharp.

    A plain date carries no hour and counts as itself. Raises ValueError for an instant without a zone.

    Source: sources.CUT_OFF.
    """
    if not isinstance(received, datetime):
        return received
    day = vietnam_date(received)
    cut_off = time(figure(Figure.RECEIPT_CUT_OFF_HOUR, on=day))
    late = received.astimezone(VIETNAM).time() > cut_off
    return calendar.next_working_day(day) if late else day


@cites(sources.COUNTING_147, sources.CUT_OFF, sources.HOLIDAYS_112)
def due_on(received: date | datetime, allowance: int, *, calendar: Calendar) -> date:
    """The last day, always a working one, for what was received and may take `allowance` working days.

    The day of receipt is day 0 and day 1 the next working day; after 17:00 day 0 is the next working day.
    With an allowance of 0: that day, or the first working day after it. Raises ValueError for a negative
    allowance or an instant without a zone.

    Source: sources.COUNTING_147, sources.CUT_OFF, sources.HOLIDAYS_112.
    """
    if allowance < 0:
        msg = f"negative allowance: {allowance}"
        raise ValueError(msg)
    start = counted_from(received, calendar=calendar)
    if allowance == 0 and not calendar.is_working_day(start):
        return calendar.next_working_day(start)
    return add_working_days(start, allowance, calendar.is_working_day)


@cites(
    sources.CHAIN_1299,
    sources.CHAIN_05_2015,
    sources.CARD_LEG_595,
    sources.CARD_LEG_896,
    sources.CARD_LEG_976,
)
def card_allowance(on: date) -> int:
    """Working days for a first card, the insurance agency's part, for what is received on the day.

    Two since 01/07/2023. Refused before 04/08/2014.

    Source: sources.CHAIN_1299, sources.CHAIN_05_2015, sources.CARD_LEG_595, sources.CARD_LEG_896,
    sources.CARD_LEG_976.
    """
    return figure(Figure.CARD_ALLOWANCE, on=on)


@cites(sources.CHAIN_1299, sources.CHAIN_05_2015, sources.CARD_LEG_976, sources.CHAIN_63_2024)
def chain_allowance(on: date) -> int:
    """Working days for the whole linked procedure that ends in a card. Refused before 04/08/2014.

    Source: sources.CHAIN_1299, sources.CHAIN_05_2015, sources.CARD_LEG_976, sources.CHAIN_63_2024.
    """
    return figure(Figure.CHAIN_ALLOWANCE, on=on)


@cites(sources.REISSUE_959, sources.CARD_LEG_595)
def reissue_allowance(on: date, *, is_changed: bool) -> int:
    """Working days to re-issue a card; `is_changed` when information on it changes. 0 is the same day.

    Refused before 01/12/2015.

    Source: sources.REISSUE_959, sources.CARD_LEG_595.
    """
    name = Figure.EXCHANGE_ALLOWANCE if is_changed else Figure.REISSUE_ALLOWANCE
    return figure(name, on=on)


@cites(sources.RETURN_976)
def return_allowance(on: date) -> int:
    """Working days within which a dossier that cannot be processed goes back, with reasons.

    Refused before 01/07/2023, when no text said so.

    Source: sources.RETURN_976.
    """
    return figure(Figure.RETURN_ALLOWANCE, on=on)


@cites(sources.APPROVAL_SAME_DAY)
def approval_allowance(on: date) -> int:
    """Working days between a request and its approval; 0 is the same working day. Refused before 10/11/2017.

    Source: sources.APPROVAL_SAME_DAY.
    """
    return figure(Figure.APPROVAL_ALLOWANCE, on=on)


@cites(sources.CLIMBING)
def task_allowance(on: date) -> int:
    """Working days for a task that the system opens for an officer. Refused before 10/11/2017.

    Source: sources.CLIMBING.
    """
    return figure(Figure.TASK_ALLOWANCE, on=on)


@cites(sources.CLIMBING)
def escalation_pause(on: date) -> int:
    """Working days that each level has before what is overdue climbs to the next. Refused before 10/11/2017.

    Source: sources.CLIMBING.
    """
    return figure(Figure.ESCALATION_PAUSE, on=on)


@cites(sources.COUNTING_147, sources.HOLIDAYS_112)
def overdue_up_to(on: date, further: int, *, calendar: Calendar) -> date:
    """The latest due day since which, on `on`, `further` whole working days are over; 0 asks only for overdue.

    A set-based step asks this once and compares: whatever was due then or before has waited long enough.

    Source: sources.COUNTING_147, sources.HOLIDAYS_112.
    """
    day = on - _ONE_DAY
    left = further
    while left > 0 or not calendar.is_working_day(day):
        left -= calendar.is_working_day(day)
        day -= _ONE_DAY
    return day


@cites(sources.COUNTING_147, sources.CUT_OFF, sources.HOLIDAYS_112)
def overdue_before(on: date, allowance: int, *, calendar: Calendar) -> datetime:
    """The instant before which whatever was received had its due day before `on`; with no allowance, exactly that.

    Just after the hour of a working day from which a receipt is the next working day's. With an allowance, what
    came on free days counts here as what came on the evening before them, so that nobody is warned too early.

    Source: sources.COUNTING_147, sources.CUT_OFF, sources.HOLIDAYS_112.
    """
    day = on
    while True:
        day = overdue_up_to(day, 0, calendar=calendar)
        hour = time(figure(Figure.RECEIPT_CUT_OFF_HOUR, on=day), tzinfo=VIETNAM)
        if due_on(datetime.combine(day, hour), allowance, calendar=calendar) < on:
            return datetime.combine(day, hour) + _SMALLEST_STEP

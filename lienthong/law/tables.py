"""Rules over small domains written out as rows, so that SQL joins them and holds no rule itself.

`database.lawtables` loads them and reloads when `version()` changes. Rows only: no decision is made here.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.metadata import version as package_version
from importlib.resources import files

from lienthong.kernel.dates import VIETNAM, first_of_next_month, plus_years
from lienthong.law import sources
from lienthong.law.conformance import (
    OfficeHours,
    closing,
    hand_over_allowance,
    office_hours,
    print_allowance,
    worked_minutes,
)
from lienthong.law.contributions import contribution_amount
from lienthong.law.dated import cites
from lienthong.law.deadlines import Calendar, approval_allowance, due_on, official_calendar
from lienthong.law.groups import CHILD_UNDER_SIX, groups
from lienthong.law.parameters import Figure, all_series, figure
from lienthong.law.rerouting import caught_rulings
from lienthong.law.validity import card_validity, five_year_date

_ONE_DAY = timedelta(days=1)
_LAW_FILES = (".py", ".toml")
_ALLOWANCES = (
    Figure.CARD_ALLOWANCE,
    Figure.CHAIN_ALLOWANCE,
    Figure.REISSUE_ALLOWANCE,
    Figure.EXCHANGE_ALLOWANCE,
    Figure.RETURN_ALLOWANCE,
    Figure.APPROVAL_ALLOWANCE,
)
_STEPS = {
    "approve": approval_allowance,
    "print": print_allowance,
    "return": hand_over_allowance,
}


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """A day: the next worked one, its cut-off hour, whether it is worked and when, were it worked.

    `minutes_before` are those of office hours from the first row up to the day, so that two rows give what lies between.
    """

    day: date
    next_worked: date
    cut_off: time
    minutes_before: int
    is_worked: bool
    hours: OfficeHours


def _days(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range(count))


@cites(sources.TABULATION)
def validity_rows_between(
    first: date, last: date, *, on: date
) -> Iterator[tuple[date, date, date, date]]:
    """One row per birth date, `first` and `last` included, in order: birth date, first day, end, five years.

    The end is exclusive. `on` is the day of issue. Refused before 2015.

    Source: sources.TABULATION.
    """
    for birth_date in _days(first, (last - first).days + 1):
        valid = card_validity(birth_date, on=on)
        # A child's card always ends, so the type's open end cannot occur.
        end = valid.end or date.max
        yield birth_date, valid.start, end, five_year_date(birth_date)


@cites(sources.TABULATION)
def validity_rows(on: date) -> Iterator[tuple[date, date, date, date]]:
    """One row per birth date that can still matter on the day: seven years back up to the day after, in order.

    Birth date, first day, end (exclusive), five-year day. Refused before 2015.

    Source: sources.TABULATION.
    """
    first = plus_years(on, -figure(Figure.TABLE_YEARS, on=on))
    return validity_rows_between(first, on + _ONE_DAY, on=on)


@cites(sources.TABULATION)
def due_rows(
    start: date,
    days: int,
    *,
    allowances: Sequence[int] | None = None,
    calendar: Calendar | None = None,
) -> Iterator[tuple[date, int, date]]:
    """One row per (day 0, allowance): those and the day it is due, for `days` days from `start`, in order.

    Day 0 is the day of receipt, or for a receipt after the cut-off hour the next working day
    (`working_day_rows`). Allowances default to all that `parameters.toml` knows; the calendar to the
    official one.

    Source: sources.TABULATION.
    """
    used = official_calendar() if calendar is None else calendar
    for received in _days(start, days):
        for allowance in known_allowances() if allowances is None else allowances:
            yield received, allowance, due_on(received, allowance, calendar=used)


@cites(sources.TABULATION)
def known_allowances() -> tuple[int, ...]:
    """Every number of working days that some text of `parameters.toml` allows, ascending.

    Source: sources.TABULATION.
    """
    series = all_series()
    return tuple(sorted({row.value for name in _ALLOWANCES for row in series[name].rows}))


@cites(sources.TABULATION)
def working_day_rows(
    start: date, days: int, *, calendar: Calendar | None = None
) -> Iterator[tuple[date, bool, date]]:
    """One row per day, in order: the day, whether it is worked, and the next working day after it.

    Source: sources.TABULATION.
    """
    used = official_calendar() if calendar is None else calendar
    for day in _days(start, days):
        yield day, used.is_working_day(day), used.next_working_day(day)


@cites(sources.TABULATION)
def office_rows(start: date, days: int) -> Iterator[OfficeRow]:
    """One row per day, in order; see `OfficeRow`.

    Source: sources.TABULATION.
    """
    calendar, minutes = official_calendar(), 0
    for day in _days(start, days):
        is_worked = calendar.is_working_day(day)
        cut_off = time(figure(Figure.RECEIPT_CUT_OFF_HOUR, on=day))
        next_worked = calendar.next_working_day(day)
        yield OfficeRow(day, next_worked, cut_off, minutes, is_worked, office_hours(day))
        if is_worked:
            first = datetime.combine(day, time(), VIETNAM)
            minutes += worked_minutes(first, first + _ONE_DAY, calendar=calendar)


@cites(sources.TABULATION)
def step_rows(start: date, days: int) -> Iterator[tuple[str, date, datetime, date]]:
    """One row per step of a card and day 0, in order: step, day 0, closing of the due day, first working day late.

    Refused before 10/11/2017.

    Source: sources.TABULATION.
    """
    calendar = official_calendar()
    for step, allowance in _STEPS.items():
        for day in _days(start, days):
            due = due_on(day, allowance(day), calendar=calendar)
            yield step, day, closing(due), calendar.next_working_day(due)


@cites(sources.TABULATION)
def contribution_rows(first_month: date, last_month: date) -> Iterator[tuple[str, date, int]]:
    """One row per month, both included, in order: the group `TE`, the month's first day, the amount in VND.

    Refused before 2015.

    Source: sources.TABULATION.
    """
    month = first_month.replace(day=1)
    while month <= last_month:
        yield CHILD_UNDER_SIX, month, contribution_amount(CHILD_UNDER_SIX, month)
        month = first_of_next_month(month)


@cites(sources.TABULATION)
def group_rows(on: date) -> Iterator[tuple[str, int, str]]:
    """One row per benefit group of the day, in the order of codes: code, level, Vietnamese name.

    Source: sources.TABULATION.
    """
    return ((group.code, group.level, group.name_vi) for group in groups(on=on))


@cites(sources.TABULATION)
def rerouting_rows() -> Iterator[tuple[str, str, str, bool]]:
    """One row per state in which a cut-over can find a dossier: state, rule, owner, whether an old target is void.

    Source: sources.TABULATION.
    """
    for state, ruling in caught_rulings():
        yield state, ruling.rule.value, ruling.owner.value, ruling.voids_target


@cites(sources.TABULATION)
def figure_rows() -> Iterator[tuple[str, date, date | None, int]]:
    """One row per figure of law and period: name, first day, end (exclusive, None when open), value.

    Source: sources.TABULATION.
    """
    for name, series in all_series().items():
        for row in series.rows:
            yield name.value, row.valid.start, row.valid.end, row.value


@cache
def version() -> str:
    """Sha256, in hex, of everything the rows depend on; tables of another version are stale.

    The law's own .py and .toml files, the kernel's date arithmetic, and the release of the package that
    knows public holidays.
    """
    digest = hashlib.sha256()
    law = files("lienthong.law")
    own = sorted(
        (it for it in law.iterdir() if it.name.endswith(_LAW_FILES)), key=lambda it: it.name
    )
    for part in (*own, files("lienthong.kernel").joinpath("dates.py")):
        digest.update(part.name.encode() + b"\0" + part.read_bytes() + b"\0")
    digest.update(package_version("holidays").encode())
    return digest.hexdigest()

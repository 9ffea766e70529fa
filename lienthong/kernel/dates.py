"""Half-open date ranges, calendar steps and the time zone of every decision.

Nothing here reads a clock: "today" is always an argument.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_MONTHS_A_YEAR = 12
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from `start` up to, not including, `end`; an open end is None, and later than any day.

    Sorts by start, then by end. Raises ValueError for an empty range.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            msg = f"empty range: {self.start} .. {self.end}"
            raise ValueError(msg)

    def __contains__(self, day: object) -> bool:
        # An instant is no day: which day it falls on depends on the zone, see `vietnam_date`.
        if not isinstance(day, date) or isinstance(day, datetime):
            return False
        return self.start <= day and (self.end is None or day < self.end)

    def __lt__(self, other: "DateRange") -> bool:
        return (self.start, self.end or date.max) < (other.start, other.end or date.max)

    def overlaps(self, other: "DateRange") -> bool:
        """True when some day lies in both."""
        starts_in_time = other.end is None or self.start < other.end
        return starts_in_time and (self.end is None or other.start < self.end)

    @property
    def last(self) -> date | None:
        """The last day included, as cards print it ("đến hết ngày"); None for an open range."""
        return None if self.end is None else self.end - timedelta(days=1)

    @classmethod
    def closed(cls, first: date, last: date) -> "DateRange":
        """The range that includes both days."""
        return cls(first, last + timedelta(days=1))


def plus_years(day: date, years: int) -> date:
    """The same calendar day `years` later; 29 February becomes 28 February in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def last_day_of_month(year: int, month: int) -> date:
    """The month's last day."""
    return date(year, month, calendar.monthrange(year, month)[1])


def first_of_next_month(day: date) -> date:
    """The first day of the month after the one that holds `day`."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month, _MONTHS_A_YEAR)
    return date(year, month + 1, 1)


def vietnam_date(at: datetime) -> date:
    """The Vietnamese calendar day of an instant. Raises ValueError for an instant without a zone."""
    if at.tzinfo is None:
        msg = "an instant needs a time zone"
        raise ValueError(msg)
    return at.astimezone(VIETNAM).date()


def add_working_days(day: date, count: int, is_working_day: Callable[[date], bool]) -> date:
    """The day `count` working days after `day`; `day` itself is day 0, working or not."""
    current, left = day, count
    while left > 0:
        current += timedelta(days=1)
        if is_working_day(current):
            left -= 1
    return current


def parse_iso_date(text: str) -> date:
    """A day written `YYYY-MM-DD`, and in no other form. Raises ValueError otherwise.

    From 1800 to 2999: the day before, and the day some years after, are days too.
    """
    found = _ISO_DATE.fullmatch(text)
    if found is None or not "1800" <= found[1] <= "2999":
        msg = f"not YYYY-MM-DD: {text!r}"
        raise ValueError(msg)
    year, month, day = found.groups()
    return date(int(year), int(month), int(day))


def parse_day_first(text: str) -> date:
    """A day written `dd/MM/yyyy`, and in no other form. Raises ValueError otherwise."""
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        msg = f"not dd/MM/yyyy: {text!r}"
        raise ValueError(msg)
    day, month, year = found.groups()
    return date(int(year), int(month), int(day))


def day_first(day: date) -> str:
    """`dd/MM/yyyy`, as Vietnamese papers write a day."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"

"""The one clock: pages, the worker and commands read it and hand the instant down as an argument.

`LIENTHONG_NOW` sets the instant at which this process starts; from there the clock ticks as usual.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from lienthong.config import environment
from lienthong.kernel.dates import VIETNAM


@cache
def _offset() -> timedelta:
    starts_at = environment.current().starts_at
    return timedelta() if starts_at is None else starts_at - datetime.now(UTC)


def now() -> datetime:
    """The present instant with the time zone of Viet Nam."""
    return (datetime.now(UTC) + _offset()).astimezone(VIETNAM)


def today() -> date:
    """The present Vietnamese calendar day."""
    return now().date()


_offset()  # The instant of LIENTHONG_NOW is that of the start, not that of the first question.

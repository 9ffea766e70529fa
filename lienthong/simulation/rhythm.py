"""When births are registered and sent: office hours, busy Mondays, quiet weekends.

Instants of a fictional stream only. Knows nothing of holidays or deadlines: that is `law.deadlines`.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from lienthong.kernel.dates import VIETNAM

_WEEKDAYS = (1.3, 1.08, 1.0, 0.95, 0.98, 0.22, 0.03)
"""From Monday to Sunday: some offices open on Saturday morning; a Sunday is an exception."""
_HOURS = ((7.5, 11.5, 0.56), (13.5, 17.0, 0.44))
"""Opening hours with their share of the day."""
_OPENS = _HOURS[0][0]
_SHUTS = _HOURS[-1][1]
_HOUR_SECONDS = 3600


def _open_share(until: datetime) -> float:
    """How much of its office day has passed at that instant: 0 before opening, 1 after closing."""
    hour = until.hour + until.minute / 60
    return sum(
        share * min(max((hour - start) / (end - start), 0.0), 1.0) for start, end, share in _HOURS
    )


def quotas(count: int, *, until: datetime, days: int) -> list[tuple[date, int]]:
    """`count` registrations spread over the `days` up to `until`, oldest first; the counts add up."""
    here = until.astimezone(VIETNAM)
    calendar = [here.date() - timedelta(days=back) for back in range(days, -1, -1)]
    weights = [_WEEKDAYS[day.weekday()] for day in calendar]
    weights[-1] *= _open_share(here)
    total, given, passed = sum(weights), 0, 0.0
    shares = []
    for day, weight in zip(calendar, weights, strict=True):
        passed += weight
        upto = round(count * passed / total)
        shares.append((day, upto - given))
        given = upto
    return shares


def moments(rng: random.Random, day: date, count: int, *, until: datetime) -> Iterator[datetime]:
    """`count` instants of that office day, in order, none after `until`."""
    midnight = datetime.combine(day, time(), VIETNAM)
    latest = min((until - midnight).total_seconds(), _SHUTS * _HOUR_SECONDS)
    seconds = sorted(_second(rng, latest) for _ in range(count))
    return (midnight + timedelta(seconds=second) for second in seconds)


def _second(rng: random.Random, latest: float) -> int:
    start, end, _ = _HOURS[0] if rng.random() < _HOURS[0][2] else _HOURS[1]
    second = (start + (end - start) * rng.random()) * _HOUR_SECONDS
    if second > latest:
        second = _OPENS * _HOUR_SECONDS + (latest - _OPENS * _HOUR_SECONDS) * rng.random()
    return int(second)

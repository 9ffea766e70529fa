"""How the lane of the personal id stands: trusted or not, at what pace, what it did in the last hours. Nobody's data.

The worker that asks keeps its breaker in its own memory; what people may know of it is written here after each round.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection

from lienthong.database import alarms
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.gateways.population import Standing
from lienthong.kernel.actor import Actor

_ALARM, _PEER = "identity.lane", "population"
_NOTE = """
    INSERT INTO persons_identitylane (id, is_trusted, retry_at, rate_per_second, asked_at, good_at)
    VALUES (1, %(is_trusted)s, %(retry_at)s, %(rate)s, %(at)s, %(good_at)s)
    ON CONFLICT (id) DO UPDATE
    SET is_trusted = excluded.is_trusted, retry_at = excluded.retry_at, rate_per_second = excluded.rate_per_second,
        asked_at = greatest(excluded.asked_at, persons_identitylane.asked_at),
        good_at = greatest(excluded.good_at, persons_identitylane.good_at)
"""
_COUNT = """
    INSERT INTO persons_identityhour AS told (hour, asked_count, good_count, attached_count, quarantined_count)
    VALUES (date_trunc('hour', %(at)s::timestamptz), %(asked)s, %(good)s, %(attached)s, %(quarantined)s)
    ON CONFLICT (hour) DO UPDATE
    SET asked_count = told.asked_count + excluded.asked_count, good_count = told.good_count + excluded.good_count,
        attached_count = told.attached_count + excluded.attached_count,
        quarantined_count = told.quarantined_count + excluded.quarantined_count
"""
_STATE = """
    SELECT is_trusted, retry_at, rate_per_second, asked_at, good_at FROM persons_identitylane WHERE id = 1
"""
_HOURS = """
    SELECT hour, asked_count, good_count, attached_count, quarantined_count FROM persons_identityhour
    WHERE hour > %s ORDER BY hour DESC
"""


class Breaker(StrEnum):
    """What the lane does now."""

    UNKNOWN = "unknown"
    """Nothing was ever asked: no partner, or no child without an id."""
    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one round of questions."""

    asked_count: int
    good_count: int
    attached_count: int
    quarantined_count: int


@dataclass(frozen=True, slots=True)
class LaneState:
    """How the lane stood after the last round."""

    is_trusted: bool
    retry_at: datetime | None
    rate_per_second: float
    asked_at: datetime
    good_at: datetime | None


@dataclass(frozen=True, slots=True)
class HourLine:
    """What the lane did in the hour that begins at `hour`."""

    hour: datetime
    asked_count: int
    good_count: int
    attached_count: int
    quarantined_count: int


def note(done: Done, standing: Standing, *, by: Actor, at: datetime) -> None:
    """Write down a round and how the other side stands after it. An outage is one alarm, however long it lasts."""
    is_good = standing.is_trusted and done.good_count > 0
    retry_at = None if standing.is_trusted else at + timedelta(seconds=standing.rest_seconds)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            {
                "is_trusted": standing.is_trusted,
                "retry_at": retry_at,
                "rate": standing.rate_per_second,
                "at": at,
                "good_at": at if is_good else None,
            },
        )
        cursor.execute(
            _COUNT,
            {
                "at": at,
                "asked": done.asked_count,
                "good": done.good_count,
                "attached": done.attached_count,
                "quarantined": done.quarantined_count,
            },
        )
        if not standing.is_trusted:
            alarms.sound(_ALARM, _PEER)
        elif is_good:
            alarms.close(_ALARM, _PEER)


def state(by: Actor) -> LaneState | None:
    """How the lane stood after its last round; None when there was none. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        found = rows_as(LaneState, cursor)
    return found[0] if found else None


def breaker(lane: LaneState | None, *, at: datetime) -> Breaker:
    """What the lane does at that instant."""
    if lane is None:
        return Breaker.UNKNOWN
    if lane.is_trusted:
        return Breaker.CLOSED
    is_resting = lane.retry_at is not None and lane.retry_at > at
    return Breaker.OPEN if is_resting else Breaker.PROBING


def hours(by: Actor, *, since: datetime) -> list[HourLine]:
    """The hours that began after `since` and in which something was asked, newest first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, [since])
        return rows_as(HourLine, cursor)

"""What hospitals' accounts used: calls, hits, misses by day; the day limit that this suggests. Counts, nobody's data.

Days are the database's, by whose clock the calls were counted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed

DAYS = 30
LEAST_SUGGESTED = 50
_HALF_AGAIN = 3, 2
_HIGH = 95
_FEWEST_DAYS = 7

_OF_DAY = """
    SELECT machine_id, day, call_count, hit_count, miss_count, refused_count, decoy_count,
           bit_count(recent::bit(64))::integer AS recent_misses
    FROM cards_lookupday WHERE machine_id = ANY (%s) AND day = (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
"""
_OF_DAYS = """
    SELECT %(machine)s::bigint AS machine_id, asked.day, coalesce(used.call_count, 0) AS call_count,
           coalesce(used.hit_count, 0) AS hit_count, coalesce(used.miss_count, 0) AS miss_count,
           coalesce(used.refused_count, 0) AS refused_count, coalesce(used.decoy_count, 0) AS decoy_count,
           coalesce(bit_count(used.recent::bit(64)), 0)::integer AS recent_misses
    FROM (SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - back AS day
          FROM generate_series(0, %(days)s - 1) AS back) AS asked
    LEFT JOIN cards_lookupday AS used ON used.machine_id = %(machine)s AND used.day = asked.day
    ORDER BY asked.day
"""


@dataclass(frozen=True, slots=True)
class DayUse:
    """One account on one day. `refused_count`: over a limit, a wrong form, or staff that is not registered.

    `recent_misses` of the last 50 answers of the day found nobody.
    """

    machine_id: int
    day: date
    call_count: int
    hit_count: int
    miss_count: int
    refused_count: int
    decoy_count: int
    recent_misses: int


def use_today(by: Actor, machine_ids: Collection[int]) -> dict[int, DayUse]:
    """What each of these accounts used today, by id; nothing for one that asked nothing. One statement."""
    _need_view(by)
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, [list(machine_ids)])
        return {line.machine_id: line for line in rows_as(DayUse, cursor)}


def use_of_days(by: Actor, machine_id: int, *, days: int = DAYS) -> list[DayUse]:
    """What one account used on each of the last days, today the last one, idle days too. One statement."""
    _need_view(by)
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAYS, {"machine": machine_id, "days": days})
        return rows_as(DayUse, cursor)


def suggested_day_limit(used: Sequence[DayUse]) -> int | None:
    """Half as much again as the 95th of a hundred of its own days, at least 50; None before a week of use.

    Source: guarantees D.1, T1 (the budget of an account), with look-ups in place of claims.
    """
    days = sorted(it.call_count for it in used if it.call_count)
    if len(days) < _FEWEST_DAYS:
        return None
    busy = days[min(len(days) - 1, len(days) * _HIGH // 100)]
    times, parts = _HALF_AGAIN
    return max(LEAST_SUGGESTED, -(-busy * times // parts))


def _need_view(by: Actor) -> None:
    if not by.may(Permission.HOSPITAL_VIEW):
        raise NotAllowed("Tài khoản của bạn không xem tài khoản tra cứu.", code="HOSPITAL_VIEW")

"""Watches the hospitals' door while it is open: alarms, the hard ceiling that closes it, what is kept for a week only.

An account that guesses is suspended by the look-up itself, in the same statement. What is seen here is what no single
call can see: all accounts together, and an alarm that nobody has raised. Runs every ten seconds; idle runs write nothing.
"""

from datetime import date, datetime, timedelta

from django.db import connection

from lienthong.accounts.hospitals import DECOY, SUSPENDED
from lienthong.cards.limits import CLOSED, EVERYBODY, PEAK
from lienthong.database import alarms
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor

PEAK_TIMES = 3
"""How many times the normal peak is an alarm. Source: guarantees D.3, the ceiling of a role."""
KEPT_DAYS = 7
"""Days for which misses by person looked for are kept; and an alarm about decoys that has not grown stays open."""
PEAK_DAYS = 30
FEWEST_DAYS = 7

_ALARMS = Statement.load("lienthong.cards", "limits_alarms.sql")
_TODAY = "SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
_FORGET = "DELETE FROM cards_lookuptarget WHERE day < %s"
# The calls of the fullest minute that is not yet forgotten: an account's row holds its latest minute.
_PRESENT = """
    SELECT coalesce(max(calls), 0) FROM (
        SELECT sum(minute_count) AS calls FROM cards_lookupday
        WHERE day >= %s::date - 1 AND minute > clock_timestamp() - interval '2 minutes' GROUP BY minute) AS by_minute
"""
_NOTE_PEAK = """
    INSERT INTO cards_lookuppeak AS kept (day, most_calls) VALUES (%s, %s)
    ON CONFLICT (day) DO UPDATE SET most_calls = excluded.most_calls WHERE kept.most_calls < excluded.most_calls
"""
_NORMAL = """
    SELECT count(*), percentile_disc(0.95) WITHIN GROUP (ORDER BY most_calls) FROM cards_lookuppeak
    WHERE day < %(on)s::date AND day >= %(on)s::date - %(days)s
"""
_FIGURES = "SELECT name, value FROM cards_lookupsetting"
_SHUT = """
    UPDATE cards_lookupsetting SET value = 0, note = %s, set_by = %s, set_at = clock_timestamp()
    WHERE name = 'is_open' AND value = 1
"""


def watch(*, by: Actor, at: datetime) -> int:
    """One look; how many alarms were raised or closed, and rows cleared away.

    Minutes and days are the database's, by whose clock the calls were counted.
    """
    with acting(by, at=at):
        on = _today()
        return _watch_accounts(on) + _watch_all(on, by=by) + _forget(on)


def normal_peak(on: date) -> int:
    """The calls of a busy minute before that day: the 95th of a hundred days of a month, or the centre's figure."""
    with connection.cursor() as cursor:
        cursor.execute(_NORMAL, {"on": on, "days": PEAK_DAYS})
        days, peak = cursor.fetchone()
        least = _figures()["normal_peak"]
    return max(least, int(peak)) if days >= FEWEST_DAYS else least


def _watch_accounts(on: date) -> int:
    """Each standing suspension has its alarm, none outlives it; alarms of decoys close when nobody touched one for a week."""
    (raised, closed) = _ALARMS.rows(
        {"suspended": SUSPENDED, "decoy": DECOY, "since": on - timedelta(days=KEPT_DAYS)}
    )[0]
    return int(raised + closed)


def _watch_all(on: date, *, by: Actor) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [on])
        calls = int(cursor.fetchone()[0])
        if not calls:
            return int(_calm(calls, on))
        cursor.execute(_NOTE_PEAK, [on, calls])
        if calls > _figures()["door_ceiling"]:
            return _shut(calls, by=by)
    if calls > PEAK_TIMES * normal_peak(on):
        return int(alarms.sound(PEAK, EVERYBODY, {"calls": calls}))
    return int(_calm(calls, on))


def _calm(calls: int, on: date) -> bool:
    """Below the normal peak again: the alarm has done its work."""
    return calls <= normal_peak(on) and alarms.close(PEAK, EVERYBODY)


def _shut(calls: int, *, by: Actor) -> int:
    """The door closes for everybody; hospitals are told to try later."""
    note = f"{calls} lượt trong một phút, quá mức tự đóng cổng"
    with connection.cursor() as cursor:
        cursor.execute(_SHUT, [note, by.label])
        is_new = bool(cursor.rowcount)
    return int(is_new) + int(alarms.sound(CLOSED, EVERYBODY, {"calls": calls}))


def _forget(on: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [on - timedelta(days=KEPT_DAYS)])
        return int(cursor.rowcount)


def _today() -> date:
    with connection.cursor() as cursor:
        cursor.execute(_TODAY)
        day: date = cursor.fetchone()[0]
        return day


def _figures() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES)
        return dict(cursor.fetchall())

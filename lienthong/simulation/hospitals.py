"""The demo's hospitals: the training account, one that works, and one that was caught harvesting. Fictional."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import connection

from lienthong.accounts import hospitals as accounts
from lienthong.accounts.hospitals import Limits
from lienthong.births import enrolment
from lienthong.cards.lookup import Asker
from lienthong.database.scope import acting
from lienthong.kernel.dates import vietnam_date
from lienthong.simulation import harvest

TRAINING: Final = "01929_BV"
WORKING: Final = "01001"
HARVESTING: Final = "01101"
_TRAINING_LIMITS = Limits(minute=6_000, day=100_000, misses=50)
_LOOPBACK = ("127.0.0.1/32", "::1/128")
_STAFF = (
    (WORKING, "Nguyễn Thị Tiếp Đón", "003188000021"),
    (WORKING, "Trần Văn Quầy", "003087000022"),
    (HARVESTING, "Lê Văn Ca Đêm", "003090000023"),
)
_ADDRESSES = ((WORKING, "203.0.113.10"), (HARVESTING, "198.51.100.0/28"))
_STRANGE = "203.0.113.45"
_SEED = 20_261_120
_CALLS_AT_MOST = 500

_ID = "SELECT id FROM accounts_machine WHERE name = %s"
# Weekdays are busy, a hospital works on Sundays too; what it asked follows from the day alone.
_PAST = """
    INSERT INTO cards_lookupday (machine_id, day, call_count, hit_count, miss_count, refused_count, minute, minute_count,
                                 recent)
    SELECT %(machine)s, used.day, used.calls, used.calls - used.misses - used.refused, used.misses, used.refused,
           (used.day + time '16:30') AT TIME ZONE 'Asia/Ho_Chi_Minh', 4, 33
    FROM (
        SELECT on_day.day, on_day.calls, on_day.calls * (4 + on_day.spread %% 3) / 100 AS misses,
               on_day.spread %% 4 AS refused
        FROM (
            SELECT today.day - back AS day, spread.spread,
                   (%(calls)s * CASE WHEN extract(isodow FROM today.day - back) >= 6 THEN 0.35 ELSE 1 END
                    * (0.85 + 0.03 * (spread.spread %% 11)))::integer AS calls
            FROM (SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day) AS today
            CROSS JOIN generate_series(1, %(days)s) AS back
            CROSS JOIN LATERAL (SELECT abs(hashtext(back::text || 'tra cuu')) AS spread) AS spread) AS on_day) AS used
    ON CONFLICT (machine_id, day) DO NOTHING
"""


def open_some(*, at: datetime) -> bool:
    """Make them once, all or none; False when they are there already. The training account gets its wide limits."""
    by = enrolment.system()
    training = _id(TRAINING)
    if training is None or _id(f"{HARVESTING}_BV") is not None:
        return False
    with acting(by, at=at):
        accounts.set_limits(training, _TRAINING_LIMITS, by=by, at=at)
        for network in _LOOPBACK:
            accounts.register_address(training, network, "Máy này", by=by, at=at)
        ids = {
            code: accounts.open_account(code, "", by=by, at=at).machine_id
            for code in (WORKING, HARVESTING)
        }
        for code, name, personal_id in _STAFF:
            accounts.add_staff(ids[code], name, personal_id, by=by, at=at)
        for code, text in _ADDRESSES:
            accounts.register_address(ids[code], text, "Máy chủ bệnh viện", by=by, at=at)
        _past({training: (40, 12), ids[WORKING]: (460, 29), ids[HARVESTING]: (120, 9)})
        _harvest(at)
    return True


def _past(used: Mapping[int, tuple[int, int]]) -> None:
    """Calls on a working day, and for how many days; and a stranger who knew the right password."""
    with connection.cursor() as cursor:
        for machine_id, (calls, days) in used.items():
            cursor.execute(_PAST, {"machine": machine_id, "calls": calls, "days": days})
        cursor.execute("SELECT authz.hospital_turned_away(%s, %s)", [f"{WORKING}_BV", _STRANGE])


def _harvest(at: datetime) -> None:
    """One counts numbers upwards, until the look-up itself suspends it."""
    asker = Asker(f"{HARVESTING}_BV")
    guesses = harvest.counting_up(asker, first=7_000_000_001, on=vietnam_date(at), seed=_SEED)
    harvest.walk(guesses, most=_CALLS_AT_MOST)


def _id(name: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_ID, [name])
        row = cursor.fetchone()
    return None if row is None else int(row[0])

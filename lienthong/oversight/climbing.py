"""The clock of difficulties: what nobody answered in its days climbs by itself, what nobody reacts to is closed.

On working days only, as with all other work (`dossiers.escalation`). At the centre it stays late, and an alarm says so.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.database import alarms
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.law.deadlines import official_calendar, overdue_before
from lienthong.oversight import moving
from lienthong.oversight.difficulties import CENTRE

PATIENCE_DAYS = 10
"""Working days that an answer, or a question back, waits for the asker before it counts as settled."""
ALARM = "oversight.difficulties_late"
_CLIMBING = """
    SELECT id FROM oversight_difficulty
    WHERE due_on < %s AND level <> 'centre' ORDER BY due_on, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_SILENT = """
    SELECT id FROM oversight_difficulty
    WHERE state IN ('answered', 'asked_back') AND changed_at < %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# The asker of the one that was to be answered for all has taken it back.
_LEFT_ALONE = """
    SELECT double.id FROM oversight_difficulty AS double JOIN oversight_difficulty AS other ON other.id = double.same_as_id
    WHERE double.state = 'merged' AND other.state = 'closed' ORDER BY double.id LIMIT %s FOR UPDATE OF double SKIP LOCKED
"""
_LATE_AT_CENTRE = "SELECT count(*) FROM oversight_difficulty WHERE due_on < %s AND level = 'centre'"


def follow(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Let climb what is overdue, close what is silent; how many. Nothing on a free day. Safe to run twice."""
    on = vietnam_date(at)
    if not official_calendar().is_working_day(on):
        return 0
    with acting(by, at=at):
        moved = _part(by, at, limit) + _climb(by, at, limit) + _close(by, at, limit)
        with connection.cursor() as cursor:
            cursor.execute(_LATE_AT_CENTRE, [on])
            (late,) = cursor.fetchone()
        if late:
            alarms.sound(ALARM, CENTRE, {"count": late})
        else:
            alarms.close(ALARM, CENTRE)
    return moved


def _climb(by: Actor, at: datetime, limit: int) -> int:
    found = moving.locked(_ids(_CLIMBING, [vietnam_date(at), limit]))
    for now in found.values():
        up = now.running(moving.next_level(now, now.level, at=at), at=at)
        moving.write(up, "climbed", by=by, at=at)
        told = moving.takers(up, up.level, at=at)
        moving.tell(up, "DIFFICULTY_UP", [*told, up.asker_id], by=by, at=at)
    return len(found)


def _part(by: Actor, at: datetime, limit: int) -> int:
    found = moving.locked(_ids(_LEFT_ALONE, [limit]))
    for now in found.values():
        alone = replace(now.running(now.level, at=at), same_as_id=None)
        moving.write(alone, "parted", by=by, at=at)
        moving.tell(alone, "DIFFICULTY_NEW", moving.takers(alone, alone.level, at=at), by=by, at=at)
    return len(found)


def _close(by: Actor, at: datetime, limit: int) -> int:
    before = overdue_before(vietnam_date(at), PATIENCE_DAYS, calendar=official_calendar())
    found = moving.locked(_ids(_SILENT, [before, limit]))
    said = f"Quá {PATIENCE_DAYS} ngày làm việc không có phản hồi của người hỏi"
    for now in found.values():
        moving.write(now.resting("closed"), "closed", said=said, by=by, at=at)
    return len(found)


def _ids(statement: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]

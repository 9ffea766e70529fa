"""Alarms: things a person must look at. One open alarm for one subject, however often it is raised."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

_RAISE = """
    INSERT INTO database_alarm (name, subject, detail) VALUES (%s, %s, %s::jsonb)
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING
"""
_CLOSE = """
    UPDATE database_alarm SET closed_at = clock_timestamp()
    WHERE name = %s AND subject = %s AND closed_at IS NULL
"""
_RAISE_MANY = """
    INSERT INTO database_alarm (name, subject, detail)
    SELECT %s, subject, detail::jsonb FROM unnest(%s::text[], %s::text[]) AS wanted (subject, detail)
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING
"""
_CLOSE_OTHERS = """
    UPDATE database_alarm SET closed_at = clock_timestamp()
    WHERE name = %s AND closed_at IS NULL AND NOT subject = ANY (%s::text[])
"""
_OPEN = """
    SELECT name, count(*), min(raised_at), max(raised_at), (array_agg(subject ORDER BY raised_at, id))[1:5]
    FROM database_alarm WHERE closed_at IS NULL GROUP BY name ORDER BY min(raised_at), name
"""
_CLOSED = """
    SELECT name, count(*), max(closed_at), avg(closed_at - raised_at)
    FROM database_alarm WHERE closed_at > clock_timestamp() - interval '7 days' GROUP BY name ORDER BY 3 DESC, 1
"""
_CLOSE_ALL = """
    UPDATE database_alarm SET closed_at = clock_timestamp() WHERE name = %s AND closed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The open alarms of one name: how many, the first and the newest, and the first few subjects."""

    name: str
    count: int
    since: datetime
    newest_at: datetime
    subjects: tuple[str, ...]


def agree(name: str, subjects: Mapping[str, Mapping[str, object]]) -> tuple[int, int]:
    """Make the open alarms of a name those of these subjects: how many were raised, how many closed. Two statements."""
    with connection.cursor() as cursor:
        details = [json.dumps(dict(detail), default=str) for detail in subjects.values()]
        cursor.execute(_RAISE_MANY, [name, list(subjects), details])
        raised = cursor.rowcount
        cursor.execute(_CLOSE_OTHERS, [name, list(subjects)])
        return raised, cursor.rowcount


def standing() -> list[Standing]:
    """The open alarms by name, the oldest first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        return [
            Standing(name, count, since, newest, tuple(subjects))
            for name, count, since, newest, subjects in cursor.fetchall()
        ]


def lately_closed() -> list[tuple[str, int, datetime, timedelta]]:
    """What closed in the last seven days: name, how many, the last instant, how long they stood on average."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED)
        return list(cursor.fetchall())


def close_all(name: str) -> int:
    """Close every open alarm of a name; how many. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE_ALL, [name])
        return int(cursor.rowcount)


def sound(name: str, subject: str, detail: Mapping[str, object] | None = None) -> bool:
    """Raise an alarm; False when it stands already. Ids and codes only. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [name, subject, json.dumps(dict(detail or {}))])
        return bool(cursor.rowcount)


def close(name: str, subject: str) -> bool:
    """Close the open alarm of a subject; False when there is none. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [name, subject])
        return bool(cursor.rowcount)

"""Alarms: things a person must look at. One open alarm for one subject, however often it is raised."""

import json
from collections.abc import Mapping

from django.db import connection

_RAISE = """
    INSERT INTO database_alarm (name, subject, detail) VALUES (%s, %s, %s::jsonb)
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING
"""
_CLOSE = """
    UPDATE database_alarm SET closed_at = clock_timestamp()
    WHERE name = %s AND subject = %s AND closed_at IS NULL
"""


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

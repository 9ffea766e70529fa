"""Finds where the household database and the collection database differ about one person. Nothing is copied from either.

A step of the worker: entries that came or changed are compared with what the other database says, and the differences
stand in a list until somebody settles them (`settling`, `settlingrules`) or the two agree by themselves.
"""

from datetime import datetime

from django.db import connection

from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.kernel.actor import Actor

_COMPARE = Statement.load("lienthong.persons", "compare.sql")
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('lienthong.compare'))"
BATCH = 5_000


def compare(*, by: Actor, at: datetime, limit: int = BATCH) -> int:
    """Compare up to `limit` entries that are due; how many were. One worker at a time, safe to run again."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return 0
        find_rows_by_index()
        return _COMPARE.run({"limit": limit, "at": at})

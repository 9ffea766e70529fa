"""Keeps the area of households and entries right: the unit that answers for their commune, after every change of the lists.

A household keeps the commune code of the day it was written with; where that belongs today is the lists' to say.
"""

from datetime import datetime

from django.db import connection

from lienthong.database.scope import acting
from lienthong.database.sql import Statement, joining_by_hash
from lienthong.kernel.actor import Actor

_PLACE = Statement.load("lienthong.persons", "placing.sql")
_ENTRIES = Statement.load("lienthong.persons", "placing_entries.sql")
_IS_DUE = """
    SELECT version.routes_version, version.routes_on FROM catalogues_version AS version
    WHERE version.id = 1 AND version.routes_version IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM persons_placing AS placed
        WHERE placed.lists_version = version.routes_version AND placed.placed_on = version.routes_on)
"""
_PLACED = """
    INSERT INTO persons_placing (id, lists_version, placed_on) VALUES (1, %s, %s)
    ON CONFLICT (id) DO UPDATE SET lists_version = excluded.lists_version, placed_on = excluded.placed_on
"""
BATCH = 20_000


def place(*, by: Actor, at: datetime) -> int:
    """Set the areas anew when the reading of the lists has changed; how many rows moved to another area.

    A batch a transaction; a run that is killed goes on where it was, for what is right is not written again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IS_DUE)
        due = cursor.fetchone()
    if due is None:
        return 0
    moved = sum(_all(step, by, at) for step in (_PLACE, _ENTRIES))
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_PLACED, due)
    return moved


def _all(step: Statement, by: Actor, at: datetime) -> int:
    moved = 0
    while True:
        with acting(by, at=at), joining_by_hash():
            count = step.run({"limit": BATCH})
        moved += count
        if count < BATCH:
            return moved

"""How long each migration since the release before keeps others out of a table that is in use (INV-44).

The new migrations are taken back, the tables that they touch are filled, and each is run again while a second session
looks at its locks. A lock counts from the first look that finds it to the last.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from lienthong.database.released import RELEASED, is_new

MOST_SECONDS = 2.0
_LOOK_SECONDS = 0.002
_FILLS = {
    "database_outbox": """
        INSERT INTO database_outbox (kind, key, version, payload, state, sent_at, answer)
        SELECT 'justice.answer', 'bench:' || number, 1, '{"outcome": "applied"}', 'sent', clock_timestamp(), '200'
        FROM generate_series(1, %s) AS number
    """,
}
"""How the tables that new migrations touch are filled; one without a line here is measured as it is, and said so."""
_TABLES = """
    SELECT oid::bigint, relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""
_LOCKS = """
    SELECT DISTINCT relation::bigint FROM pg_locks
    WHERE pid = %s AND granted AND locktype = 'relation' AND relation = ANY (%s)
      AND mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
"""


def run(rows: int, *, progress: Callable[[str], None]) -> dict[str, Any]:
    """The figures of each new migration: seconds in all, and seconds by table that was locked and there before."""
    owner = connections["owner"]
    plan = _new_migrations()
    _take_back(plan)
    for table, text in _FILLS.items():
        progress(f"{table}: {rows}")
        with owner.cursor() as cursor:
            cursor.execute(text, [rows])
            cursor.execute("ANALYZE")
    figures = []
    for app, name in plan:
        progress(f"{app}.{name}")
        figures.append(_measured(owner, app, name))
    longest = max((s for each in figures for s in each["locked_seconds"].values()), default=0.0)
    touched = {table for each in figures for table in each["locked_seconds"]}
    return {
        "bench": "migrate",
        "rows": rows,
        "migrations": figures,
        "longest_lock_seconds": longest,
        "promise_seconds": MOST_SECONDS,
        "is_kept": longest < MOST_SECONDS,
        "touched_but_not_filled": sorted(touched - set(_FILLS)),
    }


def _new_migrations() -> list[tuple[str, str]]:
    loader = MigrationLoader(None)
    ours = {
        key for key, it in loader.disk_migrations.items() if it.__module__.startswith("lienthong.")
    }
    order: list[tuple[str, str]] = []
    for leaf in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(leaf):
            if key in ours and key not in order and is_new(*key):
                order.append(key)
    return order


def _take_back(plan: list[tuple[str, str]]) -> None:
    loader = MigrationLoader(None)
    for app in dict.fromkeys(app for app, _ in reversed(plan)):
        last = RELEASED.get(app, 0)
        names = [
            name for label, name in loader.disk_migrations if label == app and int(name[:4]) == last
        ]
        call_command("migrate", app, names[0] if names else "zero", database="owner", verbosity=0)


def _measured(owner: BaseDatabaseWrapper, app: str, name: str) -> dict[str, Any]:
    owner.ensure_connection()
    with owner.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        cursor.execute(_TABLES)
        tables = dict(cursor.fetchall())
    look = _Look(owner, pid, tables)
    look.start()
    began = time.monotonic()
    try:
        call_command("migrate", app, name, database="owner", verbosity=0)
    finally:
        seconds = time.monotonic() - began
        look.end.set()
        look.join()
    locked = {
        tables[relation]: round(last - first, 3) for relation, (first, last) in look.seen.items()
    }
    return {
        "migration": f"{app}.{name}",
        "seconds": round(seconds, 3),
        "locked_seconds": {table: held for table, held in sorted(locked.items()) if not table.startswith("django_")},
    }  # fmt: skip


class _Look(threading.Thread):
    """A second session that looks at the locks of the first."""

    def __init__(self, owner: BaseDatabaseWrapper, pid: int, tables: dict[int, str]) -> None:
        super().__init__(daemon=True)
        self.end = threading.Event()
        self.seen: dict[int, tuple[float, float]] = {}
        self._pid, self._tables = pid, tables
        settings = owner.settings_dict
        self._where = {
            "host": settings["HOST"],
            "port": settings["PORT"],
            "user": settings["USER"],
            "dbname": settings["NAME"],
        }

    def run(self) -> None:
        """Look until told to end."""
        with psycopg.connect(**self._where, autocommit=True) as connection:
            while not self.end.is_set():
                for (relation,) in connection.execute(_LOCKS, [self._pid, list(self._tables)]):
                    now = time.monotonic()
                    first, _ = self.seen.get(relation, (now, now))
                    self.seen[relation] = (first, now)
                self.end.wait(_LOOK_SECONDS)

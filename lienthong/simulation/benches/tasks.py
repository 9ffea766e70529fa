"""What every task of the worker costs beside N children who are there: seconds of a first and of a second run.

Fills a database of its own with `pages.fill`. The second run is the steady state: nothing has happened since the first. A
task whose second run reads a large table whole will not hold its pace in a country; which tables it read is said.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, connections

from lienthong.simulation.benches import pages

Job = tuple[str, float, Callable[[datetime], int]]
"""The name of a task, its pause in seconds, and what it runs."""
_READ = """
    SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE schemaname = 'public' AND seq_tup_read > 0
"""
_AFTER = timedelta(minutes=1)
_A_TENTH = 10
_TABLES_TOLD: Final = 5


def run(
    count: int, jobs: Sequence[Job], *, at: datetime, progress: Callable[[str], None]
) -> dict[str, object]:
    """Per task: seconds and things moved of both runs, the share of its pause, and rows of tables read whole the second time."""
    filled = pages.fill(count, at=at, progress=progress)
    found: dict[str, Mapping[str, object]] = {}
    for name, pause, job in jobs:
        progress(name)
        first, first_moved, _ = _timed(job, at, least=count // _A_TENTH)
        second, moved, read = _timed(job, at + _AFTER, least=count // _A_TENTH)
        found[name] = {
            "first_seconds": round(first, 3),
            "first_moved": first_moved,
            "seconds": round(second, 3),
            "moved": moved,
            "of_its_pause": round(second / pause, 3),
            "read_whole": read,
        }
    return {
        "bench": "tasks",
        "children": count,
        "fill_seconds": round(filled),
        "tasks": dict(sorted(found.items(), key=lambda it: -float(str(it[1]["of_its_pause"])))),
    }


def _timed(
    job: Callable[[datetime], int], at: datetime, *, least: int
) -> tuple[float, int, dict[str, int]]:
    """Seconds, how many things it moved, and the rows of tables it read whole, those of at least so many alone."""
    before = _read()
    started = time.perf_counter()
    moved = job(at)
    seconds = time.perf_counter() - started
    read = {name: rows - before.get(name, 0) for name, rows in _read().items()}
    most = sorted(read.items(), key=lambda it: -it[1])[:_TABLES_TOLD]
    return seconds, moved, {name: rows for name, rows in most if rows >= least}


def _read() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT 1")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(_READ)
        return dict(cursor.fetchall())

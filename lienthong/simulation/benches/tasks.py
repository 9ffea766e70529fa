"""What every task of the worker costs beside N children who are there: seconds of a first run, and of one after new births.

Fills a database of its own with `pages.fill`; what is written so is the past, and taken as looked at. A task that reads a
large table whole when a few births have come will not hold its pace in a country; which tables it read is said.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, connections

from lienthong.births import enrolment, storing
from lienthong.births.storing import Via
from lienthong.simulation.benches import pages

Job = tuple[str, float, Callable[[datetime], int]]
"""The name of a task, its pause in seconds, and what it runs."""
_READ = """
    SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE schemaname = 'public' AND seq_tup_read > 0
"""
# Rules are asked of what moves from now on.
_LOOKED = """
    UPDATE cards_look SET seen_id = CASE name WHEN 'dossier' THEN (SELECT coalesce(max(id), 0) FROM dossiers_event)
                                    ELSE (SELECT coalesce(max(id), 0) FROM cards_event) END
    WHERE name IN ('dossier', 'card')
"""
_AFTER = timedelta(minutes=1)
_A_TENTH = 10
_TABLES_TOLD: Final = 5
Progress = Callable[[str], None]


def run(
    count: int, jobs: Sequence[Job], births: Sequence[bytes], *, at: datetime, progress: Progress
) -> dict[str, object]:
    """Per task: seconds and things moved of both runs, the share of its pause, and rows of tables read whole the second time."""
    filled = pages.fill(count, at=at, progress=progress)
    with connections["owner"].cursor() as cursor:
        cursor.execute(_LOOKED)
    least = count // _A_TENTH
    first = {}
    for name, _, job in jobs:
        progress(name)
        first[name] = _timed(job, at, least=least)
    storing.accept_many(births, Via("file", peer="bench"), by=enrolment.system(), at=at)
    found: dict[str, Mapping[str, object]] = {}
    for name, pause, job in jobs:
        progress(f"{name}, after {len(births)} births")
        seconds, moved, read = _timed(job, at + _AFTER, least=least)
        found[name] = {
            "first_seconds": round(first[name][0], 3),
            "first_moved": first[name][1],
            "seconds": round(seconds, 3),
            "moved": moved,
            "of_its_pause": round(seconds / pause, 3),
            "read_whole": read,
        }
    return {
        "bench": "tasks",
        "children": count,
        "births": len(births),
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

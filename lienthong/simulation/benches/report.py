"""P8: `phu-luc-1` over a national year, now and as of past instants, beside the plain scan of the same events.

Fills a database of its own, never an installation's, and folds it as the worker would. Seconds at the caller, medians of
alternating rounds; the scan is what a figure would cost without lines: the last event of each dossier up to the instant.
"""

import resource
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, connections

from lienthong.births import enrolment
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.reports import folding, forms
from lienthong.simulation.benches import filling, processes

_TABLES: Final = ("persons_person", "dossiers_dossier", "dossiers_event", "births_message")
_YEAR = timedelta(days=365)
_SCAN = """
    SELECT state, count(*) FROM (
        SELECT DISTINCT ON (dossier_id) dossier_id, to_state AS state FROM dossiers_event
        WHERE at <= %s ORDER BY dossier_id, id DESC) AS stood
    GROUP BY state
"""
_SIZES = """
    SELECT pg_total_relation_size('reports_line') / 1048576, (SELECT count(*) FROM reports_line),
           (SELECT count(*) FROM dossiers_event)
"""
_MEBIBYTE = 1024
Progress = Callable[[str], None]


def fill(count: int, *, at: datetime, progress: Progress) -> float:
    """Write a year of `count` dossiers up to `at`; seconds. As the owner, past triggers and keys."""
    started = time.perf_counter()
    with connections["owner"].cursor() as cursor, filling.unguarded(_TABLES):
        for name, statement in filling.parts("report.sql"):
            progress(f"{name} ({time.perf_counter() - started:.0f} s)")
            cursor.execute(statement, {"count": count, "first": at - _YEAR})
        cursor.execute("VACUUM (ANALYZE)")
    return time.perf_counter() - started


def run(count: int, rounds: int, *, at: datetime, progress: Progress) -> dict[str, object]:
    """The figures: seconds at the caller and of processor time, of the database and of this process together.

    `ratio` is the scan's time over the form's as of the same past instant.
    """
    by = enrolment.system()
    filled = fill(count, at=at, progress=progress)
    progress("fold")
    started = time.perf_counter()
    folding.fold_all(by=by, at=at)
    folded = time.perf_counter() - started
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) reports_line, reports_cell")
        cursor.execute(_SIZES)
        sizes = cursor.fetchone()
    asked = _questions(by, at)
    walls: dict[str, list[float]] = {name: [] for name in asked}
    processors: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        progress(f"round {number}")
        for name, ask in asked.items():
            with acting(by, at=at):
                wall, processor = _timed(ask)
            if number:
                walls[name].append(wall)
                processors[name].append(processor)
    medians = {name: round(statistics.median(told), 3) for name, told in walls.items()}
    return {
        "bench": "report",
        "births": count,
        "rounds": rounds,
        "fill_seconds": round(filled),
        "fold_seconds": round(folded, 1),
        "lines_mebibytes": sizes[0],
        "lines": sizes[1],
        "events": sizes[2],
        "seconds": medians,
        "processor_seconds": {
            name: round(statistics.median(told), 3) for name, told in processors.items()
        },
        "ratio": round(medians["scan_past"] / medians["past"], 2),
        "memory_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE,
    }


def _questions(by: Actor, at: datetime) -> dict[str, Callable[[], object]]:
    """What is asked: a year by provinces now, as of yesterday and as of half a year ago; by units; a list; the scan."""
    year = (vietnam_date(at - _YEAR), vietnam_date(at))
    past, yesterday = at - _YEAR / 2, at - timedelta(days=1)

    def table(as_of: datetime, level: str, within: str = "") -> Callable[[], object]:
        return lambda: forms.table(by, "phu-luc-1", year, as_of, level, within)

    return {
        "now": table(at, "province"),
        "past": table(past, "province"),
        "yesterday": table(yesterday, "province"),
        "now_by_unit": table(at, "unit"),
        "now_by_unit_of_one_province": table(at, "unit", "01"),
        "list_of_backlog": lambda: forms.listing(by, "phu-luc-1", "backlog", forms.Where(year, at)),
        "scan_past": lambda: _scan(past),
    }


def _scan(past: datetime) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, [past])
        return list(cursor.fetchall())


def _timed(ask: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and processor seconds of this process and of the server's process behind its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    before = processes.cpu_seconds(backend) + time.process_time()
    started = time.perf_counter()
    ask()
    wall = time.perf_counter() - started
    return wall, processes.cpu_seconds(backend) + time.process_time() - before

"""P8: `phu-luc-1` over a national year, now and as of past instants, beside the plain scan of the same events.

Fills a database of its own, never an installation's, and folds it as the worker would. Seconds at the caller, medians of
alternating rounds; the scan is what a figure would cost without lines: the last event of each dossier up to the instant.
"""

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, connections

from lienthong.births import enrolment
from lienthong.database.scope import acting
from lienthong.kernel.dates import vietnam_date
from lienthong.reports import folding, forms
from lienthong.simulation.benches import filling

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
    """The figures, in seconds; `ratio` is the scan's time over the form's as of the same past instant."""
    by = enrolment.system()
    filled = fill(count, at=at, progress=progress)
    progress("fold")
    started = time.perf_counter()
    folding.fold_all(by=by, at=at)
    folded = time.perf_counter() - started
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) reports_line")
        cursor.execute(_SIZES)
        sizes = cursor.fetchone()
    period = (vietnam_date(at - _YEAR), vietnam_date(at))
    past = at - _YEAR / 2
    asked: dict[str, Callable[[], object]] = {
        "now": lambda: forms.table(by, "phu-luc-1", period, at, "province"),
        "past": lambda: forms.table(by, "phu-luc-1", period, past, "province"),
        "yesterday": lambda: forms.table(
            by, "phu-luc-1", period, at - timedelta(days=1), "province"
        ),
        "now_by_unit": lambda: forms.table(by, "phu-luc-1", period, at, "unit"),
        "now_one_province": lambda: forms.table(by, "phu-luc-1", period, at, "unit", "01"),
        "listing_of_late": lambda: forms.listing(
            by, "phu-luc-1", "late_closed", forms.Where(period, at)
        ),
        "scan_past": lambda: _scan(past),
    }
    times: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        progress(f"round {number}")
        for name, ask in asked.items():
            with _timed(times[name] if number else []), acting(by, at=at):
                ask()
    medians = {name: round(statistics.median(told), 3) for name, told in times.items()}
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
        "ratio": round(medians["scan_past"] / medians["past"], 2),
        "memory_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE,
    }


def _scan(past: datetime) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, [past])
        return list(cursor.fetchall())


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    into.append(time.perf_counter() - started)

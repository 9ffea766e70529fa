"""Figures about the whole that the worker counts and `/metrics` shows: a small table, so that a scrape costs the same at any size."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

_PUT = """
    INSERT INTO database_gauge (name, label, value, at)
    SELECT name, label, value, %s FROM unnest(%s::text[], %s::text[], %s::float8[]) AS counted (name, label, value)
    ON CONFLICT (name, label) DO UPDATE SET value = excluded.value, at = excluded.at
"""
_SWEEP = "DELETE FROM database_gauge WHERE at < %s"
_ALL = "SELECT name, label, value, at FROM database_gauge ORDER BY name, label"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure: its name, its one label's value ('' for none), and when it was counted."""

    name: str
    label: str
    value: float
    at: datetime


def put(counted: Iterable[tuple[str, str, float]], *, at: datetime) -> int:
    """Make the figures those of `at`; how many. What was not counted again goes. Two statements."""
    rows = sorted({(name, label): value for name, label, value in counted}.items())
    with transaction.atomic(), connection.cursor() as cursor:
        keys = [key for key, _ in rows]
        values = [value for _, value in rows]
        cursor.execute(_PUT, [at, [name for name, _ in keys], [label for _, label in keys], values])
        cursor.execute(_SWEEP, [at])
    return len(rows)


def every() -> list[Gauge]:
    """Every figure, by name and label. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL)
        return [Gauge(*row) for row in cursor.fetchall()]

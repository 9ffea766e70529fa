"""Writes rows straight into the tables of a bench database: past triggers and foreign keys, which are put aside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from random import Random
from typing import Any, Final

from django.db import connections
from psycopg import sql

from lienthong.simulation.names import KINH, model

_NAMES: Final = 40_000
_KEYS = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid::regclass::text = ANY (%s)
"""
_NAME_TABLE = (
    "CREATE UNLOGGED TABLE bench_name (serial int, full_name text, tone_key text, fold_key text)"
)
_NAME_ROWS = """
    INSERT INTO bench_name
    SELECT ordinal - 1, name, name_tone_key(name), name_fold_key(name)
    FROM unnest(%s::text[]) WITH ORDINALITY AS drawn (name, ordinal)
"""


def parts(name: str) -> Iterator[tuple[str, str]]:
    """The statements of an SQL file of the benches, each under a line `-- part: its name`."""
    text = files("lienthong.simulation.benches").joinpath(name).read_text(encoding="utf-8")
    for part in text.split("-- part: ")[1:]:
        title, _, statement = part.partition("\n")
        yield title, statement


def draw_names() -> None:
    """Make the table `bench_name`: some tens of thousands of names of children, with their keys."""
    drawn = Random(1)
    names = [model().child(drawn, ("male", "female")[n % 2], group=KINH) for n in range(_NAMES)]
    with connections["owner"].cursor() as cursor:
        cursor.execute(_NAME_TABLE)
        cursor.execute(_NAME_ROWS, [names])


@contextmanager
def unguarded(tables: Sequence[str]) -> Iterator[None]:
    """No triggers, no foreign keys, and the owner past row-level security, while the block runs."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(_KEYS, [list(tables)])
        keys = cursor.fetchall()
        for table, name in keys:
            _alter(cursor, "ALTER TABLE {} DROP CONSTRAINT {}", table, name)
        for table in tables:
            _alter(cursor, "ALTER TABLE {} DISABLE TRIGGER USER", table)
            _alter(cursor, "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", table)
        yield
        for table in tables:
            _alter(cursor, "ALTER TABLE {} ENABLE TRIGGER USER", table)
        _alter(cursor, "ALTER TABLE {} FORCE ROW LEVEL SECURITY", "dossiers_dossier")


def _alter(cursor: Any, statement: str, *names: str) -> None:  # noqa: ANN401 - Django's cursor
    cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

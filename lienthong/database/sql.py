"""Static SQL of the steps: a named .sql file beside its caller, read once, run with a mapping of parameters.

Not for SQL built from strings: a step's text is its file. A literal percent sign is written `%%`.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.db import connection, transaction

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One .sql file. `header` is its leading comment without the dashes, `summary` the first line of it."""

    name: str
    text: str
    header: str

    @property
    def summary(self) -> str:
        """The first line of the header."""
        return self.header.partition("\n")[0]

    @staticmethod
    def load(package: str, name: str) -> "Statement":
        """The file `name` of a package, read once a process. Raises FileNotFoundError when there is none."""
        return _load(package, name)

    def rows(self, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows the statement returns, all of them, in its order. One round trip."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, dict(parameters or {}))
            return list(cursor.fetchall())

    def run(self, parameters: Mapping[str, Any] | None = None) -> int:
        """How many rows the statement wrote (for a SELECT: returned). One round trip."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, dict(parameters or {}))
            return int(cursor.rowcount)

    def value(self, parameters: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - a column of any type
        """The first column of the first row; None when there is no row. One round trip."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, dict(parameters or {}))
            row = cursor.fetchone()
            return None if row is None else row[0]


def function_before(file: Path, name: str) -> str:
    """The function as the SQL file made it, as CREATE OR REPLACE: how a migration that replaces it goes back.

    Raises LookupError when the file makes none of that name.
    """
    text = file.read_text(encoding="utf-8")
    found = re.search(
        rf"CREATE (?:OR REPLACE )?FUNCTION {re.escape(name)}\(.*?\$\$;", text, re.DOTALL
    )
    if found is None:
        msg = f"{file.name} makes no function {name}"
        raise LookupError(msg)
    return found[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


_PLANNER = """
    SELECT current_setting('enable_nestloop'), current_setting('enable_mergejoin'), current_setting('jit')
"""
_HASH_ONLY = """
    SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
           set_config('jit', 'off', true)
"""
_AS_BEFORE = """
    SELECT set_config('enable_nestloop', %s, true), set_config('enable_mergejoin', %s, true), set_config('jit', %s, true)
"""
_JOINS = """
    SELECT current_setting('enable_seqscan'), current_setting('enable_hashjoin'), current_setting('enable_mergejoin'),
           current_setting('jit')
"""
_INDEX_ONLY = """
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
           set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)
"""
_JOINS_AS_BEFORE = """
    SELECT set_config('enable_seqscan', %s, true), set_config('enable_hashjoin', %s, true),
           set_config('enable_mergejoin', %s, true), set_config('jit', %s, true)
"""
_BY_INDEX = "SELECT set_config('enable_seqscan', 'off', true)"


def find_rows_by_index() -> None:
    """For the rest of this transaction: a batch finds its rows by index, however the tables have grown.

    The planner's figures lag behind tables that grow by thousands of rows a second; taking an old, small figure for
    true it would read a whole table for each batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)


@contextmanager
def joining_by_hash() -> Iterator[None]:
    """While the block runs, in one transaction: lists are joined by hash, whatever the planner thinks of their sizes.

    It knows nothing of a CTE's size, nor of a table filled a moment ago, and would loop over 20,000 rows for each of
    20,000; hashes need no luck.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PLANNER)
        before = cursor.fetchone()
        cursor.execute(_HASH_ONLY)
        yield
        cursor.execute(_AS_BEFORE, before)


@contextmanager
def looking_up_by_index() -> Iterator[None]:
    """While the block runs, in one transaction: a few rows look up theirs in tables of any size, each by an index.

    For statements without a join of one list with another; `joining_by_hash` is for those.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_JOINS)
        before = cursor.fetchone()
        cursor.execute(_INDEX_ONLY)
        yield
        cursor.execute(_JOINS_AS_BEFORE, before)


def header_of(text: str) -> str:
    """The leading `--` comment of a SQL text, one line per line, without dashes; '' when there is none."""
    lines: list[str] = []
    for line in text.lstrip().splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return "\n".join(lines)


@cache
def _load(package: str, name: str) -> Statement:
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return Statement(name, text, header_of(text))

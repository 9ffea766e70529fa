"""Where the SQL of a linkage runs: DuckDB on one machine, Spark on a cluster. Both keep each table as Parquet in the folder.

A table stands when its file (or folder) bears its name; while it is written it is called `.part`. So a linkage that was
killed goes on at the table it was writing.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from lienthong.persons.linkage import queries


class Engine(Protocol):
    """Makes and reads tables by SQL that both engines understand."""

    def table(self, name: str, query: str) -> None:
        """Make the table by the query, unless it stands."""

    def view(self, name: str, query: str) -> None:
        """A name for a query, kept nowhere."""

    def handed_over(self, name: str, query: str) -> None:
        """What DuckDB reads at the end, whichever engine made it: a table of a cluster, a view on one machine."""

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """All rows of a small answer."""

    def close(self) -> None:
        """Give memory and processes back."""


def connect(folder: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """DuckDB within its memory; what does not fit goes to `spill` in the folder."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    # What a linkage says is for its caller alone.
    connection.execute("SET enable_progress_bar = false")
    return connection


def in_memory(name: str, query: str) -> str:
    """The statement that makes a table of DuckDB's memory by the query, or makes it anew."""
    return queries.filled("engines.sql", "memory", name=name, query=query)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


class OneMachine:
    """DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection = connection
        self._folder = folder

    def table(self, name: str, query: str) -> None:
        """Make the table by the query, unless it stands."""
        path = self._folder / f"{name}.parquet"
        if not path.exists():
            part = path.with_suffix(".part")
            self.connection.execute(
                queries.filled("engines.sql", "file", query=query, path=_quoted(part))
            )
            part.rename(path)
        # Spark leaves a folder of files, DuckDB one file.
        files = str(path / "*.parquet") if path.is_dir() else str(path)
        self.connection.read_parquet(files).create_view(name, replace=True)

    def given(self, name: str, rows: pa.Table) -> None:
        """A table that the caller holds."""
        self.connection.register(f"{name}_given", rows)
        self.kept_in_memory(name, f"FROM {name}_given")

    def kept_in_memory(self, name: str, query: str) -> None:
        """A table that is soon made again and not worth a file."""
        self.connection.execute(in_memory(name, query))

    def view(self, name: str, query: str) -> None:
        """A name for a query, kept nowhere."""
        self.connection.sql(query).create_view(name, replace=True)

    handed_over = view

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        """All rows of a small answer."""
        return self.connection.sql(query).fetchall()

    def close(self) -> None:
        """Give the memory back and remove what was spilt."""
        self.connection.close()
        shutil.rmtree(self._folder / "spill", ignore_errors=True)

"""Runs invariants written as SQL: each file of a folder selects the rows that break one promise.

A file's header is its name on the first line and the Vietnamese sentence on the second; further lines are
for the reader of the SQL. The query returns (subject, detail) pairs of text, and none when the promise holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from lienthong.database.sql import header_of

_MOST_PER_INVARIANT = 100


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise: its name, the row or thing concerned, and a sentence for the operator."""

    name: str
    subject: str
    message_vi: str


def run_all(connection: BaseDatabaseWrapper, folders: Iterable[Path]) -> list[Breach]:
    """Every breach the folders' files find, in file order, at most 100 a file. One query a file; writes nothing.

    Raises ValueError for a file without its two header lines.
    """
    found: list[Breach] = []
    for folder in folders:
        for path in sorted(folder.glob("*.sql")):
            found.extend(_run(connection, path))
    return found


def _run(connection: BaseDatabaseWrapper, path: Path) -> list[Breach]:
    text = path.read_text(encoding="utf-8")
    name, _, rest = header_of(text).partition("\n")
    sentence = rest.partition("\n")[0]
    if not name or not sentence:
        msg = f"{path.name}: the header needs a name and a sentence"
        raise ValueError(msg)
    with connection.cursor() as cursor:
        cursor.execute(text)
        rows = cursor.fetchmany(_MOST_PER_INVARIANT)
    return [
        Breach(name, str(subject), f"{sentence} ({detail})" if detail else sentence)
        for subject, detail in rows
    ]

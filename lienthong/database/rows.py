"""Rows of a cursor as frozen dataclasses, by column name."""

from typing import Any, Protocol, TypeVar

Line = TypeVar("Line")


class _Cursor(Protocol):
    description: Any

    def fetchall(self) -> list[tuple[Any, ...]]: ...


def rows_as(line: type[Line], cursor: _Cursor) -> list[Line]:
    """Every row as one `line`; the statement's column names are the fields' names."""
    names = [column[0] for column in cursor.description]
    return [line(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]

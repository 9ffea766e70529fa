"""Lifecycles as data the database holds: which moves exist, who may make them, what the officer reads.

A lifecycle is a Python table (`Moves`) mirrored into `database_move`; every event row has a foreign key to
that table, and the statement triggers of the state tables write the events. So an impossible move, or a move
without its event, cannot be stored by anyone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

BORN = ""
"""The state before the first: a row is made by a move from here."""
SYSTEM = "SYSTEM"
"""In place of a permission: only the system makes this move."""


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move. `permission` is SYSTEM or a permission's name; `label_vi` is what the screen offers."""

    from_state: str
    to_state: str
    permission: str
    label_vi: str


@dataclass(frozen=True, slots=True)
class Moves:
    """The lifecycle of one kind of row: its states with their Vietnamese labels, and its moves."""

    machine: str
    labels_vi: dict[str, str]
    moves: tuple[Move, ...]
    final: frozenset[str]

    def allowed(self, from_state: str, to_state: str) -> bool:
        """True when the table holds this move."""
        return any(m.from_state == from_state and m.to_state == to_state for m in self.moves)

    def sources_of(self, to_state: str) -> tuple[str, ...]:
        """The states from which `to_state` can be reached in one move."""
        return tuple(m.from_state for m in self.moves if m.to_state == to_state)


_INSERT = """
    INSERT INTO database_move (machine, from_state, to_state)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])
    ON CONFLICT DO NOTHING
"""
_DELETE_GONE = """
    DELETE FROM database_move AS held
    WHERE held.machine = %s
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%s::text[], %s::text[]) AS kept (from_state, to_state)
          WHERE kept.from_state = held.from_state AND kept.to_state = held.to_state)
"""


def mirror(lifecycles: Iterable[Moves]) -> int:
    """Make the SQL table equal the Python tables; the number of moves it then holds. Safe to run twice.

    Raises an integrity error when a move with recorded events has been taken out of the code.
    """
    with connection.cursor() as cursor:
        for lifecycle in lifecycles:
            sources = [m.from_state for m in lifecycle.moves]
            targets = [m.to_state for m in lifecycle.moves]
            cursor.execute(_INSERT, [[lifecycle.machine] * len(sources), sources, targets])
            cursor.execute(_DELETE_GONE, [lifecycle.machine, sources, targets])
        cursor.execute("SELECT count(*) FROM database_move")
        return int(cursor.fetchone()[0])

"""What one way of breaking a promise is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breaking:
    """One way of breaking a promise: the tables whose triggers are off, and a statement that returns the subjects.

    `constraint` is dropped from the first table. `also` are the other promises that this breaks.
    """

    promise: str
    what: str
    tables: tuple[str, ...]
    statement: str
    constraint: str = ""
    also: tuple[str, ...] = ()

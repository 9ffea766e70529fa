"""One row of the bad-input table as data: what comes in and what must become of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tests.gateways.samples import ON

Level = Literal["judge", "door", "server", "intake", "pipeline"]


@dataclass(frozen=True)
class Case:
    """One row. `bodies` are variants of the input, each of which must give the same outcome and code."""

    row: int
    title: str
    level: Level
    bodies: Sequence[bytes] = ()
    outcome: str = "accepted"
    code: str = ""
    field: str | None = None
    on: date = ON
    elsewhere: str = ""

    @property
    def id(self) -> str:
        return f"E-{self.row:03}"

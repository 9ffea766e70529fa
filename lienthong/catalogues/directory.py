"""The public directory of health facilities and issuing units, read page by page with the gateway's rights.

Holds nobody's data. Pages of officials leaf through the lists in `browsing`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from psycopg import Cursor

Kind = Literal["facility", "unit"]
MOST: Final = 100
_PAGE: Final = "SELECT * FROM catalogues_directory(%s, %s, %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Entry:
    """A facility under its contract of the day, or else its latest one; or a unit, which has no dates.

    `valid_to` is the last day included; None is open.
    """

    kind: Kind
    code: str
    name: str
    province_code: str
    province_name: str
    commune_code: str
    commune_name: str
    level: str
    registers_children: bool
    valid_from: date | None
    valid_to: date | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: None leaves a condition out. The name counts from its beginning, or anywhere with `in_name`."""

    kind: Kind
    code: str | None = None
    name: str | None = None
    in_name: bool = False
    province_code: str | None = None
    after_code: str = ""
    most: int = MOST


def entries(cursor: Cursor[Any], asked: Asked, *, on: date) -> list[Entry]:
    """The entries in the order of their codes, after `after_code`, never more than `MOST`."""
    cursor.execute(
        _PAGE,
        [
            asked.kind,
            asked.code,
            asked.name,
            asked.in_name,
            asked.province_code,
            on,
            asked.after_code,
            asked.most,
        ],
    )
    return [Entry(*row) for row in cursor.fetchall()]

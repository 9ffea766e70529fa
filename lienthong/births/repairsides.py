"""What an officer reads before a number is repaired: the two sides, their cards, the queue as a file.

Whoever is out of the officer's reach is told with his unit alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection

from lienthong.cards import cover, further
from lienthong.cards.cover import Stretch
from lienthong.catalogues.sheets import write_sheet
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, DateRange, day_first
from lienthong.persons.numbermatters import MatterLine
from lienthong.persons.numbers import named_by

_SIDE = "SELECT * FROM births_matter_side(%s)"
_OF_DOSSIER = "SELECT person_id FROM dossiers_dossier WHERE code = %s AND person_id IS NOT NULL"
_COLUMNS_VI: Final = (
    "Việc số",
    "Loại",
    "Đơn vị",
    "Người tham gia",
    "Ngày sinh",
    "Người thứ hai",
    "Mã số ghi",
    "Nơi ghi",
    "Sai cấu trúc",
    "Phát hiện lúc",
    "Tình trạng",
    "Người đề nghị",
)


@dataclass(frozen=True, slots=True)
class Side:
    """One person of a matter. Out of reach everything but the unit is empty."""

    person_id: int
    is_in_reach: bool
    area: int
    unit_name: str
    full_name: str
    born_on: date | None
    sex: str
    personal_id: str
    mother_name: str
    residence_text: str
    number: str
    taken_at: datetime | None
    entitled_from: date | None
    entitled_end: date | None

    @property
    def entitled(self) -> DateRange | None:
        """The days of cover as a child; None for whoever has none."""
        return (
            None if self.entitled_from is None else DateRange(self.entitled_from, self.entitled_end)
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """The line of cover of one person now, and as it will be once cards with another number take their place."""

    before: tuple[Stretch, ...]
    after: tuple[Stretch, ...]


def sides(by: Actor, matter: MatterLine) -> tuple[Side, ...]:
    """The one or two persons of a matter, the holder first. A statement each."""
    del by  # the function reads the actor of the transaction
    found: list[Side] = []
    with connection.cursor() as cursor:
        for person_id in (matter.person_id, matter.other_id):
            if person_id is not None:
                cursor.execute(_SIDE, [person_id])
                found.extend(rows_as(Side, cursor))
    return tuple(found)


def cover_of(by: Actor, person_id: int, *, on: date) -> Cover | None:
    """What another number on the cards of a person would do to his line: nothing; None without a card."""
    line = further.lines_of(by, [person_id]).get(person_id, ())
    if not line:
        return None
    used = [it for it in line if it.valid.end is None or it.valid.end > on]
    ended = [it.card_id for it in used]
    return Cover(line, cover.line_after(line, ended, [it.valid for it in used]))


def person_named(by: Actor, text: str) -> int | None:
    """The person whom a number of any time or the code of a dossier names; None for nobody or several."""
    found = named_by(by, text)
    if len(found) == 1:
        return found[0]
    with connection.cursor() as cursor:
        cursor.execute(_OF_DOSSIER, [text.strip()])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def as_xlsx(lines: Iterable[MatterLine]) -> bytes:
    """The queue as a workbook of one sheet; every number is a text."""
    return write_sheet("Mã số cần sửa", _COLUMNS_VI, (_cells(it) for it in lines))


def _cells(it: MatterLine) -> list[str | float]:
    found = it.found_at.astimezone(VIETNAM)
    return [
        str(it.id),
        it.kind_vi,
        it.unit_name,
        it.full_name,
        day_first(it.born_on) if it.born_on else "",
        it.other_name,
        it.written,
        it.source_vi,
        ", ".join(fault.message_vi for fault in it.faults),
        f"{day_first(found.date())} {found:%H:%M}",
        it.state_vi,
        it.proposed_by.partition(":")[2],
    ]

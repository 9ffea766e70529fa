"""What officers read of numbers to be repaired: counts by kind and unit, the list, one matter with its repair.

Only what concerns the actor's area. Proposing and confirming are `births.repairs`'s.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound
from lienthong.law.numbering import StructureFault, structure_faults
from lienthong.persons.numbers import SOURCES_VI

KINDS_VI: Final = {
    "claimed": "Một mã số, hai người",
    "doubled": "Một người, hai mã số",
    "structure": "Sai cấu trúc",
}
"""The kinds, the worst first."""
STATES_VI: Final = {
    "": "Chờ đề nghị",
    "proposed": "Chờ xác nhận",
    "confirmed": "Chờ duyệt thẻ mới",
    "done": "Đã sửa xong",
    "refused": "Đã trả lại",
}
CLOSED_VI: Final = {
    "": "",
    "repaired": "Đã sửa xong",
    "left": "Đã xác nhận để nguyên",
    "gone": "Không còn sai lệch",
}

_LINES = """
    SELECT matter.id, matter.kind, matter.person_id, matter.other_id, matter.number, matter.written, matter.key,
           matter.source, matter.area, matter.other_area, matter.found_at, matter.found_by, matter.closed_at,
           matter.closed_as, coalesce(person.full_name, '') AS full_name, person.born_on,
           coalesce(other.full_name, '') AS other_name, coalesce(unit.name, '') AS unit_name,
           coalesce(repair.state, '') AS state, coalesce(repair.proposed_by, '') AS proposed_by
    FROM persons_numbermatter AS matter
    LEFT JOIN persons_person AS person ON person.id = matter.person_id
    LEFT JOIN persons_person AS other ON other.id = matter.other_id
    LEFT JOIN catalogues_unit AS unit ON unit.id = matter.area
    LEFT JOIN LATERAL (
        SELECT latest.state, latest.proposed_by FROM persons_numberrepair AS latest
        WHERE latest.matter_id = matter.id AND latest.state <> 'refused' LIMIT 1) AS repair ON true
    WHERE (matter.closed_at IS NULL OR %(id)s <> 0) AND (%(kind)s = '' OR matter.kind = %(kind)s)
      AND (%(area)s = 0 OR matter.area = %(area)s OR matter.other_area = %(area)s)
      AND (%(state)s = 'any' OR coalesce(repair.state, '') = %(state)s)
      AND (%(id)s = 0 OR matter.id = %(id)s)
      AND (%(after)s = 0 OR (matter.found_at, matter.id) > (
          SELECT last.found_at, last.id FROM persons_numbermatter AS last WHERE last.id = %(after)s))
    ORDER BY matter.found_at, matter.id LIMIT %(limit)s
"""
_COUNTS = """
    SELECT matter.kind, matter.area, coalesce(unit.name, '') AS unit_name, count(*) AS count
    FROM persons_numbermatter AS matter LEFT JOIN catalogues_unit AS unit ON unit.id = matter.area
    WHERE matter.closed_at IS NULL GROUP BY matter.kind, matter.area, unit.name ORDER BY count DESC, matter.area
"""
_REPAIRS = """
    SELECT id, state, keep, reason, evidence, proposed_person, proposed_by, proposed_at, confirmed_by, confirmed_at,
           refused_by, refused_at, refused_note, done_at, card_id, trouble, effects::text AS effects
    FROM persons_numberrepair WHERE matter_id = %s ORDER BY id DESC
"""


@dataclass(frozen=True, slots=True)
class MatterLine:
    """One number to be repaired. A name is empty where the person is out of the actor's reach; `state` is a key of STATES_VI."""

    id: int
    kind: str
    person_id: int
    other_id: int | None
    number: str
    written: str
    key: str
    source: str
    area: int
    other_area: int
    found_at: datetime
    found_by: str
    closed_at: datetime | None
    closed_as: str
    full_name: str
    born_on: Any
    other_name: str
    unit_name: str
    state: str
    proposed_by: str

    @property
    def kind_vi(self) -> str:
        """The kind in words."""
        return KINDS_VI[self.kind]

    @property
    def state_vi(self) -> str:
        """How it stands, in words."""
        return CLOSED_VI[self.closed_as] or STATES_VI[self.state]

    @property
    def source_vi(self) -> str:
        """Where the number was read."""
        return SOURCES_VI[self.source]

    @property
    def faults(self) -> tuple[StructureFault, ...]:
        """What is wrong with the number as written."""
        return structure_faults(self.written)


@dataclass(frozen=True, slots=True)
class MatterCount:
    """How many matters of a kind are open in the area of a unit."""

    kind: str
    area: int
    unit_name: str
    count: int


@dataclass(frozen=True, slots=True)
class RepairLine:
    """One proposal about a matter and what became of it."""

    id: int
    state: str
    keep: str
    reason: str
    evidence: str
    proposed_person: int
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    refused_by: str
    refused_at: datetime | None
    refused_note: str
    done_at: datetime | None
    card_id: int | None
    trouble: str
    effects: str

    @property
    def state_vi(self) -> str:
        """How it stands, in words."""
        return STATES_VI[self.state]


@dataclass(frozen=True, slots=True)
class MatterFilter:
    """What of the list is asked for; `state` 'any' or a key of STATES_VI, `after` the last row of the page before."""

    kind: str = ""
    area: int = 0
    state: str = "any"
    after: int = 0


def matters(by: Actor, wanted: MatterFilter, *, limit: int) -> list[MatterLine]:
    """Open matters in the actor's area, oldest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    kind = wanted.kind if wanted.kind in KINDS_VI else ""
    state = wanted.state if wanted.state in STATES_VI else "any"
    return _lines(kind=kind, area=wanted.area, state=state, after=wanted.after, limit=limit)


def matter(by: Actor, matter_id: int) -> MatterLine:
    """One matter, closed ones too. One statement. Raises NotFound outside the actor's area."""
    del by
    found = _lines(id=matter_id, limit=1)
    if not found:
        raise NotFound("Không tìm thấy việc này trong địa bàn của bạn.", code="NOT_FOUND")
    return found[0]


def repairs(by: Actor, matter_id: int) -> list[RepairLine]:
    """The proposals about a matter, the latest first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_REPAIRS, [matter_id])
        return rows_as(RepairLine, cursor)


def counts(by: Actor) -> list[MatterCount]:
    """How many are open, by kind and unit, the most first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        return rows_as(MatterCount, cursor)


def _lines(**wanted: Any) -> list[MatterLine]:  # noqa: ANN401 - the parameters of the statement
    words: dict[str, Any] = {"id": 0, "kind": "", "area": 0, "state": "any", "after": 0} | wanted
    with connection.cursor() as cursor:
        cursor.execute(_LINES, words)
        return rows_as(MatterLine, cursor)

"""What waits for whom (việc đang chờ), as one list over all kinds of work (`workkinds`).

Each kind is read by itself, oldest first, from an index, never more rows than a page; the list is their merge. So the
address of a page holds, for each kind, the last row of it that was shown.
"""

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.dossiers import clocks, lifecycle, tasks
from lienthong.dossiers.escalation import Climbed, climbed
from lienthong.dossiers.workkinds import KINDS, Kind, kinds_of
from lienthong.kernel.actor import Actor

_DOSSIERS = Statement.load("lienthong.dossiers", "work_dossiers.sql")
_TASKS = Statement.load("lienthong.dossiers", "work_tasks.sql")

Whose = Literal["all", "mine", "free"]


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One thing that waits. `since` is the instant its clock runs from; `due_on` the day that clock is over.

    `dossier_due_on` is None for a task. `climbed` are the levels that were told, the first one first.
    """

    subject: Literal["dossier", "task"]
    id: int
    dossier_id: int | None
    dossier_code: str
    message_id: str
    child_name: str
    birth_date: date | None
    state: str
    reason: str
    task_kind: str
    urgent: bool
    since: datetime
    dossier_due_on: date | None
    commune_name: str
    unit_code: str
    unit_name: str
    late_reason: str
    late_note: str
    assigned_to: str
    assigned_name: str
    kind: Kind = Kind.TASK
    due_on: date = date.max
    is_late: bool = False
    climbed: tuple[Climbed, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """What names it among all work."""
        return self.subject, self.id

    @property
    def label_vi(self) -> str:
        """The kind as officials call it, or what the task is about."""
        return tasks.title_vi(self.task_kind) or KINDS[self.kind].label_vi

    @property
    def reason_vi(self) -> str:
        """Why it waits, or what to do about the task; empty when the kind says it all."""
        return tasks.todo_vi(self.task_kind) or lifecycle.REASONS_VI.get(self.reason, self.reason)

    @property
    def late_reason_vi(self) -> str:
        """Why it is late, as the officer gave it; empty when nobody did."""
        return lifecycle.late_reason_vi(self.late_reason, self.late_note)


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which work: '' is every kind of the role; `after` is where the page before ended."""

    kind: str = ""
    whose: Whose = "all"
    late_only: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class WorkPage:
    """One page of work, and where it ended; '' when nothing follows."""

    lines: list[WorkLine]
    next_after: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A row's place in its kind: calm ones after the urgent, then by due day, then by id. A task's is its id."""

    calm: bool = False
    due_on: date = date.min
    id: int = 0

    _FORM = re.compile(r"([A-Z_]+)\.([01])\.([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9]{1,18})")

    @classmethod
    def all_of(cls, after: str) -> dict[Kind, "_Place"]:
        """The places of an address; what cannot be read starts at the beginning."""
        places = {}
        for part in after.split("~"):
            found = cls._FORM.fullmatch(part)
            try:
                if found:
                    day = date.fromisoformat(found[3])
                    places[Kind(found[1])] = cls(found[2] == "1", day, int(found[4]))
            except ValueError:
                continue
        return places

    @classmethod
    def of(cls, line: WorkLine) -> "_Place":
        return cls(not line.urgent, line.dossier_due_on or date.min, line.id)

    def text(self, kind: Kind) -> str:
        return f"{kind}.{self.calm:d}.{self.due_on.isoformat()}.{self.id}"


def waiting(by: Actor, *, filters: WorkFilter, on: date, limit: int = 50) -> WorkPage:
    """What waits for the actor, urgent first, then what is due first. At most one statement a kind, and one more.

    Row-level security decides whose rows; a kind that does not wait for the role is not read.
    """
    places = _Place.all_of(filters.after)
    streams = []
    for waits in kinds_of(by):
        if filters.kind in {"", waits.kind}:
            place = places.get(waits.kind, _Place())
            level = max(waits.level, int(filters.late_only))
            asked = _Asked(by, waits.kind, filters.whose, level, place)
            streams.append(_lines(asked, on=on, limit=limit + 1))
    order = tuple(KINDS)
    merged = heapq.merge(
        *streams, key=lambda it: (not it.urgent, it.due_on, order.index(it.kind), it.id)
    )
    shown = list(islice(merged, limit))
    has_more = sum(map(len, streams)) > len(shown)
    for line in shown:
        places[line.kind] = _Place.of(line)
    after = "~".join(place.text(kind) for kind, place in places.items())
    return WorkPage(_with_levels(by, shown), after if has_more else "")


@dataclass(frozen=True, slots=True)
class _Asked:
    by: Actor
    kind: Kind
    whose: Whose
    level: int
    place: _Place


def _lines(asked: _Asked, *, on: date, limit: int) -> list[WorkLine]:
    bounds = clocks.bounds(asked.level, on=on) if asked.level else None
    parameters: dict[str, Any] = {
        "whose": asked.whose,
        "officer": asked.by.account_id,
        "id": asked.place.id,
        "on": on,
        "limit": limit,
    }
    if asked.kind is Kind.TASK:
        parameters |= {
            "not_kinds": tasks.not_of(asked.by.role),
            "opened_before": bounds.opened_before if bounds else None,
        }
        return [_timed(line, asked.kind, on) for line in _rows(_TASKS, parameters)]
    row = KINDS[asked.kind]
    is_approval = asked.kind is Kind.APPROVE
    parameters |= {
        "state": row.state,
        "part": row.part,
        "calm": asked.place.calm,
        "due_on": asked.place.due_on,
        "due_up_to": bounds.due_up_to if bounds and not is_approval else None,
        "requested_before": bounds.requested_before if bounds and is_approval else None,
    }
    return [_timed(line, asked.kind, on) for line in _rows(_DOSSIERS, parameters)]


def _rows(statement: Statement, parameters: dict[str, Any]) -> list[WorkLine]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, parameters)
        return rows_as(WorkLine, cursor)


def _timed(line: WorkLine, kind: Kind, on: date) -> WorkLine:
    if kind is Kind.TASK:
        due_on = clocks.task_due(line.since)
    elif kind is Kind.APPROVE:
        due_on = clocks.approval_due(line.since)
    else:
        due_on = line.dossier_due_on or date.max
    return replace(line, kind=kind, due_on=due_on, is_late=due_on < on)


def _with_levels(by: Actor, lines: Sequence[WorkLine]) -> list[WorkLine]:
    told = climbed(
        by,
        dossier_ids=[line.id for line in lines if line.subject == "dossier"],
        task_ids=[line.id for line in lines if line.subject == "task"],
    )
    return [replace(line, climbed=told.get((line.subject, line.id), ())) for line in lines]

"""What is overdue climbs by itself (báo lên cấp trên, rules 002-11), and the record of who was told when.

It climbs on working days only: a free day tells nobody. What is done or has moved on is not found any more, and what it
had climbed to stays written.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import clocks, lifecycle, telling, workkinds
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.law.deadlines import official_calendar

_ESCALATE = Statement.load("lienthong.dossiers", "escalate.sql")
# An approval has its own clock; everything else that is still open has the dossier's.
_OPEN = [
    state
    for state in lifecycle.STATES
    if state not in {*lifecycle.CLOSED, lifecycle.APPROVAL_REQUESTED}
]
# Only what is told of the present wait: another request or another opening has not climbed yet.
_PRESENT = """
    SELECT 'dossier' AS subject, step.dossier_id AS subject_id, step.level, step.reached_at,
           ARRAY(SELECT full_name FROM accounts_officer WHERE username = ANY (step.told) ORDER BY username) AS names
    FROM dossiers_escalation AS step JOIN dossiers_dossier AS dossier ON dossier.id = step.dossier_id
    WHERE step.dossier_id = ANY (%(dossiers)s)
      AND CASE WHEN dossier.state = 'APPROVAL_REQUESTED'
               THEN step.clock = 'approval' AND step.since = dossier.changed_at
               ELSE step.clock = 'dossier' AND dossier.closed_on IS NULL END
    UNION ALL
    SELECT 'task', step.task_id, step.level, step.reached_at,
           ARRAY(SELECT full_name FROM accounts_officer WHERE username = ANY (step.told) ORDER BY username)
    FROM dossiers_escalation AS step JOIN dossiers_task AS task ON task.id = step.task_id
    WHERE step.task_id = ANY (%(tasks)s) AND step.since = task.opened_at
    ORDER BY 1, 2, 3
"""
_HISTORY = """
    SELECT step.clock, step.level, step.reached_at,
           ARRAY(SELECT full_name FROM accounts_officer WHERE username = ANY (step.told) ORDER BY username) AS names
    FROM dossiers_escalation AS step
    WHERE step.dossier_id = %(dossier)s
       OR step.task_id = ANY (ARRAY(SELECT id FROM dossiers_task WHERE dossier_id = %(dossier)s))
    ORDER BY step.reached_at, step.level, step.id
"""
_CLOCKS_VI = {
    "approval": "Duyệt thẻ quá hạn",
    "dossier": "Hồ sơ quá hạn",
    "task": "Việc cần xử lý quá hạn",
}
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One level that was written now, for whoever carries the word further: account names, and which wait."""

    clock: Literal["approval", "dossier", "task"]
    dossier_id: int | None
    task_id: int | None
    level: int
    told: list[str]


@dataclass(frozen=True, slots=True)
class Climbed:
    """One level that was told: who, by full name, and when."""

    level: int
    reached_at: datetime
    names: tuple[str, ...]

    @property
    def level_vi(self) -> str:
        """The level as officials call it."""
        return clocks.LEVELS_VI[self.level]

    @property
    def whom_vi(self) -> str:
        """`Trưởng bộ phận Sổ, thẻ (Hoàng Thị Trưởng)`; a crowd is counted; an empty level says so."""
        if not self.names:
            return f"{self.level_vi} (chưa có tài khoản nào)"
        if len(self.names) > _MOST_NAMES:
            return f"{self.level_vi} ({len(self.names)} người)"
        return f"{self.level_vi} ({', '.join(self.names)})"


@dataclass(frozen=True, slots=True)
class ClimbedLine:
    """One level in the history of a dossier, with whose time had run out."""

    what_vi: str
    climbed: Climbed


def escalate(*, by: Actor, at: datetime, limit: int = 5_000) -> int:
    """Write each level that something overdue has reached and nobody was told of; how many. One statement.

    Nothing on a day that is not worked. Safe to run twice and by several workers: a level is written once.
    """
    on = vietnam_date(at)
    if not official_calendar().is_working_day(on):
        return 0
    bounds = [clocks.bounds(level, on=on) for level in clocks.LEVELS]
    parameters: dict[str, Any] = {
        "levels": list(clocks.LEVELS),
        "roles": [str(clocks.ROLE_OF_LEVEL.get(level, "")) for level in clocks.LEVELS],
        "requested_before": [it.requested_before for it in bounds],
        "due_up_to": [it.due_up_to for it in bounds],
        "opened_before": [it.opened_before for it in bounds],
        "open_states": _OPEN,
        "desks": json.dumps(workkinds.desks()),
        "on": on,
        "at": at,
        "limit": limit,
    }
    with acting(by, at=at), connection.cursor() as cursor:
        find_rows_by_index()
        cursor.execute(_ESCALATE.text, parameters)
        steps = rows_as(Step, cursor)
        told(steps, by=by, at=at)
    return len(steps)


def told(steps: Sequence[Step], *, by: Actor, at: datetime) -> None:
    """What is done about levels just reached, in their transaction: they are written into the log and told on."""
    telling.overdue(steps, by=by, at=at)
    for level in sorted({step.level for step in steps}):
        of_level = [step for step in steps if step.level == level]
        for kind, ids in (
            ("dossier", [step.dossier_id for step in of_level if step.dossier_id]),
            ("task", [step.task_id for step in of_level if step.task_id]),
        ):
            if ids:
                trail.record_each(
                    by,
                    "work.escalated",
                    at=at,
                    subject_kind=kind,
                    subject_ids=ids,
                    detail={"level": level},
                )


def climbed(
    by: Actor, *, dossier_ids: Sequence[int], task_ids: Sequence[int] = ()
) -> dict[tuple[str, int], tuple[Climbed, ...]]:
    """The levels told about the present wait of each of these, the first one first. One statement, or none."""
    del by  # row-level security reads the actor of the transaction
    found: dict[tuple[str, int], tuple[Climbed, ...]] = {}
    if not dossier_ids and not task_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, {"dossiers": list(dossier_ids), "tasks": list(task_ids)})
        for subject, subject_id, level, reached_at, names in cursor.fetchall():
            key = (subject, subject_id)
            found[key] = (*found.get(key, ()), Climbed(level, reached_at, tuple(names)))
    return found


def history(by: Actor, dossier_id: int) -> list[ClimbedLine]:
    """Every level that this dossier, its approvals and its tasks ever climbed to, in order. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"dossier": dossier_id})
        return [
            ClimbedLine(_CLOCKS_VI[clock], Climbed(level, reached_at, tuple(names)))
            for clock, level, reached_at, names in cursor.fetchall()
        ]

"""Every read of dossiers that others may ask for, in the actor's area only.

Row-level security reads the actor of the transaction; the actor in the signature says so to the reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.dossiers import clocks, lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound
from lienthong.kernel.names import fold_key

_QUEUE = Statement.load("lienthong.dossiers", "queue.sql")
_COUNTS = Statement.load("lienthong.dossiers", "counts.sql")
_WALK = 20_000
"""So many dossiers are walked for a name before its syllables are looked up: a common one is found on the way."""
_MESSAGE_OF = {
    "person": "SELECT message_id FROM dossiers_dossier WHERE person_id = %s ORDER BY id DESC LIMIT 1",
    "dossier": "SELECT message_id FROM dossiers_dossier WHERE id = %s",
}
_OPEN_EXCHANGES = """
    SELECT id, code, state FROM dossiers_dossier
    WHERE person_id = %s AND kind = 'exchange' AND closed_on IS NULL ORDER BY id
"""
_BY_COMMUNE = """
    SELECT waiting.commune_code, coalesce(commune.name, '') AS commune_name, waiting.province_code,
           coalesce(province.name, '') AS province_name, waiting.reason, waiting.waiting_count,
           waiting.oldest_received_at
    FROM (
        SELECT coalesce(nullif(resolved_commune_code, ''), commune_code) AS commune_code, province_code, reason,
               count(*) AS waiting_count, min(received_at) AS oldest_received_at
        FROM dossiers_dossier WHERE state = 'CREATE_FAILED'
        GROUP BY 1, 2, 3) AS waiting
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE division.code = waiting.commune_code AND division.level = 'commune'
          AND division.valid @> %(on)s::date LIMIT 1) AS commune ON true
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE division.code = waiting.province_code AND division.level = 'province'
          AND division.valid @> %(on)s::date LIMIT 1) AS province ON true
    ORDER BY waiting.oldest_received_at
"""
_OF_CHILD = """
    SELECT other.id FROM dossiers_dossier AS one
    JOIN dossiers_dossier AS other ON other.person_id = one.person_id AND other.kind = 'exchange'
    WHERE one.id = ANY (%s) ORDER BY other.id
"""
_TASKS = """
    WITH task AS MATERIALIZED (
        SELECT * FROM dossiers_task AS open
        WHERE open.closed_at IS NULL AND open.id > %(after)s AND (%(only)s = 0 OR open.id = %(only)s)
          AND (%(everywhere)s OR open.area = ANY ((SELECT authz.areas())::int[]))
        ORDER BY open.id LIMIT %(limit)s
    )
    SELECT task.id, task.kind, task.dossier_id, coalesce(dossier.code, '') AS dossier_code,
           coalesce(dossier.message_id, '') AS message_id, coalesce(dossier.child_name, '') AS child_name,
           question.person_id AS asked_person_id, task.detail, task.opened_at
    FROM task LEFT JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    LEFT JOIN persons_identityrequest AS question
        -- CASE and not coalesce: the join is made by index only when it surely tells nothing of hidden rows.
        ON question.person_id = CASE WHEN task.person_id IS NULL THEN dossier.person_id ELSE task.person_id END
       AND question.state IN ('waiting', 'quarantined', 'kept')
    ORDER BY task.id
"""


@dataclass(frozen=True, slots=True)
class DossierLine:
    """One dossier in a queue; `age_days` counts calendar days since receipt."""

    id: int
    code: str
    message_id: str
    child_name: str
    birth_date: date
    sex: str
    state: str
    reason: str
    commune_code: str
    commune_name: str
    unit_code: str
    unit_name: str
    received_at: datetime
    due_on: date
    is_late: bool
    is_closed: bool
    late_reason: str
    late_note: str
    age_days: int

    @property
    def state_vi(self) -> str:
        """The state as officials call it."""
        return lifecycle.LABELS_VI[self.state]

    @property
    def reason_vi(self) -> str:
        """Why it waits, in a sentence; empty when nothing blocks it."""
        return lifecycle.REASONS_VI.get(self.reason, self.reason)

    @property
    def late_reason_vi(self) -> str:
        """Why it is late, as an officer gave it; empty when nobody did."""
        return lifecycle.late_reason_vi(self.late_reason, self.late_note)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which dossiers: empty strings ask for everything; `after` is the last id of the page before.

    `text` is a name or a dossier's code; `codes` are further ones, as of the message that was asked for.
    """

    state: str = ""
    unit_code: str = ""
    text: str = ""
    late_only: bool = False
    after: int = 0
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many dossiers stand in a state, and how many of them are late."""

    state: str
    count: int
    late_count: int

    @property
    def state_vi(self) -> str:
        """The state as officials call it."""
        return lifecycle.LABELS_VI[self.state]


@dataclass(frozen=True, slots=True)
class UndeclaredCommune:
    """One commune without exactly one declared unit, with the dossiers waiting behind it."""

    commune_code: str
    commune_name: str
    province_code: str
    province_name: str
    reason: str
    waiting_count: int
    oldest_received_at: datetime

    @property
    def reason_vi(self) -> str:
        """Undeclared or ambiguous, in a sentence."""
        return lifecycle.REASONS_VI.get(self.reason, self.reason)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One open task; `asked_person_id` is the child when a question about its personal id is open."""

    id: int
    kind: str
    dossier_id: int | None
    dossier_code: str
    message_id: str
    child_name: str
    asked_person_id: int | None
    detail: dict[str, Any]
    opened_at: datetime

    @property
    def due_on(self) -> date:
        """The last day for it."""
        return clocks.task_due(self.opened_at)


def queue(by: Actor, *, filters: QueueFilter, on: date, limit: int = 50) -> list[DossierLine]:
    """Dossiers in the actor's area, oldest first. One statement.

    A text with a figure in it is a code, for no name has one: it is looked for by index alone.
    """
    text = filters.text.strip()
    is_code = any(letter.isdigit() for letter in text)
    folded = "" if is_code else fold_key(text)
    parameters: dict[str, Any] = {
        "everywhere": not by.is_bounded,
        "by_area": by.is_bounded or filters.unit_code != "",
        "state": filters.state,
        "unit_code": filters.unit_code,
        "is_code": is_code,
        "codes": [text, *filters.codes],
        "folded": folded,
        "late_only": filters.late_only,
        "after": filters.after,
        "walk": _WALK,
        "on": on,
        "limit": limit,
    }
    parameters |= _lists(by, filters, is_code=is_code, is_name=folded != "")
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE.text, parameters)
        return rows_as(DossierLine, cursor)


def _lists(by: Actor, filters: QueueFilter, *, is_code: bool, is_name: bool) -> dict[str, Any]:
    """Which of the states asked for are read in which of the statement's ways."""

    def asked(states: Sequence[str]) -> list[str]:
        return [] if is_code else [it for it in states if filters.state in {"", it}]

    passing, worked_on = asked(lifecycle.PASSING), asked(lifecycle.WORKED_ON)
    closed = [] if filters.late_only else asked(lifecycle.CLOSED)
    named: list[str] = []
    if by.is_bounded or filters.unit_code:
        # By name they are read past the policies, which the console's own role is not bound by.
        named = closed if is_name and by.token else []
        by_state, of_areas, sought = passing, (worked_on, [] if named else closed), []
    elif is_name and by.token:
        by_state, of_areas, sought = [*passing, *worked_on], ([], []), closed
    else:
        by_state, of_areas, sought = [*passing, *worked_on, *closed], ([], []), []
    return {
        "by_state": by_state,
        "worked_on": of_areas[0],
        "closed": of_areas[1],
        "closed_named": named,
        "sought": sought,
        "is_sought": bool(sought),
    }


def counts_by_state(by: Actor, *, on: date) -> list[StateCount]:
    """One line a state that has dossiers, in the order of the way. One statement."""
    parameters: dict[str, Any] = {
        "on": on,
        "everywhere": not by.is_bounded,
        "worked_on": list(lifecycle.WORKED_ON),
        "passing": list(lifecycle.PASSING),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.text, parameters)
        counts = {line.state: line for line in rows_as(StateCount, cursor)}
    return [counts[state] for state in lifecycle.STATES if state in counts]


def waiting_by_commune(by: Actor, *, on: date) -> list[UndeclaredCommune]:
    """Communes that park dossiers for want of one declared unit, the longest wait first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_BY_COMMUNE, {"on": on})
        return rows_as(UndeclaredCommune, cursor)


def exchanges_of(by: Actor, dossier_ids: Sequence[int]) -> list[int]:
    """The dossiers for further cards of the children of these dossiers, by id. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_OF_CHILD, [list(dossier_ids)])
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class OpenExchange:
    """A dossier for a further card that is not finished."""

    id: int
    code: str
    state: str

    @property
    def state_vi(self) -> str:
        """The state as officials call it."""
        return lifecycle.LABELS_VI[self.state]


def open_exchanges(by: Actor, person_id: int) -> list[OpenExchange]:
    """The child's dossiers for further cards that are not finished, by id. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_EXCHANGES, [person_id])
        return rows_as(OpenExchange, cursor)


def open_tasks(by: Actor, *, limit: int = 100, after: int = 0, only: int = 0) -> list[TaskLine]:
    """Open tasks in the actor's area, oldest first; or the one asked for. One statement."""
    parameters = {"limit": limit, "after": after, "only": only, "everywhere": not by.is_bounded}
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, parameters)
        return rows_as(TaskLine, cursor)


def message_of(kind: str, key: int, *, by: Actor) -> str:
    """The message id under which the newest dossier of a `person`, or a `dossier`, is looked up. One query.

    Raises NotFound for what `by` does not see.
    """
    del by
    statement = _MESSAGE_OF.get(kind)
    if statement is None:
        raise NotFound("Không tìm thấy hồ sơ.")
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Không tìm thấy hồ sơ.")
    return str(row[0])

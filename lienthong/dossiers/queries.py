"""Every read of dossiers that others may ask for, in the actor's area only.

Row-level security reads the actor of the transaction; the actor in the signature says so to the reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.dossiers import clocks, lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound
from lienthong.kernel.names import fold_key

_QUEUE = """
    SELECT dossier.id, dossier.code, dossier.message_id, dossier.child_name, dossier.child_born_on AS birth_date,
           dossier.child_sex AS sex, dossier.state, dossier.reason,
           coalesce(nullif(dossier.resolved_commune_code, ''), dossier.commune_code) AS commune_code,
           coalesce(commune.name, '') AS commune_name, coalesce(unit.code, '') AS unit_code,
           coalesce(unit.name, '') AS unit_name, dossier.received_at, dossier.due_on,
           dossier.due_on < %(on)s AND dossier.closed_on IS NULL AS is_late,
           dossier.closed_on IS NOT NULL AS is_closed, dossier.late_reason, dossier.late_note,
           (%(on)s::date - (dossier.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS age_days
    FROM dossiers_dossier AS dossier
    LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE division.code = dossier.resolved_commune_code AND division.level = 'commune'
          AND division.valid @> %(on)s::date LIMIT 1) AS commune ON true
    WHERE dossier.id > %(after)s
      -- What row-level security says again, in a form that an index can serve.
      AND (%(everywhere)s OR dossier.area = ANY ((SELECT authz.areas())::int[]))
      AND (%(state)s = '' OR dossier.state = %(state)s)
      AND (%(unit_code)s = '' OR unit.code = %(unit_code)s)
      AND (NOT %(is_code)s OR dossier.code = ANY (%(codes)s))
      AND (%(folded)s = '' OR dossier.child_fold_key LIKE %(folded)s
           -- Each arm has an index: those of officers by area, the rest by state.
           AND (dossier.state = ANY (%(seen)s) OR dossier.state = ANY (%(unseen)s)))
      AND (NOT %(late_only)s OR dossier.due_on < %(on)s AND dossier.closed_on IS NULL
           AND (dossier.state = ANY (%(open_seen)s) OR dossier.state = ANY (%(open_unseen)s)))
    ORDER BY dossier.id LIMIT %(limit)s
"""
_MESSAGE_OF = {
    "person": "SELECT message_id FROM dossiers_dossier WHERE person_id = %s ORDER BY id DESC LIMIT 1",
    "dossier": "SELECT message_id FROM dossiers_dossier WHERE id = %s",
}
_COUNTS = """
    SELECT state, count(*) AS count, count(*) FILTER (WHERE due_on < %(on)s AND state <> ALL (%(closed)s)) AS late_count
    FROM dossiers_dossier
    WHERE state = ANY (%(seen)s) AND (%(everywhere)s OR area = ANY ((SELECT authz.areas())::int[]))
    GROUP BY state
    UNION ALL
    SELECT state, count(*), count(*) FILTER (WHERE due_on < %(on)s AND state <> ALL (%(closed)s))
    FROM dossiers_dossier
    WHERE state = ANY (%(unseen)s) AND (%(everywhere)s OR area = ANY ((SELECT authz.areas())::int[]))
    GROUP BY state
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
    SELECT task.id, task.kind, task.dossier_id, coalesce(dossier.code, '') AS dossier_code,
           coalesce(dossier.message_id, '') AS message_id, coalesce(dossier.child_name, '') AS child_name,
           question.person_id AS asked_person_id, task.detail, task.opened_at
    FROM dossiers_task AS task LEFT JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    LEFT JOIN persons_identityrequest AS question
        ON question.person_id = coalesce(task.person_id, dossier.person_id)
       AND question.state IN ('waiting', 'quarantined', 'kept')
    WHERE task.closed_at IS NULL AND task.id > %(after)s AND (%(only)s = 0 OR task.id = %(only)s)
      AND (%(everywhere)s OR task.area = ANY ((SELECT authz.areas())::int[]))
    ORDER BY task.id LIMIT %(limit)s
"""

_SEEN = frozenset(lifecycle.SEEN_BY_OFFICERS)
_CLOSED = frozenset(lifecycle.CLOSED)
_STATES: dict[str, Any] = {
    "closed": list(lifecycle.CLOSED),
    "seen": list(lifecycle.SEEN_BY_OFFICERS),
    "unseen": [state for state in lifecycle.STATES if state not in _SEEN],
    "open_seen": [state for state in lifecycle.SEEN_BY_OFFICERS if state not in _CLOSED],
    "open_unseen": [state for state in lifecycle.STATES if state not in _SEEN | _CLOSED],
}


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
    parameters: dict[str, Any] = {
        "everywhere": not by.is_bounded,
        "state": filters.state,
        "unit_code": filters.unit_code,
        "is_code": is_code,
        "codes": [text, *filters.codes],
        "folded": "" if is_code or not text else _like(fold_key(text)),
        "late_only": filters.late_only,
        "after": filters.after,
        "on": on,
        "limit": limit,
    } | _STATES
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, parameters)
        return rows_as(DossierLine, cursor)


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def counts_by_state(by: Actor, *, on: date) -> list[StateCount]:
    """One line a state that has dossiers, in the order of the way. One statement."""
    parameters: dict[str, Any] = {"on": on, "everywhere": not by.is_bounded} | _STATES
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, parameters)
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

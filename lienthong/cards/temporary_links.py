"""Whose a temporary code is: the step that ties codes to children, and the officer's word where that is not sure.

A wrong link would show one child's card for another: what is not sure is asked (T-TEMPORARY-CODE), and every link can
be taken back. Who said no to a child is not asked about it again.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards.actions import need
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers.lifecycle import TaskOutcome
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotFound, Refused

KIND: Final = "T-TEMPORARY-CODE"
_LINK = Statement.load("lienthong.cards", "temporary_link.sql")
_IS_IDLE = """
    SELECT NOT EXISTS (SELECT 1 FROM cards_temporarycode WHERE looked_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM cards_temporarycode WHERE looked_at < %s AND person_id IS NULL)
"""
_AGAIN_AFTER = timedelta(days=1)
_DOUBT = """
    SELECT code.id, code.code, code.full_name, code.carer_name, code.carer_relation, code.mother_personal_id,
           code.birth_notice_code, code.born_on, code.sex, code.birth_order, code.facility_code, code.issued_at,
           code.person_id, code.link_reason, code.linked_at, task.id AS task_id, task.closed_at,
           coalesce((SELECT listed.name FROM catalogues_facility AS listed WHERE listed.code = code.facility_code
                     ORDER BY listed.id DESC LIMIT 1), '') AS facility_name,
           ARRAY(SELECT told::bigint FROM jsonb_array_elements_text(task.detail -> 'persons') AS told) AS person_ids
    FROM dossiers_task AS task JOIN cards_temporarycode AS code ON code.id = (task.detail ->> 'code')::bigint
    WHERE task.id = %s AND task.kind = 'T-TEMPORARY-CODE'
"""
_CHILDREN = """
    SELECT person.id, person.full_name, person.born_on, person.sex, person.mother_name, person.mother_personal_id,
           person.birth_notice_code, dossier.id AS dossier_id, dossier.code AS dossier_code, dossier.message_id,
           coalesce((SELECT held.code FROM cards_card AS held WHERE held.person_id = person.id AND held.status = 'active'
                     ORDER BY held.id DESC LIMIT 1), '') AS card_code
    FROM persons_person AS person
    JOIN LATERAL (
        SELECT latest.id, latest.code, latest.message_id FROM dossiers_dossier AS latest
        WHERE latest.person_id = person.id ORDER BY latest.id DESC LIMIT 1) AS dossier ON true
    WHERE person.id = ANY (%s) ORDER BY person.id
"""
_OF_PERSON = """
    SELECT code.id, code.code, code.facility_code, code.issued_at, code.link_reason, code.linked_at, code.linked_by,
           lower(code.valid) AS valid_from, upper(code.valid) - 1 AS valid_to
    FROM cards_temporarycode AS code WHERE code.person_id = %s ORDER BY code.id
"""
_TIE = """
    UPDATE cards_temporarycode
    SET person_id = %(person)s, linked_at = %(at)s, linked_by = %(by)s, link_reason = 'officer', looked_at = %(at)s
    WHERE id = %(id)s AND person_id IS NULL RETURNING id
"""
_NOT_THESE = """
    UPDATE cards_temporarycode
    SET not_persons = ARRAY(SELECT DISTINCT unnest(not_persons || %(persons)s::bigint[]) ORDER BY 1), looked_at = %(at)s
    WHERE id = %(id)s AND person_id IS NULL RETURNING id
"""
_UNTIE = """
    UPDATE cards_temporarycode
    SET not_persons = not_persons || person_id, person_id = NULL, linked_at = NULL, linked_by = '', link_reason = '',
        looked_at = NULL
    WHERE id = %(id)s AND person_id = %(person)s RETURNING id
"""
CLOSED_VI = "Việc này đã có người xử lý xong."
OTHER_VI = "Trẻ này không nằm trong các trẻ được đề nghị."
LINKED_VI = "Mã thẻ tạm này đã gắn với một trẻ. Hãy bỏ gắn trước nếu sai."
NOTE_VI = "Hãy ghi căn cứ: đã hỏi ai, đối chiếu giấy tờ nào."


@dataclass(frozen=True, slots=True)
class Doubt:
    """A code that may be one of several children's, as the officer's page shows it."""

    id: int
    code: str
    full_name: str
    carer_name: str
    carer_relation: str
    mother_personal_id: str
    birth_notice_code: str
    born_on: date
    sex: str
    birth_order: int
    facility_code: str
    issued_at: datetime
    person_id: int | None
    link_reason: str
    linked_at: datetime | None
    task_id: int
    closed_at: datetime | None
    facility_name: str
    person_ids: list[int]


@dataclass(frozen=True, slots=True)
class Child:
    """A child that the code may be of; `card_code` is '' before it has a card."""

    id: int
    full_name: str
    born_on: date
    sex: str
    mother_name: str
    mother_personal_id: str
    birth_notice_code: str
    dossier_id: int
    dossier_code: str
    message_id: str
    card_code: str


@dataclass(frozen=True, slots=True)
class LinkedCode:
    """A code that leads to this child's card. `valid_to` is the last day."""

    id: int
    code: str
    facility_code: str
    issued_at: datetime
    link_reason: str
    linked_at: datetime
    linked_by: str
    valid_from: date
    valid_to: date


def link_codes(*, by: Actor, at: datetime, limit: int = 1_000) -> int:
    """Tie open codes to their children where it is sure, ask where it is not; how many were tied or asked about.

    Two statements, one when nothing waits. Several may run side by side: each takes other codes.
    """
    again = at - _AGAIN_AFTER
    with acting(by, at=at), connection.cursor() as cursor:
        find_rows_by_index()
        cursor.execute(_IS_IDLE, [again])
        if cursor.fetchone()[0]:
            return 0
        rows = _LINK.rows({"limit": limit, "at": at, "again": again})
        tied = [row[0] for row in rows if row[1] in {"notice", "mother"}]
        if tied:
            trail.record_each(
                by, "temporary.linked", at=at, subject_kind="temporary_code", subject_ids=tied
            )
        return len(tied) + sum(1 for row in rows if row[2])


def doubt(by: Actor, task_id: int) -> tuple[Doubt, list[Child]]:
    """The code of the task and the children it may be of, as far as they lie in the actor's area. Two statements.

    Raises NotFound when the task is absent or outside the area.
    """
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_DOUBT, [task_id])
        found = rows_as(Doubt, cursor)
        if not found:
            raise NotFound("Không tìm thấy việc này trong địa bàn của bạn.", code="NOT_FOUND")
        cursor.execute(_CHILDREN, [found[0].person_ids])
        return found[0], rows_as(Child, cursor)


def codes_of(by: Actor, person_id: int) -> list[LinkedCode]:
    """The temporary codes that lead to this child, the first one first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_OF_PERSON, [person_id])
        return rows_as(LinkedCode, cursor)


def tie(task_id: int, person_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Say that the code is this child's; the task is done.

    Raises NotAllowed without TASK_SETTLE, Refused without a note (NOTE) or for another child (OTHER), Conflict when it
    is tied or the task is closed.
    """
    need(by, Permission.TASK_SETTLE)
    with acting(by, at=at), connection.cursor() as cursor:
        seen, children = doubt(by, task_id)
        _need_open(seen, note)
        if person_id not in {child.id for child in children}:
            raise Refused(OTHER_VI, code="OTHER", field="tre")
        cursor.execute(_TIE, {"person": person_id, "at": at, "by": by.label, "id": seen.id})
        if cursor.fetchone() is None:
            raise Conflict(LINKED_VI, code="LINKED")
        _settle(seen, TaskOutcome.DONE, note, by=by, at=at)
        _record(by, "temporary.linked", seen.id, {"person": person_id, "task": task_id}, at)


def none_of_these(task_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Say that the code is none of these children's; it is not asked about them again. Raises as `tie` does."""
    need(by, Permission.TASK_SETTLE)
    with acting(by, at=at), connection.cursor() as cursor:
        seen, _ = doubt(by, task_id)
        _need_open(seen, note)
        others = [it for it in seen.person_ids if it != seen.person_id]
        if seen.person_id is None:
            cursor.execute(_NOT_THESE, {"persons": others, "at": at, "id": seen.id})
            if cursor.fetchone() is None:
                raise Conflict(LINKED_VI, code="LINKED")
        _settle(seen, TaskOutcome.NOTHING_TO_DO, note, by=by, at=at)
        _record(by, "temporary.not_these", seen.id, {"persons": others, "task": task_id}, at)


def untie(code_id: int, person_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Take a link back, for a written reason: the code leads to no card until another child is found.

    Raises NotAllowed, Refused (NOTE), and Conflict when the code is not this child's (any more).
    """
    need(by, Permission.TASK_SETTLE)
    if not note.strip():
        raise Refused(NOTE_VI, code="NOTE", field="ghi-chu")
    with acting(by, at=at), connection.cursor() as cursor:
        # Written first: once untied, the code lies in nobody's area.
        _record(by, "temporary.unlinked", code_id, {"person": person_id, "note": bool(note)}, at)
        cursor.execute(_UNTIE, {"id": code_id, "person": person_id})
        if cursor.fetchone() is None:
            raise Conflict("Mã thẻ tạm này không còn gắn với trẻ này.", code="CHANGED")


def _need_open(seen: Doubt, note: str) -> None:
    if seen.closed_at is not None:
        raise Conflict(CLOSED_VI, code="CHANGED")
    if not note.strip():
        raise Refused(NOTE_VI, code="NOTE", field="ghi-chu")


def _settle(seen: Doubt, outcome: TaskOutcome, note: str, *, by: Actor, at: datetime) -> None:
    done = dossiers.settle_task([seen.task_id], outcome, note=note, by=by, at=at)
    if done.refused:
        raise Conflict(CLOSED_VI, code="CHANGED")


def _record(by: Actor, action: str, code_id: int, detail: dict[str, object], at: datetime) -> None:
    trail.record(
        by, action, at=at, subject_kind="temporary_code", subject_id=code_id, detail=detail
    )

"""What an officer decides about a new dossier whose child may be known: the same, another, or looked at later.

The same child's dossier is refused where another of its dossiers is live, and the ministry is told; else it goes on with
the known child. Another child goes on and is asked about no more. Undone while nothing has moved since.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.persons.pairs import CHANGED_VI, GONE_VI, LATER_AT_MOST, MOST_NOTE, NOTE_VI

TASK: Final = "E-DUP-PERSON"
"""The kind of task that these decisions answer."""
SAME, DIFFERENT, LATER = "same", "different", "later"
KINDS_VI: Final = {
    SAME: "Cùng một trẻ",
    DIFFERENT: "Hai trẻ khác nhau",
    LATER: "Xem lại sau",
}
MOVED_VI = (
    "Hồ sơ đã được xử lý tiếp sau quyết định này, nên không thể trả lại như cũ bằng một thao tác."
)
# Waits for the step that finds known children, as every merger does: neither overlooks the other.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.match'))"
_TASK = """
    SELECT task.dossier_id, coalesce(task.person_id, (task.detail ->> 'other_person')::bigint)
    FROM dossiers_task AS task WHERE task.id = %s AND task.kind = 'E-DUP-PERSON'
"""
_DECIDE = """
    INSERT INTO births_duplicate (task_id, dossier_id, other_id, area, kind, later_until, note, decided_by, decided_at)
    VALUES (%s, %s, %s, 0, %s, %s, %s, %s, %s)
    RETURNING id, person_id
"""
_DECISION = "SELECT dossier_id FROM births_duplicate WHERE id = %s"
_UNDO = """
    UPDATE births_duplicate SET undone_at = %s, undone_by = %s, undone_note = %s
    WHERE id = %s AND undone_at IS NULL AND kind <> 'later'
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """A decision about the task: its kind, why, and until which day it is put off."""

    task_id: int
    kind: str
    note: str = ""
    until: date | None = None


def decide(deed: Deed, *, by: Actor, at: datetime) -> int:
    """Write the decision and do what it means, at once; its id.

    Raises NotAllowed, NotFound, Refused (no note, no day) and Conflict when the dossier does not wait for it any more.
    """
    _need(by)
    _check(deed, at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_TASK, [deed.task_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(GONE_VI)
        cursor.execute(_LOCK)
        said = deed.note.strip()[:MOST_NOTE]
        until = deed.until if deed.kind == LATER else None
        values = [deed.task_id, row[0], row[1], deed.kind, until, said, by.label, at]
        try:
            cursor.execute(_DECIDE, values)
        except IntegrityError as error:
            raise Conflict(CHANGED_VI, code="CHANGED") from error
        decision_id, person_id = cursor.fetchone()
        detail = {"task": deed.task_id, "kind": deed.kind, "person": person_id}
        trail.record(
            by,
            "double.decided",
            at=at,
            subject_kind="dossier",
            subject_id=row[0],
            detail=detail,
        )
    return int(decision_id)


def undo(decision_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Take the decision back: the dossier waits again, the ministry is told. Raises Conflict when it has gone on since."""
    _need(by)
    said = note.strip()[:MOST_NOTE]
    if not said:
        raise Refused(NOTE_VI, code="NOTE", field="ghi-chu")
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_DECISION, [decision_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(GONE_VI)
        cursor.execute(_LOCK)
        try:
            cursor.execute(_UNDO, [at, by.label, said, decision_id])
        except IntegrityError as error:
            raise Conflict(MOVED_VI, code="CHANGED") from error
        if cursor.rowcount == 0:
            raise Conflict(CHANGED_VI, code="CHANGED")
        trail.record(
            by,
            "double.undone",
            at=at,
            subject_kind="dossier",
            subject_id=row[0],
            detail={"decision": decision_id},
        )


def _check(deed: Deed, at: datetime) -> None:
    if deed.kind not in KINDS_VI:
        raise Refused("Vui lòng chọn kết luận.", code="KIND", field="ket-luan")
    if deed.kind != LATER and not deed.note.strip():
        raise Refused(NOTE_VI, code="NOTE", field="ghi-chu")
    today = vietnam_date(at)
    if deed.kind == LATER and not (deed.until and today < deed.until <= today + LATER_AT_MOST):
        message = (
            f"Vui lòng chọn ngày xem lại trong vòng {LATER_AT_MOST.days} ngày tới, sau hôm nay."
        )
        raise Refused(message, code="UNTIL", field="den-ngay")


def _need(by: Actor) -> None:
    if not by.may(Permission.PERSON_REVIEW):
        raise NotAllowed(
            "Bạn không có quyền xem xét hai người nghi trùng.", code=str(Permission.PERSON_REVIEW)
        )

"""Scans that officers attach to a suspected double: looked at as those of papers are, kept for ever, shown unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births import scans
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.persons.pairs import GONE_VI

_EVIDENCE = """
    SELECT id, pair_id, task_id, name, form, size, sha256, added_by, added_at FROM births_evidence
    WHERE pair_id = %(pair)s OR task_id = %(task)s OR id = %(one)s ORDER BY id
"""
_NOTHING: dict[str, int | None] = {"pair": None, "task": None, "one": None}
_SEEN = {
    "pair": "SELECT 1 FROM persons_pair WHERE id = %s",
    "task": "SELECT 1 FROM dossiers_task WHERE id = %s AND kind = 'E-DUP-PERSON'",
}
_ADD = """
    INSERT INTO births_evidence (pair_id, task_id, name, form, size, sha256, added_by, added_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
MOST_FILES = 20
"""Of one question."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One file that was attached."""

    id: int
    pair_id: int | None
    task_id: int | None
    name: str
    form: str
    size: int
    sha256: bytes
    added_by: str
    added_at: datetime


def attach(
    subject: str, key: int, files: Sequence[bytes], *, by: Actor, at: datetime
) -> list[EvidenceLine]:
    """Keep files as evidence of a pair or of a task; all of them, or Refused (E-SCAN…) with what to do."""
    _need(by)
    checked = scans.check(files)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_SEEN[subject], [key])
        if cursor.fetchone() is None:
            raise NotFound(GONE_VI)
        if len(of(by, subject, key)) + len(checked) > MOST_FILES:
            message = f"Chỉ đính kèm tối đa {MOST_FILES} tệp cho một cặp; hãy gộp các trang vào một tệp PDF."
            raise Refused(message, code="E-SCAN-COUNT", field="scans")
        pair_id, task_id = (key, None) if subject == "pair" else (None, key)
        for kept in scans.keep(checked):
            values = [pair_id, task_id, kept.name, kept.form, kept.size, kept.sha256, by.label, at]
            cursor.execute(_ADD, values)
        detail = {"count": len(checked)}
        trail.record(
            by, "evidence.attached", at=at, subject_kind=subject, subject_id=key, detail=detail
        )
    return of(by, subject, key)


def of(by: Actor, subject: str, key: int) -> list[EvidenceLine]:
    """What is attached to a pair or a task, in the order in which it came. One statement."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE, _NOTHING | {subject: key})
        return rows_as(EvidenceLine, cursor)


def one(by: Actor, evidence_id: int) -> EvidenceLine:
    """One file, its bytes by `scans.read`. Raises NotFound."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE, _NOTHING | {"one": evidence_id})
        found = rows_as(EvidenceLine, cursor)
    if not found:
        raise NotFound("Không có tệp này.")
    return found[0]


def _need(by: Actor) -> None:
    if not by.may(Permission.PERSON_REVIEW):
        raise NotAllowed(
            "Bạn không có quyền xem xét hai người nghi trùng.", code=str(Permission.PERSON_REVIEW)
        )

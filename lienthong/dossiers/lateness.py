"""Why a dossier is late (lý do quá hạn): given by the officer who works on it, once or again, for one or for many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.dossiers import telling
from lienthong.dossiers.lifecycle import LateReason, late_reason_vi
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.outcomes import Outcome, Refusal

MOST_NOTE = 500
# A dossier that is over keeps the reason it had, or gets none.
_EXPLAIN = """
    UPDATE dossiers_dossier SET late_reason = %(reason)s, late_note = %(note)s
    WHERE id IN (SELECT id FROM dossiers_dossier WHERE id = ANY (%(ids)s) AND due_on < %(on)s AND closed_on IS NULL
                 ORDER BY id FOR UPDATE)
    RETURNING id
"""
_UNEXPLAINED = """
    SELECT id FROM dossiers_dossier
    WHERE id = ANY (%s) AND due_on < %s AND closed_on IS NULL AND late_reason = ''
"""
NOT_LATE_VI = "Hồ sơ không quá hạn, đã xong hoặc không thuộc địa bàn của bạn."
REASON_WANTED_VI = "Hồ sơ quá hạn: hãy chọn lý do quá hạn rồi gửi lại."


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its note, as a form gives it; `reason` '' says nothing."""

    reason: str = ""
    note: str = ""


def explain(dossier_ids: Sequence[int], why: Why, *, by: Actor, at: datetime) -> Outcome:
    """Give these late dossiers their reason; one that is not late, over or elsewhere is refused (NOT_LATE).

    Raises Refused for no reason of the list (LATE_REASON), or OTHER without a note (LATE_NOTE).
    """
    if not by.may(Permission.DOSSIER_VIEW):
        raise NotAllowed("Bạn không có quyền ghi lý do quá hạn.", code="DOSSIER_VIEW")
    note = why.note.strip()[:MOST_NOTE]
    if why.reason not in frozenset(LateReason):
        raise Refused("Hãy chọn lý do quá hạn.", code="LATE_REASON", field="ly-do-qua-han")
    if why.reason == LateReason.OTHER and not note:
        raise Refused("Hãy ghi rõ lý do quá hạn khác.", code="LATE_NOTE", field="ghi-chu-qua-han")
    wanted = list(dict.fromkeys(dossier_ids))
    parameters: dict[str, Any] = {
        "reason": why.reason,
        "note": note,
        "ids": wanted,
        "on": vietnam_date(at),
    }
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_EXPLAIN, parameters)
        done = {row[0] for row in cursor.fetchall()}
        if done:
            trail.record_each(
                by,
                "dossier.late_reason",
                at=at,
                subject_kind="dossier",
                subject_ids=sorted(done),
                detail={"reason": why.reason},
            )
            telling.late(sorted(done), why.reason, by=by, at=at)
    refused = [Refusal(it, "NOT_LATE", NOT_LATE_VI) for it in wanted if it not in done]
    return Outcome(tuple(it for it in wanted if it in done), tuple(refused))


def unexplained(by: Actor, dossier_ids: Sequence[int], *, on: date) -> set[int]:
    """Which of these are late and have no reason yet. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_UNEXPLAINED, [list(dossier_ids), on])
        return {row[0] for row in cursor.fetchall()}


def reason_of(by: Actor, dossier_id: int) -> str:
    """Why the dossier is late, as an officer gave it; '' when nobody did. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT late_reason, late_note FROM dossiers_dossier WHERE id = %s", [dossier_id]
        )
        row = cursor.fetchone()
    return late_reason_vi(*row) if row else ""

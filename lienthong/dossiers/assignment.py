"""Whose work it is (phân công): a head or a province gives it, an officer takes what is free, either lets it go.

A dossier is assigned for the step it stands at: once it has moved on it is free again, for the next desk. Of two
officers who take one thing at once, the second reads who was first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from lienthong.accounts import jurisdiction
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.dossiers import workkinds
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed
from lienthong.kernel.outcomes import Outcome, Refusal

Subject = Literal["dossier", "task"]

_LOCK: dict[Subject, str] = {
    "dossier": """
        SELECT id, area, state, closed_on IS NULL FROM dossiers_dossier
        WHERE id = ANY (%s) ORDER BY id FOR UPDATE
    """,
    "task": """
        SELECT id, area, kind, closed_at IS NULL FROM dossiers_task
        WHERE id = ANY (%s) ORDER BY id FOR UPDATE
    """,
}
_HELD: dict[Subject, str] = {
    "dossier": """
        SELECT given.dossier_id, given.step, officer.id, officer.full_name
        FROM dossiers_assignment AS given JOIN accounts_officer AS officer ON officer.id = given.officer_id
        WHERE given.dossier_id = ANY (%s) AND given.ended_at IS NULL
    """,
    "task": """
        SELECT given.task_id, '', officer.id, officer.full_name
        FROM dossiers_assignment AS given JOIN accounts_officer AS officer ON officer.id = given.officer_id
        WHERE given.task_id = ANY (%s) AND given.ended_at IS NULL
    """,
}
_END: dict[Subject, str] = {
    "dossier": """
        UPDATE dossiers_assignment SET ended_at = %s, ended_by = %s WHERE dossier_id = ANY (%s) AND ended_at IS NULL
    """,
    "task": """
        UPDATE dossiers_assignment SET ended_at = %s, ended_by = %s WHERE task_id = ANY (%s) AND ended_at IS NULL
    """,
}
_ASSIGN: dict[Subject, str] = {
    "dossier": """
        INSERT INTO dossiers_assignment (dossier_id, officer_id, step, given_at, given_by)
        SELECT dossier.id, %s, dossier.state, %s, %s FROM dossiers_dossier AS dossier WHERE dossier.id = ANY (%s)
    """,
    "task": """
        INSERT INTO dossiers_assignment (task_id, officer_id, step, given_at, given_by)
        SELECT task.id, %s, '', %s, %s FROM dossiers_task AS task WHERE task.id = ANY (%s)
    """,
}
_END_PASSED = """
    UPDATE dossiers_assignment SET ended_at = %(at)s, ended_by = 'system'
    WHERE id IN (
        SELECT given.id FROM dossiers_assignment AS given
        LEFT JOIN dossiers_dossier AS dossier ON dossier.id = given.dossier_id
        LEFT JOIN dossiers_task AS task ON task.id = given.task_id
        WHERE given.ended_at IS NULL AND (dossier.state <> given.step OR task.closed_at IS NOT NULL)
        LIMIT %(limit)s FOR UPDATE OF given SKIP LOCKED)
"""
GONE_VI = "Không tìm thấy việc này trong địa bàn của bạn."
OVER_VI = "Việc này đã xong hoặc đã chuyển bước. Vui lòng tải lại danh sách."
NOT_HIS_VI = "Bước này không thuộc công việc của {name}."
ELSEWHERE_VI = "Địa bàn này không thuộc {name}."
TAKEN_VI = "{name} đã nhận việc này."
NOT_OURS_VI = "Việc này không được giao cho bạn."


@dataclass(frozen=True, slots=True)
class _Row:
    area: int
    step: str
    is_open: bool
    holder: int = 0
    holder_name: str = ""


def give(subject: Subject, ids: Sequence[int], *, to: str, by: Actor, at: datetime) -> Outcome:
    """Give work to an officer of the same area, whoever had it before. The order of `ids` is kept.

    Refused with a sentence: not in the giver's area (NOT_FOUND), over (CHANGED), not that officer's kind of work
    (NOT_HIS), not in his area (ELSEWHERE). Raises NotAllowed without WORK_ASSIGN, NotFound for an unknown officer.
    """
    if not by.may(Permission.WORK_ASSIGN):
        raise NotAllowed("Bạn không có quyền giao việc.", code="WORK_ASSIGN")
    return _assign(subject, ids, to=jurisdiction.actor_of(to), is_giving=True, by=by, at=at)


def take(subject: Subject, ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Take free work for oneself; what another has is refused with his name (TAKEN). Else as `give`."""
    return _assign(subject, ids, to=by, is_giving=False, by=by, at=at)


def release(subject: Subject, ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Let work go, so that it is free: one's own, or with WORK_ASSIGN anybody's. Others' are refused (NOT_OURS)."""
    wanted = list(dict.fromkeys(ids))
    with acting(by, at=at), connection.cursor() as cursor:
        rows = _locked(subject, wanted)
        refused = []
        for it in wanted:
            row = rows.get(it)
            if row is None:
                refused.append(Refusal(it, "NOT_FOUND", GONE_VI))
            elif not row.holder or (
                row.holder != by.account_id and not by.may(Permission.WORK_ASSIGN)
            ):
                refused.append(Refusal(it, "NOT_OURS", NOT_OURS_VI))
        done = _rest(wanted, refused)
        cursor.execute(_END[subject], [at, by.label, done])
        _record("work.release", subject, done, by=by, at=at)
    return Outcome(tuple(done), tuple(refused))


def end_passed(*, by: Actor, at: datetime, limit: int = 5_000) -> int:
    """End the assignments of what has moved on or is closed; how many."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_END_PASSED, {"at": at, "limit": limit})
        return int(cursor.rowcount)


def _assign(
    subject: Subject,
    ids: Sequence[int],
    *,
    to: Actor,
    is_giving: bool,
    by: Actor,
    at: datetime,
) -> Outcome:
    wanted = list(dict.fromkeys(ids))
    with acting(by, at=at), connection.cursor() as cursor:
        rows = _locked(subject, wanted)
        areas = {row.area for row in rows.values()}
        reached = jurisdiction.areas_reached(to, areas, on=vietnam_date(at))
        name = "bạn" if to.account_id == by.account_id else to.name
        refused = []
        for it in wanted:
            row = rows.get(it)
            if row is None:
                refused.append(Refusal(it, "NOT_FOUND", GONE_VI))
            elif not row.is_open:
                refused.append(Refusal(it, "CHANGED", OVER_VI))
            elif not _is_work_of(to, subject, row.step):
                refused.append(Refusal(it, "NOT_HIS", NOT_HIS_VI.format(name=name)))
            elif row.area not in reached:
                refused.append(Refusal(it, "ELSEWHERE", ELSEWHERE_VI.format(name=name)))
            elif row.holder not in {0, to.account_id} and not is_giving:
                refused.append(Refusal(it, "TAKEN", TAKEN_VI.format(name=row.holder_name)))
        done = _rest(wanted, refused)
        fresh = [it for it in done if rows[it].holder != to.account_id]
        cursor.execute(_END[subject], [at, by.label, fresh])
        cursor.execute(_ASSIGN[subject], [to.account_id, at, by.label, fresh])
        _record("work.assign", subject, fresh, by=by, at=at, detail={"officer": to.account_id})
    return Outcome(tuple(done), tuple(refused))


def _is_work_of(officer: Actor, subject: Subject, step: str) -> bool:
    if subject == "task":
        return workkinds.task_waits_for(officer.role, step)
    return workkinds.step_waits_for(officer.role, step)


def _locked(subject: Subject, ids: Sequence[int]) -> dict[int, _Row]:
    """The rows that are there, locked in order, with who has each now. An assignment to a step that is over is none."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK[subject], [list(ids)])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_HELD[subject], [list(rows)])
        held = {it: (step, holder, name) for it, step, holder, name in cursor.fetchall()}
    found = {}
    for it, (area, step, is_open) in rows.items():
        its_step, holder, name = held.get(it, ("", 0, ""))
        is_present = subject == "task" or its_step == step
        found[it] = _Row(area, step, is_open, *((holder, name) if is_present else ()))
    return found


def _rest(wanted: Sequence[int], refused: Sequence[Refusal]) -> list[int]:
    not_done = {refusal.subject for refusal in refused}
    return [it for it in wanted if it not in not_done]


def _record(
    action: str,
    subject: Subject,
    ids: Sequence[int],
    *,
    by: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    if ids:
        trail.record_each(by, action, at=at, subject_kind=subject, subject_ids=ids, detail=detail)

"""Every write of the case file: receive, export, restart, cancel, reject, move on, open and settle tasks.

The statement triggers write the events; `acting` says who and when. A dossier never knows the birth above it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.outcomes import Outcome, Refusal
from lienthong.persons.advice import NEEDS_ACT, SENT_WRONG

IDENTITY_PATIENCE = timedelta(days=1)
"""So long the lane asks by itself before an officer is asked: most answers of a first day clear up."""

_RECEIVE = Statement.load("lienthong.dossiers", "receive.sql")
_IDENTITY_TASKS = Statement.load("lienthong.dossiers", "identity_tasks.sql")
_EXPORT = Statement.load("lienthong.dossiers", "export.sql")

_RESTART = """
    UPDATE dossiers_dossier
    SET state = %(state)s, reason = %(reason)s, commune_code = %(commune_code)s, registered_on = %(registered_on)s,
        child_name = %(child_name)s, child_fold_key = %(child_fold_key)s, child_born_on = %(child_born_on)s,
        child_sex = %(child_sex)s, residence_text = %(residence_text)s, facility_code = %(facility_code)s,
        area_code = %(area_code)s, closed_on = NULL,
        changed_at = %(at)s
    WHERE id = %(id)s
"""
_RESTATE = """
    UPDATE dossiers_dossier
    SET commune_code = %(commune_code)s, registered_on = %(registered_on)s, child_name = %(child_name)s,
        child_fold_key = %(child_fold_key)s, child_born_on = %(child_born_on)s, child_sex = %(child_sex)s,
        residence_text = %(residence_text)s, facility_code = %(facility_code)s, area_code = %(area_code)s, changed_at = %(at)s
    WHERE id = %(id)s
"""
_CLOSE = """
    UPDATE dossiers_dossier SET state = %s, reason = %s, closed_on = %s, changed_at = %s WHERE id = %s
"""
_MOVE = """
    UPDATE dossiers_dossier AS dossier
    SET state = %(to)s, reason = '', closed_on = %(closed_on)s, changed_at = %(at)s
    FROM (SELECT id FROM dossiers_dossier WHERE id = ANY (%(ids)s) AND state = ANY (%(sources)s)
          ORDER BY id FOR UPDATE) AS movable
    WHERE dossier.id = movable.id
    RETURNING dossier.id
"""
_LOCK = "SELECT id, state FROM dossiers_dossier WHERE id = ANY (%s) ORDER BY id FOR UPDATE"
# What has been handed over is the matter of the unit that answers now for the commune (rules 000-1).
_OPEN_TASK = """
    INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, person_id, detail, opened_at, closed_by)
    SELECT %s, %s, coalesce(answering.unit_id, dossier.area), dossier.id, dossier.person_id, %s, %s, ''
    FROM dossiers_dossier AS dossier
    LEFT JOIN LATERAL (
        SELECT route.unit_id::integer FROM catalogues_route AS route
        WHERE dossier.state = 'RETURNED'
          AND route.commune_code = coalesce(nullif(dossier.chosen_commune_code, ''), dossier.commune_code)
          AND route.registered @> coalesce(dossier.chosen_on, dossier.registered_on)
          AND route.resolution = 'one' AND route.unit_status = 'one'
        LIMIT 1) AS answering ON true
    WHERE dossier.id = %s
    ON CONFLICT DO NOTHING
"""
_OPEN_OF = """
    SELECT id FROM dossiers_task WHERE dossier_id = %s AND kind = ANY (%s) AND closed_at IS NULL ORDER BY id
"""
_FOLLOW_AREA = """
    UPDATE dossiers_task AS task SET area = dossier.area FROM dossiers_dossier AS dossier
    WHERE task.dossier_id = ANY (%s) AND dossier.id = task.dossier_id AND task.area <> dossier.area
"""
# Open questions about what a unit had handed over go to who answers now for the commune.
_FOLLOW_ANSWERING = """
    UPDATE dossiers_task AS task SET area = route.unit_id
    FROM dossiers_dossier AS dossier JOIN catalogues_route AS route
        ON route.commune_code = coalesce(nullif(dossier.chosen_commune_code, ''), dossier.commune_code)
       AND route.registered @> coalesce(dossier.chosen_on, dossier.registered_on)
       AND route.resolution = 'one' AND route.unit_status = 'one'
    WHERE dossier.id = task.dossier_id AND dossier.state = 'RETURNED' AND task.closed_at IS NULL AND task.area = ANY (%s)
      AND route.unit_id <> task.area
"""
_LOCK_TASKS = """
    SELECT id, closed_at IS NULL FROM dossiers_task WHERE id = ANY (%s) ORDER BY id FOR UPDATE
"""
_SETTLE_TASKS = """
    UPDATE dossiers_task SET closed_at = %s, closed_by = %s, outcome = %s, note = %s WHERE id = ANY (%s)
"""
MOST_NOTE = 500
TASK_GONE_VI = "Không tìm thấy việc này trong địa bàn của bạn."
TASK_CLOSED_VI = "Việc này đã được đóng."


@dataclass(frozen=True, slots=True)
class ChildFacts:
    """The facts of the child that the case file shows and routes by.

    `commune_code`: where it belongs, read on the map of the day `registered_on`.
    """

    commune_code: str
    registered_on: date
    name: str
    fold_key: str
    born_on: date
    sex: str
    residence_text: str
    facility_code: str
    area_code: str


def receive(limit: int, *, by: Actor, at: datetime) -> int:
    """Pass up to `limit` created dossiers through reception (TNHS); how many moved. One statement."""
    with acting(by, at=at):
        find_rows_by_index()
        return len(_RECEIVE.rows({"limit": limit, "at": at}))


def export(limit: int, *, by: Actor, at: datetime) -> int:
    """Export up to `limit` received dossiers to collection (TST); how many moved. One statement."""
    with acting(by, at=at):
        find_rows_by_index()
        return len(_EXPORT.rows({"limit": limit, "at": at}))


def lock(dossier_ids: Sequence[int]) -> dict[int, str]:
    """Lock these rows in order for the transaction; the state of each that is there and visible."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(dossier_ids)])
        return dict(cursor.fetchall())


def _parameters(dossier_id: int, facts: ChildFacts, at: datetime) -> dict[str, Any]:
    return {
        "id": dossier_id,
        "at": at,
        "commune_code": facts.commune_code,
        "registered_on": facts.registered_on,
        "child_name": facts.name,
        "child_fold_key": facts.fold_key,
        "child_born_on": facts.born_on,
        "child_sex": facts.sex,
        "residence_text": facts.residence_text,
        "facility_code": facts.facility_code,
        "area_code": facts.area_code,
    }


def restart(dossier_id: int, facts: ChildFacts, *, by: Actor, at: datetime) -> None:
    """Replace the facts and start the way again; person, number, receipt time and due day stay.

    The caller holds the row's lock. A dossier still at the start only takes the facts.
    """
    state = lock([dossier_id])[dossier_id]
    with acting(by, at=at), connection.cursor() as cursor:
        parameters = _parameters(dossier_id, facts, at)
        if state == lifecycle.RECEIVED:
            cursor.execute(_RESTATE, parameters)
        else:
            reason = "CORRECTED"
            cursor.execute(_RESTART, parameters | {"state": lifecycle.RECEIVED, "reason": reason})


def close(dossier_id: int, *, to: str, reason: str, by: Actor, at: datetime, on: date) -> None:
    """Close the dossier as CANCELLED or REJECTED for a reason of `lifecycle.REASONS_VI`."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CLOSE, [to, reason, on, at, dossier_id])


def advance(dossier_ids: Sequence[int], *, to: str, by: Actor, at: datetime, on: date) -> list[int]:
    """Move these dossiers to `to` from where the lifecycle lets this actor; the ids that moved, in no order.

    Raises NotAllowed when the actor has the permission of no move that leads there.
    """
    sources = [
        move.from_state
        for move in lifecycle.MOVES.moves
        if move.to_state == to and by.may(move.permission)
    ]
    if not sources:
        raise NotAllowed("Bạn không có quyền thực hiện thao tác này.", code=to)
    closed_on = on if to in lifecycle.CLOSED else None
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "ids": list(dossier_ids),
                "sources": sources,
                "to": to,
                "at": at,
                "closed_on": closed_on,
            },
        )
        return [row[0] for row in cursor.fetchall()]


def open_task(
    kind: str,
    *,
    dossier_id: int,
    subject_key: str,
    detail: dict[str, object],
    by: Actor,
    at: datetime,
) -> None:
    """Ask an officer to look: once a (kind, subject). `detail` holds codes and ids, nothing personal."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_OPEN_TASK, [kind, subject_key, json.dumps(detail), at, dossier_id])


def settle_moot(
    dossier_id: int, kinds: Sequence[str], reason: str, *, by: Actor, at: datetime
) -> None:
    """Close the open tasks of these kinds about a dossier: events have answered them. `reason` is a code."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_OPEN_OF, [dossier_id, list(kinds)])
        moot = [row[0] for row in cursor.fetchall()]
        if moot:
            settle_task(moot, lifecycle.TaskOutcome.NOTHING_TO_DO, note=reason, by=by, at=at)


def follow_identity(*, by: Actor, at: datetime) -> int:
    """Open a task for each personal id that needs an officer, close those that were settled; how many changed.

    A doubtful id is a task at once; an answer that often clears up by itself only after a day. One statement.
    """
    parameters = {
        "at": at,
        "at_once": list(SENT_WRONG),
        "after_a_while": list(NEEDS_ACT),
        "patient_until": at - IDENTITY_PATIENCE,
    }
    with acting(by, at=at):
        return len(_IDENTITY_TASKS.rows(parameters))


def follow_area(dossier_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Show the tasks of dossiers that have moved to whom has them now; how many tasks."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FOLLOW_AREA, [list(dossier_ids)])
        return int(cursor.rowcount)


def follow_answering(units: Sequence[int | None], *, by: Actor, at: datetime) -> int:
    """Show open tasks about what these units had handed over to who answers now for the commune; how many tasks."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FOLLOW_ANSWERING, [[unit for unit in units if unit is not None]])
        return int(cursor.rowcount)


def settle_task(
    task_ids: Sequence[int], outcome: str, *, note: str, by: Actor, at: datetime
) -> Outcome:
    """Close tasks with an outcome of `lifecycle.TaskOutcome` and one note: one, or many looked at together.

    Refused with a sentence: not in the actor's area (NOT_FOUND), closed before (CHANGED). Raises NotAllowed without
    TASK_SETTLE, Refused for no outcome (OUTCOME) or no note (NOTE).
    """
    if not by.may(Permission.TASK_SETTLE):
        raise NotAllowed("Bạn không có quyền đóng việc.", code="TASK_SETTLE")
    if outcome not in frozenset(lifecycle.TaskOutcome):
        raise Refused("Hãy chọn kết quả xử lý.", code="OUTCOME", field="ket-qua")
    said = note.strip()[:MOST_NOTE]
    if not said:
        raise Refused("Hãy ghi đã xử lý thế nào.", code="NOTE", field="ghi-chu")
    wanted = list(dict.fromkeys(task_ids))
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK_TASKS, [wanted])
        is_open = dict(cursor.fetchall())
        done = [it for it in wanted if is_open.get(it)]
        cursor.execute(_SETTLE_TASKS, [at, by.label, outcome, said, done])
        if done:
            trail.record_each(
                by,
                "task.settle",
                at=at,
                subject_kind="task",
                subject_ids=done,
                detail={"outcome": outcome},
            )
    refused = [
        Refusal(it, "CHANGED", TASK_CLOSED_VI)
        if it in is_open
        else Refusal(it, "NOT_FOUND", TASK_GONE_VI)
        for it in wanted
        if not is_open.get(it)
    ]
    return Outcome(tuple(done), tuple(refused))

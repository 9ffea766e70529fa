"""Choosing the new unit of dossiers whose commune was divided (chọn đơn vị mới): the queue, and the choice.

A choice stands beside the dossier; the step that routes follows it. While a split is open, the officers of the old
unit, of every candidate and of their provinces see it, and the first to choose decides.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.dossiers.residence import OFFICER
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.outcomes import Outcome, Refusal

_GROUPS = """
    SELECT old_code, min(old_name) AS old_name, split_on, hamlet_key, min(hamlet_name) AS hamlet_name,
           count(*) AS waiting_count, count(*) FILTER (WHERE due_on < %(on)s) AS late_count
    FROM dossiers_split WHERE closed_at IS NULL AND chosen_code = ''
    GROUP BY old_code, split_on, hamlet_key
    ORDER BY old_name, old_code, split_on, hamlet_key = '', length(hamlet_key), hamlet_key
"""
# The dossier has one owner: for everybody else its message id stays empty.
_LINES = """
    SELECT split.id, split.dossier_id, split.dossier_code, coalesce(dossier.message_id, '') AS message_id, split.child_name,
           split.child_born_on AS birth_date, split.residence_text, split.hamlet_key, split.hamlet_name,
           split.old_code, split.old_name, split.split_on, coalesce(former.name, '') AS old_unit_name,
           split.candidates, split.suggested_code, split.suggestion_basis, split.received_at, split.due_on,
           split.due_on < %(on)s AS is_late
    FROM dossiers_split AS split
    LEFT JOIN catalogues_unit AS former ON former.id = split.from_unit_id
    LEFT JOIN dossiers_dossier AS dossier ON dossier.id = split.dossier_id
    WHERE split.closed_at IS NULL AND split.chosen_code = '' AND split.id > %(after)s
      AND (%(old_code)s = '' OR split.old_code = %(old_code)s)
      AND (%(split_on)s::date IS NULL OR split.split_on = %(split_on)s)
      AND (%(hamlet_key)s::text IS NULL OR split.hamlet_key = %(hamlet_key)s)
    ORDER BY split.id LIMIT %(limit)s
"""
_UNITS = """
    WITH declared AS MATERIALIZED (
        SELECT code, min(unit_id) AS unit_id FROM catalogues_declared WHERE code = ANY (%s) AND counts @> %s::date
        GROUP BY code HAVING count(DISTINCT unit_id) = 1
    )
    SELECT declared.code, unit.name FROM declared JOIN catalogues_unit AS unit ON unit.id = declared.unit_id
"""
_LOCK = """
    SELECT id, old_name, candidates, chosen_code <> '' OR closed_at IS NOT NULL FROM dossiers_split
    WHERE id = ANY (%s) ORDER BY id FOR UPDATE
"""
_WAITING_OF_HAMLET = """
    SELECT id FROM dossiers_split
    WHERE (old_code, split_on, hamlet_key) = (%s, %s, %s) AND closed_at IS NULL AND chosen_code = ''
    ORDER BY id FOR UPDATE
"""
_CHOOSE = """
    UPDATE dossiers_split
    SET chosen_code = %s, chosen_on = %s, chosen_basis = %s, chosen_at = %s, chosen_by = %s, note = %s
    WHERE id = ANY (%s)
"""
_HAMLET_BEFORE = """
    SELECT new_code FROM dossiers_hamlet WHERE (old_code, split_on, hamlet_key) = (%s, %s, %s)
"""
_DECIDE_HAMLET = """
    INSERT INTO dossiers_hamlet (old_code, split_on, hamlet_key, hamlet_name, new_code, chosen_on, decided_at, decided_by)
    SELECT old_code, split_on, hamlet_key, hamlet_name, %(code)s, %(on)s, %(at)s, %(by)s
    FROM dossiers_split WHERE id = %(split_id)s
    ON CONFLICT (old_code, split_on, hamlet_key) DO UPDATE
    SET new_code = excluded.new_code, chosen_on = excluded.chosen_on, decided_at = excluded.decided_at,
        decided_by = excluded.decided_by
    RETURNING id
"""

GONE_VI = "Hồ sơ không còn chờ chọn đơn vị mới, hoặc không thuộc địa bàn của bạn."
CHANGED_VI = "Hồ sơ vừa được chọn đơn vị mới. Vui lòng tải lại danh sách."
NOT_CANDIDATE_VI = "Xã, phường đã chọn không tiếp nhận dân cư của {old}. Hãy chọn một trong các nơi ghi ở hồ sơ này."
HAMLET_DONE_VI = "Không còn hồ sơ nào của thôn, tổ dân phố này chờ chọn đơn vị mới."


@dataclass(frozen=True, slots=True)
class Hamlet:
    """A hamlet of a commune as it was before the day it was divided; `key` as `residence.hamlet_of` writes it."""

    old_code: str
    split_on: date
    key: str


@dataclass(frozen=True, slots=True)
class Group:
    """How many dossiers of one hamlet wait; `hamlet_key` is empty for addresses that name none."""

    old_code: str
    old_name: str
    split_on: date
    hamlet_key: str
    hamlet_name: str
    waiting_count: int
    late_count: int


@dataclass(frozen=True, slots=True)
class Heir:
    """One commune that may be chosen; `unit_name` is empty while not exactly one unit is declared for it."""

    code: str
    name: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class SplitLine:
    """One dossier that waits for a choice; `message_id` is empty when the dossier itself is another office's."""

    id: int
    dossier_id: int
    dossier_code: str
    message_id: str
    child_name: str
    birth_date: date
    residence_text: str
    hamlet_key: str
    hamlet_name: str
    old_code: str
    old_name: str
    split_on: date
    old_unit_name: str
    candidates: tuple[Heir, ...]
    suggested_code: str
    suggestion_basis: str
    received_at: datetime
    due_on: date
    is_late: bool


@dataclass(frozen=True, slots=True)
class SplitFilter:
    """Which splits: no code asks for every commune, a key of None for every hamlet; `after` is the last id before."""

    old_code: str = ""
    split_on: date | None = None
    hamlet_key: str | None = None
    after: int = 0


def groups(by: Actor, *, on: date) -> list[Group]:
    """One line a hamlet that has dossiers waiting, commune by commune by name; no hamlet comes last. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, {"on": on})
        return rows_as(Group, cursor)


def open_splits(by: Actor, *, filters: SplitFilter, on: date, limit: int = 50) -> list[SplitLine]:
    """Dossiers that wait for a choice, in the order they came, with the units of the day. Two statements."""
    del by
    parameters: dict[str, Any] = {
        "old_code": filters.old_code,
        "split_on": filters.split_on,
        "hamlet_key": filters.hamlet_key,
        "after": filters.after,
        "on": on,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, parameters)
        names = [column[0] for column in cursor.description]
        told = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for line in told:
            line["candidates"] = json.loads(line["candidates"])
        codes = {it["code"] for line in told for it in line["candidates"]}
        cursor.execute(_UNITS, [sorted(codes), on])
        units = dict(cursor.fetchall())
    for line in told:
        line["candidates"] = tuple(
            Heir(it["code"], it["name"], units.get(it["code"], "")) for it in line["candidates"]
        )
    return [SplitLine(**line) for line in told]


def choose(split_ids: Sequence[int], code: str, *, note: str, by: Actor, at: datetime) -> Outcome:
    """Choose one of the new communes for these dossiers, one or many, in one transaction.

    Refused with a sentence: not there or not the actor's (NOT_FOUND), chosen already (CHANGED), a commune that took
    none of the old one's people (NOT_CANDIDATE).
    """
    _need(by)
    wanted = sorted(set(split_ids))
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted])
        found = {row[0]: row[1:] for row in cursor.fetchall()}
        refused = [
            refusal
            for split_id in wanted
            if (refusal := _refusal(split_id, found.get(split_id), code)) is not None
        ]
        not_done = {refusal.subject for refusal in refused}
        done = [split_id for split_id in wanted if split_id not in not_done]
        if done:
            chosen: list[Any] = [code, vietnam_date(at), OFFICER, at, by.label, note, done]
            cursor.execute(_CHOOSE, chosen)
        detail = {"chosen": code, "basis": OFFICER}
        trail.record_each(
            by, "split.choose", at=at, subject_kind="split", subject_ids=done, detail=detail
        )
    return Outcome(tuple(done), tuple(refused))


def choose_for_hamlet(hamlet: Hamlet, code: str, *, note: str, by: Actor, at: datetime) -> Outcome:
    """Choose for every dossier of a hamlet that waits, and for those still to come; a later decision replaces this one.

    Raises Refused when none waits any more (CHANGED), or the commune is none of the heirs (NOT_CANDIDATE).
    """
    _need(by)
    place: list[Any] = [hamlet.old_code, hamlet.split_on, hamlet.key]
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_WAITING_OF_HAMLET, place)
        waiting = [row[0] for row in cursor.fetchall()]
        if not waiting or not hamlet.key:
            raise Refused(HAMLET_DONE_VI, code="CHANGED")
        cursor.execute(_HAMLET_BEFORE, place)
        before = cursor.fetchone()
        outcome = choose(waiting, code, note=note, by=by, at=at)
        if not outcome.done:
            raise Refused(outcome.refused[0].message_vi, code=outcome.refused[0].code)
        words: dict[str, Any] = {
            "code": code,
            "on": vietnam_date(at),
            "at": at,
            "by": by.label,
            "split_id": outcome.done[0],
        }
        cursor.execute(_DECIDE_HAMLET, words)
        detail = {
            "hamlet": cursor.fetchone()[0],
            "chosen": code,
            "replaced": before[0] if before else "",
            "done": outcome.done_count,
        }
        trail.record(
            by,
            "split.hamlet",
            at=at,
            subject_kind="split",
            subject_id=outcome.done[0],
            detail=detail,
        )
    return outcome


def _need(by: Actor) -> None:
    if not by.may(Permission.SPLIT_DECIDE):
        raise NotAllowed(
            "Bạn không có quyền chọn đơn vị mới cho hồ sơ.", code=str(Permission.SPLIT_DECIDE)
        )


def _refusal(split_id: int, found: tuple[str, str, bool] | None, code: str) -> Refusal | None:
    if found is None:
        return Refusal(split_id, "NOT_FOUND", GONE_VI)
    old_name, candidates, is_over = found
    if is_over:
        return Refusal(split_id, "CHANGED", CHANGED_VI)
    if code not in {it["code"] for it in json.loads(candidates)}:
        return Refusal(split_id, "NOT_CANDIDATE", NOT_CANDIDATE_VI.format(old=old_name))
    return None

"""When an act is applied to the dossiers of each old unit: planned, changed while there is time, done.

The unit `None` stands for the dossiers of no unit, and of units that none of the old communes was declared for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from lienthong.audit import trail
from lienthong.catalogues.acts import act, check_instant
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused

_PLAN_CUTOVERS = """
    INSERT INTO catalogues_cutover (act_id, unit_id, kind, at, moved_count, kept_count, waiting_count)
    SELECT %(act)s, old_unit.id, 'apply', %(at)s, 0, 0, 0
    FROM (SELECT DISTINCT unit_id AS id FROM catalogues_declared
          WHERE code = ANY (%(olds)s) AND counts @> %(eve)s::date
          UNION ALL SELECT NULL) AS old_unit
    ON CONFLICT DO NOTHING
"""
_UNDO_CUTOVER = """
    INSERT INTO catalogues_cutover (act_id, unit_id, kind, at, moved_count, kept_count, waiting_count)
    VALUES (%s, NULL, 'undo', %s, 0, 0, 0) ON CONFLICT DO NOTHING
"""
_SET_CUTOVER = """
    INSERT INTO catalogues_cutover (act_id, unit_id, kind, at, moved_count, kept_count, waiting_count)
    SELECT act.id, unit.id, 'apply', %(at)s, 0, 0, 0
    FROM catalogues_unit AS unit, catalogues_act AS act
    WHERE unit.code = %(unit_code)s AND act.id = %(act)s AND act.state IN ('draft', 'confirmed', 'entered')
    ON CONFLICT (act_id, kind, unit_id) DO UPDATE SET at = excluded.at WHERE catalogues_cutover.done_at IS NULL
    RETURNING id
"""
_OF_ACT = """
    SELECT cutover.id, cutover.act_id, cutover.unit_id, coalesce(unit.code, '') AS unit_code,
           coalesce(unit.name, '') AS unit_name, cutover.kind, cutover.at, cutover.done_at, cutover.moved_count,
           cutover.kept_count, cutover.waiting_count
    FROM catalogues_cutover AS cutover LEFT JOIN catalogues_unit AS unit ON unit.id = cutover.unit_id
    WHERE cutover.act_id = %s ORDER BY cutover.kind, unit.code NULLS LAST
"""
_DUE = """
    SELECT DISTINCT cutover.act_id FROM catalogues_cutover AS cutover
    JOIN catalogues_act AS act ON act.id = cutover.act_id
    WHERE cutover.done_at IS NULL AND cutover.at <= %s
      AND (cutover.kind, act.state) IN (('apply', 'entered'), ('undo', 'undo_asked'))
    ORDER BY cutover.act_id
"""
_TAKE = """
    SELECT id FROM catalogues_cutover WHERE id = %s AND done_at IS NULL FOR UPDATE SKIP LOCKED
"""
_DONE = """
    UPDATE catalogues_cutover
    SET done_at = %s, moved_count = %s, kept_count = %s, waiting_count = %s WHERE id = %s
"""
_ALL_DONE = "UPDATE catalogues_cutover SET done_at = %s WHERE id = ANY (%s) AND done_at IS NULL"
_OPEN = (
    "SELECT count(*) FROM catalogues_cutover WHERE act_id = %s AND kind = %s AND done_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Cutover:
    """One old unit's instant; counts are dossiers: moved, left where they are, waiting for a unit."""

    id: int
    act_id: int
    unit_id: int | None
    unit_code: str
    unit_name: str
    kind: str
    at: datetime
    done_at: datetime | None
    moved_count: int
    kept_count: int
    waiting_count: int


def plan(act_id: int, olds: Sequence[str], *, eve: date, planned_at: datetime) -> None:
    """One cut-over for each unit declared for an old code on the eve, and one for the rest. Safe to run twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PLAN_CUTOVERS,
            {"act": act_id, "at": planned_at, "olds": list(olds), "eve": eve},
        )


def plan_undo(act_id: int, at: datetime) -> None:
    """One cut-over back, for every unit at once."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDO_CUTOVER, [act_id, at])


def set_cutover(
    act_id: int, unit_code: str, cutover_at: datetime, *, by: Actor, at: datetime
) -> None:
    """Plan another instant for one old unit. Refused before the act's day, or (E-CUTOVER) when it is done already."""
    check_instant(cutover_at, act(act_id).effective)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_SET_CUTOVER, {"act": act_id, "at": cutover_at, "unit_code": unit_code})
        if cursor.fetchone() is None:
            raise Refused(
                f"Đơn vị {unit_code} không có, hoặc đã chuyển xong.",
                code="E-CUTOVER",
                field="unit_code",
            )
        trail.record(by, "act.set_cutover", at=at, detail={"act": act_id, "unit": unit_code})


def of_act(act_id: int) -> list[Cutover]:
    """The act's cut-overs by unit code, the one without a unit last; those back after those there."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ACT, [act_id])
        return rows_as(Cutover, cursor)


def due(at: datetime) -> list[int]:
    """The acts of which some cut-over has come and is not done."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [at])
        return [row[0] for row in cursor.fetchall()]


def take(cutover_id: int) -> bool:
    """Hold the cut-over for this transaction; False when it is done, or another worker has it."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [cutover_id])
        return cursor.fetchone() is not None


def put_done(cutover_id: int, *, moved: int, kept: int, waiting: int, at: datetime) -> None:
    """The cut-over is done; how many dossiers moved, stayed, and wait."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [at, moved, kept, waiting, cutover_id])


def put_all_done(cutover_ids: Sequence[int], at: datetime) -> None:
    """These cut-overs found no dossier."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_DONE, [at, list(cutover_ids)])


def is_any_open(act_id: int, kind: str) -> bool:
    """True while some cut-over of the act is not done."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [act_id, kind])
        return bool(cursor.fetchone()[0])

"""An act of merger into the lists, and out of them again: what they said of its codes before and after is kept."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from lienthong.audit import trail
from lienthong.catalogues import cutovers, loading
from lienthong.catalogues.acts import CONFIRMED, act, first_minute, old_codes, sheet_of
from lienthong.catalogues.differences import Difference
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused

_ENTERED = "UPDATE catalogues_act SET state = 'entered', before = %s, after = %s WHERE id = %s"
_SNAPSHOT = """
    SELECT jsonb_build_object(
        'successions', (SELECT coalesce(jsonb_agg(to_jsonb(edge) - 'id' ORDER BY old_code, new_code), '[]')
                        FROM catalogues_succession AS edge
                        WHERE effective = %(effective)s AND old_code = ANY (%(codes)s)),
        'divisions', (SELECT coalesce(jsonb_agg(to_jsonb(version) - 'id' ORDER BY code, lower(valid)), '[]')
                      FROM catalogues_division AS version WHERE code = ANY (%(codes)s)))
"""
_FORGET_EDGES = "DELETE FROM catalogues_succession WHERE effective = %s AND old_code = ANY (%s)"
_FORGET_VERSIONS = "DELETE FROM catalogues_division WHERE code = ANY (%s)"
_RESTORE_EDGES = """
    INSERT INTO catalogues_succession (old_code, new_code, effective, share, source, instrument)
    SELECT old_code, new_code, effective, share, source, instrument
    FROM jsonb_to_recordset(%s) AS told (old_code text, new_code text, effective date, share text, source text,
                                         instrument text)
"""
_RESTORE_VERSIONS = """
    INSERT INTO catalogues_division (code, level, name, kind, parent_code, province_code, valid, instrument)
    SELECT code, level, name, kind, parent_code, province_code, valid, instrument
    FROM jsonb_to_recordset(%s) AS told (code text, level text, name text, kind text, parent_code text,
                                         province_code text, valid daterange, instrument text)
"""

_Told = dict[str, list[dict[str, Any]]]
"""What the lists say of some codes: `successions` of the act's day, and every version in `divisions`."""


def difference(act_id: int, *, by: Actor, at: datetime) -> Difference:
    """What the act would change in the lists; refused rows are in it, nothing is written."""
    it = act(act_id)
    return loading.import_act(
        sheet_of(act_id), it.effective, source=it.number, by=by, at=at, dry_run=True
    )


def write_into_lists(act_id: int, *, by: Actor, at: datetime) -> None:
    """Write a confirmed act's successions and versions into the lists, and plan a cut-over for each old unit.

    Raises Refused when a row contradicts the lists. One transaction; nothing happens when it was done already.
    """
    olds = old_codes(act_id)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(loading.LOCK)
        it = act(act_id)
        if it.state != CONFIRMED:
            return
        sheet = sheet_of(act_id)
        codes = sorted({*olds, *(row.cells["new_code"] for row in sheet.rows)})
        before = _snapshot(codes, it.effective)
        loading.import_act(sheet, it.effective, source=it.number, by=by, at=at)
        after = _snapshot(codes, it.effective)
        kept = _changed(before, after)
        cursor.execute(_ENTERED, [*(json.dumps(told) if told else None for told in kept), act_id])
        planned_at = max(it.cutover_at or first_minute(it.effective), it.confirmed_at or at)
        cutovers.plan(act_id, olds, eve=it.effective - timedelta(days=1), planned_at=planned_at)


def _snapshot(codes: list[str], effective: date) -> _Told:
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT, {"codes": codes, "effective": effective})
        told = cursor.fetchone()[0]
    return json.loads(told) if isinstance(told, str) else dict(told)


def _changed(before: _Told, after: _Told) -> tuple[_Told | None, _Told | None]:
    """Both, without the codes of which the lists say the same as before; None when that is all of them."""
    codes: set[str] = set()
    for kind, name in (("successions", "old_code"), ("divisions", "code")):
        one, other = (
            {json.dumps(row, sort_keys=True): row[name] for row in told[kind]}
            for told in (before, after)
        )
        codes |= {(one | other)[text] for text in one.keys() ^ other.keys()}
    if not codes:
        return None, None

    def of_codes(told: _Told) -> _Told:
        return {
            "successions": [row for row in told["successions"] if row["old_code"] in codes],
            "divisions": [row for row in told["divisions"] if row["code"] in codes],
        }

    return of_codes(before), of_codes(after)


def take_back(act_id: int, *, by: Actor, at: datetime) -> None:
    """Make the lists say of the act's codes what they said before it, and plan the way back of its dossiers. Once.

    Refused (E-ACT-OVERTAKEN) when the lists have moved on since: a later act stands on this one.
    """
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(loading.LOCK)
        it = act(act_id)
        if any(each.kind == "undo" for each in cutovers.of_act(act_id)):
            return
        cursor.execute("SELECT before, after FROM catalogues_act WHERE id = %s", [act_id])
        before, after = (json.loads(t) if isinstance(t, str) else t for t in cursor.fetchone())
        if after is not None:
            codes = sorted(
                {edge["old_code"] for edge in (*before["successions"], *after["successions"])}
                | {version["code"] for version in (*before["divisions"], *after["divisions"])}
            )
            if _snapshot(codes, it.effective) != after:
                raise Refused(
                    "Một đợt sáp nhập sau đã dựa trên đợt này; hãy hủy đợt sau trước.",
                    code="E-ACT-OVERTAKEN",
                    field="act",
                )
            cursor.execute(_FORGET_EDGES, [it.effective, codes])
            cursor.execute(_FORGET_VERSIONS, [codes])
            cursor.execute(_RESTORE_VERSIONS, [json.dumps(before["divisions"])])
            cursor.execute(_RESTORE_EDGES, [json.dumps(before["successions"])])
        cutovers.plan_undo(act_id, at)
        trail.record(by, "act.take_back", at=at, detail={"act": act_id})

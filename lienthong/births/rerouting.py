"""Open dossiers when divisions change (công văn 680/BHXH-CNTT, mục 2): dry run, cut-over, and the way back.

The dry run and the cut-over read the same plan; the first is rolled back. A cut-over is one transaction a unit: it locks
the unit's caught dossiers, reads their states again and moves them, so that an import or an approval that was faster
keeps its dossier at the old unit (2.1), and officers gain and lose sight of it in one instant.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from lienthong.audit import trail
from lienthong.births import splits
from lienthong.cards import actions as cards
from lienthong.catalogues import acts, cutovers, entering, loading, routes
from lienthong.catalogues.cutovers import Cutover
from lienthong.collection import actions as collection
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import actions as dossiers
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Refused

_log = logging.getLogger(__name__)
_TABLES = Statement.load("lienthong.births", "rerouting_tables.sql")
_TURN = Statement.load("lienthong.births", "rerouting_turn.sql")
_CAUGHT = Statement.load("lienthong.births", "rerouting_caught.sql")
_BACK = Statement.load("lienthong.births", "rerouting_back.sql")
_PLAN = Statement.load("lienthong.births", "rerouting_plan.sql")
_APPLY = Statement.load("lienthong.births", "rerouting_apply.sql")
_EMPTY = "TRUNCATE rerouting_turn, rerouting_caught, rerouting_evidence, rerouting_plan"
_EMPTY_PLAN = "WITH gone AS (DELETE FROM rerouting_evidence) DELETE FROM rerouting_plan"
_ANALYZE = "ANALYZE rerouting_turn, rerouting_caught"
_LOCK = """
    SELECT dossier.id FROM dossiers_dossier AS dossier
    WHERE dossier.id IN (SELECT dossier_id FROM rerouting_caught WHERE cutover_id = %s)
    ORDER BY dossier.id FOR UPDATE
"""
_CAUGHT_BY_CUTOVER = "SELECT cutover_id, count(*) FROM rerouting_caught GROUP BY cutover_id"
_TO_JUDGE = """
    SELECT dossier.id, coalesce(nullif(dossier.chosen_commune_code, ''), dossier.commune_code) AS place_code,
           coalesce(dossier.chosen_on, dossier.registered_on) AS place_on, dossier.residence_text,
           coalesce(registration.commune_code, '') AS office_code
    FROM rerouting_caught AS caught
    JOIN dossiers_dossier AS dossier ON dossier.id = caught.dossier_id
    CROSS JOIN LATERAL (
        SELECT resolution FROM catalogues_route AS place WHERE place.id = caught.route_id LIMIT 1) AS route
    JOIN database_law_rerouting AS law ON law.state = dossier.state AND law.owner = 'new'
    LEFT JOIN births_registration AS registration ON registration.dossier_id = dossier.id
    WHERE route.resolution = 'many' AND (%(cutover)s::bigint IS NULL OR caught.cutover_id = %(cutover)s)
    ORDER BY dossier.id
"""
_PUT_EVIDENCE = """
    INSERT INTO rerouting_evidence (dossier_id, commune_code, on_day)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::date[])
"""
# What was done to each dossier cannot be changed afterwards without the log's showing it.
_DIGEST = """
    SELECT encode(sha256(convert_to(string_agg(
        concat_ws('|', id, dossier_id, state, rule, qualifier, from_unit_id, to_unit_id, from_commune_code,
                  to_commune_code), E'\n' ORDER BY id), 'UTF8')), 'hex')
    FROM dossiers_reroute WHERE cutover_id = %s
"""
_MOVED_IDS = "SELECT dossier_id FROM rerouting_plan WHERE owner = 'new' ORDER BY dossier_id"
_LINES = """
    SELECT dossier.id AS dossier_id, dossier.code, dossier.message_id, dossier.state,
           coalesce(plan.rule, '000-0') AS rule,
           coalesce(plan.qualifier, CASE WHEN route.rule = 'Q6' THEN 'Q6' ELSE '' END) AS qualifier,
           coalesce(plan.to_reason, '') AS reason, dossier.unit_id AS from_unit_id, old_unit.code AS from_unit,
           CASE WHEN plan.dossier_id IS NULL THEN dossier.unit_id ELSE plan.to_unit_id END AS to_unit_id,
           CASE WHEN plan.dossier_id IS NULL THEN old_unit.code ELSE new_unit.code END AS to_unit,
           coalesce(plan.from_commune_code, nullif(dossier.resolved_commune_code, ''), dossier.commune_code)
               AS from_commune,
           CASE WHEN plan.dossier_id IS NULL THEN dossier.resolved_commune_code
                ELSE plan.to_commune_code END AS to_commune,
           dossier.area AS from_area, coalesce(plan.to_area, dossier.area) AS to_area
    FROM dossiers_dossier AS dossier
    LEFT JOIN rerouting_plan AS plan ON plan.dossier_id = dossier.id
    LEFT JOIN LATERAL (
        SELECT place.rule FROM catalogues_route AS place
        WHERE place.commune_code = coalesce(nullif(dossier.chosen_commune_code, ''), dossier.commune_code)
          AND place.registered @> coalesce(dossier.chosen_on, dossier.registered_on)
        LIMIT 1) AS route ON true
    LEFT JOIN catalogues_unit AS old_unit ON old_unit.id = dossier.unit_id
    LEFT JOIN catalogues_unit AS new_unit ON new_unit.id = plan.to_unit_id
    WHERE dossier.state NOT IN ('RETURNED', 'REJECTED', 'CANCELLED')
    ORDER BY coalesce(plan.rule, '000-0') = '000-0', plan.qualifier IN ('Q3', 'Q4') DESC, dossier.id
"""
_UNDECLARED = """
    SELECT heir.code, division.name, division.province_code, route.unit_status,
           (SELECT count(*) FROM rerouting_plan AS plan
            WHERE plan.to_commune_code = heir.code AND plan.qualifier = 'Q4') AS waiting_count
    FROM (SELECT DISTINCT new_code AS code FROM catalogues_succession
          WHERE effective = %(effective)s AND old_code = ANY (%(olds)s) AND share <> 'land_only') AS heir
    JOIN catalogues_route AS route ON route.commune_code = heir.code AND route.registered @> %(on)s::date
    JOIN catalogues_division AS division ON division.code = heir.code AND division.valid @> %(on)s::date
    WHERE route.unit_status <> 'one'
    ORDER BY 5 DESC, heir.code
"""
_STORE_FORECAST = """
    INSERT INTO dossiers_forecast (act_id, dossier_id, areas, state, rule, qualifier, reason, from_unit_id, to_unit_id,
                                   from_commune_code, to_commune_code)
    SELECT %s, dossier_id, ARRAY[from_area, to_area], state, rule, qualifier, reason, from_unit_id, to_unit_id,
           from_commune_code, to_commune_code
    FROM unnest(%s::bigint[], %s::integer[], %s::integer[], %s::text[], %s::text[], %s::text[], %s::text[],
                %s::bigint[], %s::bigint[], %s::text[], %s::text[])
        AS told (dossier_id, from_area, to_area, state, rule, qualifier, reason, from_unit_id, to_unit_id,
                 from_commune_code, to_commune_code)
"""
UNDECLARED_VI = {
    "none": "Chưa khai báo đơn vị cấp thẻ",
    "many": "Nhiều đơn vị cùng khai báo",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One open dossier in a dry run: by which row of the table, from which unit to which; `to_unit` None: it waits."""

    dossier_id: int
    code: str
    message_id: str
    state: str
    rule: str
    qualifier: str
    reason: str
    from_unit_id: int | None
    from_unit: str | None
    to_unit_id: int | None
    to_unit: str | None
    from_commune: str
    to_commune: str
    from_area: int
    to_area: int

    def as_json(self) -> dict[str, Any]:
        """As `lienthong divisions merge --dry-run` lists it."""
        return {
            "dossier": self.code,
            "message_id": self.message_id,
            "state": self.state,
            "rule": self.rule,
            "qualifier": self.qualifier or None,
            "from_unit": self.from_unit,
            "to_unit": self.to_unit,
            "from_commune": self.from_commune,
            "to_commune": self.to_commune or None,
            "waits_for": self.reason or None,
        }


@dataclass(frozen=True, slots=True)
class DryRun:
    """What applying an act would do: rows that contradict the lists, heirs without a unit, and every open dossier."""

    conflicts: list[dict[str, Any]]
    undeclared: list[dict[str, Any]]
    lines: list[Line]
    difference: dict[str, object]

    @property
    def summary(self) -> dict[str, Any]:
        """Conflicts and undeclared heirs first, then totals by rule and qualifier."""
        rules, qualifiers = (
            Counter(it.rule for it in self.lines),
            Counter(it.qualifier for it in self.lines),
        )
        return {
            "conflicts": self.conflicts,
            "undeclared": self.undeclared,
            "totals": dict(sorted(rules.items())),
            "qualifiers": {key: qualifiers[key] for key in sorted(qualifiers) if key},
            "open_count": len(self.lines),
            "moving_count": sum(it.from_unit_id != it.to_unit_id for it in self.lines),
            "waiting_count": sum(it.qualifier in {"Q3", "Q4"} for it in self.lines),
            "repaired": self.difference.get("repaired", []),
        }


class _RolledBack(Exception):
    """Ends the transaction of a dry run."""


def dry_run(act_id: int, *, by: Actor, at: datetime) -> DryRun:
    """What applying the act would do, were its cut-over now or on its day. Nothing is written.

    The lists are changed, the routes tabulated and the plan made, and all of it is rolled back.
    """
    it = acts.act(act_id)
    difference = entering.difference(act_id, by=by, at=at)
    conflicts = difference.as_json()["refused"]
    if difference.refused:
        return DryRun(list(conflicts), [], [], difference.as_json())  # type: ignore[call-overload]
    on = max(vietnam_date(at), it.effective)
    found: list[DryRun] = []
    try:
        with acting(by, at=at):
            loading.import_act(acts.sheet_of(act_id), it.effective, source=it.number, by=by, at=at)
            routes.ensure(on)
            olds = acts.old_codes(act_id)
            _catch(it, olds, by=by, at=at)
            _judge(None, on)
            _PLAN.run({"cutover": None, "is_amended": it.corrects_id is not None})
            with connection.cursor() as cursor:
                cursor.execute(_UNDECLARED, {"effective": it.effective, "olds": olds, "on": on})
                undeclared = [_undeclared(row) for row in cursor.fetchall()]
                cursor.execute(_LINES)
                found.append(DryRun([], undeclared, rows_as(Line, cursor), difference.as_json()))
            raise _RolledBack
    except _RolledBack:
        return found[0]


def _undeclared(row: Sequence[Any]) -> dict[str, Any]:
    code, name, province, status, waiting = row
    return {
        "code": code,
        "name": name,
        "province_code": province,
        "fault_vi": UNDECLARED_VI[status],
        "waiting_count": waiting,
    }


def forecast(act_id: int, *, by: Actor, at: datetime) -> DryRun:
    """A dry run kept for the act's page: its summary with the act, a line for each dossier that it would touch."""
    found = dry_run(act_id, by=by, at=at)
    touched = [it for it in found.lines if it.rule != "000-0"]
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dossiers_forecast WHERE act_id = %s", [act_id])
        columns: list[list[Any]] = [
            [it.dossier_id for it in touched],
            [it.from_area for it in touched],
            [it.to_area for it in touched],
            [it.state for it in touched],
            [it.rule for it in touched],
            [it.qualifier for it in touched],
            [it.reason for it in touched],
            [it.from_unit_id for it in touched],
            [it.to_unit_id for it in touched],
            [it.from_commune for it in touched],
            [it.to_commune for it in touched],
        ]
        cursor.execute(_STORE_FORECAST, [act_id, *columns])
        acts.put_forecast(act_id, found.summary, trouble_vi="", by=by, at=at)
    return found


def forecast_asked(*, by: Actor, at: datetime) -> int:
    """Make the dry runs that officers asked for; how many."""
    asked = acts.forecasts_asked()
    for act_id in asked:
        try:
            forecast(act_id, by=by, at=at)
        except Refused as refused:
            acts.put_forecast(act_id, None, trouble_vi=refused.message_vi, by=by, at=at)
    return len(asked)


# ---------------------------------------------------------------- applying


def merge(*, by: Actor, at: datetime, on: date) -> int:
    """Bring every confirmed act and every due cut-over forward; how many acts and cut-overs moved.

    Safe to run twice, side by side, and after a kill: an act's state and each cut-over's stamp say what is left.
    """
    moved = 0
    for act_id in acts.waiting(acts.CONFIRMED):
        moved += _enter(act_id, by=by, at=at)
    for act_id in acts.waiting(acts.UNDO_ASKED):
        moved += _take_back(act_id, by=by, at=at)
    for act_id in cutovers.due(at):
        moved += _cut_over(act_id, by=by, at=at, on=on)
    return moved


def _enter(act_id: int, *, by: Actor, at: datetime) -> int:
    try:
        with transaction.atomic():
            entering.write_into_lists(act_id, by=by, at=at)
    except Refused as refused:
        acts.stop(act_id, refused, to=acts.DRAFT, by=by, at=at)
    return 1


def _take_back(act_id: int, *, by: Actor, at: datetime) -> int:
    if any(it.kind == "undo" for it in cutovers.of_act(act_id)):
        return 0
    it = acts.act(act_id)
    try:
        with acting(by, at=at):
            entering.take_back(act_id, by=by, at=at)
            splits.forget(acts.old_codes(act_id), it.effective, by=by, at=at)
    except Refused as refused:
        back_to = acts.ENTERED if it.applied_at is None else acts.APPLIED
        acts.stop(act_id, refused, to=back_to, by=by, at=at)
    return 1


def _cut_over(act_id: int, *, by: Actor, at: datetime, on: date) -> int:
    """Every due cut-over of one act, each unit in a transaction of its own; how many were done.

    That of no unit comes last and looks again: it takes what another step has put on the old map meanwhile.
    """
    it = acts.act(act_id)
    is_back = it.state == acts.UNDO_ASKED
    kind = "undo" if is_back else "apply"
    routes.ensure(on)
    due = [
        each
        for each in cutovers.of_act(act_id)
        if each.kind == kind and each.done_at is None and each.at <= at
    ]
    is_amended = is_back or it.corrects_id is not None
    done = 0
    for of_units in (True, False):
        group = [each for each in due if (each.unit_id is not None) is of_units]
        if group:
            caught = _catch(it, acts.old_codes(act_id), is_back=is_back, by=by, at=at)
            with acting(by, at=at):
                cutovers.put_all_done([each.id for each in group if not caught[each.id]], at)
                dossiers.follow_answering([each.unit_id for each in group], by=by, at=at)
            for each in group:
                if caught[each.id]:
                    _cut_over_unit(each, is_amended=is_amended, by=by, at=at, on=on)
            done += len(group)
    if not cutovers.is_any_open(act_id, kind):
        acts.finish(act_id, is_undone=is_back, by=by, at=at)
    return done


def _cut_over_unit(each: Cutover, *, is_amended: bool, by: Actor, at: datetime, on: date) -> None:
    with acting(by, at=at), connection.cursor() as cursor:
        if not cutovers.take(each.id):
            return
        find_rows_by_index()
        cursor.execute(_EMPTY_PLAN)
        cursor.execute(_LOCK, [each.id])
        evidence = _judge(each.id, on)
        # The states are read now, under the locks: whoever was faster has committed.
        _PLAN.run({"cutover": each.id, "is_amended": is_amended})
        cursor.execute(_MOVED_IDS)
        ids = [row[0] for row in cursor.fetchall()]
        ((moved, kept, waiting),) = _APPLY.rows({"act": each.act_id, "at": at})
        cursor.execute(_DIGEST, [each.id])
        digest = cursor.fetchone()[0]
        splits.keep([line for line in evidence if line["dossier_id"] in set(ids)], by=by, at=at)
        dossiers.follow_area(ids, by=by, at=at)
        cards.follow_area(ids, by=by, at=at)
        collection.follow_area(ids, by=by, at=at)
        if waiting:
            splits.queue(waiting, by=by, at=at, on=on)
        cutovers.put_done(each.id, moved=moved, kept=kept, waiting=waiting, at=at)
        counts = {"moved": moved, "kept": kept, "waiting": waiting}
        detail = {"act": each.act_id, "unit": each.unit_id, **counts, "sha256": digest}
        trail.record(by, "dossier.rerouted", at=at, detail=detail)
        _log.info("rerouting.cut_over", extra={"cutover": each.id, "moved": moved, "kept": kept})


def _catch(
    it: acts.Act, olds: list[str], *, is_back: bool = False, by: Actor, at: datetime
) -> Counter[int]:
    """Fill the session's working tables with the dossiers that the act catches; how many for each cut-over."""
    with acting(by, at=at), connection.cursor() as cursor:
        _TABLES.run()
        find_rows_by_index()
        cursor.execute(_EMPTY)
        if is_back:
            codes = sorted({*olds, *(row.cells["new_code"] for row in acts.sheet_of(it.id).rows)})
            _BACK.run({"act": it.id, "codes": codes})
        else:
            _TURN.run({"effective": it.effective, "olds": olds})
            _CAUGHT.run({"act": it.id})
        cursor.execute(_ANALYZE)
        cursor.execute(_CAUGHT_BY_CUTOVER)
        return Counter(dict(cursor.fetchall()))


def _judge(cutover_id: int | None, on: date) -> list[dict[str, Any]]:
    """What addresses decide among the caught dossiers of divided communes, for the plan to read."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_JUDGE, {"cutover": cutover_id})
        lines = splits.decided(rows_as(splits.Unqueued, cursor), on)
        if lines:
            cursor.execute(
                _PUT_EVIDENCE,
                [
                    [line[name] for line in lines]
                    for name in ("dossier_id", "chosen_code", "chosen_on")
                ],
            )
    return lines

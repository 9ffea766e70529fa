"""Dossiers whose commune was divided: what their addresses decide, the queue for the rest, and the choices followed.

A choice only says where on the map the dossier is read; the step that resumes parked dossiers does the rest.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.catalogues import divisions
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.dossiers.residence import Candidate, Evidence, evidence_of, hamlet_of
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date

_UNQUEUED = """
    SELECT dossier.id, coalesce(nullif(dossier.chosen_commune_code, ''), dossier.commune_code) AS place_code,
           coalesce(dossier.chosen_on, dossier.registered_on) AS place_on, dossier.residence_text,
           coalesce(registration.commune_code, '') AS office_code
    FROM dossiers_dossier AS dossier
    LEFT JOIN births_registration AS registration ON registration.dossier_id = dossier.id
    WHERE dossier.state = 'MANUAL_REVIEW' AND dossier.reason = 'H-AREA-SPLIT'
      AND NOT EXISTS (SELECT 1 FROM dossiers_split AS open
                      WHERE open.dossier_id = dossier.id AND open.closed_at IS NULL)
    ORDER BY dossier.id LIMIT %s
    FOR UPDATE OF dossier SKIP LOCKED
"""
_UNITS = """
    SELECT route.commune_code, route.unit_id, unit.name FROM catalogues_route AS route
    LEFT JOIN catalogues_unit AS unit ON unit.id = route.unit_id
    WHERE route.commune_code = ANY (%s) AND route.registered @> %s::date
"""
_SPLIT_OF = """
    SELECT route.path[cardinality(route.path)], route.split_on, route.province_code
    FROM catalogues_route AS route WHERE route.commune_code = %(code)s AND route.registered @> %(on)s::date
"""
_FORMER_UNIT = """
    SELECT min(unit_id) FROM catalogues_workplace
    WHERE (commune_code = %(code)s OR (commune_code = '' AND district_code = %(code)s))
      AND valid @> (%(split_on)s::date - 1)
    HAVING count(DISTINCT unit_id) = 1
"""
_HAMLETS = """
    SELECT hamlet_key, new_code FROM dossiers_hamlet WHERE old_code = %s AND split_on = %s
"""
_MAJORITY = """
    SELECT chosen_code FROM dossiers_split WHERE old_code = %s AND split_on = %s AND chosen_code <> ''
    GROUP BY chosen_code ORDER BY count(*) DESC, chosen_code LIMIT 1
"""
_OPEN = """
    INSERT INTO dossiers_split (dossier_id, dossier_code, areas, old_code, old_name, split_on, from_unit_id, child_name, child_born_on,
                                residence_text, hamlet_key, hamlet_name, received_at, due_on, candidates,
                                suggested_code, suggestion_basis, opened_at, chosen_code, chosen_on, chosen_basis,
                                chosen_at, chosen_by, note, closed_at)
    SELECT dossier.id, dossier.code, told.areas, told.old_code, told.old_name, told.split_on,
           coalesce(left_from.from_unit_id, told.from_unit_id), dossier.child_name, dossier.child_born_on,
           dossier.residence_text, told.hamlet_key, told.hamlet_name, dossier.received_at, dossier.due_on,
           told.candidates, told.suggested_code, told.suggestion_basis, %(at)s, told.chosen_code, told.chosen_on,
           told.chosen_basis, CASE WHEN told.chosen_code <> '' THEN %(at)s END,
           CASE WHEN told.chosen_code <> '' THEN 'system' ELSE '' END, told.note,
           CASE WHEN %(is_settled)s THEN %(at)s END
    FROM jsonb_to_recordset(%(lines)s) AS told (
        dossier_id bigint, areas integer[], old_code text, old_name text, split_on date, from_unit_id bigint,
        hamlet_key text, hamlet_name text, candidates jsonb, suggested_code text, suggestion_basis text,
        chosen_code text, chosen_on date, chosen_basis text, note text)
    JOIN dossiers_dossier AS dossier ON dossier.id = told.dossier_id
    LEFT JOIN LATERAL (
        SELECT from_unit_id FROM dossiers_reroute AS moved
        WHERE moved.dossier_id = dossier.id ORDER BY moved.id DESC LIMIT 1) AS left_from ON true
    ON CONFLICT DO NOTHING
"""
# The old unit's officers see it beside those of every heir and its province.
_SHOW_TO_OLD_UNIT = """
    UPDATE dossiers_split SET areas = areas || from_unit_id::integer
    WHERE closed_at IS NULL AND from_unit_id IS NOT NULL AND NOT from_unit_id::integer = ANY (areas)
"""
# A candidate whose unit was declared since: its officers see it too.
_SHOW_TO_NEW_UNIT = """
    UPDATE dossiers_split AS split SET areas = split.areas || declared.units
    FROM (SELECT open.id, array_agg(DISTINCT route.unit_id::integer) AS units
          FROM dossiers_split AS open
          CROSS JOIN jsonb_to_recordset(open.candidates) AS heir (code text)
          JOIN catalogues_route AS route ON route.commune_code = heir.code AND route.registered @> %(on)s::date
          WHERE open.closed_at IS NULL AND NOT route.unit_id::integer = ANY (open.areas)
          GROUP BY open.id) AS declared
    WHERE split.id = declared.id
"""
# One that came into the queue while an officer decided for its whole hamlet.
_DECIDE_BY_HAMLET = """
    UPDATE dossiers_split AS split
    SET chosen_code = hamlet.new_code, chosen_on = %(on)s, chosen_basis = 'hamlet', chosen_at = %(at)s,
        chosen_by = 'system', note = hamlet.hamlet_name
    FROM dossiers_hamlet AS hamlet
    WHERE split.closed_at IS NULL AND split.chosen_code = ''
      AND (hamlet.old_code, hamlet.split_on, hamlet.hamlet_key) = (split.old_code, split.split_on, split.hamlet_key)
      AND split.candidates @> jsonb_build_array(jsonb_build_object('code', hamlet.new_code))
"""
_FOLLOW = """
    WITH chosen AS (
        SELECT split.id, split.dossier_id, split.chosen_code, split.chosen_on
        FROM dossiers_split AS split JOIN dossiers_dossier AS dossier ON dossier.id = split.dossier_id
        WHERE split.closed_at IS NULL AND split.chosen_code <> ''
        ORDER BY split.dossier_id LIMIT %(limit)s FOR UPDATE OF dossier SKIP LOCKED
    ),
    placed AS (
        UPDATE dossiers_dossier AS dossier
        SET chosen_commune_code = chosen.chosen_code, chosen_on = chosen.chosen_on, changed_at = %(at)s
        FROM chosen WHERE dossier.id = chosen.dossier_id
    )
    UPDATE dossiers_split AS split SET closed_at = %(at)s FROM chosen WHERE split.id = chosen.id
"""
# What most have chosen is suggested to those that still wait.
_SUGGEST = """
    UPDATE dossiers_split AS split SET suggested_code = told.code, suggestion_basis = 'majority'
    FROM (SELECT old_code, split_on, mode() WITHIN GROUP (ORDER BY chosen_code) AS code
          FROM dossiers_split WHERE chosen_code <> '' GROUP BY old_code, split_on) AS told
    WHERE split.closed_at IS NULL AND split.chosen_code = '' AND split.suggested_code <> told.code
      AND (split.old_code, split.split_on) = (told.old_code, told.split_on)
      AND split.candidates @> jsonb_build_array(jsonb_build_object('code', told.code))
"""
# What no longer waits for a choice: cancelled, corrected, or found by the lists since.
_CLOSE_OVERTAKEN = """
    UPDATE dossiers_split AS split SET closed_at = %(at)s
    FROM dossiers_dossier AS dossier
    WHERE dossier.id = split.dossier_id AND split.closed_at IS NULL AND split.chosen_code = ''
      AND (dossier.state <> 'MANUAL_REVIEW' OR dossier.reason <> 'H-AREA-SPLIT')
"""
_FORGET = """
    UPDATE dossiers_dossier AS dossier SET chosen_commune_code = '', chosen_on = NULL, changed_at = %(at)s
    FROM dossiers_split AS split
    WHERE split.dossier_id = dossier.id AND split.old_code = ANY (%(codes)s) AND split.split_on = %(split_on)s
      AND dossier.chosen_on = split.chosen_on AND dossier.chosen_commune_code = split.chosen_code
      AND dossier.state NOT IN ('RETURNED', 'REJECTED', 'CANCELLED')
"""
_CLOSE_FORGOTTEN = """
    UPDATE dossiers_split SET closed_at = %(at)s
    WHERE old_code = ANY (%(codes)s) AND split_on = %(split_on)s AND closed_at IS NULL
"""

MAJORITY, OFFICE = "majority", "office"
SUGGESTIONS_VI = {
    MAJORITY: "Phần lớn hồ sơ cùng xã đã chọn nơi này",
    OFFICE: "Nơi đăng ký khai sinh là xã, phường này",
}
"""Why a candidate is suggested."""


@dataclass(frozen=True, slots=True)
class Unqueued:
    """A dossier of a divided commune: where it is read, its address, and the office that registered the birth."""

    id: int
    place_code: str
    place_on: date
    residence_text: str
    office_code: str


@dataclass(frozen=True, slots=True)
class Divided:
    """A commune whose people were divided, as it stands on the day of decision."""

    old_code: str
    old_name: str
    split_on: date
    province_code: str
    candidates: tuple[Candidate, ...]
    former_unit_id: int | None
    hamlets: Mapping[str, str]
    majority_code: str

    def evidence(self, address: str) -> Evidence | None:
        """What the address decides among the heirs."""
        return evidence_of(address, self.old_name, self.candidates, self.hamlets)

    @property
    def areas(self) -> list[int]:
        """Who may look and choose, but for the unit that the dossier comes from."""
        units = {it.unit_id for it in self.candidates if it.unit_id is not None}
        provinces = {-int(it.province_code) for it in self.candidates}
        return sorted(units | provinces)


class Map:
    """The divided communes of one day, each read once. `routes.ensure(on)` comes first."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._known: dict[tuple[str, date], Divided | None] = {}

    def divided(self, place_code: str, place_on: date) -> Divided | None:
        """What became of a place whose people were divided; None when they were not."""
        key = (place_code, place_on)
        if key not in self._known:
            self._known[key] = self._read(place_code, place_on)
        return self._known[key]

    def _read(self, place_code: str, place_on: date) -> Divided | None:
        found = divisions.resolve(place_code, written_on=place_on, on=self._on)
        with connection.cursor() as cursor:
            cursor.execute(_SPLIT_OF, {"code": place_code, "on": place_on})
            row = cursor.fetchone()
            if found.status != "many" or row is None or row[1] is None:
                return None
            old_code, split_on, province_code = row
            cursor.execute(_UNITS, [[it.code for it in found.communes], self._on])
            units = {code: (unit, name) for code, unit, name in cursor.fetchall()}
            cursor.execute(_FORMER_UNIT, {"code": old_code, "split_on": split_on})
            former = cursor.fetchone()
            cursor.execute(_HAMLETS, [old_code, split_on])
            hamlets = dict(cursor.fetchall())
            cursor.execute(_MAJORITY, [old_code, split_on])
            majority = cursor.fetchone()
        candidates = tuple(
            Candidate(it.code, it.name, it.province_code, it.share, unit, name or "")
            for it in found.communes
            for unit, name in (units.get(it.code, (None, "")),)
        )
        old_name = divisions.name_on(old_code, date.fromordinal(split_on.toordinal() - 1))
        codes = {it.code for it in candidates}
        return Divided(
            old_code,
            old_name,
            split_on,
            province_code,
            candidates,
            former[0] if former else None,
            {key: code for key, code in hamlets.items() if code in codes},
            majority[0] if majority and majority[0] in codes else "",
        )


def queue(limit: int, *, by: Actor, at: datetime, on: date) -> int:
    """Put up to `limit` dossiers of divided communes into the queue, decided where the address decides; how many.

    Call inside the transaction that parked them, so that old and new officers see them at once.
    """
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_UNQUEUED, [limit])
        known = Map(on)
        lines = [
            line for it in rows_as(Unqueued, cursor) if (line := _line(it, known, on)) is not None
        ]
        if lines:
            _put(lines, at, is_settled=False)
            cursor.execute(_SHOW_TO_OLD_UNIT)
    return len(lines)


def decided(waiting: Iterable[Unqueued], on: date) -> list[dict[str, Any]]:
    """One line for each dossier whose address decides among the heirs, before anything moves; see `keep`."""
    known = Map(on)
    lines = (_line(it, known, on) for it in waiting)
    return [line for line in lines if line is not None and line["chosen_code"]]


def keep(lines: Sequence[dict[str, Any]], *, by: Actor, at: datetime) -> None:
    """Keep what addresses decided as evidence: nobody needs to choose."""
    with acting(by, at=at):
        if lines:
            _put(lines, at, is_settled=True)


def _put(lines: Sequence[dict[str, Any]], at: datetime, *, is_settled: bool) -> None:
    with connection.cursor() as cursor:
        told = json.dumps(lines, default=str)
        cursor.execute(_OPEN, {"lines": told, "at": at, "is_settled": is_settled})


def _line(it: Unqueued, known: Map, on: date) -> dict[str, Any] | None:
    divided = known.divided(it.place_code, it.place_on)
    if divided is None:
        return None
    key, name = hamlet_of(it.residence_text)
    found = divided.evidence(it.residence_text)
    suggested = _suggestion(divided, it.office_code)
    return {
        "dossier_id": it.id,
        "areas": divided.areas,
        "old_code": divided.old_code,
        "old_name": divided.old_name,
        "split_on": divided.split_on,
        "from_unit_id": divided.former_unit_id,
        "hamlet_key": key,
        "hamlet_name": name,
        "candidates": [asdict(candidate) for candidate in divided.candidates],
        "suggested_code": suggested[0],
        "suggestion_basis": suggested[1],
        "chosen_code": found.code if found else "",
        "chosen_on": on if found else None,
        "chosen_basis": found.basis if found else "",
        "note": found.words if found else "",
    }


def _suggestion(divided: Divided, office_code: str) -> tuple[str, str]:
    if divided.majority_code:
        return divided.majority_code, MAJORITY
    if office_code in {it.code for it in divided.candidates}:
        return office_code, OFFICE
    return "", ""


def follow(limit: int, *, by: Actor, at: datetime) -> int:
    """Read up to `limit` dossiers where somebody chose, and close what nobody needs to choose any more; how many.

    `routes.ensure` of the day comes first.
    """
    with acting(by, at=at), connection.cursor() as cursor:
        on = vietnam_date(at)
        cursor.execute(_SHOW_TO_NEW_UNIT, {"on": on})
        cursor.execute(_DECIDE_BY_HAMLET, {"on": on, "at": at})
        cursor.execute(_FOLLOW, {"limit": limit, "at": at})
        followed = cursor.rowcount
        if followed:
            cursor.execute(_SUGGEST)
        cursor.execute(_CLOSE_OVERTAKEN, {"at": at})
        return int(followed)


def forget(old_codes: Sequence[str], split_on: date, *, by: Actor, at: datetime) -> None:
    """What was chosen among the heirs of these communes counts no more: their act is undone."""
    with acting(by, at=at), connection.cursor() as cursor:
        words: dict[str, Any] = {"codes": list(old_codes), "split_on": split_on, "at": at}
        cursor.execute(_FORGET, words)
        cursor.execute(_CLOSE_FORGOTTEN, words)

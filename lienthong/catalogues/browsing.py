"""The lists as an officer leafs through them: divisions, issuing units and facilities of a day; acts of merger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.catalogues.acts import STATES_VI
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.names import fold_key

_UNITS = """
    SELECT unit.id, unit.code, unit.name, unit.province_code, coalesce(province.name, '') AS province_name,
           (SELECT count(*) FROM catalogues_workplace AS place
            WHERE place.unit_id = unit.id AND place.valid @> %(on)s::date) AS commune_count
    FROM catalogues_unit AS unit
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE division.code = unit.province_code AND division.level = 'province'
          AND division.valid @> %(on)s::date LIMIT 1) AS province ON true
    WHERE unit.code > %(after)s
      AND (%(province_code)s = '' OR unit.province_code = %(province_code)s)
      AND (%(text)s = '' OR unit.code = %(text)s OR strpos(lower(unit.name), lower(%(text)s)) > 0)
    ORDER BY unit.code LIMIT %(limit)s
"""
_FACILITIES = """
    SELECT facility.id, facility.code, facility.name, facility.province_code, facility.commune_code, facility.level,
           facility.registers_children, lower(facility.contract) AS contract_from,
           upper(facility.contract) - 1 AS contract_to
    FROM catalogues_facility AS facility
    WHERE facility.contract @> %(on)s::date AND facility.code > %(after)s
      AND (%(province_code)s = '' OR facility.province_code = %(province_code)s)
      AND (%(text)s = '' OR facility.code = %(text)s OR strpos(lower(facility.name), lower(%(text)s)) > 0)
    ORDER BY facility.code LIMIT %(limit)s
"""
# Without province and text the provinces; of a province its communes; a text is looked for on every level.
_DIVISIONS = """
    SELECT division.code, division.level, division.name, division.province_code,
           coalesce(province.name, '') AS province_name, lower(division.valid) AS first,
           upper(division.valid) - 1 AS last,
           CASE WHEN division.level = 'province' THEN
               (SELECT count(*) FROM catalogues_division AS commune
                WHERE commune.level = 'commune' AND commune.province_code = division.code
                  AND commune.valid @> %(on)s::date) END AS commune_count
    FROM catalogues_division AS division
    LEFT JOIN catalogues_division AS province
        ON province.code = division.province_code AND province.level = 'province' AND province.valid @> %(on)s::date
    WHERE division.valid @> %(on)s::date AND division.code > %(after)s
      AND (%(province_code)s = '' OR division.province_code = %(province_code)s)
      AND CASE WHEN %(text)s <> '' THEN division.code = %(text)s
                                        OR strpos(name_fold_key(division.name), %(folded)s) > 0
               WHEN %(province_code)s <> '' THEN division.level = 'commune'
               ELSE division.level = 'province' END
    ORDER BY division.code LIMIT %(limit)s
"""
# Counts of dossiers are those of the officer's own units; of a draft, which has none yet, the centre's alone.
_ACTS = """
    SELECT act.id, act.number, act.effective, act.state, jsonb_array_length(act.rows) AS row_count, act.entered_by,
           act.entered_at, act.trouble_vi <> '' AS is_troubled,
           CASE WHEN act.state = 'draft' THEN
               CASE WHEN %(province_code)s = ''
                    THEN (act.forecast ->> 'moving_count')::int - (act.forecast ->> 'waiting_count')::int END
               ELSE told.moved_count END AS moved_count,
           CASE WHEN act.state = 'draft' THEN
               CASE WHEN %(province_code)s = '' THEN (act.forecast ->> 'waiting_count')::int END
               ELSE told.waiting_count END AS waiting_count
    FROM catalogues_act AS act
    LEFT JOIN LATERAL (
        SELECT sum(cutover.moved_count)::int AS moved_count, sum(cutover.waiting_count)::int AS waiting_count
        FROM catalogues_cutover AS cutover LEFT JOIN catalogues_unit AS unit ON unit.id = cutover.unit_id
        WHERE cutover.act_id = act.id AND cutover.kind = 'apply' AND cutover.done_at IS NOT NULL
          AND %(province_code)s IN ('', unit.province_code)) AS told ON true
    ORDER BY act.state IN ('applied', 'undone', 'dropped'), act.effective DESC, act.id DESC LIMIT %(limit)s
"""
_DECLARED_FOR = """
    WITH declared AS MATERIALIZED (
        SELECT DISTINCT unit_id FROM catalogues_declared WHERE code = ANY (%s) AND counts @> %s::date
    )
    SELECT unit.code, unit.name FROM declared JOIN catalogues_unit AS unit ON unit.id = declared.unit_id
    ORDER BY unit.code
"""


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One issuing unit and how many communes it answers for on the day."""

    id: int
    code: str
    name: str
    province_code: str
    province_name: str
    commune_count: int


@dataclass(frozen=True, slots=True)
class FacilityLine:
    """One facility under contract on the day; `contract_to` is the last day, None when open."""

    id: int
    code: str
    name: str
    province_code: str
    commune_code: str
    level: str
    registers_children: bool
    contract_from: date
    contract_to: date | None


@dataclass(frozen=True, slots=True)
class DivisionLine:
    """One division of the day; `last` is its last day, None when open; communes are counted for a province only."""

    code: str
    level: str
    name: str
    province_code: str
    province_name: str
    first: date
    last: date | None
    commune_count: int | None


@dataclass(frozen=True, slots=True)
class ActLine:
    """One act of merger; counts are dossiers, None while unknown."""

    id: int
    number: str
    effective: date
    state: str
    row_count: int
    entered_by: str
    entered_at: datetime
    is_troubled: bool
    moved_count: int | None
    waiting_count: int | None

    @property
    def state_vi(self) -> str:
        """How far it has come, in words."""
        return STATES_VI[self.state]


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit and what it is called."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Browse:
    """Which lines: empty strings ask for everything; `after` is the last code of the page before."""

    text: str = ""
    province_code: str = ""
    after: str = ""


def units(by: Actor, *, wanted: Browse, on: date, limit: int = 50) -> list[UnitLine]:
    """Issuing units by code. The lists are the same for every officer. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, _parameters(wanted, on, limit))
        return rows_as(UnitLine, cursor)


def facilities(by: Actor, *, wanted: Browse, on: date, limit: int = 50) -> list[FacilityLine]:
    """Facilities under contract on the day, by code. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_FACILITIES, _parameters(wanted, on, limit))
        return rows_as(FacilityLine, cursor)


def divisions(by: Actor, *, wanted: Browse, on: date, limit: int = 50) -> list[DivisionLine]:
    """Divisions that stand on the day, by code. One statement; folding names serves to find and decides nothing."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(
            _DIVISIONS, _parameters(wanted, on, limit) | {"folded": fold_key(wanted.text)}
        )
        return rows_as(DivisionLine, cursor)


def acts(by: Actor, *, limit: int = 200) -> list[ActLine]:
    """The acts of merger, those that still wait first, then the newest. One statement."""
    province = "" if by.everywhere else by.province_code
    with connection.cursor() as cursor:
        cursor.execute(_ACTS, {"province_code": province, "limit": limit})
        return rows_as(ActLine, cursor)


def declared_for(by: Actor, codes: Collection[str], *, on: date) -> list[UnitName]:
    """The units that answer for any of these codes on the day."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_DECLARED_FOR, [list(codes), on])
        return rows_as(UnitName, cursor)


def _parameters(wanted: Browse, on: date, limit: int) -> dict[str, Any]:
    return {
        "text": wanted.text.strip(),
        "province_code": wanted.province_code,
        "after": wanted.after,
        "on": on,
        "limit": limit,
    }

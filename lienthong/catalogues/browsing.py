"""The lists as an officer leafs through them: issuing units and facilities of a day, by province and text."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor

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


def _parameters(wanted: Browse, on: date, limit: int) -> dict[str, Any]:
    return {
        "text": wanted.text.strip(),
        "province_code": wanted.province_code,
        "after": wanted.after,
        "on": on,
        "limit": limit,
    }

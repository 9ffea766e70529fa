"""Where a child may first be registered: the facility that was asked for, or the commune's own.

A facility that is unknown, closed or no longer contracted never holds a card back (rules §13.3, 001-7).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

_CONTRACTED = """
    SELECT code FROM catalogues_facility
    WHERE code = %s AND registers_children AND contract @> %s::date
"""
_OF_COMMUNE = """
    SELECT default_facility_code FROM catalogues_route
    WHERE commune_code = %s AND registered @> %s::date
"""
_NAMES = """
    SELECT DISTINCT ON (code) code, name FROM catalogues_facility WHERE code = ANY (%s) ORDER BY code, id DESC
"""


@dataclass(frozen=True, slots=True)
class FacilityChoice:
    """The facility to print; `is_replaced` when another was asked for and cannot be had (H-FACILITY)."""

    code: str
    is_replaced: bool


def registers_children(code: str, on: date) -> bool:
    """True when the facility is under contract on the day and takes children's first registration."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTRACTED, [code, on])
        return cursor.fetchone() is not None


def names_of(codes: Collection[str]) -> dict[str, str]:
    """The newest name of each of these facilities, by code; unknown codes are left out. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [list(codes)])
        return dict(cursor.fetchall())


def default_for(commune_code: str, on: date) -> str:
    """The facility of the commune that the code means on the day; empty when the province has none.

    As tabulated in `catalogues_route`: call `routes.ensure(on)` first. The commune's own of the lowest level,
    else the first of its province.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_COMMUNE, [commune_code, on])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def choose(wished_code: str, commune_code: str, on: date) -> FacilityChoice:
    """The wished facility when it may be had on the day, else the commune's. One or two queries."""
    if wished_code and registers_children(wished_code, on):
        return FacilityChoice(wished_code, is_replaced=False)
    return FacilityChoice(default_for(commune_code, on), is_replaced=bool(wished_code))

"""Whose rows an officer reaches: from his unit or province to the scope his session opens.

For pages the scope is stored with the session and read by PostgreSQL alone. The console has no session: it runs
as the worker and asks `reaches` instead.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.accounts.models import Officer
from lienthong.accounts.permissions import TITLES_VI, Role, permissions_of
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Scope:
    """What a session may see: everything, or the units by id and the provinces by code."""

    everywhere: bool
    areas: tuple[int, ...]
    provinces: tuple[str, ...]


# A merged province has what its parts left behind, as authz.areas() says it for pages.
_OF_PROVINCE = """
    SELECT 1 FROM catalogues_unit AS unit
    WHERE unit.id = %s AND (unit.province_code = ANY (%s) OR EXISTS (
        SELECT 1 FROM catalogues_succession AS merged
        WHERE merged.old_code = unit.province_code AND merged.new_code = ANY (%s)
          AND merged.effective <= current_date))
"""
# An area is a unit, or, for what has none yet, its province as a negative number.
_REACHED = """
    SELECT area.id
    FROM unnest(%(areas)s::integer[]) AS area (id) LEFT JOIN catalogues_unit AS unit ON unit.id = area.id
    CROSS JOIN LATERAL (
        SELECT coalesce(unit.province_code, lpad((-area.id)::text, 2, '0')) AS province_code) AS place
    WHERE unit.id = ANY (%(units)s) OR place.province_code = ANY (%(provinces)s) OR EXISTS (
        SELECT 1 FROM catalogues_succession AS merged
        WHERE merged.old_code = place.province_code AND merged.new_code = ANY (%(provinces)s)
          AND merged.effective <= %(on)s)
"""
_NOTHING = Scope(everywhere=False, areas=(), provinces=())


def scope_of(role: str, *, province_code: str, unit_code: str) -> Scope:
    """The scope of an officer. One query when he belongs to a unit, else none.

    A unit's officer sees the unit; a province's sees its units of each moment and its parked rows; only the
    centre sees everything; the administrator sees no child. An unknown unit gives nothing. A collection agent has no
    area at all: the communes of his agency are asked of the database at every statement (`authz.communes`).
    """
    if role in {Role.ADMINISTRATOR, Role.AGENT}:
        return _NOTHING
    if unit_code:
        return Scope(everywhere=False, areas=_units(unit_code), provinces=())
    if province_code:
        return Scope(everywhere=False, areas=(), provinces=(province_code,))
    return Scope(everywhere=True, areas=(), provinces=()) if role == Role.CENTRE else _NOTHING


def actor_of(username: str) -> Actor:
    """The officer in whose name the console acts, without a session. One query.

    Raises NotFound for an unknown or inactive officer.
    """
    name = username.strip().lower()
    officer = Officer.objects.filter(username=name, is_active=True).first()
    if officer is None:
        raise NotFound(f"Không có tài khoản cán bộ đang hoạt động tên «{name}».", field="by")
    scope = scope_of(officer.role, province_code=officer.province_code, unit_code=officer.unit_code)
    return Actor(
        name=officer.username,
        kind=ActorKind.OFFICER,
        permissions=permissions_of(officer.role),
        person_key=officer.person_key,
        account_id=officer.pk,
        role=officer.role,
        title_vi=TITLES_VI[Role(officer.role)],
        province_code=officer.province_code,
        unit_code=officer.unit_code,
        everywhere=scope.everywhere,
    )


def reaches(by: Actor, unit_id: int) -> bool:
    """True when the unit's rows are the actor's to see. At most two queries."""
    if by.everywhere:
        return True
    scope = scope_of(by.role, province_code=by.province_code, unit_code=by.unit_code)
    if unit_id in scope.areas:
        return True
    with connection.cursor() as cursor:
        cursor.execute(_OF_PROVINCE, [unit_id, list(scope.provinces), list(scope.provinces)])
        return cursor.fetchone() is not None


def areas_reached(by: Actor, areas: Collection[int], *, on: date) -> set[int]:
    """Which of these areas (units, or minus a province's code for what has none) are the actor's. Two queries."""
    if by.everywhere:
        return set(areas)
    scope = scope_of(by.role, province_code=by.province_code, unit_code=by.unit_code)
    with connection.cursor() as cursor:
        cursor.execute(
            _REACHED,
            {
                "areas": list(areas),
                "units": list(scope.areas),
                "provinces": list(scope.provinces),
                "on": on,
            },
        )
        return {row[0] for row in cursor.fetchall()}


def _units(unit_code: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalogues_unit WHERE code = %s ORDER BY id", [unit_code])
        return tuple(row[0] for row in cursor.fetchall())

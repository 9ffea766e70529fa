"""What pages, steps and commands read of the lists; leafing through them is in `browsing`.

The lists hold no child: every officer may see all of them.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.catalogues import lists, loading
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor

_VERSION = "SELECT number FROM catalogues_version WHERE id = 1"
_DIGEST = "SELECT divisions_digest FROM catalogues_version WHERE id = 1"
_UNIT_ID = "SELECT id FROM catalogues_unit WHERE code = %s"
_COUNTS = """
    SELECT count(*) FILTER (WHERE level = 'province') AS provinces,
           count(*) FILTER (WHERE level = 'commune') AS communes,
           (SELECT count(*) FROM catalogues_unit) AS units,
           (SELECT count(DISTINCT commune_code) FROM catalogues_workplace
            WHERE valid @> %(on)s::date AND commune_code <> '') AS declared_communes,
           (SELECT count(*) FROM catalogues_facility WHERE contract @> %(on)s::date) AS facilities
    FROM catalogues_division WHERE valid @> %(on)s::date
"""
_PROVINCES = """
    SELECT code, name FROM catalogues_division
    WHERE level = 'province' AND valid @> %(on)s::date ORDER BY code
"""
_WORKPLACES = """
    SELECT workplace.commune_code, workplace.district_code, coalesce(place.name, '') AS name,
           lower(workplace.valid) AS valid_from, upper(workplace.valid) - 1 AS valid_to
    FROM catalogues_workplace AS workplace
    JOIN catalogues_unit AS unit ON unit.id = workplace.unit_id
    LEFT JOIN catalogues_division AS place
        ON place.code = coalesce(nullif(workplace.commune_code, ''), workplace.district_code)
       AND place.valid @> %(on)s::date
    WHERE unit.code = %(unit_code)s AND workplace.valid @> %(on)s::date
    ORDER BY workplace.commune_code, workplace.district_code
"""


@dataclass(frozen=True, slots=True)
class ProvinceLine:
    """A province as it is called on the asked day."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class WorkplaceLine:
    """A place that a unit answers for; `valid_to` is the last day included, None when open."""

    commune_code: str
    district_code: str
    name: str
    valid_from: date
    valid_to: date | None


def version() -> int:
    """Grows with every change of divisions, successions, units, workplaces or facilities."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        row = cursor.fetchone()
    return int(row[0])


def is_loaded() -> bool:
    """True when the divisions of this very release are in the tables."""
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST)
        return bool(cursor.fetchone() == (loading.shipped().digest,))


def judge_lists() -> lists.ReferenceCodes:
    """Every code that a message may carry. Two queries, 13,400 communes: keep it for one `version`."""
    return lists.reference_codes()


def unit_id(code: str) -> int | None:
    """The key of a card unit; None when there is no such code."""
    with connection.cursor() as cursor:
        cursor.execute(_UNIT_ID, [code])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def counts(on: date) -> dict[str, int]:
    """How many provinces, communes, units, declared communes and contracted facilities stand on the day."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"on": on})
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def provinces(by: Actor, *, on: date) -> list[ProvinceLine]:
    """The provinces of the day, by code."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_PROVINCES, {"on": on})
        return rows_as(ProvinceLine, cursor)


def workplaces(by: Actor, unit_code: str, *, on: date) -> list[WorkplaceLine]:
    """The places that a unit is declared for on the day, by code."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_WORKPLACES, {"on": on, "unit_code": unit_code})
        return rows_as(WorkplaceLine, cursor)

"""What pages, steps and commands read of the lists; leafing through them is in `browsing`.

The lists hold no child: every officer may see all of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.catalogues import lists, loading
from lienthong.database.rows import rows_as
from lienthong.database.sql import joining_by_hash
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import NotFound

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
_UNITS = """
    SELECT id, code, name, agency_code, province_code FROM catalogues_unit
    WHERE (%(code)s = '' OR code = %(code)s) AND (%(province_code)s = '' OR province_code = %(province_code)s)
    ORDER BY code
"""
_DECLARATIONS = """
    SELECT workplace.id, unit.code AS unit_code, unit.name AS unit_name, workplace.province_code,
           workplace.district_code, workplace.commune_code, coalesce(place.name, '') AS name,
           lower(workplace.valid) AS valid_from, upper(workplace.valid) - 1 AS valid_to,
           counted.counted_from, counted.counted_to
    FROM catalogues_workplace AS workplace
    JOIN catalogues_unit AS unit ON unit.id = workplace.unit_id
    LEFT JOIN catalogues_division AS place
        ON place.code = coalesce(nullif(workplace.commune_code, ''), workplace.district_code)
       AND place.valid @> lower(workplace.valid)
    LEFT JOIN (
        SELECT workplace_id, min(lower(counts)) AS counted_from,
               upper(range_merge(range_agg(counts))) - 1 AS counted_to
        FROM catalogues_declared
        WHERE (%(place_code)s = '' OR code = %(place_code)s)
          AND (%(keys)s::bigint[] IS NULL OR workplace_id = ANY (%(keys)s::bigint[]))
        GROUP BY workplace_id) AS counted ON counted.workplace_id = workplace.id
    WHERE (%(place_code)s = ''
           OR coalesce(nullif(workplace.commune_code, ''), workplace.district_code) = %(place_code)s)
      AND (%(unit_code)s = '' OR unit.code = %(unit_code)s)
      AND (%(province_code)s = '' OR workplace.province_code = %(province_code)s)
      AND (%(keys)s::bigint[] IS NULL OR workplace.id = ANY (%(keys)s::bigint[]))
    ORDER BY unit.code, workplace.commune_code, workplace.district_code, lower(workplace.valid)
"""


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A card unit."""

    id: int
    code: str
    name: str
    agency_code: str
    province_code: str


@dataclass(frozen=True, slots=True)
class DeclarationLine:
    """A unit's declaration for one place; `valid_to` is the last day included, None when open.

    `counted_from` and `counted_to` are the first and the last day on which it counts (see units): none, when the
    place was formed anew before; `name` is what the place was called on the first day.
    """

    id: int
    unit_code: str
    unit_name: str
    province_code: str
    district_code: str
    commune_code: str
    name: str
    valid_from: date
    valid_to: date | None
    counted_from: date | None
    counted_to: date | None

    @property
    def valid(self) -> DateRange:
        """The declared days."""
        if self.valid_to is None:
            return DateRange(self.valid_from)
        return DateRange.closed(self.valid_from, self.valid_to)

    @property
    def counted(self) -> DateRange | None:
        """The days on which it counts, from the first to the last."""
        if self.counted_from is None:
            return None
        if self.counted_to is None:
            return DateRange(self.counted_from)
        return DateRange.closed(self.counted_from, self.counted_to)

    @property
    def is_cut(self) -> bool:
        """True when it ceases to count before it ends."""
        return self.counted_from is None or self.counted_to != self.valid_to


@dataclass(frozen=True, slots=True)
class ProvinceLine:
    """A province as it is called on the asked day."""

    code: str
    name: str


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


def unit(by: Actor, code: str) -> UnitLine:
    """The card unit of that code. Raises NotFound."""
    found = _units(by, code=code) if code else []
    if not found:
        raise NotFound(f"Không có đơn vị cấp thẻ mã «{code}».", code="E-UNIT", field="code")
    return found[0]


def units_of(by: Actor, province_code: str) -> list[UnitLine]:
    """The card units of a province, by code."""
    return _units(by, province_code=province_code)


def _units(by: Actor, *, code: str = "", province_code: str = "") -> list[UnitLine]:
    del by
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, {"code": code, "province_code": province_code})
        return rows_as(UnitLine, cursor)


def declarations(
    by: Actor,
    *,
    place_code: str = "",
    unit_code: str = "",
    province_code: str = "",
    keys: Collection[int] | None = None,
) -> list[DeclarationLine]:
    """Declarations past, present and to come of a place, a unit or a province, by unit, place and first day."""
    del by
    wanted = {
        "place_code": place_code,
        "unit_code": unit_code,
        "province_code": province_code,
        "keys": None if keys is None else list(keys),
    }
    with joining_by_hash(), connection.cursor() as cursor:
        cursor.execute(_DECLARATIONS, wanted)
        return rows_as(DeclarationLine, cursor)

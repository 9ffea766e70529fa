"""What officers read of the list of health facilities: every facility by how its contracts stand, one with all of them.

The list holds no child and is the same for every officer. `facility_desk` changes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from lienthong.audit import trail
from lienthong.audit.trail import TrailLine
from lienthong.catalogues.facility_file import FacilityFacts
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import NotFound
from lienthong.kernel.names import fold_key

ENDS_SOON = timedelta(days=60)
"""From so many days before a contract's end on the province is told."""
# A run: the days without a break that hold the asked one, over as many contracts as it takes.
_FACILITIES = """
    WITH whole AS MATERIALIZED (
        SELECT code, range_agg(contract) AS days FROM catalogues_facility GROUP BY code
    ), told AS MATERIALIZED (
        SELECT DISTINCT ON (facility.code)
               facility.id, facility.code, facility.name, facility.province_code, facility.commune_code, facility.level,
               facility.registers_children, facility.declared_on, whole.days,
               (SELECT upper(run) FROM unnest(whole.days) AS run WHERE run @> %(on)s::date) AS run_end
        FROM catalogues_facility AS facility JOIN whole ON whole.code = facility.code
        WHERE (%(province_code)s = ''
               OR facility.province_code = ANY ((
                   SELECT catalogues_province_codes(ARRAY[%(province_code)s], %(on)s))::text[]))
          AND (NOT %(registers)s OR facility.registers_children)
        ORDER BY facility.code, facility.contract @> %(on)s::date DESC, lower(facility.contract) DESC
    )
    SELECT told.id, told.code, told.name, told.province_code, told.commune_code,
           coalesce(place.name, '') AS commune_name, told.level, told.registers_children,
           CASE WHEN told.days @> %(on)s::date THEN 'present' WHEN upper(told.days) <= %(on)s::date THEN 'ended'
                ELSE 'to_come' END AS state,
           CASE WHEN told.days @> %(on)s::date THEN told.run_end - 1 ELSE upper(told.days) - 1 END AS last,
           (SELECT min(lower(run)) FROM unnest(told.days) AS run WHERE lower(run) > %(on)s::date) AS next_first
    FROM told
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = told.commune_code AND division.valid @> told.declared_on LIMIT 1) AS place ON true
    WHERE told.code > %(after)s
      AND (%(text)s = '' OR told.code = upper(%(text)s) OR strpos(name_fold_key(told.name), %(folded)s) > 0)
      AND CASE %(state)s WHEN 'present' THEN told.days @> %(on)s::date
                         WHEN 'ending' THEN told.run_end <= %(soon)s::date
                         WHEN 'ended' THEN upper(told.days) <= %(on)s::date
                         ELSE true END
    ORDER BY CASE WHEN %(state)s = 'ending' THEN told.run_end END, told.code LIMIT %(limit)s
"""
_CONTRACTS = """
    SELECT facility.id, facility.code, facility.name, facility.province_code, facility.commune_code, facility.level,
           facility.registers_children, lower(facility.contract), upper(facility.contract), facility.declared_on,
           md5(facility::text), coalesce(place.name, '')
    FROM catalogues_facility AS facility
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = facility.commune_code AND division.valid @> facility.declared_on LIMIT 1) AS place ON true
"""


class Filter(StrEnum):
    """Which facilities a list shows."""

    PRESENT = "present"
    ENDING = "ending"
    ENDED = "ended"
    ALL = "all"


FILTERS_VI = {
    Filter.PRESENT: "Đang có hợp đồng",
    Filter.ENDING: "Hết hợp đồng trong 60 ngày",
    Filter.ENDED: "Đã hết hợp đồng",
    Filter.ALL: "Tất cả",
}
"""What each is called."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: an empty text or province asks for all; `after` is the last code of the page before."""

    text: str = ""
    province_code: str = ""
    registers: bool = False
    state: Filter = Filter.PRESENT
    after: str = ""


@dataclass(frozen=True, slots=True)
class FacilityLine:
    """One facility. `last` is the day its cover by contracts ends, or ended; None when open.

    `state` is `present`, `ended` or `to_come`; `next_first` the first day of a later contract after a break.
    """

    id: int
    code: str
    name: str
    province_code: str
    commune_code: str
    commune_name: str
    level: str
    registers_children: bool
    state: str
    last: date | None
    next_first: date | None

    def days_left(self, on: date) -> int | None:
        """How many days its contracts still last after the day; None when open or not present."""
        return None if self.last is None or self.state != "present" else (self.last - on).days


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract of a facility. `stamp` changes with every change of it."""

    id: int
    facts: FacilityFacts
    stamp: str
    commune_name: str

    @property
    def last(self) -> date | None:
        """The last day included; None when open."""
        return self.facts.contract.last

    def state_on(self, day: date) -> str:
        """`present`, `ended` or `to_come`."""
        if day in self.facts.contract:
            return "present"
        return "to_come" if self.facts.contract.start > day else "ended"


def facilities(by: Actor, *, wanted: Wanted, on: date, limit: int = 50) -> list[FacilityLine]:
    """Facilities by code, those that end soon by their end. One statement; folding names serves to find alone.

    The list of what ends soon has no pages: `after` is not for it.
    """
    del by
    text = wanted.text.strip()
    parameters: dict[str, Any] = {
        "text": text,
        "folded": fold_key(text),
        "province_code": wanted.province_code,
        "registers": wanted.registers,
        "state": str(wanted.state),
        "after": "" if wanted.state is Filter.ENDING else wanted.after,
        "on": on,
        "soon": on + ENDS_SOON + timedelta(days=1),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACILITIES, parameters)
        return rows_as(FacilityLine, cursor)


def contracts_of(code: str) -> list[Contract]:
    """Every contract of a facility, the latest first; none for a code that is not in the list. One statement."""
    return _contracts(" WHERE facility.code = %s ORDER BY lower(facility.contract) DESC", code)


def contract_of(by: Actor, contract_id: int) -> Contract:
    """One contract. Raises NotFound."""
    del by
    found = _contracts(" WHERE facility.id = %s", contract_id)
    if not found:
        raise NotFound("Không có hợp đồng này.")
    return found[0]


def deeds_of(by: Actor, contracts: list[Contract]) -> list[TrailLine]:
    """What was done on screen to these contracts, the latest first; one that came by file has none."""
    return trail.acts_of_many([("facility", it.id) for it in contracts], by=by)


def _contracts(where: str, key: str | int) -> list[Contract]:
    with connection.cursor() as cursor:
        cursor.execute(_CONTRACTS + where, [key])
        return [_contract(row) for row in cursor.fetchall()]


def _contract(row: Sequence[Any]) -> Contract:
    *facts, first, end, declared_on, stamp, commune_name = row
    key, code, name, province, commune, level, registers = facts
    days = DateRange(first, end)
    told = FacilityFacts(code, name, province, commune, level, registers, days, declared_on)
    return Contract(key, told, stamp, commune_name)

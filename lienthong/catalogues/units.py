"""Which card unit answers for a commune on a day: exactly one, or the dossier waits (rules §13.1, Q4).

A declaration made before a commune was merged, split or formed anew does not count for what came after:
the list never falls back to the old unit. The view `catalogues_declared` knows on which days one counts.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.database.sql import joining_by_hash

UnitStatus = Literal["one", "none", "many"]


class UnitFault(StrEnum):
    """Why a commune has no unit; with the sentence for the officer."""

    NOT_DECLARED = "UNIT_NOT_DECLARED"
    AMBIGUOUS = "UNIT_AMBIGUOUS"

    @property
    def message_vi(self) -> str:
        """What the office must mend."""
        return _MESSAGES_VI[self]


_MESSAGES_VI = {
    UnitFault.NOT_DECLARED: "Chưa khai báo đơn vị cấp thẻ cho địa bàn này.",
    UnitFault.AMBIGUOUS: "Có nhiều đơn vị cấp thẻ cùng khai báo cho địa bàn này.",
}
# The view first, once: a planner that takes the units for few would look at the view again for each of 20,000.
_UNITS = """
    WITH declared AS MATERIALIZED (
        SELECT DISTINCT unit_id FROM catalogues_declared WHERE code = %(code)s AND counts @> %(on)s::date
    )
    SELECT unit.id, unit.code, unit.name
    FROM declared JOIN catalogues_unit AS unit ON unit.id = declared.unit_id
    ORDER BY unit.code
"""
_UNDECLARED = """
    WITH declared AS MATERIALIZED (
        SELECT code, count(DISTINCT unit_id) AS unit_count FROM catalogues_declared
        WHERE counts @> %(on)s::date GROUP BY code
    )
    SELECT commune.code AS commune_code, commune.name AS commune_name, commune.province_code,
           coalesce(province.name, '') AS province_name, coalesce(declared.unit_count, 0) AS unit_count
    FROM catalogues_division AS commune
    LEFT JOIN catalogues_division AS province
        ON province.level = 'province' AND province.code = commune.province_code
       AND province.valid @> %(on)s::date
    LEFT JOIN declared ON declared.code = commune.code
    WHERE commune.level = 'commune' AND commune.valid @> %(on)s::date AND coalesce(declared.unit_count, 0) <> 1
    ORDER BY commune.code
"""


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """The unit of a commune on a day; `unit_id` is None and `codes` tells which ones claim it, unless one does."""

    status: UnitStatus
    unit_id: int | None
    code: str
    name: str
    codes: tuple[str, ...]

    @property
    def fault(self) -> UnitFault | None:
        """What is wrong with the declaration; None when exactly one unit answers."""
        if self.status == "one":
            return None
        return UnitFault.NOT_DECLARED if self.status == "none" else UnitFault.AMBIGUOUS


@dataclass(frozen=True, slots=True)
class UndeclaredLine:
    """A commune for which no unit, or more than one, is declared on the day."""

    commune_code: str
    commune_name: str
    province_code: str
    province_name: str
    unit_count: int

    @property
    def fault(self) -> UnitFault:
        """Which of the two it is."""
        return UnitFault.AMBIGUOUS if self.unit_count else UnitFault.NOT_DECLARED


def unit_for(commune_code: str, on: date) -> UnitAnswer:
    """The unit declared for the commune (or island district) that the code means on the day. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, {"code": commune_code, "on": on})
        found = cursor.fetchall()
    codes = tuple(row[1] for row in found)
    if len(found) == 1:
        return UnitAnswer("one", found[0][0], found[0][1], found[0][2], codes)
    return UnitAnswer("many" if found else "none", None, "", "", codes)


def undeclared(on: date) -> list[UndeclaredLine]:
    """Every commune of the day without exactly one declared unit, by code. One query over all communes."""
    with joining_by_hash(), connection.cursor() as cursor:
        cursor.execute(_UNDECLARED, {"on": on})
        return rows_as(UndeclaredLine, cursor)

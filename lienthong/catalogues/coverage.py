"""Whether every commune has exactly one card unit on every day of a period, and where not: the check screen's facts.

The rule for one commune on one day is `units.unit_for`; `coverage.sql` says the same for all of them at once.
"""

from dataclasses import dataclass, replace
from datetime import date

from django.db import connection

from lienthong.catalogues.units import UnitFault
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement, joining_by_hash
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange

_COVERAGE = Statement.load("lienthong.catalogues", "coverage.sql")


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of days on which a commune has no unit or several; `last` is included, None when it never ends.

    `unit_codes` are all that claim the commune on some of these days.
    """

    commune_code: str
    commune_name: str
    province_code: str
    province_name: str
    fault: UnitFault
    first: date
    last: date | None
    unit_codes: tuple[str, ...]

    @property
    def days(self) -> DateRange:
        """The run of days."""
        return (
            DateRange(self.first) if self.last is None else DateRange.closed(self.first, self.last)
        )


def gaps(
    by: Actor, period: DateRange, *, province_code: str = "", commune_code: str = ""
) -> list[Gap]:
    """Every gap of the period, by commune and first day; empty strings ask for the whole country. One statement."""
    del by
    with joining_by_hash(), connection.cursor() as cursor:
        cursor.execute(
            _COVERAGE.text,
            {
                "since": period.start,
                "until": period.end,
                "province_code": province_code,
                "commune_code": commune_code,
            },
        )
        return [
            replace(it, fault=UnitFault(it.fault), unit_codes=tuple(it.unit_codes))
            for it in rows_as(Gap, cursor)
        ]

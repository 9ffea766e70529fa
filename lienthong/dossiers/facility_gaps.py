"""Facilities that families chose and that the list lacks (letter 2703 §2): by code, with how many children wait.

Counts, no child. What fills a gap is `catalogues.facility_desk`; the tasks then settle by themselves.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor

_GAPS = """
    WITH wished AS MATERIALIZED (
        SELECT task.detail ->> 'facility_code' AS code, count(DISTINCT task.dossier_id) AS child_count,
               min(task.opened_at) AS since
        FROM dossiers_task AS task
        WHERE task.closed_at IS NULL AND task.kind IN ('H-FACILITY', 'T-FACILITY-OFFER')
          AND task.detail ? 'facility_code'
        GROUP BY 1
    )
    SELECT wished.code, wished.child_count, wished.since, coalesce(known.name, '') AS name,
           coalesce(known.province_code, left(wished.code, 2)) AS province_code,
           coalesce(province.name, '') AS province_name, known.last,
           CASE WHEN known.name IS NULL THEN 'unknown' WHEN known.stands THEN 'no_children'
                WHEN known.first > %(on)s::date THEN 'to_come' ELSE 'ended' END AS fault
    FROM wished
    LEFT JOIN LATERAL (
        SELECT facility.name, facility.province_code, facility.contract @> %(on)s::date AS stands,
               facility.registers_children, lower(facility.contract) AS first, upper(facility.contract) - 1 AS last
        FROM catalogues_facility AS facility WHERE facility.code = wished.code
        ORDER BY facility.contract @> %(on)s::date DESC, lower(facility.contract) DESC LIMIT 1) AS known ON true
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = coalesce(known.province_code, left(wished.code, 2)) AND division.level = 'province'
          AND division.valid @> %(on)s::date LIMIT 1) AS province ON true
    WHERE NOT coalesce(known.stands AND known.registers_children, false)
    ORDER BY wished.since, wished.code LIMIT %(limit)s
"""


class GapFault(StrEnum):
    """Why the facility cannot be had."""

    UNKNOWN = "unknown"
    ENDED = "ended"
    TO_COME = "to_come"
    NO_CHILDREN = "no_children"


FAULTS_VI = {
    GapFault.UNKNOWN: "Chưa có trong danh mục",
    GapFault.ENDED: "Hợp đồng đã hết",
    GapFault.TO_COME: "Hợp đồng chưa bắt đầu",
    GapFault.NO_CHILDREN: "Không nhận đăng ký ban đầu cho trẻ",
}
"""What each is called."""


@dataclass(frozen=True, slots=True)
class FacilityGap:
    """A code that children's families chose; `since` is the instant of the first, `last` the day a contract ended."""

    code: str
    child_count: int
    since: datetime
    name: str
    province_code: str
    province_name: str
    last: date | None
    fault: str

    @property
    def fault_vi(self) -> str:
        """Why it cannot be had, in words."""
        return FAULTS_VI[GapFault(self.fault)]


def gaps(by: Actor, *, on: date, limit: int = 200) -> list[FacilityGap]:
    """The gaps that children in the actor's area wait behind, the longest wait first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, {"on": on, "limit": limit})
        return rows_as(FacilityGap, cursor)

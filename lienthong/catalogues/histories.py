"""Everything a code has meant: its versions, and where its people came from and went. `divisions` decides; this tells."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.catalogues.divisions import ALL, ALL_PEOPLE, LAND_ONLY, PART
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor

SHARES_VI = {
    ALL: "Toàn bộ",
    PART: "Một phần dân số",
    LAND_ONLY: "Chỉ diện tích",
    ALL_PEOPLE: "Toàn bộ dân số",
}
"""How much of a division went, as an officer reads it."""

_VERSIONS = """
    SELECT version.code, version.level, version.name, version.province_code, coalesce(province.name, '') AS province_name,
           lower(version.valid) AS first, upper(version.valid) - 1 AS last, version.instrument
    FROM catalogues_division AS version
    LEFT JOIN catalogues_division AS province
        ON province.code = version.province_code AND province.level = 'province'
       AND province.valid @> lower(version.valid)
    WHERE version.code = %s ORDER BY lower(version.valid) DESC
"""
# What an act entered carries its number as the source; of the shipped list the instrument is told.
_WAYS = """
    SELECT way.old_code, coalesce(old_place.name, '') AS old_name, way.new_code,
           coalesce(new_place.name, '') AS new_name, way.effective, way.share,
           CASE WHEN way.source = 'shipped' THEN way.instrument ELSE way.source END AS act
    FROM catalogues_succession AS way
    LEFT JOIN catalogues_division AS old_place
        ON old_place.code = way.old_code AND old_place.valid @> way.effective - 1
    LEFT JOIN catalogues_division AS new_place
        ON new_place.code = way.new_code AND new_place.valid @> way.effective
    WHERE way.old_code = %(code)s OR way.new_code = %(code)s
    ORDER BY way.effective DESC, way.old_code, way.new_code
"""


@dataclass(frozen=True, slots=True)
class VersionLine:
    """What the code meant for a time; `last` is the last day included, None when open."""

    code: str
    level: str
    name: str
    province_code: str
    province_name: str
    first: date
    last: date | None
    instrument: str


@dataclass(frozen=True, slots=True)
class Way:
    """How people of one code came to another on a day; names as of the eve and of the day."""

    old_code: str
    old_name: str
    new_code: str
    new_name: str
    effective: date
    share: str
    act: str

    @property
    def share_vi(self) -> str:
        """How much of the old division."""
        return SHARES_VI[self.share]


def versions(by: Actor, code: str) -> list[VersionLine]:
    """What the code has meant, the latest first; empty when it never meant anything."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [code])
        return rows_as(VersionLine, cursor)


def ways(by: Actor, code: str) -> list[Way]:
    """The successions into and out of the code, the latest first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_WAYS, {"code": code})
        return rows_as(Way, cursor)

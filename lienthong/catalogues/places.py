"""What the codes of a file meant on given days: one query for the whole file, asked row by row."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.kernel.codes import is_district_code
from lienthong.kernel.dates import DateRange

_VERSIONS = """
    SELECT code, name, province_code, parent_code, lower(valid), upper(valid)
    FROM catalogues_division WHERE code = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A division on a day; `district_code` is empty where there is no district above it."""

    name: str
    province_code: str
    district_code: str


class Places:
    """The versions of some codes, by day."""

    def __init__(self, versions: dict[str, list[tuple[DateRange, Standing]]]) -> None:
        self._versions = versions

    @classmethod
    def of(cls, codes: Collection[str]) -> "Places":
        """Read the versions of these codes. One query."""
        found: dict[str, list[tuple[DateRange, Standing]]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(_VERSIONS, [sorted(codes)])
            for code, name, province, parent, first, end in cursor.fetchall():
                district = parent if is_district_code(parent) else ""
                found[code].append((DateRange(first, end), Standing(name, province, district)))
        return cls(found)

    def on(self, code: str, day: date) -> Standing | None:
        """What the code means on the day; None when nothing."""
        return next((it for valid, it in self._versions.get(code, ()) if day in valid), None)

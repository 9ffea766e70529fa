"""What pages read of the differences between the two databases: counts by kind and unit, the list, one of them, the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from lienthong.catalogues.sheets import write_sheet
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.kernel.errors import NotFound
from lienthong.persons import householdviews
from lienthong.persons.settling import GONE_VI

_COUNTS = """
    SELECT difference.kind, count(*) AS count, min(difference.found_at) AS oldest_at
    FROM persons_difference AS difference
    WHERE difference.state = 'open' AND (%(unit)s = 0 OR difference.area = %(unit)s)
    GROUP BY difference.kind ORDER BY count(*) DESC, difference.kind
"""
_UNITS = """
    SELECT counted.area, coalesce(unit.name, 'Chưa có đơn vị') AS name, counted.count
    FROM (SELECT area, count(*) AS count FROM persons_difference WHERE state = 'open' GROUP BY area) AS counted
    LEFT JOIN catalogues_unit AS unit ON unit.id = counted.area
    ORDER BY counted.count DESC, counted.area LIMIT 100
"""
_LIST = Statement.load("lienthong.persons", "difference_lines.sql")
_NEXT = """
    SELECT id FROM persons_difference
    WHERE state = 'open' AND kind = %s AND id <> %s ORDER BY found_at, id LIMIT 1
"""
KINDS_VI: Final = {
    "name": "Họ tên",
    "name_tone": "Họ tên: dấu thanh, chữ hoa",
    "birth_date": "Ngày sinh",
    "sex": "Giới tính",
    "personal_id": "Số định danh",
    "insurance_number": "Mã số BHXH",
    "mother_name": "Họ tên mẹ",
    "commune": "Xã cư trú",
    "household": "Hộ gia đình",
    "relation": "Quan hệ với chủ hộ",
    "only_household": "Chỉ có ở dữ liệu hộ gia đình",
    "only_collection": "Chỉ có ở dữ liệu thu",
}
CHOICES_VI: Final = {
    "household": "Theo dữ liệu hộ gia đình",
    "collection": "Theo dữ liệu thu",
    "registered": "Giữ như đang đăng ký",
    "other": "Giá trị khác",
}
_OF_A_BIRTH = frozenset({"name", "name_tone", "birth_date", "sex", "mother_name", "commune"})
_LONG_AGO = "2000-01-01"
_BATCH = 2_000
MOST_IN_A_FILE = 100_000


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many are open of one kind, and since when the oldest waits."""

    kind: str
    count: int
    oldest_at: datetime

    @property
    def kind_vi(self) -> str:
        """The kind in words."""
        return KINDS_VI[self.kind]


@dataclass(frozen=True, slots=True)
class UnitCount:
    """How many are open in one unit."""

    area: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One difference with both sides, what the record says, and how it was settled, if it was."""

    id: int
    person_id: int
    full_name: str
    born_on: date
    sex: str
    insurance_number: str
    kind: str
    state: str
    household_value: str
    collection_value: str
    found_at: datetime
    unit_name: str
    held_value: str
    is_registered: bool
    household_id: int | None
    choice: str
    reason: str
    value_before: str
    value_after: str
    settled_by: str
    settled_at: datetime | None
    run_id: int | None

    @property
    def kind_vi(self) -> str:
        """The kind in words."""
        return KINDS_VI[self.kind]

    @property
    def choice_vi(self) -> str:
        """The choice in words; '' while it is open."""
        return CHOICES_VI.get(self.choice, "")

    @property
    def is_of_birth(self) -> bool:
        """True when what the record says of this is what a birth registered: the civil register changes it alone."""
        return self.is_registered and self.kind in _OF_A_BIRTH

    @property
    def is_only(self) -> bool:
        """True when one database knows nothing of the person."""
        return self.kind in {"only_household", "only_collection"}


@dataclass(frozen=True, slots=True)
class DifferenceFilter:
    """Which part of the list; `since` and `after` are those of the last line seen."""

    kind: str = ""
    unit: int = 0
    is_settled: bool = False
    since: str = _LONG_AGO
    after: int = 0


def counts(by: Actor, *, unit: int = 0) -> list[KindCount]:
    """Open differences by kind, the most frequent first. One query."""
    householdviews.need(by)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"unit": unit})
        return rows_as(KindCount, cursor)


def units(by: Actor) -> list[UnitCount]:
    """Open differences by unit, the most first; at most 100 units. One query."""
    householdviews.need(by)
    with connection.cursor() as cursor:
        cursor.execute(_UNITS)
        return rows_as(UnitCount, cursor)


def differences(by: Actor, asked: DifferenceFilter, *, limit: int = 50) -> list[DifferenceLine]:
    """Open ones, the oldest first; or settled ones, the latest first. One query."""
    householdviews.need(by)
    return _lines("settled" if asked.is_settled else "open", asked, limit)


def every_difference(by: Actor, asked: DifferenceFilter) -> Iterator[DifferenceLine]:
    """All of that part of the list, in its order, at most 100,000; a query for each 2,000."""
    seen = 0
    while seen < MOST_IN_A_FILE:
        lines = differences(by, asked, limit=_BATCH)
        yield from lines
        seen += len(lines)
        if len(lines) < _BATCH:
            return
        last = lines[-1]
        at = last.settled_at if asked.is_settled and last.settled_at else last.found_at
        asked = replace(asked, since=at.isoformat(), after=last.id)


def difference(by: Actor, difference_id: int) -> DifferenceLine:
    """One difference. Raises NotFound, also for another area's."""
    householdviews.need(by)
    found = _lines("one", DifferenceFilter(after=difference_id), 1)
    if not found:
        raise NotFound(GONE_VI)
    return found[0]


def next_open(by: Actor, line: DifferenceLine) -> int | None:
    """The oldest open one of the same kind; None when this was the last."""
    householdviews.need(by)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [line.kind, line.id])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _lines(way: str, asked: DifferenceFilter, limit: int) -> list[DifferenceLine]:
    told: dict[str, Any] = {
        "way": way,
        "kind": asked.kind,
        "unit": asked.unit,
        "since": asked.since,
        "after": asked.after,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LIST.text, told)
        return rows_as(DifferenceLine, cursor)


def as_xlsx(lines: Iterable[DifferenceLine]) -> bytes:
    """The list as a workbook of one sheet, for the keepers of both databases."""
    heads = (
        "Họ tên", "Ngày sinh", "Mã số BHXH", "Loại chênh lệch", "Dữ liệu hộ gia đình", "Dữ liệu thu", "Đang đăng ký",
        "Đơn vị", "Phát hiện", "Kết quả", "Giá trị trước", "Giá trị sau", "Căn cứ", "Người xử lý", "Xử lý lúc",
    )  # fmt: skip
    return write_sheet("Chênh lệch", heads, (_cells(line) for line in lines))


def _cells(line: DifferenceLine) -> list[str | float]:
    return [
        line.full_name,
        day_first(line.born_on),
        line.insurance_number,
        line.kind_vi,
        line.household_value,
        line.collection_value,
        line.held_value,
        line.unit_name,
        _when(line.found_at),
        line.choice_vi,
        line.value_before,
        line.value_after,
        line.reason,
        line.settled_by.partition(":")[2],
        _when(line.settled_at),
    ]


def _when(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(VIETNAM)
    return f"{day_first(local.date())} {local:%H:%M}"

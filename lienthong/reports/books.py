"""The reconciliation with the ministry as a form (đối soát, `doi-soat`; rules §9.3, INV-45): rows for each commune and day.

Each row adds up: received = listed − twice − missing + unknown; received = aside + repeats + children; children = without a
number + numbers; numbers = without an active card + cards. The books are written by the reconciliation of `oversight` and
only read here, as they stood at the instant that is asked for.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from lienthong.catalogues.sheets import write_csv, write_sheet
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date

_BOOKS = Statement.load("lienthong.reports", "books.sql")
LEVELS: Final = ("country", "province", "commune")
TITLE_VI: Final = "Đối soát dữ liệu khai sinh với Bộ Tư pháp"


@dataclass(frozen=True, slots=True)
class BookLine:
    """One row; `day` is None for a sum over days, a code None above its level. Counts are of messages or of children."""

    day: date | None
    province_code: str | None
    commune_code: str | None
    province_name: str
    commune_name: str
    is_stated: bool
    said_count: int
    listed_count: int
    twice_count: int
    missing_count: int
    unknown_count: int
    bytes_count: int
    received_count: int
    aside_count: int
    repeat_count: int
    child_count: int
    numberless_count: int
    number_count: int
    cardless_count: int
    card_count: int
    open_count: int
    unexplained_count: int

    @property
    def place_vi(self) -> str:
        """The commune, the province, or the country."""
        if self.commune_code is not None:
            unnamed = "Cả tỉnh" if self.province_code and not self.received_count else "Chưa rõ xã"
            return self.commune_name or (
                f"Mã xã {self.commune_code}" if self.commune_code else unnamed
            )
        if self.province_code is not None:
            return self.province_name or "Chưa rõ tỉnh"
        return "Cả nước"

    @property
    def asides(self) -> int:
        """Messages that brought no new child: set aside, repeated, correcting or cancelling."""
        return self.aside_count + self.repeat_count

    @property
    def passing_count(self) -> int:
        """Open differences that have a reason."""
        return self.open_count - self.unexplained_count


COUNTS: Final = tuple(it.name for it in fields(BookLine) if it.name.endswith("_count"))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the form: its key in JSON, its head, and its value."""

    key: str
    head_vi: str
    value: Callable[[BookLine], str | int | date | bool | None]


def _count(name: str, head_vi: str) -> Column:
    return Column(name.removesuffix("_count"), head_vi, lambda it: int(getattr(it, name)))


COLUMNS: Final = (
    Column("day", "Ngày", lambda it: it.day),
    Column("province_code", "Mã tỉnh", lambda it: it.province_code),
    Column("province_name", "Tỉnh, thành phố", lambda it: it.province_name),
    Column("commune_code", "Mã xã", lambda it: it.commune_code),
    Column("commune_name", "Xã, phường", lambda it: it.commune_name),
    Column("is_stated", "Có bảng kê", lambda it: "Có" if it.is_stated else "Chưa"),
    _count("said_count", "Bộ Tư pháp ghi đã gửi"),
    _count("listed_count", "Có trong danh sách kèm theo"),
    _count("twice_count", "Kê hai lần"),
    _count("missing_count", "Không có ở BHXH"),
    _count("unknown_count", "BHXH có, bảng kê không có"),
    _count("bytes_count", "Nội dung khác nhau"),
    _count("received_count", "BHXH đã nhận"),
    _count("aside_count", "Chưa hoặc không lập hồ sơ"),
    _count("repeat_count", "Gửi lại, điều chỉnh, hủy"),
    _count("child_count", "Số trẻ"),
    _count("numberless_count", "Chưa có mã số"),
    _count("number_count", "Có mã số BHXH"),
    _count("cardless_count", "Chưa có thẻ đang dùng"),
    _count("card_count", "Có thẻ đang dùng"),
    _count("open_count", "Chênh lệch đang xử lý"),
    _count("unexplained_count", "Chênh lệch chưa rõ lý do"),
)


def rows(
    by: Actor,
    period: tuple[date, date],
    *,
    as_of: datetime,
    level: str = "commune",
    within: str = "",
    by_day: bool = True,
) -> list[BookLine]:
    """The books of the period's days as they stood at `as_of`, the latest day first; within a province or commune. One statement.

    `level` is one of `LEVELS`. Only what lies in the actor's area.
    """
    del by  # row-level security reads the actor of the transaction
    words: dict[str, Any] = {
        "first": period[0],
        "last": period[1],
        "as_of": as_of,
        "on": vietnam_date(as_of),
        "level": level,
        "within": within,
        "by_day": by_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS.text, words)
        return rows_as(BookLine, cursor)


def total(lines: Iterable[BookLine]) -> BookLine:
    """The sum of rows, as one row of no day and no place."""
    told = list(lines)
    sums = {name: sum(int(getattr(it, name)) for it in told) for name in COUNTS}
    return BookLine(None, None, None, "", "", all(it.is_stated for it in told), **sums)


def as_xlsx(lines: Iterable[BookLine]) -> bytes:
    """The form as a workbook of one sheet; texts are texts and counts are numbers."""
    heads = [column.head_vi for column in COLUMNS]
    return write_sheet("Đối soát", heads, ([_cell(c, it) for c in COLUMNS] for it in lines))


def as_csv(lines: Iterable[BookLine]) -> bytes:
    """The form as CSV, as spreadsheets read it."""
    heads = [column.head_vi for column in COLUMNS]
    return write_csv([heads, *([_cell(c, it) for c in COLUMNS] for it in lines)])


def as_json(lines: Iterable[BookLine]) -> bytes:
    """The form as one JSON array; days as `YYYY-MM-DD`, null for what is not."""
    told = [{column.key: _plain(column, it) for column in COLUMNS} for it in lines]
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _cell(column: Column, line: BookLine) -> str | float:
    value = column.value(line)
    if isinstance(value, date):
        return day_first(value)
    return "" if value is None else value


def _plain(column: Column, line: BookLine) -> str | int | None:
    value = column.value(line)
    return value.isoformat() if isinstance(value, date) else value


WRITERS: Final[dict[str, Callable[[Iterable[BookLine]], bytes]]] = {
    ".xlsx": as_xlsx,
    ".csv": as_csv,
    ".json": as_json,
}
"""By the extension of the file."""

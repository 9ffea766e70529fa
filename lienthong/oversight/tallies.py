"""Counts of difficulties for who answers them: by subject, place, and rule or page; as a page shows and as a file."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import xlsxwriter
from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.cards.actions import need
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first, vietnam_date
from lienthong.oversight.difficulties import (
    TOPICS_VI,
    DifficultyFilter,
    DifficultyLine,
    Topic,
    listed,
)

_TALLY = Statement.load("lienthong.oversight", "tallies.sql")
_MOST_ROWS = 10_000
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of counts. `median_days` are days with their nights, from the question to the answer."""

    kind: str
    key: str
    name: str
    total: int
    open_count: int
    late_count: int
    answered_count: int
    in_time_count: int
    median_days: float | None

    @property
    def name_vi(self) -> str:
        """A subject by its words; a place or a code as it is."""
        return TOPICS_VI[Topic(self.key)] if self.kind == "topic" else self.name

    @property
    def in_time_share(self) -> int | None:
        """Of those answered, the hundredths that never climbed; None when none was."""
        if not self.answered_count:
            return None
        return round(_HUNDRED * self.in_time_count / self.answered_count)


@dataclass(frozen=True, slots=True)
class Tallies:
    """The counts of a period: all of it, then each kind by number."""

    whole: Tally
    topics: list[Tally]
    places: list[Tally]
    codes: list[Tally]


def tallies(
    by: Actor, *, period: tuple[date, date], province_code: str = "", at: datetime
) -> Tallies:
    """What was asked from the first to the last day, as it stands now. By province, or its units. One statement."""
    need(by, Permission.DIFFICULTY_ANSWER)
    first, last = period
    parameters: dict[str, Any] = {
        "since": datetime.combine(first, time(), VIETNAM),
        "until": datetime.combine(last + timedelta(days=1), time(), VIETNAM),
        "province": province_code,
        "by_unit": bool(province_code) or not by.everywhere,
        "on": vietnam_date(at),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TALLY.text, parameters)
        rows = rows_as(Tally, cursor)
    found = {kind: [it for it in rows if it.kind == kind] for kind in ("topic", "place", "code")}
    whole = next(it for it in rows if it.kind == "all")
    return Tallies(whole, found["topic"], found["place"], found["code"])


def as_xlsx(by: Actor, *, at: datetime) -> bytes:
    """Every difficulty in reach, one a row, masked as stored: number, where, what, how far. At most 10,000."""
    need(by, Permission.DIFFICULTY_ANSWER)
    lines = listed(by, filters=DifficultyFilter(), on=vietnam_date(at), limit=_MOST_ROWS)
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Vướng mắc")
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        cell = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write(0, 0, f"Vướng mắc, số liệu đến {_instant(at)}", head)
        for place, (title, width, _) in enumerate(_COLUMNS):
            sheet.set_column(place, place, width)
            sheet.write(1, place, title, head)
        for row, line in enumerate(lines, start=2):
            for place, (_, _, value) in enumerate(_COLUMNS):
                sheet.write_string(row, place, value(line), cell)
        sheet.freeze_panes(2, 1)
        sheet.autofilter(1, 0, len(lines) + 1, len(_COLUMNS) - 1)
    return kept.getvalue()


def _instant(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(VIETNAM)
    return f"{local:%H:%M} {day_first(local.date())}"


def _due(line: DifficultyLine) -> str:
    return day_first(line.due_on) if line.due_on else ""


_COLUMNS: tuple[tuple[str, int, Callable[[DifficultyLine], str]], ...] = (
    ("Số", 9, lambda it: it.number),
    ("Nơi hỏi", 28, lambda it: it.place),
    ("Về việc", 28, lambda it: it.topic_vi),
    ("Quy tắc, mã lỗi, trang", 18, lambda it: it.code or it.page),
    ("Câu hỏi", 40, lambda it: it.title),
    ("Nội dung", 60, lambda it: it.question),
    ("Báo lúc", 17, lambda it: _instant(it.asked_at)),
    ("Tình trạng", 22, lambda it: it.state_vi),
    ("Cấp trả lời", 22, lambda it: it.level_vi),
    ("Hạn trả lời", 12, _due),
    ("Trả lời", 60, lambda it: it.answer),
    ("Căn cứ", 30, lambda it: it.basis),
    ("Trả lời lúc", 17, lambda it: _instant(it.answered_at)),
)

"""The list of operations that left the procedure (danh sách thẻ cấp, đổi chưa đúng quy trình) as a file.

The columns of rules §9.2, once, for XLSX, CSV and JSON. A text that a spreadsheet would take for a formula stays a text.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from lienthong.cards.findings import FindingLine
from lienthong.catalogues.sheets import write_csv, write_sheet
from lienthong.kernel.dates import VIETNAM, day_first

_TITLE_VI = "Sai quy trình"
Value = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in JSON, its head, and where its value stands."""

    key: str
    head_vi: str
    value: Callable[[FindingLine], Value]


def _who(label: str) -> str:
    """An actor's label as the list writes it: the user name, or `Hệ thống`."""
    kind, _, name = label.partition(":")
    return "Hệ thống" if kind == "system" else name


COLUMNS: tuple[Column, ...] = (
    Column("province_code", "Mã tỉnh", lambda it: it.province_code),
    Column("province_name", "Tỉnh, thành phố", lambda it: it.province_name),
    Column("district_code", "Huyện (trước 01/07/2025)", lambda it: it.district_code),
    Column("unit_code", "Mã đơn vị", lambda it: it.unit_code),
    Column("unit_name", "Đơn vị cấp thẻ", lambda it: it.unit_name),
    Column("dossier_code", "Mã hồ sơ", lambda it: it.dossier_code),
    Column("card_code", "Mã thẻ", lambda it: it.card_code),
    Column("insurance_number", "Mã số BHXH", lambda it: it.insurance_number),
    Column("full_name", "Họ và tên", lambda it: it.full_name),
    Column("birth_date", "Ngày sinh", lambda it: it.birth_date),
    Column("operation", "Thao tác", lambda it: it.operation_vi),
    Column("operator", "Người thực hiện", lambda it: _who(it.operator)),
    Column("requested_at", "Yêu cầu lúc", lambda it: it.requested_at),
    Column("requested_by", "Người yêu cầu", lambda it: _who(it.requested_by)),
    Column("evidence", "Giấy tờ đã nhận", lambda it: it.evidence_vi),
    Column("approved_at", "Duyệt lúc", lambda it: it.approved_at),
    Column("approved_by", "Người duyệt", lambda it: _who(it.approved_by)),
    Column("printed_at", "In lúc", lambda it: it.printed_at),
    Column("printed_by", "Người in", lambda it: _who(it.printed_by)),
    Column("returned_at", "Trả lúc", lambda it: it.returned_at),
    Column("returned_by", "Người trả", lambda it: _who(it.returned_by)),
    Column("old_from", "Thẻ cũ từ ngày", lambda it: it.old_from),
    Column("old_to", "Thẻ cũ đến ngày", lambda it: it.old_to),
    Column("new_from", "Thẻ mới từ ngày", lambda it: it.new_from),
    Column("new_to", "Thẻ mới đến ngày", lambda it: it.new_to),
    Column("rule", "Quy tắc", lambda it: it.rule),
    Column("broken", "Nội dung sai quy trình", lambda it: it.broken_vi),
    Column("detail", "Chi tiết", lambda it: it.detail),
    Column("due_at", "Hạn thực hiện", lambda it: it.due_at),
    Column("delay_hours", "Chậm (giờ làm việc)", lambda it: it.delay_hours),
    Column("found_at", "Phát hiện, gửi đơn vị lúc", lambda it: it.found_at),
    Column("ended_at", "Đã khắc phục lúc", lambda it: it.ended_at),
    Column("state", "Tình trạng", lambda it: it.state_vi),
    Column("reason", "Lý do", lambda it: it.reason_vi),
    Column("answer", "Trả lời, biện pháp khắc phục", lambda it: it.answer),
    Column("answered_by", "Người trả lời", lambda it: _who(it.answered_by)),
    Column("answered_at", "Trả lời lúc", lambda it: it.answered_at),
    Column("confirmed_by", "Trưởng bộ phận xác nhận", lambda it: _who(it.confirmed_by)),
    Column("confirmed_at", "Xác nhận lúc", lambda it: it.confirmed_at),
)


def as_xlsx(lines: Iterable[FindingLine]) -> bytes:
    """The list as a workbook of one sheet; every text is a text, and hours are numbers."""
    heads = [column.head_vi for column in COLUMNS]
    return write_sheet(_TITLE_VI, heads, (_cells(line) for line in lines))


def as_csv(lines: Iterable[FindingLine]) -> bytes:
    """The list as CSV, as spreadsheets read it."""
    return write_csv([[column.head_vi for column in COLUMNS], *map(_cells, lines)])


def as_json(lines: Iterable[FindingLine]) -> bytes:
    """The list as one JSON array; instants with their offset, days as `YYYY-MM-DD`, null for what is not."""
    told = [{column.key: _plain(column.value(line)) for column in COLUMNS} for line in lines]
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _cells(line: FindingLine) -> list[str | float]:
    return [_written(column.value(line)) for column in COLUMNS]


def _written(value: Value) -> str | float:
    if isinstance(value, datetime):
        local = value.astimezone(VIETNAM)
        return f"{day_first(local.date())} {local:%H:%M}"
    if isinstance(value, date):
        return day_first(value)
    return "" if value is None else value


def _plain(value: Value) -> str | float | None:
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).isoformat()
    return value.isoformat() if isinstance(value, date) else value


WRITERS: dict[str, Callable[[Iterable[FindingLine]], bytes]] = {
    ".xlsx": as_xlsx,
    ".csv": as_csv,
    ".json": as_json,
}
"""By the extension of the file."""

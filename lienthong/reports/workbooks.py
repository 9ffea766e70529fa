"""A form as a workbook that an office prints, signs and sends on: on its side, A4 where it fits, else A3; definitions behind.

Every text is written as a text, so that nothing in a name is ever a formula; numbers are numbers.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

import xlsxwriter

from lienthong.kernel.dates import VIETNAM
from lienthong.reports.columns import Column
from lienthong.reports.files import LEVELS_VI, headline, written
from lienthong.reports.forms import Table
from lienthong.reports.listcolumns import LIST_COLUMNS, Cell
from lienthong.reports.listings import Line

_A3, _A4 = 8, 9
_MOST_ON_A4 = 16
"""So many columns are still read on the smaller sheet."""
_SIGNERS_VI = ("Người lập biểu", "Trưởng phòng", "Giám đốc")
_FORMATS: dict[str, dict[str, Any]] = {
    "office": {"bold": True, "align": "left"},
    "title": {"bold": True, "font_size": 15, "align": "center", "valign": "vcenter"},
    "said": {"italic": True, "align": "center"},
    "head": {
        "bold": True,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "border": 1,
        "bg_color": "#E7E6E6",
    },
    "place": {"border": 1, "align": "center", "font_size": 8},
    "text": {"border": 1, "valign": "top", "text_wrap": True},
    "day": {"border": 1, "valign": "top", "align": "center", "num_format": "dd/mm/yyyy"},
    "instant": {"border": 1, "valign": "top", "align": "center", "num_format": "dd/mm/yyyy hh:mm"},
    "count": {"border": 1, "num_format": "#,##0", "align": "right"},
    "hours": {"border": 1, "num_format": "#,##0.00", "align": "right"},
    "total_text": {"border": 1, "bold": True, "top": 2},
    "total_count": {"border": 1, "bold": True, "top": 2, "num_format": "#,##0", "align": "right"},
    "total_hours": {
        "border": 1,
        "bold": True,
        "top": 2,
        "num_format": "#,##0.00",
        "align": "right",
    },
    "sign": {"bold": True, "align": "center"},
    "hint": {"italic": True, "align": "center"},
}
_FIRST_HEAD, _HEADS = 6, 3
_WIDTHS = {
    "province_code": 7,
    "unit_name": 30,
    "old_unit_name": 22,
    "commune_name": 24,
    "commune_code": 8,
    "message_id": 20,
    "full_name": 34,
    "stage": 18,
    "since": 17,
    "cause": 34,
    "turn": 30,
    "late_reason": 34,
    "paper_reason": 10,
}
_CODE_WIDTH, _NAME_WIDTH, _FIGURE_WIDTH, _LIST_WIDTH = 9, 30, 10, 14


def as_xlsx(table: Table, lines: Iterable[Line] | None = None) -> bytes:
    """The workbook: the form on one page's width, its further sheets, the list if there is one, and what each column means."""
    stream = io.BytesIO()
    words = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, words) as book:
        formats = {name: book.add_format(words) for name, words in _FORMATS.items()}
        every = {column.key: column for column in table.form.columns}
        for name, keys in table.form.sheets or (("Biểu", tuple(every)),):
            _figures(book.add_worksheet(name), table, [every[key] for key in keys], formats)
        if lines is not None:
            _list(book.add_worksheet("Danh sách"), table, lines, formats)
        _definitions(book.add_worksheet("Định nghĩa"), table, formats)
    return stream.getvalue()


def _figures(
    sheet: Any,  # noqa: ANN401 - xlsxwriter's worksheet
    table: Table,
    columns: Sequence[Column],
    formats: dict[str, Any],
) -> None:
    last_column = len(columns) + 1
    _page(sheet, table, last_column)
    sheet.write_string(0, 0, "BẢO HIỂM XÃ HỘI VIỆT NAM", formats["office"])
    title, source, period, as_of = headline(table)
    sheet.merge_range(1, 0, 1, last_column, title.upper(), formats["title"])
    for line, said in enumerate((f"(Theo {source})", period, as_of), start=2):
        sheet.merge_range(line, 0, line, last_column, said, formats["said"])
    _heads(sheet, table, columns, formats)
    line = _FIRST_HEAD + _HEADS
    for row in table.rows:
        sheet.write_string(line, 0, row.code, formats["text"])
        sheet.write_string(line, 1, row.name, formats["text"])
        _numbers(sheet, line, columns, row.figures, formats, "")
        line += 1
    sheet.write_string(line, 0, "", formats["total_text"])
    sheet.write_string(line, 1, "Tổng cộng", formats["total_text"])
    _numbers(sheet, line, columns, table.totals, formats, "total_")
    _signatures(sheet, line + 2, last_column, formats)


def _page(sheet: Any, table: Table, last_column: int) -> None:  # noqa: ANN401 - xlsxwriter's worksheet
    sheet.set_landscape()
    sheet.set_paper(_A4 if last_column <= _MOST_ON_A4 else _A3)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_FIRST_HEAD, _FIRST_HEAD + _HEADS - 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L{table.form.name}&RTrang &P/&N")
    sheet.freeze_panes(_FIRST_HEAD + _HEADS, 2)
    sheet.set_row(1, 24)
    sheet.set_row(_FIRST_HEAD + 1, 48)
    sheet.set_column(0, 0, _CODE_WIDTH)
    sheet.set_column(1, 1, _NAME_WIDTH)
    sheet.set_column(2, last_column, _FIGURE_WIDTH)


def _heads(
    sheet: Any,  # noqa: ANN401 - xlsxwriter's worksheet
    table: Table,
    columns: Sequence[Column],
    formats: dict[str, Any],
) -> None:
    head, low = formats["head"], _FIRST_HEAD + 1
    sheet.merge_range(_FIRST_HEAD, 0, low, 0, "Mã", head)
    sheet.merge_range(_FIRST_HEAD, 1, low, 1, LEVELS_VI[table.level], head)
    at = 2
    for group, told in groupby(columns, key=lambda column: column.group_vi):
        members = list(told)
        if not group:
            for place, column in enumerate(members, start=at):
                sheet.merge_range(_FIRST_HEAD, place, low, place, column.title_vi, head)
        else:
            if len(members) > 1:
                sheet.merge_range(_FIRST_HEAD, at, _FIRST_HEAD, at + len(members) - 1, group, head)
            else:
                sheet.write_string(_FIRST_HEAD, at, group, head)
            for place, column in enumerate(members, start=at):
                sheet.write_string(low, place, column.title_vi, head)
        at += len(members)
    numbers = ["A", "B", *(column.number for column in columns)]
    for place, number in enumerate(numbers):
        sheet.write_string(_FIRST_HEAD + 2, place, number, formats["place"])


def _numbers(
    sheet: Any,  # noqa: ANN401 - xlsxwriter's worksheet
    line: int,
    columns: Sequence[Column],
    figures: Any,  # noqa: ANN401 - figures by key
    formats: dict[str, Any],
    kind: str,
) -> None:
    for place, column in enumerate(columns, start=2):
        format_ = formats[kind + ("hours" if column.pace else "count")]
        value = figures[column.key]
        if value is None:
            sheet.write_string(line, place, "–", format_)
        else:
            sheet.write_number(line, place, value, format_)


def _signatures(sheet: Any, line: int, last_column: int, formats: dict[str, Any]) -> None:  # noqa: ANN401
    step = max(2, (last_column + 1) // len(_SIGNERS_VI))
    sheet.write_string(line, step * 2, "…………, ngày …… tháng …… năm ………", formats["hint"])
    for place, signer in enumerate(_SIGNERS_VI):
        sheet.write_string(line + 1, place * step + (place == 0), signer.upper(), formats["sign"])
        sheet.write_string(
            line + 2, place * step + (place == 0), "(Ký, ghi rõ họ tên)", formats["hint"]
        )


def _list(
    sheet: Any,  # noqa: ANN401 - xlsxwriter's worksheet
    table: Table,
    lines: Iterable[Line],
    formats: dict[str, Any],
) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L{table.form.name}&RTrang &P/&N")
    heads = len(headline(table))
    sheet.repeat_rows(heads)
    sheet.freeze_panes(heads + 1, 0)
    for row, said in enumerate(headline(table)):
        sheet.write_string(row, 0, said, formats["office"])
    for place, column in enumerate(LIST_COLUMNS):
        sheet.set_column(place, place, _WIDTHS.get(column.key, _LIST_WIDTH))
        sheet.write_string(heads, place, column.head_vi, formats["head"])
    row = heads
    for row, line in enumerate(lines, start=heads + 1):
        for place, column in enumerate(LIST_COLUMNS):
            _value(sheet, row, place, column.value(line), formats)
    sheet.autofilter(heads, 0, max(row, heads + 1), len(LIST_COLUMNS) - 1)


def _value(sheet: Any, row: int, place: int, value: Cell, formats: dict[str, Any]) -> None:  # noqa: ANN401
    """Days and instants as such, so that a spreadsheet sorts them; in Vietnamese time, of which a sheet knows nothing."""
    if isinstance(value, datetime):
        local = value.astimezone(VIETNAM).replace(tzinfo=None)
        sheet.write_datetime(row, place, local, formats["instant"])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats["day"])
    else:
        sheet.write_string(row, place, str(written(value)), formats["text"])


def _definitions(sheet: Any, table: Table, formats: dict[str, Any]) -> None:  # noqa: ANN401
    sheet.set_column(0, 0, _CODE_WIDTH)
    sheet.set_column(1, 2, _NAME_WIDTH)
    sheet.set_column(3, 3, 90)
    sheet.set_column(4, 4, 16)
    for place, head in enumerate(("Cột", "Nhóm", "Tên cột", "Định nghĩa", "Đơn vị tính")):
        sheet.write_string(0, place, head, formats["head"])
    for line, column in enumerate(table.form.columns, start=1):
        told = (
            column.number,
            column.group_vi,
            column.title_vi,
            column.definition_vi,
            column.unit_vi,
        )
        for place, text in enumerate(told):
            sheet.write_string(line, place, text, formats["text"])

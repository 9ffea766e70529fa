"""A counted form as CSV and JSON, and the lines of a list beside it; XLSX is `workbooks`' business.

CSV is UTF-8 with a byte-order mark, so that a spreadsheet reads the Vietnamese; a text that it would take for a formula gets
an apostrophe before it.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from lienthong.catalogues.sheets import write_csv
from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.reports.forms import Table
from lienthong.reports.listcolumns import LIST_COLUMNS, Cell
from lienthong.reports.listings import Line

LEVELS_VI = {
    "country": "Toàn quốc",
    "province": "Tỉnh, thành phố",
    "district": "Huyện (trước 01/07/2025)",
    "unit": "Đơn vị cấp thẻ",
    "commune": "Xã, phường, đặc khu",
}


def headline(table: Table) -> list[str]:
    """What stands above a form: its title, the letter behind it, the period, the instant of the figures."""
    first, last = table.period
    return [
        table.form.title_vi,
        table.form.source_vi,
        f"Kỳ báo cáo: nhận từ {day_first(first)} đến hết {day_first(last)}",
        f"Số liệu tính đến {written(table.as_of)}. Đơn vị tính: hồ sơ; thời gian: giờ làm việc.",
    ]


def written(value: Cell) -> str | int | float:
    """A value as a sheet writes it: days day first, instants in Vietnamese time, nothing for None."""
    if isinstance(value, datetime):
        local = value.astimezone(VIETNAM)
        return f"{day_first(local.date())} {local:%H:%M}"
    if isinstance(value, date):
        return day_first(value)
    return "" if value is None else value


def as_csv(table: Table, lines: Iterable[Line] | None = None) -> bytes:
    """The list where there is one; else the table, one line a place, the total last, above them what the form is."""
    if lines is not None:
        return lines_as_csv(lines)
    columns = table.form.columns
    told: list[Sequence[Cell]] = [[text] for text in headline(table)]
    told.append(["code", "name", *(column.key for column in columns)])
    told.append(["Mã", LEVELS_VI[table.level], *(_head(column) for column in columns)])
    told.extend(
        [row.code, row.name, *(row.figures[column.key] for column in columns)] for row in table.rows
    )
    told.append(["", "Tổng cộng", *(table.totals[column.key] for column in columns)])
    return _csv(told)


def _head(column: object) -> str:
    group, title = getattr(column, "group_vi", ""), getattr(column, "title_vi", "")
    return f"{group}: {title}" if group and group != title else title


def lines_as_csv(lines: Iterable[Line]) -> bytes:
    """The list: one line a record under one line of heads."""
    heads = [column.head_vi for column in LIST_COLUMNS]
    return _csv([heads, *([column.value(line) for column in LIST_COLUMNS] for line in lines)])


def as_json(table: Table, lines: Iterable[Line] | None = None) -> bytes:
    """The table with its definitions, and the lines of a list; instants with their offset, days `YYYY-MM-DD`."""
    columns = table.form.columns
    told = {
        "report": table.form.name,
        "title": table.form.title_vi,
        "source": table.form.source_vi,
        "from": table.period[0],
        "to": table.period[1],
        "as_of": table.as_of,
        "level": table.level,
        "within": table.within,
        "columns": [
            {
                "key": column.key,
                "number": column.number,
                "group": column.group_vi,
                "title": column.title_vi,
                "definition": column.definition_vi,
                "unit": column.unit_vi,
            }
            for column in columns
        ],
        "rows": [
            {
                "code": row.code,
                "name": row.name,
                "province_code": row.province_code,
                "figures": {column.key: row.figures[column.key] for column in columns},
            }
            for row in table.rows
        ],
        "totals": {column.key: table.totals[column.key] for column in columns},
    }
    if lines is not None:
        told["lines"] = [
            {column.key: column.value(line) for column in LIST_COLUMNS} for line in lines
        ]
    return (json.dumps(told, ensure_ascii=False, indent=1, default=_plain) + "\n").encode()


def _csv(lines: Iterable[Sequence[Cell]]) -> bytes:
    return write_csv(map(written, line) for line in lines)


def _plain(value: date) -> str:
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).isoformat()
    return value.isoformat()

"""Reads a list an office sent, CSV or XLSX, into rows of text, and writes lists as XLSX for offices to work on.

Says in Vietnamese what cannot be read. Knows columns and cells, not what they mean: `unit_file`, `facility_file`
and `mergers` do.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from lienthong.catalogues.differences import RefusedRow, Repair
from lienthong.kernel.dates import DateRange, parse_iso_date
from lienthong.kernel.errors import Refused

_YES = frozenset({"1", "true", "có", "co", "x", "yes"})
_NO = frozenset({"0", "false", "không", "khong", "", "no"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST, _NARROWEST, _MARGIN = 60, 12, 2
MOST_ROWS = 1_048_575
"""Of one sheet, beside its header."""


class RowFault(Exception):
    """A row that cannot be taken; caught by the reader of its file and turned into a `RefusedRow`."""

    def __init__(self, field: str, code: str, message_vi: str) -> None:
        super().__init__(message_vi)
        self.field = field
        self.code = code
        self.message_vi = message_vi

    def at(self, line: int) -> RefusedRow:
        """The refusal of that line."""
        return RefusedRow(line, self.field, self.code, self.message_vi)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its line in the file (the header is 1) and its cells by column, stripped, NFC, never None."""

    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """The cell, which must not be empty. Raises RowFault (E-EMPTY)."""
        found = self.cells[column]
        if not found:
            raise RowFault(column, "E-EMPTY", f"Cột {column} không được để trống.")
        return found

    def day(self, column: str) -> date | None:
        """The cell as a day `YYYY-MM-DD`; None when empty. Raises RowFault (E-DATE)."""
        found = self.cells[column]
        if not found:
            return None
        try:
            return parse_iso_date(found)
        except ValueError:
            raise RowFault(
                column, "E-DATE", f"Cột {column}: «{found}» không phải ngày dạng YYYY-MM-DD."
            ) from None

    def days(self, first_column: str, last_column: str) -> DateRange:
        """The days from one cell to another, the last day included; an empty end is open. Raises RowFault."""
        first, last = self.day(first_column), self.day(last_column)
        if first is None:
            raise RowFault(first_column, "E-EMPTY", f"Cột {first_column} không được để trống.")
        if last is not None and last < first:
            raise RowFault(last_column, "E-DATE", f"Cột {last_column} sớm hơn cột {first_column}.")
        return DateRange(first) if last is None else DateRange.closed(first, last)

    def flag(self, column: str) -> bool:
        """The cell as yes or no; empty is no. Raises RowFault (E-VALUE)."""
        found = self.cells[column].lower()
        if found not in _YES | _NO:
            raise RowFault(
                column, "E-VALUE", f"Cột {column}: «{found}» không phải 1 (có) hoặc 0 (không)."
            )
        return found in _YES


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one file, empty ones left out, and the cells that were repaired."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    repaired: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent: its name, which says the format, and its bytes."""

    name: str
    body: bytes


def read_sheet(
    source: Path | SentFile,
    *,
    columns: Sequence[str],
    widths: Mapping[str, int],
    optional: Sequence[str] = (),
) -> Sheet:
    """The rows of a CSV (UTF-8, header) or XLSX file (first sheet, header in its first row).

    `widths` gives the digits of a code's column: a shorter number has lost its leading zeros and gets them
    back. Raises Refused (E-FILE…, E-COLUMNS) when the file as a whole cannot be read.
    """
    file = _opened(source) if isinstance(source, Path) else source
    lines = list(xlsx_lines(file) if _is_xlsx(file) else _csv_lines(file))
    if not lines:
        raise _unreadable(file, "E-FILE-EMPTY", "không có dòng nào")
    header = [cell.lower() for cell in lines[0]]
    missing = [column for column in columns if column not in header]
    if missing:
        raise Refused(
            f"Tệp {file.name} thiếu cột {', '.join(missing)}; cần có: {', '.join(columns)}.",
            code="E-COLUMNS",
            field=missing[0],
        )
    wanted = [name for name in (*columns, *optional) if name in header]
    places = [(name, header.index(name)) for name in wanted]
    rows: list[SheetRow] = []
    repaired: list[Repair] = []
    for line, cells in enumerate(lines[1:], start=2):
        if any(cells):
            found = {name: cells[at] if at < len(cells) else "" for name, at in places}
            repaired += _repair(line, found, widths)
            rows.append(SheetRow(line, found))
    return Sheet(tuple(wanted), tuple(rows), tuple(repaired))


def _repair(line: int, cells: dict[str, str], widths: Mapping[str, int]) -> Iterator[Repair]:
    for name, width in widths.items():
        found = cells.get(name, "")
        if found.isascii() and found.isdigit() and len(found) < width:
            cells[name] = found.zfill(width)
            yield Repair(line, name, found, cells[name])


def _opened(path: Path) -> SentFile:
    try:
        return SentFile(path.name, path.read_bytes())
    except OSError as error:
        raise _unreadable(
            SentFile(path.name, b""), "E-FILE", error.strerror or "lỗi đọc đĩa"
        ) from error


def _is_xlsx(file: SentFile) -> bool:
    return Path(file.name).suffix.lower() in {".xlsx", ".xls", ".xlsm", ".ods"}


def _unreadable(file: SentFile, code: str, why_vi: str) -> Refused:
    return Refused(f"Không đọc được tệp {file.name}: {why_vi}.", code=code, field="file")


def _csv_lines(file: SentFile) -> Iterator[list[str]]:
    try:
        text = file.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(file, "E-FILE-ENCODING", "tệp không phải UTF-8") from error
    # Excel writes semicolons where the comma is the decimal sign, as in Viet Nam.
    header = text.partition("\n")[0]
    separator = ";" if ";" in header and "," not in header else ","
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            yield [_cell(cell) for cell in cells]
    except csv.Error as error:
        raise _unreadable(file, "E-FILE-CSV", f"sai dạng CSV ({error})") from error


def xlsx_lines(file: SentFile) -> Iterator[list[str]]:
    """The rows of the first sheet as texts, the header included. Raises Refused (E-FILE-XLSX)."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(file.body)) as book:
            table = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, OSError) as error:
        raise _unreadable(file, "E-FILE-XLSX", "tệp không phải bảng tính") from error
    for cells in table:
        yield [_cell(cell) for cell in cells]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(unicodedata.normalize("NFC", str(value)).replace("\0", "").split())


def write_long_sheet(
    stream: BinaryIO, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> int:
    """Write an XLSX of as many rows as a sheet has, in little memory; how many there were. All cells are texts.

    Raises Refused (E-FILE-ROWS) when a sheet cannot hold them.
    """
    count = 0
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bg_color": "#E4F0F6", "bottom": 1})
        as_text = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, max(len(column), _NARROWEST) + _MARGIN)
            sheet.write_string(0, at, column, head)
        for count, row in enumerate(rows, start=1):
            if count > MOST_ROWS:
                said = f"Bảng tính chỉ chứa được {MOST_ROWS:,} dòng. Hãy xuất tệp CSV."
                raise Refused(said.replace(",", "."), code="E-FILE-ROWS", field="dang")
            for at, value in enumerate(row):
                sheet.write_string(count, at, value, as_text)
    return count


def guarded(cell: str | float) -> str | float:
    """A cell of a CSV file. A text that a spreadsheet takes for a formula gets an apostrophe, which an import takes off again."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def write_csv(lines: Iterable[Iterable[str | float]]) -> bytes:
    """A CSV file with a byte-order mark, so that a spreadsheet reads the Vietnamese; no cell of it is a formula."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(map(guarded, line) for line in lines)
    return stream.getvalue().encode("utf-8-sig")


def write_sheet(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | float]]) -> bytes:
    """An XLSX file of one sheet. Texts stay texts, so that codes keep their leading zeros and nothing is a formula."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bg_color": "#E4F0F6", "bottom": 1})
        as_text = book.add_format({"num_format": "@"})
        widths = [len(column) for column in columns]
        sheet.write_row(0, 0, columns, head)
        count = 0
        for count, row in enumerate(rows, start=1):
            for at, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(count, at, value)
                else:
                    sheet.write_string(count, at, value, as_text)
                widths[at] = max(widths[at], len(str(value)))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, min(width, _WIDEST) + _MARGIN)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, count, len(columns) - 1)
    return stream.getvalue()

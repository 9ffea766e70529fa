"""A register as a CSV file, read by contract: UTF-8, a header, ten columns, of which only `id` must be filled.

Good files are read by DuckDB alone. Only when it finds a fault is the file walked line by line, to say where.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from lienthong.kernel.errors import Refused
from lienthong.persons.linkage import engines, queries

COLUMNS = (
    "id",
    "full_name",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "mother_name",
    "province_code",
    "commune_code",
    "household_code",
)
SEXES = ("male", "female", "undetermined")
_TRIMMED = ("id", "full_name", "mother_name", "province_code", "commune_code", "household_code")
_MOST_FAULTS = 1_000
_LONGEST = 10_000_000

csv.field_size_limit(_LONGEST)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a register: the line in the file, the column, a code and a sentence."""

    line: int
    field: str
    code: str
    message_vi: str


def read(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> int:
    """Make a temporary table of the register: `rid`, a number of the row, and every field as text, empty where absent.

    Ids, names and codes have no blanks around them; the other fields stand as they are written. Not kept on disk: to read a CSV
    file anew costs less than to write a copy and read that. Gives the number of rows. Raises Refused with line, column and code of the first
    fault and the number of faults when anything is wrong: a register is linked whole or not at all.
    """
    header = _header(path)
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in header)
    trimmed = {name: queries.filled("registers.sql", "trimmed", column=name) for name in _TRIMMED}
    query = queries.filled("registers.sql", "read", columns=columns, **trimmed)
    try:
        connection.execute(engines.in_memory(table, query), {"path": str(path)})
        rows, bad = _measured(connection, table, "count(*), " + _text("faults"))
    except duckdb.Error as wrong:
        found = list(faults(path))
        raise _refusal(path, found) if found else _unreadable(path) from wrong
    if bad:
        raise _refusal(path, list(faults(path)))
    return rows


def mark(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """A figure of the ids of a register, whatever the order of its rows; the number of rows before it."""
    return _measured(connection, table, _text("mark"))


def mark_of_all(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """The same of every field, for two registers with the same ids."""
    return _measured(connection, table, _text("mark_of_all"))


def _text(name: str) -> str:
    return queries.read("registers.sql")[name]


def _measured(connection: duckdb.DuckDBPyConnection, table: str, figures: str) -> tuple[int, int]:
    [(one, other)] = connection.table(table).aggregate(figures).fetchall()
    return int(one), int(other)


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
    except OSError as wrong:
        raise Refused(
            f"Không đọc được tệp «{path}».", code="E-REG-FILE", field=str(path)
        ) from wrong
    missing = [name for name in COLUMNS if name not in header]
    if missing or len(set(header)) != len(header):
        what = f"thiếu cột {', '.join(missing)}" if missing else "có cột lặp lại"
        raise Refused(
            f"{path.name}, dòng 1: dòng tiêu đề {what} (E-REG-HEADER).",
            code="E-REG-HEADER",
            field=missing[0] if missing else "id",
        )
    return header


def faults(path: Path) -> Iterator[Fault]:
    """Everything wrong with a register, in the order of its lines; the first thousand faults."""
    seen: dict[str, int] = {}
    left = _MOST_FAULTS
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file, strict=True)
        header = [name.strip() for name in next(rows)]
        while True:
            line = rows.line_num + 1
            try:
                row = next(rows, None)
            except csv.Error:
                yield Fault(line, "id", "E-REG-QUOTES", "dấu nháy kép không khớp")
                return
            if row is None:
                return
            if not row:
                continue
            for fault in _faults_of(line, header, row, seen):
                yield fault
                left -= 1
                if not left:
                    return


def _faults_of(
    line: int, header: list[str], row: list[str], seen: dict[str, int]
) -> Iterator[Fault]:
    if len(row) != len(header):
        sentence = f"có {len(row)} cột, cần {len(header)}"
        yield Fault(line, header[-1], "E-REG-COLUMNS", sentence)
        return
    values = dict(zip(header, (each.strip(" ") for each in row), strict=True))
    for field, value in values.items():
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            yield Fault(line, field, "E-REG-UTF8", "không phải chữ UTF-8")
    if not values["id"]:
        yield Fault(line, "id", "E-REG-ID", "để trống; mỗi dòng cần một mã")
    elif values["id"] in seen:
        before = seen[values["id"]]
        yield Fault(line, "id", "E-REG-DOUBLE", f"mã «{values['id']}» đã có ở dòng {before}")
    else:
        seen[values["id"]] = line
    if values["birth_date"] and not _is_date(values["birth_date"]):
        sentence = f"«{values['birth_date']}» không phải ngày dạng YYYY-MM-DD"
        yield Fault(line, "birth_date", "E-REG-DATE", sentence)
    if values["sex"] not in ("", *SEXES):
        sentence = f"«{values['sex']}» không phải male, female hay undetermined"
        yield Fault(line, "sex", "E-REG-SEX", sentence)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _refusal(path: Path, found: list[Fault]) -> Refused:
    first = found[0]
    others = Counter(fault.code for fault in found[1:])
    count = f"; còn {others.total()} lỗi khác" if others else ""
    return Refused(
        f"{path.name}, dòng {first.line}, cột {first.field}: {first.message_vi} ({first.code}){count}.",
        code=first.code,
        field=first.field,
    )


def _unreadable(path: Path) -> Refused:
    return Refused(f"Không đọc được «{path.name}» như tệp CSV (E-REG-FILE).", code="E-REG-FILE")

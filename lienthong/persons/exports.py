"""A register as a file (xuất dữ liệu): the columns of an import, so that what went out comes back without a change.

Of each row the words of the source itself; of whom the source never spoke (a newborn of ours), what stands here, under a
reference of our own. Every export is logged with its purpose and with everybody in it.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.catalogues import sheets
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.codes import is_commune_code
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.persons.imports import KINDS_VI
from lienthong.persons.registerfile import COLUMNS, SUFFIXES

MOST_ON_SCREEN: Final = 100_000
"""Rows of one file that a page hands out; more is exported by the operator."""
LEAST_PURPOSE: Final = 10
FIELDS: Final = COLUMNS
_PAGE: Final = 5_000
_VIEWS_AT_ONCE: Final = 10_000
_ENTRIES = Statement.load("lienthong.persons", "export_entries.sql")
_STANDING = Statement.load("lienthong.persons", "export_standing.sql")
_BOM = b"\xef\xbb\xbf"
_SHEETS = {"household": "Hộ gia đình", "collection": "Dữ liệu thu"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be exported: which register, of which commune (all that the actor sees when empty), what for, how."""

    kind: str
    purpose: str
    suffix: str = ".csv"
    commune_code: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an export: whom it is about, if that is known, and its cells in the order of `COLUMNS`."""

    person_id: int | None
    cells: tuple[str, ...]


def lines(asked: Asked, *, by: Actor) -> Iterator[Line]:
    """The rows, in little memory; inside the caller's transaction. Raises NotAllowed, Refused."""
    _need(by)
    _check(asked)
    for statement in (_ENTRIES, _STANDING):
        after = 0
        wanted: dict[str, Any] = {
            "source": asked.kind,
            "commune_code": asked.commune_code,
            "limit": _PAGE,
        }
        while rows := statement.rows({**wanted, "after": after}):
            after = rows[-1][0]
            yield from (Line(row[1], tuple(row[2:])) for row in rows)


def write(
    stream: BinaryIO, asked: Asked, *, by: Actor, at: datetime, most: int | None = None
) -> int:
    """Write the register into the stream and log it with everybody in it; how many rows.

    Raises Refused (E-EXPORT-ROWS past `most`, PURPOSE, KIND, COMMUNE, E-FILE-KIND) and NotAllowed.
    """
    with acting(by, at=at):
        seen: list[int] = []
        rows = _counted(lines(asked, by=by), seen, by=by, at=at, most=most)
        count = _as_sheet(stream, asked, rows) if asked.suffix == ".xlsx" else _as_csv(stream, rows)
        _log(seen, by=by, at=at)
        detail = {
            "kind": asked.kind,
            "purpose": asked.purpose.strip(),
            "rows": count,
            "commune": asked.commune_code,
        }
        trail.record(by, "register.exported", at=at, detail=detail)
    return count


def write_file(path: Path, asked: Asked, *, by: Actor, at: datetime) -> int:
    """`write` into a file that is whole or not there at all; how many rows."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as stream:
            count = write(stream, asked, by=by, at=at)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _counted(
    found: Iterator[Line], seen: list[int], *, by: Actor, at: datetime, most: int | None
) -> Iterator[tuple[str, ...]]:
    for count, line in enumerate(found, start=1):
        if most is not None and count > most:
            said = (
                f"Có hơn {most:,} dòng. Hãy chọn một xã, phường,"
                " hoặc đề nghị người quản trị xuất toàn bộ."
            ).replace(",", ".", 1)
            raise Refused(said, code="E-EXPORT-ROWS", field="xa")
        if line.person_id is not None:
            seen.append(line.person_id)
            if len(seen) == _VIEWS_AT_ONCE:
                _log(seen, by=by, at=at)
        yield line.cells


def _log(seen: list[int], *, by: Actor, at: datetime) -> None:
    subjects = [("person", person_id) for person_id in seen]
    purpose = str(Permission.REGISTER_EXPORT)
    trail.viewed(by, at=at, subjects=subjects, purpose=purpose, fields=FIELDS)
    seen.clear()


def _as_csv(stream: BinaryIO, rows: Iterator[tuple[str, ...]]) -> int:
    stream.write(_BOM)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for cells in rows:
        writer.writerow([sheets.guarded(cell) for cell in cells])
        count += 1
    text.detach()
    return count


def _as_sheet(stream: BinaryIO, asked: Asked, rows: Iterator[tuple[str, ...]]) -> int:
    return sheets.write_long_sheet(stream, _SHEETS[asked.kind], COLUMNS, rows)


def _check(asked: Asked) -> None:
    if asked.kind not in KINDS_VI:
        raise Refused("Hãy chọn loại dữ liệu cần xuất.", code="KIND", field="loai")
    if asked.suffix not in SUFFIXES:
        raise Refused("Hãy chọn dạng tệp CSV hoặc XLSX.", code="E-FILE-KIND", field="dang")
    if len(asked.purpose.strip()) < LEAST_PURPOSE:
        raise Refused("Hãy ghi rõ mục đích xuất dữ liệu.", code="PURPOSE", field="muc-dich")
    if asked.commune_code and not is_commune_code(asked.commune_code):
        raise Refused("Mã xã gồm 5 chữ số.", code="COMMUNE", field="xa")


def _need(by: Actor) -> None:
    if by.kind is ActorKind.SYSTEM or by.may(Permission.REGISTER_EXPORT):
        return
    raise NotAllowed(
        "Bạn không có quyền xuất dữ liệu ra tệp.", code=str(Permission.REGISTER_EXPORT)
    )

"""The system's hand with registers that come as files: read, compare and write them, stretch by stretch.

Each stretch is a transaction that also says how far it came, so that a process that dies is taken up where it was. At
writing the register is asked once more whom a row is about: days may lie between the preview and the deed.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import IntegrityError, connection

from lienthong.audit import trail
from lienthong.catalogues import routes
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, looking_up_by_index
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.persons import doubles, imports, registerfile
from lienthong.persons.imports import Import
from lienthong.persons.registercells import Reader, ReadRow
from lienthong.persons.registerfile import COLUMNS, HOUSEHOLD, NEEDED, RegisterFile

LOOK: Final = 20_000
"""Lines that are compared in one transaction."""
COPIED: Final = 5_000
"""Rows that are in memory at once while a file is read."""
BATCH: Final = 2_000
"""Lines that are written in one transaction. Of 5,000, whoever joins a household cost eight times as much (measured)."""
STRETCHES: Final = 10
"""In one call, so that the worker's other tasks get their turn."""
KEPT: Final = timedelta(days=30)
"""So long the rows of a file that is done with can be looked at; the file itself stays."""
AHEAD: Final = 10_000_000
"""So many numbers past the last one given are not taken from a file: newborns will need them first."""
_TRIES: Final = 5
_TEST_IDS: Final = ["000000000000", "123456789012"]

_DUE = "SELECT import.* FROM persons_import AS import WHERE state IN ('received', 'staged', 'confirmed') ORDER BY id"
_LOCK = "SELECT import.* FROM persons_import AS import WHERE id = %s FOR UPDATE SKIP LOCKED"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('persons.importing'))"
_STAGING = Statement.load("lienthong.persons", "import_staging.sql")
_EMPTY = "TRUNCATE persons_import_staging"
_COPY = "COPY persons_import_staging FROM STDIN"
_KEEP_ROWS = Statement.load("lienthong.persons", "import_rows.sql")
_DUPLICATES = Statement.load("lienthong.persons", "import_repeats.sql")
_LINK = Statement.load("lienthong.persons", "import_link.sql")
_REPEATS_HERE = """
    SELECT EXISTS (SELECT 1 FROM persons_importrow
                   WHERE source_id = %(import)s AND line > %(after)s AND line <= %(upto)s AND repeats_line > %(after)s)
"""
_MAKE = Statement.load("lienthong.persons", "import_make.sql")
_ENTRIES = Statement.load("lienthong.persons", "import_entries.sql")
_HOMES = Statement.load("lienthong.persons", "import_homes.sql")
_MEMBERS = Statement.load("lienthong.persons", "import_members.sql")
_LATE = Statement.load("lienthong.persons", "import_late.sql")
_COUNTS = Statement.load("lienthong.persons", "import_counts.sql")
_STAGED = "UPDATE persons_import SET state = 'staged', columns = %s, last_line = %s, counts = %s::jsonb WHERE id = %s"
_UNREADABLE = """
    UPDATE persons_import SET state = 'refused', ended_at = %s, trouble_code = %s, trouble_vi = %s WHERE id = %s
"""
_READ = "UPDATE persons_import SET read_line = %s WHERE id = %s"
_PREVIEWED = (
    "UPDATE persons_import SET state = 'previewed', counts = counts || %s::jsonb WHERE id = %s"
)
_APPLIED = "UPDATE persons_import SET applied_line = %s WHERE id = %s"
_DONE = "UPDATE persons_import SET state = 'done', ended_at = %s, counts = counts || %s::jsonb WHERE id = %s"
_RANGE = """
    SELECT seqstart, coalesce(pg_sequence_last_value('persons_number_serial'::regclass), seqstart) + %s
    FROM pg_sequence WHERE seqrelid = 'persons_number_serial'::regclass
"""
_OLD = """
    SELECT id FROM persons_import
    WHERE swept_at IS NULL AND ended_at < %s AND state IN ('done', 'dropped', 'refused') ORDER BY id LIMIT 1
    FOR UPDATE SKIP LOCKED
"""


def follow(*, by: Actor, at: datetime) -> int:
    """Bring the files that wait on: read, compare or write a few stretches of each; how many stretches. Safe to race."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        due = rows_as(Import, cursor)
    return sum(advance(found.id, by=by, at=at, stretches=STRETCHES) for found in due)


def advance(import_id: int, *, by: Actor, at: datetime, stretches: int = 10**9) -> int:
    """Bring one file on until it waits for an officer or is done, at most so many stretches; how many there were."""
    routes.ensure(vietnam_date(at))
    done = 0
    while done < stretches and _stretch(import_id, by=by, at=at):
        done += 1
    return done


def sweep(*, by: Actor, at: datetime) -> int:
    """Take away the working copies of files that were done with a month ago; how many files."""
    count = 0
    while _swept(by, at):
        count += 1
    return count


def _swept(by: Actor, at: datetime) -> bool:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_OLD, [at - KEPT])
        row = cursor.fetchone()
        if row is None:
            return False
        cursor.execute("DELETE FROM persons_importrow WHERE source_id = %s", row)
        cursor.execute("UPDATE persons_import SET swept_at = %s WHERE id = %s", [at, row[0]])
        return True


def _stretch(import_id: int, *, by: Actor, at: datetime) -> bool:
    """One transaction's worth of work; False when there is none, or somebody else is at it."""
    for attempt in range(_TRIES):
        try:
            with acting(by, at=at), connection.cursor() as cursor:
                cursor.execute(_LOCK, [import_id])
                found = rows_as(Import, cursor)
                if not found or not found[0].is_moving:
                    return False
                _STEPS[found[0].state](found[0], by, at)
                return True
        except Refused as unreadable:
            _refuse(import_id, unreadable, by=by, at=at)
            return True
        except IntegrityError:
            # Somebody made the same person, or moved him, in this moment: asked again, the register says so.
            if attempt == _TRIES - 1:
                raise
    return False


def _refuse(import_id: int, why: Refused, *, by: Actor, at: datetime) -> None:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_UNREADABLE, [at, why.code, why.message_vi, import_id])
        detail = {"code": why.code}
        trail.record(
            by, "import.refused", at=at, subject_kind="import", subject_id=import_id, detail=detail
        )


# ---------------------------------------------------------------- reading


def file_of(found: Import) -> RegisterFile:
    """The kept file, to be read again."""
    return RegisterFile(found.kind, found.name, found.encoding, lambda: imports.bytes_of(found.id))


def reader_of(found: Import, at: datetime) -> Reader:
    """How its rows are read on that day."""
    return Reader(NEEDED[found.kind], found.kind == HOUSEHOLD, vietnam_date(at))


def _read(found: Import, by: Actor, at: datetime) -> None:
    del by
    table = registerfile.read(file_of(found), reader_of(found, at))
    last = 0
    _STAGING.run()
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)
        # The file's next piece is read between two copies: the connection does one thing at a time.
        while some := list(islice(table.rows, COPIED)):
            with cursor.copy(_COPY) as copy:
                for row in some:
                    copy.write_row(_staged(row))
            last = some[-1].line
        if not last:
            raise Refused(
                f"Tệp {found.name} chỉ có dòng tiêu đề.", code="E-FILE-EMPTY", field="file"
            )
        _KEEP_ROWS.run({"import": found.id})
        _DUPLICATES.run({"import": found.id, "is_household": found.kind == HOUSEHOLD})
        counts = json.dumps({"unused": list(table.unused)})
        cursor.execute(_STAGED, [list(table.columns), last, counts, found.id])


def _staged(row: ReadRow) -> tuple[object, ...]:
    cells = (row.cells.get(column, "") for column in COLUMNS)
    return (row.line, *cells, row.born_on, row.fold_key, row.faults, row.remarks)


def _compare(found: Import, by: Actor, at: datetime) -> None:
    upto = min(found.read_line + LOOK, found.last_line)
    wanted = _asked(found, at, after=found.read_line, upto=upto)
    with looking_up_by_index():
        _LINK.run({**wanted, "is_preview": True, "only_repeats": False})
        doubles.weigh(wanted, by=by)
    with connection.cursor() as cursor:
        cursor.execute(_READ, [upto, found.id])
        if upto == found.last_line:
            cursor.execute(_PREVIEWED, [json.dumps(_counted(found)), found.id])


# ---------------------------------------------------------------- writing


def _write(found: Import, by: Actor, at: datetime) -> None:
    upto = min(found.applied_line + BATCH, found.last_line)
    wanted = _asked(found, at, after=found.applied_line, upto=upto)
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        cursor.execute(_REPEATS_HERE, wanted)
        has_repeats = bool(cursor.fetchone()[0])
    with looking_up_by_index():
        # Whoever stands twice in this stretch is asked again, once the first of his rows has made him.
        for only_repeats in (False, True) if has_repeats else (False,):
            _LINK.run({**wanted, "is_preview": False, "only_repeats": only_repeats})
            doubles.weigh(wanted, by=by)
            _MAKE.run({**wanted, "only_repeats": only_repeats})
        _ENTRIES.run(wanted)
        if found.kind == HOUSEHOLD:
            _HOMES.run(wanted)
            _MEMBERS.run(wanted)
        doubles.ask(wanted, by=by, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED, [upto, found.id])
        if upto == found.last_line:
            _LATE.run({"import": found.id, "source": found.kind})
            counts = _counted(found)
            cursor.execute(_DONE, [at, json.dumps(counts), found.id])
            numbers = {key: value for key, value in counts.items() if isinstance(value, int)}
            trail.record(
                by, "import.done", at=at, subject_kind="import", subject_id=found.id, detail=numbers
            )


def _asked(found: Import, at: datetime, *, after: int, upto: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_RANGE, [AHEAD])
        first, last = cursor.fetchone()
    return {
        "import": found.id,
        "source": found.kind,
        "after": after,
        "upto": upto,
        "on": vietnam_date(at),
        "at": at,
        "by": found.confirmed_by or found.sent_by,
        "columns": list(found.columns),
        "areas": list(found.areas),
        "is_everywhere": found.is_everywhere,
        "range_start": first,
        "range_end": last,
        "test_ids": _TEST_IDS,
    }


def _counted(found: Import) -> Mapping[str, Any]:
    """Rows by outcome and by person, faults and remarks by code, changes by column, and what the file leaves out."""
    return imports.as_document(_COUNTS.value({"import": found.id, "source": found.kind}))


_STEPS: Final = {"received": _read, "staged": _compare, "confirmed": _write}

"""Register files for tests: rows in the columns of an import, and the way of a file run to its preview or its end."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.persons import importing, imports
from lienthong.persons.imports import Import, Sent
from lienthong.persons.registerfile import COLUMNS
from tests.births import AT, BA_DINH
from tests.officers import SYSTEM

HOME = "HO-0100001"
HEADING = (",".join(COLUMNS) + "\r\n").encode()


def row(ref: str, name: str = "Trần Văn Một", **cells: str) -> dict[str, str]:
    """A row of a register, of an adult in Ba Đình unless told otherwise."""
    return {
        "source_ref": ref,
        "full_name": name,
        "birth_date": "1984-05-06",
        "sex": "male",
        "province_code": "01",
        "commune_code": BA_DINH,
        **cells,
    }


def member(
    ref: str, name: str, relation: str, household: str = HOME, **cells: str
) -> dict[str, str]:
    """A row of a household."""
    return row(ref, name, household_code=household, relation=relation, **cells)


def as_csv(rows: Iterable[Mapping[str, str]], *, columns: Iterable[str] = COLUMNS) -> bytes:
    """The rows as a CSV file in UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(columns), restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def sent(
    body: bytes,
    kind: str = "collection",
    *,
    name: str = "tep.csv",
    encoding: str = "utf-8",
    by: Actor = SYSTEM,
    at: datetime = AT,
) -> int:
    """A file that was sent and waits to be read."""
    return imports.receive(Sent(kind, name, encoding), lambda: iter([body]), by=by, at=at)


def looked_at(
    rows: Iterable[Mapping[str, str]],
    kind: str = "collection",
    *,
    by: Actor = SYSTEM,
    at: datetime = AT,
) -> Import:
    """A file of these rows, compared and waiting for an officer."""
    return compared(sent(as_csv(rows), kind, by=by, at=at), at=at)


def compared(import_id: int, *, at: datetime = AT) -> Import:
    """The import, read and compared."""
    importing.advance(import_id, by=SYSTEM, at=at)
    return imports.one(import_id, by=SYSTEM)


def applied(
    rows: Iterable[Mapping[str, str]],
    kind: str = "collection",
    *,
    by: Actor = SYSTEM,
    at: datetime = AT,
) -> Import:
    """A file of these rows, written."""
    found = looked_at(rows, kind, by=by, at=at)
    assert found.state == "previewed", found
    imports.confirm(found.id, by=by, at=at)
    importing.advance(found.id, by=SYSTEM, at=at)
    return imports.one(found.id, by=SYSTEM)


def told(import_id: int) -> dict[int, tuple[str, ...]]:
    """The faults and remarks of each line that has some."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line, faults || remarks FROM persons_importrow WHERE source_id = %s"
            " AND faults || remarks <> '{}' ORDER BY line",
            [import_id],
        )
        return {line: tuple(said) for line, said in cursor.fetchall()}


def standing(statement: str, *arguments: object) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall()


def register() -> list[tuple[object, ...]]:
    """What an import may write, without instants and the import's own key."""
    return [
        *standing(
            "SELECT source, source_ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name,"
            " commune_code, household_code, relation, person_id, area FROM persons_entry ORDER BY 1, 2"
        ),
        *standing(
            "SELECT id, full_name, born_on, sex, personal_id FROM persons_person ORDER BY id"
        ),
        *standing("SELECT number, person_id, status, origin FROM persons_number ORDER BY number"),
        *standing(
            "SELECT id, code, commune_code, area, address FROM persons_household ORDER BY id"
        ),
        *standing(
            "SELECT household_id, person_id, relation, during, is_void FROM persons_member ORDER BY id"
        ),
        *standing("SELECT low_id, high_id, origin, reason, state FROM persons_pair ORDER BY id"),
    ]

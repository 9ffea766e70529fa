"""Linkages of whole registers for tests: a synthetic country in the two databases, officers, and the worker's hand."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.names import fold_key, tone_key
from lienthong.persons import linkageapplying, linkages
from lienthong.persons.linkageresults import folder_of
from lienthong.persons.linkagerunning import Machine, Runner
from lienthong.persons.linkages import Order
from tests import linkage
from tests.births import AT
from tests.declared import officer
from tests.officers import SYSTEM

LATER = AT + timedelta(hours=1)
SMALL = Machine("1GB", 1)
BOTH = Order("household", "collection")
COLUMNS = (
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
TIED_MARKS = """
    SELECT one.source_ref, other.source_ref FROM persons_entry AS other
    JOIN persons_entry AS one ON one.person_id = other.person_id AND one.source = 'household'
    WHERE other.source = 'collection'
"""
"""(mark of the household row, mark of the collection row) of each collection row that has a person."""
_LONGEST = 240.0
_PERSON = """
    INSERT INTO persons_person (
        id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id_status, birth_notice_code, mother_name,
        mother_born, mother_personal_id, mother_insurance_number, father_name, father_born, father_personal_id,
        guardian_name, residence_commune_code, residence_text, entitled, made_at)
    VALUES (%s, %s, %s, %s, %s, %s, 'VN', '', '', '', '', '', '', '', '', '', '', '', '', 'empty', %s)
"""
_ENTRY = """
    INSERT INTO persons_entry (
        source, source_ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name, province_code,
        commune_code, household_code, relation, person_id, area, received_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s, %s)
"""


def centre(name: str = "trung-uong") -> Actor:
    """An officer of the centre; two names of different length are two human beings."""
    return officer(name, "centre", "")


def province(name: str = "tinh-01-a", code: str = "01") -> Actor:
    """A director of a province."""
    return officer(name, "province", code)


def databases(folder: Path, persons: int, *, are_known: bool = True, area: int = -1) -> None:
    """A synthetic country: its left register in the household database, each row with its person, its right one in the
    collection database with nobody. The truth stands in the folder."""
    linkage.country(folder, persons)
    left, right = linkage.read(folder / "left.csv"), linkage.read(folder / "right.csv")
    known = _persons(left) if are_known else {}
    _entries("household", left, known, area)
    _entries("collection", right, {}, area)


def truth(folder: Path) -> set[tuple[str, str]]:
    """(mark of the household row, mark of the collection row) of each person who is in both."""
    return linkage.truth(folder)


def ordered(by: Actor, asked: Order = BOTH, at: datetime = AT) -> int:
    """A linkage that waits."""
    return linkages.order(asked, by=by, at=at)


def state(linkage_id: int) -> str:
    """How far it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM persons_linkage WHERE id = %s", [linkage_id])
        return str(cursor.fetchone()[0])


def tended(runner: Runner, linkage_id: int, at: datetime = AT) -> str:
    """Look after linkages until this one no longer waits or runs; its state."""
    end = time.monotonic() + _LONGEST
    while state(linkage_id) in {"waiting", "running"}:
        assert time.monotonic() < end, "the linkage does not come to its end"
        runner.tend(by=SYSTEM, at=at)
        time.sleep(0.05)
    return state(linkage_id)


def done(root: Path, by: Actor, asked: Order = BOTH) -> int:
    """A linkage whose results wait for another officer."""
    linkage_id = ordered(by, asked)
    assert tended(Runner(root, SMALL), linkage_id) == "done"
    return linkage_id


def written(root: Path, linkage_id: int) -> str:
    """Let the worker write, or take back, all there is; the state."""
    for _ in range(1_000):
        if state(linkage_id) not in {"confirmed", "undo_asked"}:
            break
        linkageapplying.write(root, by=SYSTEM, at=LATER)
    return state(linkage_id)


def results(root: Path, linkage_id: int) -> Path:
    """The folder of a linkage."""
    return folder_of(root, linkage_id)


def _persons(rows: Sequence[dict[str, str]]) -> dict[str, int]:
    """A person for each row, its facts as the row states them; the id by the mark of the row."""
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('persons_person', 'id')) FROM generate_series(1, %s)",
            [len(rows)],
        )
        ids = [int(row[0]) for row in cursor.fetchall()]
        made = [
            (
                key,
                row["full_name"] or "KHÔNG RÕ",
                tone_key(row["full_name"] or "KHÔNG RÕ"),
                fold_key(row["full_name"] or "KHÔNG RÕ"),
                row["birth_date"] or "1990-01-01",
                row["sex"] or "undetermined",
                AT,
            )
            for key, row in zip(ids, rows, strict=True)
        ]
        cursor.executemany(_PERSON, made)
    return {row["id"]: key for key, row in zip(ids, rows, strict=True)}


def _entries(source: str, rows: Sequence[dict[str, str]], known: dict[str, int], area: int) -> None:
    made = [
        (source, row["id"], *(row[name] for name in COLUMNS), known.get(row["id"]), area, AT)
        for row in rows
    ]
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.executemany(_ENTRY, made)

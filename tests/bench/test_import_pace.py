"""A register is read, compared and written at a bounded multiple of a plain copy, in memory that does not grow with it."""

import resource
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from lienthong.persons import importing, imports
from lienthong.persons.imports import Sent
from lienthong.persons.registerfile import COLUMNS
from tests import births
from tests.births import AT
from tests.officers import SYSTEM
from tests.registers import HEADING

pytestmark = pytest.mark.timeout(600)
ROWS = 20_000
_MOST_TIMES = 200
_MOST_MIB = 150
_NAMES = [
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Khang",
    "Lan",
    "Mai",
    "Nam",
    "Phúc",
    "Quân",
    "Sơn",
    "Thảo",
    "Uyên",
    "Vy",
    "Xuân",
    "Yến",
    "Đức",
    "Ân",
]


def _lines() -> Iterator[bytes]:
    yield HEADING
    for first in range(0, ROWS, 1_000):
        yield "".join(_line(at) for at in range(first, first + 1_000)).encode()


def _line(at: int) -> str:
    relation = ("00", "01", "08", "08")[at % 4]
    born = f"{at % 28 + 1:02}/{at % 12 + 1:02}/{1950 + at % 49}"
    return (
        f"R{at},Trần {_NAMES[at % 20]} {_NAMES[at // 20 % 20]} {_NAMES[at // 400 % 20]},{born},male,0010{1950 + at % 49 - 1900:02}{at:06},01{at:08},"
        f"Lê Thị Hai,01,00004,HO-{at // 4:06},{relation},Số {at // 4}\r\n"
    )


def test_a_register_costs_a_bounded_multiple_of_copying_it(committed_db: object) -> None:
    births.small_country()
    with connection.cursor() as cursor:
        cells = ", ".join(f"{column} text" for column in COLUMNS)
        cursor.execute(f"CREATE TEMPORARY TABLE plain ({cells}, PRIMARY KEY (source_ref))")
        began = time.perf_counter()
        with cursor.copy("COPY plain FROM STDIN (FORMAT csv, HEADER)") as copy:
            for piece in _lines():
                copy.write(piece)
        plain = time.perf_counter() - began
    before, began = _peak(), time.perf_counter()
    key = imports.receive(Sent("household", "ho.csv"), _lines, by=SYSTEM, at=AT)
    importing.advance(key, by=SYSTEM, at=AT)
    imports.confirm(key, by=SYSTEM, at=AT)
    importing.advance(key, by=SYSTEM, at=AT)
    times = (time.perf_counter() - began) / plain
    found = imports.one(key, by=SYSTEM)
    assert (found.state, found.counts["new"]) == ("done", ROWS)

    assert times < _MOST_TIMES, f"{times:.0f} times a plain copy"
    assert _peak() - before < _MOST_MIB


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

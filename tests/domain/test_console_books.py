"""`lienthong births statements`, `report doi-soat` and `verify` as people run them."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lienthong.database import server
from tests import books
from tests.births import BA_DINH, body, message
from tests.console import Console
from tests.folders import public_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
YESTERDAY = date(2026, 11, 23)
LATER = "2026-11-24T09:08:00+07:00"
"""Every command's clock starts at its own instant: what comes after starts later."""


@pytest.fixture(scope="module")
def run() -> Iterator[Console]:
    folder = public_folder()
    with server.running("", folder):
        console = Console(folder)
        console.json("demo", "--once", "--births", 20)
        yield console
    shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_statements_of_a_file_are_reconciled_reported_and_verified(
    run: Console, tmp_path: Path
) -> None:
    here, missing = message(901), message(902)
    births = tmp_path / "births.ndjson"
    births.write_bytes(body(here) + b"\n")
    run.json("births", "import", births)
    stated = books.statement([books.line(here), books.line(missing)], day=YESTERDAY, version=9)
    file = tmp_path / "statements.ndjson"
    file.write_bytes(stated + b"\n{\n\n" + stated + b"\n")
    told = run.json("births", "statements", file)
    assert told | {"days": 0} == {
        "lines": 3,
        "taken": 1,
        "superseded": 0,
        "duplicate": 1,
        "refused": [
            {
                "line": 2,
                "code": "E-PARSE",
                "field": None,
                "message_vi": "Bảng kê không phải JSON hợp lệ. Đề nghị kiểm tra và gửi lại.",
            }
        ],
        "days": 0,
    }
    assert told["days"] > 0
    again = run.json("births", "statements", file, LIENTHONG_NOW=LATER)
    assert (again["taken"], again["duplicate"], again["days"]) == (0, 3, 0)
    period = ("--from", YESTERDAY, "--to", YESTERDAY)
    for name in ("books.json", "books.csv", "books.xlsx"):
        out = tmp_path / name
        document = run.json("report", "doi-soat", *period, "--out", out, LIENTHONG_NOW=LATER)
        assert document["rows"] > 0
        assert out.stat().st_size > 100
    rows = json.loads((tmp_path / "books.json").read_text(encoding="utf-8"))
    (row,) = [it for it in rows if it["commune_code"] == BA_DINH]
    assert (row["day"], row["is_stated"], row["listed"]) == ("2026-11-23", "Có", 2)
    assert (row["missing"], row["child"], row["number"]) == (1, row["number"], row["child"])
    assert run.json("verify", LIENTHONG_NOW=LATER) == {"breaches": []}

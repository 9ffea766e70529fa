"""Lists and registers as files, in and out: a dry run writes nothing, twice is once, what goes out comes back."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from lienthong.catalogues import facility_file, unit_file
from lienthong.database import server
from tests.births import BA_DINH, UNDECLARED
from tests.console import Console
from tests.folders import public_folder
from tests.registers import as_csv, member, row

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
UNIT = ("TEX01", "Đơn vị cấp thẻ thử", "0101", "01", "", UNDECLARED, "2025-07-01", "")
FACILITY = ("01Z99", "Trạm y tế thử", "01", BA_DINH, "4", "1", "2025-07-01", "")
PURPOSE = "đối chiếu dữ liệu"


@pytest.fixture(scope="module")
def run() -> Iterator[Console]:
    folder = public_folder()
    with server.running("", folder):
        console = Console(folder)
        console.json("setup")
        yield console
    shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_household_file_is_looked_at_written_and_written_once(
    run: Console, tmp_path: Path
) -> None:
    file, faults = tmp_path / "ho.csv", tmp_path / "loi.xlsx"
    file.write_bytes(
        as_csv(
            [
                member("H1", "Trần Văn Một", "00", insurance_number="0184000001"),
                member("H2", "Lê Thị Hai", "01", sex="1"),
            ]
        )
    )
    told = ("register", "import", file, "--kind", "household")
    looked = run.json(*told, "--dry-run", "--faults", faults)
    assert (looked["applied"], looked["counts"]["new"], looked["counts"]["fault"]) == (False, 1, 1)
    assert faults.read_bytes().startswith(b"PK")
    first, again = run.json(*told), run.json(*told)
    assert (first["applied"], first["counts"]["new"]) == (True, 1)
    assert (again["counts"]["new"], again["counts"]["changed"], again["counts"]["unchanged"]) == (
        0, 0, 1,
    )  # fmt: skip
    out = tmp_path / "ra.csv"
    assert run.json("register", "export", out, "--kind", "household", "--purpose", PURPOSE) == {
        "kind": "household", "rows": 1, "file": "ra.csv",
    }  # fmt: skip
    back = run.json("register", "import", out, "--kind", "household", "--dry-run")
    assert (back["counts"]["new"], back["counts"]["changed"]) == (0, 0)


def test_what_cannot_be_read_or_has_no_purpose_is_refused(run: Console, tmp_path: Path) -> None:
    bad = tmp_path / "hong.csv"
    bad.write_bytes(b"mot,hai\r\n1,2\r\n")
    assert "E-COLUMNS" in run.refused("register", "import", bad, "--kind", "collection")
    bad.write_bytes(as_csv([row("C1")]).replace("Trần".encode(), "Tr\xe7n".encode("latin-1")))
    assert "E-FILE-ENCODING" in run.refused("register", "import", bad, "--kind", "collection")
    out = tmp_path / "ra.xlsx"
    assert "PURPOSE" in run.refused(
        "register", "export", out, "--kind", "collection", "--purpose", "x"
    )
    assert not out.exists()


def _csv(path: Path, columns: Any, row: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(columns), row])
    return path


def _xlsx(path: Path, columns: Any, row: Any) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(columns))
        sheet.write_row(1, 0, row)
    return path


@pytest.mark.parametrize(
    ("what", "columns", "row"),
    [("units", unit_file.COLUMNS, UNIT), ("facilities", facility_file.COLUMNS, FACILITY)],
)
def test_a_list_is_shown_applied_and_then_the_same(
    run: Console, tmp_path: Path, what: str, columns: Any, row: tuple[str, ...]
) -> None:
    file = _csv(tmp_path / "list.csv", columns, row)
    dry = run.json(what, "import", file, "--dry-run")
    assert dry["counts"]["added"] > 0
    assert not dry["applied"]
    applied = run.json(what, "import", file)
    assert applied["counts"] == dry["counts"]
    assert applied["applied"]
    again = run.json(what, "import", _xlsx(tmp_path / "list.xlsx", columns, row))
    assert (again["counts"]["added"], again["counts"]["changed"]) == (0, 0)
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n1,2\n", encoding="utf-8")
    assert run.refused(what, "import", broken)

"""`lienthong divisions merge`: the dry run lists every open dossier, applying does just that, and twice is once."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lienthong.database import server
from lienthong.simulation import places
from tests.births import BA_DINH, body, living_in, message
from tests.console import Console
from tests.folders import public_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
TODAY = date(2026, 11, 24)
TOMORROW = "2026-11-25T08:00:00+07:00"


@pytest.fixture(scope="module")
def run() -> Iterator[Console]:
    folder = public_folder()
    with server.running("", folder):
        console = Console(folder)
        console.json("demo", "--once", "--births", 20)
        yield console
    shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _forgotten() -> str:
    return min(
        it for it in places.gaps(places.communes(TODAY)).undeclared
        if it in {c.code for c in places.communes(TODAY) if c.province_code == "01"}
    )  # fmt: skip


def _act(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(("old_code,new_code,kind,note", *rows)) + "\n", encoding="utf-8")
    return path


def test_an_act_is_foretold_applied_once_and_told_in_the_trace(
    run: Console, tmp_path: Path
) -> None:
    waits = message(901, nksNoiCuTru=living_in(_forgotten()), message_id="GOP-1")
    file = tmp_path / "births.ndjson"
    file.write_bytes(body(waits) + b"\n")
    run.json("births", "import", file)
    act = _act(tmp_path / "nghi-quyet.csv", f"{_forgotten()},{BA_DINH},whole,Nhập toàn bộ")
    merge = ("divisions", "merge", act, "--effective", "2026-11-25", "--number", "01/NQ")

    foretold = run.json(*merge, "--dry-run")
    assert list(foretold)[3:5] == ["conflicts", "undeclared"]
    assert foretold["open_count"] == len(foretold["dossiers"]) == sum(foretold["totals"].values())
    (mine,) = [it for it in foretold["dossiers"] if it["message_id"] == "GOP-1"]
    assert (mine["state"], mine["rule"], mine["qualifier"]) == ("CREATE_FAILED", "000-5", "Q1")
    assert (mine["from_unit"], mine["to_unit"]) == (None, "TE01001")
    assert (mine["from_commune"], mine["to_commune"]) == (_forgotten(), BA_DINH)
    assert {it["rule"] for it in foretold["dossiers"]} >= {"000-0", "000-5"}
    assert run.json("births", "trace", "GOP-1")["dossier"]["state"] == "CREATE_FAILED"

    early = run.json(*merge)
    assert (early["state"], early["moved_count"]) == ("entered", 0)
    assert run.json("births", "trace", "GOP-1")["dossier"]["state"] == "CREATE_FAILED"
    done = run.json(*merge, LIENTHONG_NOW=TOMORROW)
    assert (done["act"], done["state"], done["moved_count"]) == (early["act"], "applied", 1)
    assert run.json(*merge, LIENTHONG_NOW=TOMORROW) == done

    told = run.json("births", "trace", "GOP-1", LIENTHONG_NOW=TOMORROW)
    assert told["dossier"]["state"] == "APPROVAL_REQUESTED"
    assert (told["unit"]["code"], told["unit"]["rule"]) == ("TE01001", "000-5")
    assert [it["act"] for it in told["reroutes"]] == ["01/NQ"]
    resolved = run.json(
        "divisions", "resolve", _forgotten(), "--from", "2026-11-20", "--on", "2026-11-25"
    )
    assert [it["code"] for it in resolved["communes"]] == [BA_DINH]
    assert run.json("verify", LIENTHONG_NOW=TOMORROW) == {"breaches": []}


def test_an_act_that_contradicts_the_lists_is_refused_row_by_row(
    run: Console, tmp_path: Path
) -> None:
    act = _act(
        tmp_path / "sai.csv", f"99991,{BA_DINH},whole,", "00008,00025,whole,", "00008,00070,part,"
    )
    for options in (("--dry-run",), ()):
        said = run("divisions", "merge", act, "--effective", "2026-11-30", *options, "--json")
        assert said.code == 1
        assert "99991" in said.told
    document = json.loads(
        run("divisions", "merge", act, "--effective", "2026-11-30", "--dry-run", "--json").out
    )
    assert [(it["line"], it["code"]) for it in document["conflicts"]] == [
        (2, "E-DIVISION"), (3, "E-CROSSWALK"), (4, "E-CROSSWALK"),
    ]  # fmt: skip
    assert run.json("divisions", "resolve", "00008", "--from", "2026-11-20", "--on", "2026-12-01")[
        "path"
    ] == ["00008"]


def test_a_file_without_its_columns_is_refused_by_name(run: Console, tmp_path: Path) -> None:
    bad = tmp_path / "thieu.csv"
    bad.write_text("old_code,new_code\n00004,00008\n", encoding="utf-8")
    assert "kind" in run.refused("divisions", "merge", bad, "--effective", "2026-12-01")

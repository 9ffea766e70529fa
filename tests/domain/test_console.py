"""Every command of the console script on one installation: JSON alone on standard output, honest exit codes."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pypdfium2
import pytest
import zxingcpp

from lienthong.cli import root
from lienthong.database import server
from lienthong.database.address import Address
from tests.births import body, message
from tests.console import Console
from tests.folders import public_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
RUN_HERE = {
    "law validity",
    "law due",
    "divisions resolve",
    "births import",
    "births trace",
    "births release",
    "births proof",
    "births verify-proof",
    "cards list",
    "cards approve",
    "cards print",
    "cards verify",
    "lookup",
    "report",
    "setup",
    "work",
    "verify",
    "demo",
}
RUN_ELSEWHERE = {
    "database": "test_keeping",
    "backup": "test_backup",
    "restore": "test_backup",
    "keys new": "test_backup",
    "keys split": "test_backup",
    "keys join": "test_backup",
    "births statements": "test_console_books",
    "units import": "test_console_registers",
    "facilities import": "test_console_registers",
    "accounts agency": "test_console_accounts",
    "accounts agent": "test_console_accounts",
    "accounts officer": "test_console_accounts",
    "accounts ministry": "test_console_accounts",
    "births sent-body": "test_console_proof",
    "divisions merge": "test_console_mergers",
    "link": "test_linkage_console",
    "partners check": "test_partners",
    "register import": "test_console_registers",
    "register export": "test_console_registers",
    "serve": "tests/web/test_births_server.py",
    "bench": "tests/bench",
    "simulate country": "test_country_writing",
}


@pytest.fixture(scope="module")
def owner() -> Iterator[tuple[Path, Address]]:
    """A data folder and its server, which stays up between the commands."""
    folder = public_folder()
    with server.running("", folder) as address:
        yield folder, address
    shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def bare(owner: tuple[Path, Address]) -> Console:
    """Commands on that folder, whatever it holds."""
    return Console(owner[0])


@pytest.fixture(scope="module")
def setups(bare: Console) -> tuple[dict[str, int], dict[str, int]]:
    """What the first and the second setup said."""
    return bare.json("setup"), bare.json("setup")


@pytest.fixture(scope="module")
def first_demo(bare: Console, setups: object) -> dict[str, Any]:
    """What the first demo said, on an installation that was set up."""
    assert setups
    told: dict[str, Any] = bare.json("demo", "--once", "--births", 60)
    return told


@pytest.fixture(scope="module")
def run(bare: Console, first_demo: dict[str, Any]) -> Console:
    """Commands on an installation with sixty children."""
    assert first_demo["births"] == 60
    return bare


def _commands(group: click.Group, before: str = "") -> set[str]:
    found = set()
    for name, command in group.commands.items():
        path = f"{before} {name}".strip()
        found |= _commands(command, path) if isinstance(command, click.Group) else {path}
    return found


def test_every_command_is_run_by_a_test() -> None:
    assert _commands(root) == RUN_HERE | set(RUN_ELSEWHERE)


def _waiting_unit(run: Console) -> str:
    """A unit of the demo's home province with a card to approve."""
    lines = run.json("cards", "list", "--status", "requested")
    return next(str(line["unit_code"]) for line in lines if line["unit_code"].startswith("TE01"))


def test_law_is_asked_without_a_database(tmp_path: Path) -> None:
    nowhere = Console(tmp_path / "none")
    told = nowhere.json("law", "validity", "--born", "2026-11-12")
    assert (told["valid_from"], told["valid_to"]) == ("2026-11-12", "2032-11-30")
    assert "188/2025" in told["source"]
    told = nowhere.json(
        *("law", "due", "--received", "2026-11-20T09:15:00+07:00", "--allowance", 2)
    )
    assert told["due_on"] == "2026-11-25"
    said = nowhere("law", "validity", "--born", "2026-11-12")
    assert said.out.startswith("Từ 12/11/2026 đến hết 30/11/2032")
    assert not (tmp_path / "none").exists()


def test_wrong_usage_ends_with_2_and_refusals_with_1(tmp_path: Path) -> None:
    nowhere = Console(tmp_path / "none")
    for wrong in (
        ("law", "validity", "--born", "12/11/2026"),
        ("law", "validity"),
        ("law", "due", "--received", "2026-11-20", "--allowance", -1),
        ("births", "import", tmp_path / "no such file"),
        ("no-such-command",),
    ):
        said = nowhere(*wrong)
        assert (said.code, said.out) == (2, ""), wrong
        assert said.told
    assert "E-DATE-FORMAT" in nowhere.refused("law", "due", "--received", "mai", "--allowance", 2)


# ---------------------------------------------------------------- setup and demo


def test_setup_makes_ready_once_and_says_the_same_again(
    setups: tuple[dict[str, int], dict[str, int]],
) -> None:
    first, second = setups
    assert first == second
    assert (first["provinces"], first["units"]) == (34, 0)


def test_a_second_demo_keeps_the_data_and_is_quick(
    run: Console, first_demo: dict[str, Any]
) -> None:
    before = run.json("cards", "list")
    again = run.json("demo", "--once", "--births", 60)
    assert again["births"] == 60
    assert again["by_state"].keys() >= first_demo["by_state"].keys()
    assert again["cards"] >= first_demo["cards"]
    assert again["seconds"] < first_demo["seconds"] / 3
    after = {line["code"] for line in run.json("cards", "list")}
    assert {line["code"] for line in before} <= after


def test_a_demo_is_refused_in_production(tmp_path: Path) -> None:
    nowhere = Console(tmp_path / "none")
    said = nowhere("demo", "--once", "--json", LIENTHONG_PRODUCTION="1", LIENTHONG_NOW="")
    assert (said.code, said.out) == (1, "")
    assert "LIENTHONG_PRODUCTION" in said.told
    assert not (tmp_path / "none").exists()


def test_work_once_ends_when_nothing_is_left(run: Console) -> None:
    run.json("work", "--once")
    moved = run.json("work", "--once")
    assert moved
    assert not moved.get("check")


# ---------------------------------------------------------------- lists


@pytest.mark.parametrize(
    ("code", "status"), [("00001", "one"), ("00019", "many"), ("99999", "none")]
)
def test_a_commune_is_followed_to_another_day(run: Console, code: str, status: str) -> None:
    told = run.json("divisions", "resolve", code, "--from", "2024-01-01", "--on", "2026-11-20")
    assert told["status"] == status
    fits = {"one": len(told["communes"]) == 1, "many": len(told["communes"]) > 1}
    assert fits.get(status, told["communes"] == [])
    assert told["path"][0] == code


# ---------------------------------------------------------------- births


def _ndjson(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def test_a_file_of_births_is_taken_in_reported_and_traced(run: Console, tmp_path: Path) -> None:
    good, bad = body(message(1)), body(message(2, nksHoTen=""))
    file = _ndjson(tmp_path / "births.ndjson", good, good, bad, b"{")
    report = tmp_path / "report.ndjson"
    told = run.json("births", "import", file, "--report", report)
    assert told == {
        "lines": 4,
        "by_outcome": {"accepted": 1, "duplicate": 1, "quarantined": 2},
    }
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert [line["line"] for line in lines] == [1, 2, 3, 4]
    assert lines[2]["message_vi"]
    assert run.json("births", "import", file)["by_outcome"].get("accepted", 0) == 0
    trace = run.json("births", "trace", "LTKS-2026-0000001")
    assert (trace["outcome"], trace["registration"]["number"]) == ("accepted", "1")
    assert "NOT_FOUND" in run.refused("births", "trace", "KHONG-CO")


def test_a_proof_is_written_and_checked_on_a_machine_with_nothing(
    run: Console, tmp_path: Path
) -> None:
    run.json("births", "import", _ndjson(tmp_path / "births.ndjson", body(message(7))))
    pack, nowhere = tmp_path / "proof.zip", Console(tmp_path / "none")
    told = run.json("births", "proof", "LTKS-2026-0000007", "--out", pack)
    assert told["bytes"] == pack.stat().st_size
    assert nowhere.json("births", "verify-proof", pack)["broken"] == []
    pack.write_bytes(pack.read_bytes().replace(b"NGUY", b"NGUX", 1))
    broken = nowhere("births", "verify-proof", pack)
    assert (broken.code, "đã bị hỏng" in broken.out) == (1, True)
    assert "NOT_FOUND" in run.refused("births", "proof", "KHONG-CO", "--out", pack)


def test_two_officers_release_what_the_brake_holds(run: Console, tmp_path: Path) -> None:
    numbers = range(101, 123)
    births = [body(message(n)) for n in numbers]
    cancels = [body(message(n, message_id=f"HUY-{n}", kind="cancel", version=2)) for n in numbers]
    run.json("births", "import", _ndjson(tmp_path / "births.ndjson", *births))
    told = run.json("births", "import", _ndjson(tmp_path / "cancels.ndjson", *cancels))
    assert told["by_outcome"] == {"accepted": 20, "held": 2}
    held = ("HUY-121", "HUY-122")
    release = ("births", "release", *held, "--by")
    assert run.json(*release, "trung-uong") == {
        "asked": list(held),
        "released": [],
        "refused": [],
    }
    again = run(*release, "trung-uong", "--json")
    assert again.code == 1
    assert {no["code"] for no in again.document["refused"]} == {"FOUR_EYES"}
    assert "MESSAGE_RELEASE" in run.refused(*release, "so-the-01")
    assert run.json(*release, "tinh-01")["released"] == list(held)
    assert run.json("births", "trace", "HUY-122")["outcome"] == "accepted"
    assert run.json("births", "trace", "HUY-122")["dossier"]["state"] == "CANCELLED"


# ---------------------------------------------------------------- cards


def test_cards_are_listed_approved_printed_and_checked_elsewhere(
    run: Console, tmp_path: Path
) -> None:
    unit, out = _waiting_unit(run), tmp_path / "the.pdf"
    assert run("cards", "list", "--status", "lost").code == 2
    assert run.refused("cards", "approve", "--unit", unit, "--by", "thu-01")
    assert run.refused("cards", "approve", "--unit", "TE79018", "--by", "so-the-01")
    told = run.json("cards", "approve", "--unit", unit, "--by", "so-the-01")
    assert told["approved"] >= 1
    assert told["refused"] == []
    printed = run.json("cards", "print", "--unit", unit, "--out", out)
    assert printed["cards"] >= told["approved"]
    assert "NOTHING_TO_PRINT" in run.refused("cards", "print", "--unit", unit, "--out", out)
    qr_text = _scanned(out)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("card-keys.json", "revoked.bin"):
        shutil.copy(run.home / name, elsewhere)
    checked = Console(tmp_path / "none")
    files = ("--keys", elsewhere / "card-keys.json", "--revoked", elsewhere / "revoked.bin")
    valid = checked.json("cards", "verify", qr_text, *files)
    listed = {line["code"]: line for line in run.json("cards", "list", "--unit", unit)}
    card = listed[valid["card"]["code"]]
    assert (valid["status"], valid["card"]["full_name"]) == ("valid", card["full_name"])
    key = (card["code"], "--name", card["full_name"].lower(), "--born", card["birth_date"])
    assert run.json("lookup", *key)["maKetQua"] == "000"
    assert run.json("lookup", *key, "--on", "2040-01-01")["maKetQua"] == "010"
    assert "205" in run.refused("lookup", card["code"], "--name", "A", "--born", "31/02/2026")
    late = checked("cards", "verify", qr_text, *files, "--on", "2040-01-01", "--json")
    assert (late.code, late.document["status"]) == (1, "expired")
    other = "1" if qr_text[-10] == "0" else "0"
    forged = checked("cards", "verify", qr_text[:-10] + other + qr_text[-9:], *files, "--json")
    assert (forged.code, forged.document["status"]) == (1, "forged")
    assert "NO_KEYS" in checked.refused("cards", "verify", qr_text)
    assert not (tmp_path / "none").exists()


def _scanned(pdf: Path) -> str:
    """The text of the first QR on the first sheet after the summary."""
    page = pypdfium2.PdfDocument(pdf)[1]
    image = page.render(scale=300 / 72, grayscale=True).to_pil()
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return str(found[0].text)


# ---------------------------------------------------------------- verify


def test_what_left_the_procedure_is_reported_as_it_stood(run: Console, tmp_path: Path) -> None:
    days = ("report", "sai-quy-trinh", "--from", "2026-11-01", "--to", "2026-11-30")
    told = run.json(*days, "--out", tmp_path / "a.json")
    lines = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert told["rows"] == len(lines) > 0
    assert {"OP-01", "OP-02", "OP-03"} >= {line["rule"] for line in lines}
    assert all(line["state"] == "Chờ trả lời" and line["card_code"] for line in lines)
    assert run.json(*days, "--out", tmp_path / "a.csv")["rows"] == len(lines)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["Quy tắc"] for row in csv.DictReader(file)] == [line["rule"] for line in lines]
    run.json(*days, "--out", tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes()[:2] == b"PK"
    early = run.json(*days, "--as-of", "2026-11-02T00:00:00+07:00", "--out", tmp_path / "b.json")
    assert early["rows"] < told["rows"]

    assert "phu-luc-2" in run.refused("report", "phu-luc-2", *days[2:], "--out", tmp_path / "c.csv")
    assert ".xlsx" in run.refused(*days, "--out", tmp_path / "c.pdf")
    wrong = ("--as-of", "hôm qua", "--out", tmp_path / "c.csv")
    assert "hôm qua" in run.refused(*days, *wrong)
    assert not list(tmp_path.glob("c.*"))


def test_verify_is_silent_until_a_row_is_tampered_with(
    run: Console, owner: tuple[Path, Address]
) -> None:
    assert run.json("verify") == {"breaches": []}
    with psycopg.connect(owner[1].conninfo, autocommit=True) as connection:
        # As the owner could: no trigger, no row-level security.
        connection.execute(
            "ALTER TABLE cards_card DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY"
        )
        change = "UPDATE cards_card SET full_name = full_name || %s WHERE id = (SELECT min(id) FROM cards_card)"
        connection.execute(change, [" KHÁC"])
        try:
            said = run("verify", "--json")
            plain = run("verify")
        finally:
            back = "UPDATE cards_card SET full_name = replace(full_name, %s, '')"
            connection.execute(back, [" KHÁC"])
            connection.execute(
                "ALTER TABLE cards_card ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY"
            )
    assert said.code == plain.code == 1
    assert [breach["name"] for breach in said.document["breaches"]] == ["CARD_CONTENT"]
    assert plain.out.startswith("CARD_CONTENT ")
    assert run.json("verify") == {"breaches": []}

"""Officers and ministries' keys from the console: what is printed once, and what is refused."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lienthong.catalogues import unit_file

OFFICER = ("accounts", "officer", "can-bo-1", "--name", "Nguyễn Văn Thử", "--role", "card_desk")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def _run(home: Path, *arguments: str) -> tuple[int, Any, str]:
    """Exit code, the JSON document, and what stood on standard error."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("LIENTHONG_")}
    done = subprocess.run(
        [sys.executable, "-m", "lienthong.cli", *arguments],
        env=variables | {"LIENTHONG_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_an_officer_is_made_with_a_password_and_a_second_factor(home: Path) -> None:
    ask = (*OFFICER, "--personal-id", "003086000001", "--area", "01", "--json")
    code, first, _ = _run(home, *ask)
    assert code == 0
    assert len(first["password"]) >= 15
    assert first["second_factor"].startswith("otpauth://totp/Lienthong:can-bo-1?secret=")
    code, again, _ = _run(home, *ask)
    assert code == 0
    assert again["password"] != first["password"]


def test_a_wrong_personal_id_is_refused_with_the_field(home: Path) -> None:
    code, told, said = _run(home, *OFFICER, "--personal-id", "12", "--json")
    assert (code, told) == (1, None)
    assert "12 chữ số" in said
    assert "personal_id" in said


def test_a_key_is_accepted_once_and_never_changed_under_its_name(
    home: Path, tmp_path: Path
) -> None:
    raw, other, wrong = (tmp_path / name for name in ("raw", "other", "wrong"))
    raw.write_bytes(bytes(range(32)))
    other.write_bytes(base64.b64encode(bytes(range(1, 33))))
    wrong.write_bytes(b"khong phai khoa")
    ask = ("accounts", "ministry", "bo-tu-phap", "--key-id", "btp-1", "--json", "--key")
    assert _run(home, *ask, str(raw))[:2] == (
        0,
        {"name": "bo-tu-phap", "source": "BTP", "key_id": "btp-1"},
    )
    assert _run(home, *ask, str(raw))[0] == 0
    code, _, said = _run(home, *ask, str(other))
    assert code == 1
    assert "btp-1" in said
    code, _, said = _run(home, *ask, str(wrong))
    assert (code, "Ed25519" in said) == (1, True)


def test_a_missing_option_is_wrong_usage(home: Path) -> None:
    assert _run(home, "accounts", "officer", "can-bo-2")[0] == 2


def test_an_agency_and_its_agent_are_made_for_a_unit(home: Path, tmp_path: Path) -> None:
    unit = ("TE01999", "Đơn vị cấp thẻ thử", "0199", "01", "", "00004", "2025-07-01", "")
    file = tmp_path / "units.csv"
    file.write_text(",".join(unit_file.COLUMNS) + "\n" + ",".join(unit) + "\n", encoding="utf-8")
    assert _run(home, "units", "import", str(file), "--json")[0] == 0
    ask = ("accounts", "agency", "bd-thu", "--name", "Bưu điện thử", "--unit", "TE01999", "--json")
    code, told, _ = _run(home, *ask, "--commune", "00004")
    assert (code, told) == (0, {"agency": "BD-THU", "communes": ["00004"]})
    agent = (
        "accounts",
        "agent",
        "bd-thu-1",
        "--agency",
        "BD-THU",
        "--name",
        "Lê Thị Thử",
        "--json",
    )
    code, first, _ = _run(home, *agent, "--personal-id", "003192000077")
    assert code == 0
    assert len(first["password"]) >= 12
    code, told, said = _run(home, *agent, "--personal-id", "12")
    assert (code, told) == (1, None)
    assert "12 chữ số" in said
    code, told, said = _run(
        home,
        "accounts",
        "agent",
        "x",
        "--agency",
        "KHONG",
        *agent[5:],
        "--personal-id",
        "003192000077",
    )
    assert (code, told) == (1, None)
    assert "đại lý" in said.lower()

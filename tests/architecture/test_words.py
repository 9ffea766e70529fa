"""The words keep up with the code: links lead somewhere, generated pages are fresh, everything named is described."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from lienthong.config.environment import Environment, read
from lienthong.database.moves import Moves
from tests.architecture import code

PAGES = [*code.ROOT.glob("*.md"), *(code.ROOT / "docs").rglob("*.md")]
ALL_TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=code.name_of)
def test_every_link_leads_to_a_file_that_is_there(page: Path) -> None:
    links = [link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8"))]
    inside = [
        link for link in links if link and "://" not in link and not link.startswith("mailto:")
    ]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"],
        cwd=code.ROOT,
        env={"PYTHONPATH": str(code.ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_is_described_in_the_docs() -> None:
    packages = {p.parent.name for p in code.PACKAGE.glob("*/__init__.py")}
    assert [name for name in sorted(packages) if not re.search(rf"\b{name}\b", ALL_TEXT)] == []


def test_every_setting_is_described_in_the_docs() -> None:
    text = (code.PACKAGE / "config" / "environment.py").read_text(encoding="utf-8")
    settings = set(re.findall(r"\"(LIENTHONG_[A-Z_]+)\"", text)) - {"LIENTHONG_ROLE"}
    assert len(settings) >= len(fields(Environment)) - 1
    assert [name for name in sorted(settings) if name not in ALL_TEXT] == []


def test_every_command_is_described_in_the_docs() -> None:
    from lienthong.cli import root

    assert [name for name in root.commands if f"lienthong {name}" not in ALL_TEXT] == []


def test_every_target_of_make_is_listed_and_there_are_ten_at_most() -> None:
    text = (code.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", text, re.MULTILINE)
    assert len([t for t in targets if t != "help"]) <= 10
    assert [t for t in targets if not re.search(rf"^{t}:  ## \S", text, re.MULTILINE)] == []


def test_every_address_of_the_api_is_described_in_the_docs() -> None:
    text = (code.PACKAGE / "web" / "api" / "urls.py").read_text(encoding="utf-8")
    addresses = {found.partition("/<")[0] for found in re.findall(r"path\(\s*\"([^\"]+)\"", text)}
    assert addresses
    assert [address for address in sorted(addresses) if address.strip("/") not in ALL_TEXT] == []


def test_settings_name_the_variable_that_is_wrong() -> None:
    wrong = {
        "LIENTHONG_NOW": "hôm nay",
        "LIENTHONG_PRODUCTION": "yes",
        "LIENTHONG_DATABASE_URL": "mysql://x",
        "LIENTHONG_ROLE": "root",
    }
    for name, value in wrong.items():
        with pytest.raises(Exception, match=name):
            read({name: value})
    with pytest.raises(Exception, match="LIENTHONG_NOW"):
        read({"LIENTHONG_NOW": "2026-11-20T09:15:00+07:00", "LIENTHONG_PRODUCTION": "1"})


def test_lifecycles_stand_in_the_generated_page() -> None:
    assert Moves.__doc__
    states = (code.ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    from lienthong.config import readiness

    for one in readiness.LIFECYCLES:
        assert [s for s in one.labels_vi if f"`{s}`" not in states] == []

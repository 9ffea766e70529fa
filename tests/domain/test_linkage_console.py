"""`lienthong link` as an office runs it: JSON alone, a sentence and exit code 1 for a bad register, 2 for wrong usage."""

from pathlib import Path

import pytest

from tests import linkage
from tests.console import Console
from tests.linkage import row

pytestmark = pytest.mark.timeout(120)
PERSON = {"full_name": "Đinh Thị Đào", "birth_date": "2020-02-29", "mother_name": "Đinh Lan"}


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path / "home")


def _registers(folder: Path) -> tuple[Path, Path]:
    left = linkage.write(folder / "left.csv", [row("L1", **PERSON), row("L2", full_name="Vũ An")])
    return left, linkage.write(folder / "right.csv", [row("R1", **PERSON)])


def test_links_are_written_and_summed_up(console: Console, tmp_path: Path) -> None:
    out = tmp_path / "links.csv"
    said = console.json("link", *_registers(tmp_path), "--out", out)
    assert (said["left"], said["right"], said["links"]) == (2, 1, 1)
    assert out.read_text("utf-8").splitlines()[0] == "left_id,right_id,probability"
    [link] = linkage.read(out)
    assert (link["left_id"], link["right_id"]) == ("L1", "R1")
    assert 0.99 <= float(link["probability"]) <= 1
    assert said["files"]["review"] == f"{out}.review.csv"


def test_twice_is_once(console: Console, tmp_path: Path) -> None:
    out = tmp_path / "links.csv"
    first, second = (
        (console.json("link", *_registers(tmp_path), "--out", out), out.read_bytes())[1]
        for _ in range(2)
    )
    assert first == second


def test_a_bad_register_is_refused_with_line_and_code(console: Console, tmp_path: Path) -> None:
    left, right = _registers(tmp_path)
    linkage.write(left, [row("L1", birth_date="hôm qua")])
    told = console.refused("link", left, right, "--out", tmp_path / "links.csv")
    assert "left.csv, dòng 2, cột birth_date" in told
    assert "E-REG-DATE" in told
    assert not (tmp_path / "links.csv").exists()


@pytest.mark.parametrize(
    "wrong", [["--engine", "excel"], ["--memory", "a lot"], ["--out"]], ids=" ".join
)
def test_wrong_usage_is_two(console: Console, tmp_path: Path, wrong: list[str]) -> None:
    said = console("link", *_registers(tmp_path), "--out", tmp_path / "links.csv", *wrong)
    assert (said.code, said.out) == (2, "")

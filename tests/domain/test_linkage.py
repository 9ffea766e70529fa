"""Two registers against each other: the right pairs, one to one, whatever the order, after a kill, in little memory."""

import csv
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lienthong.kernel.errors import Refused
from lienthong.persons.linkage import linking
from tests import linkage
from tests.linkage import row

pytestmark = pytest.mark.timeout(300)
_PERSONS = 3_000
_DIES_AT = """
import os, signal, sys
from pathlib import Path
from lienthong.persons.linkage import linking
def die(_stage, done, _total):
    if done == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
here = Path(sys.argv[1])
machine = linking.Machine(folder=here / "work")
linking.link(here / "left.csv", here / "right.csv", here / "out.csv", machine=machine, progress=die)
"""


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linked country; its work folder stays."""
    folder = linkage.country(tmp_path_factory.mktemp("country"), _PERSONS)
    linkage.link(folder, folder=folder / "work")
    return folder


def test_no_link_is_false_and_few_are_missed(country: Path) -> None:
    truth, found = linkage.truth(country), linkage.links(country / "out.csv")
    assert not found - truth
    assert len(found & truth) > 0.97 * len(truth)


def test_links_are_one_to_one(country: Path) -> None:
    found = linkage.links(country / "out.csv")
    for side in (0, 1):
        assert max(Counter(pair[side] for pair in found).values()) == 1


def test_weights_were_learnt_here(country: Path) -> None:
    model = (country / "work" / "model.json").read_text("utf-8")
    assert '"learnt": [\n  "name"' in model


def test_doubtful_pairs_are_for_an_officer(country: Path) -> None:
    found = linkage.links(country / "out.csv")
    doubtful = linkage.read(country / "out.csv.review.csv")
    assert doubtful
    assert not {(each["left_id"], each["right_id"]) for each in doubtful} & found
    assert {each["reason"] for each in doubtful} <= {
        "Q-TWINS",
        "Q-IDS",
        "Q-DOUBLE",
        "Q-RIVALS",
        "Q-WEIGHT",
    }


def test_each_link_has_its_reason(country: Path) -> None:
    reasons = linkage.read(country / "out.csv.reasons.csv")
    assert {(each["left_id"], each["right_id"]) for each in reasons} == linkage.links(
        country / "out.csv"
    )
    assert {each["reason"] for each in reasons} >= {"L-EXACT", "L-ID", "L-NUMBER", "L-WEIGHT"}


def _same_bytes(folder: Path, country: Path) -> bool:
    files = ("out.csv", "out.csv.reasons.csv", "out.csv.review.csv")
    return all((folder / name).read_bytes() == (country / name).read_bytes() for name in files)


def test_the_order_of_rows_changes_nothing(country: Path, tmp_path: Path) -> None:
    for side in ("left.csv", "right.csv"):
        rows = linkage.read(country / side)
        random.Random(3).shuffle(rows)
        linkage.write(tmp_path / side, rows)
    linkage.link(tmp_path)
    assert _same_bytes(tmp_path, country)


def test_left_and_right_exchanged_give_the_same_links(country: Path, tmp_path: Path) -> None:
    (tmp_path / "left.csv").write_bytes((country / "right.csv").read_bytes())
    (tmp_path / "right.csv").write_bytes((country / "left.csv").read_bytes())
    linkage.link(tmp_path)
    there = {
        (each["right_id"], each["left_id"], each["probability"])
        for each in linkage.read(tmp_path / "out.csv")
    }
    here = {
        (each["left_id"], each["right_id"], each["probability"])
        for each in linkage.read(country / "out.csv")
    }
    assert there == here


def _copy(country: Path, folder: Path) -> None:
    for side in ("left.csv", "right.csv"):
        (folder / side).write_bytes((country / side).read_bytes())


LAST_OF_STAGE = {
    2: "fillers.parquet",
    3: "model.json",
    4: "rest_b.parquet",
    5: "pairs.parquet",
    6: "doubtful.parquet",
}


@pytest.mark.parametrize("stage", LAST_OF_STAGE)
def test_a_killed_linkage_goes_on_where_it_was(country: Path, tmp_path: Path, stage: int) -> None:
    _copy(country, tmp_path)
    work = tmp_path / "work"
    command = [sys.executable, "-c", _DIES_AT, str(tmp_path), str(stage)]
    died = subprocess.run(command, check=False, capture_output=True, timeout=120, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    made = {path: path.stat().st_mtime_ns for path in work.glob("*.parquet")}
    assert len(made) >= 2 * stage
    assert LAST_OF_STAGE[stage] in {path.name for path in work.iterdir()}
    assert not (tmp_path / "out.csv").exists()
    linkage.link(tmp_path, folder=work)
    assert _same_bytes(tmp_path, country)
    assert {path: path.stat().st_mtime_ns for path in made} == made


MADE_ONE_AFTER_THE_OTHER = (
    "names",
    "weighed",
    "fillers",
    "sample_b",
    "exact",
    "rest_a",
    "rest_b",
    "sizes_0",
    "pairs",
    "scored",
    "links_1",
    "doubtful",
)


@pytest.mark.parametrize("table", MADE_ONE_AFTER_THE_OTHER)
def test_what_was_half_written_is_written_again(country: Path, tmp_path: Path, table: str) -> None:
    _copy(country, tmp_path)
    work = tmp_path / "work"
    shutil.copytree(country / "work", work)
    at = MADE_ONE_AFTER_THE_OTHER.index(table)
    for late in MADE_ONE_AFTER_THE_OTHER[at + 1 :]:
        (work / f"{late}.parquet").unlink()
    if at <= MADE_ONE_AFTER_THE_OTHER.index("sample_b"):
        (work / "model.json").unlink()
    (work / f"{table}.parquet").rename(work / f"{table}.part")
    (work / f"{table}.part").write_bytes(b"half")
    linkage.link(tmp_path, folder=work)
    assert _same_bytes(tmp_path, country)


def test_other_registers_in_the_same_folder_start_anew(country: Path, tmp_path: Path) -> None:
    linkage.write(tmp_path / "left.csv", [row("L1", full_name="Lý An", birth_date="2020-05-04")])
    linkage.write(tmp_path / "right.csv", [row("R1", full_name="Lý An", birth_date="2020-05-04")])
    assert linkage.link(tmp_path, folder=tmp_path / "work").left == 1
    _copy(country, tmp_path)
    linkage.link(tmp_path, folder=tmp_path / "work")
    assert _same_bytes(tmp_path, country)


def test_a_folder_with_other_files_is_left_alone(country: Path, tmp_path: Path) -> None:
    other = tmp_path / "work"
    other.mkdir()
    (other / "letter.txt").write_text("giữ lại", "utf-8")
    with pytest.raises(Refused) as refused:
        linking.link(
            country / "left.csv",
            country / "right.csv",
            tmp_path / "out.csv",
            machine=linking.Machine(folder=other),
        )
    assert refused.value.code == "E-LINK-FOLDER"
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


def test_nothing_stays_behind_without_a_folder_of_the_callers(
    country: Path, tmp_path: Path
) -> None:
    _copy(country, tmp_path)
    linkage.link(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "left.csv",
        "right.csv",
        "out.csv",
        "out.csv.reasons.csv",
        "out.csv.review.csv",
    }


def test_little_memory_gives_the_same_links(country: Path, tmp_path: Path) -> None:
    _copy(country, tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    linkage.link(tmp_path, memory="120MB", threads=1)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 200
    assert _same_bytes(tmp_path, country)


@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_the_smallest_registers(tmp_path: Path, left: int, right: int) -> None:
    person = {"full_name": "Bàn Thị Vàng", "birth_date": "2019-08-30", "mother_name": "Bàn Mùi"}
    linkage.write(tmp_path / "left.csv", [row("L", **person)] * left)
    linkage.write(tmp_path / "right.csv", [row("R", **person)] * right)
    summary = linkage.link(tmp_path)
    assert (summary.left, summary.right, summary.links) == (left, right, min(left, right))
    with (tmp_path / "out.csv").open(newline="") as file:
        assert next(csv.reader(file)) == ["left_id", "right_id", "probability"]

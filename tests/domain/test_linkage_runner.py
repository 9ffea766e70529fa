"""The worker's hand on linkages: one at a time, claimed once, gone on with after a kill, stopped, given up in the end."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from lienthong.database.address import Address
from lienthong.persons import linkages
from lienthong.persons.linkagerunning import MOST_ATTEMPTS, WRITING, Runner
from tests import births
from tests.births import AT, column, rows
from tests.linkages import (
    BOTH,
    LATER,
    SMALL,
    TIED_MARKS,
    Order,
    centre,
    databases,
    ordered,
    results,
    state,
    tended,
    truth,
    written,
)
from tests.officers import SYSTEM

pytestmark = pytest.mark.timeout(300)
_ATTEMPTS = "SELECT attempts FROM persons_linkage ORDER BY id"
_OVERDUE = AT + WRITING + timedelta(seconds=1)


@pytest.fixture
def root(db: None, tmp_path: Path) -> Path:
    """Where linkages lie; a small country in both databases."""
    births.small_country()
    databases(tmp_path, 1_500)
    return tmp_path / "linkages"


@pytest.fixture
def runner(root: Path) -> Iterator[Runner]:
    made = Runner(root, SMALL)
    yield made
    made.end(by=SYSTEM, at=AT)


def _until_stage(root: Path, linkage_id: int, name: str) -> None:
    """Wait until the process has written that table of its folder."""
    end = time.monotonic() + 60
    while not (results(root, linkage_id) / "work" / name).exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def _pid(runner: Runner) -> int:
    assert runner._running is not None
    return runner._running.process.pid


def test_one_runs_at_a_time_and_the_next_waits(root: Path, runner: Runner) -> None:
    first, second = (
        ordered(centre()),
        ordered(centre("trung-uong-hai"), Order("persons", "household")),
    )
    other = Runner(root, SMALL)
    assert (runner.tend(by=SYSTEM, at=AT), other.tend(by=SYSTEM, at=AT)) == (1, 0)
    assert (state(first), state(second)) == ("running", "waiting")
    assert tended(runner, first) == "done"
    assert tended(other, second) == "done"


def test_a_killed_process_goes_on_where_it_was(root: Path, runner: Runner) -> None:
    linkage_id = ordered(centre())
    runner.tend(by=SYSTEM, at=AT)
    _until_stage(root, linkage_id, "weighed.parquet")
    made = (results(root, linkage_id) / "work" / "names.parquet").stat().st_mtime_ns
    os.kill(_pid(runner), signal.SIGKILL)
    end = time.monotonic() + 60
    while column(_ATTEMPTS) != [2]:
        assert time.monotonic() < end
        runner.tend(by=SYSTEM, at=AT)
    kept = results(root, linkage_id) / "work" / "names.parquet"
    assert kept.stat().st_mtime_ns == made
    assert tended(runner, linkage_id) == "done"
    figures = linkages.one(linkage_id, by=SYSTEM).figures
    assert figures["links"] > 1_000


def test_a_dead_workers_linkage_is_taken_over_once_its_lease_is_over(
    root: Path, runner: Runner
) -> None:
    linkage_id = ordered(centre())
    runner.tend(by=SYSTEM, at=AT)
    pid = _pid(runner)
    other = Runner(root, SMALL)
    assert other.tend(by=SYSTEM, at=AT) == 0
    assert other.tend(by=SYSTEM, at=_OVERDUE) == 1
    assert column(_ATTEMPTS) == [2]
    # The first was only away: it finds that the linkage is no longer its own, ends its process and touches nothing.
    assert _pid(runner) == pid
    runner.tend(by=SYSTEM, at=_OVERDUE)
    assert runner._running is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert tended(other, linkage_id, _OVERDUE) == "done"


def test_the_process_ends_with_its_worker(root: Path, runner: Runner) -> None:
    ordered(centre())
    runner.tend(by=SYSTEM, at=AT)
    held = runner._running
    assert held is not None
    assert held.process.stdin is not None
    held.process.stdin.close()
    assert held.process.wait(timeout=30) == 3


def test_a_worker_that_stops_lets_go_at_once_and_that_counts_as_no_failure(
    root: Path, runner: Runner
) -> None:
    linkage_id = ordered(centre())
    for _ in range(MOST_ATTEMPTS + 1):
        assert runner.tend(by=SYSTEM, at=AT) == 1
        runner.end(by=SYSTEM, at=AT)
    assert tended(Runner(root, SMALL), linkage_id) == "done"


def test_what_never_comes_to_its_end_is_given_up_with_a_sentence(
    root: Path, runner: Runner
) -> None:
    linkage_id = ordered(centre())
    end = time.monotonic() + 120
    while state(linkage_id) in {"waiting", "running"}:
        assert time.monotonic() < end
        runner.tend(by=SYSTEM, at=AT)
        if runner._running is not None:
            os.kill(_pid(runner), signal.SIGKILL)
            runner._running.process.wait()
    assert state(linkage_id) == "failed"
    assert column(_ATTEMPTS) == [MOST_ATTEMPTS + 1]
    assert "năm lần" in linkages.one(linkage_id, by=SYSTEM).error
    assert not results(root, linkage_id).exists()


def test_a_running_linkage_is_stopped_and_its_registers_go(root: Path, runner: Runner) -> None:
    by = centre()
    linkage_id = ordered(by)
    runner.tend(by=SYSTEM, at=AT)
    _until_stage(root, linkage_id, "inputs.json")
    linkages.stop(linkage_id, by=by, at=AT)
    assert tended(runner, linkage_id) == "stopped"
    assert not results(root, linkage_id).exists()
    assert runner.tend(by=SYSTEM, at=AT) == 0


def test_how_far_it_is_and_what_it_holds_is_noted(root: Path, runner: Runner) -> None:
    linkage_id = ordered(centre())
    seen = set()
    end = time.monotonic() + 120
    while state(linkage_id) in {"waiting", "running"}:
        assert time.monotonic() < end
        runner.tend(by=SYSTEM, at=AT)
        it = linkages.one(linkage_id, by=SYSTEM)
        seen.add((it.stage_no, it.stage_count, it.memory_mb > 0))
    assert {count for _, count, _ in seen} <= {0, 7}
    assert len({number for number, _, _ in seen}) > 2
    assert any(has_memory for _, _, has_memory in seen)


def _race(runners: list[Runner]) -> list[int]:
    """What each of them moved when all tended at one moment."""
    gate = threading.Barrier(len(runners))
    began: list[int] = []

    def tend(runner: Runner) -> None:
        try:
            gate.wait(timeout=30)
            began.append(runner.tend(by=SYSTEM, at=AT))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tend, args=(each,)) for each in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(began)


def test_two_workers_at_once_claim_it_once(committed_db: Address, tmp_path: Path) -> None:
    del committed_db
    for _ in range(3):
        linkage_id = linkages.order(BOTH, by=SYSTEM, at=AT)
        runners = [Runner(tmp_path, SMALL), Runner(tmp_path, SMALL)]
        try:
            assert _race(runners) == [0, 1]
            assert column("SELECT attempts FROM persons_linkage WHERE id = %s", linkage_id) == [1]
            linkages.stop(linkage_id, by=SYSTEM, at=AT)
            for each in runners:
                each.tend(by=SYSTEM, at=AT)
            assert state(linkage_id) == "stopped"
        finally:
            for each in runners:
                each.end(by=SYSTEM, at=AT)


def test_two_databases_of_twenty_thousand_are_tied_end_to_end(db: None, tmp_path: Path) -> None:
    """From the tables into the process and back: nobody is tied to another, and hardly anybody is missed."""
    births.small_country()
    databases(tmp_path, 20_000)
    root = tmp_path / "linkages"
    linkage_id = ordered(centre())
    assert tended(Runner(root, SMALL), linkage_id) == "done"
    linkages.confirm(linkage_id, by=centre("trung-uong-hai"), at=LATER)
    assert written(root, linkage_id) == "applied"
    found = set(rows(TIED_MARKS))
    right = truth(tmp_path)
    assert len(found - right) <= len(found) // 10_000
    assert len(found & right) > 0.97 * len(right)
    linkages.undo(linkage_id, "Nhầm kỳ dữ liệu.", by=centre("trung-uong-ba-ba"), at=LATER)
    assert written(root, linkage_id) == "undone"
    assert rows(TIED_MARKS) == []

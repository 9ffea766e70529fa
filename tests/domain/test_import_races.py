"""Files that are written while a process dies, while another file is written, while the worker enrols: each person once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from lienthong.database.address import Address
from lienthong.persons import importing, imports
from tests import births, crashing
from tests.births import AT
from tests.officers import SYSTEM
from tests.registers import as_csv, looked_at, member, register, row, sent, standing

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _country(committed_db: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    births.small_country()
    monkeypatch.setattr(importing, "BATCH", 3)
    monkeypatch.setattr(importing, "LOOK", 5)


def _household(count: int) -> list[dict[str, str]]:
    return [
        member(
            f"H{at}",
            "Trần Văn Một" if at % 5 == 0 else "Lê Thị Hai",
            "00" if at % 5 == 0 else "08",
            f"HO-{at // 5}",
            personal_id=f"0010840{at:05}",
            insurance_number=f"01840{at:05}",
            sex="undetermined",
        )
        for at in range(count)
    ]


def _collection(count: int) -> list[dict[str, str]]:
    return [
        row(f"C{at}", it["full_name"], personal_id=it["personal_id"], insurance_number=it["insurance_number"], sex="")
        for at, it in enumerate(_household(count))
    ]  # fmt: skip


def _figures() -> list[tuple[object, ...]]:
    return standing(
        "SELECT (SELECT count(*) FROM persons_entry), (SELECT count(*) FROM persons_entry WHERE person_id IS NULL),"
        " (SELECT count(*) FROM persons_person), (SELECT count(*) FROM persons_number),"
        " (SELECT count(*) FROM persons_household), (SELECT count(*) FROM persons_member)"
    )


def _advance(key: int) -> int:
    return importing.advance(key, by=SYSTEM, at=AT)


def test_a_file_goes_on_where_it_was_cut_off_at_any_moment() -> None:
    key = sent(as_csv(_household(20)), "household")
    killed = 0
    for tick in range(3, 300, 9):
        if not crashing.run_until_tick(lambda: _advance(key), tick):
            killed += 1
        if imports.one(key, by=SYSTEM).state == "previewed":
            imports.confirm(key, by=SYSTEM, at=AT)
    _advance(key)
    found = imports.one(key, by=SYSTEM)
    assert killed >= 8
    assert (found.state, found.applied_line, found.counts["rows"]) == ("done", 21, 20)
    assert _figures() == [(20, 0, 20, 20, 4, 20)]


def test_a_stretch_that_is_cut_off_leaves_nothing_behind() -> None:
    found = looked_at(_household(2), "household")
    imports.confirm(found.id, by=SYSTEM, at=AT)
    before = register()
    tick = 1
    while not crashing.run_until_tick(lambda: _advance(found.id), tick):
        # Either the whole file, which is one stretch, or nothing of it.
        if imports.one(found.id, by=SYSTEM).state == "confirmed":
            assert register() == before
        else:
            assert _figures() == [(2, 0, 2, 2, 1, 2)]
            break
        tick += 3
    _advance(found.id)
    assert _figures() == [(2, 0, 2, 2, 1, 2)]


def _at_once(*works: Callable[[], Any]) -> None:
    gate = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> None:
        try:
            gate.wait()
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(one, work) for work in works]:
            done.result()


def test_two_files_of_the_same_people_at_once_make_each_person_once() -> None:
    keys = [
        looked_at(_household(30), "household").id,
        looked_at(_collection(30)).id,
        looked_at(_household(30), "household").id,
    ]
    for key in keys:
        imports.confirm(key, by=SYSTEM, at=AT)
    _at_once(*(lambda key=key: _to_the_end(key) for key in keys))
    assert _figures() == [(60, 0, 30, 30, 6, 30)]
    assert standing("SELECT count(*) FROM persons_pair") == [(0,)]


def test_several_workers_at_one_file_write_it_once() -> None:
    key = looked_at(_household(30), "household").id
    imports.confirm(key, by=SYSTEM, at=AT)
    _at_once(*(lambda: _to_the_end(key) for _ in range(3)))
    assert _figures() == [(30, 0, 30, 30, 6, 30)]


def test_the_worker_brings_every_file_on_and_numbers_newborns_meanwhile() -> None:
    keys = [looked_at(_household(12), "household").id, sent(as_csv(_collection(12)))]
    imports.confirm(keys[0], by=SYSTEM, at=AT)
    births.send(births.message(1), births.message(2))

    def follow() -> None:
        while importing.follow(by=SYSTEM, at=AT):
            pass

    _at_once(follow, births.run)
    assert [imports.one(key, by=SYSTEM).state for key in keys] == ["done", "previewed"]
    assert standing("SELECT count(*), count(DISTINCT person_id) FROM persons_number") == [(14, 14)]


def _to_the_end(key: int) -> None:
    for _ in range(10_000):
        _advance(key)
        if imports.one(key, by=SYSTEM).state == "done":
            return
    pytest.fail("the file was never done")

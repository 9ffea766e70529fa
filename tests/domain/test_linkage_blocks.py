"""Blocks stay under the cap and lose nothing in silence; a table stands whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from lienthong.persons.linkage import blocks
from lienthong.persons.linkage.blocks import BlockCount, Rule, Side
from lienthong.persons.linkage.engines import OneMachine, connect

SIDE = Side("rest_a", "rest_b")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[OneMachine]:
    made = OneMachine(connect(tmp_path, "500MB", 1), tmp_path)
    yield made
    made.close()


def _rows(engine: OneMachine, letter: str, rows: list[tuple[str | None, str | None]]) -> None:
    columns = {
        "rid": pa.array(range(1, len(rows) + 1), pa.int32()),
        "name": pa.array([name for name, _ in rows], pa.string()),
        "place": pa.array([place for _, place in rows], pa.string()),
    }
    engine.given(f"rest_{letter}", pa.table(columns))


def _pairs(engine: OneMachine) -> set[tuple[int, int]]:
    found = engine.rows("SELECT l, r FROM pairs")
    assert len(found) == len(set(found))
    return {(left, right) for left, right in found}


def test_rows_meet_once_whatever_the_number_of_rules(engine: OneMachine) -> None:
    _rows(engine, "a", [("an", "1"), (None, "1"), ("binh", "2")])
    _rows(engine, "b", [("an", "1"), (None, "3"), ("binh", "4"), ("binh", "2")])
    rules = [Rule("name", ("name",)), Rule("both", ("name", "place"))]
    counts = blocks.pairs(engine, rules, SIDE)
    assert _pairs(engine) == {(1, 1), (3, 3), (3, 4)}
    assert counts == [BlockCount("name", 3, 0, 0), BlockCount("both", 2, 0, 0)]


def test_a_large_block_is_divided_and_what_it_keeps_apart_is_counted(
    engine: OneMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "CAP", 6)
    left = [("lan", "1"), ("lan", "1"), ("lan", "2"), ("son", "1")]
    right = [("lan", "1"), ("lan", "2"), ("lan", None), ("son", "9")]
    _rows(engine, "a", left)
    _rows(engine, "b", right)
    [count] = blocks.pairs(engine, [Rule("name", ("name",), ("place",))], SIDE)
    assert _pairs(engine) == {(1, 1), (2, 1), (3, 2), (4, 4)}
    # Nine comparisons of «lan» were asked for, three are left.
    assert count == BlockCount("name", pairs=4, divided=1, apart=6)


def test_a_block_that_no_further_key_divides_is_reported(
    engine: OneMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "CAP", 6)
    for letter in "ab":
        _rows(engine, letter, [("lan", "1")] * 3 + [("son", "1")])
    [count] = blocks.pairs(engine, [Rule("name", ("name",))], SIDE)
    assert _pairs(engine) == {(4, 4)}
    assert count == BlockCount("name", pairs=1, divided=1, apart=9)


def test_rows_that_lack_the_dividing_key_stay_together(
    engine: OneMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "CAP", 3)
    for letter in "ab":
        _rows(engine, letter, [("lan", None), ("lan", "1")])
    blocks.pairs(engine, [Rule("name", ("name",), ("place",))], SIDE)
    assert _pairs(engine) == {(1, 1), (2, 2)}


def test_a_table_that_failed_half_way_does_not_stand(engine: OneMachine) -> None:
    rows = "FROM range(300000) AS t(n)"
    with pytest.raises(duckdb.Error):
        engine.table("t", f"SELECT CASE WHEN n > 299990 THEN error('full') ELSE n END AS n {rows}")
    engine.table("t", f"SELECT n {rows}")
    assert engine.rows("SELECT count(*) FROM t") == [(300_000,)]


def test_a_table_that_stands_is_not_made_again(engine: OneMachine) -> None:
    engine.table("t", "SELECT 1 AS n")
    engine.table("t", "SELECT 2 AS n")
    assert engine.rows("SELECT n FROM t") == [(1,)]

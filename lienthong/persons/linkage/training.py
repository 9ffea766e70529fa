"""How often rows of one person agree, learnt by Splink without labels on a bounded sample.

u from pairs drawn at random; m by expectation and maximisation over pairs that agree on one thing, several times with
another, since what pairs were chosen by teaches nothing about itself. A weight that comes out against reason (an agreement that
speaks against, a difference that speaks for) is not taken; the shipped one stays.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import fmean
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator

from lienthong.persons.linkage import queries
from lienthong.persons.linkage.model import Field, Level, Model

FEWEST_ROWS = 2_000
"""A smaller register keeps the shipped weights."""
_RANDOM_PAIRS = 1_000_000
_FEWEST_SEEN = 10 / _RANDOM_PAIRS
"""What is seen less often in pairs drawn at random is chance, no figure."""
_MOST_PAIRS = 300_000
_FEWEST_PAIRS = 200
_MOST_ROUNDS = 12

Chances = dict[tuple[str, str], tuple[float, float]]


def learn(
    connection: duckdb.DuckDBPyConnection, model: Model, sessions: Sequence[Sequence[str]]
) -> Model:
    """The model with the chances of `sample_a`, `sample_b` (rows that may match) and `random_a`, `random_b`.

    Each session names the columns on which its pairs agree. A field that no session teaches keeps its weights.
    """
    with _quiet():
        seen_u = _random(connection, model)
        start = _with_u(model, seen_u)
        seen_m = _maximise(connection, start, sessions)
    chances: Chances = {}
    taught = []
    for field in start.fields:
        learnt = {level: fmean(values) for level, values in seen_m.get(field.name, {}).items()}
        if not learnt:
            continue
        found = _of_field(field, learnt)
        if found:
            chances |= found
            taught.append(field.name)
    return replace(start.with_chances(chances), learnt=tuple(taught))


def _of_field(field: Field, learnt: dict[str, float]) -> Chances:
    """The learnt chances of a field; none at all where they contradict what agreement means."""
    pulled = {
        level.name: (learnt.get(level.name, 0.0) * _MOST_PAIRS + level.m * _FEWEST_PAIRS)
        / (_MOST_PAIRS + _FEWEST_PAIRS)
        for level in field.levels
    }
    best, worst = field.levels[0], field.levels[-1]
    if pulled[best.name] < best.u or pulled[worst.name] > worst.u:
        return {}
    return {(field.name, level.name): (pulled[level.name], level.u) for level in field.levels}


def _with_u(model: Model, seen: dict[tuple[str, str], float]) -> Model:
    chances = {
        (field.name, level.name): (level.m, seen[field.name, level.name])
        for field in model.fields
        for level in field.levels
        if level.learnt and seen.get((field.name, level.name), 0.0) >= _FEWEST_SEEN
    }
    return model.with_chances(chances)


def _random(connection: duckdb.DuckDBPyConnection, model: Model) -> dict[tuple[str, str], float]:
    linker = _linker(connection, model, "random")
    linker.training.estimate_u_using_random_sampling(max_pairs=2 * _RANDOM_PAIRS, seed=1)
    return {key: u for key, (_, u) in _chances_of(linker).items() if u is not None}


def _maximise(
    connection: duckdb.DuckDBPyConnection, model: Model, sessions: Sequence[Sequence[str]]
) -> dict[str, dict[str, list[float]]]:
    learnt: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    linker = _linker(connection, model, "sample")
    for columns in sessions:
        if _pairs_of(connection, columns) < _FEWEST_PAIRS:
            continue
        session = linker.training.estimate_parameters_using_expectation_maximisation(
            _agreeing(columns), fix_probability_two_random_records_match=False
        )
        for comparison in session.core_model_settings.comparisons:
            for level in comparison.comparison_levels:
                if not level.is_null_level and isinstance(level.m_probability, float):
                    chances = learnt[comparison.output_column_name]
                    chances[level.label_for_charts].append(level.m_probability)
    return learnt


def _agreeing(columns: Sequence[str]) -> str:
    return " AND ".join(f"l.{name} = r.{name} AND l.{name} <> ''" for name in columns)


def _pairs_of(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> int:
    text = queries.filled("prepare.sql", "sample_pairs", agreeing=_agreeing(columns))
    return int(connection.sql(text).fetchall()[0][0])


def _linker(connection: duckdb.DuckDBPyConnection, model: Model, tables: str) -> Linker:
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="rid",
        comparisons=[_comparison(field) for field in model.fields],
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=model.prior,
        max_iterations=_MOST_ROUNDS,
        retain_matching_columns=False,
    )
    database = DuckDBAPI(connection)
    sides = [
        database.register(f"{tables}_{letter}", dataset_display_name=letter) for letter in "ab"
    ]
    return Linker(sides, settings, log_level=logging.ERROR)


def _comparison(field: Field) -> dict[str, Any]:
    missing = {
        "sql_condition": field.missing,
        "label_for_charts": "missing",
        "is_null_level": True,
    }
    return {
        "output_column_name": field.name,
        "comparison_levels": [
            missing,
            *(_level(level, last=level is field.levels[-1]) for level in field.levels),
        ],
    }


def _level(level: Level, *, last: bool) -> dict[str, Any]:
    return {
        "sql_condition": "ELSE" if last else level.condition,
        "label_for_charts": level.name,
        "m_probability": level.m,
        "u_probability": level.u,
    }


def _chances_of(linker: Linker) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    model = linker.misc.save_model_to_json()
    return {
        (comparison["output_column_name"], level["label_for_charts"]): (
            level.get("m_probability"),
            level.get("u_probability"),
        )
        for comparison in model["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink speaks of every step; here only the result counts."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)

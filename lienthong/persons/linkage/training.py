"""How often rows of one person agree, learnt by Splink without labels on a bounded sample.

u from pairs drawn at random; m by Splink's expectation and maximisation over pairs that agree on one thing, several times with
another, since what pairs were chosen by teaches nothing about itself. A weight that comes out against reason (an agreement that
speaks against, a difference that speaks for) is not taken; the shipped one stays.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator

from lienthong.persons.linkage import deciding, queries
from lienthong.persons.linkage.model import Field, Level, Model

FEWEST_ROWS = 2_000
"""A smaller register keeps the shipped weights."""
_FEWEST_SEEN = 1e-5
"""What is seen less often in a million pairs drawn at random is chance, no figure."""
_MOST_PAIRS = 300_000
_FEWEST_PAIRS = 200
_MOST_ROUNDS = 25

Chances = dict[tuple[str, str], tuple[float, float]]


@dataclass(slots=True)
class Pattern:
    """Pairs whose fields agree alike: the level of each field (None: missing), and how many pairs."""

    levels: tuple[str | None, ...]
    pairs: int


def learn(
    connection: duckdb.DuckDBPyConnection, model: Model, sessions: Sequence[Sequence[str]]
) -> Model:
    """The model with the chances of `sample_a`, `sample_b` (rows that may match) and `random_a`, `random_b`.

    Each session names the columns on which its pairs agree. A field that no session teaches keeps its weights.
    """
    start = _with_u(model, _seen_at_random(connection, model))
    with _quiet():
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


def _with_u(model: Model, seen: Mapping[tuple[str, str], float]) -> Model:
    chances = {
        (field.name, level.name): (level.m, seen[field.name, level.name])
        for field in model.fields
        for level in field.levels
        if level.learnt and seen.get((field.name, level.name), 0.0) >= _FEWEST_SEEN
    }
    return model.with_chances(chances)


def _seen_at_random(
    connection: duckdb.DuckDBPyConnection, model: Model
) -> dict[tuple[str, str], float]:
    """u of the fields that need it: where every agreement weighs by how rare its value is, none does."""
    fields = [field for field in model.fields if not all(it.rarity for it in field.levels[:-1])]
    seen: dict[tuple[str, str], float] = {}
    # Spelling distances cost a hundred times a comparison, and need fewer pairs: what is rare among them is not taken anyway.
    for are_spelt, drawn in ((False, "true"), (True, "hash(l.id) % 2 = 0 AND hash(r.id) % 4 = 0")):
        some = [field for field in fields if ("levenshtein" in field.agreement_sql()) is are_spelt]
        if some:
            found = patterns(connection, some, model.columns, tables="random", agreeing=drawn)
            for at, field in enumerate(some):
                counts = _counts(found, at, [pattern.pairs for pattern in found])
                said = sum(counts.values())
                seen |= {(field.name, name): count / said for name, count in counts.items()}
    return seen


def _counts(found: Sequence[Pattern], at: int, weights: Sequence[float]) -> dict[str, float]:
    """The weight of each level of one field; pairs that lack the field do not count."""
    counts: dict[str, float] = defaultdict(float)
    for pattern, weight in zip(found, weights, strict=True):
        level = pattern.levels[at]
        if level is not None:
            counts[level] += weight
    return counts


def _maximise(
    connection: duckdb.DuckDBPyConnection, model: Model, sessions: Sequence[Sequence[str]]
) -> dict[str, dict[str, list[float]]]:
    learnt: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    linker = _linker(connection, model)
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


def _pairs_of(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> int:
    text = queries.filled("prepare.sql", "sample_pairs", agreeing=_agreeing(columns))
    return int(connection.sql(text).fetchall()[0][0])


def _agreeing(columns: Sequence[str]) -> str:
    return " AND ".join(f"l.{name} = r.{name}" for name in columns)


def _linker(connection: duckdb.DuckDBPyConnection, model: Model) -> Linker:
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
    sides = [database.register(f"sample_{side}", dataset_display_name=side) for side in "ab"]
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


def patterns(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    columns: Sequence[str],
    *,
    tables: str,
    agreeing: str,
) -> list[Pattern]:
    """How the pairs of `tables`_a and `tables`_b that agree by the condition agree field by field."""
    query = queries.filled(
        "prepare.sql",
        "patterns",
        names=", ".join(field.name for field in fields),
        agreements=deciding.agreements(fields),
        columns=", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in columns),
        tables=tables,
        agreeing=agreeing,
    )
    return [
        Pattern(tuple(None if it == "missing" else it for it in levels), pairs)
        for *levels, pairs in connection.sql(query).fetchall()
    ]


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

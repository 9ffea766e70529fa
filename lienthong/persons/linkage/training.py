"""How often rows of one person agree, learnt without labels on a bounded sample.

u from pairs drawn at random; m by expectation and maximisation over pairs that agree on one thing, several times with
another, since what pairs were chosen by teaches nothing about itself. A weight that comes out against reason (an agreement that
speaks against, a difference that speaks for) is not taken; the shipped one stays.

The maximisation is Splink's (Fellegi and Sunter's model, fields independent of each other, u held). Pairs that agree alike count
together, so that a round goes over some hundred patterns and not over the pairs.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import duckdb

from lienthong.persons.linkage import deciding, queries
from lienthong.persons.linkage.model import Field, Level, Model

FEWEST_ROWS = 2_000
"""A smaller register keeps the shipped weights."""
_FEWEST_SEEN = 1e-5
"""What is seen less often in a million pairs drawn at random is chance, no figure."""
_MOST_PAIRS = 300_000
_FEWEST_PAIRS = 200
_MOST_ROUNDS = 25
_STILL = 1e-4
"""A round that changes no chance by more is the last one."""

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
    for columns in sessions:
        fields = [field for field in model.fields if not _reads(field, columns)]
        found = patterns(
            connection, fields, model.columns, tables="sample", agreeing=_agreeing(columns)
        )
        if sum(pattern.pairs for pattern in found) < _FEWEST_PAIRS:
            continue
        for field, chances in zip(fields, maximised(found, fields), strict=True):
            for level, m in chances.items():
                learnt[field.name][level].append(m)
    return learnt


def _reads(field: Field, columns: Sequence[str]) -> bool:
    """Whether the field compares one of these columns."""
    text = " ".join([field.missing, *(level.condition for level in field.levels)])
    return any(re.search(rf"\b{name}_[lr]\b", text) for name in columns)


def _agreeing(columns: Sequence[str]) -> str:
    return " AND ".join(f"l.{name} = r.{name}" for name in columns)


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


def maximised(found: Sequence[Pattern], fields: Sequence[Field]) -> list[dict[str, float]]:
    """m of every level that was seen, for each field, after as many rounds as change something."""
    levels = [{level.name: level for level in field.levels} for field in fields]
    chances = [{name: level.m for name, level in field.items()} for field in levels]
    matching = 0.5
    for _ in range(_MOST_ROUNDS):
        weights = [_likely(it, levels, chances, matching) * it.pairs for it in found]
        matching = min(sum(weights) / sum(it.pairs for it in found), 1 - 1e-9)
        before = chances
        chances = [_shares(_counts(found, at, weights)) for at in range(len(fields))]
        if _moved(before, chances) < _STILL:
            break
    return chances


def _likely(
    pattern: Pattern,
    levels: Sequence[Mapping[str, Level]],
    chances: Sequence[Mapping[str, float]],
    matching: float,
) -> float:
    """How likely a pair of this pattern is one person."""
    odds = matching / (1 - matching)
    for name, known, m in zip(pattern.levels, levels, chances, strict=True):
        if name is not None:
            odds *= m[name] / known[name].u
    return 1.0 if math.isinf(odds) else odds / (1 + odds)


def _shares(counts: Mapping[str, float]) -> dict[str, float]:
    whole = sum(counts.values())
    return {name: count / whole if whole else 0.0 for name, count in counts.items()}


def _moved(before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]) -> float:
    return max(
        (
            abs(m - old[name])
            for old, new in zip(before, after, strict=True)
            for name, m in new.items()
        ),
        default=0.0,
    )

"""From weights to decisions: exact pairs first, then each pair against its rivals, one to one, until nothing changes."""

from collections.abc import Sequence

from lienthong.persons.linkage import queries
from lienthong.persons.linkage.engines import Engine
from lienthong.persons.linkage.model import Field, Model

ROUNDS = 3
_FLOOR = -8_000
_SURE = 20_000


def names(model: Model) -> str:
    """The agreement columns of a pair."""
    return ", ".join(field.name for field in model.fields)


def score(engine: Engine, model: Model, *, pairs: str, rows: tuple[str, str], into: str) -> None:
    """Make a table of pairs with the agreement of each field, the weight and what bars the pair."""
    side_by_side = queries.filled(
        "pairs.sql",
        "side_by_side",
        columns=_both_sides(model),
        pairs=pairs,
        rows_a=rows[0],
        rows_b=rows[1],
    )
    engine.table(into, _scored(model, side_by_side, kept="l, r"))


def _scored(model: Model, side_by_side: str, *, kept: str) -> str:
    return queries.filled(
        "pairs.sql",
        "scored",
        kept=kept,
        names=names(model),
        prior=model.prior_bits,
        weights=" + ".join(f"({field.weight_sql()})" for field in model.fields),
        bars=" ".join(f"WHEN {condition} THEN '{name}'" for name, condition in model.rules.bars),
        agreements=agreements(model.fields),
        carried="".join(f"{name}_l, {name}_r, " for name in model.carried),
        side_by_side=side_by_side,
    )


def _both_sides(model: Model) -> str:
    return ", ".join(f"a.{name} AS {name}_l, b.{name} AS {name}_r" for name in model.columns)


def agreements(fields: Sequence[Field]) -> str:
    """How each field of a pair agrees, as columns of a query."""
    return ", ".join(f"{field.agreement_sql()} AS {field.name}" for field in fields)


def link_exact(engine: Engine, model: Model) -> None:
    """Make `exact`, pairs of the two whole registers by the model of such pairs, and name those of them that are links `links_0`."""
    found = queries.filled("pairs.sql", "exact", columns=_both_sides(model))
    engine.table("exact", _scored(model, found, kept="l, r, id_l, id_r"))
    for side in "lr":
        crowded = queries.filled("pairs.sql", "crowded", side=side, pairs="exact")
        engine.table(f"crowded_{side}", crowded)
    engine.view("links_0", _text(model, "exact_links"))


def leave_rest(engine: Engine) -> None:
    """Make `rest_a` and `rest_b` of facts that stand: the rows that are still to be linked."""
    for letter, side in (("a", "l"), ("b", "r")):
        query = queries.filled(
            "pairs.sql", "rest", facts=f"facts_{letter}", linked="links_0", side=side
        )
        engine.table(f"rest_{letter}", query)


def link_rest(engine: Engine, model: Model, *, settled: Sequence[str] = ()) -> None:
    """Make `links`, after those of the tables `settled`, and `doubtful` out of the pairs of `rest_a` and `rest_b`."""
    score(engine, model, pairs="pairs", rows=("rest_a", "rest_b"), into="scored")
    scored, done = "scored", []
    for number in range(1, ROUNDS + 1):
        rivals, chosen, left = f"rivals_{number}", f"links_{number}", f"open_{number}"
        engine.view(rivals, _text(model, "rivals", scored=scored))
        engine.table(chosen, _text(model, "chosen", rivals=rivals, round=str(number)))
        done.append(chosen)
        if not count(engine, chosen):
            break
        engine.table(left, _text(model, "open", scored=scored, chosen=chosen))
        scored = left
    parts = [_text(model, "settled", table=table) for table in settled]
    parts += [_text(model, "with_ids", chosen=chosen) for chosen in done]
    engine.handed_over("links", _together(parts))
    engine.view("chosen", _together([_text(model, "chosen_rows", chosen=it) for it in done]))
    engine.view("rivals_last", _text(model, "rivals", scored=scored))
    doubts = [
        _text(model, "doubtful", rivals="rivals_last"),
        _text(model, "doubles", scored="scored", chosen="chosen"),
    ]
    engine.table("doubtful", _text(model, "asked", doubts=_together(doubts)))


def _together(parts: Sequence[str]) -> str:
    return " UNION ALL ".join(parts)


def count(engine: Engine, table: str) -> int:
    """How many rows a table has."""
    [(rows,)] = engine.rows(queries.filled("pairs.sql", "count", table=table))
    return int(rows)


def _text(model: Model, query: str, **words: str) -> str:
    return queries.filled(
        "decide.sql",
        query,
        names=names(model),
        alone="round(1.0 / (1.0 + power(2.0, -least(bits, 200000) / 1000.0)), 6)",
        strong=f"{model.rules.strong} AND bits >= {_SURE}",
        never=", ".join(f"'{name}'" for name in model.rules.never),
        floor=_FLOOR,
        link=model.rules.link,
        review=model.rules.review,
        **words,
    )

"""From weights to decisions: exact pairs first, then each pair against its rivals, one to one, until nothing changes."""

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
    columns = ", ".join(f"a.{name} AS {name}_l, b.{name} AS {name}_r" for name in model.columns)
    agreements = ", ".join(f"{field.agreement_sql()} AS {field.name}" for field in model.fields)
    query = queries.filled(
        "pairs.sql",
        "scored",
        names=names(model),
        prior=model.prior_bits,
        weights=" + ".join(_weight(field) for field in model.fields),
        bars=" ".join(f"WHEN {condition} THEN '{name}'" for name, condition in model.rules.bars),
        agreements=agreements,
        columns=columns,
        carried="".join(f"{name}_l, {name}_r, " for name in model.carried),
        pairs=pairs,
        rows_a=rows[0],
        rows_b=rows[1],
    )
    engine.table(into, query)


def _weight(field: Field) -> str:
    return f"({field.weight_sql()})"


def link_exact(engine: Engine, model: Model) -> None:
    """Make `links_0`, and `rest_a`, `rest_b`: the rows that are still to be linked."""
    engine.table("exact", queries.filled("pairs.sql", "exact"))
    score(engine, model, pairs="exact", rows=("facts_a", "facts_b"), into="exact_scored")
    engine.table("links_0", _text(model, "exact_links", scored="exact_scored"))
    for letter, side in (("a", "l"), ("b", "r")):
        query = queries.filled(
            "pairs.sql", "rest", facts=f"facts_{letter}", linked="links_0", side=side
        )
        engine.table(f"rest_{letter}", query)


def link_rest(engine: Engine, model: Model) -> None:
    """Make `links` and `doubtful` out of the pairs of what was left."""
    score(engine, model, pairs="pairs", rows=("rest_a", "rest_b"), into="scored")
    scored, done = "scored", ["links_0"]
    for number in range(1, ROUNDS + 1):
        rivals, chosen, left = f"rivals_{number}", f"links_{number}", f"open_{number}"
        engine.view(rivals, _text(model, "rivals", scored=scored))
        engine.table(chosen, _text(model, "chosen", rivals=rivals, round=str(number)))
        if not count(engine, chosen):
            break
        engine.table(left, _text(model, "open", scored=scored, chosen=chosen))
        scored = left
        done.append(chosen)
    engine.table("links", _together(done))
    engine.view("rivals_last", _text(model, "rivals", scored=scored))
    engine.view("doubtful_rest", _text(model, "doubtful", rivals="rivals_last"))
    engine.view("doubles", _text(model, "doubles", scored="scored", links="links"))
    engine.table("doubtful", _together(["doubtful_rest", "doubles"]))


def count(engine: Engine, table: str) -> int:
    """How many rows a table has."""
    [(rows,)] = engine.rows(queries.filled("pairs.sql", "count", table=table))
    return int(rows)


def _together(tables: list[str]) -> str:
    return " UNION ALL ".join(queries.filled("decide.sql", "whole", table=name) for name in tables)


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

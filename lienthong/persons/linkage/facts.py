"""What is compared of the rows of two registers: made of the registers and of the keys of their names, by DuckDB.

Only rows that are asked for are prepared: the exact pass asks of all rows for a few columns, and what it leaves, one row in five, for all.
"""

from collections.abc import Mapping
from typing import Final

from lienthong.persons.linkage import queries
from lienthong.persons.linkage.engines import OneMachine

_SAMPLE: Final = 20_000
_RANDOM: Final = 1_000
_HASHES: Final = 1 << 64
_FILLERS: Final = {
    "pid": ("personal_id", 10),
    "number": ("insurance_number", 10),
    "household": ("household_code", 60),
}


def _text(name: str, /, **words: str | int) -> str:
    return queries.filled("prepare.sql", name, **{key: str(value) for key, value in words.items()})


def written() -> str:
    """A query of every name as it is written, with the persons and mothers that bear it."""
    return _text("written", **_unnamed())


def _unnamed() -> Mapping[str, str]:
    return {name: queries.read("prepare.sql")[name] for name in ("mother", "unnamed")}


def prepare(here: OneMachine) -> None:
    """Make what all facts are made with: `weighed`, how rare each of the `names` is, and `fillers`."""
    for table in ("tones", "folds"):
        here.table(table, _text(table))
    [(everybody, mothers)] = here.rows(_text("everybody"))
    here.table("common_parts", _text("common_parts", everybody=everybody))
    here.table("rare", _text("rare", everybody=everybody))
    here.table("weighed", _text("weighed", everybody=everybody, mothers=mothers))
    fillers = [
        _text("fillers", kind=kind, column=column, most=most, side=side)
        for kind, (column, most) in _FILLERS.items()
        for side in "ab"
    ]
    here.table("fillers", " UNION ALL ".join(fillers))


def of(here: OneMachine, rows: str, **words: str) -> str:
    """A query of the facts of the named rows: a query of `prepare.sql`, with its words, or the table of a register."""
    kinds = {kind for (kind,) in here.rows(_text("kinds"))}
    filled = {
        f"filled_{kind}": _text("filled", kind=kind, column=column) if kind in kinds else "false"
        for kind, (column, _) in _FILLERS.items()
    }
    return _text("facts", rows=_text(rows, **words), **filled, **_unnamed())


def draw(here: OneMachine, rows_a: int, rows_b: int) -> None:
    """Make the samples to learn from: rows of `a` with their would-be partners, and rows of both by lot."""
    rows = {"a": rows_a, "b": rows_b}
    here.table("sample_a", of(here, "drawn", side="a", within=_first(_SAMPLE, rows_a)))
    here.table("sample_b", of(here, "partners"))
    for side, count in rows.items():
        here.table(f"random_{side}", of(here, "drawn", side=side, within=_last(_RANDOM, count)))


def _first(wanted: int, rows: int) -> str:
    return f"<= {min(_HASHES - 1, _HASHES * wanted // max(rows, 1))}"


def _last(wanted: int, rows: int) -> str:
    return f">= {max(0, _HASHES - _HASHES * wanted // max(rows, 1))}"

"""What is compared of the rows of two registers: made of the registers and of the keys of their names, by DuckDB.

Only what is asked for is prepared: the exact pass asks of all rows for a few columns, and what it leaves, one row in five, for all.
"""

from typing import Final

from lienthong.persons.linkage import queries
from lienthong.persons.linkage.engines import OneMachine

_SAMPLE: Final = 20_000
_RANDOM: Final = 2_000
_HASHES: Final = 1 << 64
_WAYS: Final = ("by_hash", "by_another_hash", "by_itself")
"""To find a name; the last one never fails. Among 700,000 names of a country one pair in two countries has one hash."""
_FILLERS: Final = {
    "pid": ("personal_id", 10),
    "number": ("insurance_number", 10),
    "household": ("household_code", 60),
}


def _text(name: str, /, **words: str | int) -> str:
    return queries.filled("prepare.sql", name, **{key: str(word) for key, word in words.items()})


_UNNAMED: Final = {name: _text(name) for name in ("mother", "unnamed")}


def written() -> str:
    """A query of every name as it is written, with the persons and mothers that bear it."""
    return _text("written", **_UNNAMED)


def key(value: str, way: str) -> str:
    """An expression by which a name as written is found. A hash of 64 bits is joined faster than a text."""
    return _text(way, value=value)


class Facts:
    """The facts of two registers whose `raw_a`, `raw_b` and `names` are there."""

    def __init__(self, here: OneMachine) -> None:
        self._here = here
        for table in ("folds", "tones"):
            self._table(table)
        self._table("common_parts")
        self._table("rare")
        self._way = self._without_collision()
        here.table("weighed", _text("weighed", hash=key("name", self._way)))
        fillers = [
            _text("fillers", kind=kind, column=column, most=most, side=side)
            for kind, (column, most) in _FILLERS.items()
            for side in "ab"
        ]
        here.table("fillers", " UNION ALL ".join(fillers))
        self._kinds = {kind for (kind,) in here.rows(_text("kinds"))}

    def _table(self, name: str) -> None:
        [(everybody, mothers)] = self._here.rows(_text("everybody"))
        self._here.table(name, _text(name, everybody=everybody, mothers=mothers))

    def _without_collision(self) -> str:
        """The first way that tells all names apart."""
        for way in _WAYS:
            [(collisions,)] = self._here.rows(_text("collisions", hash=key("name", way)))
            if not collisions:
                break
        return way

    def brief(self, side: str) -> str:
        """A query of what the exact pass asks of every row of a register."""
        return self._brief(f"raw_{side}")

    def of(self, rows: str, **words: str) -> str:
        """A query of all facts of the rows that the named query of `prepare.sql` gives."""
        named = _text(rows, own_hash=self._own, **words)
        # Of a table DuckDB knows that it is small; of a query it would guess, and build its joins on every name there is.
        self._here.kept_in_memory("asked_for", named)
        return _text("facts", brief=self._brief("asked_for"))

    @property
    def _own(self) -> str:
        return key("said.full_name", self._way)

    def _brief(self, rows: str) -> str:
        filled = {
            f"filled_{kind}": (
                _text("filled", kind=kind, column=column) if kind in self._kinds else "false"
            )
            for kind, (column, _) in _FILLERS.items()
        }
        mother = key(_text("mother_name", **_UNNAMED), self._way)
        return _text("brief", rows=rows, own_hash=self._own, mother_hash=mother, **filled)

    def draw(self, rows_a: int, rows_b: int) -> None:
        """Make the samples to learn from: rows of `a` with their would-be partners, and rows of both by lot."""
        table = self._here.table
        table("sample_a", self.of("drawn", side="a", within=_first(_SAMPLE, rows_a)))
        table("sample_b", self.of("partners"))
        table("random_a", self.of("drawn", side="a", within=_last(_RANDOM, rows_a)))
        table("random_b", self.of("drawn", side="b", within=_last(_RANDOM, rows_b)))


def _first(wanted: int, rows: int) -> str:
    return f"<= {min(_HASHES - 1, _HASHES * wanted // max(rows, 1))}"


def _last(wanted: int, rows: int) -> str:
    return f">= {max(0, _HASHES - _HASHES * wanted // max(rows, 1))}"

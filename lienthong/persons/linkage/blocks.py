"""Which rows are worth a comparison: those that share a block of some rule, no block being larger than the cap.

A block that is too large is divided by further columns; what these keep apart is counted and reported, never lost in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lienthong.persons.linkage import queries
from lienthong.persons.linkage.engines import Engine

CAP = 4_000
"""Most comparisons in one block."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows that agree on `columns`, all of them filled; `further` divide a block that is too large, one after the other."""

    name: str
    columns: tuple[str, ...]
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """The tables of the two registers that are compared."""

    rows_a: str
    rows_b: str


@dataclass(frozen=True, slots=True)
class BlockCount:
    """What a rule found: pairs to compare, blocks that had to be divided, pairs that the division keeps apart."""

    rule: str
    pairs: int
    divided: int
    apart: int


PERSON_RULES = (
    Rule("personal_id", ("pid",), ("fold",)),
    Rule("number", ("number",), ("fold",)),
    Rule("name_birth", ("fold", "born_pair"), ("province", "mother_fold", "place")),
    Rule("name_mother", ("fold", "mother_fold"), ("born_year", "place")),
    Rule("mother_birth", ("mother_fold", "born_pair"), ("place", "surname")),
    Rule("household_birth", ("household", "born_pair"), ("given",)),
    Rule("household_name", ("household", "fold"), ("born_year",)),
    Rule("household_given", ("household", "given"), ("born_year",)),
    Rule("place_birth_surname", ("place", "born_pair", "surname"), ("given", "sex")),
    Rule("place_birth_given", ("place", "born_pair", "given"), ("surname", "sex")),
    Rule("place_name", ("place", "fold"), ("born_year", "mother_fold")),
    Rule("birth_name_ends", ("born_pair", "surname", "given"), ("province", "place")),
)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The blocks of one rule, by its columns and the first `depth` of those that divide them."""

    rule: Rule
    depth: int

    @property
    def name(self) -> str:
        return f"block_{self.rule.name}_{self.depth}"

    @property
    def columns(self) -> tuple[str, ...]:
        return self.rule.columns + self.rule.further[: self.depth]

    @property
    def is_last(self) -> bool:
        return self.depth == len(self.rule.further)

    @property
    def keyed(self) -> dict[str, str]:
        return {
            "keyed_a": f"{self.name}_a",
            "keyed_b": f"{self.name}_b",
            "same": self.same("x", "y"),
        }

    @property
    def grouped(self) -> str:
        return ", ".join(self.columns)

    def same(self, one: str, other: str) -> str:
        """Two rows are of one block. Dividing columns may be absent on both: those rows stay together."""
        exact = [f"{one}.{name} = {other}.{name}" for name in self.rule.columns]
        loose = [
            f"{one}.{name} IS NOT DISTINCT FROM {other}.{name}"
            for name in self.columns[len(self.rule.columns) :]
        ]
        return " AND ".join(exact + loose)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Comparisons that a cut asks for; blocks over the cap, and the comparisons in them."""

    pairs: int
    large: int
    in_large: int


def pairs(engine: Engine, rules: Sequence[Rule], side: Side) -> list[BlockCount]:
    """Make the table `pairs` (l, r), each pair once; what each rule gave, in the order of the rules."""
    cuts = [_Cut(rule, 0) for rule in rules]
    counts = {rule.name: BlockCount(rule.name, 0, 0, 0) for rule in rules}
    branches, depth = [], 0
    while cuts:
        for cut in cuts:
            _key(engine, cut, side)
        sizes = _sizes(engine, cuts, depth)
        branches += [_branch(engine, cut, sizes[cut.rule.name]) for cut in cuts]
        for cut in cuts:
            counts[cut.rule.name] = _counted(counts[cut.rule.name], cut, sizes[cut.rule.name])
        cuts = [
            _Cut(cut.rule, depth + 1)
            for cut in cuts
            if sizes[cut.rule.name].large and not cut.is_last
        ]
        depth += 1
    engine.table("pairs", " UNION ".join(branches))
    return list(counts.values())


def _key(engine: Engine, cut: _Cut, side: Side) -> None:
    filled = " AND ".join(f"{column} IS NOT NULL" for column in cut.rule.columns)
    above = _Cut(cut.rule, cut.depth - 1) if cut.depth else cut
    for letter, rows in (("a", side.rows_a), ("b", side.rows_b)):
        query = queries.filled(
            "pairs.sql",
            "keyed_within" if cut.depth else "keyed",
            rows=rows,
            columns=cut.grouped,
            filled=filled,
            outer=above.same("t", "o"),
            large=f"{above.name}_large",
        )
        engine.view(f"{cut.name}_{letter}", query)


def _sizes(engine: Engine, cuts: Sequence[_Cut], depth: int) -> dict[str, _Sizes]:
    query = " UNION ALL ".join(
        queries.filled(
            "pairs.sql", "sizes", rule=cut.rule.name, cap=CAP, grouped=cut.grouped, **cut.keyed
        )
        for cut in cuts
    )
    engine.table(f"sizes_{depth}", query)
    rows = engine.rows(queries.filled("pairs.sql", "all_sizes", table=f"sizes_{depth}"))
    return {
        rule: _Sizes(int(asked), int(large), int(inside)) for rule, asked, large, inside in rows
    }


def _branch(engine: Engine, cut: _Cut, sizes: _Sizes) -> str:
    """The comparisons of a cut; those of its large blocks are left to the next one."""
    if not sizes.large:
        return queries.filled("pairs.sql", "block_pairs", **cut.keyed)
    large = f"{cut.name}_large"
    columns = ", ".join(f"x.{name}" for name in cut.columns)
    query = queries.filled(
        "pairs.sql", "large", cap=CAP, columns=columns, grouped=cut.grouped, **cut.keyed
    )
    engine.table(large, query)
    return queries.filled(
        "pairs.sql",
        "block_pairs_but_large",
        large=large,
        same_large=cut.same("z", "x"),
        **cut.keyed,
    )


def _counted(before: BlockCount, cut: _Cut, sizes: _Sizes) -> BlockCount:
    """What is known after a cut: the pairs that it was to divide are apart until one of its blocks holds them."""
    apart = before.apart - sizes.pairs if cut.depth else 0
    return BlockCount(
        before.rule,
        pairs=before.pairs + sizes.pairs - sizes.in_large,
        divided=before.divided + sizes.large,
        apart=apart + sizes.in_large,
    )

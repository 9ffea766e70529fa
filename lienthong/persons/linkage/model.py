"""Weights of evidence: what each agreement of two rows says for or against one person, in thousandths of a bit.

Fellegi and Sunter's sum: log2(m / u) for each field, where m is how often the agreement is seen on two rows of one person
and u how often on two rows of two. All conditions are SQL that DuckDB and Spark read alike, over columns `x_l` and `x_r`
of the two rows; all weights are whole numbers, so that both engines add them up to the same figure.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lienthong.persons.linkage import notes

_LEAST, _MOST = 1e-12, 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Level:
    """One kind of agreement. `m`, `u`: the shipped chances, used where a register is too small to learn from.

    `rarity` is SQL for how much the very value says (thousandths of a bit) and then stands for -log2(u); `crowd` is how
    many other values would have agreed as well. `words` is what an officer reads.
    """

    name: str
    condition: str
    words: str
    m: float
    u: float
    rarity: str = ""
    crowd: float = 1.0
    learnt: bool = True
    """False where u cannot be seen in a sample (two persons who hold one id): it stays as it was set."""

    @property
    def bits(self) -> int:
        """The weight without rarity."""
        m = min(max(self.m, _LEAST), _MOST)
        u = self.crowd if self.rarity else min(max(self.u, _LEAST), _MOST)
        return round(1000 * math.log2(m / u))


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is compared: the first level whose condition holds counts; `missing` weighs nothing."""

    name: str
    missing: str
    levels: tuple[Level, ...]

    def agreement_sql(self) -> str:
        """An expression for the name of the level, `missing` where nothing can be said."""
        cases = "".join(
            f" WHEN {level.condition} THEN '{level.name}'" for level in self.levels[:-1]
        )
        return f"CASE WHEN {self.missing} THEN 'missing'{cases} ELSE '{self.levels[-1].name}' END"

    def weight_sql(self) -> str:
        """An expression for the weight, over the column that holds the level."""
        cases = "".join(
            f" WHEN {self.name} = '{level.name}' THEN {level.bits}"
            + (f" + {level.rarity}" if level.rarity else "")
            for level in self.levels
        )
        return f"CASE{cases} ELSE 0 END"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is decided by rule and not by weight alone; conditions over the columns that hold the agreements.

    `bars`: (name, condition) of pairs that do not become one by weight, the first that holds; `never`: the bars that end
    the matter, the others leave it to an officer. `strong`: one person whoever else wants the row, since a rival of such
    a pair is the same person entered twice. `link`, `review`: the probabilities from which a pair is linked, or shown.
    """

    bars: tuple[tuple[str, str], ...]
    never: tuple[str, ...]
    strong: str
    link: float = 0.99
    review: float = 0.05


@dataclass(frozen=True, slots=True)
class Model:
    """Fields with their weights, and `prior`: the chance that a row of one side and a row of the other are one person.

    `columns` are what the conditions read, without `_l` and `_r`; `carried` those that the weights read. `learnt` names
    the fields whose weights come from these registers; the others keep the shipped ones.
    """

    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    carried: tuple[str, ...]
    rules: Rules
    prior: float
    learnt: tuple[str, ...] = ()

    @property
    def prior_bits(self) -> int:
        """Thousandths of a bit, below zero."""
        return round(1000 * math.log2(self.prior / (1 - self.prior)))

    def with_chances(self, chances: Mapping[tuple[str, str], tuple[float, float]]) -> "Model":
        """The model with other m and u for the named (field, level) pairs."""
        return replace(
            self,
            fields=tuple(
                replace(
                    field,
                    levels=tuple(
                        _changed(level, chances.get((field.name, level.name)))
                        for level in field.levels
                    ),
                )
                for field in self.fields
            ),
        )

    def save(self, path: Path) -> None:
        """Write what was learnt, for the page and for a run that goes on."""
        chances = [
            [field.name, level.name, level.m, level.u]
            for field in self.fields
            for level in field.levels
        ]
        stated = {"prior": self.prior, "learnt": self.learnt, "chances": chances}
        notes.write(path, json.dumps(stated, ensure_ascii=False, indent=1))

    def restored(self, path: Path) -> "Model":
        """This model with what `save` wrote."""
        stated = json.loads(path.read_text(encoding="utf-8"))
        chances = {(field, level): (m, u) for field, level, m, u in stated["chances"]}
        same = replace(self, prior=stated["prior"], learnt=tuple(stated["learnt"]))
        return same.with_chances(chances)


def _changed(level: Level, chances: tuple[float, float] | None) -> Level:
    if chances is None:
        return level
    m, u = chances
    return replace(level, m=m, u=u)

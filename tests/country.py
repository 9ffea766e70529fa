"""Reads a synthetic country back from its files, with nothing of the package that wrote it but the file names."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str]
REGISTER = [
    "id",
    "full_name",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "mother_name",
    "province_code",
    "commune_code",
    "household_code",
]

PERSONS = 60_000
"""In the country that the tests share."""
NAME_FLAWS = {
    "all_caps",
    "decomposed",
    "tones_moved",
    "i_y",
    "tones_dropped",
    "syllable_dropped",
    "typo",
    "tcvn3",
    "vni",
    "unnamed",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the truth; a side is None where the person is not in that register."""

    left: Row | None
    right: Row | None
    kind: str
    kin: str
    flaws: frozenset[str]


@dataclass(frozen=True, slots=True)
class Country:
    """The four files, parsed."""

    left: dict[str, Row]
    right: dict[str, Row]
    truth: list[Pair]
    households: list[Row]

    @property
    def both(self) -> list[tuple[Row, Row, Pair]]:
        """The pairs of two rows."""
        return [(it.left, it.right, it) for it in self.truth if it.left and it.right]

    def families(self) -> dict[str, list[Row]]:
        """The lines of the household file by the household."""
        found: dict[str, list[Row]] = defaultdict(list)
        for line in self.households:
            found[line["household_code"]].append(line)
        return found


def table(path: Path) -> list[Row]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _register(path: Path) -> dict[str, Row]:
    rows = table(path)
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def read(folder: Path) -> Country:
    """The country that stands in the folder; fails where a line of the truth names a row that is not there."""
    left, right = _register(folder / "left.csv"), _register(folder / "right.csv")
    truth = [
        Pair(
            left[line["left_id"]] if line["left_id"] else None,
            right[line["right_id"]] if line["right_id"] else None,
            line["class"],
            line["kin"],
            frozenset(line["flaws"].split()),
        )
        for line in table(folder / "truth.csv")
    ]
    return Country(left, right, truth, table(folder / "households.csv"))

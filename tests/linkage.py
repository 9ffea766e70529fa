"""Small registers of fictional persons, and the links that two of them give."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lienthong.persons.linkage import linking
from lienthong.persons.linkage.registers import COLUMNS
from lienthong.simulation.country import writing

Pairs = set[tuple[str, str]]


def row(mark: str, **fields: str) -> dict[str, str]:
    """A row of a register with this id; what is not named is empty."""
    return dict.fromkeys(COLUMNS, "") | {"id": mark} | fields


def write(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """The rows as a register."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, COLUMNS)
        out.writeheader()
        out.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def links(path: Path) -> Pairs:
    """The pairs of a file of links."""
    return {(each["left_id"], each["right_id"]) for each in read(path)}


def country(folder: Path, persons: int) -> Path:
    """A synthetic country: left.csv, right.csv, truth.csv."""
    writing.write(folder, writing.Order(persons, 5), processes=1, progress=lambda _done, _all: None)
    return folder


def truth(folder: Path) -> Pairs:
    """Who is whom in a synthetic country."""
    return {pair for pair in links(folder / "truth.csv") if all(pair)}


def link(where: Path, **machine: Any) -> linking.Summary:
    """Link left.csv and right.csv of a folder; the links stand in out.csv."""
    return linking.link(
        where / "left.csv",
        where / "right.csv",
        where / "out.csv",
        machine=linking.Machine(**machine),
    )

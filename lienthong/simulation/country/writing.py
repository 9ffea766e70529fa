"""Writes the synthetic country to a folder: two registers, their truth and the households, in constant memory.

Persons come in blocks, each with a generator of its own, so that any number of processes writes the same bytes.
"""

import csv
import io
import json
import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from lienthong.config import environment
from lienthong.kernel.errors import Conflict, Refused
from lienthong.simulation.country import registers
from lienthong.simulation.country.households import Builder
from lienthong.simulation.country.land import land
from lienthong.simulation.country.people import MOST_PERSONS
from lienthong.simulation.country.plan import shares
from lienthong.simulation.country.registers import Scribe, Sheets

FILES = {
    "left.csv": registers.REGISTER_COLUMNS,
    "right.csv": registers.REGISTER_COLUMNS,
    "truth.csv": registers.TRUTH_COLUMNS,
    "households.csv": registers.HOUSEHOLD_COLUMNS,
}
"""The files and their columns."""
MANIFEST = "country.json"
_VERSION = 1
_BLOCK = 20_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """A country to be written: the same order gives the same bytes."""

    persons: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the folder: rows by file, and pairs of the truth by class."""

    persons: int
    seed: int
    rows: dict[str, int]
    classes: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Block:
    bodies: tuple[bytes, ...]
    rows: tuple[int, ...]
    classes: Counter[str]
    persons: int


def write(folder: Path, order: Order, *, processes: int = 2, progress: Progress) -> Written:
    """The country as `left.csv`, `right.csv`, `truth.csv`, `households.csv`; what was written.

    An order that stands in the folder already is not written again. Raises Refused in production (E-PRODUCTION) and
    for more persons than there are fictional ids (E-SIZE); Conflict (E-FOLDER) when the folder holds other data.
    """
    if environment.current().is_production:
        raise Refused(
            "Không tạo dữ liệu mẫu khi vận hành thật (LIENTHONG_PRODUCTION=1).", code="E-PRODUCTION"
        )
    if not 1 <= order.persons <= MOST_PERSONS:
        raise Refused(f"Số người phải từ 1 đến {MOST_PERSONS}.", code="E-SIZE", field="persons")
    there = _standing(folder, order)
    if there is not None:
        return there
    folder.mkdir(parents=True, exist_ok=True)
    # Tells a later run that what lies here half-written is ours.
    _note(folder, order)
    written = _write_all(folder, order, processes, progress)
    for name in FILES:
        _part(folder, name).replace(folder / name)
    _note(folder, written)
    _part(folder, MANIFEST).replace(folder / MANIFEST)
    return written


def _note(folder: Path, told: Order | Written) -> None:
    text = json.dumps({"version": _VERSION, **asdict(told)}, indent=1)
    _part(folder, MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def _part(folder: Path, name: str) -> Path:
    return folder / f"{name}.part"


def _standing(folder: Path, order: Order) -> Written | None:
    """What the folder holds, if it is this very order; None for a folder without registers."""
    manifest = folder / MANIFEST
    if manifest.exists():
        told = json.loads(manifest.read_text(encoding="utf-8"))
        if (told["version"], told["persons"], told["seed"]) == (
            _VERSION,
            order.persons,
            order.seed,
        ):
            return Written(order.persons, order.seed, told["rows"], told["classes"])
    elif _part(folder, MANIFEST).exists() or not any((folder / it).exists() for it in FILES):
        return None
    raise Conflict(
        f"Thư mục {folder} đã có dữ liệu khác. Vui lòng chọn thư mục khác.", code="E-FOLDER"
    )


def _write_all(folder: Path, order: Order, processes: int, progress: Progress) -> Written:
    rows, classes, done = dict.fromkeys(FILES, 0), Counter[str](), 0
    with ExitStack() as open_files:
        files: list[BinaryIO] = []
        for name, columns in FILES.items():
            files.append(open_files.enter_context(_part(folder, name).open("wb")))
            files[-1].write(f"{','.join(columns)}\n".encode())
        for block in _blocks(order, processes):
            for name, file, body, count in zip(FILES, files, block.bodies, block.rows, strict=True):
                file.write(body)
                rows[name] += count
            classes.update(block.classes)
            done += block.persons
            progress(done, order.persons)
    return Written(order.persons, order.seed, rows, dict(classes))


def _blocks(order: Order, processes: int) -> Iterator[_Block]:
    """The blocks in their order, made by that many processes."""
    tasks = [(order, at) for at in range(-(-order.persons // _BLOCK))]
    if processes == 1 or len(tasks) == 1:
        yield from map(_make, tasks)
        return
    # Spawned: a forked child would share the parent's database connections.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(_make, tasks)


def _make(task: tuple[Order, int]) -> _Block:
    order, at = task
    first = at * _BLOCK
    count = min(_BLOCK, order.persons - first)
    rng = random.Random(f"country {order.seed} {at}")
    sheets = _fill(rng, first, count)
    rng.shuffle(sheets.right)
    tables = (sheets.left, sheets.right, sheets.truth, sheets.households)
    return _Block(
        tuple(_csv(table) for table in tables),
        tuple(len(table) for table in tables),
        sheets.counts,
        count,
    )


def _fill(rng: random.Random, first: int, count: int) -> Sheets:
    """Households until the block has its persons; the last household is cut to fit."""
    stated = shares()
    here = land(stated.day)
    builder, scribe = Builder(here, stated, rng), Scribe(here, stated, rng)
    index, end = first, first + count
    while index < end:
        home = builder.household()
        del home.members[end - index :]
        for person in home.members:
            person.settle(index)
            index += 1
        scribe.write(home)
    return scribe.sheets


def _csv(table: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()

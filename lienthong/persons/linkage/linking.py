"""Two registers against each other, stage by stage, each kept in a folder: who is whom, and who may be.

The work folder (default: `.<name of out>.work` beside it, removed at the end; a folder of the caller's stays):

    inputs.json            digests of the two files and the version of the model; another input starts anew
    sides.json             which of the two is `a` (always the same one, whichever was called left), and their rows
    names, weighed, …      the keys of every name and how rare it is
    model.json             the weights, with what was learnt here
    exact, rest_a, pairs, scored, doubtful …  tables of `pairs.sql` and `decide.sql`
    summary.json           what `link` gave, once it came to its end

A table stands as soon as its file bears its name, so a killed linkage goes on where it was. The registers themselves are not
copied: until the rows that the exact pass left stand by themselves, a linkage that goes on reads the files again.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from lienthong.kernel.errors import Refused
from lienthong.persons.linkage import (
    blocks,
    deciding,
    engines,
    keys,
    notes,
    persons_model,
    places,
    registers,
    results,
    training,
)
from lienthong.persons.linkage.cluster import Cluster
from lienthong.persons.linkage.engines import Engine, OneMachine
from lienthong.persons.linkage.facts import Facts, written
from lienthong.persons.linkage.model import Model

VERSION = 2
"""Of the tables in a folder: another version starts anew."""
Progress = Callable[[str, int, int], None]
STAGES = (
    "Đọc hai sổ",
    "Chuẩn bị tên, ngày sinh và địa chỉ",
    "Học trọng số từ mẫu",
    "Ghép những cặp trùng khớp hoàn toàn",
    "Tìm những cặp có thể là một người",
    "Chấm điểm và quyết định",
    "Ghi kết quả",
)
FINISHED = "Xong"
_REST = blocks.Side("rest_a", "rest_b")
_ENDS = {"a": "l", "b": "r"}
_SESSIONS = (("fold", "birth"), ("pid",), ("mother_fold", "household"))
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and within what the linkage runs. `engine`: duckdb or spark; `memory`: as «3GB»."""

    engine: str = "duckdb"
    memory: str = "3GB"
    threads: int = 2
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What came out, in rows and pairs; `seconds` by stage. `blocks`: pairs compared by rule, and those left apart."""

    left: int
    right: int
    links: int
    doubtful: int
    exact: int
    compared: int
    seconds: Mapping[str, float]
    blocks: tuple[Mapping[str, object], ...] = ()
    learnt: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def link(
    left: Path,
    right: Path,
    out: Path,
    *,
    machine: Machine = Machine(),
    progress: Progress = _silent,
) -> Summary:
    """Link two registers; `out` gets `left_id,right_id,probability`, one to one, ordered by left_id.

    Beside it `<out>.reasons.csv` says why, and `<out>.review.csv` holds the pairs an officer should look at. `progress`
    is told (stage, stages done, stages in all). Raises Refused for a register that is not one (E-REG-…).
    """
    folder = machine.folder or out.parent / f".{out.name}.work"
    _open(folder, left, right, machine)
    run = _Run(folder, machine, progress)
    try:
        summary = run.all(left, right, out)
    finally:
        run.close()
    notes.write(folder / "summary.json", json.dumps(asdict(summary), ensure_ascii=False))
    if machine.folder is None:
        shutil.rmtree(folder)
    progress(FINISHED, len(STAGES), len(STAGES))
    return summary


def _open(folder: Path, left: Path, right: Path, machine: Machine) -> None:
    """Make the folder fit these inputs: what another input left there goes."""
    stated = {
        "version": VERSION,
        "engine": machine.engine,
        "files": [_digest(left), _digest(right)],
    }
    marker = folder / "inputs.json"
    if folder.exists() and not marker.exists() and any(folder.iterdir()):
        raise Refused(
            f"Thư mục «{folder}» có tệp của việc khác; hãy chọn thư mục trống (E-LINK-FOLDER).",
            code="E-LINK-FOLDER",
            field="folder",
        )
    if marker.exists() and json.loads(marker.read_text("utf-8")) != stated:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    notes.write(marker, json.dumps(stated))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as wrong:
        raise Refused(
            f"Không đọc được tệp «{path}» (E-REG-FILE).", code="E-REG-FILE", field=str(path)
        ) from wrong


@dataclass(frozen=True, slots=True)
class _Sides:
    """Rows of the two registers; whether the right one is `a`."""

    left: int
    right: int
    swapped: bool

    @property
    def rows(self) -> tuple[int, int]:
        """Of `a`, of `b`."""
        return (self.right, self.left) if self.swapped else (self.left, self.right)


class _Run:
    """One linkage in one folder."""

    def __init__(self, folder: Path, machine: Machine, progress: Progress) -> None:
        self.folder = folder
        self.machine = machine
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self.connection = engines.connect(folder, machine.memory, machine.threads)
        self.here = OneMachine(self.connection, folder)
        self.engine: Engine = self.here
        self.facts: Facts | None = None

    def close(self) -> None:
        if self.engine is not self.here:
            self.engine.close()
        self.here.close()

    def all(self, left: Path, right: Path, out: Path) -> Summary:
        """Every stage in turn."""
        sides = self._stage(0, lambda: self._read(left, right))
        self._stage(1, self._prepare)
        model = self._stage(2, lambda: self._model(sides.rows))
        self._stage(3, lambda: self._link_exact(model))
        found = self._stage(4, lambda: blocks.pairs(self.engine, blocks.PERSON_RULES, _REST))
        self._stage(5, lambda: deciding.link_rest(self.engine, model, settled=("links_0",)))
        files = self._stage(6, lambda: self._write(out, swapped=sides.swapped))
        exact, links = results.counts(self.here)
        return Summary(
            left=sides.left,
            right=sides.right,
            links=links,
            doubtful=deciding.count(self.engine, "doubtful"),
            exact=exact,
            compared=deciding.count(self.engine, "scored"),
            seconds=self.seconds,
            blocks=tuple(asdict(each) for each in found),
            learnt=model.learnt,
            files=files,
        )

    def _stage(self, number: int, work: Callable[[], _Done]) -> _Done:
        self.progress(STAGES[number], number, len(STAGES))
        start = time.monotonic()
        done = work()
        self.seconds[STAGES[number]] = round(time.monotonic() - start, 2)
        return done

    @property
    def _needs_registers(self) -> bool:
        """Whether a table that is made of the registers is still to come."""
        last = ("model.json", "exact.parquet", "rest_a.parquet", "rest_b.parquet")
        return not all((self.folder / name).exists() for name in last)

    def _read(self, left: Path, right: Path) -> "_Sides":
        """Read both, unless all that is made of them stands.

        Which is `a` depends on what they hold alone, so that a linkage of B with A gives the links of A with B.
        """
        marker = self.folder / "sides.json"
        if not marker.exists() or self._needs_registers:
            left_rows, right_rows = (
                registers.read(self.connection, path, f"raw_{name}")
                for name, path in (("left", left), ("right", right))
            )
            sides = _Sides(left_rows, right_rows, self._are_swapped())
            notes.write(marker, json.dumps(asdict(sides)))
            for name, letter in zip(
                ("left", "right"), "ba" if sides.swapped else "ab", strict=True
            ):
                self.here.view(f"raw_{letter}", f"FROM raw_{name}")
        return _Sides(**json.loads(marker.read_text("utf-8")))

    def _are_swapped(self) -> bool:
        for mark in (registers.mark, registers.mark_of_all):
            left, right = (mark(self.connection, f"raw_{name}") for name in ("left", "right"))
            if left != right:
                return right < left
        return False

    def _prepare(self) -> None:
        if not self._needs_registers:
            return
        self.here.given("places", pa.Table.from_pylist([asdict(place) for place in places.known()]))
        names = self.folder / "names.parquet"
        if not names.exists():
            part = names.with_suffix(".part")
            keys.write(self.connection, written(), part)
            part.rename(names)
        self.here.table("names", "")
        self.facts = Facts(self.here)

    def _model(self, rows: Sequence[int]) -> Model:
        path = self.folder / "model.json"
        model = persons_model.shipped(*rows)
        if not path.exists():
            if min(rows) >= training.FEWEST_ROWS:
                self._prepared.draw(*rows)
                model = training.learn(self.connection, model, _SESSIONS)
            model.save(path)
        return model.restored(path)

    def _link_exact(self, model: Model) -> None:
        """Spark takes over once the weights and the facts stand; both are the same for either engine."""
        exact = persons_model.of_exact_pairs(model)
        if self.machine.engine == "spark":
            for letter in "ab":
                self._facts(f"facts_{letter}", "numbered", side=letter)
            self.engine = Cluster(self.folder, self.machine.memory, self.machine.threads)
            for letter in "ab":
                self.engine.table(f"facts_{letter}", "")
            deciding.link_exact(self.engine, exact)
            deciding.leave_rest(self.engine)
            return
        if self._needs_registers:
            for letter in "ab":
                self.here.view(f"facts_{letter}", self._prepared.brief(letter))
        deciding.link_exact(self.here, exact)
        for letter, end in _ENDS.items():
            self._facts(f"rest_{letter}", "unlinked", side=letter, end=end)

    def _facts(self, table: str, rows: str, **words: str) -> None:
        stands = (self.folder / f"{table}.parquet").exists()
        self.here.table(table, "" if stands else self._prepared.of(rows, **words))

    @property
    def _prepared(self) -> Facts:
        if self.facts is None:
            raise AssertionError("facts are asked for that were to stand")
        return self.facts

    def _write(self, out: Path, *, swapped: bool) -> dict[str, str]:
        if self.engine is not self.here:
            for name in ("links", "doubtful"):
                self.here.table(name, "")
        return results.write(self.here, self.folder, out, swapped=swapped)

"""Two registers against each other, stage by stage, each kept in a folder: who is whom, and who may be.

The work folder (default: `.<name of out>.work` beside it, removed at the end; a folder of the caller's stays):

    inputs.json            digests of the two files and the version of the model; another input starts anew
    raw_a.parquet, …       the registers as read; `a` is always the same of the two, whichever was called left
    facts_a.parquet, …     what is compared: keys of names, codes of today
    model.json             the weights, with what was learnt here
    exact, rest, pairs, scored, links, doubtful …  tables of `pairs.sql` and `decide.sql`
    summary.json           what `link` gave, once it came to its end

A table stands as soon as its file bears its name, so a killed linkage goes on where it was.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
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
    queries,
    registers,
    training,
)
from lienthong.persons.linkage.cluster import Cluster
from lienthong.persons.linkage.engines import Engine, OneMachine
from lienthong.persons.linkage.model import Model
from lienthong.persons.linkage.results import write

VERSION = 1
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
            return hashlib.file_digest(file, "blake2b").hexdigest()
    except OSError as wrong:
        raise Refused(
            f"Không đọc được tệp «{path}» (E-REG-FILE).", code="E-REG-FILE", field=str(path)
        ) from wrong


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

    def close(self) -> None:
        if self.engine is not self.here:
            self.engine.close()
        self.here.close()

    def all(self, left: Path, right: Path, out: Path) -> Summary:
        """Every stage in turn."""
        swapped = self._stage(0, lambda: self._read(left, right))
        self._stage(1, self._prepare)
        counts = {letter: self._count(f"facts_{letter}") for letter in "ab"}
        model = self._stage(2, lambda: self._model(counts))
        self._choose_engine()
        self._stage(3, lambda: deciding.link_exact(self.engine, model))
        side = blocks.Side("rest_a", "rest_b")
        found = self._stage(4, lambda: blocks.pairs(self.engine, blocks.PERSON_RULES, side))
        self._stage(5, lambda: deciding.link_rest(self.engine, model))
        files = self._stage(6, lambda: self._write(out, swapped=swapped))
        return Summary(
            left=counts["b" if swapped else "a"],
            right=counts["a" if swapped else "b"],
            links=self._count("links"),
            doubtful=self._count("doubtful"),
            exact=self._count("links_0"),
            compared=self._count("scored"),
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

    def _count(self, table: str) -> int:
        return deciding.count(self.engine, table)

    def _read(self, left: Path, right: Path) -> bool:
        """Read both; True when the right one is `a`.

        Which is `a` depends on what they hold alone, so that a linkage of B with A gives the links of A with B.
        """
        marker = self.folder / "sides.json"
        if not marker.exists():
            marks = []
            for name, path in (("left", left), ("right", right)):
                raw = self.folder / f"{name}.raw"
                registers.read(self.connection, path, raw)
                marks.append(registers.mark(self.connection, raw))
            swapped = marks[1] < marks[0]
            for name, letter in (
                ("left", "b" if swapped else "a"),
                ("right", "a" if swapped else "b"),
            ):
                (self.folder / f"{name}.raw").rename(self.folder / f"raw_{letter}.parquet")
            notes.write(marker, json.dumps({"swapped": swapped}))
        return bool(json.loads(marker.read_text("utf-8"))["swapped"])

    def _prepare(self) -> None:
        for letter in "ab":
            self.here.table(f"raw_{letter}", "")
        texts = queries.read("prepare.sql")
        self.here.given("places", pa.Table.from_pylist([asdict(place) for place in places.known()]))
        self.here.view("all_rows", texts["all_rows"])
        names = self.folder / "names.parquet"
        if not names.exists():
            part = names.with_suffix(".part")
            keys.write(self.connection, texts["distinct_names"], part)
            part.rename(names)
        self.here.table("names", "")
        for name in (
            "name_counts",
            "mother_counts",
            "common_parts",
            "rare_names",
            "weighed",
            "fillers",
            "facts_a",
            "facts_b",
        ):
            self.here.table(name, texts[name])

    def _model(self, counts: Mapping[str, int]) -> Model:
        path = self.folder / "model.json"
        model = persons_model.shipped(counts["a"], counts["b"])
        if not path.exists():
            if min(counts.values()) >= training.FEWEST_ROWS:
                for name in ("sample_a", "sample_b", "random_a", "random_b"):
                    self.here.table(name, queries.read("prepare.sql")[name])
                model = training.learn(self.connection, model, _SESSIONS)
            model.save(path)
        return model.restored(path)

    def _choose_engine(self) -> None:
        """Spark takes over once the facts and the weights stand; both are the same for either engine."""
        if self.machine.engine == "spark":
            self.engine = Cluster(self.folder, self.machine.memory, self.machine.threads)
            for letter in "ab":
                self.engine.table(f"facts_{letter}", "")

    def _write(self, out: Path, *, swapped: bool) -> dict[str, str]:
        for name in ("links", "doubtful"):
            self.here.table(name, "")
        return write(self.here, self.folder, out, swapped=swapped)

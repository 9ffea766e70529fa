"""The linkage beside Splink's own defaults, on one synthetic country, each in a process of its own: quality, time, memory."""

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb

from lienthong.persons.linkage import linking
from lienthong.simulation.benches import link_defaults
from lienthong.simulation.country import writing

_MEMORY = "2GB"
_MEBIBYTE = 1024
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall seconds, processor seconds, the most memory the process held (MiB)."""

    seconds: float
    processor_seconds: float
    peak_mebibytes: float


def run(persons: int, folder: Path, *, seed: int = 1, progress: Progress) -> Mapping[str, object]:
    """Write the country of that seed, link its registers both ways, compare with the truth."""
    progress(f"Tạo dữ liệu hư cấu: {persons} người")
    writing.write(
        folder,
        writing.Order(persons, seed),
        processes=os.cpu_count() or 1,
        progress=lambda _done, _all: None,
    )
    progress("Ghép bằng Liên thông")
    ours, summary = _apart(_ours, folder)
    progress("Ghép bằng Splink với thiết lập mặc định")
    theirs, _ = _apart(_theirs, folder)
    quality, by_class = judged(folder, folder / "ours.csv", 0.0)
    defaults = {
        f"{least}": judged(folder, folder / "theirs.csv", least)[0]
        for least in link_defaults.THRESHOLDS
    }
    return {
        "bench": "link",
        "persons": persons,
        "seed": seed,
        "ours": {**_as_figures(ours), **quality, "by_class": by_class, "stages": summary},
        "splink_defaults": {**_as_figures(theirs), "by_threshold": defaults},
        "faster": round(theirs.seconds / ours.seconds, 2),
        "faster_by_processor": round(theirs.processor_seconds / ours.processor_seconds, 2),
    }


def _as_figures(cost: Cost) -> dict[str, float]:
    return {
        "seconds": round(cost.seconds, 1),
        "processor_seconds": round(cost.processor_seconds, 1),
        "peak_mebibytes": round(cost.peak_mebibytes),
    }


def _apart(work: Callable[[Path], object], folder: Path) -> tuple[Cost, object]:
    """The work in a new process: what it cost and what it gave."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        cost, given = pool.apply(_measured, (work, folder))
    return cost, given


def _measured(work: Callable[[Path], object], folder: Path) -> tuple[Cost, object]:
    start = time.monotonic()
    given = work(folder)
    seconds = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / _MEBIBYTE), given


def _ours(folder: Path) -> object:
    machine = linking.Machine(memory=_MEMORY, threads=os.cpu_count() or 1)
    summary = linking.link(
        folder / "left.csv", folder / "right.csv", folder / "ours.csv", machine=machine
    )
    return {
        "seconds": dict(summary.seconds),
        "exact": summary.exact,
        "compared": summary.compared,
        "doubtful": summary.doubtful,
        "blocks": [dict(block) for block in summary.blocks],
    }


def _theirs(folder: Path) -> object:
    link_defaults.link(folder, memory=_MEMORY, threads=os.cpu_count() or 1)
    return None


def judged(
    folder: Path, links: Path, least: float
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Precision, recall and F1 of a file of links from this probability on, in whole; and recall by class."""
    text = files(__package__).joinpath("link.sql").read_text(encoding="utf-8")
    values = {"truth": str(folder / "truth.csv"), "links": str(links), "least": least}
    with duckdb.connect() as connection:
        rows = connection.execute(text, values).fetchall()
    found = sum(linked for name, _, linked in rows if name)
    pairs = sum(count for name, count, _ in rows if name)
    false = sum(count for name, count, _ in rows if not name)
    by_class = {
        name: {"pairs": count, "recall": round(linked / count, 4)}
        for name, count, linked in rows
        if name
    }
    return quality(found, false, pairs), by_class


def quality(found: int, false: int, pairs: int) -> dict[str, float]:
    """Figures of `found` right and `false` wrong links where there are so many pairs."""
    precision = found / (found + false) if found + false else 1.0
    recall = found / pairs if pairs else 1.0
    both = precision + recall
    return {
        "links": found + false,
        "false": false,
        "precision": round(precision, 6),
        "recall": round(recall, 5),
        "f1": round(2 * precision * recall / both, 5) if both else 0.0,
    }

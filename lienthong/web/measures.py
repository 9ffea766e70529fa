"""Counts the answers of this web server: by door, route and status, with a histogram of their time. Knows no page.

Each process keeps its own figures and writes them to a file every few seconds; `totals` adds up the files of all, so
that whichever process is asked tells of the whole server. A file of a process that ended goes on counting.
"""

import json
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Final

BUCKETS: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram in seconds; what took longer counts in the last, open one."""
_WRITE_SECONDS = 2.0
_MOST_SERIES = 4_000
Figures = dict[str, list[float]]
"""`door route status` → how many answers in each bucket, the open one too, and the sum of their seconds."""


class Measures:
    """The figures of one process. `folder`: where all processes of the server write theirs; None keeps them here."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._figures: Figures = {}
        self._lock = threading.Lock()
        self._written = time.monotonic()

    def add(self, door: str, route: str, status: int, seconds: float) -> None:
        """Count one answer. `route` is a name of ours, never an address that somebody sent."""
        key = f"{door} {route or '-'} {status}"
        with self._lock:
            if key not in self._figures and len(self._figures) >= _MOST_SERIES:
                return
            row = self._figures.setdefault(key, [0.0] * (len(BUCKETS) + 2))
            row[bisect_left(BUCKETS, seconds)] += 1
            row[-1] += seconds
            is_due = time.monotonic() - self._written > _WRITE_SECONDS
        if is_due:
            self.write()

    def write(self) -> None:
        """Put this process's figures where the others find them; a full disk loses figures, never an answer."""
        if self._folder is None:
            return
        with self._lock:
            self._written = time.monotonic()
            text = json.dumps(self._figures)
        place = self._folder / f"{os.getpid()}.json"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = place.with_suffix(".new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(place)
        except OSError:
            return

    def totals(self) -> Mapping[str, list[float]]:
        """The figures of every process of this server, this one's as they are now."""
        self.write()
        with self._lock:
            total = {key: list(row) for key, row in self._figures.items()}
        if self._folder is None:
            return total
        for path in self._folder.glob("*.json"):
            if path.stem != str(os.getpid()):
                _add(total, path)
        return total


def forget(folder: Path) -> None:
    """Take away what earlier servers wrote; when a server starts, before its processes do."""
    for path in [*folder.glob("*.json"), *folder.glob("*.new")]:
        path.unlink(missing_ok=True)


def _add(total: Figures, path: Path) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for key, row in found.items():
        held = total.setdefault(key, [0.0] * (len(BUCKETS) + 2))
        for place, value in enumerate(row[: len(held)]):
            held[place] += float(value)

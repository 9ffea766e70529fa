"""What runs when. One loop a process; several processes may run it side by side, each taking other rows."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from lienthong.database import pulses
from lienthong.database.pulses import Beat
from lienthong.kernel import traces

_log = logging.getLogger(__name__)
_AFTER_TROUBLE = 2.0
_BEAT_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """One thing the worker does: its name, the pause between two runs in seconds, and the function.

    `end`, if any, is called when the loop ends: it lets go of what the task holds beyond a run.
    `settles` is True when the work is done at once by the system's own means, so that "until nothing moves" may
    wait for it; a question to another system may never be answered. `is_patient`: runs for the first time only after
    one pause, when the others have run.
    """

    name: str
    every: float
    run: Callable[[datetime], int]
    settles: bool = True
    end: Callable[[datetime], None] | None = None
    is_patient: bool = False


@dataclass(slots=True)
class Stop:
    """A request to stop, from a signal; the running task is finished first."""

    asked: threading.Event = field(default_factory=threading.Event)

    def ask(self, *_signal: object) -> None:
        """Ask the loop to end."""
        self.asked.set()


def run_until_idle(tasks: Sequence[Task], *, now: Callable[[], datetime]) -> dict[str, int]:
    """Run the tasks until none that settles moves anything; how many things each moved."""
    moved = dict.fromkeys((task.name for task in tasks), 0)
    pulse = _Pulse()
    is_first, anything = True, 1
    while anything:
        anything = 0
        for task in tasks:
            if (task.settles or is_first) and not task.is_patient:
                at = now()
                count = task.run(at)
                pulse.add(task.name, at, count, is_good=True)
                moved[task.name] += count
                anything += count if task.settles and task.name != "seal" else 0
        is_first = False
    pulse.tell()
    for task in tasks:
        if task.is_patient:
            moved[task.name] += task.run(now())
    _end(tasks, now)
    return moved


def run(tasks: Sequence[Task], *, now: Callable[[], datetime], stop: Stop) -> None:
    """Run the tasks, each at its pace, until asked to stop. A database that goes away is waited for."""
    began = time.monotonic()
    due = {task.name: began + task.every if task.is_patient else 0.0 for task in tasks}
    pulse = _Pulse()
    while not stop.asked.is_set():
        for task in tasks:
            if time.monotonic() >= due[task.name] and not stop.asked.is_set():
                moved = _run_one(task, now, pulse)
                # What moved something may have more to move: come back at once.
                due[task.name] = time.monotonic() + (0.0 if moved and task.settles else task.every)
        pulse.tell()
        nearest = min(due.values()) - time.monotonic()
        stop.asked.wait(max(0.0, min(nearest, 1.0)))
    _end(tasks, now)


class _Pulse:
    """Collects what the tasks did, and notes it every few seconds: so alarms see a task that no longer runs."""

    def __init__(self) -> None:
        self._beats: dict[str, Beat] = {}
        self._due = 0.0

    def add(self, task: str, at: datetime, moved: int, *, is_good: bool) -> None:
        beat = self._beats.setdefault(task, Beat())
        # A run that failed is none: a task that only fails is as silent as one that stands still.
        beat.ran_at = at if is_good else beat.ran_at
        beat.moved += moved
        beat.failed += not is_good

    def tell(self) -> None:
        if not self._beats or time.monotonic() < self._due:
            return
        try:
            pulses.note(self._beats)
        except (OperationalError, InterfaceError):
            _log.warning("worker.database_away", extra={"task": "pulse"})
            connection.close()
        else:
            self._beats.clear()
        self._due = time.monotonic() + _BEAT_PAUSE


def _end(tasks: Sequence[Task], now: Callable[[], datetime]) -> None:
    for task in tasks:
        if task.end is not None:
            try:
                task.end(now())
            except (OperationalError, InterfaceError):
                _log.warning("worker.database_away", extra={"task": task.name})


def _run_one(task: Task, now: Callable[[], datetime], pulse: _Pulse) -> int:
    at = now()
    try:
        # One run of one task is one trace: what it logs and what it sends carry the same word.
        with traces.new():
            moved = task.run(at)
    except (OperationalError, InterfaceError):
        _log.warning("worker.database_away", extra={"task": task.name})
        connection.close()
        time.sleep(_AFTER_TROUBLE)
    except Exception:  # noqa: BLE001 - the loop outlives any task's failure; attempts bound the retries
        _log.exception("worker.task_failed", extra={"task": task.name})
        pulse.add(task.name, at, 0, is_good=False)
        # The next task starts on a connection that answers, whatever this one left behind.
        close_old_connections()
        time.sleep(_AFTER_TROUBLE)
    else:
        pulse.add(task.name, at, moved, is_good=True)
        return moved
    return 0

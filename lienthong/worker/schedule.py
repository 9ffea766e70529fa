"""What runs when. One loop a process; several processes may run it side by side, each taking other rows."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError, close_old_connections, connection

_log = logging.getLogger(__name__)
_AFTER_TROUBLE = 2.0


@dataclass(frozen=True, slots=True)
class Task:
    """One thing the worker does: its name, the pause between two runs in seconds, and the function.

    `end`, if any, is called when the loop ends: it lets go of what the task holds beyond a run.
    `settles` is True when the work is done at once by the system's own means, so that "until nothing moves" may
    wait for it; a question to another system may never be answered.
    """

    name: str
    every: float
    run: Callable[[datetime], int]
    settles: bool = True
    end: Callable[[datetime], None] | None = None


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
    is_first = True
    while True:
        anything = 0
        for task in tasks:
            if task.settles or is_first:
                count = task.run(now())
                moved[task.name] += count
                anything += count if task.settles and task.name != "seal" else 0
        is_first = False
        if not anything:
            _end(tasks, now)
            return moved


def run(tasks: Sequence[Task], *, now: Callable[[], datetime], stop: Stop) -> None:
    """Run the tasks, each at its pace, until asked to stop. A database that goes away is waited for."""
    due = dict.fromkeys((task.name for task in tasks), 0.0)
    while not stop.asked.is_set():
        for task in tasks:
            if time.monotonic() >= due[task.name] and not stop.asked.is_set():
                moved = _run_one(task, now)
                # What moved something may have more to move: come back at once.
                due[task.name] = time.monotonic() + (0.0 if moved and task.settles else task.every)
        nearest = min(due.values()) - time.monotonic()
        stop.asked.wait(max(0.0, min(nearest, 1.0)))
    _end(tasks, now)


def _end(tasks: Sequence[Task], now: Callable[[], datetime]) -> None:
    for task in tasks:
        if task.end is not None:
            try:
                task.end(now())
            except (OperationalError, InterfaceError):
                _log.warning("worker.database_away", extra={"task": task.name})


def _run_one(task: Task, now: Callable[[], datetime]) -> int:
    try:
        return task.run(now())
    except (OperationalError, InterfaceError):
        _log.warning("worker.database_away", extra={"task": task.name})
        connection.close()
        time.sleep(_AFTER_TROUBLE)
    except Exception:  # noqa: BLE001 - the loop outlives any task's failure; attempts bound the retries
        _log.exception("worker.task_failed", extra={"task": task.name})
        # The next task starts on a connection that answers, whatever this one left behind.
        close_old_connections()
        time.sleep(_AFTER_TROUBLE)
    return 0

"""Runs the linkages that officers ordered: one at a time in the whole installation, each a process of its own.

A step of the worker, called every few seconds: it claims the next, writes its two registers into the linkage's folder,
starts `linkage.job`, notes how far that is, and takes in what came of it. When a worker dies its process ends with it; the
lease runs out, and the next worker goes on where the folder says.
"""

import json
import logging
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection

from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.persons.linkage import job
from lienthong.persons.linkageresults import folder_of

_log = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=3)
"""Longer than any other task may keep the worker away."""
WRITING: Final = timedelta(minutes=30)
"""So long the registers may take to come out of the database, before the lease is renewed for the first time."""
MOST_ATTEMPTS: Final = 5
_ENTRIES = Statement.load("lienthong.persons", "linkage_entries.sql")
_PERSONS = Statement.load("lienthong.persons", "linkage_persons.sql")
_PERSONS_OF = Statement.load("lienthong.persons", "linkage_persons_of.sql")
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.linkage'))"
_CLAIM = """
    UPDATE persons_linkage
    SET state = CASE WHEN attempts >= %(most)s THEN 'failed' ELSE 'running' END, attempts = attempts + 1,
        lease_until = %(until)s, started_at = coalesce(started_at, %(at)s),
        error = CASE WHEN attempts >= %(most)s THEN %(gave_up)s ELSE '' END,
        ended_at = CASE WHEN attempts >= %(most)s THEN %(at)s END
    WHERE id = (SELECT next.id FROM persons_linkage AS next
                WHERE (next.state = 'waiting' OR next.state = 'running' AND next.lease_until < %(at)s)
                  AND NOT EXISTS (SELECT 1 FROM persons_linkage AS other
                                  WHERE other.state = 'running' AND other.lease_until >= %(at)s)
                ORDER BY next.id LIMIT 1)
    RETURNING id, attempts, "left", "right", engine, certain_from, province_code, state
"""
_HOLD = """
    UPDATE persons_linkage SET lease_until = %s, stage = %s, stage_no = %s, stage_count = %s,
           memory_mb = greatest(memory_mb, %s)
    WHERE id = %s AND attempts = %s AND state = 'running'
    RETURNING stop_asked_by <> ''
"""
_FREE = """
    UPDATE persons_linkage SET lease_until = %s, attempts = attempts - %s
    WHERE id = %s AND attempts = %s AND state = 'running'
"""
_END = """
    UPDATE persons_linkage SET state = %s, ended_at = %s, figures = %s::jsonb, error = %s, lease_until = NULL,
           memory_mb = greatest(memory_mb, %s)
    WHERE id = %s AND attempts = %s AND state = 'running'
"""
_MOMENT: Final = timedelta(microseconds=1)
_GAVE_UP = "Đã chạy lại năm lần mà chưa xong. Hãy xem dung lượng đĩa và bộ nhớ của máy chủ, rồi yêu cầu liên kết lại."


@dataclass(frozen=True, slots=True)
class Machine:
    """What a linkage may use."""

    memory: str = "3GB"
    threads: int = 2


@dataclass(slots=True)
class _Running:
    """The linkage that this process runs; `attempt` is its fence."""

    linkage_id: int
    attempt: int
    folder: Path
    process: "subprocess.Popen[bytes]"


class Runner:
    """Runs linkages below a folder. One a worker; it remembers the process that it started."""

    def __init__(self, root: Path, machine: Machine | None = None) -> None:
        self._root = root
        self._machine = machine or Machine()
        self._running: _Running | None = None

    def tend(self, *, by: Actor, at: datetime) -> int:
        """Look after the running linkage, or start the next; 1 when one began or ended."""
        if self._running is None:
            return self._start(by, at)
        return self._look(self._running, by, at)

    def end(self, *, by: Actor, at: datetime) -> None:
        """End the process that runs, if any; the next worker goes on at once with what it had done."""
        if self._running is not None:
            _kill(self._running)
            # Nobody holds this attempt any longer, and it failed in nothing: it does not count.
            _free(self._running, by, at, uncounted=1)
            self._running = None

    def _start(self, by: Actor, at: datetime) -> int:
        claimed = _claim(by, at)
        if claimed is None:
            return 0
        linkage_id, attempt, left, right, engine, certain, province, state = claimed
        folder = folder_of(self._root, linkage_id)
        if state == "failed":
            shutil.rmtree(folder, ignore_errors=True)
            return 1
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, side in (("left.csv", left), ("right.csv", right)):
            _write_register(folder / name, side, province, attempt, by=by, at=at)
        said = {
            "engine": engine,
            "memory": self._machine.memory,
            "threads": self._machine.threads,
            "certain": certain,
        }
        (folder / job.JOB).write_text(json.dumps(said), encoding="utf-8")
        for name in (job.ERROR, job.SUMMARY):
            (folder / name).unlink(missing_ok=True)
        with (folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", job.__name__, str(folder)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._running = _Running(linkage_id, attempt, folder, process)
        return 1

    def _look(self, running: _Running, by: Actor, at: datetime) -> int:
        code = running.process.poll()
        is_stopped = _hold(running, by, at)
        if code is None and is_stopped is False:
            return 0
        _kill(running)
        self._running = None
        # None: another worker took it over while this one was away; its folder is no longer ours to touch.
        if is_stopped is None:
            return 1
        if code and not is_stopped and not (running.folder / job.ERROR).exists():
            # Killed from outside: it goes on where it was, as often as `MOST_ATTEMPTS`.
            _log.warning(
                "linking.process_died", extra={"linkage": running.linkage_id, "code": code}
            )
            _free(running, by, at)
            return 1
        _end(running, code, by, at, is_stopped=is_stopped)
        return 1


def _kill(running: _Running) -> None:
    """End the process, if it has not ended, and close the pipe that says that this worker lives."""
    running.process.kill()
    running.process.wait()
    if running.process.stdin is not None:
        running.process.stdin.close()


def _claim(by: Actor, at: datetime) -> tuple[Any, ...] | None:
    with acting(by, at=at), connection.cursor() as cursor:
        # So that "none runs" still holds when this one is claimed.
        cursor.execute(_LOCK)
        cursor.execute(
            _CLAIM,
            {"most": MOST_ATTEMPTS, "until": at + WRITING, "at": at, "gave_up": _GAVE_UP},
        )
        row = cursor.fetchone()
    return None if row is None else tuple(row)


def _write_register(
    path: Path, side: str, province: str, attempt: int, *, by: Actor, at: datetime
) -> None:
    """Write one register, unless it lies there: a linkage that goes on must find what it began with."""
    if path.exists():
        return
    part = path.with_suffix(f".{attempt}.part")
    of_persons = _PERSONS_OF if province else _PERSONS
    statement = of_persons if side == "persons" else _ENTRIES
    parameters: dict[str, object] = {
        "source": side,
        "province": province,
        "on": vietnam_date(at),
    }
    with acting(by, at=at), connection.cursor() as cursor, part.open("wb") as file:
        # Django's debugging cursor takes no parameters for a copy; psycopg's own, inside it, does.
        copied = cursor.cursor.copy(
            f"COPY ({statement.text}) TO STDOUT WITH (FORMAT csv, HEADER)", parameters
        )
        with copied as blocks:
            for block in blocks:
                file.write(block)
    part.replace(path)


def _hold(running: _Running, by: Actor, at: datetime) -> bool | None:
    """Note how far it is and renew the lease; True when it shall stop, None when it is no longer ours."""
    said = _read(running.folder / job.PROGRESS) or {"stage": "", "done": 0, "total": 0}
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(
            _HOLD,
            [
                at + LEASE,
                said["stage"],
                said["done"],
                said["total"],
                _memory_mb(running.process.pid),
                running.linkage_id,
                running.attempt,
            ],
        )
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def _end(running: _Running, code: int | None, by: Actor, at: datetime, *, is_stopped: bool) -> None:
    summary = _read(running.folder / job.SUMMARY)
    error = ""
    if is_stopped:
        state = "stopped"
        shutil.rmtree(running.folder, ignore_errors=True)
    elif code == 0 and summary is not None:
        state = "done"
        # What was linked goes, what came of it stays: ids and how the fields compared.
        shutil.rmtree(running.folder / "work", ignore_errors=True)
        for name in ("left.csv", "right.csv"):
            (running.folder / name).unlink(missing_ok=True)
    else:
        state = "failed"
        error = (_read(running.folder / job.ERROR) or {"message_vi": _GAVE_UP})["message_vi"]
        # A trace of the program stays for who keeps the machine, the registers do not.
        for path in running.folder.glob("*.csv"):
            path.unlink(missing_ok=True)
        shutil.rmtree(running.folder / "work", ignore_errors=True)
        _log.warning("linking.failed", extra={"linkage": running.linkage_id, "code": code})
    memory = int((summary or {}).get("memory_mb", 0))
    with acting(by, at=at), connection.cursor() as cursor:
        figures = json.dumps(summary or {}, ensure_ascii=False)
        cursor.execute(
            _END, [state, at, figures, error, memory, running.linkage_id, running.attempt]
        )


def _free(running: _Running, by: Actor, at: datetime, *, uncounted: int = 0) -> None:
    """Let the next worker, or this one, go on with it at once."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FREE, [at - _MOMENT, uncounted, running.linkage_id, running.attempt])


def _memory_mb(pid: int) -> int:
    """What a process holds now, in MiB; 0 where the system does not say."""
    try:
        said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    held = [line.split()[1] for line in said.splitlines() if line.startswith("VmRSS:")]
    return int(held[0]) // 1024 if held else 0


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return dict(found)

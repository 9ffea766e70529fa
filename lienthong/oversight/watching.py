"""Watches the promises of `promises`: raises an alarm for what broke one, and closes it when the promise holds again."""

import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from lienthong.database import alarms, pulses
from lienthong.kernel.dates import vietnam_date
from lienthong.oversight.promises import PROMISES, Promise

_Subjects = dict[str, Mapping[str, object]]
_SHORTEST_SILENCE = timedelta(minutes=5)
_BEATS_MISSED = 20
_LOG_REACHES = timedelta(hours=1)
_BASE_REACHES = timedelta(hours=26)
_LEAST_FREE = 0.10
_MOST_SKEW = 5.0
_OF_ONE_HOST = frozenset({"disk.scarce", "clock.skew"})
_CLOCK = "SELECT extract(epoch FROM clock_timestamp())::float8"


@dataclass(frozen=True, slots=True)
class Machine:
    """What is watched beside the database: the worker's tasks with their pace in seconds, the data folder, the backup's note.

    `needs_backup` is False where nobody promised one (a demo, a development machine).
    """

    paces: Mapping[str, float] = field(default_factory=dict)
    home: Path | None = None
    backup_note: Path | None = None
    needs_backup: bool = False


def watch(machine: Machine, *, at: datetime) -> int:
    """Look at every promise once; how many alarms were raised or closed. One to three statements a promise.

    One that cannot be looked at keeps the others from nothing: its error is raised when all have been.
    """
    changed, failed = 0, None
    for promise in PROMISES:
        try:
            with transaction.atomic():
                changed += _look(promise, machine, at)
        except DatabaseError as error:
            failed = failed or error
            if connection.connection is None or connection.connection.closed:
                break
    if failed is not None:
        raise failed
    return changed


def _look(promise: Promise, machine: Machine, at: datetime) -> int:
    broken = _broken(promise, machine, at)
    if promise.name in _OF_ONE_HOST:
        return _agree_here(promise.name, broken)
    return sum(alarms.agree(promise.name, broken))


def _agree_here(name: str, broken: _Subjects) -> int:
    """What another machine found of itself is not ours to close."""
    host = _host()
    if host in broken:
        return int(alarms.sound(name, host, broken[host]))
    return int(alarms.close(name, host))


def _broken(promise: Promise, machine: Machine, at: datetime) -> _Subjects:
    if promise.watched:
        found = promise.statement().rows({"at": at, "on": vietnam_date(at)})
        return {str(subject): _decoded(detail) for subject, detail in found}
    return _OF_THE_MACHINE[promise.name](machine, at)


def silent_tasks(paces: Mapping[str, float], *, at: datetime) -> _Subjects:
    """The tasks that have not run, or only failed, for twenty of their paces, five minutes at least; with their last good run."""
    ran = {pulse.task: pulse.ran_at for pulse in pulses.of_tasks()}
    found: _Subjects = {}
    for name, pace in paces.items():
        patience = max(_SHORTEST_SILENCE, timedelta(seconds=pace * _BEATS_MISSED))
        last = ran.get(name)
        # One that never ran began with the worker: its first note comes within seconds.
        if last is None or last < at - patience:
            found[name] = {"last": last.isoformat() if last else ""}
    return found


def backup_reaches(note: Path | None) -> Mapping[str, datetime]:
    """Until when the log of the last backup reaches (`wal`) and when its base copy ended (`base`); {} without one."""
    try:
        found = json.loads(note.read_text(encoding="utf-8")) if note is not None else {}
        return {
            "wal": datetime.fromisoformat(found["to"]),
            "base": datetime.fromisoformat(found["from"]),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def free_share(folder: Path) -> float:
    """How much of the disk under a folder is free, 0 to 1; 1 where there is no such folder yet."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return 1.0
    return usage.free / usage.total if usage.total else 1.0


def clock_skew() -> float:
    """By how many seconds this machine's clock is before the database's; half of the question's way is allowed for."""
    with connection.cursor() as cursor:
        began = time.time()
        cursor.execute(_CLOCK)
        said = float(cursor.fetchone()[0])
    return (began + time.time()) / 2 - said


def _silence(machine: Machine, at: datetime) -> _Subjects:
    return silent_tasks(machine.paces, at=at)


def _backup(machine: Machine, at: datetime) -> _Subjects:
    reaches = backup_reaches(machine.backup_note)
    if not reaches and not machine.needs_backup:
        return {}
    promised = {"wal": _LOG_REACHES, "base": _BASE_REACHES}
    return {
        what: {"reaches": reaches[what].isoformat() if what in reaches else ""}
        for what, patience in promised.items()
        if what not in reaches or reaches[what] < at - patience
    }


def _disk(machine: Machine, at: datetime) -> _Subjects:
    del at
    if machine.home is None:
        return {}
    share = free_share(machine.home)
    return {_host(): {"free_percent": round(share * 100, 1)}} if share < _LEAST_FREE else {}


def _clock(machine: Machine, at: datetime) -> _Subjects:
    del machine, at
    skew = clock_skew()
    return {_host(): {"seconds": round(skew, 1)}} if abs(skew) > _MOST_SKEW else {}


def _host() -> str:
    return os.uname().nodename


_OF_THE_MACHINE = {
    "worker.silent": _silence,
    "backup.late": _backup,
    "disk.scarce": _disk,
    "clock.skew": _clock,
}


def _decoded(detail: object) -> Mapping[str, object]:
    """Django's connection leaves jsonb as text."""
    found: Mapping[str, object] = json.loads(detail) if isinstance(detail, str) else detail  # type: ignore[assignment]
    return found

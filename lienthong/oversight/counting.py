"""Counts what `/metrics` shows of the database, and of the machine that the worker runs on."""

from datetime import datetime

from lienthong.database import gauges
from lienthong.database.sql import Statement
from lienthong.oversight import watching
from lienthong.oversight.watching import Machine

_COUNT = Statement.load("lienthong.oversight", "counting.sql")


def count(machine: Machine, *, at: datetime) -> int:
    """Put every figure anew; how many. Three statements, over open rows and indexes alone."""
    counted = [(name, label, float(value)) for name, label, value in _COUNT.rows({"at": at})]
    for what, reaches in watching.backup_reaches(machine.backup_note).items():
        counted.append(("backup_age_seconds", what, (at - reaches).total_seconds()))
    if machine.home is not None:
        counted.append(("disk_free_ratio", "worker", watching.free_share(machine.home)))
    counted.append(("clock_skew_seconds", "worker", watching.clock_skew()))
    return gauges.put(counted, at=at)

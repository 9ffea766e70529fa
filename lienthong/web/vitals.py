"""Whether this server is well: what must hold to serve (readiness), and what is noted beside it. Nothing private.

The checks run in the thread of whoever asks, with a page's rights; each answers in a few words of ours.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from lienthong.database import pulses
from lienthong.gateways.keyring import Purpose
from lienthong.kernel.dates import vietnam_date
from lienthong.law import tables
from lienthong.oversight import watching

_log = logging.getLogger(__name__)
_PULSE_WITHIN = timedelta(seconds=60)
_LEAST_FREE = 0.02
_MOST_SKEW = 5.0
_APPLIED = "SELECT app, name FROM django_migrations"
_LAW = "SELECT version, on_day FROM database_law_stamp WHERE name = 'validity'"


@dataclass(frozen=True, slots=True)
class Vitals:
    """What was found: check → "ok" or what is wrong. Not ready when one of `ESSENTIAL` is wrong."""

    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """True when this server can answer its callers."""
        return all(self.checks[name] == "ok" for name in ESSENTIAL)

    @property
    def status(self) -> str:
        """`ok`, `degraded` (it serves, somebody must look) or `unavailable`."""
        if not self.is_ready:
            return "unavailable"
        return "ok" if set(self.checks.values()) == {"ok"} else "degraded"


def look(at: datetime) -> Vitals:
    """Every check once, at most six short queries. A database that is away fails what asks it, and nothing raises."""
    found: dict[str, str] = {}
    for name, check in _CHECKS.items():
        try:
            found[name] = check(at)
        except Exception as error:  # noqa: BLE001 - an answer, whatever it is
            _log.warning("vitals.failed", extra={"code": name, "kind": type(error).__name__})
            found[name] = "failed"
            _let_go()
    return Vitals(found)


def _let_go() -> None:
    """A connection that failed is not kept for the next check."""
    connection.close()


def _database(_at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrated(_at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED)
        applied = set(cursor.fetchall())
    # More than we know is good: the next release has migrated already (INV-44).
    missing = {key for key in _on_disk() if key not in applied}
    return "ok" if not missing else "behind"


_KNOWN: list[frozenset[tuple[str, str]]] = []


def _on_disk() -> frozenset[tuple[str, str]]:
    if not _KNOWN:
        _KNOWN.append(frozenset(MigrationLoader(None).disk_migrations))
    return _KNOWN[0]


def _keys(at: datetime) -> str:
    for purpose in Purpose:
        settings.KEYRING.active_key_id(purpose, at=at)
    return "ok"


def _law(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_LAW)
        row = cursor.fetchone()
    if row is None or row[0] != tables.version():
        return "stale"
    return "ok" if row[1] >= vietnam_date(at) - timedelta(days=1) else "stale"


def _worker(at: datetime) -> str:
    ran = [pulse.ran_at for pulse in pulses.of_tasks()]
    return "ok" if ran and max(ran) > at - _PULSE_WITHIN else "silent"


def _disk(_at: datetime) -> str:
    return "ok" if watching.free_share(settings.PUBLISHED) >= _LEAST_FREE else "full"


def _clock(_at: datetime) -> str:
    return "ok" if abs(watching.clock_skew()) <= _MOST_SKEW else "skewed"


_CHECKS: dict[str, Callable[[datetime], str]] = {
    "database": _database,
    "migrations": _migrated,
    "keys": _keys,
    "disk": _disk,
    "law": _law,
    "worker": _worker,
    "clock": _clock,
}
ESSENTIAL = ("database", "migrations", "keys", "disk")
"""Without one of these a caller is better served by another server, or by none."""

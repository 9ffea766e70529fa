"""Seals the audit log: entries not yet sealed become leaves of a hash chain, closed by a signed checkpoint.

Call `seal_once` at least every ten seconds. Order comes from here, never from clocks or ids: what a late
transaction wrote is sealed when it has committed. Finding tampering is `checks.verify`'s business.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from lienthong.audit import chain
from lienthong.audit.witness import Checkpoint, Witness
from lienthong.database import alarms
from lienthong.gateways.keyring import Keyring, Purpose

EARLIEST = timedelta(seconds=60)
"""An entry's instant may lie this long before the last seal …"""
LATEST = timedelta(seconds=5)
"""… and this long after its own; outside, it is flagged."""
MOST_AT_ONCE = 500_000

_LOCK = 0x4C54_4155_4449_5401
_BLOCK = 4096
_LEAF_BYTES = 32

_log = logging.getLogger(__name__)

# Only transactions that ended after the previous seal can hold unsealed entries: their ids are at or above the
# horizon noted then. So a seal costs what is new, however long the log. A restored copy may count its
# transactions anew, below the horizon; then everything is looked through once.
_TAKE = sql.SQL("""
    INSERT INTO audit_leaf (seq, entry_id, leaf)
    SELECT %(size)s + row_number() OVER (ORDER BY unsealed.id), unsealed.id, unsealed.leaf
    FROM (
        SELECT entry.id, sha256('\\x00'::bytea || {canonical}) AS leaf
        FROM audit_entry AS entry
        WHERE entry.xact >= %(horizon)s
          AND NOT EXISTS (SELECT 1 FROM audit_leaf AS sealed WHERE sealed.entry_id = entry.id)
        ORDER BY entry.id
        LIMIT %(limit)s
    ) AS unsealed
""").format(canonical=chain.CANONICAL)
_LEAVES = """
    SELECT string_agg(leaf, '' ORDER BY seq) FROM audit_leaf
    WHERE seq > %(after)s AND seq <= %(after)s + %(count)s
"""
_LAST = """
    SELECT size, root, at, horizon, pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM (VALUES (1)) AS one (row)
    LEFT JOIN audit_checkpoint ON true
    ORDER BY size DESC NULLS LAST LIMIT 1
"""
_FLAGGED = """
    SELECT count(*), min(entry.id)
    FROM audit_leaf AS leaf JOIN audit_entry AS entry ON entry.id = leaf.entry_id
    WHERE leaf.seq > %(size)s
      AND (entry.at < %(earliest)s::timestamptz OR entry.at > %(latest)s)
"""
_CHECKPOINT = """
    INSERT INTO audit_checkpoint (size, root, prev, at, decided_at, horizon, key_id, signature)
    VALUES (%(size)s, %(root)s, %(prev)s, %(now)s, %(decided_at)s, %(horizon)s, %(key_id)s, %(signature)s)
"""
_CHECKPOINTS = """
    SELECT size, root, prev, at, key_id, signature FROM audit_checkpoint WHERE size > %s ORDER BY size
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a seal did: how many leaves there are now, how many of them are new, how many bear an odd time."""

    size: int
    sealed_count: int
    flagged_count: int = 0


@dataclass(frozen=True, slots=True)
class _Last:
    size: int
    root: bytes
    at: datetime | None
    horizon: int
    running: int


def seal_once(at: datetime) -> int:
    """Seal all that has committed, then tell the witnesses; how many entries were sealed.

    Safe in any number of processes at once. A witness that cannot be written raises an alarm and catches up at
    the next call.
    """
    sealed_count = 0
    while True:
        result = seal(at, keyring=settings.KEYRING)
        sealed_count += result.sealed_count
        if result.sealed_count < MOST_AT_ONCE:
            break
    tell(witnesses())
    return sealed_count


def seal(at: datetime, *, keyring: Keyring, limit: int = MOST_AT_ONCE) -> Sealed:
    """Seal up to `limit` committed entries that are not yet sealed, in one transaction of its own.

    `at` is the caller's clock, noted beside the database's. Without new entries there is no new checkpoint.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = _last(cursor)
        # READ COMMITTED: the horizon was read before the entries are, so it can only be too careful.
        horizon = last.horizon if last.horizon <= last.running else 0
        cursor.execute(_TAKE, {"size": last.size, "horizon": horizon, "limit": limit})
        count = cursor.rowcount
        if count == 0:
            return Sealed(last.size, 0)
        root = _extended(cursor, last, count)
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        flagged_count = _flag(cursor, last, now)
        root = chain.stamped(root, now)
        size = last.size + count
        signature = keyring.sign(Purpose.AUDIT, chain.statement_of(size, root), at=now)
        cursor.execute(
            _CHECKPOINT,
            {
                "size": size,
                "root": root,
                "prev": last.root,
                "now": now,
                "decided_at": at,
                "horizon": last.running if count < limit else horizon,
                "key_id": signature.key_id,
                "signature": signature.value,
            },
        )
    return Sealed(size, count, flagged_count)


def checkpoints(after: int = 0) -> list[Checkpoint]:
    """The checkpoints above a size, smallest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CHECKPOINTS, [after])
        return [
            Checkpoint(size, bytes(root), bytes(prev), at, key_id, bytes(signature))
            for size, root, prev, at, key_id, signature in cursor.fetchall()
        ]


def witnesses() -> list[Witness]:
    """The witness files of this database: one in each folder of the settings, named after the database."""
    name = f"{connection.settings_dict['NAME']}.log"
    return [Witness(Path(folder) / name) for folder in settings.AUDIT_WITNESSES]


def tell(files: Sequence[Witness]) -> None:
    """Bring each witness up to the last checkpoint. An unwritable one raises an alarm, not an error."""
    for witness in files:
        try:
            missing = checkpoints(witness.last_size())
            if missing:
                witness.append(missing)
            alarms.close("audit.witness", witness.path.name)
        except OSError as error:
            _log.error("witness %s: %s", witness.path.name, error.strerror)
            alarms.sound("audit.witness", witness.path.name, {"errno": error.errno})


def _last(cursor: CursorWrapper) -> _Last:
    cursor.execute(_LAST)
    size, root, at, horizon, running = cursor.fetchone()
    if size is None:
        return _Last(0, chain.GENESIS, None, 0, running)
    return _Last(size, bytes(root), at, horizon, running)


def _extended(cursor: CursorWrapper, last: _Last, count: int) -> bytes:
    """The chain over the new leaves, fetched in blocks so that a long backlog needs no memory."""
    root = last.root
    for after in range(last.size, last.size + count, _BLOCK):
        cursor.execute(_LEAVES, {"after": after, "count": _BLOCK})
        block = bytes(cursor.fetchone()[0])
        root = chain.extended(
            root, (block[i : i + _LEAF_BYTES] for i in range(0, len(block), _LEAF_BYTES))
        )
    return root


def _flag(cursor: CursorWrapper, last: _Last, now: datetime) -> int:
    """How many of the new entries bear an instant that cannot be theirs; one alarm for all of them."""
    cursor.execute(
        _FLAGGED,
        {
            "size": last.size,
            "earliest": None if last.at is None else last.at - EARLIEST,
            "latest": now + LATEST,
        },
    )
    flagged_count, first = cursor.fetchone()
    if flagged_count:
        alarms.sound("audit.time", "audit_entry", {"first": first, "count": flagged_count})
    return int(flagged_count)

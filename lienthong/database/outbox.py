"""Calls to the outside: owed in the transaction of the change, claimed under a lease, sent at least once.

A set-based step writes its own rows: INSERT INTO database_outbox (kind, key, version, payload) … ON CONFLICT
(kind, key, version) DO NOTHING. Leases and waits run on the database's clock. Sending is the relay's business.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lienthong.database.sql import Row, Statement

MOST_ATTEMPTS = 200
"""With waits of up to an hour this is about four days: longer than the outages we must outlive."""
LATE_ATTEMPTS = 8
"""From here on an alarm is up while we go on trying."""
SHORTEST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(minutes=2)

_PACKAGE = "lienthong.database"
_ANSWER_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call to be owed. `key` and `version` make it one and the same however often it is put."""

    kind: str
    key: str
    version: int
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Letter:
    """A call claimed: in our hands until its lease ends. `id` is the same at every attempt: send it along."""

    id: int
    fence: int
    attempts: int
    kind: str
    key: str
    version: int
    payload: dict[str, Any]
    trace: str = ""
    """The trace of whatever owed it: a request's, or a step's run."""


def put_many(calls: Sequence[Outgoing]) -> int:
    """Owe these calls, in the caller's transaction; how many were new. One statement."""
    return _statement("outbox_put.sql").run(
        {
            "kinds": [call.kind for call in calls],
            "keys": [call.key for call in calls],
            "versions": [call.version for call in calls],
            "payloads": [json.dumps(dict(call.payload), ensure_ascii=False) for call in calls],
        }
    )


def claim(kind: str, *, limit: int, lease: timedelta = LEASE) -> list[Letter]:
    """Up to `limit` due calls of a kind, oldest first, ours until the lease ends.

    Versions of one key come one at a time and in order. Two statements; commit before sending.
    """
    _statement("outbox_bury.sql").run({"kind": kind, "most_attempts": MOST_ATTEMPTS})
    rows = _statement("outbox_claim.sql").rows({"kind": kind, "limit": limit, "lease": lease})
    return [Letter(*row) for row in _decoded(rows)]


def sent(letter: Letter, *, answer: str, at: datetime) -> bool:
    """Note that the other side took the call at `at`; False when the lease has passed to somebody else."""
    marked = _statement("outbox_sent.sql").value(
        {
            "id": letter.id,
            "fence": letter.fence,
            "answer": answer[:_ANSWER_LENGTH],
            "at": at,
        }
    )
    return bool(marked)


def failed(letter: Letter, *, answer: str, for_good: bool = False) -> str | None:
    """Note that the call failed: 'pending' (tried again later), 'dead' (given up, alarm raised), or None.

    `for_good` gives up at once. None means that the lease has passed to somebody else.
    """
    state = _statement("outbox_failed.sql").value(
        {
            "id": letter.id,
            "fence": letter.fence,
            "answer": answer[:_ANSWER_LENGTH],
            "most_attempts": 0 if for_good else MOST_ATTEMPTS,
            "late_attempts": LATE_ATTEMPTS,
            "shortest": SHORTEST_WAIT,
            "longest": LONGEST_WAIT,
        }
    )
    return None if state is None else str(state)


def release(letters: Sequence[Letter]) -> int:
    """Give back calls that were claimed and not tried; how many were still ours."""
    return _statement("outbox_release.sql").run(
        {
            "ids": [letter.id for letter in letters],
            "fences": [letter.fence for letter in letters],
        }
    )


def revive(kind: str) -> int:
    """Send every given-up call of a kind once more; how many there were. An operator's decision."""
    return int(_statement("outbox_revive.sql").value({"kind": kind}))


def _statement(name: str) -> Statement:
    return Statement.load(_PACKAGE, f"sql/{name}")


def _decoded(rows: list[Row]) -> Iterator[Row]:
    """Django's connection leaves jsonb as text."""
    for *columns, payload, trace in rows:
        yield (*columns, json.loads(payload) if isinstance(payload, str) else payload, trace)

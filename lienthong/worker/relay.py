"""Sends what the outbox owes: claim, call outside any transaction, note the answer.

Killed at any point it loses nothing: an unanswered claim is sent again under the same id when its lease ends.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lienthong.database import outbox
from lienthong.database.outbox import Claim
from lienthong.kernel.errors import LienthongError, Refused

Sender = Callable[[Claim], str]
"""Makes one call and returns a short answer to keep. Refused gives up at once; any other error tries again."""

SENDERS: dict[str, Sender] = {}
"""The sender of each kind of outbox row; filled where the gateways are known."""

_MOST_FAILURES_IN_A_ROW = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RelayCount:
    """What one round did. `failed_count` comes again later, `dead_count` does not."""

    sent_count: int = 0
    failed_count: int = 0
    dead_count: int = 0


def relay(kind: str, send: Sender, *, at: datetime, limit: int = 100) -> RelayCount:
    """Send up to `limit` due calls of a kind, each at most once in this round; how many went and how many did not.

    After three failures in a row the other side counts as down: the rest is given back untried.
    Raises RuntimeError inside a transaction: a call to the outside must not hold one open.
    """
    if connection.in_atomic_block:
        msg = "no call to the outside inside a transaction"
        raise RuntimeError(msg)
    claims = outbox.claim(kind, limit=limit)
    counts = {"sent": 0, "pending": 0, "dead": 0}
    failures_in_a_row = 0
    for place, claimed in enumerate(claims):
        result = _deliver(claimed, send, at)
        failures_in_a_row = failures_in_a_row + 1 if result == "pending" else 0
        if result is not None:
            counts[result] += 1
        if failures_in_a_row == _MOST_FAILURES_IN_A_ROW:
            outbox.release(claims[place + 1 :])
            break
    return RelayCount(counts["sent"], counts["pending"], counts["dead"])


def relay_all(*, at: datetime, limit: int = 100) -> dict[str, RelayCount]:
    """One round for every kind that has a sender, by kind. A kind that is down does not hold up another."""
    return {kind: relay(kind, send, at=at, limit=limit) for kind, send in SENDERS.items()}


def _deliver(claimed: Claim, send: Sender, at: datetime) -> str | None:
    """'sent', 'pending' or 'dead'; None when the row had passed to another relay meanwhile."""
    try:
        answer = send(claimed)
    except Refused as error:
        return outbox.failed(claimed, answer=error.code or "refused", for_good=True)
    except LienthongError as error:
        return outbox.failed(claimed, answer=error.code or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a sender's own fault must not stop the calls behind it
        # The text of the fault may hold personal data: only its kind is kept.
        fault = type(error).__name__
        _log.error("outbox %s %s: sender fault %s", claimed.kind, claimed.id, fault)
        return outbox.failed(claimed, answer=fault)
    return "sent" if outbox.sent(claimed, answer=answer, at=at) else None

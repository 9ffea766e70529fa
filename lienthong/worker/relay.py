"""Sends what the outbox owes: claim, call outside any transaction, note the answer.

Killed at any point it loses nothing: an unanswered claim is sent again under the same id when its lease ends.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection

from lienthong.database import outbox
from lienthong.database.outbox import Letter
from lienthong.kernel import traces
from lienthong.kernel.errors import LienthongError, Refused

__all__ = ["Letter", "Sender", "relay"]

Sender = Callable[[Letter], str]
"""Makes one call and returns a short answer to keep. Refused gives up at once; any other error tries again."""

_MOST_FAILURES_IN_A_ROW = 3
_LONGEST_ROUND = outbox.LEASE.total_seconds() / 2

_log = logging.getLogger(__name__)


def relay(kind: str, send: Sender, *, at: datetime, limit: int = 100) -> int:
    """Send up to `limit` due calls of a kind, each once; how many the other side took.

    After three failures in a row the other side counts as down; then, and when half of the lease is over, the
    rest is given back untried. Raises RuntimeError inside a transaction: a call outside must not hold one open.
    """
    if connection.in_atomic_block:
        raise RuntimeError("no call to the outside inside a transaction")
    letters = outbox.claim(kind, limit=limit)
    until = time.monotonic() + _LONGEST_ROUND
    sent_count = failures_in_a_row = 0
    for place, letter in enumerate(letters):
        if failures_in_a_row == _MOST_FAILURES_IN_A_ROW or time.monotonic() > until:
            outbox.release(letters[place:])
            break
        result = _deliver(letter, send, at)
        failures_in_a_row = failures_in_a_row + 1 if result == "pending" else 0
        sent_count += result == "sent"
    return sent_count


def _deliver(letter: Letter, send: Sender, at: datetime) -> str | None:
    """'sent', 'pending' or 'dead'; None when the row had passed to another relay meanwhile."""
    try:
        # What the other side hears is the trace of whatever owed the letter.
        with traces.new(letter.trace):
            answer = send(letter)
    except Refused as error:
        return outbox.failed(letter, answer=error.code or "refused", for_good=True)
    except LienthongError as error:
        return outbox.failed(letter, answer=error.code or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a sender's own fault must not stop the calls behind it
        # The text of the fault may hold personal data: only its kind is kept.
        fault = type(error).__name__
        _log.error("outbox %s %s: sender fault %s", letter.kind, letter.id, fault)
        return outbox.failed(letter, answer=fault)
    return "sent" if outbox.sent(letter, answer=answer, at=at) else None

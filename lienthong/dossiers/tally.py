"""Puts the counts of closed dossiers together (`closedtables`): each statement that closes some leaves a part."""

from datetime import datetime

from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor

_TALLY = Statement.load("lienthong.dossiers", "tally.sql")


def tally(*, by: Actor, at: datetime) -> int:
    """Make one of the parts of each count; how many counts had several. One statement.

    No sum changes, so nobody sees it happen. Safe to run twice and by several workers.
    """
    with acting(by, at=at):
        return _TALLY.run()

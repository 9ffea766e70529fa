"""What a restored copy does before anything else: nothing is sent twice, no number is given twice, the log says so.

The copy ends at an instant; the world went on. What was sent, printed or sealed after that instant is unknown here.
"""

from dataclasses import dataclass
from datetime import datetime

from lienthong.audit import sealing, trail
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor

_RESTORED = Statement.load("lienthong.births", "restored.sql")
NUMBERS_LEFT_OUT = 10_000
"""More than the country registers in a day: what was drawn between the instant restored to and the loss."""


@dataclass(frozen=True, slots=True)
class Restored:
    """From which copy, and up to which instant (ISO)."""

    copy: str
    until: str


def settle(restored: Restored, *, by: Actor, at: datetime) -> int:
    """Stop what waits to be sent, leave numbers out, set the witnesses' files aside; how many calls were stopped.

    One transaction, noted in the log and as an alarm that stands until an operator closes it. Safe to run twice.
    """
    _set_witnesses_aside(restored.copy)
    with acting(by, at=at):
        stopped = int(
            _RESTORED.value(
                {"copy": restored.copy, "until": restored.until, "skipped": NUMBERS_LEFT_OUT}
            )
        )
        detail = {"copy": restored.copy, "until": restored.until, "stopped": stopped}
        trail.record(by, "system.restored", at=at, detail=detail)
    sealing.seal_once(at)
    return stopped


def _set_witnesses_aside(copy: str) -> None:
    """A witness knows checkpoints that this copy never had; its file is kept under another name, as evidence."""
    for witness in sealing.witnesses():
        aside = witness.path.with_name(f"{witness.path.name}.before-{copy}")
        if witness.path.exists() and not aside.exists():
            witness.path.rename(aside)

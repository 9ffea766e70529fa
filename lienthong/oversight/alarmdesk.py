"""The alarms as whoever keeps the system sees them: what stands, since when, what to do, and which promises are watched."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database import alarms, pulses
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from lienthong.oversight import advice
from lienthong.oversight.advice import Advice
from lienthong.oversight.promises import PROMISES, Promise

_PULSE_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """The open alarms of one name, and what they mean."""

    name: str
    count: int
    since: datetime
    newest_at: datetime
    subjects: tuple[str, ...]
    advice: Advice

    @property
    def more_count(self) -> int:
        """How many subjects are not listed."""
        return self.count - len(self.subjects)


@dataclass(frozen=True, slots=True)
class ClosedLine:
    """The alarms of one name that closed in the last seven days."""

    name: str
    count: int
    last_at: datetime
    stood: timedelta
    advice: Advice


@dataclass(frozen=True, slots=True)
class Desk:
    """The whole page: the worker's pulse (None: it never ran), what stands, what closed, and each promise with its alarm."""

    pulse_at: datetime | None
    is_silent: bool
    standing: list[AlarmLine]
    closed: list[ClosedLine]
    promises: list[tuple[Promise, int]]


def desk(by: Actor, *, at: datetime) -> Desk:
    """All that stands. Three small queries. Raises NotAllowed without ALARM_VIEW."""
    _need(by, Permission.ALARM_VIEW)
    ran = max((pulse.ran_at for pulse in pulses.of_tasks()), default=None)
    standing = [
        AlarmLine(
            each.name, each.count, each.since, each.newest_at, each.subjects, advice.of(each.name)
        )
        for each in alarms.standing()
    ]
    closed = [
        ClosedLine(name, count, last_at, stood, advice.of(name))
        for name, count, last_at, stood in alarms.lately_closed()
    ]
    counts = {line.name: line.count for line in standing}
    return Desk(
        ran,
        ran is None or ran < at - _PULSE_WITHIN,
        standing,
        closed,
        [(promise, counts.get(promise.name, 0)) for promise in PROMISES],
    )


def close(name: str, *, by: Actor, at: datetime) -> int:
    """Close the alarms of a name that only a person closes; how many. In the log.

    Raises NotAllowed without ALARM_CLOSE, Refused (E-ALARM-OPEN) for one that closes by itself, Conflict when none stands.
    """
    _need(by, Permission.ALARM_CLOSE)
    if not advice.of(name).is_closed_by_hand:
        raise Refused("Cảnh báo này tự đóng khi sự việc được xử lý.", code="E-ALARM-OPEN")
    with acting(by, at=at):
        count = alarms.close_all(name)
        if not count:
            raise Conflict("Cảnh báo đã được đóng.", code="E-ALARM-CLOSED")
        trail.record(by, "alarm.close", at=at, detail={"name": name, "count": count})
    return count


def _need(by: Actor, permission: Permission) -> None:
    if not by.may(permission):
        raise NotAllowed("", code="E-PERMISSION")

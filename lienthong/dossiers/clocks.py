"""The clocks of work: when an approval, a dossier, a task is due, and how far what is overdue has climbed.

An approval has the day of its request (rules 002-8), a task its own days, everything else the dossier's due day. Levels
count from 1; each is reached a pause after the one below, in working days.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lienthong.accounts.permissions import Role
from lienthong.kernel.dates import vietnam_date
from lienthong.law import deadlines

DESK, HEAD, DIRECTOR = 1, 2, 3
LEVELS = (DESK, HEAD, DIRECTOR)
"""Who has the work, or else the desk; then the head of the card desk; then the provincial director (rules 002-11)."""
ROLE_OF_LEVEL = {HEAD: Role.HEAD, DIRECTOR: Role.PROVINCE}
LEVELS_VI = {
    DESK: "cán bộ phụ trách",
    HEAD: "Trưởng bộ phận Sổ, thẻ",
    DIRECTOR: "Lãnh đạo BHXH tỉnh",
}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What has reached a level on a day: requested or opened before these instants, due on that day or earlier."""

    requested_before: datetime
    due_up_to: date
    opened_before: datetime


def bounds(level: int, *, on: date) -> Bounds:
    """The bounds of the level. Raises Refused for a day before the letter."""
    calendar = deadlines.official_calendar()
    further = (level - DESK) * deadlines.escalation_pause(on)
    due_up_to = deadlines.overdue_up_to(on, further, calendar=calendar)
    after = due_up_to + _ONE_DAY
    return Bounds(
        deadlines.overdue_before(after, deadlines.approval_allowance(on), calendar=calendar),
        due_up_to,
        deadlines.overdue_before(after, deadlines.task_allowance(on), calendar=calendar),
    )


def approval_due(requested_at: datetime) -> date:
    """The last day for approving what was requested then."""
    allowance = deadlines.approval_allowance(vietnam_date(requested_at))
    return deadlines.due_on(requested_at, allowance, calendar=deadlines.official_calendar())


def task_due(opened_at: datetime) -> date:
    """The last day for a task opened then."""
    allowance = deadlines.task_allowance(vietnam_date(opened_at))
    return deadlines.due_on(opened_at, allowance, calendar=deadlines.official_calendar())

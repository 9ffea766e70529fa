"""Connected or not (đã liên thông hay chưa; letters 680 and 2118): what arrives from a province, and what it declares.

What arrives decides: a province is connected once messages have come from it, until it declares on a later day that it is
not. One that is not says why, what it will do and by when. Public face: `connected`, `declare`, `withdraw`, `remind`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Role
from lienthong.audit import trail
from lienthong.database import alarms
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.kernel.errors import Conflict, Refused
from lienthong.notices import actions as notices
from lienthong.notices.actions import News
from lienthong.oversight import reasonlists
from lienthong.oversight.agreements import refuse_foreign
from lienthong.oversight.reasonlists import OTHER

SILENT_AFTER: Final = timedelta(days=7)
"""A connected province from which nothing has come for longer is looked into."""
REMIND_EVERY: Final = timedelta(days=7)
LONGEST: Final = 300
PLAN_ALARM: Final = "oversight.plan_passed"
SILENT_ALARM: Final = "oversight.silent"
_ARRIVALS = "SELECT * FROM oversight_arrivals(%s)"
_STEPS = """
    SELECT step.id, province_code, is_connected, since, reason, coalesce(listed.label, reason) AS reason_label, note, plan,
           planned_on, entered_at, entered_by, withdrawn_at, withdrawn_by
    FROM oversight_connectionstep AS step
    LEFT JOIN oversight_reason AS listed ON listed.list_name = 'unconnected' AND listed.code = reason
    WHERE (%(province_code)s = '' OR province_code = %(province_code)s)
    ORDER BY province_code, since DESC, step.id DESC
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.connection ' || %s))"
_LATEST = """
    SELECT id, since FROM oversight_connectionstep
    WHERE province_code = %s AND withdrawn_at IS NULL ORDER BY since DESC, id DESC LIMIT 1
"""
_DECLARE = """
    INSERT INTO oversight_connectionstep (province_code, is_connected, since, reason, note, plan, planned_on, entered_at,
                                          entered_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_WITHDRAW = "UPDATE oversight_connectionstep SET withdrawn_at = %s, withdrawn_by = %s WHERE id = %s"
_OFFICERS = """
    SELECT id FROM accounts_officer
    WHERE is_active AND unit_code = '' AND (role = %s AND province_code = %s OR role = %s) ORDER BY id
"""
_ALARMS = "SELECT name, subject FROM database_alarm WHERE name = ANY (%s) AND closed_at IS NULL"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an officer writes; reason, plan and day are of a province that is not connected."""

    is_connected: bool
    since: date
    reason: str = ""
    note: str = ""
    plan: str = ""
    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class StepLine:
    """One declaration as it stands in the history."""

    id: int
    province_code: str
    is_connected: bool
    since: date
    reason: str
    reason_label: str
    note: str
    plan: str
    planned_on: date | None
    entered_at: datetime
    entered_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str

    @property
    def reason_vi(self) -> str:
        """The reason in words; of the open one its note alone."""
        if self.reason in {OTHER, ""}:
            return self.note
        return f"{self.reason_label}: {self.note}" if self.note else self.reason_label


@dataclass(frozen=True, slots=True)
class Connection:
    """One province: what arrived up to the day, and what it declares, as far as the actor may see it (`step`)."""

    province_code: str
    province_name: str
    first_on: date | None
    last_on: date | None
    day_count: int
    message_count: int
    is_declared: bool | None
    declared_since: date | None
    on: date
    step: StepLine | None = None

    @property
    def is_connected(self) -> bool:
        """Messages have come, and no later day was declared from which it is not."""
        if self.last_on is None:
            return False
        return not (self.is_declared is False and (self.declared_since or date.min) > self.last_on)

    @property
    def is_contrary(self) -> bool:
        """True when the declaration and what arrives say different things."""
        return self.is_declared is not None and self.is_declared is not self.is_connected

    @property
    def silent_days(self) -> int:
        """Days without a message since the last; 0 for one that is not connected."""
        if self.last_on is None or not self.is_connected:
            return 0
        return max(0, (self.on - self.last_on).days - 1)

    @property
    def is_silent(self) -> bool:
        """True when nothing has come for too long from a connected province."""
        return self.silent_days > SILENT_AFTER.days

    @property
    def empty_days(self) -> int:
        """Days between the first and the last message on which nothing came."""
        if self.first_on is None or self.last_on is None:
            return 0
        return (self.last_on - self.first_on).days + 1 - self.day_count

    @property
    def is_plan_passed(self) -> bool:
        """True when the day that was planned is over and the province is not connected."""
        planned = self.step.planned_on if self.step else None
        return not self.is_connected and planned is not None and planned < self.on

    @property
    def is_unexplained(self) -> bool:
        """True when it is not connected and has not said why."""
        return not self.is_connected and self.is_declared is not False


@dataclass(frozen=True, slots=True)
class Connected:
    """The country on a day: how many of its provinces are connected ("60/63, 95 %")."""

    on: date
    lines: tuple[Connection, ...]

    @property
    def total(self) -> int:
        """How many provinces there are on the day."""
        return len(self.lines)

    @property
    def count(self) -> int:
        """How many of them are connected."""
        return sum(it.is_connected for it in self.lines)

    @property
    def percent(self) -> int:
        """The share in whole percent, rounded half up: 60 of 63 are 95."""
        return (200 * self.count + self.total) // (2 * self.total) if self.total else 0

    @property
    def figure_vi(self) -> str:
        """As letters write it: `60/63, 95 %`."""
        return f"{self.count}/{self.total}, {self.percent} %"


# ---------------------------------------------------------------- reads


def connected(by: Actor, *, on: date) -> Connected:
    """Every province of the day: connected or not, since when, last when. Two statements; the figure is the same for all."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVALS, [on])
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    current: dict[str, StepLine] = {}
    for step in steps(by):
        if step.withdrawn_at is None and step.since <= on:
            current.setdefault(step.province_code, step)
    lines = [Connection(**row, on=on, step=current.get(row["province_code"])) for row in rows]
    return Connected(on, tuple(lines))


def steps(by: Actor, province_code: str = "") -> list[StepLine]:
    """What was declared for a province, or for all, the latest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, {"province_code": province_code})
        return rows_as(StepLine, cursor)


def grounds(on: date) -> dict[str, str]:
    """The reasons that may be given on a day, with their labels, in the order in which they are offered. One statement."""
    return {it.code: it.label for it in reasonlists.on_day(on)["unconnected"]}


# ---------------------------------------------------------------- writes


def declare(province_code: str, said: Declaration, *, seen: int, by: Actor, at: datetime) -> int:
    """Declare from a day on whether a province is connected; the id. `seen`: the latest declaration the officer saw, 0 for none.

    Raises NotAllowed outside one's province; Refused (E-DATE, E-REASON, E-NOTE, E-PLAN, E-PLANNED); Conflict when another
    officer was faster.
    """
    refuse_foreign(province_code, by)
    written = _checked(said, on=vietnam_date(at))
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [province_code])
        cursor.execute(_LATEST, [province_code])
        key, since = cursor.fetchone() or (0, None)
        if key != seen:
            raise Conflict("Khai báo vừa được cán bộ khác cập nhật. Hãy xem lại.", code="CHANGED")
        if since is not None and written.since < since:
            message = f"Ngày phải từ {day_first(since)} (khai báo trước) trở đi."
            raise Refused(message, code="E-DATE", field="lt-tu-ngay")
        words: list[Any] = [
            province_code,
            written.is_connected,
            written.since,
            written.reason,
            written.note,
        ]
        cursor.execute(_DECLARE, [*words, written.plan, written.planned_on, at, by.label])
        step_id = int(cursor.fetchone()[0])
        detail = {"connected": written.is_connected, "since": written.since.isoformat()}
        _record("declared", step_id, detail, by=by, at=at)
    return step_id


def withdraw(step_id: int, province_code: str, *, by: Actor, at: datetime) -> None:
    """Take back the latest declaration of a province; it stays in the history. Raises as `agreements.withdraw`."""
    refuse_foreign(province_code, by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [province_code])
        cursor.execute(_LATEST, [province_code])
        latest = cursor.fetchone()
        if latest is None or latest[0] != step_id:
            raise Refused("Chỉ bỏ được khai báo sau cùng.", code="E-STATE", field="lt")
        cursor.execute(_WITHDRAW, [at, by.label, step_id])
        _record("withdrawn", step_id, {}, by=by, at=at)


def remind(*, by: Actor, at: datetime) -> int:
    """Tell the director and the centre, once a week, of a planned day that passed; raise and close the alarms. How many told."""
    on = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        found = connected(by, on=on).lines
        standing = {(PLAN_ALARM, it.province_code) for it in found if it.is_plan_passed}
        standing |= {(SILENT_ALARM, it.province_code) for it in found if it.is_silent}
        cursor.execute(_ALARMS, [[PLAN_ALARM, SILENT_ALARM]])
        for name, subject in cursor.fetchall():
            if (name, subject) not in standing:
                alarms.close(name, subject)
        for name, subject in sorted(standing):
            alarms.sound(name, subject)
        news = [it for line in found if line.is_plan_passed for it in _news(line, on)]
        return notices.tell(news, by=by, at=at)


def _news(line: Connection, on: date) -> list[News]:
    step = line.step
    if step is None or step.planned_on is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_OFFICERS, [Role.PROVINCE, line.province_code, Role.CENTRE])
        officers = tuple(row[0] for row in cursor.fetchall())
    week = (on - step.planned_on).days // REMIND_EVERY.days
    words = {
        "province": line.province_name,
        "planned": day_first(step.planned_on),
        "reason": step.reason_vi,
    }
    key = f"plan-passed:{step.id}:{week}"
    area = -int(line.province_code)
    subject = ("connection", step.id)
    return [News("PLAN_PASSED", key, subject, area, words, officers)] if officers else []


def _checked(said: Declaration, *, on: date) -> Declaration:
    """The declaration as it is kept, once it may be."""
    if said.since > on:
        message = f"Ngày không được sau {day_first(on)}."
        raise Refused(message, code="E-DATE", field="lt-tu-ngay")
    if said.is_connected:
        return Declaration(is_connected=True, since=said.since)
    if said.reason not in grounds(on):
        raise Refused("Hãy chọn lý do trong danh sách.", code="E-REASON", field="ly-do")
    note, plan = (" ".join(text.split())[:LONGEST] for text in (said.note, said.plan))
    if said.reason == OTHER and not note:
        raise Refused("Hãy ghi rõ lý do khác.", code="E-NOTE", field="ghi-ro")
    if not plan:
        raise Refused("Hãy ghi kế hoạch thực hiện.", code="E-PLAN", field="ke-hoach")
    if said.planned_on is None or said.planned_on < on:
        message = f"Ngày dự kiến phải từ {day_first(on)} trở đi."
        raise Refused(message, code="E-PLANNED", field="ngay-du-kien")
    return Declaration(
        is_connected=False,
        since=said.since,
        reason=said.reason,
        note=note,
        plan=plan,
        planned_on=said.planned_on,
    )


def _record(deed: str, step_id: int, detail: dict[str, object], *, by: Actor, at: datetime) -> None:
    trail.record_each(
        by,
        f"connection.{deed}",
        at=at,
        subject_kind="connection",
        subject_ids=[step_id],
        detail=detail,
    )

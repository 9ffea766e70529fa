"""What follows the issue of a letter: later days, reminders, escalation to the directors, closing. By the centre and the worker.

Extending, reminding, closing and sending a reply all take the addressee's row first: each sees what the other has done.
A province is reminded once a day at most, its directors too; the page shows every reminder with its day and maker.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from django.db import connection

from lienthong.audit import trail
from lienthong.database import alarms
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.law.deadlines import official_calendar, overdue_up_to
from lienthong.oversight import telling
from lienthong.oversight.directives import need

Level = Literal["office", "director"]
MOST_REASON: Final = 1_000
REMINDS_BEFORE: Final = 1
"""Working days before the due day on which the system itself reminds who has not replied."""
ALARM: Final = "directive.unanswered"
_CHANGED_VI = "Công văn đã kết thúc hoặc chưa ban hành. Hãy mở lại để xem tình trạng mới nhất."
_GONE_VI = "Không có công văn này."

_LOCK_ALL = """
    SELECT id, province_code, due_on FROM oversight_addressee WHERE directive_id = %s ORDER BY id FOR UPDATE
"""
_STATE = "SELECT state FROM oversight_directive WHERE id = %s"
_UNANSWERED = """
    SELECT addressee.id FROM oversight_addressee AS addressee
    WHERE addressee.directive_id = %(directive)s AND addressee.id = ANY (%(asked)s)
      AND NOT EXISTS (SELECT 1 FROM oversight_reply AS reply
                      WHERE reply.addressee_id = addressee.id AND reply.state = 'sent')
    ORDER BY addressee.id
"""
_ADD = """
    INSERT INTO oversight_addendum (directive_id, province_code, due_on, reason, added_by, added_at)
    VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
"""
# The same once more within the hour is a second click.
_SAID = """
    SELECT 1 FROM oversight_addendum
    WHERE (directive_id, province_code, reason, added_by) = (%(directive)s, %(province)s, %(reason)s, %(by)s)
      AND due_on IS NOT DISTINCT FROM %(due)s::date AND added_at > %(at)s::timestamptz - interval '1 hour'
"""
_MOVE_DUE = "UPDATE oversight_addressee SET due_on = %s WHERE id = ANY (%s)"
_REMIND = """
    INSERT INTO oversight_reminder (addressee_id, level, on_day, told_count, reminded_by, reminded_at)
    SELECT id, %(level)s, %(on)s, told, %(by)s, %(at)s FROM unnest(%(ids)s::bigint[], %(told)s::integer[]) AS due (id, told)
"""
_REMINDED = """
    SELECT reminder.addressee_id
    FROM unnest(%s::bigint[], %s::date[]) AS asked (id, since)
    JOIN oversight_reminder AS reminder ON reminder.addressee_id = asked.id AND reminder.on_day >= asked.since
    WHERE reminder.level = %s
"""
_CLOSE = """
    UPDATE oversight_directive SET state = 'closed', closed_by = %s, closed_at = %s, closed_note = %s WHERE id = %s
"""
_OWED = """
    SELECT addressee.directive_id, addressee.id, addressee.province_code, addressee.due_on
    FROM oversight_addressee AS addressee
    JOIN oversight_directive AS directive ON directive.id = addressee.directive_id AND directive.state = 'issued'
    WHERE addressee.due_on <= %(until)s
      AND NOT EXISTS (SELECT 1 FROM oversight_reply AS reply
                      WHERE reply.addressee_id = addressee.id AND reply.state = 'sent')
    ORDER BY addressee.directive_id, addressee.id
"""
_SETTLED = """
    SELECT alarm.subject FROM database_alarm AS alarm
    WHERE alarm.name = %s AND alarm.closed_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM oversight_addressee AS addressee
          JOIN oversight_directive AS directive ON directive.id = addressee.directive_id AND directive.state = 'issued'
          WHERE addressee.directive_id || ':' || addressee.province_code = alarm.subject AND addressee.due_on < %s
            AND NOT EXISTS (SELECT 1 FROM oversight_reply AS reply
                            WHERE reply.addressee_id = addressee.id AND reply.state = 'sent'))
"""


def add(
    directive_id: int,
    province_code: str,
    due_on: date | None,
    reason: str,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Give a later day, or further words alone, to one province or to all (''); how many provinces it concerns.

    What was sent before keeps the day that held then, and so does who has a later one. Raises NotAllowed, NotFound, Refused
    (no reason, a free day or one that is not later than theirs, a province that is no addressee), Conflict for a letter that
    is closed, or for the same words again.
    """
    need(by)
    said = reason.strip()
    if not said or len(said) > MOST_REASON:
        raise Refused(
            f"Vui lòng ghi lý do, nhiều nhất {MOST_REASON} chữ.", code="REASON", field="ly-do"
        )
    with acting(by, at=at), connection.cursor() as cursor:
        held = _locked(directive_id)
        chosen = [it for it in held if province_code in {"", it[1]}]
        if not chosen:
            raise Refused("Tỉnh này không có trong nơi nhận.", code="PROVINCE", field="tinh")
        if due_on is not None:
            # Who has been given a later day than this one keeps it.
            chosen = _earlier_than(due_on, chosen, at)
        again: dict[str, Any] = {
            "directive": directive_id,
            "province": province_code,
            "due": due_on,
        }
        cursor.execute(_SAID, {**again, "reason": said, "by": by.label, "at": at})
        if cursor.fetchone():
            raise Conflict("Nội dung này vừa được gửi rồi.", code="TWICE")
        cursor.execute(_ADD, [directive_id, province_code, due_on, said, by.label, at])
        addendum_id = int(cursor.fetchone()[0])
        ids = [it[0] for it in chosen]
        if due_on is not None:
            cursor.execute(_MOVE_DUE, [due_on, ids])
        detail = {"province": province_code, "due_on": due_on.isoformat() if due_on else ""}
        _record("directive.added", directive_id, by, at, detail)
        telling.extended(directive_id, ids, addendum_id, by=by, at=at)
    return len(chosen)


def remind(
    directive_id: int,
    level: Level = "office",
    province_code: str = "",
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Remind every province that has not replied, or the one named, in one move; how many were reminded now.

    Who was reminded today is not reminded again. Raises NotAllowed, NotFound, Conflict for a letter that is closed.
    """
    need(by)
    with acting(by, at=at):
        held = _locked(directive_id)
        today = vietnam_date(at)
        asked = {it[0]: today for it in held if province_code in {"", it[1]}}
        return _remind(directive_id, asked, level, by=by, at=at)


def close(directive_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """End a letter: no reply and no correction is taken any more, and nobody is reminded.

    Raises NotAllowed, NotFound, Refused without a note, Conflict when it is closed already.
    """
    need(by)
    said = note.strip()
    if not said or len(said) > MOST_REASON:
        raise Refused("Vui lòng ghi kết luận khi kết thúc công văn.", code="NOTE", field="ket-luan")
    with acting(by, at=at), connection.cursor() as cursor:
        _locked(directive_id)
        cursor.execute(_CLOSE, [by.label, at, said, directive_id])
        _record("directive.closed", directive_id, by, at)


def follow(*, by: Actor, at: datetime) -> int:
    """What the system does by itself, on working days; how many reminders went out.

    It reminds on the working day before the due day, tells the directors once it is over, and raises an alarm for each
    province that owes a reply then. Each once a due day: a later day that was given is reminded of anew, and what was
    sent earlier by hand does not stand for it.
    """
    on, calendar = vietnam_date(at), official_calendar()
    if not calendar.is_working_day(on):
        return 0
    soon = on
    for _ in range(REMINDS_BEFORE):
        soon = calendar.next_working_day(soon)
    late = overdue_up_to(on, 0, calendar=calendar)
    count = 0
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_OWED, {"until": soon})
        owed = cursor.fetchall()
        for directive_id in dict.fromkeys(row[0] for row in owed):
            own = [row for row in owed if row[0] == directive_id]
            try:
                _locked(directive_id)
            except Conflict:  # closed since the statement above: nothing is owed any more
                continue
            before = {
                row[1]: overdue_up_to(row[3], 0, calendar=calendar) for row in own if on <= row[3]
            }
            overdue = {row[1]: row[3] + timedelta(days=1) for row in own if row[3] <= late}
            count += _remind(directive_id, before, "office", by=by, at=at)
            count += _remind(directive_id, overdue, "director", by=by, at=at)
            for _, _, province_code, due_on in own:
                if due_on < on:
                    detail = {"due_on": due_on.isoformat()}
                    alarms.sound(ALARM, f"{directive_id}:{province_code}", detail)
        cursor.execute(_SETTLED, [ALARM, on])
        for (subject,) in cursor.fetchall():
            alarms.close(ALARM, subject)
    return count


def _earlier_than(
    due_on: date, chosen: list[tuple[int, str, date]], at: datetime
) -> list[tuple[int, str, date]]:
    """Those of the addressees whose day this one is later than. Raises Refused for none, and for a day that can be none."""
    found = [it for it in chosen if it[2] < due_on]
    if not found or due_on <= vietnam_date(at):
        latest = min(it[2] for it in chosen)
        said_vi = f"Hạn mới phải sau hôm nay và sau hạn đang có ({day_first(latest)})."
        raise Refused(said_vi, code="DUE", field="han-moi")
    if not official_calendar().is_working_day(due_on):
        raise Refused("Hạn mới phải là ngày làm việc.", code="DUE", field="han-moi")
    return found


def _locked(directive_id: int) -> list[tuple[int, str, date]]:
    """The addressees (id, province, day that holds), held until the transaction ends; the letter is issued and open."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ALL, [directive_id])
        held = list(cursor.fetchall())
        cursor.execute(_STATE, [directive_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_GONE_VI)
    if row[0] != "issued":
        raise Conflict(_CHANGED_VI, code="CHANGED")
    return held


def _remind(
    directive_id: int, asked: Mapping[int, date], level: Level, *, by: Actor, at: datetime
) -> int:
    """Remind those of the held addressees who have sent nothing and were not reminded since their day in `asked`."""
    on = vietnam_date(at)
    with connection.cursor() as cursor:
        cursor.execute(_UNANSWERED, {"directive": directive_id, "asked": list(asked)})
        owing = [row[0] for row in cursor.fetchall()]
        cursor.execute(_REMINDED, [owing, [asked[it] for it in owing], level])
        done = {row[0] for row in cursor.fetchall()}
        due = [it for it in owing if it not in done]
        if not due:
            return 0
        told = telling.reminded(directive_id, due, level, by=by, at=at)
        words = {"level": level, "on": on, "by": by.label, "at": at}
        cursor.execute(_REMIND, {**words, "ids": due, "told": [told[it] for it in due]})
        _record("directive.reminded", directive_id, by, at, {"level": level, "provinces": len(due)})
    return len(due)


def _record(
    action: str,
    directive_id: int,
    by: Actor,
    at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    trail.record(
        by, action, at=at, subject_kind="directive", subject_id=directive_id, detail=detail
    )

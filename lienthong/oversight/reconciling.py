"""Books that balance (đối soát với Bộ Tư pháp, INV-45; letter 2118 §3, rules §9.3): day by day, commune by commune.

What the ministry says it sent is held against what is here, that against children, those against their numbers, and numbers
against active cards. Each difference is a row with a reason of the closed list (`reasons`), and ends by itself when the
world comes right; one without a reason is an alarm, a notice to the province and, where there is a dossier, a task.
A day is one transaction; today is not looked at before it is over.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Role
from lienthong.database import alarms
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.dossiers import actions as dossiers
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first, vietnam_date
from lienthong.notices import actions as notices
from lienthong.notices.actions import News
from lienthong.oversight import reasons

ALARM: Final = "oversight.books"
TASK: Final = "T-BOOKS"
STATEMENT_DUE: Final = time(12)
"""Until this hour of the next day a statement may still come."""
SELF_MOVING: Final = timedelta(hours=24)
"""What moves by itself has moved by then."""
RESEND_WAIT: Final = timedelta(hours=72)
"""So long a message that was asked for again may take."""
CLOSE: Final = timedelta(days=7)
"""Days so near are looked at again while they have open differences."""
WINDOW: Final = timedelta(days=45)
"""Days so near are looked at every night."""
MONTH: Final = timedelta(days=30)
"""Every day is looked at again after so long."""
_AGAIN: Final = timedelta(minutes=10)
_DAYS_AT_ONCE: Final = 3
"""So that the tasks beside this one never wait for long."""

_PACKAGE = "lienthong.oversight"
_TABLES = Statement.load(_PACKAGE, "reconcile_tables.sql")
_OWING = Statement.load(_PACKAGE, "reconcile_owing.sql")
_STANDING = Statement.load(_PACKAGE, "reconcile_standing.sql")
_ASK = Statement.load(_PACKAGE, "reconcile_ask.sql")
_TOLD = Statement.load(_PACKAGE, "reconcile_told.sql")
_STEPS = tuple(
    Statement.load(_PACKAGE, f"reconcile_{name}.sql")
    for name in ("close", "open", "count", "end", "begin", "arrived")
)
_DUE = Statement.load(_PACKAGE, "reconcile_due.sql")
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('lienthong.reconcile'), %s)"
_LOOKED = """
    INSERT INTO oversight_lookedday (day, looked_at, is_touched) VALUES (%s, %s, false)
    ON CONFLICT (day) DO UPDATE SET looked_at = excluded.looked_at, is_touched = false
"""
_IS_OWED = """
    SELECT EXISTS (SELECT 1 FROM oversight_statement WHERE state = 'taken' AND day <= %s AND received_at < day + 1 + %s)
"""
_OPEN_ALARMS = """
    SELECT subject FROM database_alarm WHERE name = %s AND closed_at IS NULL AND starts_with(subject, %s)
"""
_UNEXPLAINED = """
    SELECT province_code, count(*), min(id) FROM oversight_difference
    WHERE day = %s AND closed_at IS NULL AND reason = ANY (%s) GROUP BY province_code ORDER BY province_code
"""
_OF_DOSSIERS = """
    SELECT DISTINCT ON (dossier_id) id, dossier_id FROM oversight_difference
    WHERE day = %s AND closed_at IS NULL AND reason = ANY (%s) AND dossier_id IS NOT NULL ORDER BY dossier_id, id
"""
_EXPLAINED_TASKS = """
    UPDATE dossiers_task AS task SET closed_at = %(at)s, closed_by = %(by)s
    WHERE task.kind = %(kind)s AND task.closed_at IS NULL AND task.dossier_id IN (
            SELECT was.dossier_id FROM oversight_difference AS was
            WHERE was.day = %(day)s AND was.closed_at IS NOT NULL AND was.reason = ANY (%(unexplained)s))
      AND NOT EXISTS (SELECT 1 FROM oversight_difference AS known
                      WHERE known.dossier_id = task.dossier_id AND known.closed_at IS NULL
                        AND known.reason = ANY (%(unexplained)s))
"""
_DIRECTORS = """
    SELECT id FROM accounts_officer
    WHERE is_active AND unit_code = '' AND (role = %s AND province_code = %s AND %s <> '' OR role = %s) ORDER BY id
"""


def reconcile(*, by: Actor, at: datetime) -> int:
    """Look at days that are due, a few at a time, the near ones before old ones; how many were looked at.

    Due: a statement came, the night has passed, or differences are open. A kill loses nothing: a day is looked at whole.
    """
    with connection.cursor() as cursor:
        words: dict[str, Any] = {
            "at": at,
            "today": vietnam_date(at),
            "midnight": datetime.combine(vietnam_date(at), time(), VIETNAM),
            "close": vietnam_date(at) - CLOSE,
            "near": vietnam_date(at) - WINDOW,
            "month_ago": at - MONTH,
            "again": at - _AGAIN,
            "usual_days": WINDOW.days,
            "limit": _DAYS_AT_ONCE,
        }
        cursor.execute(_DUE.text, words)
        days = [row[0] for row in cursor.fetchall()]
    return sum(reconcile_day(day, by=by, at=at) for day in days)


def reconcile_day(day: date, *, by: Actor, at: datetime) -> bool:
    """Look at one day, whatever was found of it before; False when somebody else does so now. One transaction."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [day.toordinal()])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_IS_OWED, [day, WINDOW.days])
        words = _words(day, by=by, at=at) | {"is_owed": cursor.fetchone()[0]}
        find_rows_by_index()
        for statement in (_TABLES, _OWING, _STANDING, _ASK, _TOLD, *_STEPS):
            statement.run(words)
        cursor.execute(_LOOKED, [day, at])
        _tell(day, words, by=by, at=at)
    return True


def _words(day: date, *, by: Actor, at: datetime) -> dict[str, Any]:
    def noon(days: int) -> datetime:
        return datetime.combine(day + timedelta(days=days), STATEMENT_DUE, VIETNAM)

    return {
        "day": day,
        "on": vietnam_date(at),
        "at": at,
        "by": by.label,
        "first": datetime.combine(day, time(), VIETNAM),
        "next": datetime.combine(day + timedelta(days=1), time(), VIETNAM),
        "due": noon(1),
        "after_due": noon(2),
        "stale": at - SELF_MOVING,
        "resent_since": at - RESEND_WAIT,
        "final": reasons.FINAL,
        "unexplained": reasons.UNEXPLAINED,
        "usual_days": WINDOW.days,
    }


def _tell(day: date, words: Mapping[str, Any], *, by: Actor, at: datetime) -> None:
    """What has no reason: an alarm for each province, a notice to its directors once, a task for each dossier."""
    with connection.cursor() as cursor:
        cursor.execute(_UNEXPLAINED, [day, reasons.UNEXPLAINED])
        found = cursor.fetchall()
        subjects = {f"{day} {province or '--'}" for province, _, _ in found}
        cursor.execute(_OPEN_ALARMS, [ALARM, f"{day} "])
        for (subject,) in cursor.fetchall():
            if subject not in subjects:
                alarms.close(ALARM, subject)
        news = []
        for province, count, first in found:
            alarms.sound(ALARM, f"{day} {province or '--'}")
            cursor.execute(_DIRECTORS, [Role.PROVINCE, province, province, Role.CENTRE])
            officers = tuple(row[0] for row in cursor.fetchall())
            told = {"day": day_first(day), "count": str(count), "province": province or "chưa rõ"}
            key = f"books:{day}:{province}"
            area = -int(province or "0")
            if officers:
                news.append(News("BOOKS", key, ("book_difference", first), area, told, officers))
        notices.tell(news, by=by, at=at)
        cursor.execute(_OF_DOSSIERS, [day, reasons.UNEXPLAINED])
        for key, dossier_id in cursor.fetchall():
            dossiers.open_task(
                TASK,
                dossier_id=dossier_id,
                subject_key=f"books:{dossier_id}:{day}",
                detail={"difference": key},
                by=by,
                at=at,
            )
        cursor.execute(_EXPLAINED_TASKS, {**words, "kind": TASK})

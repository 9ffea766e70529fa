"""Carries the word about dossiers further, to officers and families (notices): what climbed, what is late, an id that came.

Each is written in the transaction of what it tells; the notices are told once for ever, so a repeat tells nobody again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.dossiers.lifecycle import LATE_REASONS_VI, LateReason
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.notices import actions as notices
from lienthong.notices.actions import News

if TYPE_CHECKING:
    from lienthong.dossiers.escalation import Step

_KIND_OF_LEVEL = {1: "OVERDUE", 2: "OVERDUE_HEAD", 3: "OVERDUE_DIRECTOR"}
_WAITING = """
    SELECT dossier.id, dossier.code, dossier.due_on, dossier.area, coalesce(unit.name, '') AS unit_name,
           dossier.child_name, dossier.person_id
    FROM dossiers_dossier AS dossier LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    WHERE dossier.id = ANY (%s)
"""
_OF_TASKS = (
    "SELECT id, dossier_id FROM dossiers_task WHERE id = ANY (%s) AND dossier_id IS NOT NULL"
)
_ACCOUNTS = "SELECT username, id FROM accounts_officer WHERE username = ANY (%s) AND is_active"
_FOUND = """
    SELECT dossier.id, dossier.code, dossier.due_on, dossier.area, coalesce(unit.name, '') AS unit_name,
           dossier.child_name, dossier.person_id
    FROM persons_identityrequest AS question
    JOIN LATERAL (
        SELECT * FROM dossiers_dossier AS latest WHERE latest.person_id = question.person_id
        ORDER BY latest.id DESC LIMIT 1) AS dossier ON true
    LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    WHERE question.state = 'answered' AND question.answer_class = 'FOUND' AND question.closed_at > %s
"""
_FOUND_SINCE = timedelta(minutes=5)
_NO_UNIT_VI = "Nơi chưa khai báo đơn vị cấp thẻ"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A dossier as a notice speaks of it."""

    id: int
    code: str
    due_on: date
    area: int
    unit_name: str
    child_name: str
    person_id: int | None


def overdue(steps: Sequence["Step"], *, by: Actor, at: datetime) -> int:
    """Tell those who were written as told: once a day for each area and level, with the count and the oldest."""
    of_task = dict(_pairs(_OF_TASKS, [step.task_id for step in steps if step.task_id]))
    accounts = dict(_pairs(_ACCOUNTS, sorted({name for step in steps for name in step.told})))
    subjects = [(step, step.dossier_id or of_task.get(step.task_id or 0)) for step in steps]
    waiting = {it.id: it for it in _waiting([key for _, key in subjects if key])}
    groups: dict[tuple[int, int, tuple[str, ...]], list[_Waiting]] = defaultdict(list)
    for step, key in subjects:
        if key in waiting and step.told:
            it = waiting[key]
            groups[step.level, it.area, tuple(step.told)].append(it)
    day = vietnam_date(at).isoformat()
    news = []
    for (level, area, told), every in groups.items():
        oldest = min(every, key=lambda it: (it.due_on, it.id))
        words = {
            "count": str(len({it.id for it in every})),
            "unit": oldest.unit_name or _NO_UNIT_VI,
            "dossier": oldest.code,
            "until": day_first(oldest.due_on),
        }
        officers = tuple(accounts[name] for name in told if name in accounts)
        if officers:
            what = f"overdue:{level}:{area}:{day}"
            about = ("dossier", oldest.id)
            news.append(News(_KIND_OF_LEVEL[level], what, about, area, words, officers))
    return notices.tell(news, by=by, at=at)


def late(dossier_ids: Sequence[int], reason: str, *, by: Actor, at: datetime) -> int:
    """Tell the families of late dossiers the reason of the list; an officer's own words stay in the house."""
    if reason not in frozenset(LateReason) or reason == LateReason.OTHER:
        return 0
    sentence = LATE_REASONS_VI[LateReason(reason)]
    news = []
    for it in _waiting(dossier_ids):
        subject = ("dossier", it.id) if it.person_id is None else ("person", it.person_id)
        words = {"child": it.child_name, "reason": sentence, "unit": it.unit_name or _NO_UNIT_VI}
        news.append(News("DOSSIER_LATE", f"late:{it.id}", subject, it.area, words))
    return notices.tell(news, by=by, at=at)


def identity_found(*, by: Actor, at: datetime) -> int:
    """Tell the families whose children's personal id came in the last minutes."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [at - _FOUND_SINCE])
        found = rows_as(_Waiting, cursor)
    news = [
        News(
            "PERSONAL_ID_FOUND",
            f"personal-id:{it.person_id}",
            ("person", it.person_id),
            it.area,
            {"child": it.child_name, "unit": it.unit_name or _NO_UNIT_VI},
        )
        for it in found
        if it.person_id is not None
    ]
    return notices.tell(news, by=by, at=at)


def _waiting(dossier_ids: Sequence[int]) -> list[_Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(dossier_ids)])
        return rows_as(_Waiting, cursor)


def _pairs(statement: str, keys: Sequence[object]) -> list[tuple[object, int]]:
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(keys)])
        return list(cursor.fetchall())

"""Who did what, and who looked at whom: the writing and the reading of the audit log.

Ids and codes only, never personal data. The entry's own instant is the database's; `at` is kept as `decided_at`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from lienthong.kernel.actor import Actor

VIEWED = "viewed"
_MOST_LINES = 1000

_RECORD = """
    INSERT INTO audit_entry
        (decided_at, by, account_id, action, subject_kind, subject_id, request_id, detail)
    SELECT %(at)s, %(by)s, %(account)s, %(action)s, %(kind)s, subject_id,
           coalesce(current_setting('lienthong.request', true), ''), %(detail)s::jsonb
    FROM unnest(%(ids)s::bigint[]) AS subject (subject_id)
"""
_VIEWED = """
    INSERT INTO audit_entry
        (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id)
    SELECT %(at)s, %(by)s, %(account)s, %(action)s, kind, subject_id, %(purpose)s, %(fields)s::text[],
           coalesce(current_setting('lienthong.request', true), '')
    FROM unnest(%(kinds)s::text[], %(ids)s::bigint[]) AS subject (kind, subject_id)
"""
_HISTORY = """
    SELECT entry.id, entry.at, entry.decided_at, entry.by, entry.action, entry.subject_kind,
           entry.subject_id, entry.purpose, entry.fields, entry.request_id, entry.detail
    FROM audit_entry AS entry
    JOIN unnest(%(kinds)s::text[], %(ids)s::bigint[]) AS asked (kind, subject_id)
      ON entry.subject_kind = asked.kind AND entry.subject_id = asked.subject_id
    WHERE (%(views)s AND entry.id < %(before)s AND entry.action = 'viewed')
       OR (%(acts)s AND entry.id < %(before)s AND entry.action <> 'viewed')
    ORDER BY entry.id DESC
    LIMIT %(limit)s
"""
_END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One entry about a subject, as a person may read it. `at` is the database's instant."""

    id: int
    at: datetime
    decided_at: datetime | None
    by: str
    action: str
    subject_kind: str
    subject_id: int
    purpose: str
    fields: tuple[str, ...]
    request_id: str
    detail: dict[str, Any]


def record(
    by: Actor,
    action: str,
    *,
    at: datetime,
    subject_kind: str = "",
    subject_id: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write that `by` did `action`, decided at `at`, in the caller's transaction. One statement."""
    _insert(by, action, at=at, subject=(subject_kind, [subject_id]), detail=detail)


def record_each(
    by: Actor,
    action: str,
    *,
    at: datetime,
    subject_kind: str,
    subject_ids: Sequence[int],
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write one entry for each subject of an act over many, in the caller's transaction. One statement."""
    _insert(by, action, at=at, subject=(subject_kind, subject_ids), detail=detail)


def viewed(
    by: Actor,
    *,
    at: datetime,
    subjects: Sequence[tuple[str, int]],
    purpose: str,
    fields: Sequence[str] = (),
) -> None:
    """Write that `by` is about to see these subjects: one entry for each (kind, id), one statement.

    Commit before the first byte is shown. `fields` names the facts shown, not their values.
    """
    if not subjects:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _VIEWED,
            {
                "at": at,
                "by": by.label,
                "account": by.account_id,
                "action": VIEWED,
                "purpose": purpose,
                "fields": list(fields),
                "kinds": [kind for kind, _ in subjects],
                "ids": [subject_id for _, subject_id in subjects],
            },
        )


def history_of(
    subject_kind: str, subject_id: int, *, by: Actor, limit: int = _MOST_LINES
) -> list[TrailLine]:
    """The entries about one subject, newest first. See `history_of_many`."""
    return history_of_many([(subject_kind, subject_id)], by=by, limit=limit)


def history_of_many(
    subjects: Sequence[tuple[str, int]], *, by: Actor, limit: int = _MOST_LINES
) -> list[TrailLine]:
    """The entries about these subjects, newest first, at most `limit`. Two statements.

    The web role gets those of subjects that `by` can see and no others: row-level security decides.
    """
    return _read(subjects, by, {"views": True, "acts": True, "before": _END, "limit": limit})


def acts_of_many(subjects: Sequence[tuple[str, int]], *, by: Actor) -> list[TrailLine]:
    """What was done to these subjects, however often they were looked at; newest first. As `history_of_many`."""
    return _read(subjects, by, {"views": False, "acts": True, "before": _END, "limit": _MOST_LINES})


def views_of_many(
    subjects: Sequence[tuple[str, int]], *, by: Actor, before: int = 0, limit: int = _MOST_LINES
) -> list[TrailLine]:
    """Who looked at these subjects, newest first; `before` is the last entry of the page before. As `history_of_many`."""
    asked = {"views": True, "acts": False, "before": before or _END, "limit": limit}
    return _read(subjects, by, asked)


def _read(
    subjects: Sequence[tuple[str, int]], by: Actor, asked: Mapping[str, int]
) -> list[TrailLine]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.token', %s, true)", [by.token])
        kinds = [kind for kind, _ in subjects]
        ids = [subject_id for _, subject_id in subjects]
        cursor.execute(_HISTORY, {"kinds": kinds, "ids": ids, **asked})
        return [_line(row) for row in cursor.fetchall()]


def of_request(request_id: str) -> None:
    """Name the request in the entries that follow in this transaction. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.request', %s, true)", [request_id])


def _insert(
    by: Actor,
    action: str,
    *,
    at: datetime,
    subject: tuple[str, Sequence[int | None]],
    detail: Mapping[str, object] | None,
) -> None:
    kind, ids = subject
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "at": at,
                "by": by.label,
                "account": by.account_id,
                "action": action,
                "kind": kind,
                "ids": list(ids),
                "detail": json.dumps(dict(detail or {}), ensure_ascii=False),
            },
        )


def _line(row: tuple[Any, ...]) -> TrailLine:
    """Django's connection leaves jsonb, the last column, as text."""
    *columns, fields, request_id, detail = row
    decoded = json.loads(detail) if isinstance(detail, str) else detail
    return TrailLine(*(*columns, tuple(fields), request_id, decoded))

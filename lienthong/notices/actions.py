"""Every write of notices: tell, and mark one's own as read.

Who is told on which channel is decided in the database, in the transaction of what is told (`notices_tell`): a page's
officer cannot read the addresses of others, and need not.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.notices.kinds import KINDS

_TELL = "SELECT notices_tell(%s::jsonb)"
_READ = """
    UPDATE notices_notice SET read_at = %s
    WHERE account_id = %s AND channel = 'page' AND read_at IS NULL AND id = ANY (%s)
"""
_READ_ALL = """
    UPDATE notices_notice SET read_at = %s
    WHERE account_id = %s AND channel = 'page' AND read_at IS NULL AND id <= %s
"""


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. `key` names what happened: told once for ever to each recipient on each channel.

    A family's news goes to the current contacts of `subject` (("person", id) or ("dossier", id)); officers' news to the
    accounts named. `area` is whose officers may see the notice.
    """

    kind: str
    key: str
    subject: tuple[str, int]
    area: int
    words: Mapping[str, str]
    officers: tuple[int, ...] = ()


def tell(news: Sequence[News], *, by: Actor, at: datetime) -> int:
    """Write a notice for each recipient and channel, and its letter in the outbox, in the caller's transaction.

    How many were new; nobody is told twice. One statement, however many. Raises ValueError for an unknown kind, or
    words that its text does not have.
    """
    if not news:
        return 0
    told = [_checked(each) for each in news]
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_TELL, [json.dumps(told, ensure_ascii=False)])
        count = int(cursor.fetchone()[0])
        if count:
            kinds = sorted({each.kind for each in news})
            detail = {"kinds": kinds, "notices": count}
            trail.record(by, "notice.tell", at=at, subject_kind="notice", detail=detail)
    return count


def mark_read(notice_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Mark notices on one's own page as read; how many were unread. Others' are left alone."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_READ, [at, by.account_id, list(notice_ids)])
        return int(cursor.rowcount)


def mark_all_read(up_to: int, *, by: Actor, at: datetime) -> int:
    """Mark one's own notices up to this id as read: those that came meanwhile stay unread. How many."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_READ_ALL, [at, by.account_id, up_to])
        return int(cursor.rowcount)


def _checked(news: News) -> dict[str, object]:
    kind = KINDS.get(news.kind)
    if kind is None or set(news.words) != kind.words or bool(news.officers) > kind.is_for_officers:
        msg = f"not a notice of kind {news.kind}: needs the words {sorted(kind.words) if kind else ()}"
        raise ValueError(msg)
    return {
        "kind": kind.name,
        "key": news.key,
        "subject_kind": news.subject[0],
        "subject_id": news.subject[1],
        "area": news.area,
        "words": dict(news.words),
        "channels": list(kind.channels),
        "optional": kind.is_optional,
        "for_officers": kind.is_for_officers,
        "officers": sorted(set(news.officers)),
    }

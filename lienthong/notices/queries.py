"""What pages ask about notices: one's own, unread ones, and those about one child."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.notices import texts
from lienthong.notices.kinds import KINDS

CHANNELS_VI = {"email": "Thư điện tử", "sms": "Tin nhắn SMS", "page": "Trên trang"}
MOST_COUNTED = 99

_OWN = """
    SELECT id, kind, words, subject_kind, subject_id, made_at, read_at FROM notices_notice
    WHERE account_id = %s AND channel = 'page' AND id < %s AND (NOT %s OR read_at IS NULL)
    ORDER BY id DESC LIMIT %s
"""
_UNREAD = """
    SELECT count(*) FROM (
        SELECT 1 FROM notices_notice WHERE account_id = %s AND channel = 'page' AND read_at IS NULL LIMIT %s) AS unread
"""
_ABOUT = """
    SELECT notice.kind, notice.words, notice.channel, notice.made_at, letter.state, letter.sent_at, letter.answer
    FROM notices_notice AS notice
    LEFT JOIN database_outbox AS letter
        ON letter.kind = 'notice.' || notice.channel AND letter.key = notice.recipient AND letter.version = notice.id
    WHERE notice.subject_kind = %s AND notice.subject_id = %s AND notice.account_id IS NULL
    ORDER BY notice.id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class OwnNotice:
    """One notice on an officer's page."""

    id: int
    kind: str
    label_vi: str
    subject_vi: str
    body_vi: str
    subject_kind: str
    subject_id: int
    made_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One notice to a family, as the child's page shows it."""

    label_vi: str
    subject_vi: str
    channel_vi: str
    made_at: datetime
    state: str
    sent_at: datetime | None
    answer: str


def own(
    by: Actor, *, before: int = 0, unread_only: bool = False, limit: int = 50
) -> list[OwnNotice]:
    """The officer's own notices, newest first, below id `before` (0: from the newest). One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [by.account_id, before or (1 << 62), unread_only, limit])
        return [_own(row) for row in cursor.fetchall()]


def unread(by: Actor) -> int:
    """How many of one's own are unread; counts to 100 and no further. One query, from an index."""
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [by.account_id, MOST_COUNTED + 1])
        return int(cursor.fetchone()[0])


def about(subject: tuple[str, int], *, by: Actor, limit: int = 50) -> list[ToldLine]:
    """What the family was told about this subject, newest first, as far as `by` may see it. One query."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [*subject, limit])
        return [_told(row) for row in cursor.fetchall()]


def _own(row: tuple[Any, ...]) -> OwnNotice:
    notice_id, name, words, *rest = row
    kind = KINDS[name]
    written = texts.page_text(kind, _decoded(words))
    return OwnNotice(notice_id, name, kind.label_vi, written.subject, written.body, *rest)


def _told(row: tuple[Any, ...]) -> ToldLine:
    name, words, channel, made_at, state, sent_at, answer = row
    kind = KINDS[name]
    subject = texts.page_text(kind, _decoded(words)).subject
    return ToldLine(
        kind.label_vi, subject, CHANNELS_VI[channel], made_at, state or "", sent_at, answer or ""
    )


def _decoded(words: Any) -> dict[str, str]:  # noqa: ANN401 - Django's connection leaves jsonb as text
    return dict(json.loads(words) if isinstance(words, str) else words)

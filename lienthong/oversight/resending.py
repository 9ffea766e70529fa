"""Asks the ministry to send again what it says it sent and what is not here (đề nghị gửi lại), by a letter in the outbox.

The reconciliation asks once by itself; an officer may ask again. The answer is the message itself, through the door.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed
from lienthong.kernel.outcomes import Outcome, Refusal

LETTER = "justice.resend"
"""The kind of the letter in the outbox."""
MOST_AT_ONCE = 500
_MISSING = """
    SELECT id, source, message_id, area FROM oversight_difference
    WHERE id = ANY (%s) AND closed_at IS NULL AND book = 'sent' AND message_ref IS NULL AND reason <> 'STATED_TWICE'
    ORDER BY source, message_id
"""
_ASK = """
    INSERT INTO oversight_resend (source, message_id, area, asked_count, asked_at, asked_by)
    VALUES (%s, %s, %s, 1, %s, %s)
    ON CONFLICT (source, message_id) DO UPDATE
        SET asked_count = oversight_resend.asked_count + 1, asked_at = excluded.asked_at, asked_by = excluded.asked_by
    RETURNING asked_count
"""
_OWE = """
    INSERT INTO database_outbox (kind, key, version, payload)
    VALUES (%s, %s, %s, jsonb_build_object('source', %s::text, 'message_id', %s::text))
    ON CONFLICT (kind, key, version) DO NOTHING
"""


def ask_again(difference_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Ask for the missing messages of these differences once more; those that are here by now are refused (GONE).

    Raises NotAllowed without RESEND_ASK.
    """
    if not by.may(Permission.RESEND_ASK):
        raise NotAllowed("Bạn không có quyền đề nghị Bộ Tư pháp gửi lại.", code="RESEND_ASK")
    keys = list(dict.fromkeys(difference_ids))[:MOST_AT_ONCE]
    done = []
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_MISSING, [keys])
        for key, source, message_id, area in cursor.fetchall():
            cursor.execute(_ASK, [source, message_id, area, at, by.label])
            count = cursor.fetchone()[0]
            cursor.execute(_OWE, [LETTER, f"{source} {message_id}", count, source, message_id])
            done.append(key)
        if done:
            trail.record_each(
                by,
                "book_difference.resend_asked",
                at=at,
                subject_kind="book_difference",
                subject_ids=done,
                detail={},
            )
    gone = "Thông điệp này không còn thiếu, hoặc không thuộc địa bàn của bạn."
    refused = [Refusal(key, "GONE", gone) for key in keys if key not in set(done)]
    return Outcome(tuple(done), tuple(refused))

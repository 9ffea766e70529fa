"""The outbox as a screen shows it: what is owed, sent and given up, with the other side's answer; and sending it again.

Whoever sees everything, and the administrator, find every letter; a head and a province those whose notice lies in their
area. The administrator finds no recipient and no text: those rows are not his to see (row-level security).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection

from lienthong.accounts.permissions import Permission, Role
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Row, Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed
from lienthong.kernel.outcomes import Outcome, Refusal
from lienthong.notices import texts
from lienthong.notices.kinds import KINDS, LETTERS_VI

MOST_AT_ONCE = 5_000
"""So many letters one press of "all" takes."""
STATES_VI = {"pending": "Chờ gửi", "dead": "Không gửi được", "sent": "Đã gửi"}
LABELS_VI = {
    **LETTERS_VI,
    "justice.answer": "Trả lời Bộ Tư pháp",
    "alarm.email": "Thư báo cảnh báo",
}
_GONE_VI = "Thư đã được gửi, đang được gửi, hoặc không thuộc địa bàn của bạn."

_LIST = Statement.load("lienthong.notices", "letters.sql")
_COUNTS = Statement.load("lienthong.notices", "letters_count.sql")
_AGAIN = "SELECT notices_send_again(%s)"
_DEAD = """
    SELECT letter.id FROM database_outbox AS letter
    LEFT JOIN notices_notice AS notice
        ON letter.kind = 'notice.' || notice.channel AND notice.id = letter.version
    WHERE letter.kind = %s AND letter.state = 'dead' AND (%s OR notice.id IS NOT NULL)
    ORDER BY letter.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of letters: how many wait, of these how many failed before, how many were given up; sent in the last day."""

    kind: str
    pending: int
    retried: int
    dead: int
    sent: int
    oldest_at: datetime | None

    @property
    def label_vi(self) -> str:
        """As the screen calls it."""
        return LABELS_VI.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter. What it is about stands only where the reader may see the notice; `recipient` is masked."""

    id: int
    kind: str
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    answer: str
    is_leased: bool
    notice_id: int | None
    subject_kind: str
    subject_id: int | None
    notice_kind: str
    recipient: str
    title: str

    @property
    def label_vi(self) -> str:
        """As the screen calls its kind."""
        return LABELS_VI.get(self.kind, self.kind)

    @property
    def state_vi(self) -> str:
        """Where it stands."""
        if self.is_leased:
            return "Đang gửi"
        return "Thử lại" if self.state == "pending" and self.attempts else STATES_VI[self.state]

    @property
    def answer_vi(self) -> str:
        """The other side's answer in words, where we know them."""
        return _answer_vi(self.answer)

    @property
    def can_send_again(self) -> bool:
        """True for what was given up, and what waits and is not in a relay's hands."""
        return self.state != "sent" and not self.is_leased


_FACTS = tuple(each.name for each in fields(LetterLine))[:13]
"""What the statement says in its own words; recipient and title are made from the rest."""


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters: of a kind, in a state; '' for all. `after`: below this id."""

    kind: str = ""
    state: str = ""
    after: int = 0


def counts(by: Actor) -> list[KindLine]:
    """How far each kind is, within the reader's reach. One query. Raises NotAllowed without OUTBOX_VIEW."""
    _need(by, Permission.OUTBOX_VIEW)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.text, {"all": _sees_all(by)})
        return rows_as(KindLine, cursor)


def letters(by: Actor, *, wanted: LetterFilter, limit: int) -> list[LetterLine]:
    """Letters within reach, newest first. One query. Raises NotAllowed without OUTBOX_VIEW."""
    _need(by, Permission.OUTBOX_VIEW)
    parameters = {
        "all": _sees_all(by),
        "kind": wanted.kind,
        "state": wanted.state,
        "after": wanted.after or (1 << 62),
        "limit": limit,
    }
    return [_line(row) for row in _LIST.rows(parameters)]


def send_again(letter_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Try these letters again at once, given up or waiting. Raises NotAllowed without OUTBOX_RESEND.

    Refused: what is sent, on its way or out of reach (CHANGED). A letter that was given up begins anew with its attempts.
    """
    _need(by, Permission.OUTBOX_RESEND)
    wanted = sorted(set(letter_ids))
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_AGAIN, [wanted])
        done = tuple(row[0] for row in cursor.fetchall())
        if done:
            trail.record_each(
                by, "letter.send_again", at=at, subject_kind="letter", subject_ids=done
            )
    left = set(wanted) - set(done)
    return Outcome(done, tuple(Refusal(each, "CHANGED", _GONE_VI) for each in sorted(left)))


def send_kind_again(kind: str, *, by: Actor, at: datetime) -> Outcome:
    """Try the given-up letters of a kind again, oldest first, at most `MOST_AT_ONCE`; as `send_again`."""
    _need(by, Permission.OUTBOX_RESEND)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_DEAD, [kind, _sees_all(by), MOST_AT_ONCE])
        dead = [row[0] for row in cursor.fetchall()]
        return send_again(dead, by=by, at=at)


def _need(by: Actor, permission: Permission) -> None:
    if not by.may(permission):
        raise NotAllowed("Bạn không có quyền thực hiện thao tác này.", code=str(permission))


def _sees_all(by: Actor) -> bool:
    return by.everywhere or by.role == Role.ADMINISTRATOR


def _line(row: Row) -> LetterLine:
    words, channel, address = row[13:]
    facts = dict(zip(_FACTS, row[:13], strict=True))
    kind = facts["notice_kind"] = facts["notice_kind"] or ""
    title = ""
    if kind in KINDS:
        decoded = json.loads(words) if isinstance(words, str) else words
        title = texts.page_text(KINDS[kind], decoded).subject
    masked = texts.masked_address(channel, address) if address else ""
    return LetterLine(**facts, recipient=masked, title=title)


def _answer_vi(answer: str) -> str:
    code = answer.partition(" · ")[0]
    for sign, sentence in _ANSWERS_VI:
        if code.startswith(sign):
            return sentence
    return ""


_ANSWERS_VI = (
    ("E-NO-ADDRESS", "Không còn địa chỉ: hãy ghi địa chỉ mới rồi gửi lại"),
    ("E-NO-ANSWER", "Bên nhận không trả lời"),
    ("E-NO-PARTNER", "Chưa cấu hình nơi gửi"),
    ("opted-out", "Không gửi: người nhận đã thôi nhận"),
    ("stale", "Không gửi: tin đã cũ"),
    ("550", "Hộp thư không có hoặc không nhận thư"),
    ("551", "Hộp thư không có hoặc không nhận thư"),
    ("552", "Hộp thư đã đầy"),
    ("553", "Máy chủ thư không nhận địa chỉ này"),
    ("554", "Máy chủ thư từ chối thư này"),
    ("535", "Máy chủ thư không nhận tài khoản của hệ thống"),
    ("421", "Máy chủ thư đang bận, sẽ thử lại"),
    ("45", "Máy chủ thư đang bận, sẽ thử lại"),
    ("25", "Máy chủ thư đã nhận"),
    ("HTTP 2", "Bên nhận đã nhận"),
    ("HTTP 4", "Bên nhận từ chối"),
    ("HTTP 5", "Bên nhận đang gặp sự cố, sẽ thử lại"),
)
"""How answers begin, and what they mean to an officer."""

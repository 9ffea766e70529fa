"""Reading letters: the searchable archive, one letter with its questions and addenda, who owes a reply, what waits for me.

Row-level security bounds every list: a province finds the letters that went to it, past ones too, and no draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.kernel.names import fold_key
from lienthong.oversight.templates import Asked

STATES_VI: Final = {"draft": "Đang soạn", "issued": "Chờ trả lời", "closed": "Đã kết thúc"}
_GONE_VI = "Không có công văn này, hoặc công văn không gửi cho tỉnh, thành phố của bạn."
_ARCHIVE = Statement.load("lienthong.oversight", "directive_archive.sql")
_CHASE = Statement.load("lienthong.oversight", "directive_chase.sql")
_ONE = """
    SELECT id, state, template, number, dated_on, subject, body, due_on, period_first, period_last, everyone, provinces,
           signer_name, signer_title, copies, edit_no, drafted_by, drafted_at, issued_by, issued_at, closed_by, closed_at,
           closed_note
    FROM oversight_directive WHERE id = %s
"""
_QUESTIONS = """
    SELECT asked.id, asked.place, asked.kind, asked.text, asked.is_required, asked.only_if_no, asked.figure, asked.reason_list,
           asked.period_first, asked.period_last, coalesce(condition.kind, '') AS condition_kind
    FROM oversight_question AS asked
    LEFT JOIN oversight_question AS condition
        ON condition.directive_id = asked.directive_id AND condition.place = asked.only_if_no
    WHERE asked.directive_id = %s ORDER BY asked.place
"""
_ADDENDA = """
    SELECT addendum.id, addendum.province_code, coalesce(addressee.province_name, '') AS province_name, addendum.due_on,
           addendum.reason, addendum.added_by, addendum.added_at
    FROM oversight_addendum AS addendum
    LEFT JOIN oversight_addressee AS addressee
        ON addressee.directive_id = addendum.directive_id AND addressee.province_code = addendum.province_code
    WHERE addendum.directive_id = %s ORDER BY addendum.id
"""
_REMINDERS = """
    SELECT reminder.addressee_id, reminder.level, reminder.on_day, reminder.told_count, reminder.reminded_by,
           reminder.reminded_at
    FROM oversight_reminder AS reminder JOIN oversight_addressee AS addressee ON addressee.id = reminder.addressee_id
    WHERE addressee.directive_id = %s ORDER BY reminder.id
"""
_WAITING = """
    SELECT directive.id, directive.number, directive.subject, addressee.province_code, addressee.province_name,
           addressee.due_on, coalesce(reply.id, 0) AS reply_id, coalesce(reply.state, '') AS reply_state,
           coalesce(reply.version, 1) AS version
    FROM oversight_addressee AS addressee
    JOIN oversight_directive AS directive ON directive.id = addressee.directive_id AND directive.state = 'issued'
    LEFT JOIN oversight_reply AS reply ON reply.addressee_id = addressee.id AND reply.state <> 'sent'
    WHERE reply.id IS NOT NULL
       OR NOT EXISTS (SELECT 1 FROM oversight_reply AS given
                      WHERE given.addressee_id = addressee.id AND given.state = 'sent')
    ORDER BY addressee.due_on, directive.id, addressee.province_code
    LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class ArchiveFilter:
    """What the archive is asked for; '' and None ask for everything.

    `text` is found without tones, in any order of words, or is the number that a province gave its reply.
    """

    text: str = ""
    state: str = ""
    province_code: str = ""
    first: date | None = None
    last: date | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """One letter of the list, with what the actor may see of its addressees: for a province's officer, his own."""

    id: int
    state: str
    number: str
    dated_on: date | None
    subject: str
    due_on: date | None
    addressee_count: int
    sent_count: int
    late_count: int
    opened_count: int

    @property
    def state_vi(self) -> str:
        """How far it is, in words."""
        return STATES_VI[self.state]


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question; `period` is its own days of figures, None where the letter's hold.

    `condition_kind` is the kind of the question on which it depends, '' for none.
    """

    id: int
    place: int
    kind: str
    text: str
    is_required: bool
    only_if_no: int | None
    figure: str
    reason_list: str
    period_first: date | None
    period_last: date | None
    condition_kind: str = ""

    @property
    def condition_vi(self) -> str:
        """When it is asked at all: `khi câu 1 là «Chưa»`; '' for always."""
        if self.only_if_no is None:
            return ""
        said = "lớn hơn 0" if self.condition_kind == "figure" else "là «Chưa»"
        return f"khi câu {self.only_if_no} {said}"

    @property
    def asked(self) -> Asked:
        """As a draft has it."""
        return Asked(
            self.kind,
            self.text,
            self.is_required,
            self.only_if_no,
            self.figure,
            self.reason_list,
            self.period_first,
            self.period_last,
        )

    @property
    def period(self) -> DateRange | None:
        """Its own days of figures."""
        if self.period_first is None or self.period_last is None:
            return None
        return DateRange.closed(self.period_first, self.period_last)


@dataclass(frozen=True, slots=True)
class AddendumLine:
    """One act after the issue; `province_name` is empty when it was for all."""

    id: int
    province_code: str
    province_name: str
    due_on: date | None
    reason: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class DirectiveView:
    """One letter, whole."""

    id: int
    state: str
    template: str
    number: str
    dated_on: date | None
    subject: str
    body: str
    due_on: date | None
    period_first: date | None
    period_last: date | None
    everyone: bool
    provinces: list[str]
    signer_name: str
    signer_title: str
    copies: str
    edit_no: int
    drafted_by: str
    drafted_at: datetime
    issued_by: str
    issued_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    closed_note: str

    @property
    def state_vi(self) -> str:
        """How far it is, in words."""
        return STATES_VI[self.state]

    @property
    def paragraphs(self) -> list[str]:
        """The text by paragraphs."""
        return [it.strip() for it in self.body.splitlines() if it.strip()]

    @property
    def copy_lines(self) -> list[str]:
        """Who gets a copy, one a line."""
        lines = [it.strip(" -;.\t") for part in self.copies.splitlines() for it in part.split(";")]
        return [it for it in lines if it]


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """That a province was reminded."""

    addressee_id: int
    level: str
    on_day: date
    told_count: int
    reminded_by: str
    reminded_at: datetime


@dataclass(frozen=True, slots=True)
class ChaseLine:
    """One addressee as the centre chases it. `reply_id` is the last sent reply, 0 for none; `is_late` by the day that held."""

    id: int
    province_code: str
    province_name: str
    due_on: date
    opened_at: datetime | None
    opened_by: str
    reply_id: int
    version: int
    sent_at: datetime | None
    first_sent_at: datetime | None
    signer_name: str
    sent_late: bool
    is_late: bool
    reminders: tuple[ReminderLine, ...] = field(default=())

    @property
    def has_sent(self) -> bool:
        """True when a signed reply has come."""
        return self.reply_id > 0


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A letter that the actor's province owes a reply, or a correction. `reply_state` is '' before anybody has begun."""

    id: int
    number: str
    subject: str
    province_code: str
    province_name: str
    due_on: date
    reply_id: int
    reply_state: str
    version: int


def archive(by: Actor, *, wanted: ArchiveFilter, on: date, limit: int = 50) -> list[ArchiveLine]:
    """The letters that the actor may see, drafts first, then the newest. One statement."""
    _need(by)
    words = [
        f"%{word.replace('%', '').replace('_', '')}%" for word in fold_key(wanted.text).split()[:12]
    ]
    found = _ARCHIVE.rows(
        {
            "words": words,
            "number": wanted.text.strip().lower(),
            "state": wanted.state,
            "province": wanted.province_code,
            "first": wanted.first,
            "last": wanted.last,
            "offset": wanted.after,
            "on": on,
            "limit": limit,
        }
    )
    return [ArchiveLine(*row) for row in found]


def one(by: Actor, directive_id: int) -> DirectiveView:
    """One letter. Raises NotFound for one that the actor may not see. One statement."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [directive_id])
        found = rows_as(DirectiveView, cursor)
    if not found:
        raise NotFound(_GONE_VI)
    return found[0]


def questions(by: Actor, directive_id: int) -> list[QuestionLine]:
    """What the letter asks, in order. One statement."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_QUESTIONS, [directive_id])
        return rows_as(QuestionLine, cursor)


def addenda(by: Actor, directive_id: int) -> list[AddendumLine]:
    """What was added after the issue, in order. One statement."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_ADDENDA, [directive_id])
        return rows_as(AddendumLine, cursor)


def chase(by: Actor, directive_id: int, *, on: date) -> list[ChaseLine]:
    """Each addressee that the actor may see, who owes a reply first, with every reminder. Two statements."""
    _need(by)
    reminders = reminded(by, directive_id)
    rows = _CHASE.rows({"directive": directive_id, "on": on})
    return [
        ChaseLine(*(*row, tuple(it for it in reminders if it.addressee_id == row[0])))
        for row in rows
    ]


def reminded(by: Actor, directive_id: int) -> Sequence[ReminderLine]:
    """Every reminder of the letter that the actor may see, in order. One statement."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_REMINDERS, [directive_id])
        return rows_as(ReminderLine, cursor)


def waiting(by: Actor) -> list[WaitingLine]:
    """The letters to which the actor's province owes something, the earliest day first; at most 100. One statement.

    Nothing for the centre, and for a unit's officer, whose province answers.
    """
    if by.everywhere or by.unit_code or not by.may(Permission.DIRECTIVE_ANSWER):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return rows_as(WaitingLine, cursor)


def _need(by: Actor) -> None:
    if not by.may(Permission.DIRECTIVE_VIEW):
        raise NotAllowed("Bạn không có quyền xem công văn.", code=str(Permission.DIRECTIVE_VIEW))

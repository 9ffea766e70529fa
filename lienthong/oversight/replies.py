"""A province's reply to a letter: drafting, filling in live figures, presenting, signing and sending, correcting.

The writers draft and present; a director who wrote nothing in it signs and sends, or gives it back with a note. What was
sent stays; a correction is a further version with its reason. Reading is `replyviews`; what counts is the last sent one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.oversight import livefigures, replylines, telling
from lienthong.oversight.livefigures import Days
from lienthong.oversight.replylines import Said

SIGNER_TITLES: Final = ("Giám đốc", "KT. Giám đốc – Phó Giám đốc")
"""As whom a director signs."""
MOST_REASON: Final = 1_000
MOST_NUMBER: Final = 60
_GONE_VI = "Không có bản trả lời này trong phạm vi của bạn."
_CLOSED_VI = "Công văn đã kết thúc, không nhận trả lời nữa. Nội dung đã soạn vẫn được giữ."
_CHANGED_VI = (
    "Bản trả lời vừa được người khác lưu, trình hoặc gửi. Nội dung bạn nhập vẫn còn ở dưới."
)
_REREAD_VI = "Bản trả lời đã được sửa và trình lại từ khi bạn mở trang. Hãy đọc bản mới dưới đây trước khi ký hoặc trả lại."

_LETTER_STATE = "SELECT state FROM oversight_directive WHERE id = %s"
_LOCK = """
    SELECT reply.id, reply.state, reply.edit_no, reply.version, reply.editors, reply.drafted_by, reply.edited_by,
           reply.presented_by, addressee.id AS addressee_id, addressee.directive_id, addressee.province_code
    FROM oversight_reply AS reply JOIN oversight_addressee AS addressee ON addressee.id = reply.addressee_id
    WHERE reply.id = %s FOR UPDATE OF addressee, reply
"""
_ADDRESSEE = """
    SELECT id FROM oversight_addressee WHERE directive_id = %s AND province_code = %s FOR UPDATE
"""
_NEWEST = "SELECT id, version, state FROM oversight_reply WHERE addressee_id = %s ORDER BY version DESC LIMIT 1"
_BEGIN = """
    INSERT INTO oversight_reply (addressee_id, province_code, version, reason, drafted_by, drafted_at, editors)
    VALUES (%s, %s, %s, %s, %s, %s, ARRAY[%s::bigint]) RETURNING id
"""
_COPY = """
    INSERT INTO oversight_replyline (reply_id, question_id, live, own, own_reason, reasons, text, day, is_yes, plans)
    SELECT %s, question_id, live, own, own_reason, reasons, text, day, is_yes, plans
    FROM oversight_replyline WHERE reply_id = %s
"""
_COPY_INSTANT = """
    UPDATE oversight_reply AS reply SET as_of = before.as_of FROM oversight_reply AS before
    WHERE reply.id = %s AND before.id = %s
"""
_EDITED = """
    UPDATE oversight_reply
    SET edit_no = edit_no + 1, edited_by = %s, edited_at = %s,
        editors = CASE WHEN %s = ANY (editors) THEN editors ELSE editors || %s::bigint END
    WHERE id = %s
"""
_FIGURE_QUESTIONS = """
    SELECT question.id, question.figure, coalesce(question.period_first, directive.period_first),
           coalesce(question.period_last, directive.period_last)
    FROM oversight_question AS question JOIN oversight_directive AS directive ON directive.id = question.directive_id
    WHERE question.directive_id = %s AND question.kind = 'figure' ORDER BY question.place
"""
_FILL = """
    INSERT INTO oversight_replyline (reply_id, question_id, live)
    SELECT %s, question_id, live FROM unnest(%s::bigint[], %s::double precision[]) AS counted (question_id, live)
    ON CONFLICT (reply_id, question_id) DO UPDATE SET live = excluded.live
"""
_FILLED = "UPDATE oversight_reply SET as_of = %s WHERE id = %s"
_PRESENT = "UPDATE oversight_reply SET state = 'presented', presented_by = %s, presented_at = %s WHERE id = %s"
_RETURN = """
    UPDATE oversight_reply SET state = 'draft', edit_no = edit_no + 1, returned_by = %s, returned_at = %s, returned_note = %s
    WHERE id = %s
"""
_SIGNER = "SELECT full_name FROM accounts_officer WHERE id = %s"
_SEND = """
    UPDATE oversight_reply
    SET state = 'sent', sent_at = %s, signed_by = %s, signed_person = %s, signer_name = %s, signer_title = %s, number = %s
    WHERE id = %s
"""
_OPENED = """
    UPDATE oversight_addressee SET opened_at = %s, opened_by = %s
    WHERE directive_id = %s AND province_code = ANY (%s) AND opened_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A reply whose row this transaction holds, and its addressee's."""

    id: int
    state: str
    edit_no: int
    version: int
    editors: list[int]
    drafted_by: str
    edited_by: str
    presented_by: str
    addressee_id: int
    directive_id: int
    province_code: str


@dataclass(frozen=True, slots=True)
class Signature:
    """How a director signs: as whom (one of `SIGNER_TITLES`), and the number that his office gives the reply, if any."""

    title: str
    number: str = ""


def open_letter(directive_id: int, provinces: tuple[str, ...], *, by: Actor, at: datetime) -> bool:
    """Note that the province's office has read the letter; True the first time. Others than its office leave no mark."""
    if by.everywhere or by.unit_code or not provinces:
        return False
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_OPENED, [at, by.label, directive_id, list(provinces)])
        if not cursor.rowcount:
            return False
        _record("directive.opened", ("directive", directive_id), by, at)
    return True


def begin(directive_id: int, province_code: str, reason: str, *, by: Actor, at: datetime) -> int:
    """The open draft of the province's reply, made now when there is none; its id. Its figures are filled in at once.

    After a sent reply it is a correction, needs a reason, and starts from what was sent. Raises NotAllowed, NotFound,
    Refused without a reason, Conflict when the letter is closed.
    """
    _need(by, Permission.DIRECTIVE_ANSWER)
    said = reason.strip()[:MOST_REASON]
    try:
        with acting(by, at=at), connection.cursor() as cursor:
            cursor.execute(_ADDRESSEE, [directive_id, province_code])
            row = cursor.fetchone()
            if row is None:
                raise NotFound(_GONE_VI)
            _refuse_closed(directive_id)
            cursor.execute(_NEWEST, [row[0]])
            newest = cursor.fetchone()
            if newest and newest[2] != "sent":
                return int(newest[0])
            if newest and not said:
                raise Refused("Vui lòng ghi lý do đính chính.", code="REASON", field="ly-do")
            version = newest[1] + 1 if newest else 1
            facts = [row[0], province_code, version, said, by.label, at, by.person_key]
            cursor.execute(_BEGIN, facts)
            reply_id = int(cursor.fetchone()[0])
            if newest:
                cursor.execute(_COPY, [reply_id, newest[0]])
                cursor.execute(_COPY_INSTANT, [reply_id, newest[0]])
            else:
                _fill(reply_id, directive_id, province_code, by=by, at=at)
            _record("reply.begun", ("reply", reply_id), by, at, {"version": version})
    except IntegrityError as error:
        raise Conflict(_CHANGED_VI, code="CHANGED") from error
    return reply_id


def save(reply_id: int, said: Mapping[int, Said], *, seen: int, by: Actor, at: datetime) -> None:
    """Keep what the form says, whole or not, by question id. `seen` is the edit number that the writer saw.

    A live figure is never taken from a form. Raises NotAllowed, NotFound, Refused (with the field `cau-<place>`) for what no
    answer can be, Conflict when somebody else saved, presented or sent meanwhile.
    """
    _need(by, Permission.DIRECTIVE_ANSWER)
    with acting(by, at=at):
        held = _held(reply_id)
        _write(held, said, seen=seen, by=by, at=at)


def refill(reply_id: int, *, seen: int, by: Actor, at: datetime) -> None:
    """Count the figures anew, as of now, and keep the instant. Raises as `save`."""
    _need(by, Permission.DIRECTIVE_ANSWER)
    with acting(by, at=at):
        held = _held(reply_id)
        _refuse_other_than(held, "draft", seen)
        _edit(held, by, at)
        _fill(reply_id, held.directive_id, held.province_code, by=by, at=at)
        _record("reply.refilled", ("reply", reply_id), by, at)


def present(reply_id: int, said: Mapping[int, Said], *, seen: int, by: Actor, at: datetime) -> None:
    """Save and lay the reply before the director, whole. Raises as `save`, and Refused naming the questions that are left."""
    _need(by, Permission.DIRECTIVE_ANSWER)
    with acting(by, at=at), connection.cursor() as cursor:
        held = _held(reply_id)
        _write(held, said, seen=seen, by=by, at=at)
        left = replylines.left(reply_id)
        if left:
            places = ", ".join(str(it) for it in left)
            raise Refused(
                f"Chưa trả lời đủ: câu {places}.", code="INCOMPLETE", field=f"cau-{left[0]}"
            )
        cursor.execute(_PRESENT, [by.label, at, reply_id])
        _record("reply.presented", ("reply", reply_id), by, at)
        telling.presented(held.directive_id, held.addressee_id, reply_id, by=by, at=at)


def give_back(reply_id: int, note: str, *, seen: int, by: Actor, at: datetime) -> None:
    """A director gives the reply that he `seen` back with a note. Raises NotAllowed, NotFound, Refused without one, Conflict."""
    _need(by, Permission.DIRECTIVE_SIGN)
    said = note.strip()[:MOST_REASON]
    if not said:
        raise Refused("Vui lòng ghi nội dung cần sửa.", code="NOTE", field="ghi-chu")
    with acting(by, at=at), connection.cursor() as cursor:
        held = _held(reply_id)
        _refuse_unread(held, seen)
        cursor.execute(_RETURN, [by.label, at, said, reply_id])
        _record("reply.returned", ("reply", reply_id), by, at)
        writers = (held.drafted_by, held.edited_by, held.presented_by)
        telling.returned(held.directive_id, held.addressee_id, writers, by=by, at=at)


def send(reply_id: int, signature: Signature, *, seen: int, by: Actor, at: datetime) -> None:
    """A director signs the presented reply that he read and sends it to the centre. It stays so for ever.

    `seen` is the edit number that he read: given back and presented anew meanwhile, it is another text.

    Raises NotAllowed, NotFound, Refused (FOUR_EYES for who wrote in it), Conflict when it is not presented, was sent by
    another meanwhile, is not what he read, or the letter is closed.
    """
    _need(by, Permission.DIRECTIVE_SIGN)
    if signature.title not in SIGNER_TITLES:
        raise Refused("Vui lòng chọn chức danh người ký.", code="TITLE", field="chuc-danh")
    if len(signature.number) > MOST_NUMBER:
        raise Refused(f"Số công văn dài quá {MOST_NUMBER} chữ.", code="LONG", field="so")
    with acting(by, at=at), connection.cursor() as cursor:
        held = _held(reply_id)
        _refuse_unread(held, seen)
        if by.person_key in held.editors:
            raise Refused(
                "Người soạn trả lời không được tự ký. Vui lòng để lãnh đạo khác ký.",
                code="FOUR_EYES",
            )
        cursor.execute(_SIGNER, [by.account_id])
        (name,) = cursor.fetchone()
        signed = [by.label, by.person_key, name, signature.title, signature.number]
        cursor.execute(_SEND, [at, *signed, reply_id])
        _record("reply.sent", ("reply", reply_id), by, at, {"version": held.version})
        telling.replied(held.directive_id, held.addressee_id, held.version, by=by, at=at)


def _held(reply_id: int) -> Held:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [reply_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_GONE_VI)
    held = Held(*row)
    _refuse_closed(held.directive_id)
    return held


def _refuse_closed(directive_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LETTER_STATE, [directive_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_GONE_VI)
    if row[0] != "issued":
        raise Conflict(_CLOSED_VI, code="CLOSED")


def _refuse_other_than(held: Held, state: str, seen: int) -> None:
    if (held.state, held.edit_no) != (state, seen):
        raise Conflict(_CHANGED_VI, code="CHANGED")


def _refuse_unread(held: Held, seen: int) -> None:
    """A director decides on what is presented, and on the text that he read."""
    if held.state != "presented":
        raise Conflict("Bản trả lời vừa được lãnh đạo khác ký hoặc trả lại.", code="CHANGED")
    if held.edit_no != seen:
        raise Conflict(_REREAD_VI, code="CHANGED")


def _write(held: Held, said: Mapping[int, Said], *, seen: int, by: Actor, at: datetime) -> None:
    _refuse_other_than(held, "draft", seen)
    _edit(held, by, at)
    replylines.write(held.id, held.directive_id, said, on=vietnam_date(at))
    _record("reply.saved", ("reply", held.id), by, at)


def _edit(held: Held, by: Actor, at: datetime) -> None:
    """Who changes a line is an editor first: the database refuses lines by anybody else."""
    key = by.person_key
    with connection.cursor() as cursor:
        cursor.execute(_EDITED, [by.label, at, key, key, held.id])


def _fill(reply_id: int, directive_id: int, province_code: str, *, by: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FIGURE_QUESTIONS, [directive_id])
        asked = list(cursor.fetchall())
        counted: dict[tuple[date, date], Mapping[str, float]] = {}
        for _, _, first, last in asked:
            if (first, last) not in counted:
                days = Days(first, last)
                counted[first, last] = livefigures.live(
                    by, days=days, as_of=at, province=province_code
                )
        lives = [counted[first, last].get(figure) for _, figure, first, last in asked]
        cursor.execute(_FILL, [reply_id, [it[0] for it in asked], lives])
        cursor.execute(_FILLED, [at, reply_id])


def _need(by: Actor, permission: Permission) -> None:
    # A unit's officer reads what his province sent; the province answers, not its units.
    if not by.may(permission) or by.unit_code:
        raise NotAllowed("Bạn không có quyền trả lời công văn.", code=str(permission))


def _record(
    action: str,
    subject: tuple[str, int],
    by: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    kind, key = subject
    trail.record(by, action, at=at, subject_kind=kind, subject_id=key, detail=detail)

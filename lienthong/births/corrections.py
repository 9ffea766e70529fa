"""Deciding what a registration that changed means for a card that is out (rules §13.2 A1-A3, §13.3 001-8).

An officer compares (`comparison`) and decides: a further card as registered, approved by another officer; nothing,
with a note; another personal id; or the card is taken away, which one officer asks for and another confirms. The
database holds that a decision is about the newest version of the facts, and does itself what pages may not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births import effects
from lienthong.births.comparison import REVOKED, Correction, correction
from lienthong.births.effects import CORRECTION_KINDS
from lienthong.births.merging import DUPLICATE
from lienthong.births.particulars import guardian_of
from lienthong.cards import exchange
from lienthong.cards.exchange import Asked, Foreseen, Further, NewFacts
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import queries as dossier_queries
from lienthong.dossiers.lifecycle import TASK_OUTCOMES_VI, TaskOutcome
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.law.exchange import CardPart, Ground, ground_rule

_OPEN_OF = """
    SELECT id FROM dossiers_task
    WHERE dossier_id = %s AND kind = ANY (%s) AND closed_at IS NULL AND id <> %s ORDER BY id
"""
_DECIDE = """
    INSERT INTO births_decision (task_id, birth_id, card_id, further_id, kind, reason, note, personal_id_before,
                                 asked_person, asked_by, asked_at, confirmed_by, dropped_by, dropped_note)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', '')
"""
_CONFIRM = """
    UPDATE births_decision SET confirmed_person = %s, confirmed_by = %s, confirmed_at = %s
    WHERE id = %s AND confirmed_at IS NULL AND dropped_at IS NULL
"""
_DROP = """
    UPDATE births_decision SET dropped_at = %s, dropped_by = %s, dropped_note = %s
    WHERE id = %s AND confirmed_at IS NULL AND dropped_at IS NULL
"""

_ONE_ID = "person_personal_id_once"

DONE, NOTHING_TO_DO = TaskOutcome.DONE, TaskOutcome.NOTHING_TO_DO
REASONS_VI = {
    "N-AGE": "Theo dữ liệu khai sinh đã điều chỉnh, trẻ không còn thuộc diện trẻ em dưới 6 tuổi",
    "N-DECEASED": "Theo dữ liệu khai sinh đã điều chỉnh, trẻ đã mất",
    "CANCELLED_BY_SENDER": "Cơ quan đăng ký hộ tịch đã hủy việc đăng ký khai sinh",
    DUPLICATE: "Trẻ được cấp trùng; trẻ tiếp tục dùng thẻ và mã số BHXH còn lại",
}
"""Why a card is taken away, as the family reads it."""

CLOSED_VI = "Việc này đã có người xử lý xong."
NEWER_VI = "Dữ liệu khai sinh vừa có phiên bản mới hơn. Vui lòng xem lại rồi quyết định."
OVERTAKEN_VI = (
    "Dữ liệu khai sinh đã đổi sau khi đề nghị thu hồi. Hãy trả lại đề nghị này rồi xem xét lại."
)
NOTE_VI = "Vui lòng ghi căn cứ của quyết định."
NO_CARD_VI = "Trẻ không có thẻ nào đang có giá trị."
NOT_ENTITLED_VI = (
    "Theo dữ liệu mới, trẻ không thuộc diện cấp thẻ: không đổi thẻ mà xét thu hồi thẻ."
)
ENTITLED_VI = "Theo dữ liệu mới, trẻ vẫn thuộc diện được cấp thẻ: không thu hồi thẻ."
ALREADY_ASKED_VI = "Đã có đề nghị thu hồi thẻ này; cần một cán bộ khác xác nhận."
NOT_ASKED_VI = "Chưa có đề nghị thu hồi nào đang chờ xác nhận."
SAME_PERSON_VI = (
    "Người đề nghị thu hồi không được tự xác nhận. Vui lòng chuyển cán bộ khác xác nhận."
)
SAME_ID_VI = "Số định danh theo khai sinh không khác số đang giữ."
WITH_CARD_VI = (
    "Thông tin trên thẻ cũng thay đổi: số định danh mới được ghi cùng lúc với việc đổi thẻ."
)
TAKEN_VI = "Số định danh này đang thuộc về một trẻ khác; cần xác minh trước khi thay."
CANCELLED_VI = "Việc đăng ký khai sinh này đã bị hủy."


@dataclass(frozen=True, slots=True)
class Deed:
    """Which task, which version the officer had before him, and what he writes about it."""

    task_id: int
    birth_id: int
    note: str = ""


def no_cover_code(seen: Correction, *, on: date) -> str:
    """Why the facts as registered now give no cover on the day, as a code of REASONS_VI; '' when they do.

    A child who was covered when the correction came may have passed the age since.
    """
    if not seen.entitled:
        return seen.entitlement_code
    lawful = seen.lawful
    return "N-AGE" if lawful and lawful.end and lawful.end <= on else ""


def foresee_exchange(seen: Correction, *, by: Actor, at: datetime) -> Foreseen:
    """What the further card would be, without asking for it. Raises as `exchange.foresee` does."""
    on = vietnam_date(at)
    return exchange.foresee(_asked(seen, "", on), by=by, on=on)


def exchange_as_registered(deed: Deed, *, by: Actor, at: datetime) -> Further:
    """Ask for a card with the facts as registered now; another officer approves it (002-6 when the birth date moved).

    Raises NotAllowed, NotFound, Conflict (closed, newer version, a request waits already) and Refused (no card, not
    entitled, nothing on the card changes, 002-7). Nothing of the child changes before the approval.
    """
    with _deciding(deed, by=by, at=at) as seen:
        _need_live(seen)
        _need_card(seen)
        if no_cover := no_cover_code(seen, on=vietnam_date(at)):
            raise Refused(NOT_ENTITLED_VI, code=no_cover, field="task")
        further = exchange.ask(_asked(seen, deed.note, vietnam_date(at)), by=by, at=at)
        _write(seen, "exchange", deed.note, by=by, at=at, further_id=further.card_id)
        _close(seen, DONE, deed.note, by=by, at=at)
    return further


def keep(deed: Deed, *, by: Actor, at: datetime) -> None:
    """Leave card and child as they are, for a written reason. A later version of the facts asks again."""
    with _deciding(deed, by=by, at=at) as seen:
        _need_live(seen)
        _need_note(deed)
        _write(seen, "keep", deed.note, by=by, at=at)
        _close(seen, NOTHING_TO_DO, deed.note, by=by, at=at)


def attach_personal_id(deed: Deed, *, by: Actor, at: datetime) -> None:
    """Give the child the personal id that is registered now; the former one stands in the decision (001-8).

    Card, number and days stay as they are. Raises Refused when the id is the same (SAME) or another child's (E-PID-TAKEN).
    """
    try:
        with _deciding(deed, by=by, at=at) as seen:
            _need_live(seen)
            _need_note(deed)
            if not seen.changes_id:
                raise Refused(SAME_ID_VI, code="SAME", field="task")
            if seen.has_card and (seen.changes_card or no_cover_code(seen, on=vietnam_date(at))):
                raise Refused(WITH_CARD_VI, code="CARD_CHANGES", field="task")
            _write(seen, "attach", deed.note, by=by, at=at)
            _close(seen, DONE, deed.note, by=by, at=at)
    except IntegrityError as error:
        if _ONE_ID not in str(error):
            raise
        raise Refused(TAKEN_VI, code="E-PID-TAKEN", field="task") from error


def ask_revocation(deed: Deed, *, by: Actor, at: datetime) -> None:
    """Ask that the card of a child who is not entitled be taken away; nothing happens until another person confirms."""
    with _deciding(deed, by=by, at=at) as seen:
        _need_live(seen)
        _need_card(seen)
        _need_note(deed)
        no_cover = no_cover_code(seen, on=vietnam_date(at))
        if not no_cover:
            raise Refused(ENTITLED_VI, code="ENTITLED", field="task")
        _write(seen, "revoke", deed.note, by=by, at=at, reason=no_cover)


def confirm_revocation(deed: Deed, *, by: Actor, at: datetime) -> list[int]:
    """Take the card away that another officer asked to take away; the ids of the cards. The number stays the child's.

    Raises Refused for the officer who asked (FOUR_EYES), compared by person; Conflict when nobody asks any more or a
    newer version of the facts has come.
    """
    with _reading(deed, by=by, at=at) as seen:
        if seen.decision_kind != "revoke" or seen.decision_id is None:
            raise Conflict(NOT_ASKED_VI, code="NOT_ASKED")
        if seen.asked_person == by.person_key:
            raise Refused(SAME_PERSON_VI, code="FOUR_EYES", field="task")
        if not seen.is_decision_current:
            raise Conflict(OVERTAKEN_VI, code="NEWER")
        _need_live(seen)
        _need_card(seen)
        reason = seen.decision_reason or seen.entitlement_code
        with connection.cursor() as cursor:
            cursor.execute(_CONFIRM, [by.person_key, by.label, at, seen.decision_id])
        revoked = effects.take_away(
            seen.dossier_id, reason=reason, by=by, at=at, on=vietnam_date(at)
        )
        detail = {"task": seen.task_id, "cards": revoked, "reason": reason}
        _note(seen, "card.revocation_confirmed", detail, by=by, at=at)
        _close(seen, DONE, seen.decision_note or "", by=by, at=at)
    return revoked


def drop_revocation(deed: Deed, *, by: Actor, at: datetime) -> None:
    """Say no to taking the card away, or take the own request back, for a written reason; the task is open again."""
    with _reading(deed, by=by, at=at) as seen:
        if seen.decision_kind != "revoke" or seen.decision_id is None:
            raise Conflict(NOT_ASKED_VI, code="NOT_ASKED")
        _need_note(deed)
        with connection.cursor() as cursor:
            cursor.execute(_DROP, [at, by.label, deed.note, seen.decision_id])
        _note(seen, "card.revocation_dropped", {"task": seen.task_id}, by=by, at=at)


def told_family(deed: Deed, *, by: Actor, at: datetime) -> None:
    """Note that the family knows that the card was taken away; closes the task."""
    with _deciding(deed, by=by, at=at) as seen:
        if seen.kind != REVOKED:
            raise Conflict(CLOSED_VI, code="CHANGED")
        _write(seen, "told", deed.note, by=by, at=at)
        _close(seen, DONE, deed.note, by=by, at=at)


def notice_vi(seen: Correction) -> str:
    """What the family is told when a card is taken away; names nobody else, and hides the middle of the number."""
    reason = REASONS_VI.get(seen.end_reason or "", "Theo dữ liệu khai sinh mới nhất")
    on = f" từ ngày {day_first(vietnam_date(seen.ended_at))}" if seen.ended_at else ""
    number = f"{seen.insurance_number[:2]}xxxx{seen.insurance_number[-4:]}"
    if seen.end_reason == DUPLICATE:
        return (
            f"Thẻ BHYT có mã số BHXH {number} không còn giá trị sử dụng{on}. Lý do: {reason}."
            " Quyền lợi của trẻ không bị gián đoạn. Gia đình vui lòng nộp lại thẻ giấy bị thu hồi (nếu có) cho cơ quan"
            " BHXH nơi cấp."
        )
    return (
        f"Thẻ BHYT có mã số BHXH {number} không còn giá trị sử dụng{on}. Lý do: {reason}."
        " Mã số BHXH của trẻ được giữ nguyên. Gia đình vui lòng nộp lại thẻ giấy (nếu có) cho cơ quan BHXH nơi cấp."
        " Khi trẻ có đăng ký khai sinh mới, thẻ mới được cấp theo dữ liệu mới mà không phải nộp thêm giấy tờ."
    )


@contextmanager
def _reading(deed: Deed, *, by: Actor, at: datetime) -> Iterator[Correction]:
    """The task as it stands under the lock of the child's dossiers: no message is settled meanwhile."""
    if not by.may(Permission.CORRECTION_DECIDE):
        raise NotAllowed(
            "Bạn không có quyền quyết định việc này.", code=str(Permission.CORRECTION_DECIDE)
        )
    with acting(by, at=at), transaction.atomic():
        before = correction(by, deed.task_id)
        dossiers.lock([before.dossier_id, *dossier_queries.exchanges_of(by, [before.dossier_id])])
        seen = correction(by, deed.task_id)
        if not seen.is_open:
            raise Conflict(CLOSED_VI, code="CHANGED")
        if seen.birth_id != deed.birth_id:
            raise Conflict(NEWER_VI, code="NEWER")
        yield seen


@contextmanager
def _deciding(deed: Deed, *, by: Actor, at: datetime) -> Iterator[Correction]:
    with _reading(deed, by=by, at=at) as seen:
        if seen.decision_kind == "revoke":
            raise Conflict(ALREADY_ASKED_VI, code="ALREADY_ASKED")
        yield seen


def _need_live(seen: Correction) -> None:
    if not seen.is_live:
        raise Refused(CANCELLED_VI, code="CANCELLED", field="task")


def _need_card(seen: Correction) -> None:
    if not seen.has_card:
        raise Refused(NO_CARD_VI, code="NO_CARD", field="task")


def _need_note(deed: Deed) -> None:
    if not deed.note.strip():
        raise Refused(NOTE_VI, code="NOTE", field="note")


def _asked(seen: Correction, note: str, on: date) -> Asked:
    """A card as registered now. The registration itself is the evidence."""
    if seen.card_id is None:
        raise NotFound(NO_CARD_VI, code="NO_CARD")
    parts = seen.asked_parts
    return Asked(
        card_id=seen.card_id,
        ground=Ground.REGISTERED.value,
        guardian_name=guardian_of(seen.told) or None,
        address=seen.told_part(CardPart.ADDRESS) if CardPart.ADDRESS in parts else None,
        area_code=seen.told_part(CardPart.AREA) if CardPart.AREA in parts else None,
        facts=_new_facts(seen.told),
        note=note,
        evidence=ground_rule(Ground.REGISTERED, on=on).evidence_vi,
    )


def _new_facts(told: BirthFacts) -> NewFacts:
    """What the registration says; what it says nothing of stays as known."""
    return NewFacts(
        full_name=told.full_name,
        tone_key=told.tone_key,
        fold_key=told.fold_key,
        born_on=told.born_on,
        sex=told.sex,
        personal_id=told.personal_id or "",
        guardian_name=guardian_of(told) or None,
        residence_text=told.residence_text or None,
        residence_commune_code=told.residence_commune_code or None,
        mother_name=told.mother_name or None,
        mother_born=told.mother_born or None,
        mother_personal_id=told.mother_personal_id or None,
        father_name=told.father_name or None,
        father_born=told.father_born or None,
        father_personal_id=told.father_personal_id or None,
    )


def _write(
    seen: Correction,
    kind: str,
    note: str,
    *,
    by: Actor,
    at: datetime,
    **more: Any,  # noqa: ANN401 - `further_id` or `reason`
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _DECIDE,
            [
                seen.task_id,
                seen.birth_id,
                seen.card_id,
                more.get("further_id"),
                kind,
                more.get("reason", ""),
                note.strip(),
                seen.personal_id if kind == "attach" else "",
                by.person_key,
                by.label,
                at,
            ],
        )
    detail = {
        "task": seen.task_id,
        "version": seen.version,
        "paper_no": seen.paper_no,
        "kind": kind,
    }
    _note(seen, "correction.decided", detail, by=by, at=at)


def _close(seen: Correction, outcome: TaskOutcome, note: str, *, by: Actor, at: datetime) -> None:
    """This task, and the older ones that the same answer settles."""
    said = note.strip() or TASK_OUTCOMES_VI[outcome]
    done = dossiers.settle_task([seen.task_id], outcome, note=said, by=by, at=at)
    if done.refused:
        raise Conflict("Việc này đã có người xử lý xong.", code="CHANGED")
    if seen.kind == REVOKED:
        return
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_OF, [seen.dossier_id, list(CORRECTION_KINDS), seen.task_id])
        others = [row[0] for row in cursor.fetchall()]
    if others:
        dossiers.settle_task(others, outcome, note=f"task:{seen.task_id}", by=by, at=at)


def _note(
    seen: Correction, action: str, detail: dict[str, object], *, by: Actor, at: datetime
) -> None:
    trail.record(
        by, action, at=at, subject_kind="dossier", subject_id=seen.dossier_id, detail=detail
    )

"""Reporting a child's card as reduced (báo giảm, answers 120 to 124 of the look-up): one officer asks, another confirms.

A child under six stays insured wherever it lives: moving ends no card (Law on health insurance Art. 16.4, rules §4.3).
So a card is reduced only when another place has issued one that is in force (120, 121, 122), or when the child is no
longer insured at all (124). 123, "added again in the same unit", is a matter between an employer and its employees: no
officer's act on a child's card leads there, and it is known only of cards that were taken over with their history.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from django.db import IntegrityError, connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards import actions
from lienthong.cards.actions import need
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.dossiers import queries as dossier_queries
from lienthong.dossiers.lifecycle import TaskOutcome
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import parse_card_code
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused

TASK: Final = "T-REDUCTION"
MOST_TEXT: Final = 1000
_ONE_LIVE = "reduction_one_live_a_card"


class ReductionKind(StrEnum):
    """Why a card is reduced; the reason that it ends with."""

    REDUCED = "REDUCED"
    MOVED_OUT = "REDUCED_MOVED_OUT"
    MOVED_WITHIN = "REDUCED_MOVED_WITHIN"
    STOPPED = "REDUCED_STOPPED"


KINDS_VI: Final = {
    ReductionKind.REDUCED: "Báo giảm: trẻ đã có thẻ khác do nơi khác cấp (120)",
    ReductionKind.MOVED_OUT: "Chuyển ngoại tỉnh: đã có thẻ mới của tỉnh khác (121)",
    ReductionKind.MOVED_WITHIN: "Chuyển nội tỉnh: đã có thẻ mới của nơi khác trong tỉnh (122)",
    ReductionKind.STOPPED: "Ngừng tham gia: trẻ mất, hoặc ra nước ngoài định cư (124)",
}
"""As an officer chooses them, with the code that hospitals get."""

_CARD = """
    SELECT card.id, card.code, card.person_id, card.dossier_id, dossier.code AS dossier_code, dossier.message_id,
           card.full_name, card.born_on, card.province_code, card.status, card.insurance_number,
           lower(card.valid) AS valid_from, upper(card.valid) - 1 AS valid_to,
           (SELECT task.id FROM cards_reduction AS live
            JOIN dossiers_task AS task ON task.kind = 'T-REDUCTION' AND task.subject_key = 'reduction:' || live.id
            WHERE live.card_id = card.id AND live.dropped_at IS NULL LIMIT 1) AS task_id
    FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    WHERE card.id = %s AND card.status NOT IN ('requested', 'cancelled')
"""
_ASK = """
    INSERT INTO cards_reduction (card_id, kind, on_day, note, evidence, new_card_code, new_valid_from, asked_person,
                                 asked_by, asked_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_WAITING = """
    SELECT reduction.id, reduction.card_id, reduction.kind, reduction.on_day, reduction.note, reduction.evidence,
           reduction.new_card_code, reduction.new_valid_from, reduction.asked_person, reduction.asked_by,
           reduction.asked_at, reduction.confirmed_by, reduction.confirmed_at, reduction.dropped_by,
           reduction.dropped_at, reduction.dropped_note, task.id AS task_id
    FROM dossiers_task AS task
    JOIN cards_reduction AS reduction ON task.subject_key = 'reduction:' || reduction.id
    WHERE task.id = %s AND task.kind = 'T-REDUCTION'
"""
_CONFIRM = """
    UPDATE cards_reduction SET confirmed_person = %s, confirmed_by = %s, confirmed_at = %s
    WHERE id = %s AND confirmed_at IS NULL AND dropped_at IS NULL RETURNING id
"""
_DROP = """
    UPDATE cards_reduction SET dropped_at = %s, dropped_by = %s, dropped_note = %s
    WHERE id = %s AND confirmed_at IS NULL AND dropped_at IS NULL RETURNING id
"""
_IS_REDUCED = """
    SELECT EXISTS (
        SELECT 1 FROM dossiers_dossier AS dossier
        JOIN cards_card AS card ON card.person_id = dossier.person_id
        JOIN cards_reduction AS reduction ON reduction.card_id = card.id
        WHERE dossier.id = %s AND dossier.state = 'CANCELLED' AND reduction.confirmed_at IS NOT NULL)
"""
_DOSSIERS_OF = "SELECT DISTINCT dossier_id FROM cards_card WHERE person_id = %s ORDER BY dossier_id"

NOT_ACTIVE_VI = "Thẻ này không còn giá trị nên không báo giảm nữa."
ALREADY_VI = "Đã có đề nghị báo giảm thẻ này; cần một cán bộ Sổ, thẻ xác nhận."
CHANGED_VI = "Đề nghị này đã có người xử lý xong."
SAME_PERSON_VI = "Người đề nghị không được tự xác nhận. Vui lòng chuyển cán bộ khác xác nhận."
NO_CARD_VI = "Trẻ dưới 6 tuổi chuyển nơi ở vẫn được bảo hiểm: chỉ báo giảm khi nơi khác đã cấp thẻ. Hãy ghi mã thẻ mới."
GAP_VI = (
    "Thẻ mới phải có giá trị từ ngày báo giảm trở về trước, để trẻ không có ngày nào không có thẻ."
)
OWN_CARD_VI = (
    "Mã này là thẻ đang báo giảm của chính trẻ. Nếu chỉ đổi thông tin, hãy dùng “Cấp lại, đổi thẻ”."
)
OTHER_PROVINCE_VI = "Chuyển ngoại tỉnh: mã thẻ mới phải của tỉnh khác."
SAME_PROVINCE_VI = "Chuyển nội tỉnh: mã thẻ mới phải của cùng tỉnh."


@dataclass(frozen=True, slots=True)
class ReducibleCard:
    """A card as the form shows it; `task_id` is that of a report that waits, or was confirmed. Last day included."""

    id: int
    code: str
    person_id: int
    dossier_id: int
    dossier_code: str
    message_id: str
    full_name: str
    born_on: date
    province_code: str
    status: str
    insurance_number: str
    valid_from: date
    valid_to: date
    task_id: int | None

    @property
    def is_active(self) -> bool:
        """True while it counts."""
        return self.status == "active"


@dataclass(frozen=True, slots=True)
class Report:
    """What the first officer writes: from which day, on what evidence (a paper's name, number, day), and why."""

    card_id: int
    kind: ReductionKind
    on_day: date
    note: str
    evidence: str
    new_card_code: str = ""
    new_valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report as the second officer sees it."""

    id: int
    card_id: int
    kind: str
    on_day: date
    note: str
    evidence: str
    new_card_code: str
    new_valid_from: date | None
    asked_person: int
    asked_by: str
    asked_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    dropped_by: str
    dropped_at: datetime | None
    dropped_note: str
    task_id: int

    @property
    def kind_vi(self) -> str:
        """The kind as officers call it."""
        return KINDS_VI[ReductionKind(self.kind)]

    @property
    def is_open(self) -> bool:
        """True while it waits for the second officer."""
        return self.confirmed_at is None and self.dropped_at is None


def card(by: Actor, card_id: int) -> ReducibleCard:
    """The card, once approved, in the actor's area. One statement. Raises NotFound."""
    del by  # row-level security reads the actor of the transaction
    found: list[ReducibleCard] = _rows(ReducibleCard, _CARD, card_id)
    if not found:
        raise NotFound("Không tìm thấy thẻ này trong địa bàn của bạn.", code="NOT_FOUND")
    return found[0]


def waiting(by: Actor, task_id: int) -> Waiting:
    """The report of the task, in the actor's area. One statement. Raises NotFound."""
    del by
    found: list[Waiting] = _rows(Waiting, _WAITING, task_id)
    if not found:
        raise NotFound("Không tìm thấy việc này trong địa bàn của bạn.", code="NOT_FOUND")
    return found[0]


def is_reduced(dossier_id: int) -> bool:
    """True when the child of this dossier had its cards ended by a confirmed report. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_REDUCED, [dossier_id])
        return bool(cursor.fetchone()[0])


def report(told: Report, *, by: Actor, at: datetime) -> int:
    """Ask that the card be reduced; the report's id. The card counts as before until another officer confirms.

    Raises NotAllowed without REDUCTION_REPORT, NotFound, Refused with code and field for what the law does not allow,
    Conflict when a report waits already.
    """
    need(by, Permission.REDUCTION_REPORT)
    try:
        with acting(by, at=at), connection.cursor() as cursor:
            seen = card(by, told.card_id)
            _check(told, seen, vietnam_date(at))
            code = _bare(told.new_card_code)
            values: list[Any] = [
                seen.id,
                str(told.kind),
                told.on_day,
                told.note.strip(),
                told.evidence.strip(),
            ]
            asked: list[Any] = [by.person_key, by.label, at]
            cursor.execute(_ASK, [*values, code, told.new_valid_from if code else None, *asked])
            reduction_id = int(cursor.fetchone()[0])
            dossiers.open_task(
                TASK,
                dossier_id=seen.dossier_id,
                subject_key=f"reduction:{reduction_id}",
                detail={"card": seen.id},
                by=by,
                at=at,
            )
            _record(by, "card.reduction_asked", seen.id, {"kind": str(told.kind)}, at)
    except IntegrityError as error:
        if _ONE_LIVE not in str(error):
            raise
        raise Conflict(ALREADY_VI, code="ALREADY_ASKED") from error
    return reduction_id


def confirm(task_id: int, *, by: Actor, at: datetime) -> list[int]:
    """End the child's cards for the reported reason; the ids. The family and the desk are told by the event.

    Raises NotAllowed without CARD_APPROVE, Refused for the officer who asked (FOUR_EYES, by person) or a card that has
    ended (CARD_STATUS), Conflict when it was answered already.
    """
    need(by, Permission.CARD_APPROVE)
    with acting(by, at=at), connection.cursor() as cursor:
        seen = card(by, waiting(by, task_id).card_id)
        cursor.execute(_DOSSIERS_OF, [seen.person_id])
        of_child = [row[0] for row in cursor.fetchall()]
        every = sorted({*of_child, *dossier_queries.exchanges_of(by, of_child)})
        states = dossiers.lock(every)
        told, seen = waiting(by, task_id), card(by, seen.id)
        if not told.is_open:
            raise Conflict(CHANGED_VI, code="CHANGED")
        if told.asked_person == by.person_key:
            raise Refused(SAME_PERSON_VI, code="FOUR_EYES", field="task")
        if not seen.is_active:
            raise Refused(NOT_ACTIVE_VI, code="CARD_STATUS", field="task")
        cursor.execute(_CONFIRM, [by.person_key, by.label, at, told.id])
        actions.withdraw(every, by=by, at=at, reason=told.kind)
        ended = actions.revoke(every, by=by, at=at, reason=told.kind)
        for each in every:
            if states[each] != dossier_lifecycle.CANCELLED:
                dossiers.close(
                    each,
                    to=dossier_lifecycle.CANCELLED,
                    reason=told.kind,
                    by=by,
                    at=at,
                    on=vietnam_date(at),
                )
        _record(by, "card.reduction_confirmed", seen.id, {"cards": ended, "kind": told.kind}, at)
        _settle(told, TaskOutcome.DONE, KINDS_VI[ReductionKind(told.kind)], by=by, at=at)
    return ended


def drop(task_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Say no, or take the own report back, for a written reason; the card counts as before.

    Raises NotAllowed without TASK_SETTLE, Refused without a note (NOTE), Conflict when it was answered already.
    """
    need(by, Permission.TASK_SETTLE)
    if not note.strip():
        raise Refused("Hãy ghi lý do trả lại hoặc rút đề nghị.", code="NOTE", field="ghi-chu")
    with acting(by, at=at), connection.cursor() as cursor:
        told = waiting(by, task_id)
        cursor.execute(_DROP, [at, by.label, note.strip()[:MOST_TEXT], told.id])
        if cursor.fetchone() is None:
            raise Conflict(CHANGED_VI, code="CHANGED")
        _record(by, "card.reduction_dropped", told.card_id, {"kind": told.kind}, at)
        _settle(told, TaskOutcome.NOTHING_TO_DO, note, by=by, at=at)


def _check(told: Report, seen: ReducibleCard, on: date) -> None:
    if not seen.is_active:
        raise Refused(NOT_ACTIVE_VI, code="CARD_STATUS", field="the")
    if not seen.valid_from <= told.on_day <= on:
        raise Refused(
            "Ngày báo giảm phải từ ngày thẻ có giá trị đến hôm nay.", code="DAY", field="ngay"
        )
    for text, field, message_vi in (
        (told.note, "ghi-chu", "Hãy ghi lý do báo giảm."),
        (told.evidence, "can-cu", "Hãy ghi giấy tờ làm căn cứ: tên, số, ngày."),
    ):
        if not text.strip() or len(text) > MOST_TEXT:
            raise Refused(message_vi, code="NOTE", field=field)
    if told.kind is not ReductionKind.STOPPED:
        _check_new_card(told, seen)


def _check_new_card(told: Report, seen: ReducibleCard) -> None:
    code = parse_card_code(told.new_card_code)
    if code is None:
        raise Refused(NO_CARD_VI, code="NEW_CARD", field="the-moi")
    if str(code) == seen.code:
        raise Refused(OWN_CARD_VI, code="OWN_CARD", field="the-moi")
    is_same = code.province_code == seen.province_code
    if told.kind is ReductionKind.MOVED_OUT and is_same:
        raise Refused(OTHER_PROVINCE_VI, code="PROVINCE", field="the-moi")
    if told.kind is ReductionKind.MOVED_WITHIN and not is_same:
        raise Refused(SAME_PROVINCE_VI, code="PROVINCE", field="the-moi")
    if told.new_valid_from is None or told.new_valid_from > told.on_day:
        raise Refused(GAP_VI, code="INV-15", field="the-moi-tu")


def _bare(code: str) -> str:
    found = parse_card_code(code)
    return "" if found is None else str(found)


def _settle(told: Waiting, outcome: TaskOutcome, note: str, *, by: Actor, at: datetime) -> None:
    done = dossiers.settle_task([told.task_id], outcome, note=note, by=by, at=at)
    if done.refused:
        raise Conflict(CHANGED_VI, code="CHANGED")


def _record(by: Actor, action: str, card_id: int, detail: dict[str, Any], at: datetime) -> None:
    trail.record(by, action, at=at, subject_kind="card", subject_id=card_id, detail=detail)


def _rows(row: type[Any], statement: str, key: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        return rows_as(row, cursor)

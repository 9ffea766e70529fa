"""Answering what left the procedure: the unit answers, the head of the card desk confirms or sends back. Never the same."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards.actions import need
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome, Refusal

REASONS_VI = {
    "WORKLOAD": "Khối lượng công việc lớn, thiếu người",
    "EQUIPMENT": "Máy in, phôi thẻ hoặc đường truyền hỏng",
    "SYSTEM": "Phần mềm lỗi hoặc ngừng hoạt động",
    "VERIFYING": "Chờ xác minh, bổ sung thông tin",
    "FAMILY": "Gia đình chưa đến nhận thẻ",
    "MISTAKE": "Cán bộ thao tác sai",
    "ALLOWED": "Thao tác đúng quy định, có căn cứ",
    "OTHER": "Lý do khác, ghi trong nội dung trả lời",
}
"""Why it happened: a closed list, so that answers can be counted."""
LONGEST_TEXT = 1000
_LOCK = """
    SELECT id, rule, state, answered_person FROM cards_finding WHERE id = ANY (%s) ORDER BY id FOR UPDATE
"""
_ANSWER = """
    UPDATE cards_finding
    SET state = 'answered', reason = %s, answer = %s, answered_at = %s, answered_by = %s, answered_person = %s, note = ''
    WHERE id = ANY (%s)
"""
_CONFIRM = """
    UPDATE cards_finding SET state = 'confirmed', confirmed_at = %s, confirmed_by = %s, confirmed_person = %s
    WHERE id = ANY (%s)
"""
_SEND_BACK = "UPDATE cards_finding SET state = 'returned', note = %s WHERE id = ANY (%s)"
_GONE_VI = "Không tìm thấy nội dung này trong địa bàn của bạn."
_ANSWERED_VI = "Đã có trả lời. Chỉ trả lời lại được khi trưởng bộ phận trả lại."
_NOT_ANSWERED_VI = "Chưa có trả lời đang chờ xác nhận."
_SELF_VI = "Người trả lời không được tự xác nhận. Vui lòng chuyển người khác xác nhận."

_Found = dict[int, tuple[str, str, int | None]]
_Judge = Callable[[tuple[str, str, int | None]], tuple[str, str] | None]


def answer(
    finding_ids: Sequence[int], *, reason: str, text: str, by: Actor, at: datetime
) -> Outcome:
    """One answer to findings of one rule; they wait for the head's confirmation.

    Raises Refused with the field: no reason of the list, no text or too much of it, findings of several rules. Refused
    with a sentence: not in the actor's area (NOT_FOUND), answered already (ANSWERED).
    """
    need(by, Permission.CONFORMANCE_ANSWER)
    said = _said(text, field="tra-loi", what_vi="nội dung trả lời")
    if reason not in REASONS_VI:
        raise Refused("Vui lòng chọn lý do trong danh sách.", code="REASON", field="ly-do")
    with acting(by, at=at):
        found = _locked(finding_ids)
        if len({rule for rule, _, _ in found.values()}) > 1:
            raise Refused(
                "Chỉ trả lời chung cho các dòng của cùng một quy tắc. Vui lòng lọc theo quy tắc rồi chọn lại.",
                code="ONE_RULE",
                field="quy-tac",
            )
        outcome = _sorted(
            finding_ids,
            found,
            lambda row: None if row[1] in {"open", "returned"} else ("ANSWERED", _ANSWERED_VI),
        )
        _write(_ANSWER, [reason, said, at, by.label, by.person_key], outcome)
        _note(by, "finding.answer", outcome, at=at, detail={"reason": reason})
    return outcome


def confirm(finding_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """The head has looked at the answers and takes them; refused is who answered himself (FOUR_EYES)."""
    need(by, Permission.CONFORMANCE_CONFIRM)
    with acting(by, at=at):
        outcome = _sorted(finding_ids, _locked(finding_ids), _judged_by(by))
        _write(_CONFIRM, [at, by.label, by.person_key], outcome)
        _note(by, "finding.confirm", outcome, at=at)
    return outcome


def send_back(finding_ids: Sequence[int], *, note: str, by: Actor, at: datetime) -> Outcome:
    """The head wants to know more; `note` says what. Raises Refused without one."""
    need(by, Permission.CONFORMANCE_CONFIRM)
    said = _said(note, field="ghi-chu", what_vi="nội dung cần giải trình thêm")
    with acting(by, at=at):
        outcome = _sorted(finding_ids, _locked(finding_ids), _judged_by(by))
        _write(_SEND_BACK, [said], outcome)
        _note(by, "finding.send_back", outcome, at=at)
    return outcome


def _said(text: str, *, field: str, what_vi: str) -> str:
    said = text.strip()
    if not said:
        raise Refused(f"Vui lòng ghi {what_vi}.", code="TEXT_MISSING", field=field)
    if len(said) > LONGEST_TEXT:
        raise Refused(
            f"Vui lòng rút gọn {what_vi}: tối đa {LONGEST_TEXT} ký tự, đang có {len(said)}.",
            code="TEXT_LONG",
            field=field,
        )
    return said


def _locked(finding_ids: Sequence[int]) -> _Found:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(set(finding_ids))])
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _judged_by(by: Actor) -> _Judge:
    def judge(row: tuple[str, str, int | None]) -> tuple[str, str] | None:
        _, state, answered_person = row
        if state != "answered":
            return "NOT_ANSWERED", _NOT_ANSWERED_VI
        return ("FOUR_EYES", _SELF_VI) if answered_person == by.person_key else None

    return judge


def _sorted(finding_ids: Sequence[int], found: _Found, judge: _Judge) -> Outcome:
    done: list[int] = []
    refused: list[Refusal] = []
    for finding_id in dict.fromkeys(finding_ids):
        row = found.get(finding_id)
        fault = ("NOT_FOUND", _GONE_VI) if row is None else judge(row)
        if fault is None:
            done.append(finding_id)
        else:
            refused.append(Refusal(finding_id, *fault))
    return Outcome(tuple(done), tuple(refused))


def _write(statement: str, values: list[Any], outcome: Outcome) -> None:
    if outcome.done:
        with connection.cursor() as cursor:
            cursor.execute(statement, [*values, list(outcome.done)])


def _note(
    by: Actor,
    action: str,
    outcome: Outcome,
    *,
    at: datetime,
    detail: dict[str, object] | None = None,
) -> None:
    if outcome.done:
        trail.record_each(
            by, action, at=at, subject_kind="finding", subject_ids=outcome.done, detail=detail
        )

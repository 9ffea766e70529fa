"""The centre's letters with a due date (công văn đôn đốc): drafting and issuing them. What follows the issue is `following`.

Legal basis: letters 680, 2118 and 5052/BHXH-CNTT, each of which asks the provinces for a report by a day. An issued letter
is written once: the database refuses changes. Reading them is `directivelists`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.catalogues import queries as catalogues
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.kernel.names import fold_key
from lienthong.law.deadlines import official_calendar
from lienthong.oversight import livefigures, telling
from lienthong.oversight.reasonlists import LISTS_VI
from lienthong.oversight.templates import Asked, days_of, templates

KINDS_VI: Final = {
    "figure": "Số liệu hệ thống tự điền",
    "reasons": "Lý do trong danh sách",
    "yes_no": "Có hoặc không",
    "day": "Ngày",
    "plan": "Kế hoạch (việc, người, ngày)",
    "text": "Trả lời bằng lời",
}
"""Every kind of question, as the centre chooses it."""
MOST_QUESTIONS: Final = 40
MOST = {"number": 60, "subject": 400, "body": 20_000, "signer": 200, "copies": 2_000, "text": 500}
_GONE_VI = "Không có công văn này, hoặc công văn không gửi cho tỉnh, thành phố của bạn."
_CHANGED_VI = "Công văn vừa được người khác sửa hoặc ban hành. Hãy mở lại để xem bản mới nhất."

_BEGIN = """
    INSERT INTO oversight_directive (template, subject, body, dated_on, due_on, period_first, period_last, copies,
                                     search_key, signer_title, drafted_by, drafted_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'KT. GIÁM ĐỐC – PHÓ GIÁM ĐỐC', %s, %s) RETURNING id
"""
_ASK = """
    INSERT INTO oversight_question (directive_id, place, kind, text, is_required, only_if_no, figure, reason_list, period_first,
                                    period_last)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_LOCK = "SELECT state, edit_no FROM oversight_directive WHERE id = %s FOR UPDATE"
_REVISE = """
    UPDATE oversight_directive
    SET number = %s, dated_on = %s, subject = %s, body = %s, due_on = %s, period_first = %s, period_last = %s,
        everyone = %s, provinces = %s, signer_name = %s, signer_title = %s, copies = %s, search_key = %s,
        edit_no = edit_no + 1
    WHERE id = %s
"""
_UNASK = "DELETE FROM oversight_question WHERE directive_id = %s"
_DROP = "DELETE FROM oversight_directive WHERE id = %s"
_ADDRESS = """
    INSERT INTO oversight_addressee (directive_id, province_code, province_name, due_on)
    SELECT %s, code, name, %s FROM unnest(%s::text[], %s::text[]) AS asked (code, name)
"""
_ISSUE = (
    "UPDATE oversight_directive SET state = 'issued', issued_by = %s, issued_at = %s WHERE id = %s"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as it is being written. `provinces` counts unless it goes to `everyone`; days may still be missing."""

    number: str = ""
    dated_on: date | None = None
    subject: str = ""
    body: str = ""
    due_on: date | None = None
    period_first: date | None = None
    period_last: date | None = None
    everyone: bool = True
    provinces: tuple[str, ...] = ()
    signer_name: str = ""
    signer_title: str = ""
    copies: str = ""
    questions: tuple[Asked, ...] = field(default=())


def begin(template_key: str, *, by: Actor, at: datetime) -> int:
    """A new draft from a template, or an empty one for ''; its id. Raises NotAllowed, Refused for an unknown template."""
    need(by)
    template = templates().get(template_key)
    if template is None and template_key:
        raise Refused("Vui lòng chọn một mẫu công văn.", code="TEMPLATE", field="mau")
    on = vietnam_date(at)
    days = days_of(template, on=on) if template else None
    facts: tuple[Any, ...] = (
        template_key,
        template.subject if template else "",
        template.body.strip() if template else "",
        on,
        days.due_on if days else None,
        days.period_first if days else on.replace(day=1),
        days.period_last if days else on,
        template.copies if template else "Như trên; Lưu: VT.",
        fold_key(f"{template.subject} {template.body}") if template else "",
    )
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_BEGIN, [*facts, by.label, at])
        directive_id = int(cursor.fetchone()[0])
        _ask(directive_id, template.question if template else ())
        _record("directive.begun", directive_id, by, at)
    return directive_id


def revise(directive_id: int, draft: Draft, *, seen: int, by: Actor, at: datetime) -> None:
    """Keep the draft as it is now, whole or not. `seen` is the edit number that the writer saw.

    Raises NotAllowed, NotFound, Refused for what cannot stand in a letter, Conflict when somebody else was faster.
    """
    need(by)
    _refuse_impossible(draft)
    with acting(by, at=at), connection.cursor() as cursor:
        lock_draft(directive_id, seen)
        cursor.execute(_UNASK, [directive_id])
        _ask(directive_id, draft.questions)
        facts: list[Any] = [
            *(draft.number, draft.dated_on, draft.subject, draft.body, draft.due_on),
            *(draft.period_first, draft.period_last, draft.everyone, list(draft.provinces)),
            *(draft.signer_name, draft.signer_title, draft.copies),
            fold_key(f"{draft.number} {draft.subject} {draft.body}"),
        ]
        cursor.execute(_REVISE, [*facts, directive_id])
        _record("directive.revised", directive_id, by, at)


def drop(directive_id: int, *, seen: int, by: Actor, at: datetime) -> None:
    """Take a draft away. Raises NotAllowed, NotFound, Conflict when it was changed or issued meanwhile."""
    need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        lock_draft(directive_id, seen)
        _record("directive.dropped", directive_id, by, at)
        cursor.execute(_UNASK, [directive_id])
        cursor.execute(_DROP, [directive_id])


def issue(directive_id: int, draft: Draft, *, seen: int, by: Actor, at: datetime) -> int:
    """Issue the letter as `draft` says it now: written once from here on, and every province told; how many there are.

    The provinces are those that stand on the day. Raises NotAllowed, NotFound, Refused with what is still missing (or the
    number is taken this year), Conflict.
    """
    need(by)
    on = vietnam_date(at)
    standing = {it.code: it.name for it in catalogues.provinces(by, on=on)}
    chosen = sorted(standing if draft.everyone else set(draft.provinces))
    missing = missing_of(draft, on=on, standing=frozenset(standing))
    if missing:
        raise Refused(missing[0][1], code="INCOMPLETE", field=missing[0][0])
    try:
        with acting(by, at=at), connection.cursor() as cursor:
            revise(directive_id, draft, seen=seen, by=by, at=at)
            cursor.execute(
                _ADDRESS, [directive_id, draft.due_on, chosen, [standing[it] for it in chosen]]
            )
            cursor.execute(_ISSUE, [by.label, at, directive_id])
            _record("directive.issued", directive_id, by, at)
            telling.issued(directive_id, by=by, at=at)
    except IntegrityError as error:
        if "directive_number_of_year" not in str(error):
            raise
        said = f"Số «{draft.number}» đã dùng cho một công văn khác trong năm."
        raise Refused(said, code="NUMBER", field="so") from error
    return len(chosen)


def missing_of(draft: Draft, *, on: date, standing: frozenset[str]) -> list[tuple[str, str]]:
    """What stands between the draft and its issue: (form field, sentence), in the form's order; nothing when all is well."""
    found = [
        ("so", "Chưa có số công văn.", not draft.number),
        ("ngay", "Chưa có ngày công văn.", draft.dated_on is None),
        ("ngay", "Ngày công văn không được sau hôm nay.", draft.dated_on is not None and draft.dated_on > on),
        ("trich-yeu", "Chưa có trích yếu.", not draft.subject),
        ("noi-dung", "Chưa có nội dung.", not draft.body),
        ("han", "Chưa có hạn trả lời.", draft.due_on is None),
        ("han", "Hạn trả lời phải sau hôm nay.", draft.due_on is not None and draft.due_on <= on),
        (
            "han",
            "Hạn trả lời phải là ngày làm việc.",
            draft.due_on is not None and not official_calendar().is_working_day(draft.due_on),
        ),
        ("ky-tu", "Chưa có kỳ số liệu.", draft.period_first is None or draft.period_last is None),
        ("ky-den", "Kỳ số liệu phải kết thúc từ ngày bắt đầu trở đi.", _is_backward(draft)),
        ("noi-nhan", "Chưa chọn tỉnh, thành phố nào.", not draft.everyone and not draft.provinces),
        (
            "noi-nhan",
            "Có mã tỉnh không còn trong danh mục hôm nay.",
            not draft.everyone and not set(draft.provinces) <= standing,
        ),
        ("nguoi-ky", "Chưa có người ký.", not draft.signer_name),
        ("chuc-danh", "Chưa có chức danh người ký.", not draft.signer_title),
        ("cau-hoi", "Chưa có câu hỏi nào.", not draft.questions),
    ]  # fmt: skip
    return [(name, said) for name, said, is_missing in found if is_missing]


def lock_draft(directive_id: int, seen: int) -> None:
    """Hold the draft until the transaction ends. Raises NotFound, Conflict when it is no draft or was changed meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [directive_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_GONE_VI)
    if row != ("draft", seen):
        raise Conflict(_CHANGED_VI, code="CHANGED")


def need(by: Actor) -> None:
    """Raise NotAllowed for whoever may not issue letters."""
    if not by.may(Permission.DIRECTIVE_ISSUE):
        raise NotAllowed(
            "Bạn không có quyền ban hành công văn.", code=str(Permission.DIRECTIVE_ISSUE)
        )


def in_order(rows: Sequence[tuple[int, Asked]]) -> tuple[Asked, ...]:
    """Questions by the places typed beside them, renumbered from 1; what depends on another goes on doing so.

    Where the question it depends on is gone, it depends on nothing any more.
    """
    ordered = [it for _, it in sorted(enumerate(rows), key=lambda pair: (pair[1][0], pair[0]))]
    new_place: dict[int, int] = {}
    for number, (place, _) in enumerate(ordered, start=1):
        new_place.setdefault(place, number)
    return tuple(
        replace_condition(asked, new_place.get(asked.only_if_no or 0)) for _, asked in ordered
    )


def replace_condition(asked: Asked, place: int | None) -> Asked:
    """The same question, asked only where that one is "no", or more than 0 (None: always)."""
    return Asked(
        asked.kind,
        asked.text,
        asked.is_required,
        place,
        asked.figure,
        asked.reason_list,
        asked.first,
        asked.last,
    )


def _refuse_impossible(draft: Draft) -> None:
    texts = (
        ("so", draft.number, MOST["number"]),
        ("trich-yeu", draft.subject, MOST["subject"]),
        ("noi-dung", draft.body, MOST["body"]),
        ("nguoi-ky", draft.signer_name, MOST["signer"]),
        ("chuc-danh", draft.signer_title, MOST["signer"]),
        ("noi-nhan-khac", draft.copies, MOST["copies"]),
    )
    for name, text, most in texts:
        if len(text) > most:
            raise Refused(f"Nội dung này dài quá {most} chữ.", code="LONG", field=name)
    if len(draft.questions) > MOST_QUESTIONS:
        said = f"Một công văn có nhiều nhất {MOST_QUESTIONS} câu hỏi."
        raise Refused(said, code="QUESTIONS", field="cau-hoi")
    for place, asked in enumerate(draft.questions, start=1):
        why = _fault_of(asked, place, draft.questions)
        if why:
            raise Refused(f"Câu {place}: {why}", code="QUESTION", field=f"cau-{place}")


def _fault_of(asked: Asked, place: int, every: Sequence[Asked]) -> str:
    faults = (
        (not asked.text, "chưa có nội dung."),
        (len(asked.text) > MOST["text"], f"dài quá {MOST['text']} chữ."),
        (asked.kind not in KINDS_VI, "chưa chọn loại câu trả lời."),
        (
            asked.kind == "figure" and asked.figure not in livefigures.figures(),
            "chưa chọn số liệu.",
        ),
        (
            asked.kind == "reasons" and asked.reason_list not in LISTS_VI,
            "chưa chọn danh sách lý do.",
        ),
        ((asked.first is None) != (asked.last is None), "kỳ riêng cần cả hai ngày."),
        (
            asked.first is not None and asked.last is not None and asked.last < asked.first,
            "kỳ riêng phải kết thúc từ ngày bắt đầu trở đi.",
        ),
        (
            asked.only_if_no is not None
            and (
                not 1 <= asked.only_if_no < place
                or every[asked.only_if_no - 1].kind not in {"yes_no", "figure"}
                or every[asked.only_if_no - 1].only_if_no is not None
            ),
            "chỉ phụ thuộc được vào một câu «Có hoặc không» hoặc câu số liệu đứng trước.",
        ),
    )
    return next((why for is_so, why in faults if is_so), "")


def _is_backward(draft: Draft) -> bool:
    first, last = draft.period_first, draft.period_last
    return first is not None and last is not None and last < first


def _ask(directive_id: int, questions: Sequence[Asked]) -> None:
    rows = [
        (
            directive_id,
            place,
            it.kind,
            it.text,
            it.is_required,
            it.only_if_no,
            it.figure if it.kind == "figure" else "",
            it.reason_list if it.kind == "reasons" else "",
            it.first if it.kind == "figure" else None,
            it.last if it.kind == "figure" else None,
        )
        for place, it in enumerate(questions, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ASK, rows)


def _record(action: str, directive_id: int, by: Actor, at: datetime) -> None:
    trail.record(by, action, at=at, subject_kind="directive", subject_id=directive_id)

"""The lines of a reply: what a form may say to a question of each kind, the writing of it, and what is still owed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.errors import Refused
from lienthong.oversight import reasonlists

MOST_TEXT: Final = 4_000
MOST_OWN_REASON: Final = 1_000
MOST_PLANS: Final = 30
MOST_FIGURE: Final = 1e12

_QUESTIONS = """
    SELECT id, place, kind, reason_list FROM oversight_question WHERE directive_id = %s ORDER BY place
"""
_WRITE = """
    INSERT INTO oversight_replyline (reply_id, question_id, own, own_reason, reasons, text, day, is_yes, plans)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)
    ON CONFLICT (reply_id, question_id) DO UPDATE
    SET own = excluded.own, own_reason = excluded.own_reason, reasons = excluded.reasons, text = excluded.text,
        day = excluded.day, is_yes = excluded.is_yes, plans = excluded.plans
"""
_LEFT = """
    SELECT question.place FROM oversight_unanswered(%s) AS owed
    JOIN oversight_question AS question ON question.id = owed.question_id ORDER BY question.place
"""
_KEPT = "SELECT question_id, reasons FROM oversight_replyline WHERE reply_id = %s"


@dataclass(frozen=True, slots=True)
class Plan:
    """One thing that will be done, by whom, until when (`YYYY-MM-DD`)."""

    work: str
    who: str
    until: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a form says to one question. Which of it counts depends on the question's kind."""

    own: float | None = None
    own_reason: str = ""
    reasons: tuple[str, ...] = ()
    text: str = ""
    day: date | None = None
    is_yes: bool | None = None
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    id: int
    place: int
    kind: str
    reason_list: str


def write(reply_id: int, directive_id: int, said: Mapping[int, Said], *, on: date) -> None:
    """Write the answers of the questions named, each as its kind has it; other questions keep what they have.

    Reasons are those of the question's list on the day, or chosen before. Raises Refused with the field `cau-<place>`.
    """
    open_reasons = reasonlists.on_day(on)
    with connection.cursor() as cursor:
        cursor.execute(_QUESTIONS, [directive_id])
        asked = rows_as(_Asked, cursor)
        cursor.execute(_KEPT, [reply_id])
        kept: dict[int, list[str]] = {key: list(codes) for key, codes in cursor.fetchall()}
        rows = []
        for question in asked:
            if question.id not in said:
                continue
            given = _of_kind(question.kind, said[question.id])
            may = {it.code for it in open_reasons.get(question.reason_list, ())}
            why = _fault_of(given, may | set(kept.get(question.id, ())))
            if why:
                name = f"cau-{question.place}"
                raise Refused(f"Câu {question.place}: {why}", code="ANSWER", field=name)
            rows.append((reply_id, question.id, *_columns(given)))
        cursor.executemany(_WRITE, rows)


def left(reply_id: int) -> Sequence[int]:
    """The places of the questions to which something is owed still, in order. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [reply_id])
        return [row[0] for row in cursor.fetchall()]


def _of_kind(kind: str, said: Said) -> Said:
    """What of it counts for a question of this kind."""
    match kind:
        case "figure":
            return Said(own=said.own, own_reason=said.own_reason if said.own is not None else "")
        case "reasons":
            return Said(reasons=said.reasons, text=said.text)
        case "text":
            return Said(text=said.text)
        case "day":
            return Said(day=said.day)
        case "yes_no":
            return Said(is_yes=said.is_yes, text=said.text)
        case _:
            return Said(plans=tuple(it for it in said.plans if it.work or it.who or it.until))


def _fault_of(said: Said, may: set[str]) -> str:
    faults = (
        (said.own is not None and not 0 <= said.own <= MOST_FIGURE, "số liệu không thể như vậy."),
        (
            len(said.own_reason) > MOST_OWN_REASON,
            f"lý do chênh lệch dài quá {MOST_OWN_REASON} chữ.",
        ),
        (len(said.text) > MOST_TEXT, f"dài quá {MOST_TEXT} chữ."),
        (not set(said.reasons) <= may, "lý do không có trong danh sách."),
        (len(said.plans) > MOST_PLANS, f"nhiều nhất {MOST_PLANS} việc."),
        (any(len(it.work) > MOST_OWN_REASON for it in said.plans), "nội dung việc quá dài."),
    )
    return next((why for is_so, why in faults if is_so), "")


def _columns(said: Said) -> tuple[Any, ...]:
    plans = [{"work": it.work, "who": it.who, "until": it.until} for it in said.plans]
    return (
        said.own,
        said.own_reason,
        list(said.reasons),
        said.text,
        said.day,
        said.is_yes,
        json.dumps(plans, ensure_ascii=False),
    )

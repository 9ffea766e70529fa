"""Reading replies: one version with its lines beside the questions, the versions of a province, and all replies together.

Only what a director has signed and sent is read by the centre, and of several versions the last one counts.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.oversight import directivelists, livefigures, reasonlists
from lienthong.oversight.directivelists import QuestionLine
from lienthong.oversight.replylines import Plan

STATES_VI: Final = {"draft": "Đang soạn", "presented": "Chờ giám đốc ký", "sent": "Đã gửi"}
_GONE_VI = "Không có bản trả lời này trong phạm vi của bạn."
_HEADS = """
    SELECT reply.id, addressee.directive_id, addressee.id AS addressee_id, addressee.province_code, addressee.province_name,
           addressee.due_on AS due_now, reply.version, reply.state, reply.reason, reply.as_of, reply.edit_no,
           reply.drafted_by, reply.drafted_at, reply.edited_by, reply.edited_at, reply.editors, reply.presented_by,
           reply.presented_at, reply.returned_by, reply.returned_at, reply.returned_note, reply.number, reply.signed_by,
           reply.signer_name, reply.signer_title, reply.sent_at, reply.due_on
    FROM oversight_reply AS reply JOIN oversight_addressee AS addressee ON addressee.id = reply.addressee_id
    WHERE (%(reply)s::bigint IS NULL OR reply.id = %(reply)s)
      AND (%(directive)s::bigint IS NULL OR addressee.directive_id = %(directive)s)
      AND (%(province)s::text IS NULL OR addressee.province_code = %(province)s)
      AND (NOT %(counting)s OR reply.state = 'sent' AND NOT EXISTS (
          SELECT 1 FROM oversight_reply AS later
          WHERE later.addressee_id = reply.addressee_id AND later.state = 'sent' AND later.version > reply.version))
    ORDER BY addressee.province_code, reply.version DESC
"""
_LINES = """
    SELECT reply_id, question_id, live, own, own_reason, reasons, text, day, is_yes, plans::text AS plans_text
    FROM oversight_replyline WHERE reply_id = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class ReplyHead:
    """One version of a reply without its lines. `due_on` is the day that held at its sending."""

    id: int
    directive_id: int
    addressee_id: int
    province_code: str
    province_name: str
    due_now: date
    version: int
    state: str
    reason: str
    as_of: datetime | None
    edit_no: int
    drafted_by: str
    drafted_at: datetime
    edited_by: str
    edited_at: datetime | None
    editors: list[int]
    presented_by: str
    presented_at: datetime | None
    returned_by: str
    returned_at: datetime | None
    returned_note: str
    number: str
    signed_by: str
    signer_name: str
    signer_title: str
    sent_at: datetime | None
    due_on: date | None

    @property
    def state_vi(self) -> str:
        """How far it is, in words."""
        return STATES_VI[self.state]


@dataclass(frozen=True, slots=True)
class Line:
    """What a reply says to one question."""

    reply_id: int
    question_id: int
    live: float | None
    own: float | None
    own_reason: str
    reasons: list[str]
    text: str
    day: date | None
    is_yes: bool | None
    plans_text: str

    @property
    def plans(self) -> list[Plan]:
        """What will be done, by whom, until when."""
        return [Plan(**it) for it in json.loads(self.plans_text)]

    @property
    def figure(self) -> float | None:
        """The figure that the province stands by: its own where it gave one, else the one the system counted."""
        return self.live if self.own is None else self.own


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with what was said to it. `reason_labels` are the chosen reasons in words; `unit_vi` a figure's unit.

    `is_asked` is False where the answer on which it depends makes it pointless: then nothing was said.
    """

    question: QuestionLine
    line: Line
    reason_labels: tuple[str, ...]
    unit_vi: str
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class Summary:
    """All counting replies to one letter: each province's, and for each question what they come to.

    `sums` adds the figures of a question that can be added (no share, no median), `counts` its reasons, most frequent first, or its "Có" and "Chưa".
    """

    heads: Sequence[ReplyHead]
    pairs: dict[int, list[Pair]]
    sums: dict[int, float]
    counts: dict[int, list[tuple[str, int]]]


def head(by: Actor, reply_id: int) -> ReplyHead:
    """One version. Raises NotFound for one that the actor may not see. One statement."""
    _need(by)
    found = _heads(reply_id=reply_id)
    if not found:
        raise NotFound(_GONE_VI)
    return found[0]


def versions(by: Actor, directive_id: int, province_code: str) -> list[ReplyHead]:
    """A province's versions that the actor may see, the newest first. One statement."""
    _need(by)
    return _heads(directive_id=directive_id, province_code=province_code)


def pairs(by: Actor, reply: ReplyHead) -> list[Pair]:
    """Every question of the letter with the reply's line, an empty one where nothing was said. Three statements."""
    return [_heard(it) for it in typed(by, reply)]


def typed(by: Actor, reply: ReplyHead) -> list[Pair]:
    """As `pairs`, with what was typed to questions that are not asked any more: for who writes on. Three statements."""
    questions = directivelists.questions(by, reply.directive_id)
    return _pairs(questions, _lines([reply.id]), reply.id, reasonlists.labels())


def summary(by: Actor, directive_id: int) -> Summary:
    """The counting replies together. Four statements."""
    _need(by)
    heads = _heads(directive_id=directive_id, is_counting=True)
    questions = directivelists.questions(by, directive_id)
    lines = _lines([it.id for it in heads])
    labels = reasonlists.labels()
    every = {
        it.id: [_heard(pair) for pair in _pairs(questions, lines, it.id, labels)] for it in heads
    }
    sums: dict[int, float] = {}
    counts: dict[int, list[tuple[str, int]]] = {}
    for at, question in enumerate(questions):
        said = [found[at] for found in every.values()]
        if question.kind == "figure":
            if livefigures.kind_of(question.figure).adds_up:
                sums[question.id] = sum(it.line.figure or 0 for it in said)
        elif question.kind == "reasons":
            counted = Counter(label for it in said for label in it.reason_labels)
            counts[question.id] = counted.most_common()
        elif question.kind == "yes_no":
            answers = Counter(it.line.is_yes for it in said)
            counts[question.id] = [("Có", answers[True]), ("Chưa", answers[False])]
    return Summary(heads, every, sums, counts)


def _heads(
    *,
    reply_id: int | None = None,
    directive_id: int | None = None,
    province_code: str | None = None,
    is_counting: bool = False,
) -> list[ReplyHead]:
    asked = {"reply": reply_id, "directive": directive_id, "province": province_code}
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, {**asked, "counting": is_counting})
        return rows_as(ReplyHead, cursor)


def _lines(reply_ids: Sequence[int]) -> dict[tuple[int, int], Line]:
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [list(reply_ids)])
        return {(it.reply_id, it.question_id): it for it in rows_as(Line, cursor)}


def _pairs(
    questions: Sequence[QuestionLine],
    lines: dict[tuple[int, int], Line],
    reply_id: int,
    labels: dict[tuple[str, str], str],
) -> list[Pair]:
    found: list[Pair] = []
    for it in questions:
        line = lines.get((reply_id, it.id)) or _empty(reply_id, it.id)
        words = tuple(labels.get((it.reason_list, code), code) for code in line.reasons)
        unit = livefigures.kind_of(it.figure).unit_vi if it.figure else ""
        condition = next((each for each in found if each.question.place == it.only_if_no), None)
        found.append(Pair(it, line, words, unit, condition is None or _is_owed(condition)))
    return found


def _is_owed(condition: Pair) -> bool:
    """As `oversight_unanswered` of the database has it."""
    if condition.question.kind == "figure":
        return (condition.line.figure or 0) > 0
    return condition.line.is_yes is False


def _heard(pair: Pair) -> Pair:
    """What counts of it: to a question that is not asked nothing was said."""
    if pair.is_asked:
        return pair
    return Pair(
        pair.question, _empty(pair.line.reply_id, pair.question.id), (), pair.unit_vi, False
    )


def _empty(reply_id: int, question_id: int) -> Line:
    return Line(reply_id, question_id, None, None, "", [], "", None, None, "[]")


def _need(by: Actor) -> None:
    if not by.may(Permission.DIRECTIVE_VIEW):
        raise NotAllowed("Bạn không có quyền xem công văn.", code=str(Permission.DIRECTIVE_VIEW))

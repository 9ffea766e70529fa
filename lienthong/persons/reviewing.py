"""What an officer decides about a personal id that could not be believed or did not come: ask again, go on without, accept.

Two sources, not two persons, make a doubtful id good: the number that the population database answered, and the same
number written on the family's paper, typed in from it. It must be of the right form, say the child's own sex and year,
and belong to nobody else (rules §3.2). None of this touches a card or an insurance number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.outcomes import Outcome, Refusal
from lienthong.law.personal_id import contradictions, usable
from lienthong.persons import actions, identity

_LOCK = """
    SELECT question.person_id, question.state, question.detail AS offered_id, person.born_on, person.sex,
           person.mother_personal_id, person.father_personal_id
    FROM persons_identityrequest AS question JOIN persons_person AS person ON person.id = question.person_id
    WHERE question.person_id = ANY (%s) ORDER BY question.person_id
    FOR NO KEY UPDATE
"""
_HURRY = """
    UPDATE persons_identityrequest SET next_at = %s WHERE person_id = ANY (%s) AND state = 'waiting' AND next_at > %s
"""
_KEEP = """
    UPDATE persons_identityrequest SET state = 'kept', decided_by = %s, decided_at = %s, note = %s
    WHERE person_id = ANY (%s)
"""
_DECIDE = """
    UPDATE persons_identityrequest SET decided_by = %s, decided_at = %s, note = %s WHERE person_id = %s
"""
_OPEN = frozenset({"waiting", "quarantined", "kept"})
_MOST_NOTE = 500

GONE_VI = "Không tìm thấy trẻ này trong địa bàn của bạn."
SETTLED_VI = "Trẻ đã có số định danh hoặc không thuộc diện có số. Vui lòng tải lại danh sách."
KEPT_VI = "Đã có quyết định giữ không số cho trẻ này."
NOTHING_OFFERED_VI = "Cơ sở dữ liệu dân cư chưa trả lời số nào cho trẻ này; hãy hỏi lại."
NOTE_VI = "Hãy ghi căn cứ: đã xem giấy tờ gì, của cơ quan nào, ngày nào."
FORM_VI = "Số định danh phải đủ 12 chữ số, ghi đúng như trên giấy tờ."
OTHER_VI = (
    "Số trên giấy tờ khác số cơ sở dữ liệu dân cư đã trả lời, nên chưa gắn được. Hãy kiểm tra lại số vừa nhập;"
    " nếu giấy tờ đúng, hãy hỏi lại cơ sở dữ liệu dân cư."
)
PARENT_VI = "Số này là số định danh của cha hoặc mẹ, không phải của trẻ."
TAKEN_VI = "Số này đang thuộc về một trẻ khác. Cần rà soát hai hồ sơ trước khi gắn."


@dataclass(frozen=True, slots=True)
class _Question:
    person_id: int
    state: str
    offered_id: str
    born_on: date
    sex: str
    mother_personal_id: str
    father_personal_id: str


def ask_again(person_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome:
    """Ask the population database about these children at its next turn, whatever was answered before.

    Refused with a sentence: not in the actor's area (NOT_FOUND), settled meanwhile (CHANGED).
    """
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        done, refused, _ = _locked(person_ids, _OPEN)
        identity.ask_again(done, by=by, at=at)
        cursor.execute(_HURRY, [at, done, at])
    return Outcome(tuple(done), tuple(refused))


def keep_without(person_ids: Sequence[int], note: str, *, by: Actor, at: datetime) -> Outcome:
    """Let these children go on without an id: asked no more until somebody says so, or the ministry sends one.

    Raises Refused without a note. Refused with a sentence: NOT_FOUND, CHANGED, or decided already (KEPT).
    """
    _need(by)
    written = _note(note)
    with acting(by, at=at), connection.cursor() as cursor:
        done, refused, _ = _locked(person_ids, _OPEN - {"kept"})
        cursor.execute(_KEEP, [by.label, at, written, done])
        trail.record_each(
            by, "identity.kept_without", at=at, subject_kind="person", subject_ids=done
        )
    return Outcome(tuple(done), tuple(refused))


def accept(person_id: int, written_id: str, note: str, *, by: Actor, at: datetime) -> None:
    """Attach the id that the population database answered, after the same number was read from the family's paper.

    Raises Refused with the field: no note, wrong form, another number than the answered one, a number that says
    another sex or year, a parent's, or somebody else's (E-PID-…); NOT_FOUND, CHANGED, or nothing was answered.
    """
    _need(by)
    digits = "".join(written_id.split())
    with acting(by, at=at), connection.cursor() as cursor:
        _, refused, found = _locked([person_id], _OPEN)
        if refused:
            raise Refused(refused[0].message_vi, code=refused[0].code)
        _check(found[person_id], digits)
        written = _note(note)
        # Whose it is elsewhere in the country an officer cannot see; the unique index does.
        if actions.personal_id_taken(digits, person_id) or not _attached(person_id, digits, by, at):
            raise Refused(TAKEN_VI, code="E-PID-TAKEN", field="so")
        cursor.execute(_DECIDE, [by.label, at, written, person_id])
        trail.record(by, "identity.accepted", at=at, subject_kind="person", subject_id=person_id)


def _attached(person_id: int, digits: str, by: Actor, at: datetime) -> bool:
    try:
        return actions.attach_personal_id(person_id, digits, by=by, at=at)
    except IntegrityError:
        return False


def _check(question: _Question, digits: str) -> None:
    if not question.offered_id or question.state == "waiting":
        raise Refused(NOTHING_OFFERED_VI, code="NOTHING_OFFERED")
    if usable(digits) is None:
        raise Refused(FORM_VI, code="E-PID-FORMAT", field="so")
    if digits != question.offered_id:
        raise Refused(OTHER_VI, code="E-PID-DIFFERS", field="so")
    if digits in {question.mother_personal_id, question.father_personal_id}:
        raise Refused(PARENT_VI, code="E-PID-PARENT", field="so")
    odd = contradictions(digits, birth_date=question.born_on, sex=question.sex)
    if odd:
        raise Refused(odd[0].message_vi, code=str(odd[0]), field="so")


def _locked(
    person_ids: Sequence[int], states: frozenset[str]
) -> tuple[list[int], list[Refusal], dict[int, _Question]]:
    """Lock what is there and visible: who may be decided, who not and why, and the questions."""
    wanted = sorted(set(person_ids))
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted])
        found = {question.person_id: question for question in rows_as(_Question, cursor)}
    refused = []
    for person_id in wanted:
        question = found.get(person_id)
        if question is None:
            refused.append(Refusal(person_id, "NOT_FOUND", GONE_VI))
        elif question.state not in _OPEN:
            refused.append(Refusal(person_id, "CHANGED", SETTLED_VI))
        elif question.state not in states:
            refused.append(Refusal(person_id, "KEPT", KEPT_VI))
    not_done = {refusal.subject for refusal in refused}
    return [key for key in wanted if key not in not_done], refused, found


def _note(text: str) -> str:
    written = text.strip()[:_MOST_NOTE]
    if not written:
        raise Refused(NOTE_VI, code="NOTE_MISSING", field="ghi-chu")
    return written


def _need(by: Actor) -> None:
    if not by.may(Permission.IDENTITY_REVIEW):
        raise NotAllowed(
            "Bạn không có quyền xử lý số định danh.", code=str(Permission.IDENTITY_REVIEW)
        )

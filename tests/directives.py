"""Letters and replies for tests: a centre, two provinces with writers and a director each, a letter of every kind of question."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.oversight import directivelists, directives, replies, replyviews
from lienthong.oversight.directives import Draft
from lienthong.oversight.replies import Signature
from lienthong.oversight.replylines import Plan, Said
from lienthong.oversight.replyviews import Pair
from lienthong.oversight.templates import Asked
from tests.births import AT, column
from tests.declared import officer
from tests.officers import SYSTEM

DUE = date(2026, 11, 30)
"""A Monday; AT is Friday 20/11 and the Tuesday between a public holiday."""
QUESTIONS = (
    Asked("yes_no", "Đã liên thông chưa?"),
    Asked("reasons", "Lý do chưa liên thông", only_if_no=1, reason_list="unconnected"),
    Asked("figure", "Số hồ sơ đã nhận", figure="received"),
    Asked("plan", "Kế hoạch"),
    Asked("day", "Ngày họp"),
    Asked("text", "Đề nghị", is_required=False),
)
DRAFT = Draft(
    number="680/BHXH-CNTT",
    dated_on=AT.date(),
    subject="V/v đôn đốc cấp thẻ BHYT",
    body="Đề nghị báo cáo.\n\nĐúng hạn.",
    due_on=DUE,
    period_first=date(2026, 10, 1),
    period_last=date(2026, 11, 19),
    everyone=False,
    provinces=("01", "24"),
    signer_name="Nguyễn Văn Ký",
    signer_title="PHÓ TỔNG GIÁM ĐỐC",
    copies="Như trên; Lưu: VT.",
    questions=QUESTIONS,
)
DIRECTOR = Signature("Giám đốc")


@dataclass(frozen=True, slots=True)
class Offices:
    """Who takes part. The names differ in length: two lengths are two human beings (`tests.declared.officer`)."""

    centre: Actor
    writer: Actor
    second: Actor
    director: Actor
    vice: Actor
    unit: Actor
    other_writer: Actor
    other_director: Actor


def offices() -> Offices:
    """The centre, Hà Nội with two writers, two directors and a unit's head, and Bắc Ninh."""
    return Offices(
        centre=officer("trung-uong", "centre", ""),
        writer=officer("thu-so-mot", "collection", "01"),
        second=officer("truong-so-the", "head", "01"),
        director=officer("giam-doc", "province", "01"),
        vice=officer("pho-giam-doc", "province", "01"),
        unit=officer("truong-don-vi-mot", "head", "01", "TE01001"),
        other_writer=officer("thu-so-hai-muoi-bon", "collection", "24"),
        other_director=officer("giam-doc-hai-muoi-bon", "province", "24"),
    )


def issued(by: Actor, draft: Draft = DRAFT, *, at: datetime = AT) -> int:
    """A letter that has gone out; its id."""
    directive_id = directives.begin("", by=by, at=at)
    directives.issue(directive_id, draft, seen=0, by=by, at=at)
    return directive_id


def answers(directive_id: int, by: Actor, *, at: datetime = AT, **changes: Said) -> dict[int, Said]:
    """A whole answer by question id; `q1`… replaces what is said to the question of that place."""
    said = {
        1: Said(is_yes=True),
        3: Said(),
        4: Said(plans=(Plan("Rà soát khai báo", "Phòng Thu", "2026-12-15"),)),
        5: Said(day=date(2026, 12, 1)),
    }
    said |= {int(name[1:]): value for name, value in changes.items()}
    with acting(by, at=at):
        asked = directivelists.questions(by, directive_id)
    return {it.id: said[it.place] for it in asked if it.place in said}


def presented(
    directive_id: int, by: Actor, province: str = "01", *, at: datetime = AT, **changes: Said
) -> int:
    """A reply that waits for the director; its id."""
    reply_id = replies.begin(directive_id, province, "", by=by, at=at)
    said = answers(directive_id, by, at=at, **changes)
    replies.present(reply_id, said, seen=seen(reply_id, by), by=by, at=at)
    return reply_id


def seen(reply_id: int, by: Actor, *, at: datetime = AT) -> int:
    """The edit number as the page would show it."""
    with acting(by, at=at):
        return replyviews.head(by, reply_id).edit_no


def sign(reply_id: int, signature: Signature, *, by: Actor, at: datetime) -> None:
    """Sign and send what stands there now, as a director who has just read it."""
    replies.send(reply_id, signature, seen=seen(reply_id, by), by=by, at=at)


def give_back(reply_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Give back what stands there now."""
    replies.give_back(reply_id, note, seen=seen(reply_id, by), by=by, at=at)


def with_due(due_on: date) -> Draft:
    """The letter with another due day."""
    return replace(DRAFT, due_on=due_on)


def days_later(count: int) -> datetime:
    """The same hour, so many calendar days after `AT`."""
    return AT + timedelta(days=count)


def day(at: datetime) -> date:
    """Its Vietnamese day."""
    return vietnam_date(at)


def pairs_of(reply_id: int, by: Actor) -> dict[int, Pair]:
    """What a reply says, by the place of the question."""
    with acting(by, at=AT):
        head = replyviews.head(by, reply_id)
        return {it.question.place: it for it in replyviews.pairs(by, head)}


def state_of(reply_id: int) -> str:
    """The reply's state, as the table has it."""
    return str(column("SELECT state FROM oversight_reply WHERE id = %s", reply_id)[0])


def counting(directive_id: int) -> list[tuple[object, ...]]:
    """Which provinces' replies count, and which version of each."""
    with acting(SYSTEM, at=AT):
        found = replyviews.summary(SYSTEM, directive_id)
    return [(it.province_code, it.version) for it in found.heads]

"""The lane of the personal id (Số định danh chờ): how it stands, whom it waits for, and what an officer decides."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.dossiers import identities
from lienthong.dossiers.identities import IdentityGroup, IdentityLine, Side
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome
from lienthong.persons import lane, reviewing
from lienthong.persons.lane import Breaker, HourLine
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import RefusedRow

_PAGE_SIZE = 40
_HOURS_SHOWN = timedelta(hours=12)
_FIELDS = ("child_name", "birth_date", "sex", "personal_id_status")
_SHOWS_VI = {
    identities.OFFICER: "Cần cán bộ xem",
    identities.WAITING: "Đang chờ trả lời",
    identities.KEPT: "Đã giữ không số",
}
_BREAKER_VI = {
    Breaker.UNKNOWN: ("calm", "Chưa hỏi lần nào", "Chưa có câu hỏi nào được gửi đi."),
    Breaker.CLOSED: ("good", "Đang thông", "Câu hỏi được gửi đi bình thường."),
    Breaker.OPEN: (
        "late",
        "Tạm ngừng hỏi",
        "Cơ sở dữ liệu dân cư đang lỗi hoặc trả lời sai; hệ thống để yên một lúc rồi tự thử lại.",
    ),
    Breaker.PROBING: (
        "soon",
        "Đang thử lại",
        "Mỗi lần chỉ gửi một câu hỏi; trả lời đúng thì mọi câu hỏi đang chờ được gửi tiếp.",
    ),
}
_DEEDS_VI = {"hoi-lai": "Sẽ hỏi lại ở lượt tới", "giu": "Giữ không số"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the list with both sides of its answer."""

    line: IdentityLine
    sides: list[Side]

    @property
    def same_vi(self) -> str:
        """The facts on which both sides agree."""
        return ", ".join(side.name_vi.lower() for side in self.sides if not side.differs)


@dataclass(frozen=True, slots=True)
class GroupLink:
    """One line of the overview and where it leads."""

    group: IdentityGroup
    state_vi: str
    url: str


@page(
    "can-bo/so-dinh-danh/",
    name="identities",
    needs=Permission.TASK_VIEW,
    reveals="person",
    posts=True,
)
def identities_page(call: Call) -> Answer:
    """The lane and its list; after a form, what was done and what was refused stands above what is left."""
    shows = call.value("xem") if call.value("xem") in _SHOWS_VI else identities.OFFICER
    answer_class = call.value("loai")[:40] or None
    lines = _lines(call, shows, answer_class, after=call.number("sau"))
    subjects = _subjects(lines)
    context: dict[str, object] = {}
    if call.is_post:
        context = _decide(call, lines)
        lines = _lines(call, shows, answer_class, after=0)
        subjects |= _subjects(lines)
    shown = lines[:_PAGE_SIZE]
    groups = identities.groups(call.by)
    context |= _lane(call) | {
        "address": reverse("identities"),
        "reasons": [_link(group) for group in groups],
        "open_count": sum(it.count for it in groups if it.state != identities.KEPT),
        "officer_count": sum(it.count for it in groups if it.needs_officer),
        "oldest_at": min(
            (it.oldest_at for it in groups if it.state != identities.KEPT), default=None
        ),
        "shows": shows,
        "answer_class": answer_class or "",
        "tabs": [(key, label, f"?xem={key}") for key, label in _SHOWS_VI.items()],
        "rows": [Shown(line, identities.sides(line, by=call.by)) for line in shown],
        "next_url": _next(shows, answer_class, shown[-1].id) if len(lines) > _PAGE_SIZE else "",
        "may_review": call.by.may(Permission.IDENTITY_REVIEW),
    }
    return Show("staff/identities.html", context, subjects=sorted(subjects), fields=_FIELDS)


@page(
    "can-bo/so-dinh-danh/<int:person_id>/",
    name="identity",
    needs=Permission.TASK_VIEW,
    reveals="person",
    posts=True,
)
def identity(call: Call, person_id: int) -> Answer:
    """One child's open question: both sides, what it means, and what may be decided."""
    line = identities.open_question(call.by, person_id)
    context: dict[str, object] = {"note": call.value("ghi-chu"), "written_id": call.value("so")}
    is_over = False
    if call.is_post:
        try:
            context |= _settle(call, line)
            is_over = context.get("deed") == "nhan"
        except Refused as error:
            context |= {"said": error.message_vi, "faulty": error.field}
    if not is_over:
        line = identities.open_question(call.by, person_id)
    context |= {
        "line": line,
        "sides": identities.sides(line, by=call.by),
        "is_over": is_over,
        "address": reverse("identity", kwargs={"person_id": person_id}),
        "may_review": call.by.may(Permission.IDENTITY_REVIEW),
    }
    return Show("staff/identity.html", context, subjects=sorted(_subjects([line])), fields=_FIELDS)


def _settle(call: Call, line: IdentityLine) -> dict[str, object]:
    deed, note, who = call.value("thao-tac"), call.value("ghi-chu"), [line.person_id]
    if deed == "nhan":
        reviewing.accept(line.person_id, call.value("so"), note, by=call.by, at=call.at)
        return {"deed": deed, "done_vi": "Đã gắn số định danh. Thẻ BHYT và mã số giữ nguyên."}
    if deed == "giu":
        outcome = reviewing.keep_without(who, note, by=call.by, at=call.at)
    else:
        deed, outcome = "hoi-lai", reviewing.ask_again(who, by=call.by, at=call.at)
    if outcome.refused:
        raise Refused(outcome.refused[0].message_vi, code=outcome.refused[0].code)
    return {"deed": deed, "done_vi": f"{_DEEDS_VI[deed]}.", "note": ""}


def _decide(call: Call, lines: list[IdentityLine]) -> dict[str, object]:
    """Do what the form of the list says, or say what it lacks; the ticks and the note are kept until it is done."""
    person_ids, deed, note = call.keys("chon"), call.value("thao-tac"), call.value("ghi-chu")
    kept: dict[str, object] = {"note": note, "ticked": frozenset(person_ids)}
    if not person_ids:
        return kept | {"said": "Chưa chọn trẻ nào. Hãy đánh dấu ít nhất một dòng."}
    try:
        if deed == "giu":
            outcome = reviewing.keep_without(person_ids, note, by=call.by, at=call.at)
        else:
            deed, outcome = "hoi-lai", reviewing.ask_again(person_ids, by=call.by, at=call.at)
    except Refused as error:
        return kept | {"said": error.message_vi, "faulty": error.field}
    return {"outcome": outcome, "refused": _refused(outcome, lines), "done_vi": _DEEDS_VI[deed]}


def _refused(outcome: Outcome, lines: list[IdentityLine]) -> list[RefusedRow]:
    by_person = {line.person_id: line for line in lines}
    rows = []
    for refusal in outcome.refused:
        line = by_person.get(refusal.subject)
        name, code = (line.full_name, line.dossier_code) if line else ("", "")
        rows.append(RefusedRow(name, code, refusal.message_vi))
    return rows


def _lines(call: Call, shows: str, answer_class: str | None, *, after: int) -> list[IdentityLine]:
    """One page and one line more."""
    # Silence stands as no answer at all; in an address it has its name.
    asked = "" if answer_class == "PID_NO_ANSWER" else answer_class
    return identities.open_questions(
        call.by, shows=shows, answer_class=asked, after=after, limit=_PAGE_SIZE + 1
    )


def _subjects(lines: list[IdentityLine]) -> set[tuple[str, int]]:
    return {
        it for line in lines for it in (("person", line.person_id), ("dossier", line.dossier_id))
    }


def _lane(call: Call) -> dict[str, object]:
    """How the lane stands, in words."""
    state = lane.state(call.by)
    tone, name_vi, words_vi = _BREAKER_VI[lane.breaker(state, at=call.at)]
    hours: list[HourLine] = lane.hours(call.by, since=call.at - _HOURS_SHOWN)
    rate = state.rate_per_second if state else 0.0
    return {
        "lane": state,
        "tone": tone,
        "breaker_vi": name_vi,
        "breaker_words_vi": words_vi,
        "rate_vi": f"Tối đa {rate:g} câu hỏi mỗi giây" if rate else "",
        "hours": hours,
    }


def _link(group: IdentityGroup) -> GroupLink:
    shows = identities.OFFICER if group.needs_officer else group.state
    query = urlencode({"xem": shows, "loai": group.answer_class or "PID_NO_ANSWER"})
    states_vi = {"waiting": "tự hỏi lại", "quarantined": "đã cách ly số", "kept": "giữ không số"}
    return GroupLink(group, states_vi[group.state], f"?{query}")


def _next(shows: str, answer_class: str | None, after: int) -> str:
    query = urlencode({"xem": shows, "loai": answer_class or "", "sau": str(after)})
    return f"{reverse('identities')}?{query}"

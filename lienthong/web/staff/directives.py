"""Công văn đôn đốc: the archive, one letter as the centre chases it and as a province owes it, all replies together, files."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.oversight import (
    directivelists,
    documents,
    following,
    livefigures,
    replies,
    replysheets,
    replyviews,
    telling,
)
from lienthong.oversight.directivelists import ArchiveFilter, ChaseLine, DirectiveView
from lienthong.oversight.directives import KINDS_VI
from lienthong.oversight.reasonlists import LISTS_VI
from lienthong.oversight.templates import templates
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_ROWS = 50
_PDF = "application/pdf"
_DONE_VI = {
    "ban-hanh": "Đã ban hành. Các nơi nhận có tài khoản đã được thông báo.",
    "nhac": "Đã nhắc {} tỉnh, thành phố.",
    "bao-giam-doc": "Đã báo giám đốc của {} tỉnh, thành phố.",
    "gia-han": "Đã gửi bổ sung cho {} tỉnh, thành phố.",
    "ket-thuc": "Đã kết thúc công văn.",
}
_NOBODY_VI = "Không có tỉnh nào cần nhắc thêm hôm nay: các tỉnh chưa trả lời đều đã được nhắc."


@dataclass(frozen=True, slots=True)
class Counts:
    """How a letter stands, over the addressees on the page."""

    addressees: int
    sent: int
    late: int
    opened: int
    owing: int
    remindable: int
    climbable: int


@page("can-bo/cong-van/", name="directives", needs=Permission.DIRECTIVE_VIEW)
def listed(call: Call) -> Answer:
    """The letters that the officer may see, found by words, state, days and province."""
    wanted, said = _filter(call)
    lines = directivelists.archive(call.by, wanted=wanted, on=call.on, limit=_ROWS + 1)
    query = {"tim": wanted.text, "tinh-trang": wanted.state, "tinh": wanted.province_code}
    query |= {name: call.value(name) for name in ("tu-ngay", "den-ngay")}
    next_query = urlencode({**{k: v for k, v in query.items() if v}, "sau": wanted.after + _ROWS})
    context = {
        "lines": lines[:_ROWS],
        "wanted": wanted,
        "said": said,
        "is_filtered": any(query.values()),
        "next_query": next_query if len(lines) > _ROWS else "",
        "states": {
            key: label
            for key, label in directivelists.STATES_VI.items()
            if call.by.everywhere or key != "draft"
        },
        "provinces": catalogues.provinces(call.by, on=call.on) if call.by.everywhere else [],
        "is_centre": call.by.everywhere,
        "may_issue": call.by.may(Permission.DIRECTIVE_ISSUE),
        "waiting": directivelists.waiting(call.by),
        "dropped": call.value("da-bo") == "1",
        "on": call.on,
    }
    return Show("staff/directives.html", context)


@page(
    "can-bo/cong-van/<int:directive_id>/",
    name="directive",
    needs=Permission.DIRECTIVE_VIEW,
    posts=True,
)
def one(call: Call, directive_id: int) -> Answer:
    """One letter: who owes a reply and what to do about it, or what one's own province has still to do; then the text."""
    view = directivelists.one(call.by, directive_id)
    if view.state == "draft":
        return Go(reverse("directive-draft", kwargs={"directive_id": directive_id}))
    said: Refused | Conflict | None = None
    if call.is_post:
        try:
            return _act(call, directive_id)
        except (Refused, Conflict) as error:
            said = error
    lines = directivelists.chase(call.by, directive_id, on=call.on)
    replies.open_letter(
        directive_id, tuple(it.province_code for it in lines), by=call.by, at=call.at
    )
    addenda = directivelists.addenda(call.by, directive_id)
    waiting = [it for it in directivelists.waiting(call.by) if it.id == directive_id]
    is_centre = call.by.everywhere and call.by.may(Permission.DIRECTIVE_ISSUE)
    unreached = (
        telling.unreached(directive_id, at=call.at) if is_centre and view.state == "issued" else []
    )
    labels = {view.issued_by, view.closed_by, *(it.added_by for it in addenda)}
    labels |= {it.reminded_by for line in lines for it in line.reminders}
    labels |= {it.opened_by for it in lines}
    context = {
        "it": view,
        "questions": directivelists.questions(call.by, directive_id),
        "kinds": KINDS_VI,
        "figures": livefigures.figures(),
        "lists": LISTS_VI,
        "lines": lines,
        "counts": _counts(lines, on=call.on),
        "addenda": addenda,
        "waiting": waiting,
        "is_centre": is_centre,
        "unreached": unreached,
        "people": people(call, labels),
        "said": said,
        "typed": {name: call.value(name) for name in ("tinh", "han-moi", "ly-do", "ket-luan")}
        if call.is_post
        else {},
        "done_vi": _done(call),
        "on": call.on,
        "at": call.at,
    }
    return Show("staff/directive.html", context)


@page(
    "can-bo/cong-van/<int:directive_id>/tong-hop/",
    name="directive-summary",
    needs=Permission.DIRECTIVE_ISSUE,
)
def summary(call: Call, directive_id: int) -> Answer:
    """What all signed replies say: the figures of each province, the reasons by count, the plans."""
    view = _issued(call, directive_id)
    found = replyviews.summary(call.by, directive_id)
    questions = directivelists.questions(call.by, directive_id)
    lines = directivelists.chase(call.by, directive_id, on=call.on)
    at_of = {it.id: at for at, it in enumerate(questions)}
    figures = [it for it in questions if it.kind == "figure"]
    rest = [it for it in questions if it.kind in {"text", "plan", "day"}]
    context = {
        "it": view,
        "heads": found.heads,
        "figures": [(it, livefigures.kind_of(it.figure)) for it in figures],
        "rows": [
            (head, [found.pairs[head.id][at_of[it.id]] for it in figures]) for head in found.heads
        ],
        "sums": [found.sums.get(it.id) for it in figures],
        "counted": [
            (it, found.counts[it.id]) for it in questions if it.kind in {"reasons", "yes_no"}
        ],
        "told": [
            (it, [(head, found.pairs[head.id][at_of[it.id]]) for head in found.heads])
            for it in rest
        ],
        "counts": _counts(lines, on=call.on),
        "at": call.at,
    }
    return Show("staff/directive_summary.html", context)


@page(
    "can-bo/cong-van/<int:directive_id>/tong-hop/tep/",
    name="directive-sheet",
    needs=Permission.DIRECTIVE_ISSUE,
)
def sheet(call: Call, directive_id: int) -> Answer:
    """The same as XLSX: one row a province, who has not replied among them."""
    _issued(call, directive_id)
    body = replysheets.workbook(call.by, directive_id, at=call.at)
    return File(body, f"tra-loi-cong-van-{directive_id}.xlsx", XLSX)


@page(
    "can-bo/cong-van/<int:directive_id>/ban-in/",
    name="directive-print",
    needs=Permission.DIRECTIVE_VIEW,
)
def printed(call: Call, directive_id: int) -> Answer:
    """The letter as a document."""
    view = directivelists.one(call.by, directive_id)
    questions = directivelists.questions(call.by, directive_id)
    addressees = (
        directivelists.chase(call.by, directive_id, on=call.on) if call.by.everywhere else []
    )
    body = documents.letter_pdf(view, questions, [it.province_name for it in addressees])
    return File(body, f"cong-van-{directive_id}.pdf", _PDF)


def _issued(call: Call, directive_id: int) -> DirectiveView:
    view = directivelists.one(call.by, directive_id)
    if view.state == "draft":
        raise NotFound("Công văn chưa ban hành.")
    return view


def _act(call: Call, directive_id: int) -> Go:
    by, at, deed = call.by, call.at, call.value("thao-tac")
    if not by.may(Permission.DIRECTIVE_ISSUE):
        raise NotAllowed("Bạn không có quyền này.", code=str(Permission.DIRECTIVE_ISSUE))
    count = 0
    match deed:
        case "nhac":
            count = following.remind(
                directive_id, province_code=call.value("tinh")[:2], by=by, at=at
            )
        case "bao-giam-doc":
            province = call.value("tinh")[:2]
            count = following.remind(directive_id, "director", province, by=by, at=at)
        case "gia-han":
            due_on = _day(call.value("han-moi"), "han-moi")
            reason = call.value("ly-do")
            count = following.add(
                directive_id, call.value("tinh")[:2], due_on, reason, by=by, at=at
            )
        case "ket-thuc":
            following.close(directive_id, call.value("ket-luan"), by=by, at=at)
        case _:
            raise Refused("Chưa chọn thao tác.", code="DEED")
    to = reverse("directive", kwargs={"directive_id": directive_id})
    return Go(f"{to}?{urlencode({'xong': deed, 'so': count})}")


def _done(call: Call) -> str:
    deed = call.value("xong")
    if call.is_post or deed not in _DONE_VI:
        return ""
    count = call.number("so")
    if deed in {"nhac", "bao-giam-doc"} and not count:
        return _NOBODY_VI
    return _DONE_VI[deed].format(count)


def _counts(lines: list[ChaseLine], *, on: date) -> Counts:
    owing = [it for it in lines if not it.has_sent]

    def remindable(level: str) -> int:
        return sum(
            not any(told.on_day == on and told.level == level for told in it.reminders)
            for it in owing
        )

    return Counts(
        len(lines),
        sum(it.has_sent for it in lines),
        sum(it.is_late for it in lines),
        sum(it.opened_at is not None for it in lines),
        len(owing),
        remindable("office"),
        remindable("director"),
    )


def _filter(call: Call) -> tuple[ArchiveFilter, Refused | None]:
    state = call.value("tinh-trang")
    known: dict[str, Any] = {
        "text": call.value("tim")[:200],
        "state": state if state in directivelists.STATES_VI else "",
        "province_code": call.value("tinh")[:2] if call.by.everywhere else "",
        "after": min(call.number("sau"), 1_000_000),
    }
    try:
        first, last = (_day(call.value(name), name) for name in ("tu-ngay", "den-ngay"))
    except Refused as error:
        return ArchiveFilter(**known), error
    return ArchiveFilter(**known, first=first, last=last), None


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return parse_iso_date(text)
    except ValueError:
        raise Refused("Ngày không hợp lệ.", code="E-DATE", field=field) from None


def template_lines() -> list[tuple[str, str, str, int]]:
    """Each letter to start from: key, title, where it comes from, how many questions."""
    return [(it.key, it.title, it.source, len(it.question)) for it in templates().values()]

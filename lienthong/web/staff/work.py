"""What waits for me (Việc đang chờ tôi): all kinds of work in one list, with the next step, the clock, and whose it is."""

from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts import queries as accounts
from lienthong.accounts.permissions import Permission
from lienthong.dossiers import assignment, lateness, work
from lienthong.dossiers.assignment import Subject
from lienthong.dossiers.work import WorkFilter, WorkLine
from lienthong.dossiers.workkinds import KINDS, Kind, kinds_of
from lienthong.kernel.errors import NotFound, Refused
from lienthong.kernel.outcomes import Outcome
from lienthong.oversight import directivelists
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff import savedfilters, tasks
from lienthong.web.staff.cardlists import RefusedRow, reasons_context, why_of

_PAGE_SIZE = 35
_FIELDS = ("child_name", "birth_date", "commune")
_PAGE_OF = {
    Kind.APPROVE: "approve",
    Kind.PRINT: "print",
    Kind.HAND_OVER: "hand-over",
    Kind.SPLIT: "splits",
    Kind.UNDECLARED: "undeclared",
}
_OF_CARDS = frozenset({Kind.APPROVE, Kind.PRINT, Kind.HAND_OVER})
_WHOSE_VI = {"all": "Mọi người", "mine": "Của tôi", "free": "Chưa ai nhận"}
_DONE_VI = {
    "nhan": "Bạn đã nhận {count} việc.",
    "giao": "Đã giao {count} việc cho {to}.",
    "tra-lai": "Đã trả lại {count} việc; cán bộ khác có thể nhận.",
    "ly-do": "Đã ghi lý do quá hạn cho {count} hồ sơ.",
}
_TICKS: dict[Subject, str] = {"dossier": "hs", "task": "viec"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line with the link to its next step."""

    line: WorkLine
    next_url: str
    next_vi: str
    tick: str


@page(
    "can-bo/viec-cua-toi/",
    name="work",
    needs=Permission.DOSSIER_QUEUE,
    reveals="person",
    posts=True,
)
def waiting(call: Call) -> Answer:
    """The list; after a form, what was done and what was refused stands above it."""
    filters = _filters(call)
    before = work.waiting(call.by, filters=filters, on=call.on, limit=_PAGE_SIZE)
    found, context = before, reasons_context(call)
    if call.is_post:
        context |= _answer(call, before.lines)
        found = work.waiting(call.by, filters=filters, on=call.on, limit=_PAGE_SIZE)
    may_assign = call.by.may(Permission.WORK_ASSIGN)
    context |= {
        "rows": [_row(call, line) for line in found.lines],
        "filters": filters,
        "kinds": [(it.kind, KINDS[it.kind].label_vi) for it in kinds_of(call.by)],
        "whose": _WHOSE_VI.items(),
        "is_filtered": filters != WorkFilter(after=filters.after),
        "address": _address(filters),
        "next_url": _address(filters, after=found.next_after) if found.next_after else "",
        "saved": savedfilters.on_page(call, "work", _query(filters)),
        "colleagues": accounts.colleagues(call.by) if may_assign else [],
        "wants_reason": any(
            line.subject == "dossier" and line.is_late and not line.late_reason
            for line in found.lines
        ),
        "owed": directivelists.waiting(call.by),
        "on": call.on,
    }
    shown = [*before.lines, *found.lines]
    subjects = sorted({("dossier", it.dossier_id) for it in shown if it.dossier_id is not None})
    return Show("staff/work.html", context, subjects=subjects, fields=_FIELDS)


def _filters(call: Call) -> WorkFilter:
    whose = call.value("ai")
    return WorkFilter(
        kind=call.value("loai") if call.value("loai") in KINDS else "",
        whose=whose if whose in get_args(work.Whose) else "all",  # type: ignore[arg-type]
        late_only=call.value("qua-han") == "1",
        after=call.value("sau")[:600],
    )


def _query(filters: WorkFilter, *, after: str = "") -> str:
    wanted = {
        "loai": filters.kind,
        "ai": filters.whose if filters.whose != "all" else "",
        "qua-han": "1" if filters.late_only else "",
        "sau": after,
    }
    return urlencode({name: value for name, value in wanted.items() if value})


def _address(filters: WorkFilter, *, after: str = "") -> str:
    query = _query(filters, after=after)
    return reverse("work") + (f"?{query}" if query else "")


def _row(call: Call, line: WorkLine) -> Row:
    """Who may not do the next step himself is led to the dossier."""
    kind = KINDS[line.kind]
    tick = _TICKS[line.subject]
    if line.kind is Kind.TASK:
        return Row(line, tasks.page_of(call.by, line.task_kind, line.id), kind.action_vi, tick)
    if line.kind in _PAGE_OF and call.by.may(kind.needs):
        url = reverse(_PAGE_OF[line.kind])
        if line.kind in _OF_CARDS:
            url += f"?ho-so={line.id}"
        return Row(line, url, kind.action_vi, tick)
    url = reverse("trace", kwargs={"message_id": line.message_id})
    return Row(line, url, KINDS[Kind.REVIEW].action_vi, tick)


def _answer(call: Call, lines: list[WorkLine]) -> dict[str, object]:
    """Do what the form says with the ticked rows; when something is missing the ticks and words stay."""
    ticked: dict[Subject, list[int]] = {it: call.keys(name) for it, name in _TICKS.items()}
    kept: dict[str, object] = {
        "ticked": frozenset((subject, it) for subject, ids in ticked.items() for it in ids),
        "to": call.value("giao-cho")[:64],
    }
    if not any(ticked.values()):
        return kept | {"said": "Chưa chọn việc nào. Hãy đánh dấu ít nhất một dòng."}
    deed = call.value("thao-tac")
    try:
        outcomes = {it: _write(call, deed, it, ids) for it, ids in ticked.items() if ids}
    except (Refused, NotFound) as error:
        return kept | {"said": error.message_vi}
    count = sum(it.done_count for it in outcomes.values())
    done_vi = _DONE_VI.get(deed, _DONE_VI["nhan"]).format(count=count, to=kept["to"])
    refused = _refused(outcomes, lines)
    return {"done_vi": done_vi if count else "", "refused": refused, "why": lateness.Why()}


def _write(call: Call, deed: str, subject: Subject, ids: list[int]) -> Outcome:
    if deed == "giao":
        to = call.value("giao-cho")[:64]
        if not to:
            raise Refused("Hãy chọn cán bộ được giao việc.", code="OFFICER", field="giao-cho")
        return assignment.give(subject, ids, to=to, by=call.by, at=call.at)
    if deed == "tra-lai":
        return assignment.release(subject, ids, by=call.by, at=call.at)
    if deed == "ly-do":
        if subject == "task":
            return Outcome()
        return lateness.explain(ids, why_of(call), by=call.by, at=call.at)
    return assignment.take(subject, ids, by=call.by, at=call.at)


def _refused(outcomes: dict[Subject, Outcome], lines: list[WorkLine]) -> list[RefusedRow]:
    by_key = {(line.subject, line.id): line for line in lines}
    rows = []
    for subject, outcome in outcomes.items():
        for refusal in outcome.refused:
            line = by_key.get((subject, refusal.subject))
            name, code = (line.child_name, line.dossier_code) if line else ("", "")
            rows.append(RefusedRow(name, code, refusal.message_vi))
    return rows

"""What left the procedure (thao tác sai quy trình): the unit's list and its answers, the head's confirmation, the trend.

Nobody sends the list: what is found stands here at once, with the instant.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import answers, conformance, findings, offprocesslist
from lienthong.cards.findings import FindingFilter, FindingLine, PlaceCount
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome
from lienthong.web.answers import XLSX, Answer, File, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_PAGE_SIZE = 50
_WEEKS = 12
_BAR = 100
_KEY_DIGITS = 18
FIELDS = ("full_name", "birth_date", "insurance_number", "card_code", "card_dates")
_TABS = (
    ("waiting", "Chờ trả lời", ("open", "returned")),
    ("answered", "Chờ xác nhận", ("answered",)),
    ("confirmed", "Đã xác nhận", ("confirmed",)),
    ("", "Tất cả", tuple(findings.STATES_VI)),
)
_DONE_VI = {
    "tra-loi": "Đã gửi trả lời cho {} dòng. Trưởng bộ phận sẽ xem và xác nhận.",
    "xac-nhan": "Đã xác nhận {} dòng.",
    "tra-lai": "Đã trả lại {} dòng để đơn vị giải trình thêm.",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One state of the list as a link."""

    label_vi: str
    url: str
    count: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One week of one place: how many, and how long its bar is beside the longest."""

    count: int
    width: int


@dataclass(frozen=True, slots=True)
class Place:
    """One province or unit of the summary."""

    line: PlaceCount
    url: str
    cells: tuple[int, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a form did, and what stays typed when it did nothing."""

    outcome: Outcome | None = None
    done_vi: str = ""
    said: str = ""
    field: str = ""
    reason: str = ""
    text: str = ""
    note: str = ""


@page(
    "can-bo/sai-quy-trinh/",
    name="off-process",
    needs=Permission.CONFORMANCE_VIEW,
    reveals="person",
    posts=True,
)
def off_process(call: Call) -> Answer:
    """The list, oldest finding first; a form answers, confirms or sends back what is ticked."""
    filters = _filters(call)
    before = findings.findings(call.by, filters=filters, at=call.at, limit=_PAGE_SIZE + 1)
    told, ticked = Told(), call.keys("dong")
    if call.is_post:
        told = (
            _act(call, ticked)
            if ticked
            else Told(said="Chưa chọn dòng nào. Hãy đánh dấu ít nhất một dòng.")
        )
    is_done = told.outcome is not None and bool(told.outcome.done)
    lines = (
        findings.findings(call.by, filters=filters, at=call.at, limit=_PAGE_SIZE + 1)
        if is_done
        else before
    )
    shown = lines[:_PAGE_SIZE]
    context = {
        "lines": shown,
        "filters": filters,
        "tabs": _tabs(call, filters),
        "rules": conformance.RULES,
        "reasons": answers.REASONS_VI,
        "rule": conformance.BY_CODE.get(filters.rule),
        "told": told,
        "refused": _refused(told, before),
        "ticked": [] if is_done else ticked,
        "next_url": _url(filters, after=shown[-1].id) if len(lines) > _PAGE_SIZE else "",
        "address": _url(filters, after=filters.after),
        "file_query": _query(filters),
        "provinces": _provinces(call),
        "may_answer": call.by.may(Permission.CONFORMANCE_ANSWER),
        "may_confirm": call.by.may(Permission.CONFORMANCE_CONFIRM),
        "longest": answers.LONGEST_TEXT,
    }
    return Show(
        "staff/off_process.html", context, subjects=_subjects([*before, *shown]), fields=FIELDS
    )


@page(
    "can-bo/sai-quy-trinh/<int:finding_id>/",
    name="off-process-one",
    needs=Permission.CONFORMANCE_VIEW,
    reveals="person",
    posts=True,
)
def one(call: Call, finding_id: int) -> Answer:
    """One finding: what is broken, the steps of its card, every answer, and the form that is due."""
    findings.finding(call.by, finding_id, at=call.at)
    told = _act(call, [finding_id]) if call.is_post else Told()
    line = findings.finding(call.by, finding_id, at=call.at)
    steps = findings.steps(call.by, finding_id)
    labels = (line.requested_by, line.approved_by, line.printed_by, line.returned_by)
    context = {
        "line": line,
        "steps": steps,
        "people": people(call, [*filter(None, labels), *(it.by for it in steps)]),
        "told": told,
        "reasons": answers.REASONS_VI,
        "may_answer": call.by.may(Permission.CONFORMANCE_ANSWER)
        and line.state in {"open", "returned"},
        "may_confirm": call.by.may(Permission.CONFORMANCE_CONFIRM) and line.state == "answered",
        "is_own": line.answered_by == call.by.label,
        "refused": _refused(told, [line]),
        "longest": answers.LONGEST_TEXT,
    }
    return Show("staff/off_process_one.html", context, subjects=_subjects([line]), fields=FIELDS)


@page(
    "can-bo/sai-quy-trinh/tong-hop/", name="off-process-summary", needs=Permission.CONFORMANCE_VIEW
)
def summary(call: Call) -> Answer:
    """Counts a province, or a unit, by rule and by week. No child."""
    weeks = findings.mondays(call.at, _WEEKS)
    province_code = call.value("tinh")[:2]
    counted = findings.places(call.by, province_code=province_code, weeks=weeks)
    by_province = call.by.everywhere and not province_code
    most = max((count for it in counted for count in it.weeks), default=0)
    rules = [rule for rule in conformance.RULES if any(rule.code in it.by_rule for it in counted)]
    places = [
        Place(
            it,
            f"?{urlencode({'tinh': it.code})}"
            if by_province
            else _url(FindingFilter(unit_code=it.code, province_code=province_code)),
            tuple(it.by_rule.get(rule.code, 0) for rule in rules),
            tuple(Bar(count, round(_BAR * count / most) if most else 0) for count in it.weeks),
        )
        for it in counted
    ]
    context = {
        "places": places,
        "rules": rules,
        "weeks": weeks,
        "by_province": by_province,
        "province": next((it for it in _provinces(call) if it.code == province_code), None),
        "count": sum(it.count for it in counted),
        "waiting_count": sum(it.waiting_count for it in counted),
        "answered_count": sum(it.by_state.get("answered", 0) for it in counted),
        "week_sums": [sum(it.weeks[at] for it in counted) for at in range(len(weeks))],
        "rule_sums": [sum(it.by_rule.get(rule.code, 0) for it in counted) for rule in rules],
    }
    return Show("staff/off_process_summary.html", context)


@page(
    "can-bo/sai-quy-trinh/tep/",
    name="off-process-file",
    needs=Permission.CONFORMANCE_VIEW,
    reveals="person",
)
def file(call: Call) -> Answer:
    """What the filter shows, all of it, as XLSX with the columns of the official list."""
    lines = list(findings.every_finding(call.by, filters=_filters(call), at=call.at))
    body = offprocesslist.as_xlsx(lines)
    return File(body, "sai-quy-trinh.xlsx", XLSX, subjects=_subjects(lines), fields=FIELDS)


def _act(call: Call, finding_ids: list[int]) -> Told:
    act = call.value("thao-tac")
    reason, text, note = call.value("ly-do"), call.value("tra-loi"), call.value("ghi-chu")
    by, at = call.by, call.at
    try:
        match act:
            case "tra-loi":
                outcome = answers.answer(finding_ids, reason=reason, text=text, by=by, at=at)
            case "xac-nhan":
                outcome = answers.confirm(finding_ids, by=by, at=at)
            case "tra-lai":
                outcome = answers.send_back(finding_ids, note=note, by=by, at=at)
            case _:
                return Told(said="Chưa chọn thao tác.", reason=reason, text=text, note=note)
    except Refused as error:
        return Told(said=error.message_vi, field=error.field, reason=reason, text=text, note=note)
    if not outcome.done:
        return Told(outcome, reason=reason, text=text, note=note)
    return Told(outcome, _DONE_VI[act].format(outcome.done_count))


def _filters(call: Call) -> FindingFilter:
    """From the address, also when a form is sent to it."""
    asked = call.request.GET
    state = asked.get("trang-thai", "waiting")
    rule = asked.get("quy-tac", "")
    after = asked.get("sau", "")
    return FindingFilter(
        rule=rule if rule in conformance.BY_CODE else "",
        state=state if state in {tab[0] for tab in _TABS} else "waiting",
        unit_code=asked.get("don-vi", "").strip()[:20],
        province_code=asked.get("tinh", "").strip()[:2],
        after=int(after)
        if after.isascii() and after.isdigit() and len(after) <= _KEY_DIGITS
        else 0,
    )


def _query(filters: FindingFilter, *, after: int = 0, state: str | None = None) -> str:
    words = {
        "trang-thai": filters.state if state is None else state,
        "quy-tac": filters.rule,
        "don-vi": filters.unit_code,
        "tinh": filters.province_code,
        "sau": str(after) if after else "",
    }
    return urlencode(
        {name: value for name, value in words.items() if value or name == "trang-thai"}
    )


def _url(filters: FindingFilter, *, after: int = 0, state: str | None = None) -> str:
    return f"{reverse('off-process')}?{_query(filters, after=after, state=state)}"


def _tabs(call: Call, filters: FindingFilter) -> list[Tab]:
    counts = findings.state_counts(call.by, filters=filters)
    return [
        Tab(
            label_vi,
            _url(filters, state=state),
            sum(counts[each] for each in states),
            state == filters.state,
        )
        for state, label_vi, states in _TABS
    ]


def _provinces(call: Call) -> list[catalogues.ProvinceLine]:
    return catalogues.provinces(call.by, on=call.on) if call.by.everywhere else []


def _refused(told: Told, lines: list[FindingLine]) -> list[tuple[str, str]]:
    names = {line.id: f"{line.full_name} ({line.rule})" for line in lines}
    refused = told.outcome.refused if told.outcome else ()
    return [(names.get(each.subject, ""), each.message_vi) for each in refused]


def _subjects(lines: list[FindingLine]) -> list[tuple[str, int]]:
    return sorted({("dossier", line.dossier_id) for line in lines})

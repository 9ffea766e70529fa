"""The trace of one child ("Tra cứu thông tin hồ sơ TE BTP"): where the dossier stands, since when, waiting for whom."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse

from lienthong.accounts.permissions import PERMISSIONS_VI, Permission
from lienthong.audit import trail
from lienthong.audit.names import ACTS_VI
from lienthong.births import comparison
from lienthong.births import queries as births
from lienthong.births import record as records
from lienthong.births.queries import TraceRow
from lienthong.cards import queries as cards
from lienthong.cards.lifecycle import LABELS_VI as CARD_LABELS_VI
from lienthong.catalogues import facilities
from lienthong.dossiers import escalation, lateness, lifecycle
from lienthong.dossiers import queries as dossiers
from lienthong.dossiers.queries import OpenExchange, QueueFilter
from lienthong.kernel.errors import NotFound
from lienthong.law.rerouting import QUALIFIERS_VI, RULES_VI
from lienthong.persons.advice import ADVICE
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_MOST_FOUND = 20
_FIELDS = ("registration", "personal_id", "insurance_number", "card", "dossier", "events")
_SEARCH = "staff/trace_search.html"
_MOST_VIEWS = 200
_STEPS: dict[str, tuple[Permission, str, str]] = {
    lifecycle.APPROVAL_REQUESTED: (Permission.CARD_APPROVE, "approve", "Duyệt thẻ"),
    lifecycle.APPROVED: (Permission.CARD_PRINT, "print", "In thẻ"),
    lifecycle.PRINTED: (Permission.CARD_HAND_OVER, "hand-over", "Trả thẻ"),
}
_NO_STEP = (Permission.DOSSIER_VIEW, "", "")
_ELECTRONIC = (Permission.CARD_HAND_OVER, "electronic-cards", "Giao thẻ điện tử")
_OUTCOMES_VI = {
    "accepted": "Đã tiếp nhận",
    "duplicate": "Trùng với thông điệp đã nhận",
    "conflict": "Mâu thuẫn với thông điệp đã nhận",
    "refused": "Không tiếp nhận",
    "quarantined": "Chờ nơi gửi sửa dữ liệu",
    "held": "Tạm giữ, sẽ tự chạy tiếp",
    "not_entitled": "Không thuộc diện cấp thẻ",
}


@dataclass(frozen=True, slots=True)
class ViewLine:
    """One look at or act on a child's rows."""

    at: datetime
    by: str
    what_vi: str


@dataclass(frozen=True, slots=True)
class Step:
    """What the officer who looks may do next for this child, as a link."""

    url: str
    action_vi: str


@page(
    "can-bo/tra-cuu/",
    name="trace-search",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
    posts=True,
)
def search(call: Call) -> Answer:
    """By dossier code, message id, name or any number of the child: straight to the one found, or a list to choose from."""
    text = call.value("ma")[:100] if call.is_post else ""
    if not text:
        return Show(_SEARCH, {"text": "", "lines": [], "on": call.on}, subjects=())
    filters = QueueFilter(text=text, codes=births.dossier_codes_of(call.by, text))
    found = dossiers.queue(call.by, filters=filters, on=call.on, limit=_MOST_FOUND + 1)
    if len(found) == 1:
        return Go(_address(found[0].message_id))
    if not found and _has_message(call, text):
        return Go(_address(text))
    if not found and (code := records.code_of(call.by, text)):
        return Go(reverse("record", kwargs={"key": code}))
    lines = found[:_MOST_FOUND]
    context = {
        "text": text,
        "lines": lines,
        "on": call.on,
        "is_cut": len(found) > _MOST_FOUND,
        "is_empty": not found,
    }
    subjects = [("dossier", line.id) for line in lines]
    return Show(_SEARCH, context, subjects=subjects, fields=("child_name", "birth_date"))


@page(
    "can-bo/tra-cuu/<path:message_id>/",
    name="trace",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
)
def trace(call: Call, message_id: str) -> Answer:
    """Everything about one message and the child behind it, with who looked before."""
    found = births.trace(call.by, message_id, on=call.on)
    row = found.row
    may_see_views = call.by.may(Permission.AUDIT_VIEW) and row.dossier_id is not None
    further = _further(call, row)
    views = _views(call, row.dossier_id, row.card_id) if may_see_views else []
    facility_names = facilities.names_of({row.facility_code}) if row.facility_code else {}
    context = {
        "trace": found,
        "row": row,
        "state_vi": lifecycle.LABELS_VI.get(row.state or "", ""),
        "outcome_vi": _OUTCOMES_VI.get(found.outcome, found.outcome),
        "personal_id_status": ADVICE.get(found.personal_id_status or ""),
        "card_status_vi": CARD_LABELS_VI.get(row.card_status or "", ""),
        "warnings": [sentence for code in row.warnings if (sentence := births.sentence_of(code))],
        "steps": _steps(call, row),
        "further": further,
        "unit_rule_vi": (RULES_VI | QUALIFIERS_VI).get(row.unit_rule or "", ""),
        "facility_name": facility_names.get(row.facility_code or "", ""),
        "views": views,
        "people": people(call, [*(it.by for it in found.events), *(it.by for it in views)]),
        "may_see_views": may_see_views,
        "late_reason_vi": lateness.reason_of(call.by, row.dossier_id) if row.dossier_id else "",
        "climbed": escalation.history(call.by, row.dossier_id) if row.dossier_id else [],
        "on": call.on,
    }
    asked = (("dossier", row.dossier_id), ("person", row.person_id), ("card", row.card_id))
    subjects = [(kind, key) for kind, key in asked if key is not None]
    subjects += [("dossier", it.id) for it, _ in further]
    return Show("staff/trace.html", context, subjects=subjects, fields=_FIELDS)


def _steps(call: Call, row: TraceRow) -> list[Step]:
    """The decision or the next step of the card, where the officer may take it. Two statements at most."""
    steps = []
    if row.person_id is not None and call.by.may(Permission.CORRECTION_DECIDE):
        task_id = comparison.open_task_of(call.by, row.person_id)
        if task_id is not None:
            url = reverse("correction", kwargs={"task_id": task_id})
            steps.append(Step(url, "Quyết định về khai sinh đã thay đổi"))
    if row.dossier_id is not None:
        steps += _card_steps(call, row.state or "", row.dossier_id)
    return steps


def _further(call: Call, row: TraceRow) -> list[tuple[OpenExchange, list[Step]]]:
    """The child's further cards that are on their way, each with what the officer may do. One statement and theirs."""
    found = dossiers.open_exchanges(call.by, row.person_id) if row.person_id is not None else []
    return [(it, _card_steps(call, it.state, it.id)) for it in found]


def _card_steps(call: Call, state: str, dossier_id: int) -> list[Step]:
    needs, name, action_vi = _STEPS.get(state, _NO_STEP)
    if state == lifecycle.APPROVED:
        wanted = replace(cards.TO_PRINT, dossier_id=dossier_id)
        # Paper is for who asked for it.
        if any(not it.paper_ground for it in cards.cards(call.by, filters=wanted, on=call.on)):
            needs, name, action_vi = _ELECTRONIC
    if not name or not call.by.may(needs):
        return []
    return [Step(f"{reverse(name)}?ho-so={dossier_id}", action_vi)]


def _views(call: Call, dossier_id: int | None, card_id: int | None) -> list[ViewLine]:
    """Who saw or changed this child's rows, newest first; one line for each act."""
    asked = [
        (kind, key) for kind, key in (("dossier", dossier_id), ("card", card_id)) if key is not None
    ]
    entries = trail.history_of_many(asked, by=call.by, limit=_MOST_VIEWS)
    lines = []
    for entry in entries:
        purpose = entry.purpose
        what = PERMISSIONS_VI[Permission(purpose)] if purpose in frozenset(Permission) else purpose
        lines.append(ViewLine(entry.at, entry.by, what or ACTS_VI.get(entry.action, entry.action)))
    return list(dict.fromkeys(lines))


def _has_message(call: Call, message_id: str) -> bool:
    try:
        births.trace(call.by, message_id, on=call.on)
    except NotFound:
        return False
    return True


def _address(message_id: str) -> str:
    return reverse("trace", kwargs={"message_id": message_id})

"""The trace of one child ("Tra cứu thông tin hồ sơ TE BTP"): where the dossier stands, since when, waiting for whom."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from lienthong.accounts.permissions import PERMISSIONS_VI, Permission
from lienthong.audit import trail
from lienthong.births import queries as births
from lienthong.births import record as records
from lienthong.cards.lifecycle import LABELS_VI as CARD_LABELS_VI
from lienthong.dossiers import escalation, lateness
from lienthong.dossiers import queries as dossiers
from lienthong.dossiers.lifecycle import LABELS_VI as DOSSIER_LABELS_VI
from lienthong.dossiers.queries import QueueFilter
from lienthong.kernel.errors import NotFound
from lienthong.persons.advice import ADVICE
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_MOST_FOUND = 20
_FIELDS = ("registration", "personal_id", "insurance_number", "card", "dossier", "events")
_SEARCH = "staff/trace_search.html"
_MOST_VIEWS = 200
_OUTCOMES_VI = {
    "accepted": "Đã tiếp nhận",
    "duplicate": "Trùng với thông điệp đã nhận",
    "conflict": "Mâu thuẫn với thông điệp đã nhận",
    "refused": "Không tiếp nhận",
    "quarantined": "Chờ nơi gửi sửa dữ liệu",
    "held": "Tạm giữ, sẽ tự chạy tiếp",
    "not_entitled": "Không thuộc diện cấp thẻ",
}
_ACTS_VI = {
    "viewed": "Xem",
    "card.approve": "Duyệt thẻ",
    "card.print": "In thẻ",
    "card.revoke": "Thu hồi thẻ",
    "card.hand_over": "Trả thẻ",
    "card.paper_asked": "Ghi đề nghị cấp thẻ giấy",
    "card.link": "Lập liên kết thẻ điện tử",
    "card.link_revoked": "Thu hồi liên kết thẻ điện tử",
    "work.assign": "Giao hoặc nhận việc",
    "work.release": "Trả lại việc",
    "work.escalated": "Báo quá hạn lên cấp trên",
    "dossier.late_reason": "Ghi lý do quá hạn",
}


@dataclass(frozen=True, slots=True)
class ViewLine:
    """One look at or act on a child's rows."""

    at: datetime
    by: str
    what_vi: str


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
    context = {
        "trace": found,
        "row": row,
        "state_vi": DOSSIER_LABELS_VI.get(row.state or "", ""),
        "outcome_vi": _OUTCOMES_VI.get(found.outcome, found.outcome),
        "personal_id_status": ADVICE.get(found.personal_id_status or ""),
        "card_status_vi": CARD_LABELS_VI.get(row.card_status or "", ""),
        "warnings": [sentence for code in row.warnings if (sentence := births.sentence_of(code))],
        "views": _views(call, row.dossier_id, row.card_id) if may_see_views else [],
        "may_see_views": may_see_views,
        "late_reason_vi": lateness.reason_of(call.by, row.dossier_id) if row.dossier_id else "",
        "climbed": escalation.history(call.by, row.dossier_id) if row.dossier_id else [],
        "on": call.on,
    }
    asked = (("dossier", row.dossier_id), ("person", row.person_id), ("card", row.card_id))
    subjects = [(kind, key) for kind, key in asked if key is not None]
    return Show("staff/trace.html", context, subjects=subjects, fields=_FIELDS)


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
        lines.append(ViewLine(entry.at, entry.by, what or _ACTS_VI.get(entry.action, entry.action)))
    return list(dict.fromkeys(lines))


def _has_message(call: Call, message_id: str) -> bool:
    try:
        births.trace(call.by, message_id, on=call.on)
    except NotFound:
        return False
    return True


def _address(message_id: str) -> str:
    return reverse("trace", kwargs={"message_id": message_id})

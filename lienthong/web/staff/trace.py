"""The trace of one child ("Tra cứu thông tin hồ sơ TE BTP"): where the dossier stands, since when, waiting for whom."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births import queries as births
from lienthong.dossiers import queries as dossiers
from lienthong.dossiers.queries import QueueFilter
from lienthong.kernel.errors import NotFound
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_MOST_FOUND = 20
_FIELDS = ("registration", "personal_id", "insurance_number", "card", "dossier", "events")
_SEARCH = "staff/trace_search.html"


@page(
    "can-bo/tra-cuu/",
    name="trace-search",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
    posts=True,
)
def search(call: Call) -> Answer:
    """By dossier code, message id or name: straight to the one found, or a list to choose from."""
    text = call.value("ma")[:100] if call.is_post else ""
    if not text:
        return Show(_SEARCH, {"text": "", "lines": [], "on": call.on}, subjects=())
    found = dossiers.queue(
        call.by, filters=QueueFilter(text=text), on=call.on, limit=_MOST_FOUND + 1
    )
    if len(found) == 1:
        return Go(_address(found[0].message_id))
    if not found and _has_message(call, text):
        return Go(_address(text))
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
    facts = found.as_json()
    dossier_id = getattr(found, "dossier_id", None)
    subjects = [("dossier", dossier_id)] if dossier_id else []
    may_see_views = call.by.may(Permission.AUDIT_VIEW) and dossier_id is not None
    views = trail.history_of("dossier", dossier_id, by=call.by) if may_see_views else []
    context = {
        "trace": facts,
        "child": getattr(found, "child", None),
        "views": views,
        "may_see_views": may_see_views,
        "on": call.on,
    }
    return Show("staff/trace.html", context, subjects=subjects, fields=_FIELDS)


def _has_message(call: Call, message_id: str) -> bool:
    try:
        births.trace(call.by, message_id, on=call.on)
    except NotFound:
        return False
    return True


def _address(message_id: str) -> str:
    return reverse("trace", kwargs={"message_id": message_id})

"""Why a dossier is late (lý do quá hạn): the form for one dossier. Bulk forms stand on the pages of the work."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import queries as births
from lienthong.dossiers import lateness
from lienthong.kernel.errors import NotFound, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import reasons_context, why_of


@page(
    "can-bo/ly-do-qua-han/<path:message_id>/",
    name="late-reason",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
    posts=True,
)
def late_reason(call: Call, message_id: str) -> Answer:
    """The form; sent, it leads back to the dossier. What was typed stays when something is missing."""
    found = births.trace(call.by, message_id, on=call.on)
    row = found.row
    if row.dossier_id is None:
        raise NotFound("Không tìm thấy hồ sơ.")
    context: dict[str, object] = reasons_context(call) | {"row": row, "is_late": found.is_late}
    if call.is_post:
        try:
            outcome = lateness.explain([row.dossier_id], why_of(call), by=call.by, at=call.at)
            if outcome.done:
                return Go(reverse("trace", kwargs={"message_id": message_id}))
            context["said"] = outcome.refused[0].message_vi
        except Refused as error:
            context["said"] = error.message_vi
    subjects = [("dossier", row.dossier_id)]
    return Show("staff/late_reason.html", context, subjects=subjects, fields=("child_name",))

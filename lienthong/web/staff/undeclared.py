"""Communes without exactly one declared issuing unit, and how many dossiers wait behind each."""

from lienthong.accounts.permissions import Permission
from lienthong.dossiers import queries
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page


@page("can-bo/dia-ban-chua-khai-bao/", name="undeclared", needs=Permission.UNIT_DECLARATION_VIEW)
def undeclared(call: Call) -> Answer:
    """The longest wait first. Counts only, no child."""
    communes = queries.waiting_by_commune(call.by, on=call.on)
    context = {
        "communes": communes,
        "waiting_count": sum(line.waiting_count for line in communes),
        "on": call.on,
    }
    return Show("staff/undeclared.html", context)

"""A temporary code that may be of more than one child, or of none: both sides, and the officer's word in one move."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import temporary_links as links
from lienthong.cards.temporary import RELATIONS_VI
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_MOST_NOTE = 1000
_FIELDS = ("full_name", "birth_date", "parents", "card_code")


@page(
    "can-bo/ma-the-tam/<int:task_id>/",
    name="temporary-doubt",
    needs=Permission.TASK_VIEW,
    reveals="person",
    posts=True,
)
def doubt(call: Call, task_id: int) -> Answer:
    """What the hospital said beside the children it may be."""
    said, note = "", call.value("ghi-chu")[:_MOST_NOTE]
    if call.is_post:
        try:
            _decide(call, task_id, note)
            return Go(reverse("temporary-doubt", kwargs={"task_id": task_id}))
        except (Refused, Conflict, NotAllowed) as error:
            said = error.message_vi
    seen, children = links.doubt(call.by, task_id)
    context = {
        "seen": seen,
        "children": children,
        "relation_vi": RELATIONS_VI[seen.carer_relation],
        "said": said,
        "note": note,
        "may_settle": call.by.may(Permission.TASK_SETTLE),
    }
    subjects = [
        (kind, key)
        for it in children
        for kind, key in (("dossier", it.dossier_id), ("person", it.id))
    ]
    return Show("staff/temporary_doubt.html", context, subjects=subjects, fields=_FIELDS)


def _decide(call: Call, task_id: int, note: str) -> None:
    if call.value("thao-tac") == "khong":
        links.none_of_these(task_id, note, by=call.by, at=call.at)
    elif call.value("thao-tac") == "bo-gan":
        seen, _ = links.doubt(call.by, task_id)
        links.untie(seen.id, seen.person_id or 0, note, by=call.by, at=call.at)
    else:
        links.tie(task_id, call.number("tre"), note, by=call.by, at=call.at)

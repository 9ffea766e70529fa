"""Approving cards in bulk (Duyệt thẻ): tick, approve, and read why a row was refused."""

from lienthong.accounts.permissions import Permission
from lienthong.cards import actions, queries
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import FIELDS, listing, refused_rows


@page(
    "can-bo/duyet-the/", name="approve", needs=Permission.CARD_APPROVE, reveals="person", posts=True
)
def approve(call: Call) -> Answer:
    """The list; after a form, what was done and what was refused stands above the list of what is left."""
    context: dict[str, object] = {}
    before = listing(call, queries.to_approve)
    after = before
    if call.is_post:
        card_ids = call.keys("the")
        if card_ids:
            outcome = actions.approve(card_ids, by=call.by, at=call.at)
            context["outcome"] = outcome
            context["refused"] = refused_rows(outcome, before.lines)
            after = listing(call, queries.to_approve, is_from_start=True)
        else:
            context["nothing_ticked"] = True
    context["listing"] = after
    subjects = sorted({*before.subjects, *after.subjects})
    return Show("staff/approve.html", context, subjects=subjects, fields=FIELDS)

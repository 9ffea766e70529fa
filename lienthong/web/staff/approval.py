"""Approving cards in bulk (Duyệt thẻ): tick, approve or approve and print, and read why a row was refused."""

from lienthong.accounts.permissions import Permission
from lienthong.cards import actions, desk, further, queries
from lienthong.catalogues import facilities
from lienthong.dossiers.lateness import Why
from lienthong.kernel.errors import Refused
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import (
    FIELDS,
    Listing,
    climbed_of,
    held_back,
    joined,
    listing,
    reasons_context,
    refused_rows,
    why_of,
)
from lienthong.web.staff.cardparts import Sides, sides_of


@page(
    "can-bo/duyet-the/", name="approve", needs=Permission.CARD_APPROVE, reveals="person", posts=True
)
def approve(call: Call) -> Answer:
    """The list; after a form, what was done and what was refused stands above the list of what is left."""
    context: dict[str, object] = reasons_context(call)
    before = listing(call, queries.TO_APPROVE)
    after = before
    if call.is_post:
        card_ids = call.keys("the")
        if card_ids:
            try:
                context |= {"why": Why()} | _approve(call, card_ids, before)
                after = listing(call, queries.TO_APPROVE, is_from_start=True)
            except Refused as error:
                context |= {"said": error.message_vi, "ticked": frozenset(card_ids)}
        else:
            context["nothing_ticked"] = True
    context |= {
        "listing": after,
        "climbed": climbed_of(call, after.lines),
        "further": _further(call, after),
    }
    subjects = sorted({*before.subjects, *after.subjects})
    return Show("staff/approve.html", context, subjects=subjects, fields=FIELDS)


def _approve(call: Call, card_ids: list[int], before: Listing) -> dict[str, object]:
    """Do what the form says: approve, or approve and print. What is late without a reason is held back, ticked."""
    gate = desk.explained(card_ids, why_of(call), by=call.by, at=call.at)
    context: dict[str, object] = {}
    if call.value("thao-tac") == "duyet-va-in":
        done = desk.approve_and_print(gate.done, by=call.by, at=call.at)
        outcome = joined(gate, done.approved)
        context |= {"desk": done, "ticked_count": len({*card_ids, *done.approved.done})}
    else:
        outcome = joined(gate, actions.approve(gate.done, by=call.by, at=call.at))
    return context | {
        "outcome": outcome,
        "refused": refused_rows(outcome, before.lines),
        "ticked": held_back(outcome),
    }


def _further(call: Call, shown: Listing) -> dict[int, Sides]:
    """Of the further cards in the list, by card: what changes, and the line of cover. Three statements at most."""
    ids = [line.id for line in shown.lines]
    lines = further.waiting(call.by, on=call.on, card_ids=ids, limit=len(ids)) if ids else []
    if not lines:
        return {}
    covers = further.lines_of(call.by, [it.person_id for it in lines])
    codes = {face.facility_code for it in lines for face in (it.old, it.new)}
    names = facilities.names_of(codes)
    return {it.id: sides_of(it, covers.get(it.person_id, ()), names, on=call.on) for it in lines}

"""Handing cards over (Trả thẻ): to whom, in what relation, for one card or a family's or school's many."""

from collections.abc import Sequence

from lienthong.accounts.permissions import Permission
from lienthong.cards import desk, printing, queries
from lienthong.dossiers.lateness import Why
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import (
    FIELDS,
    climbed_of,
    held_back,
    joined,
    listing,
    reasons_context,
    refused_rows,
    why_of,
)

RELATIONS = (
    "Cha",
    "Mẹ",
    "Ông, bà",
    "Người giám hộ",
    "Cán bộ xã, phường",
    "Nhân viên bưu điện",
    "Khác",
)


@page(
    "can-bo/tra-the/",
    name="hand-over",
    needs=Permission.CARD_HAND_OVER,
    reveals="person",
    posts=True,
)
def hand_over(call: Call) -> Answer:
    """The printed cards; the form records who received the ticked ones."""
    context: dict[str, object] = reasons_context(call) | {
        "relations": RELATIONS,
        "recipient": call.value("nguoi-nhan")[:200],
        "relation": call.value("quan-he")[:50],
    }
    before = listing(call, queries.TO_HAND_OVER)
    after = before
    card_ids = call.keys("the")
    if call.is_post and card_ids:
        try:
            gate = desk.explained(card_ids, why_of(call), by=call.by, at=call.at)
            outcome = joined(gate, _hand_over(call, gate.done))
            context |= {"outcome": outcome, "refused": refused_rows(outcome, before.lines)}
            # What is held back for a reason keeps its ticks, and the form what was typed.
            context["ticked"] = held_back(outcome)
            if not context["ticked"]:
                context |= {"recipient": "", "relation": "", "why": Why()}
            after = listing(call, queries.TO_HAND_OVER, is_from_start=True)
        except Refused as error:
            context |= {"said": error.message_vi, "ticked": frozenset(card_ids)}
    elif call.is_post:
        context["nothing_ticked"] = True
    context |= {"listing": after, "climbed": climbed_of(call, after.lines)}
    subjects = sorted({*before.subjects, *after.subjects})
    return Show("staff/hand_over.html", context, subjects=subjects, fields=FIELDS)


def _hand_over(call: Call, card_ids: Sequence[int]) -> Outcome:
    return printing.hand_over(
        card_ids,
        by=call.by,
        at=call.at,
        recipient=call.value("nguoi-nhan")[:200],
        relation=call.value("quan-he")[:50],
    )

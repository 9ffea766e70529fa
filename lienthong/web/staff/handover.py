"""Handing cards over (Trả thẻ): to whom, in what relation, for one card or a family's or school's many."""

from lienthong.accounts.permissions import Permission
from lienthong.cards import printing, queries
from lienthong.kernel.errors import Refused
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import FIELDS, listing, refused_rows

_RELATIONS = (
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
    context: dict[str, object] = {
        "relations": _RELATIONS,
        "recipient": call.value("nguoi-nhan")[:200],
        "relation": call.value("quan-he")[:50],
    }
    before = listing(call, queries.to_hand_over)
    after = before
    card_ids = call.keys("the")
    if call.is_post and card_ids:
        try:
            outcome = printing.hand_over(
                card_ids,
                by=call.by,
                at=call.at,
                recipient=str(context["recipient"]),
                relation=str(context["relation"]),
            )
            context |= {"outcome": outcome, "refused": refused_rows(outcome, before.lines)}
            context |= {"recipient": "", "relation": ""}
            after = listing(call, queries.to_hand_over, is_from_start=True)
        except Refused as error:
            context |= {"said": error.message_vi, "ticked": frozenset(card_ids)}
    elif call.is_post:
        context["nothing_ticked"] = True
    context["listing"] = after
    subjects = sorted({*before.subjects, *after.subjects})
    return Show("staff/hand_over.html", context, subjects=subjects, fields=FIELDS)

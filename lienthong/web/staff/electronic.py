"""Electronic cards (Giao thẻ điện tử): hand many over at once; for one card, its link, its QR, paper on request."""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import links, paper, printing, queries
from lienthong.cards.queries import CardLine
from lienthong.kernel.errors import NotFound, Refused
from lienthong.law.card_forms import paper_grounds
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.qr import qr_address
from lienthong.web.staff.cardlists import FIELDS, listing, refused_rows
from lienthong.web.staff.handover import RELATIONS

_NAME_LENGTH, _RELATION_LENGTH = 200, 50


@dataclass(frozen=True, slots=True)
class Choice:
    """One ground of the day as the form offers it."""

    value: str
    label_vi: str


def grounds(call: Call) -> list[Choice]:
    """The grounds on which paper may be asked for today, the usual one first."""
    open_today = paper_grounds(on=call.on)
    return [Choice(str(it), name) for it, name in paper.GROUNDS_VI.items() if it in open_today]


def wish(call: Call) -> paper.Wish:
    """The request for paper that a form holds."""
    return paper.Wish(
        call.value("can-cu")[:_RELATION_LENGTH],
        call.value("nguoi-de-nghi")[:_NAME_LENGTH],
        call.value("quan-he-de-nghi")[:_RELATION_LENGTH],
    )


@page(
    "can-bo/the-dien-tu/",
    name="electronic-cards",
    needs=Permission.CARD_HAND_OVER,
    reveals="person",
    posts=True,
)
def electronic_cards(call: Call) -> Answer:
    """The approved cards; the form records who received the ticked ones electronically."""
    context: dict[str, object] = _received(call)
    before = listing(call, queries.TO_HAND_OVER_ELECTRONICALLY)
    after = before
    card_ids = call.keys("the")
    if call.is_post and card_ids:
        try:
            outcome = printing.hand_over_electronically(
                card_ids,
                by=call.by,
                at=call.at,
                recipient=str(context["recipient"]),
                relation=str(context["relation"]),
            )
            done = frozenset(outcome.done)
            context |= {"outcome": outcome, "refused": refused_rows(outcome, before.lines)}
            context |= {"handed": [line for line in before.lines if line.id in done]}
            context |= {"recipient": "", "relation": ""}
            after = listing(call, queries.TO_HAND_OVER_ELECTRONICALLY, is_from_start=True)
        except Refused as error:
            context |= {"said": error.message_vi, "ticked": frozenset(card_ids)}
    elif call.is_post:
        context["nothing_ticked"] = True
    context["listing"] = after
    subjects = sorted({*before.subjects, *after.subjects})
    return Show("staff/electronic_cards.html", context, subjects=subjects, fields=FIELDS)


@page(
    "can-bo/the-dien-tu/<int:card_id>/",
    name="electronic-card",
    needs=Permission.CARD_HAND_OVER,
    reveals="person",
    posts=True,
)
def electronic_card(call: Call, card_id: int) -> Answer:
    """One card: hand it over, make or revoke its links, record that paper was asked for."""
    _card(call, card_id)
    context: dict[str, object] = {**_received(call), "typed": wish(call)}
    if call.is_post:
        try:
            context |= _done(call, card_id)
        except Refused as error:
            context |= {"said": error.message_vi, "field": error.field}
    card = _card(call, card_id)
    context |= {
        "card": card,
        "id_beside": card.id_beside(call.on),
        "links": links.links_of(card_id, by=call.by),
        "grounds": grounds(call),
        "is_waiting": card.dossier_state == "APPROVED" and not card.paper_ground,
        "may_ask_paper": not card.paper_ground and not card.print_count,
    }
    subjects = [("card", card_id)]
    return Show("staff/electronic_card.html", context, subjects=subjects, fields=FIELDS)


def _received(call: Call) -> dict[str, object]:
    return {
        "relations": RELATIONS,
        "recipient": call.value("nguoi-nhan")[:_NAME_LENGTH],
        "relation": call.value("quan-he")[:_RELATION_LENGTH],
    }


def _card(call: Call, card_id: int) -> CardLine:
    found = queries.one(call.by, card_id, on=call.on)
    if found is None or found.status in {"requested", "cancelled"}:
        raise NotFound("Không tìm thấy thẻ.")
    return found


def _done(call: Call, card_id: int) -> dict[str, object]:
    """Do what the pressed button says; what the page tells about it."""
    act = call.value("thao-tac")
    if act == "lien-ket":
        made = links.make_link(card_id, by=call.by, at=call.at)
        address = reverse("card-of-link", kwargs={"token": made.token})
        url = call.request.build_absolute_uri(address)
        return {"made": made, "url": url, "qr": qr_address(url)}
    if act == "thu-hoi":
        links.revoke_link(call.number("lien-ket"), by=call.by, at=call.at)
        return {"done_vi": "Đã thu hồi liên kết. Ai mở lại sẽ không xem được thẻ."}
    if act == "giao":
        outcome = printing.hand_over_electronically(
            [card_id],
            by=call.by,
            at=call.at,
            recipient=call.value("nguoi-nhan")[:_NAME_LENGTH],
            relation=call.value("quan-he")[:_RELATION_LENGTH],
        )
        done_vi = "Đã ghi giao thẻ điện tử. Hồ sơ đã hoàn thành."
    else:
        outcome = paper.ask_for_paper([card_id], wish(call), by=call.by, at=call.at)
        done_vi = "Đã ghi đề nghị cấp thẻ giấy. Thẻ nằm trong danh sách in."
    if outcome.refused:
        raise Refused(outcome.refused[0].message_vi)
    return {"done_vi": done_vi}

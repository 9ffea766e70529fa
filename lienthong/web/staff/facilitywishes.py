"""A facility that a family chose and could not have, and that is there now: ask the family, then exchange or leave it."""

from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import wishes
from lienthong.kernel.errors import Conflict, Refused
from lienthong.law.exchange import Ground
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_MOST_NOTE = 500
_FIELDS = ("child_name", "birth_date")


@page(
    "can-bo/co-so-kcb/nguyen-vong/<int:task_id>/",
    name="facility-offer",
    needs=Permission.TASK_VIEW,
    reveals="person",
    posts=True,
)
def facility_offer(call: Call, task_id: int) -> Answer:
    """What the card says beside what the family chose; the way to an exchange, and the form for leaving it."""
    offer = wishes.offer(call.by, task_id, on=call.on)
    said = ""
    if call.is_post:
        try:
            note = call.value("ghi-chu")[:_MOST_NOTE]
            wishes.decline(task_id, note=note, by=call.by, at=call.at)
            return Go(reverse("facility-offer", kwargs={"task_id": task_id}))
        except (Refused, Conflict) as error:
            said = error.message_vi
    exchange_url = ""
    if offer.is_exchangeable and call.by.may(Permission.CARD_EXCHANGE):
        asked = {"ly-do": str(Ground.FACILITY), "co-so": offer.wished_code}
        address = reverse("exchange", kwargs={"card_id": offer.card_id})
        exchange_url = f"{address}?{urlencode(asked)}"
    context = {
        "offer": offer,
        "said": said,
        "note": call.value("ghi-chu")[:_MOST_NOTE] if said else "",
        "exchange_url": exchange_url,
        "may_settle": call.by.may(Permission.TASK_SETTLE),
        "may_exchange": call.by.may(Permission.CARD_EXCHANGE),
    }
    subjects = [("dossier", offer.dossier_id)]
    return Show("staff/facility_offer.html", context, subjects=subjects, fields=_FIELDS)

"""An old number of a person: where it was seen, and its withdrawal when it was noted by mistake."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.errors import Conflict, Refused
from lienthong.persons import numbers
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_FIELDS = ("full_name", "birth_date", "insurance_number")


@page(
    "can-bo/ma-so/so-cu/<int:old_id>/",
    name="old-number",
    needs=Permission.NUMBER_REPAIR,
    reveals="person",
    posts=True,
)
def old_number(call: Call, old_id: int) -> Answer:
    """One old number; withdrawn, it leads to nobody, and stays to be read here."""
    note, said, field = call.value("ly-do")[: numbers.MOST_NOTE], "", ""
    if call.is_post:
        try:
            numbers.withdraw_old(old_id, note, by=call.by, at=call.at)
            return Go(reverse("old-number", kwargs={"old_id": old_id}) + "?xong=bo")
        except (Refused, Conflict) as error:
            said, field = error.message_vi, getattr(error, "field", "")
    found = numbers.old_number(call.by, old_id)
    context = {
        "old": found,
        "people": people(call, [found.noted_by, found.withdrawn_by]),
        "note": note,
        "said": said,
        "field": field,
        "most": numbers.MOST_NOTE,
        "is_done": not call.is_post and call.value("xong") == "bo" and found.is_withdrawn,
    }
    subjects = [("person", found.person_id)]
    return Show("staff/old_number.html", context, subjects=subjects, fields=_FIELDS)

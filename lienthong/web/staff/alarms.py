"""Alarms (Cảnh báo): what a person must look at now, since when, what to do; and the promises that are watched."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.actor import Actor
from lienthong.oversight import alarmdesk
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import PAGES, Call, page


@page("can-bo/canh-bao/", name="alarms", needs=Permission.ALARM_VIEW, posts=True)
def alarms(call: Call) -> Answer:
    """What stands; the form closes alarms that nothing else closes."""
    if call.is_post:
        alarmdesk.close(call.value("ten"), by=call.by, at=call.at)
        return Go(reverse("alarms"))
    desk = alarmdesk.desk(call.by, at=call.at)
    context = {
        "desk": desk,
        "at": call.at,
        "lines": [(line, _address(line.advice.page, call.by)) for line in desk.standing],
        "may_close": call.by.may(Permission.ALARM_CLOSE),
    }
    return Show("staff/alarms.html", context)


def _address(name: str, by: Actor) -> str:
    """Where the page is, for whoever may open it."""
    needs = next((entry.needs for entry in PAGES if entry.name == name), None)
    return reverse(name) if needs is not None and by.may(needs) else ""

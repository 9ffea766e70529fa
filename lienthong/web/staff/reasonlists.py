"""Danh mục lý do: the reasons that replies and declarations may give, which the centre adds and ends. No person."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, Refused
from lienthong.oversight import reasonlists
from lienthong.oversight.reasonlists import LISTS_VI
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_DONE_VI = {"them": "Đã thêm lý do.", "dung": "Đã đặt ngày dừng."}


@page("can-bo/cong-van/ly-do/", name="reason-lists", needs=Permission.DIRECTIVE_ISSUE, posts=True)
def reason_lists(call: Call) -> Answer:
    """Every list with what it offers today, what it will and what it did; a form to add, one to end."""
    said: Refused | Conflict | None = None
    if call.is_post:
        try:
            return _act(call)
        except (Refused, Conflict) as error:
            said = error
    context = {
        "lists": [
            (name, LISTS_VI[name], [(it, it.is_given(call.on), it.may_end(call.on)) for it in rows])
            for name, rows in reasonlists.listed().items()
        ],
        "names": LISTS_VI,
        "typed": {name: call.value(name)[:200] for name in ("danh-muc", "ly-do", "tu-ngay")},
        "longest": reasonlists.LONGEST,
        "said": said,
        "done_vi": "" if call.is_post else _DONE_VI.get(call.value("xong"), ""),
        "on": call.on,
    }
    return Show("staff/reason_lists.html", context)


def _act(call: Call) -> Go:
    by, at, deed = call.by, call.at, call.value("thao-tac")
    if deed == "dung":
        reasonlists.end(call.number("ma"), _day(call.value("den-ngay")), by=by, at=at)
    elif deed == "them":
        first = _day(call.value("tu-ngay"))
        reasonlists.add(call.value("danh-muc"), call.value("ly-do"), first, by=by, at=at)
    else:
        raise Refused("Chưa chọn thao tác.", code="DEED")
    return Go(f"{reverse('reason-lists')}?{urlencode({'xong': deed})}")


def _day(text: str) -> date:
    try:
        return parse_iso_date(text)
    except ValueError:
        raise Refused("Ngày không hợp lệ.", code="E-DATE", field="ngay") from None

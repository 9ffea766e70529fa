"""Đại lý thu: the agencies of a unit or a province, the communes they work in, and their people's accounts."""

from django.urls import reverse

from lienthong.accounts import agencies
from lienthong.accounts.agencies import AgentSecret, NewAgent
from lienthong.accounts.permissions import Permission
from lienthong.catalogues import divisions
from lienthong.kernel.errors import Conflict, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page


@page("can-bo/dai-ly/quan-ly/", name="agencies", needs=Permission.AGENCY_MANAGE, posts=True)
def listed(call: Call) -> Answer:
    """The agencies within reach, and the form for a new one."""
    typed = {name: call.value(name)[:200] for name in ("ma", "ten", "don-vi")}
    said, field = "", ""
    if call.is_post:
        try:
            made = agencies.open_agency(
                typed["ma"], typed["ten"], typed["don-vi"], by=call.by, at=call.at
            )
            return Go(reverse("agency", kwargs={"agency_id": made}))
        except Refused as error:
            said, field = error.message_vi, error.field
    context = {
        "rows": agencies.agencies(call.by),
        "typed": typed,
        "said": said,
        "field": field,
        "own_unit": call.by.unit_code,
    }
    return Show("staff/agencies.html", context)


@page(
    "can-bo/dai-ly/quan-ly/<int:agency_id>/",
    name="agency",
    needs=Permission.AGENCY_MANAGE,
    posts=True,
)
def one(call: Call, agency_id: int) -> Answer:
    """One agency: its name, its communes, its people; a new password is shown this once."""
    said, field = "", ""
    if call.is_post:
        try:
            secret = _act(call, agency_id)
            if secret is not None:
                return Show("staff/agency_secret.html", {"secret": secret, "agency_id": agency_id})
            return Go(reverse("agency", kwargs={"agency_id": agency_id}))
        except (Refused, Conflict) as error:
            said, field = error.message_vi, error.field
    line = agencies.agency(call.by, agency_id)
    names = divisions.names_on(line.communes, call.on)
    typed = ("xa", "ten-dang-nhap", "ho-ten", "so-dinh-danh")
    context = {
        "agency": line,
        "communes": [(it, names.get(it, "")) for it in line.communes],
        "agents": agencies.agents(call.by, agency_id),
        "said": said,
        "field": field,
        "typed": {name: call.value(name)[:200] if said else "" for name in typed},
    }
    return Show("staff/agency.html", context)


def _act(call: Call, agency_id: int) -> AgentSecret | None:
    by, at = call.by, call.at
    match call.value("thao-tac"):
        case "them-xa":
            agencies.add_commune(agency_id, call.value("xa"), by=by, at=at)
        case "thoi-xa":
            agencies.end_commune(agency_id, call.value("xa"), by=by, at=at)
        case "cap-tai-khoan":
            new = NewAgent(
                call.value("ten-dang-nhap"), call.value("ho-ten"), call.value("so-dinh-danh")
            )
            return agencies.give_account(agency_id, new, by=by, at=at)
        case "ngung-tai-khoan":
            agencies.end_account(call.number("nhan-vien"), by=by, at=at)
        case "dong" | "mo" as what:
            line = agencies.agency(by, agency_id)
            agencies.change(agency_id, line.name, is_active=what == "mo", by=by, at=at)
        case _:
            raise Refused("Hãy chọn việc cần làm.", code="ACT", field="thao-tac")
    return None

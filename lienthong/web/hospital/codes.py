"""Temporary codes at the counter: give one out, print the slip, and see what became of the facility's own."""

import base64
from datetime import date, timedelta

import zxingcpp
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import temporary
from lienthong.cards.lookup import Verdict
from lienthong.cards.temporary import RELATIONS_VI, Given, Newborn, Relation, Sex
from lienthong.catalogues import contacts
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import NotFound, Refused, Unavailable
from lienthong.web.hospital.desk import Visit, desk_page, need_open
from lienthong.web.hospital.lookup import birth_date
from lienthong.web.qr import qr_address

_DAYS_SHOWN = 14
_MOST_DAYS = 90
_SEXES: dict[str, Sex] = {"male": "male", "female": "female", "undetermined": "undetermined"}
_RELATIONS: dict[str, Relation] = {
    "mother": "mother",
    "father": "father",
    "guardian": "guardian",
    "facility": "facility",
}
_NAMES = (
    "ngay-sinh",
    "gioi-tinh",
    "quan-he",
    "nguoi-dung-ten",
    "ho-ten",
    "dinh-danh-me",
    "giay-chung-sinh",
    "dia-chi",
    "tinh",
    "thu-tu",
    "vao-vien",
    "ra-vien",
)
_FIELD_OF = {
    "born_on": "ngay-sinh",
    "admitted_on": "vao-vien",
    "discharged_on": "ra-vien",
    "carer_name": "nguoi-dung-ten",
    "province_code": "tinh",
    "mother_personal_id": "dinh-danh-me",
    "birth_order": "thu-tu",
    "full_name": "ho-ten",
    "birth_notice_code": "giay-chung-sinh",
    "address": "dia-chi",
}
_STATES_VI = {
    "waiting": "Chờ khai sinh",
    "registered": "Đã khai sinh, thẻ đang được cấp",
    "card": "Đã có thẻ",
}


@desk_page(
    "co-so/ma-the-tam/moi/",
    name="hospital-code-new",
    needs=Permission.TEMPORARY_CODE_ISSUE,
    reveals="person",
    posts=True,
)
def give(visit: Visit) -> HttpResponseBase:
    """The form; sent twice, it leads to the same slip."""
    typed = {name: visit.value(name) for name in _NAMES}
    context: dict[str, object] = {}
    if visit.is_post:
        try:
            given = temporary.give(
                visit.clerk.asker, _newborn(typed), at=visit.at, request_id=visit.request_id
            )
            return _to_slip(given)
        except Refused as error:
            context = {
                "error_vi": error.message_vi,
                "error_field": _FIELD_OF.get(error.field, error.field),
            }
    else:
        typed |= {"vao-vien": visit.on.isoformat(), "quan-he": "mother", "thu-tu": "1"}
        typed["tinh"] = visit.clerk.facility_code[:2]
    provinces = [(it.province_code, it.province_name) for it in contacts.public_contacts(visit.on)]
    context |= {
        "typed": typed,
        "provinces": provinces,
        "relations": RELATIONS_VI.items(),
        "orders": [str(order) for order in range(1, temporary.MOST_BIRTH_ORDER + 1)],
        "today": visit.on,
        "here": "new",
    }
    return visit.show("hospital/code_new.html", context, status=422 if visit.is_post else 200)


def _to_slip(given: Given) -> HttpResponse:
    if given.verdict == Verdict.OVER_LIMIT:
        raise Unavailable(
            "Cơ sở đã lấy quá nhiều mã thẻ tạm mới trong ngày; mã đã cấp vẫn dùng được.",
            code=given.verdict,
        )
    if given.verdict == Verdict.BAD_PROVINCE:
        raise Refused("Hãy chọn tỉnh, thành phố nơi mẹ cư trú.", field="tinh")
    need_open(given.verdict)
    address = reverse("hospital-code", kwargs={"code": given.code})
    return HttpResponse(
        status=303, headers={"Location": address + ("" if given.is_new else "?da-co=1")}
    )


@desk_page(
    "co-so/ma-the-tam/<str:code>/",
    name="hospital-code",
    needs=Permission.TEMPORARY_CODE_ISSUE,
    reveals="person",
)
def slip(visit: Visit, code: str) -> HttpResponseBase:
    """One code with its bars and QR, to print; and the card that it leads to."""
    found = temporary.own_code(visit.clerk.asker, code or "-", request_id=visit.request_id)
    need_open(found.verdict)
    if not found.lines:
        raise NotFound("Cơ sở không cấp mã thẻ tạm này.", code="NOT_FOUND")
    (line,) = found.lines
    context = {
        "line": line,
        "state_vi": _STATES_VI[line.state],
        "relation_vi": RELATIONS_VI[line.carer_relation],
        "facility": f"{line.code[3:5]}000",
        "qr": qr_address(line.code),
        "bars": _bars(line.code),
        "had_it": visit.value("da-co") == "1",
        "here": "codes",
    }
    return visit.show("hospital/code.html", context)


@desk_page(
    "co-so/ma-the-tam/",
    name="hospital-codes",
    needs=Permission.TEMPORARY_CODE_ISSUE,
    reveals="person",
)
def own(visit: Visit) -> HttpResponseBase:
    """The facility's codes of the last days, the latest first."""
    text = visit.value("ngay")
    days = min(int(text), _MOST_DAYS) if text.isascii() and text.isdigit() and text else _DAYS_SHOWN
    since = visit.at - timedelta(days=max(days, 1))
    found = temporary.own_codes(visit.clerk.asker, since, request_id=visit.request_id)
    need_open(found.verdict)
    context = {
        "rows": [(line, _STATES_VI[line.state]) for line in found.lines],
        "days": max(days, 1),
        "choices": (1, 7, _DAYS_SHOWN, 30, _MOST_DAYS),
        "here": "codes",
    }
    return visit.show("hospital/codes.html", context)


def _newborn(typed: dict[str, str]) -> Newborn:
    born = birth_date(typed["ngay-sinh"])
    if not born.day:
        raise Refused("Ngày sinh phải đủ ngày, tháng, năm.", field="ngay-sinh")
    if typed["gioi-tinh"] not in _SEXES:
        raise Refused("Hãy chọn giới tính.", field="gioi-tinh")
    if typed["quan-he"] not in _RELATIONS:
        raise Refused("Hãy chọn người đứng tên.", field="quan-he")
    order = typed["thu-tu"]
    return Newborn(
        born_on=date(born.year, born.month, born.day),
        sex=_SEXES[typed["gioi-tinh"]],
        carer_relation=_RELATIONS[typed["quan-he"]],
        carer_name=typed["nguoi-dung-ten"],
        full_name=typed["ho-ten"],
        mother_personal_id=typed["dinh-danh-me"],
        birth_notice_code=typed["giay-chung-sinh"],
        address=typed["dia-chi"],
        province_code=typed["tinh"],
        birth_order=int(order) if order.isascii() and order.isdigit() else 0,
        admitted_on=_day(typed["vao-vien"], "vao-vien"),
        discharged_on=_day(typed["ra-vien"], "ra-vien"),
    )


def _day(text: str, field: str) -> date | None:
    try:
        return parse_iso_date(text) if text else None
    except ValueError as error:
        raise Refused("Ngày không đúng.", field=field) from error


def _bars(text: str) -> str:
    """The address of a Code 128 picture, which every counter's reader knows."""
    svg = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128).to_svg()
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()

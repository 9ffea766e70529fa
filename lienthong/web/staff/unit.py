"""One card unit: what it is, where it works on a day, every declaration of it; rename it, give it places, end them."""

from datetime import date

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import declaring
from lienthong.catalogues import queries as catalogues
from lienthong.catalogues.places import Places
from lienthong.catalogues.queries import DeclarationLine, UnitLine
from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import NotFound, Refused
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.declarations import day_of, days_of, need_declare, workplace


@page("can-bo/don-vi/<str:unit_code>/", name="unit", needs=Permission.CATALOGUE_VIEW, posts=True)
def unit(call: Call, unit_code: str) -> Answer:
    """The unit on a day. After a form, what was done or why not stands on top."""
    found = catalogues.unit(call.by, unit_code)
    day = day_of(call, "ngay") or call.on
    context: dict[str, object] = {}
    if call.is_post:
        need_declare(call)
        try:
            context["done_vi"] = _save(call, found)
        except (Refused, NotFound) as error:
            context["said"] = error.message_vi
        found = catalogues.unit(call.by, unit_code)
    declared = catalogues.declarations(call.by, unit_code=unit_code)
    present, others = _by_day(declared, day)
    names = {it.code: it.name for it in catalogues.provinces(call.by, on=day)}
    context |= {
        "unit": found,
        "province_name": names.get(found.province_code, f"mã {found.province_code}"),
        "day": day,
        "on": call.on,
        "present": present,
        "others": others,
        "may_declare": call.by.may(Permission.UNIT_DECLARE)
        and declaring.may_declare_in(call.by, found.province_code),
        "address": reverse("unit", kwargs={"unit_code": unit_code}),
    }
    return Show("staff/unit.html", context)


def _by_day(
    declared: list[DeclarationLine], day: date
) -> tuple[list[DeclarationLine], list[DeclarationLine]]:
    """Those that count on the day; then the rest, the latest first."""
    present = [it for it in declared if it.counted and day in it.counted]
    keys = {it.id for it in present}
    others = [it for it in declared if it.id not in keys]
    return present, sorted(others, key=lambda it: it.valid_from, reverse=True)


def _save(call: Call, found: UnitLine) -> str:
    """Do what the form says; a sentence that tells so."""
    deed = call.value("thao-tac")
    if deed == "ten":
        name, agency = call.value("ten"), call.value("ma-co-quan")
        declaring.rename_unit(found.code, name=name, agency_code=agency, by=call.by, at=call.at)
        return "Đã ghi tên và mã cơ quan của đơn vị."
    if deed == "ket-thuc":
        last = day_of(call, "ngay-cuoi")
        if last is None or not call.keys("khai-bao"):
            raise Refused("Hãy đánh dấu ít nhất một địa bàn và chọn ngày cuối.", code="E-EMPTY")
        count = declaring.end(call.keys("khai-bao"), last, by=call.by, at=call.at)
        return f"Đã ghi {count} địa bàn kết thúc vào hết ngày {day_first(last)}."
    code, valid = call.value("ma-xa"), days_of(call)
    place = Places.of({code}).on(code, valid.start)
    if place is None:
        raise Refused(
            f"Mã «{code}» không có trong danh mục hành chính ngày {day_first(valid.start)}.",
            code="E-DIVISION",
            field="ma-xa",
        )
    new = workplace(code, found.code, place, valid)
    declaring.declare(new, by=call.by, at=call.at)
    return f"Đã khai báo {place.name} ({code}) cho đơn vị từ {day_first(valid.start)}."

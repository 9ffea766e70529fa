"""The place that figures are asked for: its name, what stands below it, and the way back to the wider one."""

from dataclasses import dataclass
from datetime import date

from lienthong.catalogues import queries as catalogues
from lienthong.catalogues.places import Places
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotFound
from lienthong.reports.places import NOWHERE_VI
from lienthong.web.page import Call
from lienthong.web.staff.asked import Asked, is_unit

_PROVINCE_LENGTH = 2
PLACES_VI = {
    "country": "Cả nước",
    "province": "Các tỉnh, thành phố",
    "district": "Các huyện",
    "unit": "Các đơn vị cấp thẻ",
    "commune": "Các xã, phường",
}
PLACE_HEADS_VI = {
    "country": "Địa bàn",
    "province": "Tỉnh, thành phố",
    "district": "Huyện",
    "unit": "Đơn vị cấp thẻ",
    "commune": "Xã, phường",
}


@dataclass(frozen=True, slots=True)
class Area:
    """The country, a province or a unit. `below` is the level of its parts; `wider_url` is '' at the officer's own."""

    name: str
    level: str
    below: str
    wider_url: str = ""
    wider_vi: str = ""


def area_of(call: Call, found: Asked) -> Area:
    """The area of `found.within`. Raises NotFound for a code that nobody has. One or two queries."""
    on = vietnam_date(found.as_of)
    if not found.within:
        return Area("Cả nước", "country", "province")
    if is_unit(found.within):
        unit = catalogues.unit(call.by, found.within)
        if call.by.unit_code:
            return Area(unit.name, "unit", "commune")
        wider = found.query(trong=unit.province_code, cap="")
        return Area(
            unit.name, "unit", "commune", f"?{wider}", _province(call, unit.province_code, on)
        )
    name = _province(call, found.within, on)
    if not call.by.everywhere:
        return Area(name, "province", "unit")
    return Area(name, "province", "unit", f"?{found.query(trong='', cap='')}", "Cả nước")


def name_of(call: Call, found: Asked, code: str) -> str:
    """What a row's code is called on the day of the figures; '' for the whole area. At most one query."""
    if not code:
        return ""
    on = vietnam_date(found.as_of)
    if not code.strip("0"):
        return NOWHERE_VI
    if code.startswith("-"):
        return f"{_province(call, code[1:], on)}: {NOWHERE_VI.lower()}"
    if code.isdigit() and len(code) == _PROVINCE_LENGTH:
        return _province(call, code, on)
    if code.isdigit():
        place = Places.of({code}).on(code, on)
        return place.name if place else f"Mã {code}"
    return catalogues.unit(call.by, code).name


def _province(call: Call, code: str, on: date) -> str:
    names = {it.code: it.name for it in catalogues.provinces(call.by, on=on)}
    if code not in names:
        raise NotFound("Không có tỉnh, thành phố này trong danh mục của ngày lấy số liệu.")
    return names[code]

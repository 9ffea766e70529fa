"""The place that figures are asked for: its name, what stands below it, and the way back to the wider one."""

from dataclasses import dataclass

from lienthong.catalogues import queries as catalogues
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotFound
from lienthong.web.page import Call
from lienthong.web.staff.asked import Asked, is_unit

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


def _province(call: Call, code: str, on: object) -> str:
    names = {it.code: it.name for it in catalogues.provinces(call.by, on=on)}
    if code not in names:
        raise NotFound("Không có tỉnh, thành phố này trong danh mục của ngày lấy số liệu.")
    return names[code]

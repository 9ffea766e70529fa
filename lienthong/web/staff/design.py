"""The parts the pages are made of, on one page. Not served in production."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from lienthong.accounts.permissions import Permission
from lienthong.cards.samples import sample_pdf
from lienthong.kernel.errors import NotFound
from lienthong.web.answers import Answer, File, Show
from lienthong.web.page import Call, page
from lienthong.web.staff import charts

_TONES = (
    ("ink", "Chữ chính"),
    ("ink-soft", "Chữ phụ"),
    ("accent", "Liên kết, nút chính"),
    ("accent-soft", "Nền dòng được chọn"),
    ("late", "Quá hạn, từ chối"),
    ("soon", "Sắp đến hạn"),
    ("good", "Đã xong"),
    ("line", "Đường kẻ"),
    ("ground", "Nền trang"),
)


@dataclass(frozen=True, slots=True)
class _Sample:
    due_on: object
    is_late: bool


@page("can-bo/thiet-ke/", name="design", needs=Permission.HOME_VIEW)
def design(call: Call) -> Answer:
    """Colours, type, buttons, forms, notices, clocks and rows, as the other pages use them."""
    if settings.PRODUCTION:
        raise NotFound("")
    clocks = [
        _Sample(call.on - timedelta(days=2), is_late=True),
        _Sample(call.on, is_late=False),
        _Sample(call.on + timedelta(days=1), is_late=False),
        _Sample(call.on + timedelta(days=4), is_late=False),
    ]
    context = {"tones": _TONES, "clocks": clocks, "on": call.on, "charts": _charts()}
    return Show("staff/design.html", context)


def _charts() -> list[str]:
    months = [f"T{month}" for month in range(1, 7)]
    received = charts.Series("Đã nhận", [120, 140, 135, 160, 155, 170])
    issued = charts.Series("Đã cấp thẻ", [118, 131, 135, 150, 149, 121])
    ages = charts.Series("Hồ sơ", [24, 8, 17, 81])
    return [
        charts.lines("Đường theo tháng", months, [received, issued]),
        charts.bars("Cột", ["≤ 1", "2–3", "4–5", "> 5"], [ages]),
        charts.bars("Cột chồng", months, [issued, received]),
    ]


@page("can-bo/thiet-ke/mau-the/", name="design-cards", needs=Permission.HOME_VIEW)
def design_cards(call: Call) -> Answer:
    """Fictional cards on both forms, side by side, as the printer gets them."""
    if settings.PRODUCTION:
        raise NotFound("")
    return File(sample_pdf(at=call.at), "mau-the.pdf", "application/pdf")

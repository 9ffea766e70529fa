"""The trend of an area: what was received each month or week and how much of it has its card, as chart and table. No child."""

from lienthong.reports import trends
from lienthong.reports.counting import Question
from lienthong.reports.trends import Slot, Step
from lienthong.web.page import Call
from lienthong.web.staff import charts
from lienthong.web.staff.asked import Asked
from lienthong.web.staff.charts import Series, number_vi
from lienthong.web.staff.reportcells import DEFAULT_FORM, Cell, Row, list_url

_COLUMNS = {
    "received": "Đã nhận",
    "issued": "Đã cấp thẻ",
    "backlog": "Tồn đọng",
    "late_open": "Quá hạn",
}
_DRAWN = ("received", "issued")
_LONGEST_BY_WEEK = 120
"""Days: a longer period is shown by month."""


def trend(call: Call, found: Asked) -> dict[str, object]:
    """The chart, its table, and what a slot is called. One statement."""
    step: Step = "week" if (found.last - found.first).days <= _LONGEST_BY_WEEK else "month"
    question = Question(found.first, found.last, found.as_of, "country", found.within)
    slots = trends.trend(call.by, question, step, tuple(_COLUMNS))
    drawn = [Series(_COLUMNS[key], [it.figures[key] for it in slots]) for key in _DRAWN]
    unit_vi = "tuần" if step == "week" else "tháng"
    labels = [_label(it, step, slots) for it in slots]
    return {
        "trend_unit_vi": unit_vi,
        "trend_chart": charts.lines(f"Hồ sơ nhận từng {unit_vi} và số đã cấp thẻ", labels, drawn),
        "trend_heads": list(_COLUMNS.values()),
        "trend_rows": [_row(found, it, step) for it in slots],
    }


def _label(slot: Slot, step: Step, slots: list[Slot]) -> str:
    """Short enough for the axis; every other week says nothing when there are many."""
    if step == "month":
        return f"T{slot.first.month}"
    at = slots.index(slot)
    return (
        f"{slot.first.day}/{slot.first.month}"
        if len(slots) - at - 1 == (len(slots) - at - 1) // 3 * 3
        else ""
    )


def _row(found: Asked, slot: Slot, step: Step) -> Row:
    whole = f"{slot.first.month:02}/{slot.first.year}"
    name = whole if step == "month" else f"{slot.first:%d/%m} – {slot.last:%d/%m/%Y}"
    cells = []
    for key, label in _COLUMNS.items():
        count = slot.figures[key]
        url = list_url(found.of_days(slot.first, slot.last), DEFAULT_FORM, key, found.within)
        cells.append(Cell(label, number_vi(count), url if count else ""))
    return Row(name, "", cells)

"""The trend of an area: what was received in each month and how much of it has its card, as chart and table. No child."""

from lienthong.reports import trends
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
_STEPS_VI = {Step.WEEK: "tuần", Step.MONTH: "tháng", Step.QUARTER: "quý", Step.YEAR: "năm"}
_WEEKS_LABELLED = 3


def trend(call: Call, found: Asked) -> dict[str, object]:
    """The chart, its table, and what a slot is called; without the slots before the first that has a record."""
    step, slots = trends.trend(call.by, found.period, found.as_of, found.within)
    begun = next((at for at, it in enumerate(slots) if it.figures["received"]), 0)
    slots = slots[begun:]
    drawn = [Series(_COLUMNS[key], [it.figures[key] for it in slots]) for key in _DRAWN]
    unit_vi = _STEPS_VI[step]
    return {
        "trend_unit_vi": unit_vi,
        "trend_chart": charts.lines(
            f"Hồ sơ nhận từng {unit_vi} và số đã cấp thẻ", _labels(slots, step), drawn
        ),
        "trend_heads": list(_COLUMNS.values()),
        "trend_rows": [_row(found, it, step) for it in slots],
    }


def _labels(slots: list[Slot], step: Step) -> list[str]:
    """Short enough for the axis; of many weeks every third has a word, the last one among them."""
    if step is Step.WEEK:
        left = len(slots) - 1
        return [
            f"{it.first.day}/{it.first.month}" if (left - at) % _WEEKS_LABELLED == 0 else ""
            for at, it in enumerate(slots)
        ]
    return [_name(it, step).removesuffix(f"/{it.first.year}") for it in slots]


def _name(slot: Slot, step: Step) -> str:
    year = slot.first.year
    if step is Step.WEEK:
        return f"{slot.first:%d/%m} – {slot.last:%d/%m/%Y}"
    if step is Step.MONTH:
        return f"T{slot.first.month}/{year}"
    return f"Q{-(-slot.first.month // 3)}/{year}" if step is Step.QUARTER else str(year)


def _row(found: Asked, slot: Slot, step: Step) -> Row:
    asked = found.of_days(slot.first, slot.last)
    cells = []
    for key, label in _COLUMNS.items():
        count = slot.figures[key]
        url = list_url(asked, DEFAULT_FORM, key, "") if count else ""
        cells.append(Cell(label, number_vi(count), url))
    return Row(_name(slot, step), "", cells)

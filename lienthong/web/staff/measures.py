"""What a director looks at: a few measures over a row of Phụ lục 1, each with its words, its unit and what is good.

The row's figures and their definitions are the form's (`reports.forms`); here they are only divided by each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lienthong.web.staff.charts import number_vi

Figures = Mapping[str, int | float | None]
GOOD, WATCH, POOR, NONE = "good", "watch", "poor", "none"
STATES_VI: Final = {
    GOOD: "đạt",
    WATCH: "cần theo dõi",
    POOR: "cần xử lý",
    NONE: "chưa có số liệu",
}


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

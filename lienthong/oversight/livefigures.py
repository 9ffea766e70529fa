"""The figures that a letter may ask for and that the system fills in itself, by the columns of Phụ lục 1.

What is counted, and how, is `reports.forms`' business; here stands which of its figures a question may name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lienthong.kernel.actor import Actor
from lienthong.reports import forms


@dataclass(frozen=True, slots=True)
class FigureKind:
    """One figure: its name in words and its unit."""

    label_vi: str
    unit_vi: str


FIGURES: Final[Mapping[str, FigureKind]] = {
    "received": FigureKind("Đã nhận từ Bộ Tư pháp", "hồ sơ"),
    "create_failed": FigureKind("Lỗi, chưa tạo được hồ sơ", "hồ sơ"),
    "created": FigureKind("Đã tạo hồ sơ", "hồ sơ"),
    "arisen": FigureKind("Đã phát sinh thu", "hồ sơ"),
    "awaiting_approval": FigureKind("Chờ duyệt thẻ", "yêu cầu"),
    "approved_unprinted": FigureKind("Đã duyệt, chưa in", "thẻ"),
    "issued": FigureKind("Đã cấp thẻ", "thẻ"),
    "handed_over": FigureKind("Đã trả thẻ", "thẻ"),
    "rejected": FigureKind("Từ chối, hủy", "hồ sơ"),
    "backlog": FigureKind("Còn tồn", "hồ sơ"),
    "late": FigureKind("Quá hạn", "hồ sơ"),
    "manual": FigureKind("Hồ sơ giấy", "hồ sơ"),
    "without_personal_id": FigureKind("Chưa có số định danh", "trẻ"),
}
"""Every figure by the key under which `forms.figures` gives it."""


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last, both included."""

    first: date
    last: date


def live(by: Actor, *, days: Days, as_of: datetime, province: str) -> Mapping[str, float]:
    """The figures of one province about those days, as they stood at the instant; nothing for one that is not counted."""
    counted = forms.figures(by, period=(days.first, days.last), as_of=as_of, province=province)
    return {key: float(counted[key]) for key in FIGURES if key in counted}

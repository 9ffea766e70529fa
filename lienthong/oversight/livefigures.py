"""The figures that a letter may ask for and that the system fills in itself: those of Phụ lục 1.

What is counted, and how, is `reports.forms`' business; here stands what a question may name, and how it is called there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final

from lienthong.accounts.permissions import every_permission
from lienthong.kernel.actor import Actor, system_actor
from lienthong.kernel.errors import NotFound
from lienthong.reports import forms
from lienthong.reports.columns import RECORDS_VI

_FORM: Final = "phu-luc-1"
_SHARES: Final = {
    "on_time_share": "Tỷ lệ đúng hạn (đã trả đúng hạn trên đã trả và đang quá hạn)",
    "issued_share": "Tỷ lệ đã cấp thẻ",
    "coverage_share": "Tỷ lệ bao phủ (thẻ đã duyệt trên số trẻ đã nhận)",
}


@dataclass(frozen=True, slots=True)
class FigureKind:
    """One figure: its name in words and its unit."""

    label_vi: str
    unit_vi: str

    @property
    def adds_up(self) -> bool:
        """True when the country's figure is the sum of the provinces': of counts, not of shares and medians."""
        return self.unit_vi == RECORDS_VI


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last, both included."""

    first: date
    last: date


@cache
def figures() -> Mapping[str, FigureKind]:
    """Every figure that may be asked for, by key, in the order of the form's first sheet; two shares at the end."""
    form = forms.form_of(_FORM)
    found = {}
    for column in form.columns:
        if column.key in form.main:
            label = column.title_vi
            if column.group_vi and column.group_vi != label:
                label = f"{column.group_vi.partition(' (')[0]}: {label}"
            found[column.key] = FigureKind(label, column.unit_vi)
    return found | {key: FigureKind(label, "%") for key, label in _SHARES.items()}


def kind_of(key: str) -> FigureKind:
    """The figure of that key; the key itself for one that the forms no longer have."""
    return figures().get(key) or FigureKind(key, "")


def live(by: Actor, *, days: Days, as_of: datetime, province: str) -> Mapping[str, float]:
    """The figures of one province about those days, as they stood at the instant; without those that nothing counts.

    None at all for a province that has become part of another since. The console's officers have no session whose areas
    bound the counting: for them the system counts that province.
    """
    counter = by if by.token else system_actor(every_permission())
    period = (days.first, days.last)
    try:
        counted = forms.figures(counter, period=period, as_of=as_of, province=province)
    except NotFound:
        return {}
    return {key: float(value) for key, value in counted.items() if value is not None}

"""The parts of the board: the measures of the whole, backlog by stage and age, the trend, the slowest. No child."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from lienthong.oversight.connections import Connected
from lienthong.reports import forms
from lienthong.reports.shares import Figures
from lienthong.reports.states import AGES_VI, PACES_VI, STAGES_VI, UNTIL_ISSUED, Age, Pace
from lienthong.web.staff import charts
from lienthong.web.staff.asked import Asked
from lienthong.web.staff.charts import Series
from lienthong.web.staff.measures import (
    GOOD,
    MARKS,
    MEASURES,
    POOR,
    WATCH,
    Judged,
    Measure,
)
from lienthong.web.staff.reportcells import DEFAULT_FORM, Cell, Row, list_url

_AGES_VI = {Age.DAY_1: "≤ 1", Age.DAYS_3: "2–3", Age.DAYS_5: "4–5", Age.OLDER: "> 5"}
_BY_HAND = (Pace.APPROVE, Pace.ISSUE, Pace.HAND_OVER)
_FULL = 100
_SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Kpi(Judged):
    """One measure of the whole: its number, whether it is good, and the list behind it."""

    label_vi: str
    value_vi: str
    note_vi: str = ""
    url: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Rank(Judged):
    """One place by its measure; `width` of 100 is the longest bar."""

    name: str
    url: str
    value_vi: str
    width: int
    state: str


@dataclass(frozen=True, slots=True)
class Slow:
    """A place and its slowest step by hand, in office hours."""

    name: str
    url: str
    step_vi: str
    median_vi: str
    p90_vi: str
    late_vi: str
    p90: float


def kpis(found: Asked, table: forms.Table, connected: Connected | None) -> list[Kpi]:
    """The measures of the whole area; before them how many provinces are connected, where that is asked."""
    listed = []
    if connected:
        left = connected.total - connected.count
        words = f"{left} tỉnh chưa liên thông" if left else "tất cả đã liên thông"
        figure = f"{connected.count}/{connected.total}"
        state = WATCH if left else GOOD
        listed.append(
            Kpi("Tỉnh đã liên thông", figure, words, url=reverse("coordination"), state=state)
        )
    for it in MEASURES:
        value = it.of(table.totals)
        url = list_url(found, DEFAULT_FORM, it.column, "") if table.totals.get(it.column) else ""
        listed.append(
            Kpi(
                f"{it.label_vi}{'' if it.unit_vi == '%' else f' ({it.unit_vi})'}",
                it.written(value),
                url=url,
                state=it.state(value),
            )
        )
    return listed


def legend(measure: Measure) -> list[tuple[str, str]]:
    """What the marks of the map mean for this measure."""
    if measure.bounds is None:
        return []
    first, second = (measure.written(it) for it in measure.bounds)
    if measure.less_is_better:
        return [(MARKS[WATCH], f"trên {first} đến {second}"), (MARKS[POOR], f"trên {second}")]
    return [(MARKS[WATCH], f"dưới {first}"), (MARKS[POOR], f"dưới {second}")]


def ranks(rows: Sequence[forms.Row], measure: Measure, url_of: Callable[[str], str]) -> list[Rank]:
    """The places from the worst to the best, those without a value last."""
    valued = [(measure.of(row.figures), row) for row in rows]
    most = _FULL if measure.unit_vi == "%" else max((it or 0 for it, _ in valued), default=0)
    return [
        Rank(
            row.name,
            url_of(row.code),
            measure.written(value),
            round(_FULL * (value or 0) / most) if most else 0,
            measure.state(value),
        )
        for value, row in sorted(valued, key=lambda it: _worst_first(it[0], measure))
    ]


def _worst_first(value: float | None, measure: Measure) -> tuple[bool, float]:
    is_rising = measure.unit_vi == "%"
    return value is None, (value or 0) * (1 if is_rising else -1)


def backlog(found: Asked, values: Figures) -> dict[str, object]:
    """The backlog by age as a chart, and by stage and age as a table whose numbers open their lists."""
    ages = [int(values[f"backlog_{age.name.lower()}"] or 0) for age in Age]
    rows = []
    for position in UNTIL_ISSUED:
        keys = [f"backlog_{position.name.lower()}_{age.name.lower()}" for age in Age]
        counts = [int(values[key] or 0) for key in keys]
        cells = [
            _age_cell(found, key, age, count)
            for key, age, count in zip(keys, Age, counts, strict=True)
        ]
        rows.append(
            Row(STAGES_VI[position], "", [*cells, Cell("Cộng", charts.number_vi(sum(counts)))])
        )
    totals = [
        _age_cell(found, f"backlog_{age.name.lower()}", age, count)
        for age, count in zip(Age, ages, strict=True)
    ]
    whole = _age_cell(found, "backlog", None, int(values["backlog"] or 0))
    return {
        "ages_chart": charts.bars(
            "Tồn đọng theo số ngày làm việc đã chờ",
            list(_AGES_VI.values()),
            [Series("hồ sơ", ages)],
        ),
        "age_heads": list(_AGES_VI.values()),
        "age_rows": [*rows, Row("Cộng", "", [*totals, whole], is_total=True)],
    }


def _age_cell(found: Asked, key: str, age: Age | None, count: int) -> Cell:
    url = list_url(found, DEFAULT_FORM, key, "") if count else ""
    label = AGES_VI[age].capitalize() if age is not None else "Cộng"
    return Cell(label, charts.number_vi(count), url)


def slowest(rows: Sequence[forms.Row], url_of: Callable[[str], str]) -> list[Slow]:
    """The places whose slowest step by hand is slowest, by the time within which nine of ten are done."""
    found = [it for row in rows if (it := _slowest_step(row, url_of(row.code)))]
    return sorted(found, key=lambda it: -it.p90)[:_SLOWEST]


def steps(values: Figures) -> list[Slow]:
    """Every step that was gone through, in the order of the way."""
    return [it for pace in Pace if (it := _step(pace, values))]


def _slowest_step(row: forms.Row, url: str) -> Slow | None:
    found = [it for pace in _BY_HAND if (it := _step(pace, row.figures))]
    if not found:
        return None
    late_vi = charts.number_vi(row.figures["late_open"])
    return replace(max(found, key=lambda it: it.p90), name=row.name, url=url, late_vi=late_vi)


def _step(pace: Pace, values: Figures) -> Slow | None:
    p90 = values.get(f"pace_{pace.name.lower()}_p90")
    if p90 is None:
        return None
    median = values.get(f"pace_{pace.name.lower()}_median")
    return Slow("", "", PACES_VI[pace], charts.number_vi(median), charts.number_vi(p90), "", p90)

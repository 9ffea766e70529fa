"""Số liệu: the state of the country, a province or a unit on one screen: measures, map, backlog, trend, the slowest.

Every number is one of Phụ lục 1 (`reports.forms`) as of an instant, or a division of two of them (`measures`). No child.
"""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.dates import vietnam_date
from lienthong.oversight import connections
from lienthong.reports import forms
from lienthong.reports.shares import Figures
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff import asked as asking
from lienthong.web.staff import boardparts, boardtrend
from lienthong.web.staff.asked import Asked
from lienthong.web.staff.countrymap import country_map
from lienthong.web.staff.measures import MEASURES, Measure
from lienthong.web.staff.reportcells import DEFAULT_FORM, Cell, Pick, Row, list_url
from lienthong.web.staff.reportplaces import PLACE_HEADS_VI, PLACES_VI, Area, area_of

_RANKS = 14
"""So many places, the worst first, fit beside the charts."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is looked at: the question, its area, the measure picked, and the form's figures of the places below."""

    call: Call
    asked: Asked
    area: Area
    measure: Measure
    table: forms.Table

    def down(self, code: str) -> str:
        """Where a place leads: to its own board; '' for what has nothing below."""
        if self.area.below == "commune" or not code.strip("0") or code.startswith("-"):
            return ""
        return self.url(trong=code, cap="")

    def url(self, **changes: str) -> str:
        """The board with changes; the measure picked stays."""
        do = "" if self.measure is MEASURES[0] else self.measure.key
        return f"?{self.asked.query(**({'do': do} | changes))}"


@page("can-bo/so-lieu/", name="board", needs=Permission.REPORT_VIEW)
def board(call: Call) -> Answer:
    """One screen for whoever answers for the place: the country, a province, or a unit. Counts only."""
    found = asking.asked(call)
    area = area_of(call, found)
    measure = next((it for it in MEASURES if it.key == call.value("do")), MEASURES[0])
    sight = _Sight(call, found, area, measure, _table(call, found, area.below))
    received = sight.table.totals["received"]
    context: dict[str, object] = {
        "asked": found,
        "area_vi": area.name,
        "wider_url": area.wider_url,
        "wider_vi": area.wider_vi,
        "page_url": reverse("board"),
        "form_url": f"{reverse('reports')}?{found.query(cap=area.below)}",
        "live_url": sight.url(luc=""),
        "presets": _presets(sight),
        "kept": [("trong", found.within), ("do", measure.key)],
        "today": call.on,
        "at": call.at,
        "received": received,
    }
    if received:
        context |= _places(sight) | _measured(sight) | _slow(sight)
        context |= boardparts.backlog(found, sight.table.totals) | boardtrend.trend(call, found)
    return Show("staff/board.html", context)


def _table(call: Call, found: Asked, level: str) -> forms.Table:
    return forms.table(
        call.by, DEFAULT_FORM, found.period, as_of=found.as_of, level=level, within=found.within
    )


def _presets(sight: _Sight) -> list[Pick]:
    return [
        Pick(it.label_vi, sight.url(tu=str(it.first), den=str(it.last)), it.is_here)
        for it in asking.presets(sight.asked)
    ]


def _places(sight: _Sight) -> dict[str, object]:
    """The measures of the whole, and all of them for each place below it."""
    found, below = sight.asked, sight.area.below
    rows = [
        Row(row.name, sight.down(row.code), _cells(found, row.code, row.figures))
        for row in sight.table.rows
    ]
    whole = Row(sight.area.name, "", _cells(found, "", sight.table.totals), is_total=True)
    return {
        "kpis": boardparts.kpis(found, sight.table, _connected(sight)),
        "places_vi": PLACES_VI[below],
        "place_head_vi": PLACE_HEADS_VI[below],
        "places": [whole, *rows] if len(rows) > 1 else rows,
    }


def _connected(sight: _Sight) -> connections.Connected | None:
    """How many provinces of the day are connected; None below the country."""
    if sight.area.below != "province":
        return None
    return connections.connected(sight.call.by, on=vietnam_date(sight.asked.as_of))


def _measured(sight: _Sight) -> dict[str, object]:
    """The measure that is looked at, by place: on the map of the country, else from the worst to the best."""
    measure, rows = sight.measure, sight.table.rows
    shown: dict[str, object] = {
        "measure": measure,
        "measures": [Pick(it.label_vi, sight.url(do=it.key), it is measure) for it in MEASURES],
        "heads": MEASURES,
        "legend": boardparts.legend(measure),
    }
    if sight.area.below != "province":
        ranks = boardparts.ranks(rows, measure, sight.down)
        return shown | {"ranks": ranks[:_RANKS], "more_ranks": len(ranks[_RANKS:])}
    values = {row.code: measure.of(row.figures) for row in rows}
    drawn = country_map(_provinces(sight), measure, values, sight.down)
    return shown | {"tiles": drawn.spots, "grid": drawn.grid}


def _slow(sight: _Sight) -> dict[str, object]:
    """The slowest places below; of the country its provinces, or all its units when they are asked for; of a unit its steps."""
    if sight.area.level == "unit":
        return {
            "slow_title_vi": "Thời gian xử lý từng khâu (giờ làm việc)",
            "slow": boardparts.steps(sight.table.totals),
        }
    rows, level, picks = sight.table.rows, sight.area.below, []
    if sight.area.level == "country":
        level = "unit" if sight.call.value("cham") == "don-vi" else "province"
        if level == "unit":
            rows = _table(sight.call, sight.asked, "unit").rows
        words = (("province", "Tỉnh", ""), ("unit", "Đơn vị", "don-vi"))
        picks = [Pick(label, sight.url(cham=word), key == level) for key, label, word in words]
    return {
        "slow_title_vi": "Xử lý chậm nhất (giờ làm việc)",
        "slow_head_vi": PLACE_HEADS_VI[level],
        "slow_picks": picks,
        "slow": boardparts.slowest(rows, sight.down),
    }


def _provinces(sight: _Sight) -> dict[str, str]:
    on = vietnam_date(sight.asked.as_of)
    return {it.code: it.name for it in catalogues.provinces(sight.call.by, on=on)}


def _cells(found: Asked, code: str, values: Figures) -> list[Cell]:
    cells = []
    for it in MEASURES:
        value = it.of(values)
        is_counted = it.unit_vi != "%" and values.get(it.column)
        url = list_url(found, DEFAULT_FORM, it.column, code) if is_counted else ""
        cells.append(Cell(it.label_vi, it.written(value), url, state=it.state(value)))
    return cells

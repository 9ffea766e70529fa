"""Biểu mẫu báo cáo: the official forms on screen, the same figures as in their files, and the list behind each number."""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.reports import forms
from lienthong.reports.columns import Column
from lienthong.reports.forms import Form
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff import asked as asking
from lienthong.web.staff.asked import LEVELS_VI, Asked
from lienthong.web.staff.reportcells import DEFAULT_FORM, Pick, Row, form_cells, inside
from lienthong.web.staff.reportfiles import FIELDS, FORMATS, subjects
from lienthong.web.staff.reportgroups import groups_of, head_groups
from lienthong.web.staff.reportplaces import PLACE_HEADS_VI, area_of, name_of

_ROWS = 60
_LINES = 50
_SHORT_VI = {
    "phu-luc-1": "Phụ lục 1",
    "ton-dong": "Tồn đọng",
    "chua-co-dinh-danh": "Chưa có số định danh",
    "thu-cong": "Hồ sơ thủ công",
}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One form as asked for: the form, the question, the group of columns shown, and the first row shown."""

    form: Form
    asked: Asked
    group: str
    start: int

    def url(self, **changes: str) -> str:
        """The address of the same sheet with changes."""
        own = {
            "bieu": "" if self.form.name == DEFAULT_FORM else self.form.name,
            "nhom": self.group,
        }
        return f"?{self.asked.query(**(own | changes))}"


@page("can-bo/bao-cao/", name="reports", needs=Permission.REPORT_VIEW)
def reports(call: Call) -> Answer:
    """One form for a place, by its parts; with a second instant, each number with its change since. No child."""
    found = asking.asked(call)
    form = forms.form_of(call.value("bieu") or DEFAULT_FORM)
    groups = groups_of(form)
    group = call.value("nhom") if call.value("nhom") in groups else next(iter(groups))
    sheet = _Sheet(
        form, found, "" if group == next(iter(groups)) else group, call.number("tu-dong")
    )
    area = area_of(call, found)
    rows, row_count = _rows(call, sheet, groups[group], area.name)
    rest = sheet.start + _ROWS
    context = {
        "asked": found,
        "form": form,
        "area_vi": area.name,
        "wider_url": area.wider_url,
        "wider_vi": area.wider_vi,
        "page_url": reverse("reports"),
        "live_url": sheet.url(luc=""),
        "presets": [
            Pick(it.label_vi, sheet.url(tu=str(it.first), den=str(it.last)), it.is_here)
            for it in asking.presets(found)
        ],
        "kept": [
            ("trong", found.within),
            ("bieu", form.name),
            ("nhom", group),
            ("cap", found.level),
        ],
        "forms": _tabs(call, sheet),
        "levels": [
            Pick(LEVELS_VI[it], sheet.url(cap=it), it == found.level)
            for it in asking.levels_of(call, found)
        ],
        "column_groups": [Pick(it, sheet.url(nhom=it), it == group) for it in groups],
        "columns": groups[group],
        "head_groups": head_groups(groups[group]),
        "unit_vi": groups[group][0].unit_vi,
        "place_head_vi": PLACE_HEADS_VI[found.level],
        "rows": rows,
        "board_url": f"{reverse('board')}?{found.query(cap='', so_voi='')}",
        "files": [
            (it.upper(), f"{reverse('report-file')}{sheet.url(nhom='', so_voi='', dang=it)}")
            for it in FORMATS
        ],
        "names_children": bool(form.list_of),
        "next_url": sheet.url(tu_dong=str(rest)) if row_count > rest else "",
        "today": call.on,
        "at": call.at,
    }
    return Show("staff/report.html", context)


def _tabs(call: Call, sheet: _Sheet) -> list[Pick]:
    """The counted forms; and the two that have pages of their own: what left the procedure, and the books."""
    tabs = [
        Pick(_SHORT_VI.get(name, it.title_vi), sheet.url(bieu=name, nhom=""), it is sheet.form)
        for name, it in forms.FORMS.items()
    ]
    if call.by.may(Permission.CONFORMANCE_VIEW):
        tabs.append(Pick("Sai quy trình", reverse("off-process"), is_here=False))
    if call.by.may(Permission.BOOKS_VIEW):
        tabs.append(Pick("Đối soát", reverse("books"), is_here=False))
    return tabs


def _rows(
    call: Call, sheet: _Sheet, shown: tuple[Column, ...], area_vi: str
) -> tuple[list[Row], int]:
    """The whole and its parts, from the start asked for; and how many parts there are. Two statements when compared."""
    found, name = sheet.asked, sheet.form.name
    table = forms.table(
        call.by, name, found.period, found.as_of, level=found.level, within=found.within
    )
    before: dict[str, forms.Row] = {}
    totals_before = None
    if found.against:
        other = forms.table(
            call.by, name, found.period, found.against, level=found.level, within=found.within
        )
        before = {row.code: row for row in other.rows}
        totals_before = other.totals
    part = table.rows[sheet.start : sheet.start + _ROWS]
    rows = []
    if len(table.rows) != 1:
        cells = form_cells(found, name, shown, table.totals, "", totals_before)
        rows.append(Row(area_vi, "", cells, is_total=True))
    for row in part:
        then = before[row.code].figures if row.code in before else ({} if found.against else None)
        cells = form_cells(found, name, shown, row.figures, row.code, then)
        rows.append(Row(row.name, _down(sheet, row.code), cells))
    return (rows if table.totals["received"] else []), len(table.rows)


def _down(sheet: _Sheet, code: str) -> str:
    """Where a place of the form leads: to its own parts; '' for what has none."""
    if sheet.asked.level not in {"province", "unit"} or not code.strip("0") or code.startswith("-"):
        return ""
    return sheet.url(trong=code, cap="")


@page(
    "can-bo/bao-cao/danh-sach/",
    name="report-list",
    needs=Permission.REPORT_VIEW,
    reveals="person",
)
def listing(call: Call) -> Answer:
    """The dossiers behind one number, as they stood at its instant: where, since when, why, whose turn."""
    found = asking.asked(call)
    form = forms.form_of(call.value("bieu") or DEFAULT_FORM)
    column = form.column(call.value("cot"))
    area = area_of(call, found)
    row_code = call.value("dong")[:20]
    found_page = forms.listing(
        call.by,
        form.name,
        column.key,
        forms.Where(found.period, found.as_of, inside(found.within, row_code)),
        after=call.number("sau"),
        limit=_LINES,
    )
    own = {"bieu": call.value("bieu"), "cot": column.key, "dong": row_code}
    following = found.at_its_instant().query(**own, sau=str(found_page.next_after or ""))
    context = {
        "asked": found,
        "form": form,
        "column": column,
        "place_vi": name_of(call, found, row_code) or area.name,
        "lines": found_page.lines,
        "count": found_page.count,
        "next_url": f"?{following}" if found_page.next_after else "",
        "back_url": f"{reverse('reports')}?{found.query(bieu=own['bieu'])}",
        "on": call.on,
    }
    return Show(
        "staff/report_list.html", context, subjects=subjects(list(found_page.lines)), fields=FIELDS
    )

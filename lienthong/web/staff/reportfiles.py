"""An official form as a file: the figures of the screen, all columns; a form that is a list names its children."""

from lienthong.accounts.permissions import Permission
from lienthong.kernel.errors import Refused
from lienthong.reports import files, forms, workbooks
from lienthong.reports.listings import Line
from lienthong.web.answers import XLSX, Answer, File
from lienthong.web.page import Call, page
from lienthong.web.staff import asked as asking
from lienthong.web.staff.reportcells import DEFAULT_FORM

FORMATS = ("xlsx", "csv", "json")
FIELDS = ("child_name", "birth_date", "commune")
_MOST_LINES = 20_000
_KINDS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8", "json": "application/json"}
_WRITERS = {"xlsx": workbooks.as_xlsx, "csv": files.as_csv, "json": files.as_json}


@page("can-bo/bao-cao/tep/", name="report-file", needs=Permission.REPORT_VIEW, reveals="person")
def file(call: Call) -> Answer:
    """The form for the place, days, instant and level of the address. Refused when its list is too long for a file."""
    found = asking.asked(call)
    form = forms.form_of(call.value("bieu") or DEFAULT_FORM)
    kind = call.value("dang") if call.value("dang") in FORMATS else FORMATS[0]
    if found.said:
        raise Refused(found.said, code="E-PERIOD")
    table = forms.table(
        call.by, form.name, found.period, found.as_of, level=found.level, within=found.within
    )
    lines: list[Line] | None = None
    if form.list_of:
        if (table.totals[form.list_of] or 0) > _MOST_LINES:
            raise Refused(
                "Danh sách dài hơn 20.000 hồ sơ. Hãy chọn một tỉnh, một đơn vị hoặc thời gian ngắn hơn.",
                code="E-LONG",
            )
        where = forms.Where(found.period, found.as_of, found.within)
        lines = list(forms.lines(call.by, form.name, where))
    return File(
        _WRITERS[kind](table, lines),
        f"{form.name}-{found.last:%Y%m%d}.{kind}",
        _KINDS[kind],
        subjects=subjects(lines or []),
        fields=FIELDS,
        is_saved=True,
    )


def subjects(lines: list[Line]) -> list[tuple[str, int]]:
    """Whom the lines show: a dossier that is no longer the officer's is counted and not shown."""
    return sorted(
        {
            ("dossier", line.dossier_id)
            for line in lines
            if line.dossier_id is not None and line.child_name
        }
    )

"""The form of an act of merger: its heading, and its rows on screen or as a file; nothing typed is lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import acts, edges, uploads
from lienthong.catalogues import queries as catalogues
from lienthong.catalogues.acts import Act, Heading
from lienthong.catalogues.differences import Repair
from lienthong.catalogues.divisions import ALL, ALL_PEOPLE, LAND_ONLY, PART
from lienthong.catalogues.histories import SHARES_VI
from lienthong.catalogues.sheets import SentFile, Sheet, SheetRow
from lienthong.kernel.dates import VIETNAM, parse_iso_date
from lienthong.kernel.errors import Conflict, Refused
from lienthong.kernel.names import stored_form
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

MOST_ON_SCREEN = 200
LINES_SHOWN = 200
_BLANK_ROWS = 5
KINDS_VI = {
    "whole": SHARES_VI[ALL],
    "part": SHARES_VI[PART],
    "land_only": SHARES_VI[LAND_ONLY],
    "all_people": SHARES_VI[ALL_PEOPLE],
}
_COLUMNS = (*edges.COLUMNS, *edges.OPTIONAL)
_TYPED = {
    "old_code": "ma-cu",
    "new_code": "ma-moi",
    "kind": "phan",
    "note": "ghi-chu",
    "new_name": "ten-moi",
    "new_province_code": "ma-tinh",
}
_ON_SCREEN = "Nhập trên màn hình"
# The list speaks of columns and their values, as files have them; on screen they have names.
_WORDS = (
    ("Cột old_code", "Ô «Mã cũ»"),
    ("Cột new_code", "Ô «Mã mới»"),
    ("Cột kind", "Ô «Phần nhập»"),
    (
        "cần thêm cột new_name (kèm loại hình) và new_province_code",
        "cần ghi tên mới (kèm loại hình, ví dụ «Phường Ba Đình») và mã tỉnh",
    ),
    *((f"ghi {kind}", f"ghi «{words.lower()}»") for kind, words in KINDS_VI.items()),
)


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of the form: its number, its cells by the names of the file, and what is wrong with which of them."""

    line: int
    cells: Mapping[str, str]
    fault_field: str = ""
    fault_vi: str = ""


@dataclass(slots=True)
class _Form:
    """What stands in the form. `said` are the faults of the heading by field; `faults` those of rows not on screen."""

    number: str = ""
    effective: str = ""
    cutover_at: str = ""
    rows: list[FormRow] = field(default_factory=list)
    kept: Sheet | None = None
    said: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)
    fault_count: int = 0


@page("can-bo/sap-nhap/moi/", name="merger-new", needs=Permission.MERGER_MANAGE, posts=True)
def enter(call: Call) -> Answer:
    """A new act, empty or with the rows of one that it corrects."""
    corrected = acts.act(call.number("sua-dot")) if call.number("sua-dot") else None
    return _answer(call, None, corrected)


@page(
    "can-bo/sap-nhap/<int:act_id>/sua/",
    name="merger-revise",
    needs=Permission.MERGER_MANAGE,
    posts=True,
)
def revise(call: Call, act_id: int) -> Answer:
    """A draft once more; the rows that contradict the lists are marked."""
    draft = acts.act(act_id)
    if draft.state != acts.DRAFT:
        raise Conflict("Đợt sáp nhập này không còn là bản nháp nên không sửa được.")
    return _answer(call, draft, None)


def in_words(message_vi: str) -> str:
    """A fault of a row with the names that its cells have on screen."""
    for column, words in _WORDS:
        message_vi = message_vi.replace(column, words)
    return message_vi


def old_code_of(cells: Mapping[str, str]) -> str:
    """The code whose people the row moves, an island district's among them."""
    return cells.get("old_code", "") or cells.get("old_district_code", "")


def instant_of(text: str) -> datetime | None:
    """An instant of a form, Vietnamese time; None when empty. Raises Refused (E-DATE)."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    except ValueError:
        raise Refused("Thời điểm không hợp lệ.", code="E-DATE", field="cutover_at") from None


def _answer(call: Call, draft: Act | None, corrected: Act | None) -> Answer:
    base = draft or corrected
    stored = None if base is None else acts.sheet_of(base.id)
    if not call.is_post:
        return _show(call, _of_act(base, stored, is_draft=draft is not None), draft, corrected)
    form = _typed(call, stored)
    if call.value("thao-tac") == "them-dong":
        return _show(call, form, draft, corrected, blanks=len(form.rows) + _BLANK_ROWS)
    heading = _heading(form)
    sheet, source = _sheet(call, form, base, effective=heading[1] if heading else call.on)
    if sheet is not None:
        _mark(form, sheet)
    if heading is None or sheet is None or form.said or form.fault_count:
        return _show(call, form, draft, corrected)
    number, effective, cutover_at = heading
    corrects_id = None if corrected is None else corrected.id
    words = Heading(number, effective, source, cutover_at, corrects_id)
    try:
        return _keep(call, draft, sheet, words)
    except Refused as error:
        form.said[error.field or "rows"] = error.message_vi
        return _show(call, form, draft, corrected)


def _keep(call: Call, draft: Act | None, sheet: Sheet, heading: Heading) -> Answer:
    """Write the draft; then to its page, or first to the cells that were read otherwise than they stood."""
    if draft is None:
        act_id = acts.enter(sheet, heading, by=call.by, at=call.at)
    else:
        act_id = draft.id
        acts.revise(act_id, sheet, heading, by=call.by, at=call.at)
    kept = acts.act(act_id)
    is_known = draft is None and kept.entered_at != call.at
    if call.value("thao-tac") == "chay-thu" and kept.state == acts.DRAFT:
        acts.ask_forecast(act_id, by=call.by, at=call.at)
    address = reverse("merger", kwargs={"act_id": act_id})
    if is_known:
        return Go(f"{address}?{urlencode({'da-co': 1})}")
    if sheet.repaired:
        return _repaired(sheet.repaired, len(sheet.rows), address)
    return Go(address)


def _repaired(repaired: tuple[Repair, ...], row_count: int, address: str) -> Show:
    context = {
        "repaired": repaired[:LINES_SHOWN],
        "repaired_count": len(repaired),
        "row_count": row_count,
        "address": address,
    }
    return Show("staff/merger_repaired.html", context)


# ---------------------------------------------------------------- what was sent


def _typed(call: Call, stored: Sheet | None) -> _Form:
    form = _Form(call.value("so"), call.value("ngay"), call.value("thoi-diem"))
    if stored is not None and len(stored.rows) > MOST_ON_SCREEN:
        form.kept = stored
    columns = {
        name: [stored_form(text) for text in call.request.POST.getlist(sent)]
        for name, sent in _TYPED.items()
    }
    more = {
        (old_code_of(row.cells), row.cells["new_code"]): row.cells
        for row in (stored.rows if stored else ())
    }
    for values in zip(*columns.values(), strict=False):
        cells = dict(zip(columns, values, strict=True))
        if any(cells.values()):
            kept = more.get((cells["old_code"], cells["new_code"]), {})
            form.rows.append(FormRow(len(form.rows) + 1, {**kept, **cells}))
    return form


def _heading(form: _Form) -> tuple[str, date, datetime | None] | None:
    """Number, day and instant; None with the faults in `said`."""
    if not form.number:
        form.said["number"] = "Cần ghi số nghị quyết hoặc quyết định."
    try:
        effective = parse_iso_date(form.effective)
    except ValueError:
        form.said["effective"] = "Hãy chọn ngày hiệu lực."
        return None
    try:
        cutover_at = instant_of(form.cutover_at)
    except Refused as error:
        form.said["cutover_at"] = error.message_vi
        return None
    return form.number, effective, cutover_at


def _sheet(
    call: Call, form: _Form, base: Act | None, *, effective: date
) -> tuple[Sheet | None, str]:
    """The rows and where they come from: a file before those on screen. None with the fault in `said`."""
    sent = call.request.FILES.get("tep")
    if sent is not None and sent.name:
        try:
            file = _file(sent.name, sent.read(uploads.MOST_BYTES + 1))
            return edges.read(file, effective=effective), sent.name
        except Refused as error:
            form.said["file"] = error.message_vi
            return None, ""
    if form.kept is not None and base is not None:
        return form.kept, base.source
    if not form.rows:
        form.said["rows"] = "Hãy ghi ít nhất một dòng, hoặc chọn tệp."
        return None, ""
    blank = dict.fromkeys(_COLUMNS, "")
    rows = tuple(SheetRow(row.line, blank | dict(row.cells)) for row in form.rows)
    return Sheet(_COLUMNS, rows, ()), _ON_SCREEN


def _file(name: str, body: bytes) -> SentFile:
    if not name.lower().endswith((".xlsx", ".csv")):
        raise Refused("Chỉ nhận tệp .xlsx hoặc .csv.", code="E-FILE-KIND", field="file")
    if len(body) > uploads.MOST_BYTES:
        raise Refused("Tệp lớn hơn 8 MB.", code="E-FILE-SIZE", field="file")
    return SentFile(name, body)


def _mark(form: _Form, sheet: Sheet) -> None:
    """Mark the rows that cannot be read; those of a short file come onto the screen to be mended."""
    _, refused = edges.edges_of(sheet)
    faults = {row.line: (row.field, in_words(row.message_vi)) for row in refused}
    form.fault_count = len(faults)
    if not faults:
        return
    if len(sheet.rows) <= MOST_ON_SCREEN:
        form.rows, form.kept = _rows(sheet.rows, faults), None
    else:
        form.faults = _lines_of(faults)


# ---------------------------------------------------------------- what is shown


def _of_act(base: Act | None, stored: Sheet | None, *, is_draft: bool) -> _Form:
    if base is None or stored is None:
        return _Form()
    conflicts = (base.forecast or {}).get("conflicts", []) if is_draft else []
    faults = {
        int(it["line"]): (str(it["field"]), in_words(str(it["message_vi"]))) for it in conflicts
    }
    form = _Form(base.number, str(base.effective), local(base.cutover_at))
    form.fault_count = len(faults)
    if len(stored.rows) > MOST_ON_SCREEN:
        form.kept, form.faults = stored, _lines_of(faults)
    else:
        form.rows = _rows(stored.rows, faults)
    return form


def local(at: datetime | None) -> str:
    """An instant as a form field has it; empty for none."""
    return "" if at is None else f"{at.astimezone(VIETNAM):%Y-%m-%dT%H:%M}"


def _lines_of(faults: Mapping[int, tuple[str, str]]) -> list[tuple[int, str]]:
    return [(line, message_vi) for line, (_, message_vi) in faults.items()][:LINES_SHOWN]


def _rows(rows: Iterable[SheetRow], faults: Mapping[int, tuple[str, str]]) -> list[FormRow]:
    return [
        FormRow(
            row.line,
            {
                **row.cells,
                "old_code": old_code_of(row.cells),
                "note": row.cells.get("note") or row.cells.get("note_official", ""),
            },
            *faults.get(row.line, ("", "")),
        )
        for row in rows
    ]


def _show(
    call: Call, form: _Form, draft: Act | None, corrected: Act | None, *, blanks: int = 0
) -> Show:
    wanted = max(blanks, _BLANK_ROWS, len(form.rows) + 1)
    first = form.rows[-1].line + 1 if form.rows else 1
    empty = [FormRow(first + number, {}) for number in range(wanted - len(form.rows))]
    context = {
        "form": form,
        "rows": [*form.rows, *empty] if form.kept is None else [],
        "first_blank": first,
        "draft": draft,
        "corrected": corrected,
        "kinds": KINDS_VI.items(),
        "provinces": catalogues.provinces(call.by, on=call.on),
        "shown": LINES_SHOWN,
        "columns": edges.COLUMNS,
    }
    return Show("staff/merger_form.html", context)

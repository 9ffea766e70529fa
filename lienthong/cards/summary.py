"""The sheet on top of a print run: how many cards for which commune, who printed, who received, what was spoilt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lienthong.cards.design import MM
from lienthong.cards.typesetting import Room, Type
from lienthong.kernel.dates import VIETNAM, day_first

PAGE_WIDTH, PAGE_HEIGHT = 210 * MM, 297 * MM
_LEFT, _RIGHT = 20 * MM, 190 * MM
_ROW = 6.2 * MM
_FOOT = 18 * MM
_CLOSING = 82 * MM
_TABLE_TOP, _NEXT_TABLE_TOP = 206 * MM, 268 * MM
_COLUMNS = (
    ("STT", 20 * MM, 12 * MM),
    ("Mã xã", 32 * MM, 18 * MM),
    ("Xã, phường, đặc khu", 50 * MM, 82 * MM),
    ("Số thẻ", 132 * MM, 22 * MM),
    ("Tờ thẻ", 154 * MM, 36 * MM),
)
_DOTS = "…………………………………"


@dataclass(frozen=True, slots=True)
class CommuneCount:
    """The cards of one commune in the run, and the card sheets they stand on."""

    code: str
    name: str
    card_count: int
    first_sheet: int
    last_sheet: int


@dataclass(frozen=True, slots=True)
class Run:
    """What the summary says of the whole run."""

    number: str
    unit_name: str
    printed_at: datetime
    card_count: int
    sheet_count: int
    reprint_count: int
    communes: Sequence[CommuneCount]


def printed_vi(at: datetime) -> str:
    """The instant as officials write it: `09:15 ngày 20/11/2026`."""
    local = at.astimezone(VIETNAM)
    return f"{local:%H:%M} ngày {day_first(local.date())}"


def summary_pages(run: Run, pen: Type) -> list[str]:
    """The operators of each summary page: one page, and more when the communes need them."""
    chunks = _chunks(run.communes)
    pages: list[str] = []
    for index, (start, end, has_closing) in enumerate(chunks):
        top = _TABLE_TOP if index == 0 else _NEXT_TABLE_TOP
        parts = [_heading(run, pen) if index == 0 else _next_heading(run, pen)]
        parts.append(_table(run.communes[start:end], start, top, pen))
        if has_closing:
            last = top - _ROW * (end - start + 2) if end > start else top
            is_total_due = end == len(run.communes) and end > start
            parts.append(_total(run, last, pen) if is_total_due else "")
            parts.append(_closing(pen))
        parts.append(_footer(run, index + 1, len(chunks), pen))
        pages.append("\n".join(parts))
    return pages


def _chunks(communes: Sequence[CommuneCount]) -> list[tuple[int, int, bool]]:
    """Rows from, to, and whether the page ends with the signatures, which never stand alone."""
    chunks: list[tuple[int, int, bool]] = []
    start = 0
    while True:
        top = _NEXT_TABLE_TOP if chunks else _TABLE_TOP
        left = len(communes) - start
        if left <= _rows(top, _FOOT + _CLOSING):
            return [*chunks, (start, len(communes), True)]
        taken = min(_rows(top, _FOOT), left - 1)
        chunks.append((start, start + taken, False))
        start += taken


def _rows(top: float, foot: float) -> int:
    return int((top - foot) / _ROW) - 2


def _heading(run: Run, pen: Type) -> str:
    middle = PAGE_WIDTH / 2
    facts = (
        ("Lô in:", run.number),
        ("Đơn vị:", run.unit_name),
        ("Thời điểm in:", printed_vi(run.printed_at)),
        ("Số thẻ:", f"{run.card_count} (trong đó in lại: {run.reprint_count})"),
        ("Số tờ thẻ:", f"{run.sheet_count} (không tính phiếu này)"),
    )
    out = [
        "0 g",
        pen.centred(middle, 276 * MM, "BẢO HIỂM XÃ HỘI VIỆT NAM", "SemiBold", 11),
        pen.centred(middle, 262 * MM, "PHIẾU TỔNG HỢP LÔ IN THẺ BẢO HIỂM Y TẾ", "Bold", 15),
    ]
    y = 250 * MM
    for label, value in facts:
        room = Room(_RIGHT - _LEFT - 34 * MM, _RIGHT - _LEFT - 34 * MM)
        size = pen.fitted(value, "SemiBold", 10.5, room).size
        out.append(pen.line(_LEFT, y, label, "Regular", 10.5))
        out.append(pen.line(_LEFT + 34 * MM, y, value, "SemiBold", size))
        y -= 7.2 * MM
    return "\n".join(out)


def _next_heading(run: Run, pen: Type) -> str:
    text = f"Phiếu tổng hợp lô in {run.number} (tiếp theo)"
    return "0 g\n" + pen.line(_LEFT, 276 * MM, text, "SemiBold", 11)


def _table(communes: Sequence[CommuneCount], start: int, top: float, pen: Type) -> str:
    if not communes:
        return ""
    cells = [
        pen.line(left + 1.5 * MM, top - 4.3 * MM, title, "SemiBold", 9)
        for title, left, _ in _COLUMNS
    ]
    for index, commune in enumerate(communes):
        y = top - _ROW * (index + 1) - 4.3 * MM
        cells += _cells(commune, start + index + 1, y, pen)
    foot = top - _ROW * (len(communes) + 1)
    lines = [f"{_LEFT:.2f} {y:.2f} m {_RIGHT:.2f} {y:.2f} l" for y in _levels(top, len(communes))]
    edges = [left for _, left, _ in _COLUMNS] + [_RIGHT]
    lines += [f"{x:.2f} {foot:.2f} m {x:.2f} {top:.2f} l" for x in edges]
    return "\n".join(("0 g", *cells, "q 0.4 w 0.45 G", *lines, "S Q"))


def _levels(top: float, count: int) -> list[float]:
    return [top - _ROW * row for row in range(count + 2)]


def _cells(commune: CommuneCount, number: int, y: float, pen: Type) -> list[str]:
    sheets = str(commune.first_sheet)
    if commune.last_sheet != commune.first_sheet:
        sheets = f"{commune.first_sheet} – {commune.last_sheet}"
    texts = (str(number), commune.code, commune.name, str(commune.card_count), sheets)
    cells: list[str] = []
    for (_, left, width), text in zip(_COLUMNS, texts, strict=True):
        size = pen.fitted(text, "Regular", 9.0, Room(width - 3 * MM, width - 3 * MM)).size
        cells.append(pen.line(left + 1.5 * MM, y, text, "Regular", size))
    return cells


def _total(run: Run, top: float, pen: Type) -> str:
    text = f"Cộng: {run.card_count} thẻ, {len(run.communes)} xã, phường, {run.sheet_count} tờ thẻ."
    return pen.line(_LEFT + 1.5 * MM, top - 0.4 * MM, text, "SemiBold", 9.5)


def _closing(pen: Type) -> str:
    """The box for spoilt sheets and the room for two signatures."""
    top, foot = _FOOT + 72 * MM, _FOOT + 46 * MM
    out = [
        "q 0.6 w 0 G",
        f"{_LEFT:.2f} {foot:.2f} {_RIGHT - _LEFT:.2f} {top - foot:.2f} re S Q",
        "0 g",
        pen.line(_LEFT + 3 * MM, top - 6 * MM, "TỜ, THẺ IN HỎNG", "SemiBold", 9.5),
        pen.line(_LEFT + 3 * MM, top - 13.5 * MM, f"Số tờ hỏng: {_DOTS}", "Regular", 9.5),
        pen.line(_LEFT + 88 * MM, top - 13.5 * MM, f"Số thẻ hỏng: {_DOTS}", "Regular", 9.5),
        pen.line(_LEFT + 3 * MM, top - 21.5 * MM, f"Lý do: {_DOTS * 3}", "Regular", 9.5),
    ]
    for x, title in ((_LEFT + 40 * MM, "Người in"), (_RIGHT - 40 * MM, "Người nhận")):
        out.append(pen.centred(x, _FOOT + 38 * MM, title, "SemiBold", 11))
        out.append(pen.centred(x, _FOOT + 33 * MM, "(Ký, ghi rõ họ tên, ngày)", "Regular", 8.5))
    return "\n".join(out)


def _footer(run: Run, page: int, count: int, pen: Type) -> str:
    text = f"Phiếu tổng hợp {page}/{count} – Lô in {run.number}"
    width = pen.width(text, "Regular", 8.5)
    return f"0 g\n{pen.line(_RIGHT - width, 10 * MM, text, 'Regular', 8.5)}"

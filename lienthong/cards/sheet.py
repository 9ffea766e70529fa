"""A print run as one PDF: a summary sheet, then A4 sheets of eight CR80 cards, commune by commune (lô in thẻ).

The grid is the same on every sheet, so that a pile can be cut at once. The same input gives the same bytes.
Who may print, and what a print changes, is `cards.printing`'s business.
"""

import io
import zlib
from collections.abc import Sequence
from datetime import datetime

from reportlab.pdfbase.pdfdoc import PDFStream
from reportlab.pdfgen.canvas import Canvas

from lienthong.cards import design
from lienthong.cards.design import MM, CardSheetLine
from lienthong.cards.summary import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    CommuneCount,
    Run,
    printed_vi,
    summary_pages,
)
from lienthong.cards.typesetting import Room, Type, undrawable
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Refused
from lienthong.kernel.names import fold_key, tone_key

__all__ = ["CARDS_A_SHEET", "CardSheetLine", "card_position", "sheet_pdf", "undrawable_in"]

CARDS_A_SHEET = 8
_COLUMNS = 2
_GUTTER = 6 * MM
_STRIP = 8.5 * MM
_GRID_LEFT = (PAGE_WIDTH - 2 * design.WIDTH - _GUTTER) / 2
_GRID_TOP = PAGE_HEIGHT - 19 * MM
_TICK, _TICK_GAP = 3 * MM, 0.8 * MM
_FRAME, _MARKS = "frame", "marks"


def sheet_pdf(
    lines: Sequence[CardSheetLine], *, run_number: str, printed_at: datetime, unit_name: str
) -> bytes:
    """The PDF of a run: cards by commune code, within it by given name; about 2.5 KB and 1 ms a card.

    Raises Refused for an empty run (E-PRINT-EMPTY), and naming the card (E-PRINT-GLYPH) when a name has
    a character that the font lacks: nothing is ever printed as a blank box.
    """
    if not lines:
        raise Refused("Lô in không có thẻ nào.", code="E-PRINT-EMPTY")
    _refuse_undrawable(lines)
    ordered = sorted(lines, key=_order)
    run = _run(ordered, run_number, printed_at, unit_name)
    target = io.BytesIO()
    canvas = _canvas(target, run)
    pen = Type(canvas)
    _define_forms(canvas, pen)
    for page in summary_pages(run, pen):
        canvas.addLiteral(page)
        _end_page(canvas)
    for start in range(0, len(ordered), CARDS_A_SHEET):
        _draw_sheet(canvas, pen, run, ordered, start)
        _end_page(canvas)
    canvas.save()
    return target.getvalue()


def undrawable_in(line: CardSheetLine) -> str:
    """The characters of a card that cannot be printed, each once; empty when the card can be printed."""
    return undrawable("".join(_texts(line)))


def card_position(slot: int) -> tuple[float, float]:
    """The lower left corner of a slot (0 to 7, row by row) on its A4 sheet, in points."""
    row, column = divmod(slot, _COLUMNS)
    left = _GRID_LEFT + column * (design.WIDTH + _GUTTER)
    return left, _GRID_TOP - (row + 1) * (design.HEIGHT + _STRIP)


def _texts(line: CardSheetLine) -> tuple[str, ...]:
    places = (line.facility_name, line.unit_name, line.province_name, line.commune_name)
    return (line.full_name, line.guardian_name, line.address, *places)


def _refuse_undrawable(lines: Sequence[CardSheetLine]) -> None:
    letters = {letter for line in lines for letter in "".join(_texts(line))}
    missing_anywhere = set(undrawable("".join(letters)))
    if not missing_anywhere:
        return
    for line in lines:
        missing = undrawable_in(line)
        if missing:
            codes = ", ".join(f"«{character}» (U+{ord(character):04X})" for character in missing)
            raise Refused(
                f"Thẻ {line.code} có ký tự không in được: {codes}."
                " Vui lòng kiểm tra lại dữ liệu của thẻ này rồi in lại.",
                code="E-PRINT-GLYPH",
            )


def _order(line: CardSheetLine) -> tuple[str, str, str, str, int]:
    """Commune, then given name as Vietnamese lists have it, then the whole name."""
    given = line.full_name.rpartition(" ")[2]
    whole = line.full_name
    return line.commune_code, fold_key(given), fold_key(whole), tone_key(whole), line.card_id


def _run(
    ordered: Sequence[CardSheetLine], number: str, printed_at: datetime, unit_name: str
) -> Run:
    places: dict[str, list[int]] = {}
    for index, line in enumerate(ordered):
        places.setdefault(line.commune_code, []).append(index)
    communes = tuple(
        CommuneCount(
            code,
            ordered[found[0]].commune_name,
            len(found),
            found[0] // CARDS_A_SHEET + 1,
            found[-1] // CARDS_A_SHEET + 1,
        )
        for code, found in places.items()
    )
    return Run(
        number=number,
        unit_name=unit_name,
        printed_at=printed_at,
        card_count=len(ordered),
        sheet_count=-(-len(ordered) // CARDS_A_SHEET),
        reprint_count=sum(line.copy_number > 1 for line in ordered),
        communes=communes,
    )


def _canvas(target: io.BytesIO, run: Run) -> Canvas:
    """An empty document dated `printed_at`, with no personal data in its metadata."""
    size = (PAGE_WIDTH, PAGE_HEIGHT)
    canvas = Canvas(target, pagesize=size, pageCompression=1, invariant=1, lang="vi")
    stamp = canvas._doc._timeStamp  # noqa: SLF001  reportlab has no other way to date a document
    local = run.printed_at.astimezone(VIETNAM)
    stamp.YMDhms = local.timetuple()[:6]
    stamp.dhh = 7
    canvas.setTitle(f"Lô in thẻ BHYT {run.number}")
    canvas.setSubject(f"{run.card_count} thẻ, {run.sheet_count} tờ")
    canvas.setAuthor(run.unit_name)
    canvas.setCreator("Lienthong")
    return canvas


class _Deflate:
    """A compression filter for reportlab, at a level that takes half the time for a tenth more bytes."""

    pdfname = "FlateDecode"

    def encode(self, content: str) -> bytes:
        """The stream as it stands in the file."""
        return zlib.compress(content.encode("latin-1"), 4)


def _end_page(canvas: Canvas) -> None:
    canvas.showPage()
    page = canvas._doc.Pages.pages[-1]  # noqa: SLF001  a page takes its filter from nowhere else
    page.Contents = PDFStream(content=page.stream, filters=[_Deflate()])


def _define_forms(canvas: Canvas, pen: Type) -> None:
    """What stands on every card and on every sheet, once in the file."""
    canvas.beginForm(_FRAME, 0, 0, design.WIDTH, design.HEIGHT)
    canvas.addLiteral(design.frame(pen))
    canvas.endForm()
    canvas.beginForm(_MARKS, 0, 0, PAGE_WIDTH, PAGE_HEIGHT)
    canvas.addLiteral(_cut_marks())
    canvas.endForm()


def _cut_marks() -> str:
    """A short line beside each corner of each card, across and down, outside the card."""
    ticks: list[str] = []
    for slot in range(CARDS_A_SHEET):
        left, bottom = card_position(slot)
        for x, outward in ((left, -1), (left + design.WIDTH, 1)):
            for y, upward in ((bottom, -1), (bottom + design.HEIGHT, 1)):
                near, far = outward * _TICK_GAP, outward * (_TICK_GAP + _TICK * 0.65)
                ticks.append(f"{x + near:.2f} {y:.2f} m {x + far:.2f} {y:.2f} l")
                near, far = upward * _TICK_GAP, upward * (_TICK_GAP + _TICK)
                ticks.append(f"{x:.2f} {y + near:.2f} m {x:.2f} {y + far:.2f} l")
    return "0.3 w 0 G\n" + "\n".join(ticks) + " S"


def _draw_sheet(
    canvas: Canvas, pen: Type, run: Run, ordered: Sequence[CardSheetLine], start: int
) -> None:
    canvas.doForm(_MARKS)
    shown = ordered[start : start + CARDS_A_SHEET]
    for slot, line in enumerate(shown):
        left, bottom = card_position(slot)
        canvas.addLiteral(_strip(pen, ordered, start + slot))
        canvas.addLiteral(f"q 1 0 0 1 {left:.2f} {bottom:.2f} cm")
        canvas.doForm(_FRAME)
        canvas.addLiteral(design.facts(line, pen) + "\nQ")
    canvas.addLiteral(_edges(pen, run, start, len(shown)))


def _strip(pen: Type, ordered: Sequence[CardSheetLine], index: int) -> str:
    """Above a card: its number in the run; the commune where one begins, and on top of every sheet."""
    line, slot = ordered[index], index % CARDS_A_SHEET
    left, bottom = card_position(slot)
    y = bottom + design.HEIGHT + 2.6 * MM
    number = str(index + 1)
    right = left + design.WIDTH - pen.width(number, "Regular", 7) - 1.5 * MM
    out = ["0.35 g", pen.line(right, y, number, "Regular", 7)]
    is_new = index == 0 or ordered[index - 1].commune_code != line.commune_code
    if is_new or slot == 0:
        heading = f"{line.commune_name} ({line.commune_code})"
        heading += "" if is_new else " – tiếp theo"
        room = Room(design.WIDTH - 12 * MM, design.WIDTH - 12 * MM)
        size = pen.fitted(heading, "SemiBold", 8.5, room).size
        out += ["0 g", pen.line(left + 1.5 * MM, y, heading, "SemiBold", size)]
    return "\n".join(out)


def _edges(pen: Type, run: Run, start: int, count: int) -> str:
    """Head and foot of a sheet."""
    left, right = _GRID_LEFT, PAGE_WIDTH - _GRID_LEFT
    number = start // CARDS_A_SHEET + 1
    sheet = f"Tờ {number}/{run.sheet_count} – Lô in {run.number}"
    cards = f"Thẻ số {start + 1}–{start + count} trong {run.card_count} thẻ"
    printed = f"In lúc {printed_vi(run.printed_at)}"
    room = Room(right - left - 62 * MM, right - left - 62 * MM)
    size = pen.fitted(run.unit_name, "Regular", 8.5, room).size
    head, foot = PAGE_HEIGHT - 12 * MM, 9 * MM
    return "\n".join(
        (
            "0 g",
            pen.line(left, head, run.unit_name, "Regular", size),
            pen.line(right - pen.width(printed, "Regular", 8), head, printed, "Regular", 8),
            pen.line(left, foot, sheet, "SemiBold", 8.5),
            pen.line(right - pen.width(cards, "Regular", 8), foot, cards, "Regular", 8),
        )
    )

"""All replies to one letter as a sheet that the centre forwards: one row a province, who owes a reply among them.

Figures are numbers and days are days, each figure with the one that the system counted beside it. Texts stay texts.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter

from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first, vietnam_date
from lienthong.oversight import directivelists, livefigures, replyviews
from lienthong.oversight.directivelists import ChaseLine, DirectiveView, QuestionLine
from lienthong.oversight.replyviews import Pair, ReplyHead, Summary

HEAD_LINE: Final = 6
"""The line of the column heads, from 0; above it stands what the sheet is about."""
_LONGEST: Final = 32_000
_A3: Final = 8
Cell = str | float | date | None
_PLACES: Final = (
    ("Mã tỉnh", 8),
    ("Tỉnh, thành phố", 24),
    ("Hạn trả lời", 12),
    ("Tình trạng", 20),
    ("Gửi lúc", 16),
    ("Người ký", 22),
    ("Số liệu đến", 16),
)
_FIGURE_WIDTH, _SAID_WIDTH = 13, 40
_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "office": {"bold": True},
    "title": {"bold": True, "font_size": 14},
    "said": {"italic": True},
    "head": {
        "bold": True,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "border": 1,
        "bg_color": "#E4F0F6",
    },
    "text": {"border": 1, "valign": "top", "text_wrap": True, "num_format": "@"},
    "figure": {"border": 1, "valign": "top", "align": "right", "num_format": "#,##0.##"},
    "count": {"border": 1, "valign": "top", "align": "right", "num_format": "#,##0"},
    "day": {"border": 1, "valign": "top", "align": "center", "num_format": "dd/mm/yyyy"},
    "sum": {"border": 1, "bold": True, "top": 2, "align": "right", "num_format": "#,##0"},
    "sum_text": {"border": 1, "bold": True, "top": 2},
}


def workbook(by: Actor, directive_id: int, *, at: datetime) -> bytes:
    """An XLSX file: what the letter is, the state of each addressee, its answers; figures that add up are added."""
    letter = directivelists.one(by, directive_id)
    questions = directivelists.questions(by, directive_id)
    found = replyviews.summary(by, directive_id)
    lines = directivelists.chase(by, directive_id, on=vietnam_date(at))
    lines.sort(key=lambda it: it.province_code)
    stream = io.BytesIO()
    words = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, words) as book:
        formats = {name: book.add_format(words) for name, words in _FORMATS.items()}
        sheet = book.add_worksheet("Trả lời công văn")
        _above(sheet, letter, lines, at, formats)
        heads = [*_PLACES, *(it for question in questions for it in _heads(question))]
        for column, (text, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(HEAD_LINE, column, text, formats["head"])
        head_of = {it.id: it for it in found.heads}
        for row, line in enumerate(lines, start=HEAD_LINE + 1):
            cells = _cells(line, head_of.get(line.reply_id), questions, found)
            for column, cell in enumerate(cells):
                _write(sheet, (row, column), cell, formats)
        if found.heads:
            _sums(sheet, HEAD_LINE + 1 + len(lines), questions, found, formats)
        _page(sheet, len(heads), HEAD_LINE + len(lines))
    return stream.getvalue()


def state_vi(line: ChaseLine) -> str:
    """How a province stands, in words."""
    if line.has_sent:
        return "Đã trả lời, muộn" if line.sent_late else "Đã trả lời"
    if line.is_late:
        return "Quá hạn, chưa trả lời"
    return "Đã mở, chưa trả lời" if line.opened_at else "Chưa mở"


def _above(
    sheet: Any,  # noqa: ANN401 - xlsxwriter's worksheet
    letter: DirectiveView,
    lines: Sequence[ChaseLine],
    at: datetime,
    formats: dict[str, Any],
) -> None:
    sent = sum(it.has_sent for it in lines)
    dated = day_first(letter.dated_on) if letter.dated_on else "…"
    sheet.write_string(0, 0, "BẢO HIỂM XÃ HỘI VIỆT NAM", formats["office"])
    title = f"TỔNG HỢP TRẢ LỜI CÔNG VĂN SỐ {letter.number} NGÀY {dated}"
    sheet.write_string(1, 0, title, formats["title"])
    sheet.write_string(2, 0, letter.subject, formats["said"])
    period = ""
    if letter.period_first and letter.period_last:
        days = f"{day_first(letter.period_first)} đến {day_first(letter.period_last)}"
        period = f"Số liệu trong kỳ từ {days}, mỗi tỉnh đến thời điểm ghi ở cột «Số liệu đến». "
    told = f"{sent} trong {len(lines)} nơi nhận đã ký, gửi trả lời đến {_instant(at)}."
    sheet.write_string(3, 0, period + told, formats["said"])


def _page(sheet: Any, columns: int, last_line: int) -> None:  # noqa: ANN401 - as above
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD_LINE)
    sheet.set_row(HEAD_LINE, 62)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&RTrang &P/&N")
    sheet.freeze_panes(HEAD_LINE + 1, 2)
    sheet.autofilter(HEAD_LINE, 0, last_line, columns - 1)


def _heads(question: QuestionLine) -> list[tuple[str, int]]:
    said = f"{question.place}. {question.text}"
    if question.kind != "figure":
        return [(said, _SAID_WIDTH)]
    unit = livefigures.kind_of(question.figure).unit_vi
    return [
        (f"{said} ({unit})", _FIGURE_WIDTH),
        (f"{question.place}. Hệ thống đếm ({unit})", _FIGURE_WIDTH),
        (f"{question.place}. Lý do chênh lệch", _SAID_WIDTH // 2),
    ]


def _cells(
    line: ChaseLine, head: ReplyHead | None, questions: Sequence[QuestionLine], found: Summary
) -> list[Cell]:
    cells: list[Cell] = [
        line.province_code,
        line.province_name,
        line.due_on,
        state_vi(line),
        _instant(line.sent_at),
        f"{head.signer_name}, {head.signer_title}" if head else "",
        _instant(head.as_of) if head else "",
    ]
    pairs = found.pairs[head.id] if head else [None] * len(questions)
    for question, pair in zip(questions, pairs, strict=True):
        if question.kind != "figure":
            cells.append(_words(pair)[:_LONGEST] if pair else "")
        elif pair is None:
            cells += [None, None, ""]
        else:
            cells += [pair.line.figure, pair.line.live, pair.line.own_reason]
    return cells


def _sums(
    sheet: Any,  # noqa: ANN401 - xlsxwriter's worksheet
    row: int,
    questions: Sequence[QuestionLine],
    found: Summary,
    formats: dict[str, Any],
) -> None:
    """The same sums as on the page; beside them those of what the system counted."""
    cells: list[Cell] = ["", "Cộng", *([""] * (len(_PLACES) - 2))]
    for at, question in enumerate(questions):
        if question.kind != "figure":
            cells.append("")
        elif question.id in found.sums:
            lives = [pairs[at].line.live for pairs in found.pairs.values()]
            cells += [found.sums[question.id], sum(it or 0 for it in lives), ""]
        else:
            cells += ["", "", ""]
    for column, cell in enumerate(cells):
        if isinstance(cell, float | int):
            sheet.write_number(row, column, cell, formats["sum"])
        else:
            sheet.write_string(row, column, str(cell), formats["sum_text"])


def _write(
    sheet: Any,  # noqa: ANN401 - xlsxwriter's worksheet
    place: tuple[int, int],
    cell: Cell,
    formats: dict[str, Any],
) -> None:
    if cell is None:
        sheet.write_blank(*place, None, formats["count"])
    elif isinstance(cell, date):
        sheet.write_datetime(*place, datetime(cell.year, cell.month, cell.day), formats["day"])  # noqa: DTZ001 - a day
    elif isinstance(cell, float | int):
        kind = "count" if float(cell).is_integer() else "figure"
        sheet.write_number(*place, cell, formats[kind])
    else:
        sheet.write_string(*place, cell, formats["text"])


def _words(pair: Pair) -> str:
    line = pair.line
    match pair.question.kind:
        case "yes_no":
            return "" if line.is_yes is None else ("Có" if line.is_yes else "Chưa")
        case "day":
            return day_first(line.day) if line.day else ""
        case "plan":
            return "\n".join(
                f"{it.work}{f' – {it.who}' if it.who else ''}, xong trước {day_first(date.fromisoformat(it.until))}"
                for it in line.plans
            )
        case "reasons":
            return "\n".join([*pair.reason_labels, *([line.text] if line.text else [])])
        case _:
            return line.text


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}" if at else ""

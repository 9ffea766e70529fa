"""All replies to one letter as a sheet for officials: one row a province, who owes a reply among them, figures as numbers."""

from datetime import datetime

from lienthong.catalogues.sheets import write_sheet
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first, vietnam_date
from lienthong.oversight import directivelists, replyviews
from lienthong.oversight.directivelists import ChaseLine, QuestionLine
from lienthong.oversight.replyviews import Pair

_TITLE_VI = "Trả lời công văn"
_LONGEST = 32_000
Cell = str | float


def workbook(by: Actor, directive_id: int, *, at: datetime) -> bytes:
    """An XLSX file: the state of each addressee, then a column a question; a figure has one for the province's own too."""
    questions = directivelists.questions(by, directive_id)
    found = replyviews.summary(by, directive_id)
    head_of = {it.id: it for it in found.heads}
    lines = directivelists.chase(by, directive_id, on=vietnam_date(at))
    columns = [
        "Mã tỉnh",
        "Tỉnh, thành phố",
        "Hạn trả lời",
        "Tình trạng",
        "Gửi lúc",
        "Người ký",
        "Số liệu đến",
    ]
    for it in questions:
        columns.append(f"{it.place}. {it.text}")
        if it.kind == "figure":
            columns += [f"{it.place}. Số của tỉnh", f"{it.place}. Lý do chênh lệch"]
    rows: list[list[Cell]] = []
    for line in sorted(lines, key=lambda each: each.province_code):
        head = head_of.get(line.reply_id)
        as_of = _instant(head.as_of) if head else ""
        cells: list[Cell] = [
            line.province_code,
            line.province_name,
            day_first(line.due_on),
            state_vi(line),
            _instant(line.sent_at),
            line.signer_name,
            as_of,
        ]
        pairs = found.pairs[head.id] if head else [None] * len(questions)
        for question, pair in zip(questions, pairs, strict=True):
            cells += _cells(question, pair)
        rows.append(cells)
    return write_sheet(_TITLE_VI, columns, rows)


def state_vi(line: ChaseLine) -> str:
    """How a province stands, in words."""
    if line.has_sent:
        return "Đã trả lời, muộn" if line.sent_late else "Đã trả lời"
    if line.is_late:
        return "Quá hạn, chưa trả lời"
    return "Đã mở, chưa trả lời" if line.opened_at else "Chưa mở"


def _cells(question: QuestionLine, pair: Pair | None) -> list[Cell]:
    if question.kind == "figure":
        if pair is None:
            return ["", "", ""]
        live, own = pair.line.live, pair.line.own
        return ["" if live is None else live, "" if own is None else own, pair.line.own_reason]
    return [_words(pair)[:_LONGEST] if pair else ""]


def _words(pair: Pair) -> str:
    line = pair.line
    match pair.question.kind:
        case "yes_no":
            return "" if line.is_yes is None else ("Có" if line.is_yes else "Chưa")
        case "day":
            return day_first(line.day) if line.day else ""
        case "plan":
            return "; ".join(f"{it.work} ({it.who}, {it.until})" for it in line.plans)
        case "reasons":
            return "; ".join([*pair.reason_labels, *([line.text] if line.text else [])])
        case _:
            return line.text


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}" if at else ""

"""A letter and a reply as official documents on A4 (công văn): state title, number, addressees, text, signature.

Drawn for reading and filing; the signature is the name that the system keeps, not an electronic signature of the file.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from html import escape
from typing import Any, Final

from fontpkg_be_vietnam_pro import ROOT
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from lienthong.cards.typesetting import drawable, undrawable
from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.oversight import livefigures
from lienthong.oversight.directivelists import DirectiveView, QuestionLine
from lienthong.oversight.replyviews import Pair, ReplyHead

_FACES: Final = {"": "Regular", "b": "SemiBold", "i": "Italic"}
_CENTRE_VI: Final = "BẢO HIỂM XÃ HỘI VIỆT NAM"
_MINISTRY_VI: Final = "BỘ TÀI CHÍNH"
_OF_MINISTRY_SINCE: Final = date(2025, 3, 1)
"""Since Decision 391/QĐ-BTC the agency belongs to the Ministry of Finance, which stands above it on its letters."""
_PLACE_VI: Final = "Hà Nội"
_NAMED_AFTER_A_PERSON: Final = "Thành phố Hồ Chí Minh"
"""Written whole in place and day (Decree 30/2020/NĐ-CP, annex I)."""
_WIDTH = A4[0] - 50 * mm
_MOST_NAMED = 6
_ANSWER_VI = {"figure": "số liệu", "reasons": "lý do trong danh sách", "yes_no": "có hoặc chưa"}
_ANSWER_VI |= {
    "day": "ngày",
    "plan": "kế hoạch: việc, người thực hiện, ngày xong",
    "text": "nội dung",
}


def letter_pdf(
    letter: DirectiveView, questions: Sequence[QuestionLine], provinces: Sequence[str]
) -> bytes:
    """The letter with its questions. A draft says so in place of its number."""
    number = letter.number if letter.state != "draft" else f"{letter.number or '…'} (dự thảo)"
    story: list[Any] = [
        _head(_centre_vi(letter.dated_on), number, letter.subject, _PLACE_VI, letter.dated_on),
        Spacer(0, 6 * mm),
        _text(f"Kính gửi: {_to_vi(letter, provinces)}", "centre"),
        Spacer(0, 3 * mm),
    ]
    story += [_text(it, "body") for it in letter.paragraphs]
    until = day_first(letter.due_on) if letter.due_on else "…"
    copies = letter.copy_lines or ["Như trên"]
    marked = [f"- {it}{'.' if it == copies[-1] else ';'}" for it in copies]
    last = _text(f"Hạn trả lời: hết ngày {until}./.", "body", face="b")
    story += [_signed([last], marked, letter.signer_title, letter.signer_name), PageBreak()]
    return _made([*story, *_annex(letter, number, questions)], f"Công văn {letter.number}")


def reply_pdf(reply: ReplyHead, pairs: Sequence[Pair], letter: DirectiveView) -> bytes:
    """One version of a reply, beside each question what was said. What is not signed yet says so."""
    is_sent = reply.sent_at is not None
    subject = f"V/v trả lời công văn số {letter.number}"
    if reply.version > 1:
        subject += f" (đính chính lần {reply.version - 1})"
    office = ["BẢO HIỂM XÃ HỘI VIỆT NAM", f"BẢO HIỂM XÃ HỘI {reply.province_name.upper()}"]
    number = reply.number or ("…" if is_sent else "… (chưa ký)")
    on = reply.sent_at.astimezone(VIETNAM).date() if reply.sent_at else None
    place = reply.province_name
    if place != _NAMED_AFTER_A_PERSON:
        place = place.removeprefix("Thành phố ").removeprefix("Tỉnh ")
    story: list[Any] = [
        _head(office, number, subject, place, on),
        Spacer(0, 6 * mm),
        _text("Kính gửi: Bảo hiểm xã hội Việt Nam", "centre"),
        Spacer(0, 3 * mm),
        _text(_opening(reply, letter), "body"),
    ]
    if letter.period_first and letter.period_last:
        period = f"{day_first(letter.period_first)} đến {day_first(letter.period_last)}"
        story.append(_text(f"Số liệu trong kỳ từ {period}.", "body", face="i"))
    if reply.reason:
        story.append(_text(f"Lý do đính chính: {reply.reason}", "body"))
    for pair in pairs:
        story.append(_text(f"{pair.question.place}. {pair.question.text}", "asked", face="b"))
        story += _said(pair, reply.as_of)
    copies = ["- Như trên;", "- Lưu: VT."]
    title, name = (reply.signer_title.upper(), reply.signer_name) if is_sent else ("", "(chưa ký)")
    last = [story.pop() for _ in range(min(2, len(story)))][::-1]
    story.append(_signed(last, copies, title, name))
    return _made(story, f"Trả lời công văn {letter.number}")


def _annex(letter: DirectiveView, number: str, questions: Sequence[QuestionLine]) -> list[Any]:
    """The questions, behind the signature as an annex of the letter (Decree 30/2020/NĐ-CP, annex I)."""
    dated = f" ngày {day_first(letter.dated_on)}" if letter.dated_on else ""
    story = [
        _text("PHỤ LỤC", "centre", face="b"),
        _text("NỘI DUNG CẦN TRẢ LỜI", "centre", face="b"),
        _text(f"(Kèm theo Công văn số {number}{dated} của BHXH Việt Nam)", "centre", face="i"),
        Spacer(0, 3 * mm),
    ]
    if letter.period_first and letter.period_last:
        period = f"{day_first(letter.period_first)} đến {day_first(letter.period_last)}"
        story.append(_text(f"Số liệu trong kỳ từ {period}, hệ thống điền sẵn.", "body", face="i"))
    return [*story, *(_question(it) for it in questions)]


def _to_vi(letter: DirectiveView, provinces: Sequence[str]) -> str:
    if letter.everyone or not provinces or len(provinces) > _MOST_NAMED:
        suffix = "" if letter.everyone or not provinces else f" ({len(provinces)} nơi nhận)"
        return f"Bảo hiểm xã hội các tỉnh, thành phố{suffix}"
    return "Bảo hiểm xã hội " + ", ".join(_inside_vi(it) for it in provinces)


def _centre_vi(on: date | None) -> list[str]:
    is_of_ministry = on is None or on >= _OF_MINISTRY_SINCE
    return [_MINISTRY_VI, _CENTRE_VI] if is_of_ministry else [_CENTRE_VI]


def _inside_vi(province_name: str) -> str:
    """A province's name inside a sentence: `tỉnh Bắc Ninh`, `thành phố Hà Nội`."""
    return province_name[:1].lower() + province_name[1:]


def _opening(reply: ReplyHead, letter: DirectiveView) -> str:
    dated = f" ngày {day_first(letter.dated_on)}" if letter.dated_on else ""
    return (
        f"Thực hiện công văn số {letter.number}{dated} của Bảo hiểm xã hội Việt Nam, Bảo hiểm xã hội"
        f" {_inside_vi(reply.province_name)} báo cáo như sau:"
    )


def _question(it: QuestionLine) -> Any:  # noqa: ANN401 - a flowable of a package without types
    kind = livefigures.kind_of(it.figure).label_vi if it.figure else _ANSWER_VI[it.kind]
    notes = [kind]
    if it.period_first and it.period_last:
        notes.append(f"kỳ {day_first(it.period_first)} – {day_first(it.period_last)}")
    if it.condition_vi:
        notes.append(it.condition_vi)
    if not it.is_required:
        notes.append("không bắt buộc")
    return _text(f"{it.place}. {it.text} ({'; '.join(notes)})", "asked")


def _said(pair: Pair, as_of: datetime | None) -> list[Any]:
    line, kind = pair.line, pair.question.kind
    if not pair.is_asked:
        said = f"Không phải trả lời (chỉ hỏi {pair.question.condition_vi})."
        return [_text(said, "said", face="i")]
    if kind == "figure":
        return _figure_said(pair, as_of)
    if kind == "plan":
        rows = [
            [_text(it.work, "cell"), _text(it.who, "cell"), _text(_iso_vi(it.until), "cell")]
            for it in line.plans
        ]
        heads = [_text(it, "cell", face="b") for it in ("Việc", "Người thực hiện", "Xong trước")]
        grid = [("GRID", (0, 0), (-1, -1), 0.4, "#444444"), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        widths = [_WIDTH * share for share in (0.55, 0.27, 0.18)]
        return [Table([heads, *rows], widths, style=grid, repeatRows=1)] if rows else _none()
    if kind == "yes_no":
        return (
            _none() if line.is_yes is None else [_text("Có." if line.is_yes else "Chưa.", "said")]
        )
    if kind == "day":
        return [_text(day_first(line.day), "said")] if line.day else _none()
    texts = [f"- {it}" for it in pair.reason_labels] + line.text.splitlines()
    return [_text(it, "said") for it in texts if it.strip()] or _none()


def _figure_said(pair: Pair, as_of: datetime | None) -> list[Any]:
    line, found = pair.line, []
    if line.live is not None:
        when = f", hệ thống đếm lúc {as_of.astimezone(VIETNAM):%H:%M %d/%m/%Y}" if as_of else ""
        found.append(_text(f"{figure_vi(line.live)} {pair.unit_vi}{when}.", "said"))
    if line.own is not None:
        said = f"Số liệu của tỉnh: {figure_vi(line.own)} {pair.unit_vi}. Chênh lệch do: {line.own_reason}"
        found.append(_text(said, "said"))
    return found or _none()


def figure_vi(value: float) -> str:
    """A figure as Vietnamese papers write it: `12.345`, `12,5`."""
    text = f"{int(value):,}" if float(value).is_integer() else f"{value:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


def _none() -> list[Any]:
    return [_text("Không có.", "said", face="i")]


def _iso_vi(text: str) -> str:
    return day_first(date.fromisoformat(text)) if text else ""


def _head(office: Sequence[str], number: str, subject: str, place: str, on: date | None) -> Any:  # noqa: ANN401 - as above
    dated = f"ngày {on.day:02} tháng {on.month:02} năm {on.year}" if on else "ngày … tháng … năm …"
    left = [_text(it, "small", face="b" if it == office[-1] else "") for it in office]
    left += [
        Spacer(0, 0.8 * mm),
        _rule(0.34, _WIDTH * 0.44 - 4),
        _text(f"Số: {number}", "small"),
        _text(subject, "tiny"),
    ]
    right = [
        _text("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "small", face="b"),
        _text("Độc lập - Tự do - Hạnh phúc", "small", face="b"),
        Spacer(0, 0.8 * mm),
        _rule(0.58, _WIDTH * 0.56 - 4),
        _text(f"{place}, {dated}", "small", face="i"),
    ]
    plain = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 2)]
    plain.append(("RIGHTPADDING", (0, 0), (-1, -1), 2))
    return Table([[left, right]], [_WIDTH * 0.44, _WIDTH * 0.56], style=plain)


def _rule(share: float, column: float) -> Any:  # noqa: ANN401 - as above
    """A line in the middle of a column, as wide as that share of it."""
    aside = column * (1 - share) / 2
    style = [("LINEABOVE", (1, 0), (1, 0), 0.7, "#000000")]
    return Table([["", "", ""]], [aside, column * share, aside], [1.5 * mm], style=style)


def _signed(last: list[Any], copies: Sequence[str], title: str, name: str) -> Any:  # noqa: ANN401 - as above
    """The signature with what stands before it: it never stands alone on a page."""
    return KeepTogether([*last, *_foot(copies, title, name)])


def _foot(copies: Sequence[str], title: str, name: str) -> list[Any]:
    left = [_text("Nơi nhận:", "note", face="i"), *(_text(it, "note") for it in copies)]
    parts = [it.strip() for it in title.split("–") if it.strip()]
    right = [_text(it, "small", face="b") for it in parts]
    right += [Spacer(0, 13 * mm), _text(name, "small", face="b")]
    plain = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 2)]
    table = Table([[left, right]], [_WIDTH * 0.52, _WIDTH * 0.48], style=plain)
    return [Spacer(0, 3 * mm), table]


def _text(text: str, style: str, *, face: str = "") -> Any:  # noqa: ANN401 - as above
    lost = undrawable(text)
    plain = drawable(text.translate({ord(it): "?" for it in lost}))
    return Paragraph(escape(plain), _styles()[style, face])


@cache
def _styles() -> dict[tuple[str, str], ParagraphStyle]:
    for weight in _FACES.values():
        pdfmetrics.registerFont(
            TTFont(f"CongVan-{weight}", ROOT / "files" / f"BeVietnamPro-{weight}.ttf")
        )
    forms: dict[str, dict[str, Any]] = {
        "body": {"fontSize": 11.5, "leading": 17, "alignment": TA_JUSTIFY, "firstLineIndent": 10 * mm, "spaceAfter": 4},
        "asked": {"fontSize": 11, "leading": 15.5, "alignment": TA_JUSTIFY, "spaceBefore": 5, "spaceAfter": 2, "keepWithNext": 1},
        "said": {"fontSize": 11, "leading": 15.5, "leftIndent": 6 * mm},
        "cell": {"fontSize": 10, "leading": 13.5},
        "centre": {"fontSize": 12, "leading": 17, "alignment": TA_CENTER},
        "small": {"fontSize": 10.5, "leading": 14, "alignment": TA_CENTER},
        "tiny": {"fontSize": 9.5, "leading": 12.5, "alignment": TA_CENTER},
        "note": {"fontSize": 9.5, "leading": 13},
        "page": {"fontSize": 9, "leading": 12, "alignment": TA_RIGHT},
    }  # fmt: skip
    return {
        (name, face): ParagraphStyle(f"{name}-{weight}", fontName=f"CongVan-{weight}", **words)
        for name, words in forms.items()
        for face, weight in _FACES.items()
    }


def _made(story: list[Any], title: str) -> bytes:
    stream = io.BytesIO()
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=30 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=14 * mm,
        title=title,
        author="Liên thông",
        invariant=1,
    )
    document.build(story, onLaterPages=_number)
    return stream.getvalue()


def _number(canvas: Canvas, document: Any) -> None:  # noqa: ANN401 - as above
    canvas.setFont(f"CongVan-{_FACES['']}", 10)
    canvas.drawCentredString(A4[0] / 2, A4[1] - 12 * mm, str(document.page))

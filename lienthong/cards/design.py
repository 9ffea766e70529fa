"""How a printed card looks, on either form: CR80, 85.60 × 53.98 mm, the child's facts, the QR (mẫu thẻ BHYT).

Which facts a form shows is the law's (`law.card_forms`); where they stand is settled here. The ornament is our
own line-work: no emblem of the State or of the agency is copied.
"""

import math
from dataclasses import dataclass
from datetime import date

from lienthong.cards.typesetting import Room, Type, qr_path
from lienthong.kernel.dates import day_first
from lienthong.law.card_forms import CardField, CardForm, fields_shown

MM = 72 / 25.4
WIDTH, HEIGHT = 85.60 * MM, 53.98 * MM
_MARGIN = 3.4 * MM
_QR_SIDE = 20.4 * MM
_QR_QUIET = _QR_SIDE * 4 / 53
_QR_LEFT = WIDTH - 2.6 * MM - _QR_QUIET - _QR_SIDE
_QR_BOTTOM = 3.7 * MM + _QR_QUIET
_FULL = WIDTH - 2 * _MARGIN
_BESIDE_QR = _QR_LEFT - _QR_QUIET - _MARGIN - 0.8 * MM
_TOP, _MIDDLE, _FOOT = 42.4 * MM, 27.2 * MM, 2.4 * MM
_LEADING = 1.22
_LARGEST_GAP = 3.2
_LABEL_SIZE, _VALUE_SIZE = 5.7, 6.5
_ID_LABEL = "Số định danh:"
_INK, _PALE, _WAVE = "0 0.27 0.33", "0.88 0.945 0.945", "0.55 0.76 0.78"
_SEX_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}


@dataclass(frozen=True, slots=True)
class CardSheetLine:
    """All that one printed card shows. `valid_to` is the last day included; the first copy has number 1.

    `personal_id` is empty where none stands beside the number: unknown, or printed before it was used so.
    """

    card_id: int
    code: str
    insurance_number: str
    full_name: str
    birth_date: date
    sex: str
    address: str
    facility_code: str
    facility_name: str
    valid_from: date
    valid_to: date
    five_year_on: date
    benefit_level: int
    area_code: str
    unit_name: str
    province_name: str
    commune_code: str
    commune_name: str
    guardian_name: str
    form: str
    qr_text: str
    issued_on: date
    copy_number: int
    personal_id: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A label and its value, run in: the value starts behind the label and goes on below it."""

    label: str
    value: str
    weight: str = "SemiBold"
    size: float = _VALUE_SIZE
    lines: int = 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text on a line: distance from the line's left end, and how it is set."""

    x: float
    text: str
    weight: str
    size: float


_Line = list[_Piece]


def frame(pen: Type) -> str:
    """What every card shares, as operators: ornament, border, heading, the white field under the QR."""
    quiet = _QR_SIDE + 2 * _QR_QUIET
    corner = f"{_QR_LEFT - _QR_QUIET:.2f} {_QR_BOTTOM - _QR_QUIET:.2f}"
    title_x, caption_x = _MARGIN + 10.2 * MM, _QR_LEFT + _QR_SIDE / 2
    return "\n".join(
        (
            f"q 0.35 w {_PALE} RG {_rosette(32 * MM, 21.5 * MM, 18.5 * MM, 40)} S",
            f"0.3 w {_WAVE} RG {_waves()} S",
            f"0.4 w {_INK} RG {_rosette(_MARGIN + 4.1 * MM, 48.2 * MM, 3.9 * MM, 12)} S Q",
            f"q 1 g {corner} {quiet:.2f} {quiet:.2f} re f Q",
            f"q 0.5 w {_INK} RG {_rounded(0.35, 0.35, WIDTH - 0.7, HEIGHT - 0.7, 3.18 * MM)} S Q",
            f"q {_INK} rg",
            pen.line(title_x, 50.1 * MM, "BẢO HIỂM XÃ HỘI VIỆT NAM", "SemiBold", 6),
            pen.line(title_x, 44.9 * MM, "THẺ BẢO HIỂM Y TẾ", "Bold", 11),
            pen.centred(caption_x, 1.9 * MM, "Mã QR có chữ ký số", "Regular", 4.4),
            "Q",
        )
    )


def facts(line: CardSheetLine, pen: Type) -> str:
    """What is this card's own, as operators: the child's facts and the QR."""
    shown = fields_shown(CardForm(line.form))
    upper = [_number_line(line, shown, pen)]
    upper += _entry(_Entry("Họ và tên:", line.full_name, "Bold", 9.2, lines=2), _FULL, pen)
    upper.append(_birth_line(line, shown, pen))
    below = _lower(line, shown)
    if CardField.ADDRESS in shown and line.address:
        address = _entry(_Entry("Địa chỉ:", line.address, lines=2), _FULL, pen)
        if _height(upper) + _height(address) <= _TOP - _MIDDLE:
            upper += address
        else:  # a name of two lines has taken its place
            below.insert(0, _Entry("Địa chỉ:", line.address, lines=4))
    lower = [piece for entry in below for piece in _entry(entry, _BESIDE_QR, pen)]
    qr = qr_path(line.qr_text, _QR_LEFT, _QR_BOTTOM, _QR_SIDE)
    return "\n".join((_block(upper, _TOP, _MIDDLE, pen), _block(lower, _MIDDLE, _FOOT, pen), qr))


def _lower(line: CardSheetLine, shown: frozenset[CardField]) -> list[_Entry]:
    code = line.facility_code
    facility = "Chưa đăng ký"
    if code:
        facility = f"{line.facility_name} {_bound(f'({code[:2]} - {code[2:]})')}".strip()
    start = _bound(f"từ ngày {day_first(line.valid_from)}")
    validity = f"{start} {_bound(f'đến hết ngày {day_first(line.valid_to)}')}"
    entries = [
        _Entry("Nơi đăng ký KCB ban đầu:", facility, lines=3),
        _Entry("Giá trị sử dụng:", validity, lines=2),
        _Entry("Thời điểm đủ 05 năm liên tục:", day_first(line.five_year_on)),
    ]
    if CardField.GUARDIAN in shown and line.guardian_name:
        entries.append(_Entry("Cha, mẹ hoặc người giám hộ:", line.guardian_name, lines=2))
    if CardField.ISSUING_PLACE in shown:
        entries.append(_Entry("Nơi cấp, đổi thẻ BHYT:", _issuing_place(line), lines=3))
    issued = day_first(line.issued_on)
    if line.copy_number > 1:
        issued = f"{issued} – Bản in lại lần {line.copy_number - 1}"
    return [*entries, _Entry("Ngày cấp:", issued)]


def _bound(text: str) -> str:
    """The text with blanks that do not break."""
    return text.replace(" ", "\u00a0")


def _issuing_place(line: CardSheetLine) -> str:
    if line.province_name in line.unit_name:
        return line.unit_name
    return f"{line.unit_name}, {line.province_name}"


def _number_line(line: CardSheetLine, shown: frozenset[CardField], pen: Type) -> _Line:
    label = _Piece(0, "Mã số:", "Regular", _LABEL_SIZE)
    left = pen.width(label.text, "Regular", _LABEL_SIZE) + 3.5
    if CardField.CARD_CODE not in shown:
        return [
            label,
            _Piece(left, line.insurance_number, "Bold", 12.0),
            *_id_at_the_end(line, pen),
        ]
    pieces = [label]
    for part in (line.code[:2], line.code[2:3], line.code[3:5], line.code[5:]):
        pieces.append(_Piece(left, part, "Bold", 12.0))
        left += pen.width(part, "Bold", 12.0) + 5.5
    return pieces


def _id_at_the_end(line: CardSheetLine, pen: Type) -> _Line:
    """The personal id at the right end of the ten digits' line; a code of fifteen signs leaves it no room."""
    if not line.personal_id:
        return []
    start = _FULL - pen.width(line.personal_id, "SemiBold", 8.0)
    lead = pen.width(_ID_LABEL, "Regular", _LABEL_SIZE) + 2.2
    return [
        _Piece(start - lead, _ID_LABEL, "Regular", _LABEL_SIZE),
        _Piece(start, line.personal_id, "SemiBold", 8.0),
    ]


def _birth_line(line: CardSheetLine, shown: frozenset[CardField], pen: Type) -> _Line:
    pairs = [("Ngày sinh:", day_first(line.birth_date)), ("Giới tính:", _SEX_VI[line.sex])]
    if CardField.BENEFIT_LEVEL in shown:
        pairs.append(("Mã mức hưởng:", str(line.benefit_level)))
    if CardField.AREA_CODE in shown and line.area_code:
        pairs.append(("Mã khu vực:", line.area_code))
    if CardField.CARD_CODE in shown and line.personal_id:
        pairs.append((_ID_LABEL, line.personal_id))
    gap, between = 2.2, 8.0
    pieces: list[_Piece] = []
    x = 0.0
    for label, value in pairs:
        pieces.append(_Piece(x, label, "Regular", _LABEL_SIZE))
        x += pen.width(label, "Regular", _LABEL_SIZE) + gap
        pieces.append(_Piece(x, value, "SemiBold", 7.0))
        x += pen.width(value, "SemiBold", 7.0) + between
    scale = min(1.0, _FULL / (x - between))
    return [_Piece(one.x * scale, one.text, one.weight, one.size * scale) for one in pieces]


def _entry(entry: _Entry, width: float, pen: Type) -> list[_Line]:
    lead = pen.width(entry.label, "Regular", _LABEL_SIZE) + 2.2
    room = Room(width - lead, width, entry.lines)
    found = pen.fitted(entry.value, entry.weight, entry.size, room)
    first = [
        _Piece(0, entry.label, "Regular", min(_LABEL_SIZE, found.size)),
        _Piece(lead, found.lines[0], entry.weight, found.size),
    ]
    return [first, *([_Piece(0, text, entry.weight, found.size)] for text in found.lines[1:])]


def _height(lines: list[_Line]) -> float:
    return sum(max(piece.size for piece in line) for line in lines) * _LEADING


def _block(lines: list[_Line], top: float, foot: float, pen: Type) -> str:
    """The lines from `top` down to `foot`, evenly spaced; all a little smaller when they are too many."""
    heights = [max(piece.size for piece in line) * _LEADING for line in lines]
    scale = min(1.0, (top - foot) / sum(heights))
    gap = min(_LARGEST_GAP, (top - foot - sum(heights) * scale) / len(lines))
    out = ["0 g"]
    y = top
    for line, height in zip(lines, heights, strict=True):
        y -= height * scale + gap
        baseline = y + height * scale * 0.24
        out += [
            pen.line(
                _MARGIN + piece.x * scale, baseline, piece.text, piece.weight, piece.size * scale
            )
            for piece in line
        ]
    return "\n".join(out)


def _rosette(x: float, y: float, radius: float, petals: int) -> str:
    """Three woven rings of line-work around (x, y)."""
    steps = petals * 16
    rings: list[str] = []
    for depth, turn in ((0.30, 0.0), (0.30, 0.5), (0.16, 0.25)):
        points: list[str] = []
        for step in range(steps):
            angle = 2 * math.pi * step / steps
            wave = math.cos(petals * angle + 2 * math.pi * turn)
            reach = radius * (1 - depth + depth * wave)
            across, up = x + reach * math.cos(angle), y + reach * math.sin(angle)
            points.append(f"{across:.2f} {up:.2f} {'l' if step else 'm'}")
        rings.append(" ".join(points) + " h")
    return "\n".join(rings)


def _waves() -> str:
    """A band of five sines under the heading, from edge to edge."""
    curves: list[str] = []
    for phase in range(5):
        points: list[str] = []
        for step in range(173):
            x = 0.7 * MM + step * (WIDTH - 1.4 * MM) / 172
            y = 43.1 * MM + 0.5 * MM * math.sin(step / 4 + phase * 2 * math.pi / 5)
            points.append(f"{x:.2f} {y:.2f} {'l' if step else 'm'}")
        curves.append(" ".join(points))
    return "\n".join(curves)


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    bend = radius * (1 - 0.5523)
    right, top = x + width, y + height
    return (
        f"{x + radius:.2f} {y:.2f} m {right - radius:.2f} {y:.2f} l"
        f" {right - bend:.2f} {y:.2f} {right:.2f} {y + bend:.2f} {right:.2f} {y + radius:.2f} c"
        f" {right:.2f} {top - radius:.2f} l"
        f" {right:.2f} {top - bend:.2f} {right - bend:.2f} {top:.2f} {right - radius:.2f} {top:.2f} c"
        f" {x + radius:.2f} {top:.2f} l"
        f" {x + bend:.2f} {top:.2f} {x:.2f} {top - bend:.2f} {x:.2f} {top - radius:.2f} c"
        f" {x:.2f} {y + radius:.2f} l"
        f" {x:.2f} {y + bend:.2f} {x + bend:.2f} {y:.2f} {x + radius:.2f} {y:.2f} c h"
    )

"""Vietnamese text and QR codes as PDF operators, fast enough for a thousand cards a second.

Knows fonts, widths and marks, nothing of cards. Be Vietnam Pro has every Vietnamese letter, but its combining
marks stand beside the letter they belong to: those of Ê-đê and Gia-rai names (ơ̆, ư̆) are placed by hand.
"""

import math
import re
import struct
import unicodedata
from dataclasses import dataclass
from functools import cache
from operator import getitem
from typing import Any

import zxingcpp
from fontpkg_be_vietnam_pro import ROOT
from reportlab import rl_config
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

rl_config.useA85 = 0  # bytes, not text armour: a fifth smaller and faster

_PER_EM = 1000.0
_ABOVE = 230  # canonical combining class of the marks over a letter
_MARK_GAP = 70  # thousandths of em between a letter's top and the mark over it
_HORN, _HORN_ROOM = "\u031b", 65
_STAND_INS = {"\u02bc": "\u2019", "\u00a0": " ", "\u2011": "-"}
_STEP = 0.96
_STEPS_BEFORE_BREAK = 6
_SMALLEST_QR = 9  # one module size for every card; a longer text takes the version it needs
_QR_MASK = 3  # choosing the best of eight masks takes six times as long, for signed bytes in vain
_CHUNK = 8
_DARK_RUN = re.compile(rb"\x00+")


@dataclass(frozen=True, slots=True)
class Box:
    """The extent of a glyph in thousandths of em, from its origin."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def middle(self) -> float:
        """Half-way between left and right."""
        return (self.left + self.right) / 2


class Face:
    """One weight of Be Vietnam Pro: widths and glyph boxes in thousandths of em."""

    def __init__(self, weight: str) -> None:
        self.font = TTFont(f"BeVietnamPro-{weight}", ROOT / "files" / f"BeVietnamPro-{weight}.ttf")
        self._widths: dict[int, float] = self.font.face.charWidths
        self._glyphs: dict[int, int] = self.font.face.charToGlyph
        self._outlines: bytes = self.font.face.get_table("glyf")
        header: bytes = self.font.face.get_table("head")
        (self._units,) = struct.unpack(">H", header[18:20])
        (is_long,) = struct.unpack(">h", header[50:52])
        places: bytes = self.font.face.get_table("loca")
        count = len(places) // (4 if is_long else 2)
        step = 1 if is_long else 2
        form = f">{count}{'I' if is_long else 'H'}"
        self._places = [step * place for place in struct.unpack(form, places)]

    def has(self, character: str) -> bool:
        """True when the font can draw the character."""
        return ord(character) in self._glyphs

    def width(self, text: str) -> float:
        """What the text takes, in thousandths of em."""
        return sum(self._widths.get(ord(character), 0.0) for character in drawable(text))

    def box(self, character: str) -> Box:
        """The glyph's extent; an empty one for a blank."""
        glyph = self._glyphs[ord(character)]
        start, end = self._places[glyph], self._places[glyph + 1]
        if start == end:
            return Box(0, 0, 0, 0)
        corners = struct.unpack(">hhhh", self._outlines[start + 2 : start + 10])
        return Box(*(corner * _PER_EM / self._units for corner in corners))


@cache
def face(weight: str) -> Face:
    """The face of a weight, `Regular`, `SemiBold` or `Bold`; read once a process."""
    return Face(weight)


def drawable(text: str) -> str:
    """The text as it is drawn: composed letters where the font has them, else letter and mark (ŏ, ŭ)."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isascii():
        return composed
    return "".join(map(_drawable_letter, composed))


@cache
def _drawable_letter(character: str) -> str:
    stand_in = _STAND_INS.get(character, character)
    if face("Regular").has(stand_in):
        return stand_in
    return unicodedata.normalize("NFD", stand_in)


def undrawable(text: str) -> str:
    """The characters of the text that the font cannot draw, each once; empty when all is well."""
    regular = face("Regular")
    missing = (character for character in drawable(text) if not regular.has(character))
    return "".join(dict.fromkeys(missing))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Text broken into lines that fit, and the size they fit at, in points."""

    lines: tuple[str, ...]
    size: float


@dataclass(frozen=True, slots=True)
class Room:
    """Where text must fit: points on the first line (after a label), on the others, and how many lines."""

    first: float
    other: float
    lines: int = 1


class Type:
    """Fonts of one document: text in, PDF operators out."""

    def __init__(self, canvas: Canvas) -> None:
        self._document: Any = canvas._doc  # noqa: SLF001  reportlab's only way to a font's subset
        self._codes: dict[tuple[str, str], tuple[str, str]] = {}
        self._lines: dict[tuple[str, str, float], str] = {}
        self._words: dict[tuple[str, str], float] = {}
        self._fits: dict[tuple[str, str, float, Room], Fitted] = {}

    def width(self, text: str, weight: str, size: float) -> float:
        """Points that the text takes on one line."""
        words = text.split(" ")
        blanks = (len(words) - 1) * self._word(" ", weight)
        return (sum(self._word(word, weight) for word in words) + blanks) * size / _PER_EM

    def fitted(self, text: str, weight: str, size: float, room: Room) -> Fitted:
        """The whole text in the room: a little smaller before broken, broken before much smaller, never cut."""
        key = (text, weight, size, room)
        found = self._fits.get(key)
        if found is None:
            found = self._fits[key] = self._fit(text, weight, size, room)
        return found

    def _fit(self, text: str, weight: str, size: float, room: Room) -> Fitted:
        for count in range(1, room.lines):
            for step in range(_STEPS_BEFORE_BREAK):
                smaller = size * _STEP**step
                lines = self._broken(text, weight, smaller, room, count)
                if lines:
                    return Fitted(lines, smaller)
        while True:
            lines = self._broken(text, weight, size, room, room.lines)
            if lines:
                return Fitted(lines, size)
            size *= _STEP

    def _broken(
        self, text: str, weight: str, size: float, room: Room, count: int
    ) -> tuple[str, ...]:
        """The text in at most `count` lines; nothing when it does not fit."""
        lines: list[str] = []
        words: list[str] = []
        blank = self._word(" ", weight) * size / _PER_EM
        left = room.first
        for word in text.split(" "):
            width = self._word(word, weight) * size / _PER_EM
            if words and width + blank > left:
                lines.append(" ".join(words))
                words, left = [], room.other
            left -= width + (blank if words else 0)
            words.append(word)
            if left < 0 or len(lines) >= count:
                return ()
        return (*lines, " ".join(words))

    def _word(self, word: str, weight: str) -> float:
        width = self._words.get((weight, word))
        if width is None:
            width = self._words[weight, word] = face(weight).width(word)
        return width

    def line(self, x: float, y: float, text: str, weight: str, size: float) -> str:
        """One line of text from (x, y) on, in points."""
        key = (text, weight, size)
        shown = self._lines.get(key)
        if shown is None:
            shown = self._lines[key] = self._shown(drawable(text), weight, size)
        return f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm {shown} ET"

    def centred(self, x: float, y: float, text: str, weight: str, size: float) -> str:
        """One line with its middle at x."""
        return self.line(x - self.width(text, weight, size) / 2, y, text, weight, size)

    def _shown(self, text: str, weight: str, size: float) -> str:
        """Operators that show the text; character spacing is used for marks alone and is 0 between them.

        A letter before a mark leaves the pen where the mark belongs, the mark puts it back. Spacing, unlike
        a jump, leaves the text in one piece for whoever copies or searches it.
        """
        out: list[str] = []
        font, run = "", ""
        shifts = _shifts(face(weight), text) if _has_marks(text) else {}
        for index, character in enumerate(text):
            reference, code = self._code(weight, character)
            shift, rise = shifts.get(index, _UNMOVED)
            onward = shifts.get(index + 1, _UNMOVED)[0]
            is_plain = not (shift or rise or onward)
            if run and (reference != font or not is_plain):
                out.append(f"({run}) Tj")
                run = ""
            if reference != font:
                out.append(f"{reference} {size:.2f} Tf")
                font = reference
            if is_plain:
                run += code
            else:
                spacing, lift = (onward - shift) * size / _PER_EM, rise * size / _PER_EM
                out.append(f"{spacing:.3f} Tc {lift:.3f} Ts ({code}) Tj 0 Tc 0 Ts")
        if run:
            out.append(f"({run}) Tj")
        return " ".join(out)

    def _code(self, weight: str, character: str) -> tuple[str, str]:
        known = self._codes.get((weight, character))
        if known is None:
            font = face(weight).font
            ((subset, code),) = font.splitString(character, self._document)
            reference = font.getSubsetInternalName(subset, self._document)
            escaped = "".join(_escaped(byte) for byte in code)
            known = self._codes[weight, character] = (reference, escaped)
        return known


def _escaped(byte: int) -> str:
    character = chr(byte)
    return character if character.isalnum() and byte < 128 else f"\\{byte:03o}"  # noqa: PLR2004  ASCII


_UNMOVED = (0.0, 0.0)


def _has_marks(text: str) -> bool:
    return not text.isascii() and any(map(unicodedata.combining, text))


def _shifts(of: Face, text: str) -> dict[int, tuple[float, float]]:
    """For each mark's index: how far right of the pen and how far up it goes, in thousandths of em."""
    shifts: dict[int, tuple[float, float]] = {}
    letter, top, middle = 0, 0.0, 0.0
    for index, character in enumerate(text):
        if not unicodedata.combining(character) or index == 0:
            letter = index
            top, middle = _seat(of, character) if of.has(character) else _UNMOVED
            continue
        mark = of.box(character)
        across = middle - mark.middle - of.width(text[letter])
        rise = 0.0
        if unicodedata.combining(character) == _ABOVE:
            rise = top + _MARK_GAP - mark.bottom
            top += _MARK_GAP + mark.top - mark.bottom
        shifts[index] = (across, rise)
    return shifts


def _seat(of: Face, letter: str) -> tuple[float, float]:
    """The height on which a mark over the letter sits, and its middle; a horn (ơ, ư) pushes it to the left."""
    bare, *marks = list(unicodedata.normalize("NFD", letter))
    base = of.box(bare)
    is_marked_above = any(unicodedata.combining(mark) == _ABOVE for mark in marks)
    middle = base.middle - (_HORN_ROOM if _HORN in marks else 0.0)
    return (of.box(letter).top if is_marked_above else base.top), middle


def qr_path(text: str, left: float, bottom: float, side: float) -> str:
    """The QR of the text as one filled path of runs, without its quiet zone; level M, `side` in points.

    Raises ValueError for a text that no QR can hold. Takes about 0.3 ms.
    """
    modules = memoryview(_qr(text).to_image(scale=1, add_quiet_zones=False))
    count = math.isqrt(modules.nbytes)
    split, places = _places(count)
    path = "".join(map(getitem, places, split.unpack(modules)))
    scale = side / count
    return f"q {scale:.5f} 0 0 {scale:.5f} {left:.2f} {bottom:.2f} cm 0 g\n{path}f Q"


def _qr(text: str) -> Any:  # noqa: ANN401  the binding names no type of its own
    form = zxingcpp.BarcodeFormat.QRCode
    try:
        return zxingcpp.create_barcode(
            text, form, ec_level="M", version=_SMALLEST_QR, dataMask=_QR_MASK
        )
    except ValueError:
        return zxingcpp.create_barcode(text, form, ec_level="M", dataMask=_QR_MASK)


class _Runs(dict[bytes, str]):
    """Eight modules at one place → the rectangles of their dark runs; at most 256 patterns, each made once."""

    def __init__(self, left: int, level: int) -> None:
        super().__init__()
        self._left, self._level = left, level

    def __missing__(self, modules: bytes) -> str:
        rectangles: list[str] = []
        for run in _DARK_RUN.finditer(modules):
            width = run.end() - run.start()
            rectangles.append(f"{self._left + run.start()} {self._level} {width} 1 re\n")
        made = self[modules] = "".join(rectangles)
        return made


@cache
def _places(count: int) -> tuple[struct.Struct, list[_Runs]]:
    """How a matrix of that many modules a side is split, and the runs of each part, row by row."""
    whole, rest = divmod(count, _CHUNK)
    starts = range(0, count, _CHUNK)
    row = f"{_CHUNK}s" * whole + (f"{rest}s" if rest else "")
    return struct.Struct(row * count), [
        _Runs(left, count - 1 - level) for level in range(count) for left in starts
    ]

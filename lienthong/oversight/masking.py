"""Takes what names a person out of a text that leaves its place: numbers, names, birth dates, homes, addresses of mail.

    clean = masked("Cháu Lê Gia Huy, sinh 03/11/2026, thẻ TE1010123456789 không in được.")
    clean.text      "Cháu [họ tên], sinh [ngày sinh], thẻ [số] không in được."

Pure, and strict rather than exact: what only looks like a name is masked too, and whoever wrote it sees so before it
goes out. Names in small letters are found behind a title, with a middle name that tells them, or where the page knew
whom it was about (`Known`).
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from itertools import pairwise
from typing import Final

from lienthong.kernel.names import fold_key
from lienthong.oversight import maskingaddresses


class Telling(StrEnum):
    """What tells who a person is."""

    NUMBER = "number"
    NAME = "name"
    DATE = "date"
    EMAIL = "email"
    HOME = "home"


MASKS_VI: Final = {
    Telling.NUMBER: "[số]",
    Telling.NAME: "[họ tên]",
    Telling.DATE: "[ngày sinh]",
    Telling.EMAIL: "[thư điện tử]",
    Telling.HOME: "[địa chỉ]",
}
"""What stands in its place."""
TELLINGS_VI: Final = {
    Telling.NUMBER: "số định danh, mã số, mã thẻ hoặc số điện thoại",
    Telling.NAME: "họ tên người",
    Telling.DATE: "ngày sinh",
    Telling.EMAIL: "địa chỉ thư điện tử",
    Telling.HOME: "địa chỉ nhà",
}


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the page was about: these names and days are masked however they are written."""

    names: tuple[str, ...] = ()
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Masked:
    """A text that names nobody, and how much of what was taken out."""

    text: str
    found: tuple[tuple[Telling, int], ...] = ()

    @property
    def found_vi(self) -> str:
        """`2 họ tên người, 1 ngày sinh`; empty when nothing was."""
        return ", ".join(f"{count} {TELLINGS_VI[it]}" for it, count in self.found)


_Span = tuple[int, int, Telling]
_MASK = re.compile("|".join(map(re.escape, MASKS_VI.values())))
_MOST_ROUNDS: Final = 8
# Of our own codes only who may see the dossier learns anything: they stay.
_OWN_CODE = re.compile(r"\b(?:HS-\d{4}-\d{4,9}|VM-\d{1,9})\b")
_EMAIL = re.compile(
    r"[^\s@<>()]+(?:@|\s@\s|[(\[]at[)\]])[^\s@<>()]+?"
    r"(?:\s?\.\s?(?:com|vn|gov|net|org|edu)\b|\.[^\s@<>().,;]+)+"
)
# Nine digits and more, however they are parted: a personal id, an insurance number, a telephone, an old identity card.
# A letter O among them is a nought.
_NUMBER = re.compile(
    r"(?:\b[A-Z]{2}[ .\-]?(?=[1-5]))?[+(]{0,2}\d(?:[ .\-–_/()]{0,3}\d|(?<=\d)[oO](?=\d)){8,}"
    r"|(?<!\d)\d{3,4}(?:,\d{3}){2,}(?!\d)"
)
_DAY = re.compile(
    r"(?<!\d)(?:(\d{1,2})\s?[/.\-]\s?(\d{1,2})\s?[/.\-]\s?(\d{4}|\d{2})|(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})"
    r"|(\d{2})(\d{2})(\d{4}))(?!\d)"
    r"|ngày\s+(?:m[ùồ]ng\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})(?:\s+năm\s+(\d{4}))?",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"(?<!khai )(?<!chứng )(?<!kt )\bsinh\b|\bs\.?n\b|\bdob\b|\bchào đời\b", re.IGNORECASE
)
_REACH: Final = 48
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_SENTENCE_END = re.compile(r"[.;!?](?=\s|$)|\n")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_WORDS: Final[dict[str, str]] = tomllib.loads(
    files("lienthong.oversight").joinpath("masking_words.toml").read_text("utf-8")
)
_SURNAMES, _TITLES, _PLACES, _SHORT_FORMS = (
    frozenset(_WORDS[name].split()) for name in ("surnames", "titles", "places", "short_forms")
)
_NO_NAMES, _NO_NAMES_ALONE = (
    frozenset(" ".join(it.split()) for it in _WORDS[name].split(","))
    for name in ("no_names", "no_names_alone")
)
_COMMON, _AFTER_NAMES = (
    frozenset(_WORDS[name].split()) for name in ("common_surnames", "after_names")
)
_MIDDLE: Final = frozenset({"thị", "văn"})
_MIDDLE_KEYS: Final = frozenset({"thi", "van"})
_JOINTS: Final = frozenset({" ", ".", "_", ""})
_LONGEST_SMALL_NAME: Final = 4
_FIRST_PARTS: Final = ("h'", "k'", "h’", "k’")
_LONGEST_NAME, _SHORTEST_NAME = 9, 2


def tidy(text: str) -> str:
    """The same text in NFC, with ASCII figures, letters of plain width, line ends alone of the control characters, single blanks at most."""
    kept = []
    for letter in unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")):
        figure = unicodedata.decimal(letter, None)
        if figure is not None:
            kept.append(str(figure))
        elif letter == "\n":
            kept.append(letter)
        elif unicodedata.category(letter)[0] == "Z" or letter == "\t":
            kept.append(" ")
        elif unicodedata.east_asian_width(letter) == "F":
            kept.append(unicodedata.normalize("NFKC", letter))
        elif unicodedata.category(letter)[0] != "C":
            kept.append(letter)
    lines = (re.sub(" {2,}", " ", line).strip() for line in "".join(kept).split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def masked(text: str, known: Known | None = None) -> Masked:
    """The text in `tidy` form without what tells who somebody is. Masking it once more changes nothing."""
    counts, plain = Counter[Telling](), tidy(text)
    # What stood beside a name may look like one once that is gone; each round leaves fewer letters to look at.
    for _ in range(_MOST_ROUNDS):
        once = _masked_once(plain, known or Known())
        if not once.found:
            break
        counts.update(dict(once.found))
        plain = tidy(once.text)
    return Masked(plain, tuple((it, counts[it]) for it in Telling if counts[it]))


def _masked_once(plain: str, known: Known) -> Masked:
    kept = [found.span() for found in _OWN_CODE.finditer(plain)]
    spans: list[_Span] = [(*found.span(), Telling.EMAIL) for found in _EMAIL.finditer(plain)]
    spans += [
        (*found.span(), Telling.NUMBER)
        for found in _NUMBER.finditer(_without_days(plain))
        if not any(_meet(found.span(), it) for it in kept)
    ]
    names = _names(plain, known)
    spans += names
    spans += [(first, last, Telling.HOME) for first, last in maskingaddresses.spans(plain)]
    spans += _days(plain, names, known)
    masks = [found.span() for found in _MASK.finditer(plain)]
    inside = {it for it in spans if any(first <= it[0] and it[1] <= last for first, last in masks)}
    return _without(plain, [it for it in spans if it not in inside])


def _without(plain: str, spans: Iterable[_Span]) -> Masked:
    pieces, counts, end = [], Counter[Telling](), 0
    for first, last, telling in sorted(spans, key=lambda it: (it[0], -it[1])):
        if last <= end:
            continue
        # What reaches beyond the one before it is masked to its own end.
        pieces += [plain[end:first] if first >= end else " ", MASKS_VI[telling]]
        counts[telling] += 1
        end = last
    pieces.append(plain[end:])
    return Masked("".join(pieces), tuple((it, counts[it]) for it in Telling if counts[it]))


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


# ---------------------------------------------------------------- days


def _without_days(plain: str) -> str:
    """The same length, with letters for written days: they and a figure beside them are no long number."""
    return _DAY.sub(lambda it: "x" * len(it[0]) if _is_written_day(it) else it[0], plain)


def _is_written_day(found: re.Match[str]) -> bool:
    """A day, and not three parts of a longer number that is parted in the same way."""
    day, parted = _day_of(found), next((it for it in found[0] if not it.isdigit()), " ")
    around = (
        found.string[max(found.start() - 2, 0) : found.start()],
        found.string[found.end() :][:2],
    )
    if any(parted in it and it.strip(parted).isdigit() for it in around):
        return False
    return day is not None and _FIRST_YEAR <= day.year <= _LAST_YEAR and found[7] is None


def _days(plain: str, names: Sequence[_Span], known: Known) -> list[_Span]:
    """Days right behind the word "sinh", in one sentence with a name, or known."""
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(plain)), len(plain)]
    told = [
        (first, last)
        for first, last in pairwise(ends)
        if any(_meet((first, last), name[:2]) for name in names)
    ]
    told += [(found.end(), found.end() + _REACH) for found in _BORN.finditer(plain)]
    return [
        (*found.span(), Telling.DATE)
        for found in _DAY.finditer(plain)
        if _day_of(found) in known.days or any(_meet(found.span(), it) for it in told)
    ]


def _day_of(found: re.Match[str]) -> date | None:
    day, month, year, iso_year, iso_month, iso_day, *rest = found.groups()
    packed, worded = rest[:3], rest[3:]
    parts = next(
        it
        for it in ((day, month, year), (iso_day, iso_month, iso_year), packed, worded)
        if it[0] is not None
    )
    whole = [int(part or 0) for part in parts]
    century = 2000 if len(parts[2] or "") <= _SHORTEST_NAME else 0
    try:
        return date(whole[2] + century, whole[1], whole[0])
    except ValueError:
        return None


# ---------------------------------------------------------------- names


@dataclass(frozen=True, slots=True)
class _Part:
    """One word: where it stands, without marks, and how it is written."""

    first: int
    last: int
    key: str
    lower: str
    is_capital: bool
    is_upper: bool


def _parts(plain: str) -> list[_Part]:
    return [
        _Part(
            first,
            first + len(word),
            fold_key(word),
            word.lower(),
            word[0].isupper(),
            word.isupper() and len(word) > 1,
        )
        for found in _WORD.finditer(plain)
        for first, word in _apart(found)
    ]


def _apart(found: re.Match[str]) -> list[tuple[int, str]]:
    """The words of a name that is written as one (`NguyễnVănAn`), with their places; any other word as it is."""
    word, cuts = found[0], [0]
    for at, (one, next_one) in enumerate(pairwise(word), start=1):
        if one.islower() and next_one.isupper():
            cuts.append(at)
    if fold_key(word[: cuts[1]] if len(cuts) > 1 else "") not in _SURNAMES:
        cuts = [0]
    return [
        (found.start() + first, word[first:last]) for first, last in pairwise([*cuts, len(word)])
    ]


def _names(plain: str, known: Known) -> list[_Span]:
    parts = _parts(plain)
    keys = [part.key for part in parts]
    spans: list[_Span] = []
    for name in known.names:
        wanted = [found[0] for found in _WORD.finditer(fold_key(name))]
        spans += _found(parts, keys, wanted)
    at = 0
    while at < len(parts):
        run = _run(plain, parts, at)
        past = _of_a_place(plain, parts, at, run)
        taken = 0 if past else _taken(plain, parts, at, run) or _taken_small(plain, parts, at)
        if taken:
            spans.append((parts[at].first, parts[at + taken - 1].last, Telling.NAME))
        at += max(past, taken, 1)
    return spans


def _found(parts: Sequence[_Part], keys: Sequence[str], wanted: Sequence[str]) -> list[_Span]:
    """Where the whole name stands, in whatever case and with or without marks."""
    size = len(wanted)
    if size < _SHORTEST_NAME:
        return []
    return [
        (parts[at].first, parts[at + size - 1].last, Telling.NAME)
        for at in range(len(keys) - size + 1)
        if list(keys[at : at + size]) == list(wanted)
    ]


def _run(plain: str, parts: Sequence[_Part], at: int) -> int:
    """How many words beginning with a capital follow one another from here, parted by blanks or points, or all by hyphens."""
    count, joints = 0, _JOINTS
    while at + count < len(parts) and parts[at + count].is_capital and count < _LONGEST_NAME:
        here = parts[at + count]
        joint = plain[parts[at + count - 1].last : here.first] if count else ""
        if count == 1 and joint == "-":
            joints = frozenset({"-"})
        if count and joint not in joints:
            break
        if here.key in _SHORT_FORMS or (count and here.lower in _PLACES):
            break
        count += 1
    return count


def _of_a_place(plain: str, parts: Sequence[_Part], at: int, run: int) -> int:
    """How many words from here on name a place, an office or a thing that only begins like a name."""
    if run and _is_right_behind(plain, parts, at, _PLACES):
        return run
    words = [part.lower for part in parts[at : at + run]]
    thing = next((size for size in (3, 2) if " ".join(words[:size]) in _NO_NAMES), 0)
    whole = " ".join(part.key for part in parts[at : at + run])
    return thing or (run if whole in _NO_NAMES_ALONE else 0)


def _taken(plain: str, parts: Sequence[_Part], at: int, run: int) -> int:
    """How many words from here on are a person's name; 0 for none."""
    if not run:
        return 0
    here = parts[at]
    if run < _SHORTEST_NAME:
        return run if _is_called(plain, parts, at) and not here.is_upper else 0
    if here.key in _SURNAMES or here.key.startswith(_FIRST_PARTS):
        return run
    # A sentence may begin with a capital right before the name itself.
    if any(part.key in _SURNAMES for part in parts[at + 1 : at + run - 1]):
        return 0
    is_middle = any(part.lower in _MIDDLE for part in parts[at + 1 : at + run])
    is_written_out = run > _SHORTEST_NAME and not any(it.is_upper for it in parts[at : at + run])
    is_named = is_middle or (is_written_out and here.lower not in _PLACES)
    return run if is_named or _is_called(plain, parts, at) else 0


def _taken_small(plain: str, parts: Sequence[_Part], at: int) -> int:
    """The same for a name in small letters: a common surname with "thị" or "văn" behind it, or with a title before it."""
    here = parts[at]
    if here.lower not in _COMMON:
        return 0
    size = 1
    while size < min(_LONGEST_SMALL_NAME, len(parts) - at):
        part = parts[at + size]
        is_middle = size == 1 and part.key in _MIDDLE_KEYS
        is_over = part.lower in _AFTER_NAMES and not is_middle
        if is_over or plain[parts[at + size - 1].last : part.first] != " ":
            break
        size += 1
    is_middle = size > _SHORTEST_NAME and parts[at + 1].key in _MIDDLE_KEYS
    if is_middle and parts[at + 1].key == "van":
        size = min(size, _LONGEST_SMALL_NAME - 1)
    return size if size >= _SHORTEST_NAME and (is_middle or _is_called(plain, parts, at)) else 0


def _is_called(plain: str, parts: Sequence[_Part], at: int) -> bool:
    """True right behind a title: "cháu", "bà", "tên:"."""
    return _is_right_behind(plain, parts, at, _TITLES)


def _is_right_behind(plain: str, parts: Sequence[_Part], at: int, words: frozenset[str]) -> bool:
    """True where nothing but a blank stands between one of these words and this one."""
    if not at or parts[at - 1].lower not in words:
        return False
    return plain[parts[at - 1].last : parts[at].first] in {" ", ": "}

"""The line of cover of one child, as numbers for a drawing: cards over the time the law covers, and one day on it.

Pure: ranges and a day in, places in per cent out, with the same in words. What the cards are is the caller's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from lienthong.kernel.dates import DateRange, day_first

_LEFT, _WIDTH = 6.0, 93.0
TOP, LANE, BAR, FOOT = 22, 22, 14, 18
"""Pixels from above: the first lane, from lane to lane, a bar, and the line of years."""
_DAY = timedelta(days=1)
_MOST_YEARS = 8
_NEAR_LEFT, _NEAR_RIGHT = 25, 75
_PATTERNS = {
    "active": "solid",
    "requested": "planned",
    "superseded": "past",
    "expired": "past",
    "revoked": "ended",
    "cancelled": "ended",
}
_STATUSES_VI = {
    "active": "đang có giá trị",
    "requested": "chờ duyệt",
    "superseded": "đã thay bằng thẻ mới",
    "expired": "đã hết giá trị",
    "revoked": "đã thu hồi",
    "cancelled": "đã hủy yêu cầu",
}
CoverSpan = tuple[str, date, date, str]
"""Label, first day, last day included, status of `cards.lifecycle`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One lane: where its bar lies, how it is filled (`cover-` + pattern), and what it says in words."""

    number: str
    label: str
    words_vi: str
    pattern: str
    x: str
    width: str
    y: str
    middle: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the line: a year, or the day that is looked at."""

    x: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class CoverLine:
    """The drawing. Heights in pixels, places in per cent; `summary_vi` says the whole of it in a sentence."""

    bars: tuple[Bar, ...]
    years: tuple[Tick, ...]
    day: Tick | None
    entitled: Bar | None
    height: str
    floor: str
    foot: str
    summary_vi: str
    is_whole: bool
    gaps: tuple[DateRange, ...]
    overlaps: tuple[DateRange, ...]


def cover_line(
    spans: Sequence[CoverSpan], entitlement: DateRange | None, on: date
) -> CoverLine | None:
    """The drawing of these cards over the entitlement, with the day `on`; None when there is nothing to draw.

    A card is a lane of its own, in the order given, numbered from 1. Only active cards cover; gaps and overlaps are
    theirs, within the entitlement.
    """
    ranges = [DateRange.closed(first, last) for _, first, last, _ in spans]
    whole = [*ranges, *([entitlement] if entitlement is not None else [])]
    if not whole:
        return None
    scale = Scale(min(each.start for each in whole), max(each.last or each.start for each in whole))
    bars = tuple(
        _bar(str(place), span, scale, lane=place) for place, span in enumerate(spans, start=1)
    )
    live = [r for r, span in zip(ranges, spans, strict=True) if span[3] == "active"]
    gaps = _gaps(live, entitlement) if entitlement is not None else ()
    overlaps = _overlaps(live)
    floor = TOP + LANE * (len(spans) + 1)
    return CoverLine(
        bars=bars,
        years=scale.years(),
        day=scale.day(on),
        entitled=None if entitlement is None else _entitled(entitlement, scale),
        height=str(floor + FOOT),
        floor=str(floor),
        foot=str(floor + FOOT - 4),
        summary_vi=_summary_vi(live, entitlement, gaps, overlaps),
        is_whole=bool(live) and not gaps and not overlaps,
        gaps=gaps,
        overlaps=overlaps,
    )


class Scale:
    """From days to per cent of the drawing's width."""

    def __init__(self, first: date, last: date) -> None:
        self._first, self._last = first, last
        self._days = (last - first).days + 1

    def at(self, day: date) -> float:
        return _LEFT + _WIDTH * (day - self._first).days / self._days

    def x(self, day: date) -> str:
        """Where the day begins."""
        return _percent(self.at(day))

    def width(self, first: date, last: date) -> str:
        """How wide the days are, both included; never too thin to see."""
        return _percent(max(self.at(last + _DAY) - self.at(first), 0.4))

    def years(self) -> tuple[Tick, ...]:
        """The beginnings of years, no more than can be read."""
        years = range(self._first.year + 1, self._last.year + 1)
        every = len(years) // _MOST_YEARS + 1
        return tuple(Tick(self.x(date(year, 1, 1)), str(year)) for year in years[::every])

    def day(self, on: date) -> Tick | None:
        """The day that is looked at; None outside the line."""
        if not self._first <= on <= self._last:
            return None
        place = self.at(on)
        anchor = "start" if place < _NEAR_LEFT else "end" if place > _NEAR_RIGHT else "middle"
        return Tick(_percent(place), day_first(on), anchor)


def _percent(place: float) -> str:
    return f"{place:.2f}%"


def _bar(number: str, span: CoverSpan, scale: Scale, *, lane: int) -> Bar:
    label, first, last, status = span
    said = f"từ {day_first(first)} đến hết {day_first(last)}, {_STATUSES_VI.get(status, status)}"
    y = TOP + LANE * lane
    return Bar(
        number,
        label,
        said,
        _PATTERNS.get(status, "past"),
        scale.x(first),
        scale.width(first, last),
        str(y),
        str(y + BAR - 2),
    )


def _entitled(entitlement: DateRange, scale: Scale) -> Bar:
    last = entitlement.last or entitlement.start
    said = f"từ {day_first(entitlement.start)} đến hết {day_first(last)}"
    x, width = scale.x(entitlement.start), scale.width(entitlement.start, last)
    return Bar("", "Thời gian được hưởng", said, "entitled", x, width, str(TOP), str(TOP))


def _gaps(live: Sequence[DateRange], entitlement: DateRange) -> tuple[DateRange, ...]:
    """The days of the entitlement that no active card covers."""
    found, day = [], entitlement.start
    end = entitlement.end or date.max
    for cover in sorted(live):
        if cover.start > day and day < end:
            found.append(DateRange(day, min(cover.start, end)))
        day = max(day, cover.end or date.max)
    if day < end:
        found.append(DateRange(day, end))
    return tuple(found)


def _overlaps(live: Sequence[DateRange]) -> tuple[DateRange, ...]:
    """The days that two neighbouring active cards cover both."""
    return tuple(
        DateRange(later.start, min(sooner.end or date.max, later.end or date.max))
        for sooner, later in pairwise(sorted(live))
        if sooner.overlaps(later)
    )


def _summary_vi(
    live: Sequence[DateRange],
    entitlement: DateRange | None,
    gaps: Sequence[DateRange],
    overlaps: Sequence[DateRange],
) -> str:
    if not live:
        return "Chưa có thẻ nào đang có giá trị."
    said = [f"Trùng nhau: {_days_vi(overlaps)}."] if overlaps else []
    if gaps:
        said.append(f"Chưa được thẻ nào bảo đảm: {_days_vi(gaps)}.")
    elif entitlement is not None and not overlaps:
        said.append("Thẻ bảo đảm trọn thời gian được hưởng, không gián đoạn ngày nào.")
    return " ".join(said) or "Thẻ đang có giá trị."


def _days_vi(ranges: Sequence[DateRange]) -> str:
    return "; ".join(
        f"{day_first(each.start)} – {day_first(each.last or each.start)}" for each in ranges
    )

"""The contracts of one facility as a line over time, drawn as a child's line of cover is.

Pure: contracts and a day in, places in per cent out, with the same in words.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from lienthong.catalogues.facility_desk_lines import Contract
from lienthong.kernel.dates import DateRange, day_first
from lienthong.web.staff.coverline import BAR, FOOT, LANE, TOP, Bar, CoverLine, Scale

_OPEN_SHOWN = timedelta(days=365)
_PATTERNS = {"present": "solid", "to_come": "planned", "ended": "past"}
_STATES_VI = {"present": "đang có hiệu lực", "to_come": "chưa bắt đầu", "ended": "đã hết"}
_DAY = timedelta(days=1)


def contract_line(contracts: Sequence[Contract], on: date) -> CoverLine | None:
    """The drawing of these contracts, the first one on top; None when there is none.

    One without an end is drawn until a year after the last day that is known.
    """
    if not contracts:
        return None
    ordered = sorted(contracts, key=lambda it: it.facts.contract)
    known = [it.last or it.facts.contract.start for it in ordered]
    end = max(*known, on, on)
    if ordered[-1].last is None:
        end += _OPEN_SHOWN
    scale = Scale(min(ordered[0].facts.contract.start, on), end)
    bars = tuple(
        _bar(it, scale, end, place=place, on=on) for place, it in enumerate(ordered, start=1)
    )
    floor = TOP + LANE * len(ordered)
    days = [it.facts.contract for it in ordered]
    return CoverLine(
        bars=bars,
        years=scale.years(),
        day=scale.day(on),
        entitled=None,
        height=str(floor + FOOT),
        floor=str(floor),
        foot=str(floor + FOOT - 4),
        summary_vi=_summary_vi(days, on),
        is_whole=not _breaks(days),
        gaps=_breaks(days),
        overlaps=(),
    )


def _bar(contract: Contract, scale: Scale, end: date, *, place: int, on: date) -> Bar:
    days, state = contract.facts.contract, contract.state_on(on)
    said = f"từ {day_first(days.start)}"
    said += f" đến hết {day_first(days.last)}" if days.last else ", chưa định ngày kết thúc"
    y = TOP + LANE * (place - 1)
    return Bar(
        str(place),
        contract.facts.name,
        f"{said} ({_STATES_VI[state]})",
        _PATTERNS[state],
        scale.x(days.start),
        scale.width(days.start, days.last or end),
        str(y),
        str(y + BAR - 2),
    )


def _breaks(days: Sequence[DateRange]) -> tuple[DateRange, ...]:
    """The days between two contracts that neither covers."""
    return tuple(
        DateRange(sooner.end, later.start)
        for sooner, later in pairwise(days)
        if sooner.end is not None and sooner.end < later.start
    )


def _summary_vi(days: Sequence[DateRange], on: date) -> str:
    present = next((it for it in days if on in it), None)
    if present is None:
        later = next((it for it in days if it.start > on), None)
        if later is not None:
            return f"Chưa có hợp đồng ngày {day_first(on)}; hợp đồng tới bắt đầu {day_first(later.start)}."
        return f"Đã hết hợp đồng từ sau ngày {day_first(days[-1].last or on)}."
    last = present
    for it in days:
        last = it if last.end is not None and it.start == last.end else last
    if last.last is None:
        return "Đang có hợp đồng, chưa định ngày kết thúc."
    return f"Đang có hợp đồng liên tục đến hết ngày {day_first(last.last)}."

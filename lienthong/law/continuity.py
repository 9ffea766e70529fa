"""First and last day of a further card (cấp lại, đổi thẻ, cấp nối tiếp): no gap and no overlap in the validity line.

A pure decision: the caller knows the cards; this says the dates, and what becomes of the old card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.dated import cites
from lienthong.law.validity import card_validity, five_year_date


class OldCard(StrEnum):
    """What becomes of the card before."""

    NONE = "none"
    SUPERSEDED_ON_APPROVAL = "superseded on approval"
    """Stays valid until the new card is approved, never closed before."""
    RUNS_TO_ITS_END = "runs to its end"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Request:
    """A card asked for on the day `on`.

    `previous` is the person's last card, `previous_five_year_on` the five-year day on it. `entitlement` is
    the cover the new card is for, when it is not a child's from birth. `has_entitlement_in_gap`: covered
    between the old card's end and `entitlement`. `is_birth_date_corrected`: `birth_date` is the corrected one.
    `others_active` are the person's other cards that stay in force.
    """

    birth_date: date
    on: date
    previous: DateRange | None = None
    previous_five_year_on: date | None = None
    entitlement: DateRange | None = None
    has_entitlement_in_gap: bool = True
    is_birth_date_corrected: bool = False
    others_active: Sequence[DateRange] = ()


@dataclass(frozen=True, slots=True)
class Continuity:
    """The dates of the new card and the rule that set them, `002-1` to `002-6`."""

    rule: str
    valid: DateRange
    five_year_on: date
    old_card: OldCard


@cites(
    sources.EXCHANGE_5052,
    sources.CONTINUITY_16_3,
    sources.CHILD_CARD_188_2025,
    sources.FIVE_YEARS,
    sources.ONE_PERSON_ONE_CARD,
)
def decide(request: Request) -> Continuity:
    """The new card's first day, end and five-year day, first rule that fits from 002-1 to 002-6.

    002-1 first card: from birth. 002-6 corrected birth date: anew from it. 002-2 exchange while valid, or before
    its first day: the same days. 002-3 another entitlement while valid: from the old end. 002-4 expired, covered in between:
    from the old end. 002-5 expired, not covered in between: from the new entitlement, five years anew.
    Refused with code 002-7 when the result would overlap another active card, and where nothing is left
    to be covered.

    Source: sources.EXCHANGE_5052, sources.CONTINUITY_16_3, sources.CHILD_CARD_188_2025, sources.FIVE_YEARS,
    sources.ONE_PERSON_ONE_CARD.
    """
    decision = _decision(request)
    if any(decision.valid.overlaps(other) for other in request.others_active):
        message = "Người này đang có thẻ khác còn hiệu lực trong thời gian đó; không duyệt, chuyển xử lý trùng."
        raise Refused(message, code="002-7", field="valid")
    return decision


def _decision(request: Request) -> Continuity:
    as_child = card_validity(request.birth_date, on=request.on)
    from_birth = five_year_date(request.birth_date)
    previous = request.previous
    if previous is None:
        valid = request.entitlement or as_child
        return Continuity("002-1", valid, five_year_date(valid.start), OldCard.NONE)
    if request.is_birth_date_corrected:
        return Continuity("002-6", as_child, from_birth, OldCard.SUPERSEDED_ON_APPROVAL)
    carried = request.previous_five_year_on or from_birth
    covered = request.entitlement or as_child
    # A card issued beforehand for the days after another one is as good as one that has begun.
    is_in_force = not _is_over(previous, request.on)
    if is_in_force and request.entitlement is None:
        return Continuity("002-2", previous, carried, OldCard.SUPERSEDED_ON_APPROVAL)
    if is_in_force:
        return Continuity(
            "002-3", _from_old_end(previous, covered), carried, OldCard.RUNS_TO_ITS_END
        )
    if request.has_entitlement_in_gap:
        return Continuity("002-4", _from_old_end(previous, covered), carried, OldCard.EXPIRED)
    return Continuity("002-5", covered, five_year_date(covered.start), OldCard.EXPIRED)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A line of cards after its child's birth date was corrected.

    `valid` has one entry a card of the line, in its order: the days of the card that comes in its place, or None when
    it ends and none does. `rule` is always 002-6.
    """

    covered: DateRange
    five_year_on: date
    valid: tuple[DateRange | None, ...]
    rule: str = "002-6"


@cites(
    sources.EXCHANGE_5052,
    sources.CONTINUITY_16_3,
    sources.CHILD_CARD_188_2025,
    sources.FIVE_YEARS,
    sources.ONE_PERSON_ONE_CARD,
)
def redraw(
    line: Sequence[DateRange], *, born_on: date, corrected: date, five_year_on: date, on: date
) -> Redrawn:
    """The line of cards that follow each other day by day, drawn anew for a corrected birth date (002-6).

    What began with the birth begins with the right one, and what ended with the law's last day ends with the right
    one; a day that came from elsewhere (another entitlement, 002-3 … 002-5) stays, within the law's. A card that is over
    is not issued again: the first one still to be used takes in its days. One left without a day ends. Refused (N-AGE)
    when nothing would be left from `on` on. `line` is not empty; `five_year_on` is that of its first card.

    Source: sources.EXCHANGE_5052, sources.CONTINUITY_16_3, sources.CHILD_CARD_188_2025, sources.FIVE_YEARS,
    sources.ONE_PERSON_ONE_CARD.
    """
    before, lawful = card_validity(born_on, on=on), card_validity(corrected, on=on)
    is_from_birth = line[0].start == before.start
    start = lawful.start if is_from_birth else max(line[0].start, lawful.start)
    most = lawful.end or date.max
    last = line[-1].end or date.max
    end = most if line[-1].end == before.end else min(last, most)
    if start >= end or end <= on:
        message = (
            "Theo ngày sinh đúng, trẻ không còn thời gian nào được hưởng thẻ trẻ em dưới 6 tuổi."
        )
        raise Refused(message, code="N-AGE", field="born_on")
    used = [it for it in line if not _is_over(it, on)] or [line[-1]]
    bounds = [start, *(min(max(it.start, start), end) for it in used[1:]), end]
    days = [DateRange(first, until) if first < until else None for first, until in pairwise(bounds)]
    is_anew = is_from_birth or start > line[0].start
    return Redrawn(
        DateRange(start, end),
        five_year_date(start) if is_anew else five_year_on,
        (*(None for _ in range(len(line) - len(used))), *days),
    )


def _is_over(valid: DateRange, on: date) -> bool:
    return valid.end is not None and valid.end <= on


def _from_old_end(previous: DateRange, covered: DateRange) -> DateRange:
    # Half-open: the old end is the day after the last day the old card shows.
    start = previous.end
    if start is None or (covered.end is not None and start >= covered.end):
        message = "Không còn thời gian nào sau thẻ trước để cấp nối tiếp."
        raise Refused(message, code="N-AGE", field="previous")
    return DateRange(start, covered.end)

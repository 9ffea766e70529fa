"""First and last day of a further card (cấp lại, đổi thẻ, cấp nối tiếp): no gap and no overlap in the validity line.

A pure decision: the caller knows the cards; this says the dates, and what becomes of the old card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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

    002-1 first card: from birth. 002-6 corrected birth date: anew from it. 002-2 exchange while valid: the
    same days. 002-3 another entitlement while valid: from the old end. 002-4 expired, covered in between:
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
    if request.on in previous and request.entitlement is None:
        return Continuity("002-2", previous, carried, OldCard.SUPERSEDED_ON_APPROVAL)
    if request.on in previous:
        return Continuity(
            "002-3", _from_old_end(previous, covered), carried, OldCard.RUNS_TO_ITS_END
        )
    if request.has_entitlement_in_gap:
        return Continuity("002-4", _from_old_end(previous, covered), carried, OldCard.EXPIRED)
    return Continuity("002-5", covered, five_year_date(covered.start), OldCard.EXPIRED)


def _from_old_end(previous: DateRange, covered: DateRange) -> DateRange:
    # Half-open: the old end is the day after the last day the old card shows.
    start = previous.end
    if start is None or (covered.end is not None and start >= covered.end):
        message = "Không còn thời gian nào sau thẻ trước để cấp nối tiếp."
        raise Refused(message, code="N-AGE", field="previous")
    return DateRange(start, covered.end)

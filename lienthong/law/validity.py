"""How long a young child's card is good for (thời hạn sử dụng thẻ của trẻ em dưới 6 tuổi)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lienthong.kernel.dates import DateRange, last_day_of_month, plus_years
from lienthong.law import sources
from lienthong.law.dated import Dated, cites, in_force
from lienthong.law.parameters import Figure, figure
from lienthong.law.sources import Source

_SUBJECT_VI = "thời hạn thẻ BHYT của trẻ em dưới 6 tuổi"
_SCHOOL_TERM = "SCHOOL_TERM"
_MONTH_END = "MONTH_END"


@dataclass(frozen=True, slots=True)
class ValidityRule:
    """Which wording and which of its branches set the last day: `D188_2025:SCHOOL_TERM`, and the text."""

    rule: str
    source: Source


@dataclass(frozen=True, slots=True)
class _Wording:
    key: str
    branch: Callable[[date, date], str]


def _by_30_september(birth_date: date, on: date) -> str:
    # "Before" and "after" 30 September leave out the day itself; it is read as before, and
    # the month's last day would be the same 30 September.
    month = figure(Figure.SCHOOL_TERM_MONTH, on=on)
    day = figure(Figure.SCHOOL_TERM_DAY, on=on)
    return _SCHOOL_TERM if (birth_date.month, birth_date.day) <= (month, day) else _MONTH_END


# The four wordings agree on every birth date. Each keeps its own line, so that a card says under
# which text it was issued and a text that turns out to differ changes here alone.
_WORDINGS = (
    Dated(
        sources.CHILD_CARD_105_2014.in_force,
        _Wording("D105_2014", _by_30_september),
        sources.CHILD_CARD_105_2014,
    ),
    Dated(
        sources.CHILD_CARD_146_2018.in_force,
        _Wording("D146_2018", _by_30_september),
        sources.CHILD_CARD_146_2018,
    ),
    Dated(
        sources.CHILD_CARD_51_2024.in_force,
        _Wording("L51_2024", _by_30_september),
        sources.CHILD_CARD_51_2024,
    ),
    Dated(
        sources.CHILD_CARD_188_2025.in_force,
        _Wording("D188_2025", _by_30_september),
        sources.CHILD_CARD_188_2025,
    ),
)


def _last_day(birth_date: date, on: date, branch: str) -> date:
    year = birth_date.year + figure(Figure.CHILD_CARD_YEARS, on=on)
    if branch == _SCHOOL_TERM:
        month = figure(Figure.SCHOOL_TERM_MONTH, on=on)
        return date(year, month, figure(Figure.SCHOOL_TERM_DAY, on=on))
    return last_day_of_month(year, birth_date.month)


@cites(
    sources.CHILD_CARD_105_2014,
    sources.CHILD_CARD_146_2018,
    sources.CHILD_CARD_51_2024,
    sources.CHILD_CARD_188_2025,
)
def card_validity(birth_date: date, *, on: date) -> DateRange:
    """First day included (the day of birth, however late the registration), last day excluded.

    Born on or before 30 September: through 30 September of the year of the sixth birthday; born later in
    the year: through the last day of the month of the sixth birthday. `on` is the day whose law applies,
    that is the day the card is issued. Refused before 2015.

    Source: sources.CHILD_CARD_105_2014, sources.CHILD_CARD_146_2018, sources.CHILD_CARD_51_2024,
    sources.CHILD_CARD_188_2025.
    """
    wording = in_force(_WORDINGS, on, subject_vi=_SUBJECT_VI).value
    return DateRange.closed(birth_date, _last_day(birth_date, on, wording.branch(birth_date, on)))


@cites(
    sources.CHILD_CARD_105_2014,
    sources.CHILD_CARD_146_2018,
    sources.CHILD_CARD_51_2024,
    sources.CHILD_CARD_188_2025,
)
def validity_rule(birth_date: date, *, on: date) -> ValidityRule:
    """The wording and branch that `card_validity` applies to the same arguments. Refused before 2015.

    Source: sources.CHILD_CARD_105_2014, sources.CHILD_CARD_146_2018, sources.CHILD_CARD_51_2024,
    sources.CHILD_CARD_188_2025.
    """
    row = in_force(_WORDINGS, on, subject_vi=_SUBJECT_VI)
    return ValidityRule(f"{row.value.key}:{row.value.branch(birth_date, on)}", row.source)


@cites(sources.FIVE_YEARS)
def five_year_date(covered_from: date) -> date:
    """The day five unbroken years of cover are complete (thời điểm đủ 05 năm liên tục).

    `covered_from` is the first day of cover: for a child with a card from birth, the birth date. 29
    February becomes 28 February in a common year.

    Source: sources.FIVE_YEARS (assumption for children).
    """
    return plus_years(
        covered_from, figure(Figure.FIVE_YEAR_YEARS, on=sources.FIVE_YEARS.in_force.start)
    )


@cites(sources.CHILD_COVERED, sources.CHILD_CARD_188_2025)
def entitled(birth_date: date, *, on: date) -> bool:
    """True when a child born that day is, on `on`, born and not past the last day of a child's card.

    A child older than 72 months but not past that day is still covered; an unborn one is not. Refused
    before 2015.

    Source: sources.CHILD_COVERED, sources.CHILD_CARD_188_2025.
    """
    return on in card_validity(birth_date, on=on)

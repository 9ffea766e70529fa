"""What arises for collection (phát sinh thu) for a covered child: from which month, how much, who pays.

Amounts rest on assumptions that `sources` marks as such; they are for planning until a lawyer has read the texts.
"""

from datetime import date

from lienthong.kernel.dates import DateRange, plus_years
from lienthong.law import sources
from lienthong.law.dated import cites
from lienthong.law.entitlement import payer
from lienthong.law.parameters import Figure, figure

_RATE_UNITS_A_WHOLE = 10_000


@cites(sources.CONTRIBUTION_MONTHS)
def contribution_months(birth_date: date, *, on: date) -> DateRange:
    """The months the budget pays for, as first days: from the month of birth up to, not including, the month of 72 months.

    Months before a late registration arise too, since the card starts at birth. The extension to 30
    September is free. Refused before 2015.

    Source: sources.CONTRIBUTION_MONTHS (assumption).
    """
    first_month = birth_date.replace(day=1)
    return DateRange(first_month, plus_years(first_month, figure(Figure.CHILD_CARD_YEARS, on=on)))


@cites(
    sources.CONTRIBUTION_RATE,
    sources.CHILD_COVERED,
    sources.BASE_PAY_66_2013,
    sources.BASE_PAY_47_2016,
    sources.BASE_PAY_47_2017,
    sources.BASE_PAY_72_2018,
    sources.BASE_PAY_38_2019,
    sources.BASE_PAY_24_2023,
    sources.BASE_PAY_73_2024,
    sources.BASE_PAY_161_2026,
)
def contribution_amount(group: str, month: date) -> int:
    """VND that arise for one member of the group for the month that holds the day: the rate of base pay.

    The figures of the month's first day count. Refused for a group other than `TE` and before 2015.

    Source: sources.CONTRIBUTION_RATE, sources.CHILD_COVERED, sources.BASE_PAY_66_2013,
    sources.BASE_PAY_47_2016, sources.BASE_PAY_47_2017, sources.BASE_PAY_72_2018,
    sources.BASE_PAY_38_2019, sources.BASE_PAY_24_2023, sources.BASE_PAY_73_2024,
    sources.BASE_PAY_161_2026.
    """
    payer(group)
    first = month.replace(day=1)
    rate = figure(Figure.CONTRIBUTION_RATE, on=first)
    return figure(Figure.BASE_PAY, on=first) * rate // _RATE_UNITS_A_WHOLE

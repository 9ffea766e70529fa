"""INV-18: the validity rule against an oracle written from the decree's text by other means, and its properties."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.validity import card_validity, entitled, five_year_date, validity_rule

_FIRST, _LAST = date(2015, 1, 1), date(2035, 12, 31)
_BIRTH_DATES = [_FIRST + timedelta(days=n) for n in range((_LAST - _FIRST).days + 1)]
_ISSUED_ON = [date(2015, 1, 1), date(2018, 12, 1), date(2025, 7, 1), date(2025, 8, 15)]

births = st.dates(min_value=_FIRST, max_value=_LAST)
days_of_issue = st.dates(min_value=_FIRST, max_value=_LAST)


def _last_day_by_the_decree(born: date) -> date:
    """Day by day: to 30 September of the year of 72 months, or on to the end of that month when born later."""
    year = born.year + 6
    day = date(year, 9, 30)
    if born.strftime("%m%d") > "0930":
        # Walk from the first of the month until the next day is another month's.
        day = date(year, born.month, 1)
        while (day + timedelta(days=1)).month == born.month:
            day += timedelta(days=1)
    return day


def test_there_are_7670_birth_dates() -> None:
    assert len(_BIRTH_DATES) == 7_670


@pytest.mark.parametrize("on", _ISSUED_ON, ids=str)
def test_every_birth_date_agrees_with_the_decree_under_each_text(on: date) -> None:
    wrong = [
        born
        for born in _BIRTH_DATES
        if (valid := card_validity(born, on=on)).start != born
        or valid.last != _last_day_by_the_decree(born)
    ]
    assert wrong == []


@given(born=births, on=days_of_issue)
def test_a_later_birth_never_ends_earlier(born: date, on: date) -> None:
    today, tomorrow = (card_validity(day, on=on) for day in (born, born + timedelta(days=1)))
    assert today.last is not None
    assert tomorrow.last is not None
    assert today.last <= tomorrow.last


@given(born=births, on=days_of_issue)
def test_a_card_covers_at_least_six_years_and_at_most_nine_months_more(
    born: date, on: date
) -> None:
    last = card_validity(born, on=on).last
    assert last is not None
    completes_six = date(born.year + 6, born.month, min(born.day, 28))
    assert completes_six <= last
    assert last < completes_six + timedelta(days=277)


@given(born=births, on=days_of_issue)
def test_entitled_is_a_card_that_covers_the_day(born: date, on: date) -> None:
    assert entitled(born, on=on) == (born <= on <= _last_day_by_the_decree(born))


@given(born=births, on=days_of_issue)
def test_the_rule_named_is_in_force_on_the_day(born: date, on: date) -> None:
    rule = validity_rule(born, on=on)
    assert on in rule.source.in_force
    assert rule.rule.endswith("SCHOOL_TERM" if born.strftime("%m%d") <= "0930" else "MONTH_END")


@given(born=births)
def test_five_years_lie_within_the_card(born: date) -> None:
    assert five_year_date(born) in card_validity(born, on=born)


def test_the_texts_follow_each_other_without_gap_or_overlap() -> None:
    texts = [
        sources.CHILD_CARD_105_2014,
        sources.CHILD_CARD_146_2018,
        sources.CHILD_CARD_51_2024,
        sources.CHILD_CARD_188_2025,
    ]
    for earlier, later in pairwise(texts):
        assert earlier.in_force.end == later.in_force.start
    assert texts[-1].in_force.end is None


@given(born=births, on=st.dates(max_value=date(2014, 12, 31)))
def test_no_text_means_refused(born: date, on: date) -> None:
    with pytest.raises(Refused) as refusal:
        card_validity(born, on=on)
    assert refusal.value.code == "E-LAW-DATE"

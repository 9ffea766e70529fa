"""INV-19 in the law: whatever is asked, the validity line has no overlap, and no gap where there was cover."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Refused
from lienthong.law.continuity import OldCard, Request, decide
from lienthong.law.validity import card_validity, five_year_date

_ON = date(2026, 11, 20)
births = st.dates(min_value=date(2020, 12, 1), max_value=_ON)


@pytest.mark.rule("002-2")
@given(born=births)
def test_a_lost_card_comes_back_as_it_was(born: date) -> None:
    first = decide(Request(born, _ON))
    again = decide(
        Request(born, _ON, previous=first.valid, previous_five_year_on=first.five_year_on)
    )
    assert (again.valid, again.five_year_on) == (first.valid, first.five_year_on)
    assert again.old_card is OldCard.SUPERSEDED_ON_APPROVAL


@pytest.mark.rule("002-3")
@given(born=births, days=st.integers(min_value=1, max_value=400))
def test_a_renewal_begins_where_the_old_card_ends(born: date, days: int) -> None:
    old = card_validity(born, on=_ON)
    assert old.end is not None
    later = DateRange(old.end, old.end + timedelta(days=days))
    renewed = decide(Request(born, _ON, previous=old, entitlement=later))
    assert renewed.valid.start == old.end
    assert not renewed.valid.overlaps(old)
    assert renewed.five_year_on == five_year_date(born)


@pytest.mark.rule("002-6")
@given(born=births, wrong=births)
def test_a_corrected_birth_date_starts_the_line_anew(born: date, wrong: date) -> None:
    assume(born != wrong)
    old = card_validity(wrong, on=_ON)
    mended = decide(Request(born, _ON, previous=old, is_birth_date_corrected=True))
    assert mended.valid == card_validity(born, on=_ON)


@pytest.mark.rule("002-7")
@given(born=births, start=births, length=st.integers(min_value=1, max_value=3000))
def test_no_card_is_decided_that_overlaps_another(born: date, start: date, length: int) -> None:
    other = DateRange(start, start + timedelta(days=length))
    request = Request(born, _ON, others_active=[other])
    if card_validity(born, on=_ON).overlaps(other):
        with pytest.raises(Refused) as refusal:
            decide(request)
        assert refusal.value.code == "002-7"
    else:
        assert not decide(request).valid.overlaps(other)

"""INV-19 in the law: whatever is asked, the validity line has no overlap, and no gap where there was cover."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Refused
from lienthong.law.continuity import OldCard, Request, decide, redraw
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


@pytest.mark.rule("002-6", "002-7")
@given(
    wrong=births,
    right=births,
    turns=st.lists(st.integers(min_value=1, max_value=2400), max_size=3, unique=True),
    is_shorter=st.booleans(),
)
def test_a_line_drawn_anew_follows_day_by_day_within_what_the_law_gives(
    wrong: date, right: date, turns: list[int], is_shorter: bool
) -> None:
    whole = card_validity(wrong, on=_ON)
    assert whole.end is not None
    end = whole.end - timedelta(days=40) if is_shorter else whole.end
    inner = sorted(wrong + timedelta(days=it) for it in turns)
    days = [wrong, *(it for it in inner if it < end), end]
    line = [DateRange(*each) for each in pairwise(days)]
    lawful = card_validity(right, on=_ON).end
    assert lawful is not None
    last = min(end, lawful) if is_shorter else lawful
    assume(last > max(_ON, right))
    told = redraw(line, born_on=wrong, corrected=right, five_year_on=five_year_date(wrong), on=_ON)
    issued = [it for it in told.valid if it is not None]
    assert len(told.valid) == len(line)
    assert issued[0].start == told.covered.start == right
    assert issued[-1].end == told.covered.end
    assert all(sooner.end == later.start for sooner, later in pairwise(issued))
    assert told.covered.end == last
    over = [it for it in line if it.end is not None and it.end <= _ON]
    if len(over) < len(line):
        assert told.valid[: len(over)] == (None,) * len(over)

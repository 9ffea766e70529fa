"""The kernel's dates: ranges, steps, forms of writing, the zone."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kernel.dates import (
    VIETNAM,
    DateRange,
    add_working_days,
    day_first,
    first_of_next_month,
    last_day_of_month,
    parse_day_first,
    parse_iso_date,
    plus_years,
    vietnam_date,
)

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
lengths = st.integers(min_value=1, max_value=4000)


@st.composite
def ranges(draw: st.DrawFn) -> DateRange:
    start = draw(days)
    end = draw(st.none() | lengths.map(lambda length: start + timedelta(days=length)))
    return DateRange(start, end)


@given(valid=ranges(), day=days)
def test_a_range_holds_its_first_day_and_not_its_end(valid: DateRange, day: date) -> None:
    assert valid.start in valid
    assert valid.end not in valid
    assert valid.start - timedelta(days=1) not in valid
    assert (day in valid) == (valid.start <= day < (valid.end or date.max))


@given(valid=ranges())
def test_the_last_day_is_in_and_the_day_after_is_the_end(valid: DateRange) -> None:
    if valid.last is None:
        assert valid.end is None
        assert date(2999, 1, 1) in valid
    else:
        assert valid.last in valid
        assert DateRange.closed(valid.start, valid.last) == valid


@pytest.mark.parametrize("end", [date(2026, 11, 20), date(2026, 11, 19)])
def test_an_empty_range_is_refused(end: date) -> None:
    with pytest.raises(ValueError, match="empty range"):
        DateRange(date(2026, 11, 20), end)


def test_an_instant_and_a_text_are_no_days_of_a_range() -> None:
    valid = DateRange(date(2026, 11, 20))
    assert datetime(2026, 11, 21, tzinfo=UTC) not in valid
    assert "2026-11-21" not in valid


@given(one=ranges(), other=ranges())
def test_ranges_overlap_when_they_share_a_day(one: DateRange, other: DateRange) -> None:
    latest_start = max(one.start, other.start)
    shared = latest_start in one and latest_start in other
    assert one.overlaps(other) == shared
    assert other.overlaps(one) == shared


def test_ranges_that_meet_do_not_overlap() -> None:
    day = date(2026, 11, 20)
    assert not DateRange(date(2026, 1, 1), day).overlaps(DateRange(day))
    assert not DateRange(day).overlaps(DateRange(date(2026, 1, 1), day))


@given(several=st.lists(ranges()))
def test_ranges_sort_by_start_and_an_open_end_comes_last(several: list[DateRange]) -> None:
    keys = [(valid.start, valid.end or date.max) for valid in sorted(several)]
    assert keys == sorted(keys)
    same_start = [DateRange(date(2026, 1, 1)), DateRange(date(2026, 1, 1), date(2026, 2, 1))]
    assert sorted(same_start) == same_start[::-1]


@given(day=days, years=st.integers(min_value=-14, max_value=14))
def test_years_later_it_is_the_same_day_or_28_february(day: date, years: int) -> None:
    later = plus_years(day, years)
    assert later.year == day.year + years
    if (later.month, later.day) != (day.month, day.day):
        assert (day.month, day.day) == (2, 29)
        assert (later.month, later.day) == (2, 28)
        assert not calendar.isleap(later.year)


@given(day=days)
def test_month_ends_and_next_months(day: date) -> None:
    last = last_day_of_month(day.year, day.month)
    assert last.month == day.month
    assert (last + timedelta(days=1)).day == 1
    assert first_of_next_month(day) == last + timedelta(days=1)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 12, 31, 16, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 11, 20, 0, 10, tzinfo=VIETNAM), date(2026, 11, 20)),
    ],
)
def test_the_day_of_an_instant_is_vietnams(instant: datetime, expected: date) -> None:
    assert vietnam_date(instant) == expected


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        vietnam_date(datetime(2026, 11, 20, 9, 15))


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


@given(day=days, count=st.integers(min_value=0, max_value=30))
def test_working_days_are_counted_from_the_day_after(day: date, count: int) -> None:
    due = add_working_days(day, count, _is_weekday)
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(map(_is_weekday, between)) == count
    assert count == 0 or _is_weekday(due)
    assert count != 0 or due == day


@given(day=days)
def test_both_ways_of_writing_come_back(day: date) -> None:
    assert parse_iso_date(day.isoformat()) == day
    assert parse_day_first(day_first(day)) == day


def test_day_first_is_written_as_on_paper() -> None:
    assert day_first(date(2026, 3, 4)) == "04/03/2026"


@pytest.mark.parametrize(
    "text",
    [
        "20240229", "2024-W01-1", "2024-02-29T00:00:00Z", "2024-2-29", "2024-02-9", "2024-02-30",
        "2023-02-29", "2024/02/29", "29-02-2024", "+024-02-29", "20_4-02-29", "2024- 1-01",
        "2024-02-29 ", " 2024-02-29", "2024-02-29\n", "２０２４-02-29", "٢٠٢٤-02-29", "", "0000-01-01", "0001-01-01",
        "1799-12-31", "3000-01-01", "9999-12-31",
    ],
)  # fmt: skip
def test_any_other_iso_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_iso_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2024", "29/02/2023", "00/01/2024", "01/13/2024", "3/4/2024", "03/04/24", "03-04-2024",
        "03.04.2024", "2024/04/03", "+3/04/2024", "0_/04/2024", " 3/04/2024", "03/04/2024\n",
        "٠٣/٠٤/٢٠٢٤", "０３/04/2024", "", "04/2024", "2024", "01/01/0000",
    ],
)  # fmt: skip
def test_any_other_day_first_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_day_first(text)


@given(text=st.text(max_size=12))
def test_what_is_read_is_what_was_written(text: str) -> None:
    for parse, write in ((parse_iso_date, date.isoformat), (parse_day_first, day_first)):
        try:
            day = parse(text)
        except ValueError:
            continue
        assert write(day) == text

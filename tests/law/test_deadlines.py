"""Working days and due days: properties over many days, overrides, and the office's own rows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kernel.dates import VIETNAM, add_working_days
from lienthong.law.deadlines import (
    Calendar,
    card_allowance,
    counted_from,
    due_on,
    official_calendar,
    overdue_before,
    overdue_up_to,
)

_CALENDAR = official_calendar()
days = st.dates(min_value=date(2015, 1, 1), max_value=date(2030, 12, 31))
allowances = st.integers(min_value=0, max_value=25)
instants = st.datetimes(
    min_value=datetime(2015, 1, 1), max_value=datetime(2030, 12, 31), timezones=st.just(VIETNAM)
)


def _free_days_of(year: int) -> set[str]:
    every = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {
        f"{day:%d/%m}"
        for day in every
        if day.year == year and day.weekday() < 5 and not _CALENDAR.is_working_day(day)
    }


def test_the_free_weekdays_of_2026_are_those_announced() -> None:
    assert _free_days_of(2026) == {
        "01/01", "02/01", "16/02", "17/02", "18/02", "19/02", "20/02", "27/04", "30/04", "01/05",
        "31/08", "01/09", "02/09", "24/11",
    }  # fmt: skip


def test_the_free_weekdays_of_2020_are_those_announced() -> None:
    assert _free_days_of(2020) == {
        "01/01", "23/01", "24/01", "27/01", "28/01", "29/01", "02/04", "30/04", "01/05", "02/09",
    }  # fmt: skip


def test_the_weekend_days_worked_in_2025_and_2026() -> None:
    every = (date(2025, 1, 1) + timedelta(days=n) for n in range(730))
    worked = [day for day in every if day.weekday() >= 5 and _CALENDAR.is_working_day(day)]
    assert worked == [date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)]


def test_24_november_was_worked_until_2025() -> None:
    assert _CALENDAR.is_working_day(date(2025, 11, 24))
    assert not _CALENDAR.is_working_day(date(2026, 11, 24))


@given(received=days, allowance=allowances)
def test_a_due_day_is_worked_and_has_that_many_working_days_behind_it(
    received: date, allowance: int
) -> None:
    due = due_on(received, allowance, calendar=_CALENDAR)
    assert _CALENDAR.is_working_day(due)
    between = (received + timedelta(days=n) for n in range(1, (due - received).days + 1))
    worked = sum(map(_CALENDAR.is_working_day, between))
    if allowance:
        assert worked == allowance
    else:
        assert worked == (not _CALENDAR.is_working_day(received))


@given(received=days, allowance=allowances)
def test_a_day_later_is_never_due_earlier(received: date, allowance: int) -> None:
    tomorrow = received + timedelta(days=1)
    earlier = due_on(received, allowance, calendar=_CALENDAR)
    assert earlier <= due_on(tomorrow, allowance, calendar=_CALENDAR)


@given(received=days, allowance=allowances)
def test_a_longer_allowance_is_never_due_earlier(received: date, allowance: int) -> None:
    shorter = due_on(received, allowance, calendar=_CALENDAR)
    assert shorter <= due_on(received, allowance + 1, calendar=_CALENDAR)


@given(received=instants)
def test_the_cut_off_moves_day_0_to_the_next_working_day(received: datetime) -> None:
    day = received.date()
    is_late = (received.hour, received.minute, received.second, received.microsecond) > (
        17,
        0,
        0,
        0,
    )
    expected = _CALENDAR.next_working_day(day) if is_late else day
    assert counted_from(received, calendar=_CALENDAR) == expected


@given(received=instants, allowance=allowances)
def test_the_zone_of_the_instant_does_not_matter(received: datetime, allowance: int) -> None:
    there = due_on(received, allowance, calendar=_CALENDAR)
    assert there == due_on(received.astimezone(UTC), allowance, calendar=_CALENDAR)


def test_an_office_adds_its_own_days() -> None:
    office = _CALENDAR.with_overrides([(date(2026, 11, 23), False), (date(2026, 11, 21), True)])
    assert due_on(date(2026, 11, 20), 1, calendar=office) == date(2026, 11, 21)
    assert due_on(date(2026, 11, 20), 2, calendar=office) == date(2026, 11, 25)
    assert due_on(date(2026, 11, 20), 1, calendar=_CALENDAR) == date(2026, 11, 23)


def test_an_offices_own_row_wins_over_a_published_one() -> None:
    office = _CALENDAR.with_overrides([(date(2026, 1, 2), True)])
    assert office.is_working_day(date(2026, 1, 2))
    assert not _CALENDAR.is_working_day(date(2026, 1, 2))


def test_a_calendar_without_overrides_does_not_know_the_exchange_of_january_2026() -> None:
    assert Calendar().is_working_day(date(2026, 1, 2))
    assert not Calendar().is_working_day(date(2026, 1, 10))


def test_a_negative_allowance_and_an_instant_without_a_zone_are_errors() -> None:
    with pytest.raises(ValueError, match="negative"):
        due_on(date(2026, 11, 20), -1, calendar=_CALENDAR)
    with pytest.raises(ValueError, match="time zone"):
        due_on(datetime(2026, 11, 20, 9, 15), 2, calendar=_CALENDAR)


@given(on=st.dates(min_value=date(2015, 7, 1), max_value=date(2030, 12, 31)))
def test_card_allowances_only_ever_became_shorter(on: date) -> None:
    assert card_allowance(on) >= card_allowance(on + timedelta(days=1))


@given(received=instants, allowance=st.integers(min_value=0, max_value=6), on=days)
def test_what_came_before_the_instant_was_due_before_the_day(
    received: datetime, allowance: int, on: date
) -> None:
    before = overdue_before(on, allowance, calendar=_CALENDAR)
    latest = before - timedelta(microseconds=1)
    for instant in (latest, min(received, latest)):
        assert due_on(instant, allowance, calendar=_CALENDAR) < on
    assert due_on(before, allowance, calendar=_CALENDAR) >= on


@given(received=instants, on=days)
def test_without_an_allowance_nothing_later_was_due_before_the_day(
    received: datetime, on: date
) -> None:
    before = overdue_before(on, 0, calendar=_CALENDAR)
    assert (due_on(received, 0, calendar=_CALENDAR) < on) == (received < before)
    later = before + timedelta(hours=received.hour)
    assert due_on(later, 0, calendar=_CALENDAR) >= on


@given(received=days, further=st.integers(min_value=0, max_value=5), on=days)
def test_what_was_due_up_to_the_day_has_had_its_further_working_days(
    received: date, further: int, on: date
) -> None:
    due = due_on(received, 0, calendar=_CALENDAR)
    passed = add_working_days(due, further, _CALENDAR.is_working_day) < on
    assert passed == (due <= overdue_up_to(on, further, calendar=_CALENDAR))

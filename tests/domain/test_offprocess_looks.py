"""When findings are found and when they end: on the event, at night, once, with the delay of the office's hours."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienthong.cards import actions as cards
from lienthong.cards import conformance, findings, officetime, printing
from lienthong.cards.findings import FindingFilter
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.law.conformance import worked_minutes
from lienthong.law.deadlines import official_calendar
from tests import births, offprocess
from tests.births import column, rows
from tests.offprocess import APPROVER, FRIDAY, found, hour, one, request_of

pytestmark = pytest.mark.timeout(120)
MONDAY = hour(23, "10:00")
TUESDAY_NIGHT = hour(24, "00:30")


def _look(at: datetime) -> int:
    return conformance.look(by=births.system(), at=at)


def _seen() -> dict[str, int]:
    return dict(rows("SELECT name, seen_id FROM cards_look"))


# ---------------------------------------------------------------- on the event


@pytest.mark.django_db
def test_a_late_approval_is_found_on_its_event_with_its_delay() -> None:
    births.small_country()
    card = offprocess.requested()
    cards.approve([card], by=APPROVER, at=MONDAY)
    assert _look(MONDAY) == 1
    told = one("OP-01")
    assert (told["subject_id"], told["card_id"], told["found_by"]) == (
        request_of(card),
        card,
        "event",
    )
    assert told["due_at"] == hour(20, "17:00")
    assert (told["ended_at"], told["delay_minutes"], told["state"]) == (MONDAY, 180, "open")
    assert _look(MONDAY) == 0
    assert offprocess.night(MONDAY) == 0
    assert len(found()) == 1


@pytest.mark.django_db
def test_what_waits_is_found_at_night_once_a_day_and_ends_on_its_event() -> None:
    births.small_country()
    card = offprocess.requested()
    by = births.system()
    assert conformance.look_at_everything(by=by, at=hour(23, "00:10")) == 1
    assert conformance.look_at_everything(by=by, at=hour(23, "23:10")) == 0
    assert (one("OP-01")["ended_at"], one("OP-01")["delay_minutes"]) == (None, None)
    (line,) = findings.findings(by, filters=FindingFilter(), at=hour(23, "09:00"))
    assert (line.delay_vi, line.ended_at) == ("2 giờ", None)
    cards.approve([card], by=APPROVER, at=MONDAY)
    printing.print_cards([card], by=APPROVER, at=MONDAY)
    _look(hour(23, "10:05"))
    told = one("OP-01")
    assert (told["ended_at"], told["delay_minutes"]) == (MONDAY, 180)
    (line,) = findings.findings(by, filters=FindingFilter(), at=hour(26, "16:00"))
    assert (line.delay_vi, line.ended_at, line.operator) == ("3 giờ", MONDAY, "officer:so-the")


@pytest.mark.django_db
def test_a_request_that_is_withdrawn_ends_its_finding_too() -> None:
    births.small_country()
    card = offprocess.requested()
    offprocess.night(TUESDAY_NIGHT)
    with acting(births.system(), at=hour(25, "07:30")):
        cards.withdraw(
            [offprocess.dossier_of(card)], by=births.system(), at=hour(25, "07:30"), reason="X"
        )
    _look(hour(25, "08:00"))
    # Monday's eight hours and half an hour of the Wednesday: Tuesday is a holiday.
    assert one("OP-01")["delay_minutes"] == 8 * 60 + 30


@pytest.mark.django_db
def test_a_cause_that_went_away_without_an_event_ends_at_the_next_night() -> None:
    births.small_country()
    card = offprocess.approved()
    printing.print_cards([card], by=APPROVER, at=FRIDAY)
    offprocess.past_the_constraints()
    offprocess.write("UPDATE cards_card SET code = overlay(code placing '79' from 4 for 2)")
    offprocess.night(hour(20, "23:00"))
    assert one("OP-11")["ended_at"] is None
    offprocess.write("UPDATE cards_card SET code = overlay(code placing '01' from 4 for 2)")
    offprocess.night(hour(21, "00:30"))
    assert (one("OP-11")["ended_at"], one("OP-11")["delay_minutes"]) == (hour(21, "00:30"), None)


@pytest.mark.django_db
def test_many_events_are_taken_in_slices_and_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "_EVENTS_AT_ONCE", 3)
    births.small_country()
    ids = [offprocess.requested(number) for number in range(1, 5)]
    assert not cards.approve(ids, by=APPROVER, at=MONDAY).refused
    looks = 0
    while _look(MONDAY):
        looks += 1
        assert looks < 60
    assert looks > 3
    assert {subject for rule, subject in found() if rule == "OP-01"} == {
        request_of(it) for it in ids
    }
    assert _seen()["card"] == max(column("SELECT id FROM cards_event"))
    assert _seen()["dossier"] == max(column("SELECT id FROM dossiers_event"))


# ---------------------------------------------------------------- a transaction that commits late


@contextmanager
def _held_approval(card: int, at: datetime) -> Iterator[threading.Event]:
    """An approval whose transaction stays open until it is let go, in a thread of its own."""
    written, let_go, trouble = threading.Event(), threading.Event(), []

    def hold() -> None:
        try:
            with acting(APPROVER, at=at):
                trouble.extend(cards.approve([card], by=APPROVER, at=at).refused)
                written.set()
                let_go.wait(60)
        finally:
            written.set()
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert written.wait(60)
    try:
        yield let_go
    finally:
        let_go.set()
        thread.join(60)
        assert trouble == []


def test_an_event_that_commits_late_is_not_passed_over(committed_db: Address) -> None:
    assert committed_db
    births.small_country()
    slow, quick = offprocess.requested(1), offprocess.requested(2)
    while _look(FRIDAY) or _seen()["card"] < max(column("SELECT id FROM cards_event")):
        pass
    seen = _seen()
    with _held_approval(slow, MONDAY) as let_go:
        assert not cards.approve([quick], by=APPROVER, at=MONDAY).refused
        for _ in range(3):
            _look(MONDAY)
        assert found() == {("OP-01", request_of(quick))}
        # The held event has the lower id: nothing past it counts as seen.
        assert _seen() == seen
        let_go.set()
    _look(MONDAY)
    assert found() == {("OP-01", request_of(quick)), ("OP-01", request_of(slow))}
    _look(MONDAY)
    assert _seen()["card"] == max(column("SELECT id FROM cards_event"))


def test_two_looks_at_once_find_once(committed_db: Address) -> None:
    assert committed_db
    births.small_country()
    cards.approve([offprocess.requested()], by=APPROVER, at=MONDAY)
    told: list[int] = []

    def look() -> None:
        told.append(_look(MONDAY))
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(told) == 1
    assert len(found()) == 1


# ---------------------------------------------------------------- the office's hours, in SQL as in the law


@pytest.mark.django_db
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    since=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC)),
    lasts=st.timedeltas(timedelta(days=-1), timedelta(days=12)),
)
def test_office_minutes_are_those_of_the_law(since: datetime, lasts: timedelta) -> None:
    officetime.ensure(FRIDAY.date())
    with connection.cursor() as cursor:
        cursor.execute("SELECT cards_worked_minutes(%s, %s)", [since, since + lasts])
        (told,) = cursor.fetchone()
    assert told == worked_minutes(since, since + lasts, calendar=official_calendar())

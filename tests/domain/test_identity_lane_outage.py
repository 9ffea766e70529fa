"""Three days of every fault of the population database, in scaled time (INV-12): nothing is lost but time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from lienthong.database.scope import acting
from lienthong.gateways.fakes import BROKEN, Citizen, Mode, PopulationTwin
from lienthong.persons.identity import SYSTEM
from tests.identity import BORN, NUMBERS, REST, START, Clock, a_client, a_person, ask, id_of, one

pytestmark = pytest.mark.django_db

MANY = 12
_GIVENS = ("An", "Bình", "Chi", "Dung", "Giang", "Hà", "Khoa", "Linh", "Minh", "Nam")
_MIDDLES = ("Gia", "Hữu", "Ngọc", "Quang")


def some_children() -> list[Citizen]:
    citizens = []
    for place in range(MANY):
        name = f"Nguyễn {_MIDDLES[place // 10]} {_GIVENS[place % 10]}"
        sex = "female" if place % 2 else "male"
        a_person(name, sex=sex)
        citizens.append(Citizen(name, BORN, sex, f"003{2 + place % 2}26{place:06}"))
    return citizens


def attached() -> int:
    return int(one("SELECT count(*) FROM persons_person WHERE personal_id IS NOT NULL"))


def right(citizens: Sequence[Citizen]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT full_name, personal_id FROM persons_person WHERE personal_id IS NOT NULL"
        )
        held = dict(cursor.fetchall())
    truth = {citizen.full_name: citizen.personal_id for citizen in citizens}
    return all(truth[name] == number for name, number in held.items())


@pytest.mark.parametrize("mode", [*BROKEN, Mode.LATE])
def test_three_days_of_fault_cost_nothing_and_ten_minutes_after_it_every_id_is_there(
    mode: Mode,
) -> None:
    clock = Clock()
    citizens = some_children()
    rest, numbers = one(REST), one(NUMBERS)
    twin = PopulationTwin(citizens, mode, late_after=10_000)
    client = a_client(twin, clock)
    for _ in range(72):
        ask(client, clock)
        clock.wait(hours=1)
    assert attached() == 0
    most = MANY * 72 if mode in {Mode.LATE, Mode.NEVER} else MANY + 72
    assert twin.asked <= most, "a broken peer is probed, not hammered"
    twin.mode = Mode.HONEST
    if mode in {Mode.LATE, Mode.NEVER}:
        # A peer that works but is not ready is asked by the hour at most: no outage to recover from.
        clock.wait(minutes=50)
    recovered = clock.at
    while attached() < MANY and clock.at < recovered + timedelta(minutes=10):
        ask(client, clock)
        clock.wait(seconds=20)
    assert attached() == MANY
    assert right(citizens)
    assert (one(REST), one(NUMBERS)) == (rest, numbers)


def test_after_recovery_the_agreed_rate_is_kept() -> None:
    clock = Clock()
    citizens = some_children()
    twin = PopulationTwin(citizens, Mode.ERROR)
    client = a_client(twin, clock, rate=1.0)
    for _ in range(10):
        ask(client, clock)
        clock.wait(minutes=5)
    twin.mode, twin.asked = Mode.HONEST, 0
    seconds = 0
    while attached() < MANY and seconds < 600:
        ask(client, clock)
        assert twin.asked <= seconds + 2
        clock.wait(seconds=1)
        seconds += 1
    assert attached() == MANY


def put_off(detail: str) -> None:
    """All questions tried often and put off for the best part of an hour."""
    with acting(SYSTEM, at=START), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE persons_identityrequest SET attempts = 12, detail = %s, next_at = %s",
            [detail, START + timedelta(minutes=59)],
        )


def test_the_first_good_answer_wakes_all_that_waited_out_the_outage() -> None:
    clock = Clock()
    citizens = some_children()
    put_off("outage: http 503")
    last = a_person("Nguyễn Mới Đến")
    twin = PopulationTwin([*citizens, Citizen("Nguyễn Mới Đến", BORN, "male", "003226999999")])
    client = a_client(twin, clock)
    assert ask(client, clock) == 1
    assert id_of(last) == "003226999999"
    assert ask(client, clock) == MANY


def test_a_probe_goes_before_its_time_and_alone() -> None:
    clock = Clock()
    citizens = some_children()
    put_off("outage: http 503")
    twin = PopulationTwin(citizens)
    client = a_client(twin, clock)
    client.distrust()
    assert ask(client, clock) == 0
    clock.wait(seconds=30)
    assert ask(client, clock) == 1
    assert twin.asked == 1
    assert ask(client, clock) == MANY - 1


def test_a_question_put_off_by_the_child_s_own_case_is_not_woken() -> None:
    clock = Clock()
    citizens = some_children()
    put_off("http 200")
    a_person("Nguyễn Mới Đến")
    twin = PopulationTwin([*citizens, Citizen("Nguyễn Mới Đến", BORN, "male", "003226999999")])
    client = a_client(twin, clock)
    assert ask(client, clock) == 1
    assert ask(client, clock) == 0


def test_one_child_with_other_facts_does_not_stop_the_others() -> None:
    clock = Clock()
    citizens = some_children()
    odd = replace(citizens[0], full_name="Nguyễn Gia Ân")
    twin = PopulationTwin([*citizens[1:]])
    twin._by_key[citizens[0].key] = odd
    client = a_client(twin, clock)
    assert ask(client, clock) == MANY - 1
    assert not client.suspect()
    assert one("SELECT count(*) FROM persons_identityrequest WHERE state = 'quarantined'") == 1

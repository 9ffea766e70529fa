"""What no single call sees: all accounts together, alarms that nobody raised, rows that are to go; and the decoys."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from lienthong import births
from lienthong.accounts.hospitals import DECOY, SUSPENDED
from lienthong.cards import decoys, limits, limits_watch
from lienthong.cards.limits import CLOSED, PEAK
from lienthong.cards.lookup import CardAnswer, Verdict
from lienthong.config import wiring
from lienthong.database import invariants
from tests import hospitals
from tests.births import AT, ON, column, message, rows, send, small_country
from tests.births import run as run_steps
from tests.hospitals import answers, call
from tests.officers import SYSTEM, become, run

pytestmark = pytest.mark.django_db
BORN = date(2024, 1, 1)
ALARMS = "SELECT name, subject FROM database_alarm WHERE closed_at IS NULL ORDER BY 1, 2"


@pytest.fixture(autouse=True)
def account(db: None) -> int:
    return hospitals.hospital()


def _watch() -> int:
    return limits_watch.watch(by=SYSTEM, at=AT)


def _used(machine_id: int, calls: int) -> None:
    """The account's row as so many calls in this minute leave it."""
    run(
        "INSERT INTO cards_lookupday (machine_id, day, call_count, minute, minute_count)"
        " VALUES (%s, (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, %s,"
        " date_trunc('minute', clock_timestamp()), %s)"
        " ON CONFLICT (machine_id, day) DO UPDATE SET minute = excluded.minute, minute_count = excluded.minute_count",
        machine_id,
        calls,
        calls,
    )


def test_a_quiet_country_moves_nothing() -> None:
    assert _watch() == 0
    assert rows(ALARMS) == []


def test_three_times_the_normal_peak_is_an_alarm_until_it_is_calm_again(account: int) -> None:
    _used(account, 3_000)
    assert _watch() == 0
    _used(account, 3_001)
    assert _watch() == 1
    assert rows(ALARMS) == [(PEAK, "all")]
    assert _watch() == 0
    _used(account, 1_001)
    assert _watch() == 0
    _used(account, 1_000)
    assert _watch() == 1
    assert rows(ALARMS) == []
    assert limits.settings(SYSTEM)["is_open"].value == 1


def test_all_accounts_count_together(account: int) -> None:
    other = hospitals.hospital("01013_BV")
    _used(account, 2_000)
    _used(other, 1_001)
    assert _watch() == 1
    assert rows(ALARMS) == [(PEAK, "all")]


def test_what_is_normal_follows_a_month_of_days(account: int) -> None:
    today = column("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")[0]
    assert limits_watch.normal_peak(today) == 1_000
    run(
        "INSERT INTO cards_lookuppeak (day, most_calls) SELECT %s::date - back, 4000 FROM generate_series(1, 6) AS back",
        today,
    )
    assert limits_watch.normal_peak(today) == 1_000
    run("INSERT INTO cards_lookuppeak (day, most_calls) VALUES (%s::date - 7, 4000)", today)
    assert limits_watch.normal_peak(today) == 4_000
    _used(account, 12_000)
    assert _watch() == 0
    _used(account, 12_001)
    assert _watch() == 1
    assert column("SELECT most_calls FROM cards_lookuppeak WHERE day = %s", today) == [12_001]


def test_above_the_hard_ceiling_the_door_closes_for_everybody(account: int) -> None:
    _used(account, 60_001)
    assert _watch() == 2
    assert rows(ALARMS) == [(CLOSED, "all")]
    (answer,) = answers(call("0000000000", "AN", BORN, on=ON))
    assert answer == CardAnswer(Verdict.CLOSED)
    assert _watch() == 0
    line = limits.settings(SYSTEM)["is_open"]
    assert (line.value, line.set_by) == (0, "system")
    assert "60001" in line.note
    limits.open_door("Đã xử lý xong sự cố.", by=SYSTEM, at=AT)
    assert rows(ALARMS) == []


@pytest.mark.rule("INV-32")
def test_a_suspension_without_its_alarm_gets_one_and_no_alarm_outlives_it(account: int) -> None:
    """The look-up raises it itself; this is for whoever closed it, and for a restored copy."""
    run(
        "INSERT INTO accounts_suspension (machine_id, reason, by) VALUES (%s, 'misses', 'system')",
        account,
    )
    assert _watch() == 1
    assert rows(ALARMS) == [(SUSPENDED, hospitals.NAME)]
    assert _watch() == 0
    run("UPDATE accounts_suspension SET lifted_at = now(), lifted_by = 'x'")
    assert _watch() == 1
    assert rows(ALARMS) == []


@pytest.mark.rule("INV-32")
def test_the_watch_comes_often_enough() -> None:
    task = next(it for it in wiring.tasks() if it.name == "watch_lookups")
    assert task.every <= 30


def test_an_alarm_about_decoys_closes_after_a_week_without_one(account: int) -> None:
    _used(account, 1)
    run("UPDATE cards_lookupday SET decoy_count = 1")
    run("INSERT INTO database_alarm (name, subject) VALUES (%s, %s)", DECOY, hospitals.NAME)
    assert _watch() == 0
    run("UPDATE cards_lookupday SET day = day - 7")
    assert _watch() == 0
    run("UPDATE cards_lookupday SET day = day - 1")
    assert _watch() == 1
    assert rows(ALARMS) == []


def test_who_was_looked_for_is_forgotten_after_a_week() -> None:
    run(
        "INSERT INTO cards_lookuptarget (target, day, miss_count)"
        " SELECT decode(lpad(back::text, 64, '0'), 'hex'),"
        "        (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - back, 1 FROM generate_series(0, 10) AS back"
    )
    assert _watch() == 3
    assert column("SELECT count(*) FROM cards_lookuptarget") == [8]


# ---------------------------------------------------------------- decoys


def _given(count: int) -> None:
    run("SELECT count(nextval('persons_number_serial')) FROM generate_series(1, %s)", count)


def _plant_all() -> int:
    planted = 0
    while count := decoys.plant(on=ON):
        planted += count
    return planted


def test_there_are_no_decoys_before_the_first_child() -> None:
    become("owner")
    run("ALTER SEQUENCE persons_number_serial RESTART")
    become("lienthong_worker")
    assert decoys.missing() == 0
    assert decoys.plant(on=ON) == 0


def test_one_number_in_a_thousand_is_a_decoy_and_at_least_twenty() -> None:
    become("owner")
    run("ALTER SEQUENCE persons_number_serial RESTART")
    become("lienthong_worker")
    _given(1)
    assert decoys.plant(on=ON) == decoys.AT_ONCE
    assert _plant_all() == 15
    _given(20_000)
    assert _plant_all() == 0
    _given(1_000)
    assert _plant_all() == 1
    _given(10_000)
    assert _plant_all() == 10
    assert column("SELECT count(*) FROM authz.decoy") == [31]


def test_no_child_ever_gets_a_decoy_s_number() -> None:
    small_country()
    send(message(1))
    run_steps()
    assert _plant_all() == 20
    send(message(2, nksHoTen="TRẦN BẢO BÌNH"))
    run_steps()
    numbers = set(column("SELECT number FROM persons_number"))
    decoy_numbers = set(column("SELECT number FROM authz.decoy"))
    assert len(numbers) == 2
    assert not numbers & decoy_numbers
    assert {number[:3] for number in decoy_numbers} == {number[:3] for number in numbers}
    assert column("SELECT count(*) FROM authz.decoy WHERE personal_id IS NOT NULL") == [0]
    assert column(
        "SELECT count(*) FROM authz.decoy WHERE born_on > %s OR born_on <= %s::date - interval '6 years'",
        ON,
        ON,
    ) == [0]


def test_verify_finds_a_decoy_that_is_somebody_s_number() -> None:
    small_country()
    send(message(1))
    run_steps()
    _plant_all()
    folder = births.__file__
    assert _breaches(folder) == []
    run(
        "INSERT INTO authz.decoy (number, name_key, born_on) SELECT number, 'x', '2024-01-01' FROM persons_number"
    )
    assert ("DECOY_NUMBER", column("SELECT number FROM persons_number")[0]) in _breaches(folder)


def test_verify_finds_a_suspension_that_nobody_was_told_of(account: int) -> None:
    run(
        "INSERT INTO accounts_suspension (machine_id, reason, by, at)"
        " VALUES (%s, 'misses', 'system', clock_timestamp() - interval '2 minutes')",
        account,
    )
    assert _breaches(births.__file__) == [("INV-32", hospitals.NAME)]
    _watch()
    assert _breaches(births.__file__) == []


def _breaches(file: str) -> list[tuple[str, str]]:
    found = invariants.run_all(connection, [Path(file).parent / "invariants"])
    return [(it.name, it.subject) for it in found]


@pytest.mark.parametrize("role", ["lienthong_web", "lienthong_gateway"])
def test_decoys_are_hidden_from_pages_and_the_gateway(role: str) -> None:
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        asked = "SELECT has_table_privilege(%s, 'authz.decoy', %s)"
        assert column(asked, role, right) == [False]
        # Nor by a column, nor by a view that somebody made over it.
    views = column(
        "SELECT count(*) FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid AND classid = 'pg_rewrite'::regclass"
        " WHERE refobjid = 'authz.decoy'::regclass"
    )
    assert views == [0]
    assert column("SELECT has_any_column_privilege(%s, 'authz.decoy', 'SELECT')", role) == [False]


def test_a_decoy_answers_as_a_number_that_does_not_exist() -> None:
    _given(1)
    _plant_all()
    (number, *_), *_ = rows("SELECT number FROM authz.decoy LIMIT 1")
    assert answers(call(number, "AI ĐÓ", BORN, on=ON)) == [CardAnswer(Verdict.UNKNOWN)]
    assert answers(call(f"TE101{number}", "AI ĐÓ KHÁC", BORN, on=ON)) == [
        CardAnswer(Verdict.UNKNOWN)
    ]
    assert rows(ALARMS) == [(DECOY, hospitals.NAME)]

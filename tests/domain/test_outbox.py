"""Calls to the outside are owed once, claimed by one relay at a time, and given up only with an alarm."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from lienthong.database import alarms, outbox
from lienthong.database.outbox import Letter, Outgoing

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
KIND = "test.answer"


def _run(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _owe(*keys: str, version: int = 1) -> None:
    outbox.put_many([Outgoing(KIND, key, version, {"n": key}) for key in keys])


def _one() -> Letter:
    (letter,) = outbox.claim(KIND, limit=1)
    return letter


def _column(name: str) -> list[object]:
    rows = _run(f"SELECT {name} FROM database_outbox WHERE kind = %s ORDER BY id", KIND)  # noqa: S608
    return [value for (value,) in rows]


@pytest.mark.django_db
def test_owing_twice_owes_once() -> None:
    call = Outgoing(KIND, "a", 1, {"tên": "ă"})
    assert outbox.put_many([call, Outgoing(KIND, "b", 1, {})]) == 2
    assert outbox.put_many([call, Outgoing(KIND, "a", 2, {})]) == 1
    assert outbox.put_many([]) == 0
    assert outbox.claim(KIND, limit=9)[0].payload == {"tên": "ă"}


@pytest.mark.django_db
def test_a_row_put_by_sql_needs_only_what_it_is() -> None:
    _run("INSERT INTO database_outbox (kind, key, version) VALUES (%s, 'a', 1)", KIND)
    letter = _one()
    assert (letter.key, letter.version, letter.attempts, letter.payload) == ("a", 1, 1, {})


@pytest.mark.django_db
def test_a_claimed_letter_is_nobody_elses_until_its_lease_ends() -> None:
    _owe("a", "b")
    first = outbox.claim(KIND, limit=1)
    assert [letter.key for letter in first] == ["a"]
    assert [letter.key for letter in outbox.claim(KIND, limit=9)] == ["b"]
    assert outbox.claim(KIND, limit=9) == []
    _run("UPDATE database_outbox SET lease_until = clock_timestamp() - interval '1 s'")
    again = outbox.claim(KIND, limit=9)
    assert [(letter.id, letter.attempts) for letter in again][:1] == [(first[0].id, 2)]


@pytest.mark.django_db
def test_a_relay_that_comes_back_late_can_no_longer_speak_for_the_row() -> None:
    _owe("a")
    late = _one()
    _run("UPDATE database_outbox SET lease_until = clock_timestamp() - interval '1 s'")
    current = _one()
    assert late.fence < current.fence
    assert not outbox.sent(late, answer="200", at=AT)
    assert outbox.failed(late, answer="late") is None
    assert outbox.release([late]) == 0
    assert _column("state") == ["pending"]
    assert outbox.sent(current, answer="200", at=AT)
    assert not outbox.sent(current, answer="again", at=AT)
    assert (_column("state"), _column("answer"), _column("sent_at")) == (["sent"], ["200"], [AT])


@pytest.mark.django_db
def test_versions_of_one_key_go_in_order_and_one_at_a_time() -> None:
    _owe("a", version=2)
    _owe("a", version=1)
    _owe("b", version=5)
    first = {letter.key: letter for letter in outbox.claim(KIND, limit=9)}
    assert {key: letter.version for key, letter in first.items()} == {"a": 1, "b": 5}
    assert outbox.claim(KIND, limit=9) == []
    outbox.sent(first["a"], answer="", at=AT)
    assert [letter.version for letter in outbox.claim(KIND, limit=9)] == [2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attempts", "ceiling"), [(1, 2), (2, 4), (5, 32), (11, 2048), (12, 3600), (150, 3600)]
)
def test_waits_grow_from_two_seconds_to_an_hour_and_are_drawn_by_chance(
    attempts: int, ceiling: int
) -> None:
    keys = [f"k{n}" for n in range(60)]
    _owe(*keys)
    _run("UPDATE database_outbox SET attempts = %s", attempts - 1)
    for letter in outbox.claim(KIND, limit=60):
        assert outbox.failed(letter, answer="503") == "pending"
    rows = _run(
        "SELECT extract(epoch FROM next_at - clock_timestamp())::float FROM database_outbox"
    )
    waits = [wait for (wait,) in rows]
    assert max(waits) <= ceiling
    assert max(waits) > ceiling * 0.7
    assert min(waits) < ceiling * 0.3


@pytest.mark.django_db
def test_a_failed_letter_waits() -> None:
    _owe("a")
    outbox.failed(_one(), answer="503")
    _run("UPDATE database_outbox SET next_at = clock_timestamp() + interval '1 minute'")
    assert outbox.claim(KIND, limit=9) == []


@pytest.mark.django_db
def test_the_alarm_comes_first_and_giving_up_later() -> None:
    _owe("a")
    _run("UPDATE database_outbox SET attempts = %s", outbox.LATE_ATTEMPTS - 2)
    outbox.failed(_one(), answer="503")
    assert _run("SELECT name FROM database_alarm") == []
    _again()
    outbox.failed(_one(), answer="503")
    assert _run("SELECT name, subject FROM database_alarm") == [("outbox.late", f"{KIND}:a:1")]
    _run("UPDATE database_outbox SET attempts = %s", outbox.MOST_ATTEMPTS - 1)
    _again()
    assert outbox.failed(_one(), answer="503") == "dead"
    assert ("outbox.dead",) in _run("SELECT name FROM database_alarm WHERE closed_at IS NULL")
    _again()
    assert outbox.claim(KIND, limit=9) == []


@pytest.mark.django_db
def test_a_refusal_for_good_is_given_up_at_once_with_an_alarm() -> None:
    _owe("a")
    assert outbox.failed(_one(), answer="E-SCHEMA", for_good=True) == "dead"
    assert _run("SELECT name FROM database_alarm") == [("outbox.dead",)]


@pytest.mark.django_db
def test_a_letter_whose_relay_dies_every_time_is_given_up_with_an_alarm() -> None:
    _owe("a", "b")
    _run("UPDATE database_outbox SET attempts = %s WHERE key = 'a'", outbox.MOST_ATTEMPTS - 1)
    assert [letter.key for letter in outbox.claim(KIND, limit=9)] == ["a", "b"]
    _again()
    assert [letter.key for letter in outbox.claim(KIND, limit=9)] == ["b"]
    assert _column("state") == ["dead", "pending"]
    assert _run("SELECT name, subject FROM database_alarm") == [("outbox.dead", f"{KIND}:a:1")]


@pytest.mark.django_db
def test_success_closes_the_alarm() -> None:
    _owe("a")
    _run("UPDATE database_outbox SET attempts = 20")
    outbox.failed(_one(), answer="503")
    _again()
    outbox.sent(_one(), answer="200", at=AT)
    assert _run("SELECT count(*) FROM database_alarm WHERE closed_at IS NULL") == [(0,)]


@pytest.mark.django_db
def test_an_operator_revives_the_dead() -> None:
    _owe("a", "b")
    for letter in outbox.claim(KIND, limit=9):
        outbox.failed(letter, answer="E-SCHEMA", for_good=True)
    assert outbox.revive(KIND) == 2
    assert [letter.attempts for letter in outbox.claim(KIND, limit=9)] == [1, 1]
    assert _run("SELECT count(*) FROM database_alarm WHERE closed_at IS NULL") == [(0,)]


@pytest.mark.django_db
def test_a_released_letter_has_lost_no_attempt() -> None:
    _owe("a")
    assert outbox.release([_one()]) == 1
    assert _one().attempts == 1


@pytest.mark.django_db
def test_an_alarm_stands_once_until_it_is_closed() -> None:
    assert alarms.sound("x.late", "subject:1", {"n": 1})
    assert not alarms.sound("x.late", "subject:1")
    assert alarms.close("x.late", "subject:1")
    assert not alarms.close("x.late", "subject:1")
    assert alarms.sound("x.late", "subject:1")


@pytest.mark.django_db
def test_a_page_owes_and_sees_how_far_it_came_but_reads_no_payload() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_web")
    _owe("a")
    assert _column("state") == ["pending"]
    for statement in (
        "SELECT payload FROM database_outbox",
        "UPDATE database_outbox SET state = 'dead'",
        "DELETE FROM database_outbox",
    ):
        with pytest.raises(DatabaseError, match="permission denied"):
            _in_savepoint(statement)


def test_racing_relays_never_hold_the_same_letter(committed_db: object) -> None:
    keys = [f"k{n}" for n in range(200)]
    _owe(*keys)
    barrier = threading.Barrier(8)
    claimed: list[int] = []
    kept = threading.Lock()

    def claim_all() -> None:
        try:
            barrier.wait()
            while letters := outbox.claim(KIND, limit=7, lease=timedelta(minutes=5)):
                with kept:
                    claimed.extend(letter.id for letter in letters)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A round that met only locked rows ends early; what is left is still there.
    claimed.extend(letter.id for letter in outbox.claim(KIND, limit=200))
    assert len(claimed) == len(set(claimed)) == len(keys)


def _again() -> None:
    _run(
        "UPDATE database_outbox SET next_at = clock_timestamp(), lease_until = lease_until - interval '1 hour'"
    )


def _in_savepoint(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

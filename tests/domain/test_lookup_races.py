"""Quotas under a crowd and under kills (INV-31): exactly as many calls pass as may, and none is counted twice or lost."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from lienthong.cards import lookup
from lienthong.cards.lookup import Asker, Call, Verdict
from lienthong.database.address import Address
from tests import crashing, hospitals
from tests.births import ON, column, rows
from tests.hospitals import TOMORROW, call

pytestmark = pytest.mark.timeout(180)
CLIENTS = 32
BORN = date(2024, 1, 1)
LIMIT = 100


def _crowd(work: Callable[[int], Any]) -> list[Any]:
    """Release the clients at once, each with its own connection and the rights of the gateway."""
    gate = threading.Barrier(CLIENTS)

    def one(place: int) -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE lienthong_gateway")
            gate.wait()
            return work(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, range(CLIENTS)))


def _calls(place: int, turn: int, count: int) -> list[Call]:
    """Numbers that nobody has, for people whom nobody else asks for."""
    return [
        call(f"{place:03}{turn:04}{number:03}", f"NGƯỜI {_letters(place * 64 + turn * 8 + number)}", BORN, on=ON)
        for number in range(count)
    ]  # fmt: skip


def _letters(number: int) -> str:
    return "".join(chr(65 + int(digit)) for digit in f"{number:06}")


def _asked(place: int) -> Counter[Verdict]:
    verdicts: Counter[Verdict] = Counter()
    for turn in range(6):
        answers = lookup.look_up(_calls(place, turn, 1 + (place + turn) % 3))
        verdicts.update(answer.verdict for answer in answers)
    return verdicts


@pytest.mark.rule("INV-31")
def test_a_crowd_passes_the_limit_of_a_day_exactly(committed_db: Address) -> None:
    hospitals.hospital(day_limit=LIMIT)
    verdicts = sum(_crowd(_asked), Counter())
    assert set(verdicts) == {Verdict.UNKNOWN, Verdict.OVER_LIMIT}
    assert verdicts[Verdict.UNKNOWN] == LIMIT
    assert rows("SELECT call_count, miss_count, refused_count FROM cards_lookupday") == [
        (verdicts.total(), LIMIT, verdicts.total() - LIMIT)
    ]
    assert column("SELECT count(*) FROM audit_entry WHERE action = 'lookup.missed'") == [
        verdicts.total()
    ]


@pytest.mark.rule("INV-31")
def test_a_crowd_passes_the_limit_of_a_minute_exactly(committed_db: Address) -> None:
    """Should the minute turn while they run, each of the two minutes has its limit."""
    hospitals.hospital(minute_limit=LIMIT)
    verdicts = sum(_crowd(_asked), Counter())
    minutes = column(
        "SELECT DISTINCT date_trunc('minute', at) FROM audit_entry WHERE action = 'lookup.missed'"
    )
    assert LIMIT <= verdicts[Verdict.UNKNOWN] <= LIMIT * len(minutes)
    assert set(verdicts) == {Verdict.UNKNOWN, Verdict.OVER_LIMIT}


@pytest.mark.rule("INV-31")
def test_a_crowd_guesses_ten_times_at_one_person(committed_db: Address) -> None:
    """Each from an account of its own, so that no row of use makes one wait for another."""
    accounts = [f"01{place:03}_BV" for place in range(CLIENTS)]
    for name in accounts:
        hospitals.hospital(name)

    def guess(place: int) -> Counter[Verdict]:
        asker = Asker(accounts[place], TOMORROW)
        asked = [call(f"{place:010}", "LÊ VĂN ĐÍCH", BORN, on=ON, asker=asker)]
        return Counter(answer.verdict for answer in lookup.look_up(asked))

    verdicts = sum(_crowd(guess), Counter())
    assert verdicts == {Verdict.UNKNOWN: 10, Verdict.OVER_TARGET: CLIENTS - 10}


@pytest.mark.rule("INV-32")
def test_a_crowd_of_one_account_is_suspended_once(committed_db: Address) -> None:
    hospitals.hospital(miss_limit=20)
    verdicts = sum(_crowd(_asked), Counter())
    assert hospitals.suspensions() == [(hospitals.NAME, "misses")]
    # Those that were on their way when the 21st was judged had been admitted.
    assert 21 <= verdicts[Verdict.UNKNOWN] <= 21 + CLIENTS * 3
    assert rows("SELECT name, subject FROM database_alarm WHERE closed_at IS NULL") == [
        ("lookup.suspended", hospitals.NAME)
    ]


@pytest.mark.rule("INV-31")
def test_a_kill_at_any_moment_loses_no_count(committed_db: Address) -> None:
    """Whatever was answered is counted; whatever is counted is in the log; the rest of the limit is still there."""
    hospitals.hospital(day_limit=LIMIT)
    finished = 0
    for tick in range(1, 40, 2):
        turn = tick

        def work(turn: int = turn) -> None:
            for step in range(4):
                lookup.look_up(_calls(turn, step, 1 + step % 2))

        finished += crashing.run_until_tick(work, tick)
    assert 0 < finished < 20
    (counted,) = column("SELECT call_count FROM cards_lookupday")
    assert column("SELECT count(*) FROM audit_entry WHERE action = 'lookup.missed'") == [counted]
    assert column("SELECT miss_count + refused_count FROM cards_lookupday") == [counted]
    verdicts = sum(_crowd(_asked), Counter())
    assert verdicts[Verdict.UNKNOWN] == max(0, LIMIT - counted)
    assert column("SELECT miss_count FROM cards_lookupday") == [LIMIT]

"""The calls that wait are one statement and one commit; a bad one harms no other; a lost connection is made again."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction
from psycopg.conninfo import make_conninfo

from lienthong.cards.lookup import Call, CardAnswer, Verdict
from lienthong.config import clock
from lienthong.database import address
from lienthong.database.address import Address
from lienthong.web.api import batching
from lienthong.web.api.batching import Batcher, OverloadedError
from tests import cards, hospitals
from tests.births import ON, column, small_country
from tests.hospitals import call

NAME, BORN = "NGUYỄN MINH AN", date(2026, 11, 12)
_CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%cards_look_up%' AND pid <> pg_backend_pid()
"""
Desk = Callable[[Callable[[Batcher], Awaitable[Any]]], Any]


@pytest.fixture
def conninfo(committed_db: Address) -> str:
    small_country()
    hospitals.hospital()
    options = address.server_options("gateway", signs_in_as_owner=True)
    return make_conninfo(committed_db.conninfo, options=options)


@pytest.fixture
def desk(conninfo: str) -> Desk:
    """Runs a story of a batcher in a loop of its own, and leaves the database after it."""

    def tell(story: Callable[[Batcher], Awaitable[Any]], **limits: int) -> Any:
        async def whole() -> Any:
            batcher = Batcher(conninfo, clock.now, **limits)
            await batcher.start()
            try:
                return await story(batcher)
            finally:
                await batcher.close()

        return asyncio.run(whole())

    return tell


def _call(code: str = "0123456789", name: str = NAME, **more: Any) -> Call:
    return call(code, name, BORN, on=ON, **more)


def _codes(count: int) -> list[str]:
    """The codes of that many children's cards."""
    with transaction.atomic():
        for number in range(1, count + 1):
            cards.active(number)
        return [str(code) for code in column("SELECT code FROM cards_card ORDER BY id")]


def _commits() -> int:
    return int(
        column("SELECT count(DISTINCT xact) FROM audit_entry WHERE starts_with(action, 'lookup')")[
            0
        ]
    )


def _logged() -> int:
    return int(column("SELECT count(*) FROM audit_entry WHERE starts_with(action, 'lookup')")[0])


async def _all(batcher: Batcher, calls: Sequence[Call]) -> list[list[CardAnswer] | BaseException]:
    asked = (batcher.look_up([one]) for one in calls)
    return await asyncio.gather(*asked, return_exceptions=True)


def test_each_gets_his_own_answer_however_many_share_a_statement(desk: Desk) -> None:
    codes = _codes(3)
    calls = [_call(code) for code in codes] + [_call("9999999999"), _call(codes[0], "LÊ SAI")]
    said = desk(lambda batcher: _all(batcher, calls * 20))
    verdicts = [(answer.verdict, answer.code) for (answer,) in said]
    expected = [(Verdict.VALID, code) for code in codes]
    expected += [(Verdict.UNKNOWN, None), (Verdict.WRONG_NAME, codes[0])]
    # The tenth miss for one name and birth date is the last that is answered.
    assert verdicts[:25] == expected * 5
    assert [one for one in verdicts if one[0] is Verdict.VALID] == expected[:3] * 20


def test_calls_that_wait_are_one_statement_and_one_commit(desk: Desk) -> None:
    calls = [_call(f"{number:010}") for number in range(300)]
    said = desk(lambda batcher: _all(batcher, calls), pipelines=1, most_in_batch=128)
    assert len(said) == _logged() == 300
    # The first does not wait for the others; those gather meanwhile.
    assert _commits() <= 1 + 3


def test_the_calls_of_one_request_stay_together_and_in_order(desk: Desk) -> None:
    (code,) = _codes(1)

    async def story(batcher: Batcher) -> list[CardAnswer]:
        return await batcher.look_up([_call("9999999999"), _call(code), _call("9999999998")])

    said = desk(story, most_in_batch=2)
    assert [one.verdict for one in said] == [Verdict.UNKNOWN, Verdict.VALID, Verdict.UNKNOWN]
    assert _commits() == 1
    assert desk(lambda batcher: batcher.look_up([])) == []


@pytest.mark.parametrize(
    ("poison", "error"),
    [({"purpose": "a\0b"}, psycopg.DataError), ({"request_id": "\ud800"}, UnicodeEncodeError)],
)
def test_a_poisoned_call_fails_alone(
    desk: Desk, poison: dict[str, str], error: type[Exception]
) -> None:
    calls = [_call(f"{number:010}") for number in range(10)]
    calls[6] = _call("0000000006", **poison)
    said = desk(lambda batcher: _all(batcher, calls), pipelines=1)
    assert isinstance(said[6], error)
    others = [one for place, one in enumerate(said) if place != 6]
    assert all(isinstance(one, list) and one[0].verdict is Verdict.UNKNOWN for one in others)


def test_a_connection_that_was_cut_is_made_again_unseen(desk: Desk, committed_db: Address) -> None:
    async def story(batcher: Batcher) -> list[CardAnswer]:
        await batcher.look_up([_call()])
        async with await psycopg.AsyncConnection.connect(committed_db.conninfo) as other:
            await other.execute(_CUT)
        return await batcher.look_up([_call()])

    (answer,) = desk(story, pipelines=1)
    assert answer.verdict is Verdict.UNKNOWN
    assert _logged() == 2


def test_a_database_that_is_gone_is_an_error_for_all_and_forgotten_when_it_is_back(
    conninfo: str,
) -> None:
    async def story() -> tuple[list[Any], list[Any]]:
        batcher = Batcher(make_conninfo(conninfo, host="/nowhere"), clock.now)
        gone = await _all(batcher, [_call(), _call()])
        for pipeline in batcher._pipelines:
            pipeline._conninfo = conninfo
        back = await _all(batcher, [_call(), _call()])
        await batcher.close()
        return gone, back

    gone, back = asyncio.run(story())
    assert all(isinstance(one, psycopg.OperationalError) for one in gone)
    assert [one[0].verdict for one in back] == [Verdict.UNKNOWN] * 2


def test_who_no_longer_waits_is_not_asked_for(desk: Desk, committed_db: Address) -> None:
    async def story(batcher: Batcher) -> None:
        async with await psycopg.AsyncConnection.connect(committed_db.conninfo) as other:
            await other.execute("LOCK TABLE cards_lookupsetting IN ACCESS EXCLUSIVE MODE")
            first = asyncio.create_task(batcher.look_up([_call("0000000001")]))
            await asyncio.sleep(0.2)
            given_up = [
                asyncio.create_task(batcher.look_up([_call(f"{n:010}")])) for n in range(2, 7)
            ]
            await asyncio.sleep(0)
            for task in given_up:
                task.cancel()
            last = asyncio.create_task(batcher.look_up([_call("0000000009")]))
            await asyncio.sleep(0)
        await first
        await last

    desk(story, pipelines=1)
    assert _logged() == 2


def test_past_its_bound_a_call_is_turned_away_at_once(desk: Desk, committed_db: Address) -> None:
    async def story(batcher: Batcher) -> tuple[Any, list[Any]]:
        async with await psycopg.AsyncConnection.connect(committed_db.conninfo) as other:
            await other.execute("LOCK TABLE cards_lookupsetting IN ACCESS EXCLUSIVE MODE")
            running = asyncio.create_task(batcher.look_up([_call()]))
            await asyncio.sleep(0.2)
            waiting = [asyncio.create_task(batcher.look_up([_call()])) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError):
                await batcher.look_up([_call()])
        return await running, await asyncio.gather(*waiting)

    running, waiting = desk(story, pipelines=1, most_waiting=2)
    assert (len(running), len(waiting)) == (1, 2)


def test_what_runs_in_a_thread_has_the_gateways_rights_and_is_committed(desk: Desk) -> None:
    def who(cursor: psycopg.Cursor[Any]) -> Any:
        return cursor.execute("SELECT current_user").fetchone()

    def reads(cursor: psycopg.Cursor[Any]) -> Any:
        return cursor.execute("SELECT * FROM cards_card").fetchone()

    async def story(batcher: Batcher) -> Any:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await batcher.in_thread(reads)
        with pytest.raises(ValueError, match="lost"):
            await batcher.in_thread(partial(_begin, name="lost", fails=True))
        await batcher.in_thread(partial(_begin, name="kept"))
        return await batcher.in_thread(who)

    assert desk(story) == ("lienthong_gateway",)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT name_sha FROM authz.attempt")
        assert [bytes(row[0]) for row in cursor.fetchall()] == [sha256(b"machine:kept").digest()]


def _begin(cursor: psycopg.Cursor[Any], *, name: str, fails: bool = False) -> None:
    cursor.execute("SELECT * FROM authz.begin_attempt('machine', %s, '', '127.0.0.1')", [name])
    if fails:
        raise ValueError(name)


def test_more_threads_than_there_are_is_told_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "MOST_FOR_THREADS", 1)
    go = threading.Event()

    async def story(batcher: Batcher) -> Any:
        first = asyncio.create_task(batcher.in_thread(lambda _: go.wait(20)))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await batcher.in_thread(lambda _: True)
        go.set()
        return await first

    assert desk(story) is True

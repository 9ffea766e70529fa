"""Asks PostgreSQL for all the calls that wait in this process at once: one statement, one commit, many answers.

Nobody waits for others to come: the next batch is what gathered while the last one ran. A call that breaks its batch
is asked again alone, and so are its neighbours, so that it fails by itself.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection, Cursor, OperationalError
from psycopg_pool import ConnectionPool

from lienthong.cards import lookup
from lienthong.cards.lookup import Call, CardAnswer
from lienthong.web.api.door import Result

_LOG = logging.getLogger(__name__)
PIPELINES: Final = 2
"""Batches under way at once: one runs while another is committed to disk."""
MOST_IN_BATCH: Final = 128
MOST_WAITING: Final = 2048
"""Calls that wait in one process; more are turned away at once (INV-43)."""
MOST_FOR_THREADS: Final = 64
_THREADS = 4
_CONNECT_SECONDS = 2
_POOL_SECONDS = 1.5


class OverloadedError(TimeoutError):
    """More calls wait than can be answered in time."""


@dataclass(slots=True)
class _Asked:
    """The calls of one request, which stay together, and who waits for their answers."""

    calls: Sequence[Call]
    answers: asyncio.Future[list[CardAnswer]]


class Batcher:
    """The gateway's desk (`door.Desk`) over PostgreSQL. Lives in the event loop that started it."""

    def __init__(
        self,
        conninfo: str,
        clock: Callable[[], datetime],
        *,
        pipelines: int = PIPELINES,
        most_in_batch: int = MOST_IN_BATCH,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.now = clock
        self._conninfo = conninfo
        self._pipelines = [_Pipeline(conninfo) for _ in range(pipelines)]
        self._most_in_batch = most_in_batch
        self._most_waiting = most_waiting
        self._waiting: deque[_Asked] = deque()
        self._waiting_calls = 0
        self._idle: list[_Pipeline] = list(self._pipelines)
        self._running: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="gateway")
        self._in_threads = 0
        self._pool = ConnectionPool(
            conninfo,
            min_size=0,
            max_size=_THREADS,
            timeout=_POOL_SECONDS,
            check=ConnectionPool.check_connection,
            open=False,
        )

    async def start(self) -> None:
        """Open the connections of threads; those of batches are made when they are needed."""
        self._pool.open(wait=False)

    async def look_up(self, calls: Sequence[Call]) -> list[CardAnswer]:
        """The answers in order. Raises psycopg.Error, or OverloadedError when too many wait."""
        if not calls:
            return []
        if self._waiting_calls + len(calls) > self._most_waiting:
            raise OverloadedError
        asked = _Asked(calls, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._waiting_calls += len(calls)
        self._start_idle()
        return await asked.answers

    async def in_thread(self, function: Callable[[Cursor[Any]], Result]) -> Result:
        """The function's result, inside one transaction with the gateway's rights, committed before it returns."""
        if self._in_threads >= MOST_FOR_THREADS:
            raise OverloadedError
        self._in_threads += 1
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._in_transaction, function)
        finally:
            self._in_threads -= 1

    async def close(self) -> None:
        """Let running batches end, then leave the database."""
        if self._running:
            await asyncio.wait(self._running, timeout=_CONNECT_SECONDS)
        for task in self._running:
            task.cancel()
        for pipeline in self._pipelines:
            await pipeline.leave()
        self._threads.shutdown(cancel_futures=True)
        self._pool.close()

    def _in_transaction(self, function: Callable[[Cursor[Any]], Result]) -> Result:
        with self._pool.connection() as connection, connection.cursor() as cursor:
            return function(cursor)

    def _start_idle(self) -> None:
        while self._idle and self._waiting:
            task = asyncio.create_task(self._work(self._idle.pop()))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _work(self, pipeline: "_Pipeline") -> None:
        """Batch after batch, for as long as anybody waits."""
        try:
            while batch := self._take():
                await pipeline.answer(batch)
        finally:
            self._idle.append(pipeline)

    def _take(self) -> list[_Asked]:
        """The next batch; whoever no longer waits is left out."""
        batch: list[_Asked] = []
        count = 0
        while self._waiting:
            asked = self._waiting[0]
            if batch and count + len(asked.calls) > self._most_in_batch:
                break
            self._waiting.popleft()
            self._waiting_calls -= len(asked.calls)
            if not asked.answers.done():
                batch.append(asked)
                count += len(asked.calls)
        return batch


class _Pipeline:
    """One connection that asks batch after batch; made at the first one, and again after it broke."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None

    async def answer(self, batch: Sequence[_Asked]) -> None:
        """Give every request of the batch its answers, or its error."""
        try:
            try:
                answers = await self._ask([call for asked in batch for call in asked.calls])
            except OperationalError:
                if self._connection is not None:
                    raise
                # The connection broke, perhaps while nobody used it: PostgreSQL may be there again.
                answers = await self._ask([call for asked in batch for call in asked.calls])
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            await self._answer_one_by_one(batch, error)
            return
        start = 0
        for asked in batch:
            end = start + len(asked.calls)
            if not asked.answers.done():
                asked.answers.set_result(answers[start:end])
            start = end

    async def _answer_one_by_one(self, batch: Sequence[_Asked], error: Exception) -> None:
        if len(batch) == 1 or self._connection is None:
            _fail(batch, error)
            return
        _LOG.warning("gateway.batch_retried %s %d", type(error).__name__, len(batch))
        for asked in batch:
            if asked.answers.done():
                continue
            try:
                asked.answers.set_result(await self._ask(asked.calls))
            except Exception as own:  # noqa: BLE001 - his own fault, and only his
                _fail([asked], own)

    async def _ask(self, calls: Sequence[Call]) -> list[CardAnswer]:
        connection = self._connection or await self._connect()
        try:
            cursor = await connection.execute(
                lookup.STATEMENT, [lookup.encoded(calls)], prepare=True
            )
            rows = await cursor.fetchall()
        finally:
            if connection.closed:
                self._connection = None
        return [lookup.answer_of(row) for row in rows]

    async def _connect(self) -> AsyncConnection[tuple[Any, ...]]:
        self._connection = await AsyncConnection.connect(
            self._conninfo, autocommit=True, connect_timeout=_CONNECT_SECONDS
        )
        return self._connection

    async def leave(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()


def _fail(batch: Sequence[_Asked], error: Exception) -> None:
    for asked in batch:
        if not asked.answers.done():
            asked.answers.set_exception(error)

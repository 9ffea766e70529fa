"""Ten times more callers than the server holds, who come back at once: shed and told so, bounded, and well again by itself (INV-43)."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lienthong.web import wire
from lienthong.web.addresses import Caller
from lienthong.web.api.door import Reply
from lienthong.web.wsgi import Door, Pages
from tests.wires import Heard, heard, scope

THREADS, WAITING, SENDERS = 2, 6, 80
"""Ten times what is held; each sender has something to say and repeats it until it is taken."""


class _Kept:
    """A door that keeps a message and takes its time; counts how many are inside at once."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.inside = self.most_inside = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        time.sleep(0.01)
        with self._lock:
            self.inside -= 1
            self.messages.append(environ["PATH_INFO"])
        start("202 Accepted", [("Content-Length", "7")])
        return [b"receipt"]


def _busy() -> Reply:
    return Reply(503, b"busy", "text/plain", {"Retry-After": "10"})


async def _ask(pages: Pages, path: str) -> Heard:
    async def application(head: Any, receive: Any, send: Any) -> None:
        caller = Caller("127.0.0.1", False, by_proxy=False)
        await pages.serve(head, wire.headers_of(head), caller, receive, send)

    return await heard(application, scope("POST", path, {"Content-Length": "0"}))


async def _storm(pages: Pages) -> tuple[list[Heard], int, int]:
    shed, most = 0, 0

    async def sender(number: int) -> Heard:
        nonlocal shed, most
        for _ in range(2_000):
            answer = await _ask(pages, f"/api/births/{number}")
            most = max(most, pages._inside)
            if answer.status != 503:
                return answer
            assert answer.headers["retry-after"] == "10"
            assert b"receipt" not in answer.body
            shed += 1
            # Without the patience that it was asked for.
            await asyncio.sleep(0.001)
        raise AssertionError("never taken")

    return await asyncio.gather(*(sender(number) for number in range(SENDERS))), shed, most


@pytest.mark.rule("INV-43")
def test_storm_of_impatient_senders_is_shed_bounded_and_taken_in_the_end() -> None:
    kept = _Kept()
    pages = Pages(
        kept,
        doors=[Door("/api/births", 1024, _busy)],
        words=lambda status: Reply(status, b"", "text/plain"),
        threads=THREADS,
        most_waiting=WAITING,
    )
    answers, shed, most = asyncio.run(_storm(pages))
    pages.close()
    assert [answer.status for answer in answers] == [202] * SENDERS
    assert shed > SENDERS
    assert most <= THREADS + WAITING
    assert kept.most_inside <= THREADS
    # A receipt for each kept message and a kept message for each receipt.
    assert sorted(kept.messages) == sorted(f"/api/births/{number}" for number in range(SENDERS))
    assert pages._inside == pages._inside_by_door == 0


@pytest.mark.rule("INV-43")
def test_storm_at_the_door_of_births_leaves_officers_their_pages() -> None:
    kept = _Kept()
    pages = Pages(
        kept,
        doors=[Door("/api/births", 1024, _busy)],
        words=lambda status: Reply(status, b"", "text/plain"),
        threads=THREADS,
        most_waiting=WAITING,
    )

    async def officer() -> list[int]:
        found = []
        for number in range(20):
            answer = await _ask(pages, f"/can-bo/{number}")
            found.append(answer.status)
            await asyncio.sleep(0.005)
        return found

    async def both() -> tuple[Any, list[int]]:
        return await asyncio.gather(_storm(pages), officer())

    (answers, shed, _), opened = asyncio.run(both())
    pages.close()
    assert shed > SENDERS
    assert [answer.status for answer in answers] == [202] * SENDERS
    assert opened == [202] * 20

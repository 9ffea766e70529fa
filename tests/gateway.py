"""A protocol of the gateway asked without a server: its own function, and a desk that is the test's transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from lienthong.cards import lookup
from lienthong.cards.lookup import Call, CardAnswer
from lienthong.web.api.door import Reply, Request, Route
from tests.officers import become


class TestDesk:
    """The `Desk` of a test: every statement in the test's transaction, with the rights of the gateway."""

    __test__ = False

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at

    async def look_up(self, calls: Sequence[Call]) -> list[CardAnswer]:
        become("lienthong_gateway")
        try:
            return lookup.look_up(calls)
        finally:
            become("lienthong_worker")

    async def in_thread(self, function: Callable[[Any], Any]) -> Any:
        become("lienthong_gateway")
        try:
            with connection.cursor() as cursor:
                return function(cursor)
        finally:
            become("lienthong_worker")

    def now(self) -> datetime:
        return self.at or settings.CLOCK()


def request(
    path: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    peer: str = "127.0.0.1",
) -> Request:
    """A request as the gateway hands it over."""
    return Request(method, path, query.encode(), dict(headers or {}), body, peer, "yc-1")


def answer(route: Route, asked: Request, *, at: datetime | None = None) -> Reply:
    """The reply, without an event loop: nothing in a test waits, and Django refuses to work inside a loop."""
    running = route.answer(asked, TestDesk(at))
    try:
        running.send(None)  # type: ignore[attr-defined]
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    msg = "the protocol waited for something that is not the desk"
    raise AssertionError(msg)

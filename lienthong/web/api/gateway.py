"""The hospitals' front: finds the route of a request, reads its body, keeps it within two seconds, sends the reply.

Whatever goes wrong here is told in the protocol's own words and never reads as "not insured" (INV-33).
"""

import asyncio
import logging
import os
import traceback
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Final

import psycopg

from lienthong.web import wire
from lienthong.web.addresses import Caller
from lienthong.web.api.batching import OverloadedError
from lienthong.web.api.door import Desk, Reply, Request, Route, Trouble
from lienthong.web.wire import Ending, Received

_LOG = logging.getLogger(__name__)
BODY_BYTES: Final = 64 * 1024
READ_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 1.8
"""From the whole body to the answer; the caller hears of a trouble within two seconds."""
MOST_INSIDE: Final = 1024
"""Requests being answered in one process."""
RETRY_SECONDS: Final = "5"
_ID_BYTES = 16
_ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
_CLOSING = frozenset({Trouble.TOO_LARGE, Trouble.TOO_SLOW})
_WAITS = frozenset({Trouble.DATABASE, Trouble.OVERLOAD})


class Gateway:
    """The routes of all protocols over one desk."""

    def __init__(
        self,
        routes: Iterable[Route],
        desk: Desk,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        most_inside: int = MOST_INSIDE,
    ) -> None:
        self._whole: dict[str, list[Route]] = {}
        self._beginnings: list[tuple[str, list[Route]]] = []
        self._desk = desk
        self._answer_seconds = answer_seconds
        self._most_inside = most_inside
        self._inside = 0
        self._reader = wire.Reader(seconds=READ_SECONDS)
        for route in routes:
            self._add(route)
        # The longest beginning wins.
        self._beginnings.sort(key=lambda found: -len(found[0]))

    def routes_of(self, path: str) -> list[Route]:
        """The routes of an address, by whatever method; none when it is not the gateway's."""
        said = path.lower()
        if found := self._whole.get(said):
            return found
        return next((routes for start, routes in self._beginnings if said.startswith(start)), [])

    async def serve(
        self,
        routes: list[Route],
        scope: wire.Scope,
        headers: Mapping[str, str],
        caller: Caller,
        receive: wire.Receive,
        send: wire.Send,
    ) -> None:
        """Answer one request for an address with these routes."""
        route = _route_for(routes, scope["method"])
        if route is None:
            received = Received(BytesIO(), 0)
        else:
            received = await self._reader.read(headers, receive, limit=BODY_BYTES)
        request = Request(
            scope["method"],
            scope["path"],
            scope["query_string"],
            headers,
            received.file.read(),
            caller.address,
            os.urandom(_ID_BYTES).hex(),
            caller.is_secure,
        )
        if route is None:
            reply = _unasked(routes, request)
        elif received.ending is not Ending.WHOLE:
            is_large = received.ending is Ending.TOO_LARGE
            reply = _told(route, request, Trouble.TOO_LARGE if is_large else Trouble.TOO_SLOW)
        else:
            reply = await self._replied(route, request)
        await _send(send, reply, request)

    async def _replied(self, route: Route, request: Request) -> Reply:
        if self._inside >= self._most_inside:
            return _told(route, request, Trouble.OVERLOAD)
        self._inside += 1
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await route.answer(request, self._desk)
        except OverloadedError:
            return _told(route, request, Trouble.OVERLOAD)
        except (psycopg.Error, TimeoutError) as error:
            _note("gateway.database", error)
            return _told(route, request, Trouble.DATABASE)
        except Exception as error:  # noqa: BLE001 - an answer in the protocol's words, whatever it is
            _note("gateway.broken", error)
            return _told(route, request, Trouble.BROKEN)
        finally:
            self._inside -= 1

    def _add(self, route: Route) -> None:
        path = route.path.lower()
        if not path.endswith("*"):
            self._whole.setdefault(path, []).append(route)
            return
        start = path[:-1]
        for known, routes in self._beginnings:
            if known == start:
                routes.append(route)
                return
        self._beginnings.append((start, [route]))


def _route_for(routes: list[Route], method: str) -> Route | None:
    wanted = next((route for route in routes if method in route.methods), None)
    if wanted is None and method == "HEAD":
        return next((route for route in routes if "GET" in route.methods), None)
    return wanted


def _unasked(routes: list[Route], request: Request) -> Reply:
    """The reply to a method that none of the routes answers."""
    allowed = {"Allow": _allowed(routes)}
    if request.method == "OPTIONS":
        return Reply(HTTPStatus.NO_CONTENT, b"", headers=allowed)
    return _with(routes[0].trouble(request, Trouble.METHOD), allowed)


def _allowed(routes: list[Route]) -> str:
    return ", ".join(sorted({"OPTIONS"}.union(*(route.methods for route in routes))))


def _told(route: Route, request: Request, trouble: Trouble) -> Reply:
    reply = route.trouble(request, trouble)
    more = {}
    if trouble in _WAITS:
        more["Retry-After"] = RETRY_SECONDS
    if trouble in _CLOSING:
        # What is still on its way must not be taken for the next request.
        more["Connection"] = "close"
    return _with(reply, more)


def _with(reply: Reply, more: Mapping[str, str]) -> Reply:
    """The reply with these headers where the protocol has not said its own."""
    if not more:
        return reply
    return Reply(reply.status, reply.body, reply.content_type, {**more, **reply.headers})


def _note(name: str, error: BaseException) -> None:
    """Where it happened and what kind it was; its words may hold what somebody sent (INV-29)."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    state = getattr(error, "sqlstate", None) or ""
    _LOG.error("%s %s %s %s", name, type(error).__name__, state, where)


async def _send(send: wire.Send, reply: Reply, request: Request) -> None:
    headers = [
        ("Content-Type", reply.content_type),
        ("Content-Length", str(len(reply.body))),
        ("X-Request-Id", request.request_id),
        *_ALWAYS,
        *reply.headers.items(),
    ]
    await wire.answer(send, reply.status, headers, b"" if request.method == "HEAD" else reply.body)

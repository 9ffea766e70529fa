"""The one front of the web server: hospitals' calls to the gateway, everything else to the pages.

application = Front(proxies=…, open_gateway=…, pages=…)
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lienthong.web import wire
from lienthong.web.addresses import Caller, Proxies
from lienthong.web.api.gateway import Gateway
from lienthong.web.measures import Measures
from lienthong.web.watch import Watch
from lienthong.web.wsgi import Pages

_FROM_PROXIES = ("x-forwarded-for", "x-forwarded-proto")
_SAID_BY_PROXIES = frozenset({*_FROM_PROXIES, "x-forwarded-host", "x-real-ip", "forwarded", "via"})


@dataclass(frozen=True, slots=True)
class Watched:
    """The operators' addresses, and the figures that they read."""

    watch: Watch
    measures: Measures


class _Heard:
    """Passes an answer on and remembers its status; 0 when none was begun."""

    def __init__(self, send: wire.Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
        await self._send(message)


class Front:
    """An ASGI application. `start` and `stop` run in the event loop before the first request and after the last."""

    def __init__(
        self,
        gateway: Gateway,
        pages: Pages,
        proxies: Proxies,
        *,
        start: Callable[[], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
        watched: Watched | None = None,
    ) -> None:
        self._gateway = gateway
        self._pages = pages
        self._proxies = proxies
        self._start = start
        self._stop = stop
        self._watched = watched

    async def __call__(self, scope: wire.Scope, receive: wire.Receive, send: wire.Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers = wire.headers_of(scope)
        client = scope.get("client") or ("", 0)
        caller = self._proxies.caller(client[0], scope["scheme"], headers)
        if self._watched is None:
            await self._answer(scope, headers, caller, receive, send)
            return
        if self._watched.watch.knows(scope["path"]):
            # Through a proxy that nobody named, everybody would have its address: perhaps this machine's own.
            is_veiled = not caller.by_proxy and not headers.keys().isdisjoint(_SAID_BY_PROXIES)
            await self._watched.watch.serve(scope, "" if is_veiled else caller.address, send)
            return
        began, heard = time.monotonic(), _Heard(send)
        door, route = await self._answer(scope, headers, caller, receive, heard)
        self._watched.measures.add(door, route, heard.status, time.monotonic() - began)

    async def _answer(
        self,
        scope: wire.Scope,
        headers: dict[str, str],
        caller: Caller,
        receive: wire.Receive,
        send: wire.Send,
    ) -> tuple[str, str]:
        """Which door answered, and under which name of ours."""
        if routes := self._gateway.routes_of(scope["path"]):
            await self._gateway.serve(routes, scope, headers, caller, receive, send)
            return "gateway", routes[0].path
        if self._proxies and not caller.by_proxy:
            for name in _FROM_PROXIES:
                headers.pop(name, None)
        return "pages", await self._pages.serve(scope, headers, caller, receive, send)

    async def _live(self, receive: wire.Receive, send: wire.Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

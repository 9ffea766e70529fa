"""The one front of the web server: hospitals' calls to the gateway, everything else to the pages.

application = Front(proxies=…, open_gateway=…, pages=…)
"""

from collections.abc import Awaitable, Callable

from lienthong.web import wire
from lienthong.web.addresses import Proxies
from lienthong.web.api.gateway import Gateway
from lienthong.web.wsgi import Pages

_FROM_PROXIES = ("x-forwarded-for", "x-forwarded-proto")


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
    ) -> None:
        self._gateway = gateway
        self._pages = pages
        self._proxies = proxies
        self._start = start
        self._stop = stop

    async def __call__(self, scope: wire.Scope, receive: wire.Receive, send: wire.Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers = wire.headers_of(scope)
        client = scope.get("client") or ("", 0)
        caller = self._proxies.caller(client[0], scope["scheme"], headers)
        if routes := self._gateway.routes_of(scope["path"]):
            await self._gateway.serve(routes, scope, headers, caller, receive, send)
            return
        if self._proxies and not caller.by_proxy:
            for name in _FROM_PROXIES:
                headers.pop(name, None)
        await self._pages.serve(scope, headers, caller, receive, send)

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

"""An ASGI application asked without a server: what a client sends in pieces, and what it gets back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


@dataclass
class Heard:
    """One answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def scope(
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    query: str = "",
    client: str = "127.0.0.1",
    scheme: str = "http",
) -> dict[str, Any]:
    """A request's head, as granian hands it over."""
    named = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *named],
        "client": (client, "40000"),
        "server": ("127.0.0.1", "8000"),
        "scheme": scheme,
    }


async def heard(
    application: Application,
    head: dict[str, Any],
    pieces: Iterable[bytes] = (),
    *,
    stops: bool = False,
    hangs_up: bool = False,
) -> Heard:
    """The answer to a request whose body comes in these pieces; after them it stops, or hangs up, if told so."""
    queue = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if not stops and not hangs_up:
        queue.append({"type": "http.request", "body": b"", "more_body": False})
    answer = Heard()

    async def receive() -> dict[str, Any]:
        if queue:
            return queue.pop(0)
        if hangs_up:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError("nothing comes")

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message["body"]

    await application(head, receive, send)
    return answer

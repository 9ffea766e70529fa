"""Runs the pages, which block, in a few threads; gives them whole bodies and takes whole answers.

Past what the threads and a short queue can hold, a caller is told at once that we are busy (INV-43); the doors of
machines together are told so at half of it.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from lienthong.web import wire
from lienthong.web.addresses import Caller
from lienthong.web.api.door import Reply
from lienthong.web.headers import FLOOR_HEADER, ROUTE_HEADER
from lienthong.web.wire import Ending, Received

THREADS: Final = 8
MOST_WAITING: Final = 64
"""Requests that wait for a thread: about a second's worth of pages."""
UPLOAD_BYTES: Final = 64 * 1024 * 1024
"""Six scans of eight megabytes, and the form around them."""

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Door:
    """Pages for machines: below `prefix` a body has another limit, and whatever its ending it comes to the page.

    `busy` is what they say when no thread is free.
    """

    prefix: str
    limit: int
    busy: Callable[[], Reply]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Pages:
    """A WSGI application behind an event loop. `words` gives the plain page for a status, for browsers."""

    def __init__(
        self,
        application: WsgiApplication,
        *,
        doors: Sequence[Door],
        words: Callable[[int], Reply],
        threads: int = THREADS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._application = application
        self._doors = tuple(doors)
        self._words = words
        self._most = threads + most_waiting
        # A storm at a door of machines leaves officers half of the room.
        self._most_of_doors = self._most // 2
        self._inside = self._inside_by_door = 0
        self._reader = wire.Reader()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def serve(
        self,
        scope: wire.Scope,
        headers: Mapping[str, str],
        caller: Caller,
        receive: wire.Receive,
        send: wire.Send,
    ) -> str:
        """Answer one request; the name of the page that did, '' when none was reached."""
        door = self._door(scope["path"])
        limit = door.limit if door else UPLOAD_BYTES
        received = await self._reader.read(headers, receive, limit=limit)
        with received.file:
            is_chunked = "transfer-encoding" in headers
            trouble = 0 if door else _trouble(received, is_chunked=is_chunked)
            if trouble:
                await _send(send, self._words(trouble), closing=True)
            elif door and self._inside_by_door >= self._most_of_doors:
                await _send(send, door.busy(), closing=True)
            elif self._inside >= self._most:
                busy = door.busy if door else self._busy
                await _send(send, busy(), closing=True)
            else:
                environ = environ_of(scope, headers, caller, received)
                return await self._run(environ, send, by_door=door is not None)
        return ""

    def close(self) -> None:
        """Wait for the pages that are being made."""
        self._threads.shutdown()

    async def _run(self, environ: dict[str, Any], send: wire.Send, *, by_door: bool) -> str:
        self._inside += 1
        self._inside_by_door += by_door
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            made = await loop.run_in_executor(self._threads, _called, self._application, environ)
        finally:
            self._inside -= 1
            self._inside_by_door -= by_door
        words, headers = _words_of(made.headers)
        floor = float(words.get(FLOOR_HEADER, 0.0)) / 1000
        await asyncio.sleep(max(0.0, begun + floor - loop.time()))
        await wire.answer(send, made.status, headers, made.body)
        return words.get(ROUTE_HEADER, "")

    def _door(self, path: str) -> Door | None:
        return next((door for door in self._doors if path.startswith(door.prefix)), None)

    def _busy(self) -> Reply:
        return self._words(HTTPStatus.SERVICE_UNAVAILABLE)


def _words_of(headers: list[tuple[str, str]]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The page's words to the front, and the headers without them."""
    words = {name: value for name, value in headers if name in {FLOOR_HEADER, ROUTE_HEADER}}
    return words, [pair for pair in headers if pair[0] not in words]


def environ_of(
    scope: wire.Scope, headers: Mapping[str, str], caller: Caller, received: Received
) -> dict[str, Any]:
    """The request as WSGI has it. Headers with an underscore are left out: they would pass for others."""
    server = scope.get("server") or ("", "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": caller.address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": received.file,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        wire.RECEIVED: received,
    }
    for name, value in headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name == "content-length":
            environ["CONTENT_LENGTH"] = value
        elif "_" not in name:
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def _trouble(received: Received, *, is_chunked: bool) -> int:
    """The status with which a page's body is turned away; 0 for a good one."""
    if received.ending is Ending.TOO_LARGE:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if received.ending is Ending.TOO_SLOW:
        return HTTPStatus.REQUEST_TIMEOUT
    if received.ending is Ending.UNFRAMED:
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.LENGTH_REQUIRED if is_chunked else 0


def _called(application: WsgiApplication, environ: dict[str, Any]) -> _Answer:
    """The application's whole answer; runs in a thread, where the page's database connection is given back too."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _trouble: object = None) -> None:
        started.append((status, headers))

    parts = application(environ, start)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return _Answer(int(status.split(" ", 1)[0]), headers, body)


async def _send(send: wire.Send, reply: Reply, *, closing: bool) -> None:
    headers = {
        **({"Connection": "close"} if closing else {}),
        "Content-Type": reply.content_type,
        "Content-Length": str(len(reply.body)),
        **reply.headers,
    }
    await wire.answer(send, reply.status, headers.items(), reply.body)

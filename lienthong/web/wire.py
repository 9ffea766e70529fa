"""One request off the wire, one answer onto it, within limits of size and of time. Knows no page and no protocol.

A sender that stops half-way holds no thread: bodies are read by the event loop, and whoever answers gets them whole.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import IO, Any, Final

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

READ_SECONDS: Final = 15.0
"""How long a body may take in all (guarantees §E row 4)."""
CROWDED_SECONDS: Final = 1.0
"""How long it may take while many others are on their way."""
MOST_AT_ONCE: Final = 128
"""Bodies on their way before it is crowded; each is a mebibyte of memory at most."""
IN_MEMORY: Final = 1024 * 1024
"""A larger body waits on disk."""
SEND_SECONDS: Final = 30.0
"""How long a reader may take for one piece of an answer."""
RECEIVED: Final = "lienthong.received"
"""Where a page finds how its body ended (`Received`), for doors that have words of their own for it."""
_PIECE = 64 * 1024


class Ending(StrEnum):
    """How the reading of a body ended."""

    WHOLE = "whole"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNFRAMED = "unframed"
    """Shorter than announced, or the announcement makes no sense."""


@dataclass(frozen=True, slots=True)
class Received:
    """A body, open at its beginning. `announced` is its Content-Length, None when there was none.

    Of a body that is too large comes as much as the limit and one byte, or nothing when it was announced.
    """

    file: IO[bytes]
    size: int
    ending: Ending = Ending.WHOLE
    announced: int | None = None


class Reader:
    """Reads bodies; remembers how many are on their way, because slow senders must not fill the memory."""

    def __init__(self, *, seconds: float = READ_SECONDS, crowded: float = CROWDED_SECONDS) -> None:
        self._seconds = seconds
        self._crowded = crowded
        self._under_way = 0

    async def read(self, headers: Mapping[str, str], receive: Receive, *, limit: int) -> Received:
        """The body of a request with these headers (names in lower case)."""
        declared = headers.get("content-length", "")
        is_chunked = "transfer-encoding" in headers
        if declared and not (declared.isascii() and declared.isdigit()):
            return Received(BytesIO(), 0, Ending.UNFRAMED)
        announced = int(declared) if declared else None
        if announced is not None and announced > limit:
            return Received(BytesIO(), 0, Ending.TOO_LARGE, announced)
        if not announced and not is_chunked:
            return Received(BytesIO(), 0, announced=announced)
        self._under_way += 1
        is_crowded = self._under_way > MOST_AT_ONCE
        try:
            return await _read(
                receive, limit, announced, self._crowded if is_crowded else self._seconds
            )
        finally:
            self._under_way -= 1


async def _read(receive: Receive, limit: int, announced: int | None, seconds: float) -> Received:
    kept = _Kept(limit)
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return kept.ended(Ending.UNFRAMED, announced)
                if not kept.add(message.get("body", b"")):
                    return kept.ended(Ending.TOO_LARGE, announced)
                if not message.get("more_body") or kept.size == announced:
                    break
    except TimeoutError:
        return kept.ended(Ending.TOO_SLOW, announced)
    is_short = announced is not None and kept.size != announced
    return kept.ended(Ending.UNFRAMED if is_short else Ending.WHOLE, announced)


class _Kept:
    """What came so far: in memory, and from a mebibyte on, on disk."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._file: IO[bytes] = BytesIO()
        self.size = 0

    def add(self, part: bytes) -> bool:
        """Keep a part; False when that was one byte too many."""
        if self.size <= IN_MEMORY < self.size + len(part) and self._limit > IN_MEMORY:
            on_disk = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever gets it, or with it
            on_disk.write(self._file.getvalue())  # type: ignore[attr-defined]
            self._file = on_disk
        part = part[: self._limit + 1 - self.size]
        self._file.write(part)
        self.size += len(part)
        return self.size <= self._limit

    def ended(self, ending: Ending, announced: int | None) -> Received:
        self._file.seek(0)
        return Received(self._file, self.size, ending, announced)


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers, names in lower case; several of one name are one with commas, as HTTP has it."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name in found:
            value = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}"
        found[name] = value
    return found


async def answer(send: Send, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> bool:
    """Send an answer whole; False when its reader took too long, whose connection is then dropped."""
    named = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": named})
    if len(body) <= _PIECE:
        await send({"type": "http.response.body", "body": body})
        return True
    try:
        for start in range(0, len(body), _PIECE):
            async with asyncio.timeout(SEND_SECONDS):
                part = body[start : start + _PIECE]
                more = start + _PIECE < len(body)
                await send({"type": "http.response.body", "body": part, "more_body": more})
    except TimeoutError:
        return False
    return True

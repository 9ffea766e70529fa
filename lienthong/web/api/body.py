"""Takes the body of a request off the wire: never more than its limit, never longer than its time.

The server hands bodies over as they come, so a sender that stops half-way would hold one of few threads for ever.
Reading happens beside the request's thread; when time is up the thread goes on without it.
"""

import threading
import time
import zlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, Final

READ_SECONDS: Final = 15.0
_QUICK_SECONDS = 1.0
_SLOW_AT_ONCE = 4
_READERS = 64
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """What came: the bytes, or the code of the refusal. `size` is what was announced when nothing was read."""

    content: bytes
    code: str = ""
    size: int = 0


class _Readers:
    """The threads that wait on slow senders. Few may be slow at once; beyond that a slow one is turned away early."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._busy = 0
        self._slow = threading.BoundedSemaphore(_SLOW_AT_ONCE)

    def read(self, stream: IO[bytes], limit: int, seconds: float) -> Body:
        """Everything up to `limit` bytes and one more; E-BUSY when every reader is held by a slow sender."""
        with self._lock:
            if self._busy >= _READERS:
                return Body(b"", "E-BUSY")
            self._busy += 1
            self._pool = self._pool or ThreadPoolExecutor(_READERS, thread_name_prefix="body")
        future = self._pool.submit(_read, stream, limit, time.monotonic() + seconds)
        future.add_done_callback(self._freed)
        return self._wait(future, seconds)

    def _wait(self, future: "Future[bytes]", seconds: float) -> Body:
        try:
            return Body(future.result(min(_QUICK_SECONDS, seconds)))
        except TimeoutError:
            pass
        if not self._slow.acquire(blocking=False):
            return Body(b"", "E-TIMEOUT")
        try:
            return Body(future.result(max(seconds - _QUICK_SECONDS, 0)))
        except TimeoutError:
            return Body(b"", "E-TIMEOUT")
        finally:
            self._slow.release()

    def _freed(self, _future: "Future[bytes]") -> None:
        with self._lock:
            self._busy -= 1


_readers = _Readers()


def read_body(environ: Mapping[str, Any], *, limit: int, seconds: float = READ_SECONDS) -> Body:
    """The body of a WSGI request, refused as guarantees §E rows 2-5 say.

    A body without an announced length is refused: a message has one, and the server drops the announcement when
    both framings are given, which is how a request is smuggled past a proxy.
    """
    declared = str(environ.get("CONTENT_LENGTH") or "")
    if declared and not (declared.isascii() and declared.isdigit()):
        return Body(b"", "E-FRAMING")
    length = int(declared) if declared else 0
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    if length > limit or not (length or chunked):
        return Body(b"", "E-SIZE" if length else "", length)
    body = _readers.read(_exactly(environ, length, chunked=chunked), limit, seconds)
    if body.code:
        return body
    if len(body.content) > limit:
        return Body(body.content[:limit], "E-SIZE", len(body.content))
    if chunked or len(body.content) != length:
        return Body(body.content, "E-FRAMING", len(body.content))
    return Body(body.content, size=length)


class _Exactly:
    """At most `left` bytes of a stream, so that a connection kept alive is not read into its next request."""

    def __init__(self, stream: IO[bytes], left: int) -> None:
        self._stream = stream
        self._left = left

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end."""
        wanted = self._left if size < 0 else min(size, self._left)
        part = self._stream.read(wanted) if wanted else b""
        self._left -= len(part)
        return part


def _exactly(environ: Mapping[str, Any], length: int, *, chunked: bool) -> Any:  # noqa: ANN401 - a WSGI input
    stream = environ["wsgi.input"]
    return stream if chunked else _Exactly(stream, length)


def _read(stream: IO[bytes], limit: int, until: float) -> bytes:
    parts: list[bytes] = []
    left = limit + 1
    while left > 0 and time.monotonic() < until:
        part = stream.read(min(left, _CHUNK))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def unpacked(content: bytes, *, limit: int) -> Body:
    """The content of a gzip body, unpacked no further than the limit and one byte (guarantees §E row 6)."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(content, limit + 1)
    except zlib.error:
        return Body(b"", "E-ENCODING", len(content))
    if len(plain) > limit or unpacker.unconsumed_tail:
        return Body(b"", "E-UNPACK", len(content))
    if not unpacker.eof or unpacker.unused_data:
        return Body(b"", "E-ENCODING", len(content))
    return Body(plain, size=len(plain))

"""The body of a message, refused as guarantees §E rows 2-6 say. The web server read it within its limits (`web.wire`)."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lienthong.web.wire import RECEIVED, Ending, Received


@dataclass(frozen=True, slots=True)
class Body:
    """What came: the bytes, or the code of the refusal. `size` is what was announced when nothing was read."""

    content: bytes
    code: str = ""
    size: int = 0


def read_body(environ: Mapping[str, Any], *, limit: int) -> Body:
    """The body of a WSGI request.

    A body without an announced length is refused: a message has one, and the server drops the announcement when
    both framings are given, which is how a request is smuggled past a proxy.
    """
    received = environ.get(RECEIVED) or _received(environ, limit)
    content = received.file.read()
    if received.ending is Ending.TOO_LARGE:
        return Body(content[:limit], "E-SIZE", max(received.announced or 0, received.size))
    if received.ending is Ending.TOO_SLOW:
        return Body(content, "E-TIMEOUT", received.size)
    if received.ending is Ending.UNFRAMED or "HTTP_TRANSFER_ENCODING" in environ:
        return Body(content, "E-FRAMING", received.size)
    return Body(content, size=received.size)


def _received(environ: Mapping[str, Any], limit: int) -> Received:
    """The body of a request that came by no server of ours."""
    declared = str(environ.get("CONTENT_LENGTH") or "0")
    if not (declared.isascii() and declared.isdigit()):
        return Received(BytesIO(), 0, Ending.UNFRAMED)
    length = int(declared)
    if length > limit:
        return Received(BytesIO(), 0, Ending.TOO_LARGE, length)
    content = environ["wsgi.input"].read(length) if length else b""
    ending = Ending.WHOLE if len(content) == length else Ending.UNFRAMED
    return Received(BytesIO(content), len(content), ending, length)


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

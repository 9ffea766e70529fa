"""Takes the body of a request off the wire: never more than its limit, never longer than its time (`patience`)."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lienthong.web.api.patience import PatientInput

_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """What came: the bytes, or the code of the refusal. `size` is what was announced when nothing was read."""

    content: bytes
    code: str = ""
    size: int = 0


def read_body(environ: Mapping[str, Any], *, limit: int) -> Body:
    """The body of a WSGI request, refused as guarantees §E rows 2-5 say.

    A body without an announced length is refused: a message has one, and the server drops the announcement when
    both framings are given, which is how a request is smuggled past a proxy.
    """
    declared = str(environ.get("CONTENT_LENGTH") or "")
    if declared and not (declared.isascii() and declared.isdigit()):
        return Body(b"", "E-FRAMING")
    length = int(declared) if declared else 0
    is_chunked = "HTTP_TRANSFER_ENCODING" in environ
    if length > limit or not (length or is_chunked):
        return Body(b"", "E-SIZE" if length else "", length)
    stream = _watched(environ)
    # A connection kept alive must not be read into its next request.
    content = _read(stream, limit + 1 if is_chunked else length)
    if len(content) > limit:
        return Body(content[:limit], "E-SIZE", len(content))
    if stream.is_late:
        return Body(content, "E-TIMEOUT", len(content))
    if is_chunked or len(content) != length:
        return Body(content, "E-FRAMING", len(content))
    return Body(content, size=length)


def _watched(environ: Mapping[str, Any]) -> PatientInput:
    stream = environ["wsgi.input"]
    if isinstance(stream, PatientInput):
        return stream
    return PatientInput(stream, str(environ.get("REMOTE_ADDR", "")))


def _read(stream: PatientInput, left: int) -> bytes:
    parts: list[bytes] = []
    while left > 0 and not stream.is_late:
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

"""The one HTTP client to other systems: time-outs, few retries, a trace id, and no secret or personal data in logs.

Knows no ministry's addresses and no meaning of an answer: a caller reads the status and the bytes.
"""

import logging
import random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import httpx

from lienthong.gateways.signing import Request
from lienthong.kernel import traces
from lienthong.kernel.errors import Unavailable

_LOG = logging.getLogger(__name__)
TRACE_HEADER: Final = "X-Correlation-Id"
MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
_RETRIED = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said, whatever it said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait and how often to try: seconds, attempts in all, and the first pause between them.

    `read` is the longest silence, `whole` the longest answer: a peer that drips a byte a second is cut off too.
    """

    connect: float = 3.0
    read: float = 10.0
    whole: float = 30.0
    attempts: int = 3
    pause: float = 0.5


@dataclass(slots=True)
class Client:
    """A client of one other system. `sign` is called on each attempt, so that `created` is fresh."""

    base_url: str
    patience: Patience = field(default_factory=Patience)
    sign: Callable[[Request], Request] | None = None
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        waits = httpx.Timeout(self.patience.read, connect=self.patience.connect)
        self._http = httpx.Client(timeout=waits, transport=self.transport, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def send(
        self, method: str, path: str, *, body: bytes = b"", content_type: str = "application/json"
    ) -> Answer:
        """The other side's last answer. Safe to repeat is the caller's promise: every door of theirs takes repeats.

        Raises Unavailable when no attempt brought an answer, or the answer is larger than 8 MiB.
        """
        trace = traces.current() or str(uuid.uuid4())
        last: Answer | None = None
        for attempt in range(self.patience.attempts):
            if attempt:
                self.sleep(self._pause(attempt, last))
            last = self._attempt(method, path, body, content_type, trace)
            if last is not None and last.status not in _RETRIED:
                return last
        if last is None:
            raise Unavailable("Hệ thống bên kia không trả lời; sẽ thử lại sau.", code="E-NO-ANSWER")
        return last

    def _attempt(
        self, method: str, path: str, body: bytes, content_type: str, trace: str
    ) -> Answer | None:
        headers = {TRACE_HEADER: trace}
        if body:
            headers["Content-Type"] = content_type
        request = Request(method, self.base_url.rstrip("/") + path, headers, body)
        if self.sign is not None:
            request = self.sign(request)
        try:
            with self._http.stream(
                method, request.url, content=body, headers=dict(request.headers)
            ) as response:
                answer = Answer(response.status_code, dict(response.headers), self._read(response))
        except httpx.HTTPError as error:
            _LOG.warning("http.failed", extra={"trace": trace, "kind": type(error).__name__})
            return None
        _LOG.info("http.answered", extra={"trace": trace, "status": answer.status})
        return answer

    def _pause(self, attempt: int, last: Answer | None) -> float:
        """Doubling, with chance so that a crowd does not come back at once; never less than Retry-After asks."""
        asked = (last.headers.get("retry-after", "") if last else "").strip()
        chance = random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
        pause = self.patience.pause * float(2 ** (attempt - 1)) * chance
        wanted = float(asked) if asked.isascii() and asked.isdigit() else 0.0
        return min(max(pause, wanted), _LONGEST_PAUSE)

    def _read(self, response: httpx.Response) -> bytes:
        cut_off_at = time.monotonic() + self.patience.whole
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                raise Unavailable("Câu trả lời của hệ thống bên kia quá lớn.", code="E-ANSWER-SIZE")
            if time.monotonic() > cut_off_at:
                raise httpx.ReadTimeout("the answer drips", request=response.request)
            parts.append(part)
        return b"".join(parts)

"""The operators' three addresses, beside all others: `/health/live`, `/health/ready`, `/metrics`. No account, nothing private.

They have a thread of their own: a server whose pages are all busy is alive, and says so at once.
"""

import asyncio
import ipaddress
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http import HTTPStatus

from django.db import connection

from lienthong.web import metrics, vitals, wire
from lienthong.web.measures import Measures

_LIVE, _READY, _METRICS = "/health/live", "/health/ready", "/metrics"
_JSON = "application/json"
_SECONDS = 5.0
_ALWAYS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Watch:
    """Answers the operators. `readers`: the networks that may read the metrics."""

    def __init__(
        self, measures: Measures, readers: Sequence[Network], now: Callable[[], datetime]
    ) -> None:
        self._measures = measures
        self._readers = tuple(readers)
        self._now = now
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    def knows(self, path: str) -> bool:
        """True for one of the three addresses."""
        return path.rstrip("/") in {_LIVE, _READY, _METRICS}

    async def serve(self, scope: wire.Scope, address: str, send: wire.Send) -> int:
        """Answer one request; the status."""
        path = scope["path"].rstrip("/")
        if scope["method"] not in {"GET", "HEAD"}:
            return await self._send(send, HTTPStatus.METHOD_NOT_ALLOWED, _JSON, b"")
        if path == _LIVE:
            return await self._send(send, HTTPStatus.OK, _JSON, b'{"status": "ok"}\n')
        if path == _METRICS and not self._may_read(address):
            return await self._send(send, HTTPStatus.FORBIDDEN, _JSON, b'{"status": "forbidden"}\n')
        work = self._ready if path == _READY else self._metrics
        is_strict = scope["query_string"] == b"strict=1"
        try:
            async with asyncio.timeout(_SECONDS):
                loop = asyncio.get_running_loop()
                made = await loop.run_in_executor(self._thread, work, is_strict)
        except TimeoutError:
            made = (503, _JSON, b'{"status": "unavailable", "checks": {"database": "slow"}}\n')
        return await self._send(send, *made)

    def close(self) -> None:
        """Let go of the thread; what it is doing may end by itself."""
        self._thread.shutdown(wait=False)

    def _ready(self, is_strict: bool) -> tuple[int, str, bytes]:  # noqa: FBT001 - an executor's argument
        try:
            found = vitals.look(self._now())
        finally:
            connection.close()
        is_good = found.status == "ok" if is_strict else found.is_ready
        document = {"status": found.status, "checks": found.checks}
        return (200 if is_good else 503), _JSON, json.dumps(document).encode() + b"\n"

    def _metrics(self, _is_strict: bool) -> tuple[int, str, bytes]:  # noqa: FBT001 - as above
        try:
            text = metrics.text(self._measures.totals(), at=self._now())
        except Exception:  # noqa: BLE001 - without the database there is no page of figures
            return 503, _JSON, b'{"status": "unavailable"}\n'
        finally:
            connection.close()
        return 200, metrics.CONTENT_TYPE, text.encode()

    def _may_read(self, address: str) -> bool:
        try:
            at = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(at in network for network in self._readers)

    async def _send(self, send: wire.Send, status: int, content_type: str, body: bytes) -> int:
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *_ALWAYS]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append(("Retry-After", "5"))
        await wire.answer(send, status, headers, body)
        return int(status)

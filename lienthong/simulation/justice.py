"""The twin Ministry of Justice: signs and pushes its messages to our door, and takes our business answers.

Its messages are made by `births`; this is only its side of the wire. Not for judging messages: that is ours.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lienthong.database.outbox import Letter
from lienthong.gateways.http import Answer, Client, Patience
from lienthong.gateways.partners import Partner
from lienthong.gateways.signing import Request, sign_request
from lienthong.kernel.errors import Refused, Unavailable
from lienthong.simulation.messages import SOURCE

KEY_ID: Final = "btp-thu-nghiem"
BIRTHS_PATH: Final = "/api/births"
_REMEMBERED = 100_000
"""Answers it keeps; a real ministry keeps all, a demo must not fill the memory."""


@dataclass(slots=True)
class MinistryOfJustice:
    """The other side of the interconnection, with a signing key of its own.

    `answers` holds what we told it: (message key, outcome version) → payload. While `is_down` it takes nothing.
    """

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    is_down: bool = False
    answers: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    repeated_count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def partner(self, since: datetime) -> Partner:
        """Its public key, as our installation must know it before the first message."""
        return Partner(SOURCE, KEY_ID, self.private.public_key().public_bytes_raw(), since)

    def take(self, letter: Letter) -> str:
        """Take one business answer; the same again changes nothing. A sender for the outbox's relay.

        Raises Unavailable while it is down, Refused when one version comes with two contents.
        """
        if self.is_down:
            raise Unavailable("Bộ Tư pháp (thử nghiệm) đang tạm dừng.", code="E-NO-ANSWER")
        with self._lock:
            if len(self.answers) >= _REMEMBERED:
                self.answers.pop(next(iter(self.answers)))
            known = self.answers.setdefault((letter.key, letter.version), letter.payload)
            if known is letter.payload:
                return "taken"
            if known != letter.payload:
                raise Refused("Trùng phiên bản, khác nội dung.", code="E-ID-CONFLICT")
            self.repeated_count += 1
        return "taken before"

    def door(
        self,
        base_url: str,
        *,
        now: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> Client:
        """A client of our own door that signs each request (RFC 9421) at the instant `now` gives."""

        def signed(request: Request) -> Request:
            return sign_request(request, key_id=KEY_ID, private=self.private, created=now())

        return Client(base_url, Patience(), signed, transport)


def push(door: Client, body: bytes) -> Answer:
    """Send one message to `POST /api/births`; our answer, receipt and all. Raises Unavailable without an answer."""
    return door.send("POST", BIRTHS_PATH, body=body)

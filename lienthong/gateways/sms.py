"""SMS by a telephone company's HTTP gateway. Each has its own form: address, method and fields are configured, not coded.

A field's text may hold `{to}`, `{text}` and `{id}`. The gateway's answer never leaves this module but for its status: it
may repeat number and text. Before changing it, talk to the company whose gateway stands in `partners.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

import msgspec

from lienthong.gateways import http
from lienthong.gateways.signing import Request
from lienthong.kernel.errors import Refused, Unavailable

ONE_TRY: Final = http.Patience(connect=3.0, read=10.0, whole=15.0, attempts=1)
"""The relay tries again by itself: a second try at once would send an SMS twice for one lost answer."""
_GOOD: Final = range(200, 300)
_REFUSED: Final = range(400, 500)
_LATER: Final = frozenset({401, 403, 407, 408, 425, 429})
"""Our account or our pace is at fault, not the message: it waits until that is mended."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One message to send. `id` is the same at every attempt; `to` is `+84…`."""

    id: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """How one company wants it. `accepted` must stand in a good answer's body, where 200 alone says nothing.

    `secret` goes into the header `secret_header`, as it stands in its file.
    """

    url: str
    fields: Mapping[str, str]
    form: Literal["json", "form"] = "json"
    accepted: str = ""
    secret_header: str = ""
    secret: str = field(default="", repr=False)


@dataclass(slots=True)
class SmsClient:
    """A client of one gateway."""

    gateway: SmsGateway
    http: http.Client

    def send(self, sms: Sms) -> str:
        """The gateway's status (`HTTP 200`) when it took the message.

        Raises Refused for what will never go (400 to 499, but for those that are ours to mend), Unavailable for the rest.
        """
        body, content_type = _body(self.gateway, sms)
        path = _path(self.gateway.url)
        answer = self.http.send("POST", path, body=body, content_type=content_type)
        said = f"HTTP {answer.status}"
        if answer.status in _GOOD:
            if self.gateway.accepted.encode() in answer.body:
                return said
            raise Refused("Cổng SMS không nhận tin này.", code=f"{said} E-NOT-ACCEPTED")
        if answer.status in _REFUSED and answer.status not in _LATER:
            raise Refused("Cổng SMS từ chối tin này.", code=said)
        raise Unavailable("Cổng SMS chưa nhận; sẽ thử lại.", code=said)

    def check(self) -> str:
        """Whether anything answers at the gateway's address: its status to OPTIONS. Sends nothing. Raises Unavailable."""
        return f"HTTP {self.http.send('OPTIONS', _path(self.gateway.url)).status}"


def client(gateway: SmsGateway, *, transport: object = None) -> SmsClient:
    """A client of that gateway; its secret goes with each request and into no log."""
    parts = urlsplit(gateway.url)

    def signed(request: Request) -> Request:
        if gateway.secret_header:
            request.headers[gateway.secret_header] = gateway.secret
        return request

    base = f"{parts.scheme}://{parts.netloc}"
    return SmsClient(gateway, http.Client(base, ONE_TRY, signed, transport))  # type: ignore[arg-type]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _body(gateway: SmsGateway, sms: Sms) -> tuple[bytes, str]:
    words = {"to": sms.to, "text": sms.text, "id": sms.id}
    filled = {name: text.format_map(words) for name, text in gateway.fields.items()}
    if gateway.form == "json":
        return msgspec.json.encode(filled), "application/json"
    return urlencode(filled).encode(), "application/x-www-form-urlencoded"

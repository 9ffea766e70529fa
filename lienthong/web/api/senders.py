"""What the doors of ministries share: who signed a call, what may be in its body, and how it is answered and refused.

Refuses before it parses, answers in signed JSON, and says 503 whenever nothing could be kept. Each door keeps what it takes.
"""

import hashlib
import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Final

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from lienthong.accounts import queries as accounts
from lienthong.accounts.permissions import Permission
from lienthong.births import intake
from lienthong.database import alarms
from lienthong.database.scope import acting
from lienthong.gateways import signing
from lienthong.gateways.findings import finding
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.gateways.partners import BIRTHS, Partner
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import Refused
from lienthong.web.api.body import Body, unpacked

_LOG = logging.getLogger(__name__)
RETRY_SECONDS: Final = "30"
JSON: Final = "application/json"
_TYPES = frozenset({JSON, "application/xml", "text/xml"})
_PACKED_TYPES = frozenset(
    {"application/zip", "application/gzip", "application/x-gzip", "application/x-zip-compressed"}
)
_CLOSING = frozenset({"E-SIZE", "E-TIMEOUT", "E-FRAMING", "E-BUSY"})

BAD_SIGNATURES_TO_ALARM: Final = 3
_RECENT_BAD_SIGNATURES = """
    SELECT count(*) FROM births_delivery
    WHERE code = 'E-SIG-BAD' AND peer = %s AND received_at > %s::timestamptz - interval '1 hour'
"""

_STRANGER = Actor("unknown", ActorKind.MACHINE, frozenset(), person_key=0)
"""Whoever was turned away before we knew him; may do nothing but leave a line in the log of deliveries."""

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Number:
    """When somebody called, and the number under which both sides find the call again."""

    at: datetime
    correlation_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Call(Number):
    """One call of a machine, and from where."""

    request: WSGIRequest

    @property
    def peer(self) -> str:
        """The address that called."""
        return str(self.request.META.get("REMOTE_ADDR", ""))


@dataclass(frozen=True, slots=True)
class Sender:
    """A caller whose signature was good."""

    signed: signing.Signed
    actor: Actor

    @property
    def source(self) -> str:
        """The system it speaks for."""
        return self.signed.partner.source


class _Keys:
    """The accepted keys of the accounts; remembers whose key was asked for."""

    def __init__(self) -> None:
        self.actor: Actor | None = None

    def find(self, key_id: str, /) -> Partner | None:
        """The key of that id, whatever its dates."""
        key = accounts.sender_key(key_id)
        if key is None:
            return None
        self.actor = key.actor
        may_send = bool(key.source) and key.actor.may(Permission.MESSAGE_SEND)
        return Partner(
            key.source,
            key.key_id,
            key.public_key,
            key.valid_from,
            key.valid_until,
            key.revoked_at,
            doors=(BIRTHS,) if may_send else (),
        )


def door(method: str) -> Callable[[Callable[..., HttpResponse]], View]:
    """A view for machines: one method, a number for the call, and 503 whenever nothing could be kept."""

    def wrap(function: Callable[..., HttpResponse]) -> View:
        @csrf_exempt
        @wraps(function)
        def view(request: WSGIRequest, **parts: str) -> HttpResponse:
            call = Call(settings.CLOCK(), uuid.uuid4(), request)
            if request.method != method:
                response = refusal(call, "E-METHOD")
                response["Allow"] = method
                return response
            try:
                return function(call, **parts)
            except (OperationalError, InterfaceError, InternalError):
                # Whatever the reason, no receipt without a commit: the sender keeps the message (INV-43).
                _LOG.exception("births.unavailable", extra={"call": str(call.correlation_id)})
                return refusal(call, "E-BUSY")

        return view

    return wrap


def _check_type(call: Call) -> None:
    kind = (call.request.content_type or "").lower()
    if kind in _PACKED_TYPES:
        raise refused("E-UNPACK", "Content-Type")
    if kind not in _TYPES:
        raise refused("E-TYPE", "Content-Type")


def _check_refusal(content: bytes) -> None:
    code = intake.refusal_of(content) if content else ""
    if code:
        raise refused(code)


def verified(call: Call, content: bytes) -> Sender:
    """Who signed the call. Raises Refused."""
    keys = _Keys()
    request = signing.Request(
        call.request.method or "",
        call.request.build_absolute_uri(),
        dict(call.request.headers.items()),
        content,
    )
    signed = signing.verify_request(request, keys, at=call.at, door=BIRTHS)
    if keys.actor is None:
        raise refused("E-SIG-KEY", "Signature")
    return Sender(signed, keys.actor)


def opened(call: Call, body: Body) -> tuple[bytes, Sender]:
    """The plain content and who signed it. Raises Refused with the code of the first thing wrong."""
    encoding = call.request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        raise refused("E-ENCODING", "Content-Encoding")
    if not body.content:
        raise refused("E-EMPTY")
    _check_type(call)
    _check_refusal(b"" if encoding == "gzip" else body.content)
    sender = verified(call, body.content)
    if encoding != "gzip":
        return body.content, sender
    plain = unpacked(body.content, limit=MAX_BYTES)
    if plain.code:
        raise refused(plain.code, "Content-Encoding")
    _check_refusal(plain.content or b" ")
    return plain.content, sender


def not_opened(call: Call, body: Body, error: Refused) -> HttpResponse:
    """What a call hears that could not be opened; bad signatures are counted."""
    if error.code == "E-SIG-BAD":
        _count_bad_signature(call)
    return turn_away(call, body, error.code, error.field)


def turn_away(call: Call, body: Body, code: str, field: str = "") -> HttpResponse:
    """Log what was refused, and say why."""
    size = body.size or len(body.content)
    digest = hashlib.sha256(body.content).digest()
    refused = intake.Refused(code, size, digest, body.content, field)
    via = intake.Via("http", peer=call.peer, correlation_id=call.correlation_id)
    intake.refuse([refused], via, by=_STRANGER, at=call.at)
    return refusal(call, code, field)


def _count_bad_signature(call: Call) -> None:
    """Three bad signatures from one address within the hour are somebody's business."""
    with acting(_STRANGER, at=call.at), connection.cursor() as cursor:
        cursor.execute(_RECENT_BAD_SIGNATURES, [call.peer, call.at])
        if cursor.fetchone()[0] + 1 >= BAD_SIGNATURES_TO_ALARM:
            alarms.sound("births.bad_signatures", call.peer)


def document(call: Number, code: str, field: str) -> dict[str, object]:
    """Code, field, sentence and number of a refusal."""
    return {
        "code": code,
        "field": field or None,
        "message_vi": finding(code).message_vi,
        "correlation_id": str(call.correlation_id),
    }


def refusal(call: Number, code: str, field: str = "") -> HttpResponse:
    """The answer for a code of the findings."""
    text = json.dumps(document(call, code, field), ensure_ascii=False).encode()
    response = answer(call, finding(code).status, text)
    if code == "E-BUSY":
        response["Retry-After"] = RETRY_SECONDS
    if code in _CLOSING:
        response["Connection"] = "close"
    return response


def answer(call: Number, status: int, content: bytes) -> HttpResponse:
    """Signed by our answering key, so that the other side can prove what it was told."""
    said = signing.Response(int(status), {"Content-Type": JSON}, content)
    signing.sign_response(said, settings.KEYRING, at=call.at)
    response = HttpResponse(content, status=int(status), content_type=JSON)
    for name, value in said.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    response["X-Correlation-Id"] = str(call.correlation_id)
    return response


def refused(code: str, field: str = "") -> Refused:
    """The error of a code of the findings."""
    return Refused(finding(code).message_vi, code=code, field=field)

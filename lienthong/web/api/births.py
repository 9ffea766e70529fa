"""`POST /api/births` and `GET /api/births/{id}`: the Ministry of Justice hands births over and asks after them.

Contracts §4. Refuses before it parses, answers only after the commit, logs every delivery, and signs what it says.
A message is judged later, by the enrolment; nothing here looks inside more than its name.
"""

import hashlib
import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from lienthong.accounts import queries as accounts
from lienthong.accounts import sessions
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births import intake, queries
from lienthong.database import alarms
from lienthong.database.scope import acting
from lienthong.gateways import signing
from lienthong.gateways.findings import finding
from lienthong.gateways.justice_identity import identity_of
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.gateways.justice_reading import items_of
from lienthong.gateways.partners import BIRTHS, Partner
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotFound, Refused
from lienthong.web.api.body import Body, read_body, unpacked
from lienthong.web.api.door import Reply

_LOG = logging.getLogger(__name__)
RETRY_SECONDS: Final = "30"
BAD_SIGNATURES_TO_ALARM: Final = 3
_JSON = "application/json"
_TYPES = frozenset({_JSON, "application/xml", "text/xml"})
_PACKED_TYPES = frozenset(
    {"application/zip", "application/gzip", "application/x-gzip", "application/x-zip-compressed"}
)
_CLOSING = frozenset({"E-SIZE", "E-TIMEOUT", "E-FRAMING", "E-BUSY"})
_RECENT_BAD_SIGNATURES = """
    SELECT count(*) FROM births_delivery
    WHERE code = 'E-SIG-BAD' AND peer = %s AND received_at > %s::timestamptz - interval '1 hour'
"""

_STRANGER = Actor("unknown", ActorKind.MACHINE, frozenset(), person_key=0)
"""Whoever was turned away before we knew him; may do nothing but leave a line in the log of deliveries."""

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class _Number:
    """When somebody called, and the number under which both sides find the call again."""

    at: datetime
    correlation_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class _Call(_Number):
    """One call of a machine, and from where."""

    request: WSGIRequest

    @property
    def peer(self) -> str:
        return str(self.request.META.get("REMOTE_ADDR", ""))


@dataclass(frozen=True, slots=True)
class _Sender:
    """A caller whose signature was good."""

    signed: signing.Signed
    actor: Actor

    @property
    def source(self) -> str:
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


def _door(method: str) -> Callable[[Callable[..., HttpResponse]], View]:
    """A view for machines: one method, a number for the call, and 503 whenever nothing could be kept."""

    def wrap(function: Callable[..., HttpResponse]) -> View:
        @csrf_exempt
        @wraps(function)
        def view(request: WSGIRequest, **parts: str) -> HttpResponse:
            call = _Call(settings.CLOCK(), uuid.uuid4(), request)
            if request.method != method:
                response = _refusal(call, "E-METHOD")
                response["Allow"] = method
                return response
            try:
                return function(call, **parts)
            except (OperationalError, InterfaceError, InternalError):
                # Whatever the reason, no receipt without a commit: the sender keeps the message (INV-43).
                _LOG.exception("births.unavailable", extra={"call": str(call.correlation_id)})
                return _refusal(call, "E-BUSY")

        return view

    return wrap


@_door("POST")
def send(call: _Call) -> HttpResponse:
    """Keep one message, or the items of a batch of up to 500. 202 with a receipt, 200 when it was there already."""
    body = read_body(call.request.environ, limit=MAX_BYTES)
    if body.code:
        return _turn_away(call, body, body.code)
    try:
        content, items, sender = _opened(call, body)
    except Refused as error:
        if error.code == "E-SIG-BAD":
            _count_bad_signature(call)
        return _turn_away(call, body, error.code, error.field)
    via = intake.Via(
        "http",
        peer=f"{call.peer} {sender.signed.partner.key_id}",
        source=sender.source,
        warnings=sender.signed.warnings,
        correlation_id=call.correlation_id,
    )
    signature = _signature(body.content, content, items, sender)
    accepted = intake.accept(
        items[0] if items else content, via, by=sender.actor, at=call.at, signature=signature
    )
    if items is None:
        return _answer(call, _STATUS[accepted.outcome], _told(call, accepted))
    further = (intake.accept(item, via, by=sender.actor, at=call.at) for item in items[1:])
    told = [_told(call, each) for each in (accepted, *further)]
    return _answer(call, HTTPStatus.ACCEPTED, b'{"items":[' + b",".join(told) + b"]}")


@_door("GET")
def status(call: _Call, message_id: str) -> HttpResponse:
    """What became of one of the sender's own messages (contracts §5)."""
    try:
        sender = _verified(call, b"")
    except Refused as error:
        return _refusal(call, error.code, error.field)
    with acting(sender.actor, at=call.at):
        sessions.read_as_sender(sender.source)
        try:
            trace = queries.trace(
                sender.actor, message_id, on=vietnam_date(call.at), source=sender.source
            )
        except NotFound:
            return _refusal(call, "E-NOT-FOUND", "message_id")
        if trace.row.dossier_id is not None:
            subjects = [("dossier", trace.row.dossier_id)]
            trail.viewed(sender.actor, at=call.at, subjects=subjects, purpose="MESSAGE_SEND")
    return _answer(call, HTTPStatus.OK, json.dumps(trace.as_json(), ensure_ascii=False).encode())


def busy() -> Reply:
    """What a sender hears when nobody is free to take his message; he keeps it."""
    refused = _refusal(_Number(settings.CLOCK(), uuid.uuid4()), "E-BUSY")
    headers = {name: value for name, value in refused.items() if name != "Content-Type"}
    return Reply(refused.status_code, refused.content, _JSON, headers)


_STATUS = {
    "stored": HTTPStatus.ACCEPTED,
    "duplicate": HTTPStatus.OK,
    "conflict": HTTPStatus.CONFLICT,
}


def _opened(call: _Call, body: Body) -> tuple[bytes, list[bytes] | None, _Sender]:
    """The plain content, its messages when it is a batch, and the sender. Raises Refused with the code of the first thing wrong."""
    encoding = call.request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        raise _refused("E-ENCODING", "Content-Encoding")
    if not body.content:
        raise _refused("E-EMPTY")
    _check_type(call)
    _check_refusal(b"" if encoding == "gzip" else body.content)
    sender = _verified(call, body.content)
    content = body.content
    if encoding == "gzip":
        plain = unpacked(content, limit=MAX_BYTES)
        if plain.code:
            raise _refused(plain.code, "Content-Encoding")
        content = plain.content
        _check_refusal(content or b" ")
    items = items_of(content)
    for message in items or [content]:
        if identity_of(message).source not in {"", sender.source}:
            raise _refused("E-SENDER", "source")
    return content, items, sender


def _signature(
    sent: bytes, content: bytes, items: list[bytes] | None, sender: _Sender
) -> intake.Signature:
    """What is kept so that the sender's signature can be checked again; the body only where no message is it."""
    return intake.Signature(
        partner=sender.signed.partner,
        text=sender.signed.text,
        coding="" if sent == content else "gzip",
        items=len(items or [content]),
        sent=None if sent == content and items is None else sent,
    )


def _check_type(call: _Call) -> None:
    kind = (call.request.content_type or "").lower()
    if kind in _PACKED_TYPES:
        raise _refused("E-UNPACK", "Content-Type")
    if kind not in _TYPES:
        raise _refused("E-TYPE", "Content-Type")


def _check_refusal(content: bytes) -> None:
    code = intake.refusal_of(content) if content else ""
    if code:
        raise _refused(code)


def _verified(call: _Call, content: bytes) -> _Sender:
    keys = _Keys()
    request = signing.Request(
        call.request.method or "",
        call.request.build_absolute_uri(),
        dict(call.request.headers.items()),
        content,
    )
    signed = signing.verify_request(request, keys, at=call.at, door=BIRTHS)
    if keys.actor is None:
        raise _refused("E-SIG-KEY", "Signature")
    return _Sender(signed, keys.actor)


def _turn_away(call: _Call, body: Body, code: str, field: str = "") -> HttpResponse:
    """Log what was refused, and say why."""
    size = body.size or len(body.content)
    digest = hashlib.sha256(body.content).digest()
    refused = intake.Refused(code, size, digest, body.content, field)
    via = intake.Via("http", peer=call.peer, correlation_id=call.correlation_id)
    intake.refuse([refused], via, by=_STRANGER, at=call.at)
    return _refusal(call, code, field)


def _count_bad_signature(call: _Call) -> None:
    """Three bad signatures from one address within the hour are somebody's business."""
    with acting(_STRANGER, at=call.at), connection.cursor() as cursor:
        cursor.execute(_RECENT_BAD_SIGNATURES, [call.peer, call.at])
        if cursor.fetchone()[0] + 1 >= BAD_SIGNATURES_TO_ALARM:
            alarms.sound("births.bad_signatures", call.peer)


def _told(call: _Call, accepted: intake.Accepted) -> bytes:
    """The receipt; for a conflict, both hashes."""
    if accepted.outcome != "conflict":
        return accepted.receipt
    document = _document(call, "E-ID-CONFLICT", "message_id")
    document |= {
        "message_id": accepted.message_id,
        "sha256": accepted.sha256,
        "kept_sha256": accepted.kept_sha256,
        "equivalent": accepted.equivalent,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _document(call: _Number, code: str, field: str) -> dict[str, object]:
    return {
        "code": code,
        "field": field or None,
        "message_vi": finding(code).message_vi,
        "correlation_id": str(call.correlation_id),
    }


def _refusal(call: _Number, code: str, field: str = "") -> HttpResponse:
    text = json.dumps(_document(call, code, field), ensure_ascii=False).encode()
    response = _answer(call, finding(code).status, text)
    if code == "E-BUSY":
        response["Retry-After"] = RETRY_SECONDS
    if code in _CLOSING:
        response["Connection"] = "close"
    return response


def _answer(call: _Number, status: int, content: bytes) -> HttpResponse:
    """Signed by our answering key, so that the other side can prove what it was told."""
    answer = signing.Response(int(status), {"Content-Type": _JSON}, content)
    signing.sign_response(answer, settings.KEYRING, at=call.at)
    response = HttpResponse(content, status=int(status), content_type=_JSON)
    for name, value in answer.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    response["X-Correlation-Id"] = str(call.correlation_id)
    return response


def _refused(code: str, field: str = "") -> Refused:
    return Refused(finding(code).message_vi, code=code, field=field)

"""`POST /api/births` and `GET /api/births/{id}`: the Ministry of Justice hands births over and asks after them.

Contracts §4. Refuses before it parses, answers only after the commit, logs every delivery, and signs what it says.
A message is judged later, by the enrolment; nothing here looks inside more than its name.
"""

import json
import uuid
from http import HTTPStatus

from django.conf import settings
from django.http import HttpResponse

from lienthong.accounts import sessions
from lienthong.audit import trail
from lienthong.births import intake, queries
from lienthong.database.scope import acting
from lienthong.gateways.justice_identity import identity_of
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.gateways.justice_reading import items_of
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotFound, Refused
from lienthong.web.api import senders
from lienthong.web.api.body import Body, read_body
from lienthong.web.api.door import Reply
from lienthong.web.api.senders import JSON, Call, Number, Sender, door


@door("POST")
def send(call: Call) -> HttpResponse:
    """Keep one message, or the items of a batch of up to 500. 202 with a receipt, 200 when it was there already."""
    body = read_body(call.request.environ, limit=MAX_BYTES)
    if body.code:
        return senders.turn_away(call, body, body.code)
    try:
        content, items, sender = _opened(call, body)
    except Refused as error:
        return senders.not_opened(call, body, error)
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
        return senders.answer(call, _STATUS[accepted.outcome], _told(call, accepted))
    further = (intake.accept(item, via, by=sender.actor, at=call.at) for item in items[1:])
    told = [_told(call, each) for each in (accepted, *further)]
    return senders.answer(call, HTTPStatus.ACCEPTED, b'{"items":[' + b",".join(told) + b"]}")


@door("GET")
def status(call: Call, message_id: str) -> HttpResponse:
    """What became of one of the sender's own messages (contracts §5)."""
    try:
        sender = senders.verified(call, b"")
    except Refused as error:
        return senders.refusal(call, error.code, error.field)
    with acting(sender.actor, at=call.at):
        sessions.read_as_sender(sender.source)
        try:
            trace = queries.trace(
                sender.actor, message_id, on=vietnam_date(call.at), source=sender.source
            )
        except NotFound:
            return senders.refusal(call, "E-NOT-FOUND", "message_id")
        if trace.row.dossier_id is not None:
            subjects = [("dossier", trace.row.dossier_id)]
            trail.viewed(sender.actor, at=call.at, subjects=subjects, purpose="MESSAGE_SEND")
    return senders.answer(
        call, HTTPStatus.OK, json.dumps(trace.as_json(), ensure_ascii=False).encode()
    )


def busy() -> Reply:
    """What a sender hears when nobody is free to take his message; he keeps it."""
    refused = senders.refusal(Number(settings.CLOCK(), uuid.uuid4()), "E-BUSY")
    headers = {name: value for name, value in refused.items() if name != "Content-Type"}
    return Reply(refused.status_code, refused.content, JSON, headers)


_STATUS = {
    "stored": HTTPStatus.ACCEPTED,
    "duplicate": HTTPStatus.OK,
    "conflict": HTTPStatus.CONFLICT,
}


def _opened(call: Call, body: Body) -> tuple[bytes, list[bytes] | None, Sender]:
    """The plain content, its messages when it is a batch, and the sender. Raises Refused with the code of the first thing wrong."""
    content, sender = senders.opened(call, body)
    items = items_of(content)
    for message in items or [content]:
        if identity_of(message).source not in {"", sender.source}:
            raise senders.refused("E-SENDER", "source")
    return content, items, sender


def _signature(
    sent: bytes, content: bytes, items: list[bytes] | None, sender: Sender
) -> intake.Signature:
    """What is kept so that the sender's signature can be checked again; the body only where no message is it."""
    return intake.Signature(
        partner=sender.signed.partner,
        text=sender.signed.text,
        coding="" if sent == content else "gzip",
        items=len(items or [content]),
        sent=None if sent == content and items is None else sent,
    )


def _told(call: Call, accepted: intake.Accepted) -> bytes:
    """The receipt; for a conflict, both hashes."""
    if accepted.outcome != "conflict":
        return accepted.receipt
    document = senders.document(call, "E-ID-CONFLICT", "message_id")
    document |= {
        "message_id": accepted.message_id,
        "sha256": accepted.sha256,
        "kept_sha256": accepted.kept_sha256,
        "equivalent": accepted.equivalent,
    }
    return json.dumps(document, ensure_ascii=False).encode()

"""`POST /api/births/statements`: the Ministry of Justice says what it sent on a day, commune by commune (INV-45).

Signed as births are. What can be read is taken (202; 200 when it was here before); what cannot is kept as evidence and
refused with its code. The receipt follows the commit.
"""

import json
from http import HTTPStatus
from typing import Final

from django.http import HttpResponse

from lienthong.births import intake
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.kernel.errors import Refused
from lienthong.oversight import statements
from lienthong.oversight.statements import Taken
from lienthong.web.api import senders
from lienthong.web.api.body import read_body
from lienthong.web.api.senders import Call, door

_STATUS: Final = {"E-ID-CONFLICT": HTTPStatus.CONFLICT, "E-SENDER": HTTPStatus.FORBIDDEN}


@door("POST")
def send(call: Call) -> HttpResponse:
    """Keep one statement and answer with its receipt, or with the code of what is wrong in it."""
    body = read_body(call.request.environ, limit=MAX_BYTES)
    if body.code:
        return senders.turn_away(call, body, body.code)
    try:
        content, sender = senders.opened(call, body)
    except Refused as error:
        return senders.not_opened(call, body, error)
    via = intake.Via(
        "http",
        peer=f"{call.peer} {sender.signed.partner.key_id}",
        source=sender.source,
        correlation_id=call.correlation_id,
    )
    signature = intake.Signature(
        partner=sender.signed.partner,
        text=sender.signed.text,
        coding="" if content == body.content else "gzip",
        items=1,
        sent=None if content == body.content else body.content,
    )
    taken = statements.accept(content, via, by=sender.actor, at=call.at, signature=signature)
    if taken.state == "refused":
        status = _STATUS.get(taken.code, HTTPStatus.UNPROCESSABLE_ENTITY)
        return senders.answer(call, status, _refusal(call, taken))
    status = HTTPStatus.ACCEPTED if taken.is_new else HTTPStatus.OK
    return senders.answer(call, status, taken.receipt)


def _refusal(call: Call, taken: Taken) -> bytes:
    document = {
        "code": taken.code,
        "field": taken.field or None,
        "message_vi": taken.message_vi,
        "correlation_id": str(call.correlation_id),
    }
    return json.dumps(document, ensure_ascii=False).encode()

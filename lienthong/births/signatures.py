"""The senders' signatures: kept with the delivery, and laid into a proof with their keys so that they hold for ever.

One a call: the deliveries of a batch share theirs, a repeat has its own. The body is kept once for all calls, and only
where no message is it to the byte (a batch, a packed body). Not for checking: the door does that (`gateways.signing`),
and whoever holds a proof (`proofsenders`).
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births import proofpack, proofsenders
from lienthong.database.scope import acting
from lienthong.gateways.justice_identity import identity_of
from lienthong.gateways.partners import Partner
from lienthong.gateways.signing import SignatureText
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import NotAllowed, NotFound

_KEEP_BODY = """
    sent AS (
        INSERT INTO births_sentbody (sha256, body) VALUES (%s, %s) ON CONFLICT (sha256) DO NOTHING
    ),
"""
_KEEP = """
    signed AS (
        INSERT INTO births_signature (sent_sha256, correlation_id, key_id, public_key, valid_from, valid_until, base,
                                      signature_input, signature, coding, items)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    )
"""
_SIGNATURES = "SELECT * FROM births_proof_signatures(%s, %s::uuid[])"
_SENT = "SELECT sha256, body FROM births_proof_sent(%s, %s::uuid[])"

_BODY_OF_CALL = """
    SELECT sent.body, made.coding, coalesce(machine.source, '')
    FROM births_signature AS made
    JOIN births_sentbody AS sent ON sent.sha256 = made.sent_sha256
    LEFT JOIN accounts_senderkey AS known ON known.key_id = made.key_id
    LEFT JOIN accounts_machine AS machine ON machine.id = known.machine_id
    WHERE made.correlation_id = %s
"""
_DOSSIERS = """
    SELECT DISTINCT coalesce(registration.dossier_id, registration.joined_dossier_id)
    FROM unnest(%s::text[], %s::text[]) AS told (source, message_id)
    JOIN births_message AS message USING (source, message_id)
    JOIN births_registration AS registration ON registration.id = message.registration_id
    WHERE coalesce(registration.dossier_id, registration.joined_dossier_id) IS NOT NULL
"""
HANDED_OUT: Final = "sent_body.exported"


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of one call, found good: the key as known, and what was signed.

    `items` counts the messages of the body. `sent` is the body before decoding, None where it is the one message to the byte.
    """

    partner: Partner
    text: SignatureText
    coding: Literal["", "gzip"]
    items: int
    sent: bytes | None


def keeping(signature: Signature, correlation_id: UUID) -> tuple[str, list[Any]]:
    """What stands before the statement that logs the first delivery of a call, so that both are kept or neither."""
    sent, partner, text = signature.sent, signature.partner, signature.text
    sha256 = None if sent is None else hashlib.sha256(sent).digest()
    words = [
        *(sha256, correlation_id),
        *(partner.key_id, partner.public, partner.not_before, partner.not_after),
        *(text.base, text.signature_input, text.signature),
        *(signature.coding, signature.items),
    ]
    if sha256 is None:
        return f"WITH {_KEEP}", words
    return f"WITH {_KEEP_BODY}{_KEEP}", [sha256, sent, *words]


def put(files: dict[str, bytes], dossier_ids: Sequence[int], calls: Sequence[str]) -> None:
    """Lay the signatures of these calls into the files of a proof, as far as its reader may have them.

    A body in which there is another child stays here: of it the proof has the digest.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SENT, [list(dossier_ids), list(calls)])
        bodies = {bytes(sha256): bytes(body) for sha256, body in cursor.fetchall()}
        cursor.execute(_SIGNATURES, [list(dossier_ids), list(calls)])
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    files |= {_file(sha256): body for sha256, body in bodies.items()}
    told = {
        "signatures": {str(row["correlation_id"]): _signature(row) for row in rows},
        "keys": {row["key_id"]: _key(row) for row in rows if row["public_key"] is not None},
    }
    files[proofpack.SIGNATURES] = proofpack.json_bytes(told)


def hand_out_body(correlation_id: UUID, *, by: Actor, at: datetime) -> bytes:
    """The body of a batch or of a packed call, to the byte as sent; the log says so about every child in it.

    Raises NotAllowed for all but the system itself (the console), NotFound where no body was kept beside the message.
    """
    if by.kind is not ActorKind.SYSTEM or not by.may(Permission.PROOF_EXPORT):
        raise NotAllowed("Nội dung cả lô chỉ được lấy ra tại máy chủ.", code="PROOF_EXPORT")
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_BODY_OF_CALL, [correlation_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(
                "Không có nội dung riêng của lần gửi này: lần gửi chỉ có một thông điệp, hoặc không có chữ ký được lưu.",
                code="NOT_FOUND",
            )
        body, coding, source = bytes(row[0]), str(row[1]), str(row[2])
        named = [identity_of(item) for item in proofsenders.messages_in(body, coding)]
        told = [[each.source or source for each in named], [each.message_id for each in named]]
        cursor.execute(_DOSSIERS, told)
        ids = [dossier_id for (dossier_id,) in cursor.fetchall()]
        detail = {"sha256": hashlib.sha256(body).hexdigest()}
        trail.record_each(
            by, HANDED_OUT, at=at, subject_kind="dossier", subject_ids=ids, detail=detail
        )
    return body


def _signature(row: dict[str, Any]) -> dict[str, Any]:
    sha256 = None if row["sent_sha256"] is None else bytes(row["sent_sha256"])
    return {
        "key_id": row["key_id"],
        "key": {
            "public_key": _text(row["known_key"]),
            "valid_from": _instant(row["known_from"]),
            "valid_until": _instant(row["known_until"]),
        },
        "base": row["base"],
        "signature_input": row["signature_input"],
        "signature": row["signature"],
        "coding": row["coding"],
        "items": row["items"],
        "sent_sha256": None if sha256 is None else sha256.hex(),
        "sent": _file(sha256) if sha256 is not None and row["is_own"] else None,
    }


def _key(row: dict[str, Any]) -> dict[str, Any]:
    """The key as the accounts know it by now."""
    return {
        "source": row["source"],
        "public_key": _text(row["public_key"]),
        "valid_from": _instant(row["valid_from"]),
        "valid_until": _instant(row["valid_until"]),
        "revoked_at": _instant(row["revoked_at"]),
    }


def _file(sha256: bytes) -> str:
    return f"messages/sent-{sha256.hex()[:16]}.bin"


def _text(raw: bytes) -> str:
    return base64.b64encode(bytes(raw)).decode("ascii")


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(VIETNAM).isoformat(timespec="microseconds")

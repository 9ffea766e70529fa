"""Keeps messages: one at a time from the network, thousands at a time from a file. Believes nothing it keeps.

Every delivery leaves one row in the log. The transaction is durable before anything is returned, so whoever holds
an `Accepted` may tell the sender (INV-01). Judging comes later (`check`).
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from unicodedata import normalize

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.births import receipts, signatures
from lienthong.births.signatures import Signature
from lienthong.database.scope import acting
from lienthong.database.sql import find_rows_by_index
from lienthong.gateways.justice_identity import Identity, identity_of
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed

Outcome = Literal["stored", "duplicate", "conflict"]
HEAD_BYTES: Final = 64 * 1024
"""How much of a refused delivery is kept as evidence."""

_STORE = """
    INSERT INTO births_message (source, message_id, body, received_at, channel, key_id, state, code, field, warnings,
                                kind, commune_code, held_for, attempts)
    SELECT %(source)s, %(message_id)s, %(body)s, %(at)s, %(channel)s, %(key_id)s, 'pending', '', '',
           %(warnings)s::text[] || CASE WHEN EXISTS (SELECT FROM births_similar_messages(%(source)s, %(message_id)s))
                                        THEN ARRAY['W-MSGID-SIMILAR'] ELSE ARRAY[]::text[] END,
           '', '', '', 0
    ON CONFLICT (source, message_id) DO NOTHING
    RETURNING id
"""
_FIND = """
    SELECT id, body_sha256, received_at, key_id FROM births_message WHERE source = %s AND message_id = %s
"""
_CONFLICT = """
    INSERT INTO births_conflict (message_id, body, received_at, equivalent) VALUES (%s, %s, %s, false)
    ON CONFLICT (message_id, body_sha256) DO NOTHING
"""
_EQUIVALENT = "SELECT equivalent FROM births_conflict WHERE message_id = %s AND body_sha256 = %s"
_DELIVERY = """
    INSERT INTO births_delivery (received_at, channel, peer, size, sha256, head, outcome, message_ref, code, field,
                                 correlation_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_ARRIVAL = """
    CREATE TEMPORARY TABLE IF NOT EXISTS births_arrival (
        place integer, source text, message_id text, body bytea, sha256 bytea, size integer,
        is_first boolean, is_similar boolean
    ) ON COMMIT DELETE ROWS;
    TRUNCATE births_arrival
"""
_COPY = """
    COPY births_arrival (place, source, message_id, body, sha256, size, is_first, is_similar) FROM STDIN (FORMAT BINARY)
"""
_COLUMN_TYPES = ("int4", "text", "text", "bytea", "bytea", "int4", "bool", "bool")
# Inserted in the order of the key, so that two files that share messages never wait for each other in a ring. The kept
# messages are asked one by one, whatever the planner thinks of their number: a batch costs the same beside a million.
_STORE_MANY = """
    INSERT INTO births_message (source, message_id, body, received_at, channel, key_id, state, code, field, warnings,
                                kind, commune_code, held_for, attempts)
    SELECT source, message_id, body, %(at)s, %(channel)s, %(key_id)s, 'pending', '', '',
           CASE WHEN is_similar OR EXISTS (SELECT FROM births_similar_messages(source, message_id))
                THEN ARRAY['W-MSGID-SIMILAR']
                ELSE ARRAY[]::text[] END,
           '', '', '', 0
    FROM births_arrival WHERE is_first ORDER BY source, message_id
    ON CONFLICT (source, message_id) DO NOTHING
    RETURNING id
"""
_CONFLICT_MANY = """
    INSERT INTO births_conflict (message_id, body, received_at, equivalent)
    SELECT message.id, arrival.body, %(at)s, false
    FROM births_arrival AS arrival CROSS JOIN LATERAL (
        SELECT kept.id, kept.body_sha256 FROM births_message AS kept
        WHERE kept.source = arrival.source AND kept.message_id = arrival.message_id LIMIT 1) AS message
    WHERE message.body_sha256 <> arrival.sha256
    ORDER BY message.id, arrival.sha256
    ON CONFLICT (message_id, body_sha256) DO NOTHING
"""
_LOG_MANY = """
    WITH told AS MATERIALIZED (
        SELECT arrival.place, arrival.size, arrival.sha256, message.id,
               CASE WHEN message.body_sha256 <> arrival.sha256 THEN 'conflict'
                    WHEN arrival.is_first AND message.id = ANY (%(fresh)s::bigint[]) THEN 'stored'
                    ELSE 'duplicate' END AS outcome
        FROM births_arrival AS arrival CROSS JOIN LATERAL (
            SELECT kept.id, kept.body_sha256 FROM births_message AS kept
            WHERE kept.source = arrival.source AND kept.message_id = arrival.message_id LIMIT 1) AS message
    ),
    logged AS (
        INSERT INTO births_delivery (received_at, channel, peer, size, sha256, head, outcome, message_ref, code,
                                     field, correlation_id)
        SELECT %(at)s, %(channel)s, %(peer)s, size, sha256, NULL, outcome, id,
               CASE WHEN outcome = 'conflict' THEN 'E-ID-CONFLICT' ELSE '' END,
               CASE WHEN outcome = 'conflict' THEN 'message_id' ELSE '' END, %(correlation_id)s
        FROM told ORDER BY place
    )
    SELECT place, id, outcome FROM told ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Via:
    """How deliveries came in. `source` names the sender where the message does not; `warnings` are the door's."""

    channel: Literal["http", "file", "paper"]
    peer: str = ""
    source: str = "BTP"
    warnings: tuple[str, ...] = ()
    correlation_id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one delivery. Hashes in hex; `kept_sha256` differs from `sha256` only in a conflict.

    `receipt` is the JSON document for the sender; empty for a conflict. `equivalent` marks a conflict that differs
    in blanks or order only.
    """

    outcome: Outcome
    message_ref: int
    message_id: str
    source: str
    sha256: str
    kept_sha256: str
    receipt: bytes
    correlation_id: uuid.UUID
    equivalent: bool = False


class Stored(NamedTuple):
    """What became of one message of a batch, in the order given."""

    outcome: Outcome
    message_ref: int
    message_id: str


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """What became of a batch, and its one receipt; the receipt of any single message can be had later."""

    messages: tuple[Stored, ...]
    receipt: bytes


class _Row(NamedTuple):
    """The kept message a delivery turned out to be."""

    id: int
    sha256: bytes
    received_at: datetime
    key_id: str


def accept(
    body: bytes, via: Via, *, by: Actor, at: datetime, signature: Signature | None = None
) -> Accepted:
    """Keep one message, and the signature of its call with the first of a batch; committed on return. Three short statements.

    Raises NotAllowed without MESSAGE_SEND (for paper: PAPER_ENTER), and django.db.OperationalError when nothing could be kept.
    """
    _check_may_send(by, via)
    name = _named(body, via)
    digest = hashlib.sha256(body).digest()
    with acting(by, at=at), connection.cursor() as cursor:
        is_new, kept = _keep(cursor, body, digest, name, via, at)
        outcome: Outcome = "stored" if is_new else "duplicate"
        equivalent = False
        if kept.sha256 != digest:
            outcome = "conflict"
            equivalent = _keep_conflict(cursor, kept.id, body, digest, at)
        code, path = ("E-ID-CONFLICT", "message_id") if outcome == "conflict" else ("", "")
        tail = [None, outcome, kept.id, code, path, via.correlation_id]
        logged = [at, via.channel, via.peer, len(body), digest, *tail]
        if signature is None:
            cursor.execute(_DELIVERY, logged)
        else:
            keep, words = signatures.keeping(signature, via.correlation_id)
            cursor.execute(keep + _DELIVERY, [*words, *logged])
    is_kept = outcome != "conflict"
    return Accepted(
        outcome=outcome,
        message_ref=kept.id,
        message_id=name.message_id,
        source=name.source,
        sha256=digest.hex(),
        kept_sha256=kept.sha256.hex(),
        receipt=receipts.receipt(name.message_id, digest, kept.received_at, kept.key_id)
        if is_kept
        else b"",
        correlation_id=via.correlation_id,
        equivalent=equivalent,
    )


def accept_many(bodies: Sequence[bytes], via: Via, *, by: Actor, at: datetime) -> AcceptedBatch:
    """Keep a batch in one transaction; committed on return. Four statements, whatever the size.

    Of messages that share an id inside the batch the first is kept, as if they had come one by one.
    """
    _check_may_send(by, via)
    digests = [hashlib.sha256(body).digest() for body in bodies]
    names = [_named(body, via) for body in bodies]
    key_id = receipts.current_key_id(at)
    told: list[Any] = []
    if bodies:
        with acting(by, at=at), connection.cursor() as cursor:
            find_rows_by_index()
            _copy(cursor, bodies, digests, names)
            words: dict[str, Any] = {
                "at": at,
                "channel": via.channel,
                "peer": via.peer,
                "key_id": key_id,
                "correlation_id": via.correlation_id,
            }
            cursor.execute(_STORE_MANY, words)
            words["fresh"] = [row[0] for row in cursor.fetchall()]
            if len(words["fresh"]) < len(bodies):
                cursor.execute(_CONFLICT_MANY, words)
            cursor.execute(_LOG_MANY, words)
            told = cursor.fetchall()
    messages = tuple(Stored(row[2], row[1], names[row[0]].message_id) for row in told)
    digest = hashlib.sha256(b"".join(digests)).digest()
    return AcceptedBatch(messages, receipts.batch_receipt(len(bodies), digest, at, key_id))


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery turned away before acceptance: its size, digest and head; the sender still owns it."""

    code: str
    size: int
    sha256: bytes
    head: bytes
    field: str = ""


def refuse(refused: Sequence[Refused], via: Via, *, by: Actor, at: datetime) -> None:
    """Log deliveries that were turned away; nothing else is written. Committed on return."""
    if not refused:
        return
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.executemany(_DELIVERY, [_turned_away(one, via, at) for one in refused])


def _turned_away(one: Refused, via: Via, at: datetime) -> list[Any]:
    head = one.head[:HEAD_BYTES]
    return [
        *(at, via.channel, via.peer, one.size, one.sha256, head),
        *("refused", None, one.code, one.field, via.correlation_id),
    ]


def is_known(source: str, message_id: str) -> bool:
    """True when the source sent a message of that id; one indexed statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [source, message_id])
        return cursor.fetchone() is not None


def _check_may_send(by: Actor, via: Via) -> None:
    needed = Permission.PAPER_ENTER if via.channel == "paper" else Permission.MESSAGE_SEND
    if not by.may(needed):
        raise NotAllowed("Tài khoản này không được gửi dữ liệu khai sinh.", code="E-SENDER")


def _named(body: bytes, via: Via) -> Identity:
    identity = identity_of(body)
    return identity if identity.source else identity._replace(source=via.source)


def _keep(
    cursor: Any,  # noqa: ANN401 - Django's cursor wrapper
    body: bytes,
    digest: bytes,
    name: Identity,
    via: Via,
    at: datetime,
) -> tuple[bool, _Row]:
    """The row that holds the message's id, and whether this delivery made it."""
    key_id = receipts.current_key_id(at)
    words = {
        "source": name.source,
        "message_id": name.message_id,
        "body": body,
        "at": at,
        "channel": via.channel,
        "key_id": key_id,
        "warnings": list(via.warnings),
    }
    cursor.execute(_STORE, words)
    made = cursor.fetchone()
    if made is not None:
        return True, _Row(made[0], digest, at, key_id)
    # ON CONFLICT waited for the other delivery to commit, so a new statement sees its row.
    cursor.execute(_FIND, [name.source, name.message_id])
    found = cursor.fetchone()
    return False, _Row(found[0], bytes(found[1]), found[2], found[3])


def _keep_conflict(
    cursor: Any,  # noqa: ANN401 - Django's cursor wrapper
    message_ref: int,
    body: bytes,
    digest: bytes,
    at: datetime,
) -> bool:
    cursor.execute(_CONFLICT, [message_ref, body, at])
    cursor.execute(_EQUIVALENT, [message_ref, digest])
    return bool(cursor.fetchone()[0])


def _copy(
    cursor: Any,  # noqa: ANN401 - Django's cursor wrapper
    bodies: Sequence[bytes],
    digests: Sequence[bytes],
    names: Sequence[Identity],
) -> None:
    cursor.execute(_ARRIVAL)
    seen: set[tuple[str, str]] = set()
    plain: dict[tuple[str, str], str] = {}
    with cursor.copy(_COPY) as copy:
        copy.set_types(_COLUMN_TYPES)
        for place, (body, digest, name) in enumerate(zip(bodies, digests, names, strict=True)):
            key = (name.source, name.message_id)
            # The database knows the ids of other batches; those of this one are not there yet.
            alike = plain.setdefault((name.source, _plain(name.message_id)), name.message_id)
            first, similar = key not in seen, alike != name.message_id
            copy.write_row((place, *key, body, digest, len(body), first, similar))
            seen.add(key)


def _plain(message_id: str) -> str:
    return message_id.upper() if message_id.isascii() else normalize("NFC", message_id).upper()

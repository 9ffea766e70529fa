"""Receipts (biên nhận): our signed word that a message is kept, the same to the byte however often it is asked for.

A receipt is signed over its own compact JSON without the signature, `{"message_id":…,"sha256":…,"received_at":…,
"key_id":…}`, in that order. Made only after the commit that keeps the message.
"""

import base64
from datetime import datetime

import msgspec
from django.conf import settings

from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Refused


class Kept(msgspec.Struct, frozen=True):
    """What a receipt says of one message. `key_id` is the receipt key chosen when the message was kept."""

    message_id: str
    sha256: str
    received_at: str
    key_id: str


class KeptBatch(msgspec.Struct, frozen=True):
    """What a receipt says of a batch: `sha256` is over the digests of its messages, in the order they came."""

    count: int
    sha256: str
    received_at: str
    key_id: str


def current_key_id(at: datetime) -> str:
    """The id of the key that signs receipts now."""
    return _keyring().active_key_id(Purpose.RECEIPT, at=at)


def receipt(message_id: str, sha256: bytes, received_at: datetime, key_id: str) -> bytes:
    """The receipt of one kept message, as the JSON document of contracts §4."""
    kept = Kept(message_id, sha256.hex(), _written(received_at), key_id)
    return _signed(b'{"receipt":', kept, received_at)


def batch_receipt(count: int, sha256: bytes, received_at: datetime, key_id: str) -> bytes:
    """One receipt for a whole batch of a file."""
    return _signed(
        b'{"batch":', KeptBatch(count, sha256.hex(), _written(received_at), key_id), received_at
    )


def _signed(opening: bytes, kept: Kept | KeptBatch, at: datetime) -> bytes:
    text = msgspec.json.encode(kept)
    try:
        signature = _keyring().sign_as(Purpose.RECEIPT, kept.key_id, text)
    except Refused:
        # The key was revoked since: a receipt under the new key is worth more than the same bytes.
        renewed = msgspec.structs.replace(
            kept, key_id=_keyring().active_key_id(Purpose.RECEIPT, at=at)
        )
        text = msgspec.json.encode(renewed)
        signature = _keyring().sign_as(Purpose.RECEIPT, renewed.key_id, text)
    value = base64.b64encode(signature.value)
    return b"".join((opening, text[:-1], b',"signature":"', value, b'"}}'))


def _written(at: datetime) -> str:
    return at.astimezone(VIETNAM).isoformat(timespec="microseconds")


def _keyring() -> Keyring:
    keyring: Keyring = settings.KEYRING
    return keyring

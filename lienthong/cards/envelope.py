"""The signed envelope of a card's QR and of the revocation list: a COSE_Sign1-like triple as Base45 or bytes.

The header stands inside the signature, every structure has exactly one encoding, and no algorithm is named:
the key decides it. Not for RFC 9421 messages (see `gateways`) and without any knowledge of cards.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lienthong.gateways.keyring import Keyring, Purpose, verifies
from lienthong.kernel.errors import Refused

_FORMAT = 1
_ALGORITHM = "Ed25519"
_HEADER_VERSION, _HEADER_KEY = 0, 4
_MARK_BYTES = 6
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE45 = {character: value for value, character in enumerate(_BASE45)}
_PAIR, _TRIPLE = 2, 3


class Unreadable(Exception):
    """The bytes are no envelope in its one canonical form."""


class UnknownKey(Exception):
    """The envelope names a key that is not among those trusted."""


class Forged(Exception):
    """The signature does not fit."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a genuine envelope holds, and the id of the key that signed it."""

    payload: bytes
    key_id: str


def key_mark(public: bytes) -> bytes:
    """The six bytes by which an envelope names its key: the head of the public key's SHA-256."""
    return hashlib.sha256(public).digest()[:_MARK_BYTES]


def canonical(value: object) -> bytes:
    """The one encoding of the value: canonical CBOR."""
    return cbor2.dumps(value, canonical=True)


def decoded(encoded: bytes) -> object:
    """The value of canonical CBOR. Raises Unreadable for anything that would encode differently."""
    try:
        value = cbor2.loads(encoded, max_depth=8, allow_indefinite=False)
        again = canonical(value)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unreadable from error
    if again != encoded:
        raise Unreadable
    return value


def signed(domain: bytes, payload: bytes, keyring: Keyring, *, at: datetime) -> bytes:
    """The payload in an envelope, signed by the card key active at that instant.

    `domain` keeps one kind of envelope from passing for another. Raises Refused when no key is active.
    """
    key_id = keyring.active_key_id(Purpose.CARD, at=at)
    mark = key_mark(keyring.public_keys(Purpose.CARD)[key_id])
    header = _header(mark)
    signature = keyring.sign(Purpose.CARD, domain + header + payload, at=at)
    return canonical([header, payload, signature.value])


def opened(envelope: bytes, domain: bytes, public_keys: Mapping[str, bytes]) -> Opened:
    """The payload of a genuine envelope. Raises Unreadable, UnknownKey or Forged."""
    header, payload, signature = _parts(envelope)
    mark = _mark_of(header)
    key_id = {key_mark(public): key_id for key_id, public in public_keys.items()}.get(mark)
    if key_id is None:
        raise UnknownKey
    verifier = Ed25519PublicKey.from_public_bytes(public_keys[key_id])
    if not verifies(verifier, domain + header + payload, signature):
        raise Forged
    return Opened(payload, key_id)


def _header(mark: bytes) -> bytes:
    return canonical({_HEADER_VERSION: _FORMAT, _HEADER_KEY: mark})


def _parts(envelope: bytes) -> tuple[bytes, bytes, bytes]:
    parts = decoded(envelope)
    if not isinstance(parts, list) or len(parts) != _TRIPLE:
        raise Unreadable
    header, payload, signature = parts
    if not all(isinstance(part, bytes) for part in parts) or len(signature) != _SIGNATURE_BYTES:
        raise Unreadable
    return header, payload, signature


def _mark_of(header: bytes) -> bytes:
    """The named key; a header with one field more, less or other (an algorithm, say) is not ours."""
    fields = decoded(header)
    mark = fields.get(_HEADER_KEY) if isinstance(fields, dict) else None
    if not isinstance(mark, bytes) or len(mark) != _MARK_BYTES or _header(mark) != header:
        raise Unreadable
    return mark


def base45(raw: bytes) -> str:
    """RFC 9285 text of the bytes, in the characters of a QR's alphanumeric mode."""
    out: list[str] = []
    for start in range(0, len(raw), _PAIR):
        pair = raw[start : start + _PAIR]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            out.append(_BASE45[digit])
    return "".join(out)


def from_base45(text: str) -> bytes:
    """The bytes of RFC 9285 text. Raises Unreadable for any text that `base45` does not write."""
    raw = bytearray()
    for start in range(0, len(text), _TRIPLE):
        group = text[start : start + _TRIPLE]
        value = 0
        for character in reversed(group):
            if character not in _VALUE45:
                raise Unreadable
            value = value * 45 + _VALUE45[character]
        width = len(group) - 1
        if width == 0 or value >> (8 * width):
            raise Unreadable
        raw += value.to_bytes(width, "big")
    return bytes(raw)


def export_public_keys(keyring: Keyring) -> str:
    """The public-key bundle as JSON: all that a verifier needs to trust, retired keys included."""
    keys = keyring.public_keys(Purpose.CARD)
    entries = [
        {"id": key_id, "algorithm": _ALGORITHM, "public": base64.b64encode(public).decode("ascii")}
        for key_id, public in sorted(keys.items())
    ]
    return json.dumps({"format": _FORMAT, "keys": entries}, indent=1)


def read_public_keys(text: str) -> dict[str, bytes]:
    """Key id → raw public key of a bundle. Raises Refused (E-KEY-BUNDLE) when it is no such bundle."""
    try:
        document = json.loads(text)
        if document["format"] != _FORMAT:
            raise _refused_bundle()
        keys = {
            str(entry["id"]): base64.b64decode(entry["public"], validate=True)
            for entry in document["keys"]
            if entry["algorithm"] == _ALGORITHM
        }
    except (ValueError, KeyError, TypeError) as error:
        raise _refused_bundle() from error
    marks = {key_mark(public) for public in keys.values()}
    if len(marks) != len(document["keys"]) or any(len(key) != _KEY_BYTES for key in keys.values()):
        raise _refused_bundle()
    return keys


def _refused_bundle() -> Refused:
    return Refused(
        "Tệp khóa công khai không đúng định dạng; hãy xuất lại từ hệ thống cấp thẻ.",
        code="E-KEY-BUNDLE",
    )

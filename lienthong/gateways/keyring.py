"""Our own keys: Ed25519 pairs by purpose and kept secrets, in one file that only its owner reads.

Not for other people's keys (see `partners`) and not a vault: whoever reads the file may sign as us.
"""

import base64
import json
import os
import secrets
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lienthong.kernel.errors import Refused

_SECRET_NAMES = ("django", "authz", "blind")
_SECRET_BYTES = 32
_PRIVATE_MODE = 0o400
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FORMAT = 1
_FIRST_KEYS_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""A demo may live in any year (LIENTHONG_NOW), so the first keys hold from before all of them."""


class Purpose(StrEnum):
    """What a key may sign; a key never serves two purposes."""

    RECEIPT = "receipt"
    CARD = "card"
    AUDIT = "audit"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Signature:
    """An Ed25519 signature of 64 bytes and the key that made it."""

    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One pair. It signs from `not_before` to `not_after` (None: open); a revoked key neither signs nor verifies."""

    key_id: str
    purpose: Purpose
    private: Ed25519PrivateKey
    public: bytes
    not_before: datetime
    not_after: datetime | None
    revoked_at: datetime | None

    def may_sign(self, at: datetime | None) -> bool:
        """True when the key may sign at that instant; without one, when it is not closed or revoked at all."""
        if self.revoked_at is not None:
            return False
        if at is None:
            return True
        return self.not_before <= at and (self.not_after is None or at < self.not_after)


class Keyring:
    """The keys of one installation, read once. Signing takes about 0.1 ms on one core."""

    def __init__(self, keys: list[SigningKey], kept: dict[str, bytes]) -> None:
        self._keys = {(key.purpose, key.key_id): key for key in keys}
        self._newest_first = sorted(keys, key=lambda key: key.not_before, reverse=True)
        self._kept = kept
        self._verifiers: dict[bytes, Ed25519PublicKey] = {}

    @classmethod
    def open(cls, path: Path | str, *, create: bool) -> "Keyring":
        """The keyring of the file; with `create`, a new file of mode 0400 when there is none.

        Raises Refused (E-KEYRING) when the file is absent, open to others or unreadable.
        """
        place = Path(path)
        if create and not place.exists():
            _write_new(place)
        try:
            mode = place.stat().st_mode
            text = place.read_text(encoding="utf-8")
        except OSError as error:
            raise _refused(f"Không đọc được tệp khóa {place}: {error.strerror}.") from error
        if mode & _OPEN_TO_OTHERS:
            raise _refused(f"Tệp khóa {place} đang mở cho người khác đọc; hãy đặt quyền 0400.")
        try:
            return _from_document(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise _refused(f"Tệp khóa {place} bị hỏng; hãy khôi phục từ bản sao lưu.") from error

    def sign(self, purpose: Purpose, message: bytes, *, at: datetime | None = None) -> Signature:
        """Signed by the newest active key of the purpose. Raises Refused when there is none at that instant."""
        key = self._active(purpose, at)
        return Signature(key.key_id, key.private.sign(message))

    def active_key_id(self, purpose: Purpose, *, at: datetime | None = None) -> str:
        """The key that `sign` would use, for messages that name their key inside. Raises as `sign` does."""
        return self._active(purpose, at).key_id

    def _active(self, purpose: Purpose, at: datetime | None) -> SigningKey:
        for key in self._newest_first:
            if key.purpose is purpose and key.may_sign(at):
                return key
        raise _refused(f"Không còn khóa hiệu lực cho mục đích «{purpose}»; hãy tạo khóa mới.")

    def sign_as(self, purpose: Purpose, key_id: str, message: bytes) -> Signature:
        """Signed by a named key, retired or not, so that a repeated receipt is the same to the byte.

        Raises Refused when the ring does not hold the key or it was revoked.
        """
        key = self._keys.get((purpose, key_id))
        if key is None or key.revoked_at is not None:
            raise _refused(f"Tệp khóa không có khóa «{key_id}» còn dùng được.")
        return Signature(key.key_id, key.private.sign(message))

    def verify(self, purpose: Purpose, key_id: str, message: bytes, signature: bytes) -> bool:
        """True when an unrevoked key of that purpose signed exactly these bytes; retired keys still verify."""
        key = self._keys.get((purpose, key_id))
        if key is None or key.revoked_at is not None:
            return False
        return verifies(self._verifier(key.public), message, signature)

    def public_keys(self, purpose: Purpose) -> dict[str, bytes]:
        """Key id → raw public key of 32 bytes, for every unrevoked key of the purpose, retired ones included."""
        keys = self._newest_first
        return {k.key_id: k.public for k in keys if k.purpose is purpose and k.revoked_at is None}

    def secret(self, name: str) -> bytes:
        """A kept secret of 32 random bytes: `django`, `authz` or `blind`. Raises Refused for another name."""
        try:
            return self._kept[name]
        except KeyError:
            raise _refused(f"Tệp khóa không có bí mật «{name}».") from None

    def _verifier(self, public: bytes) -> Ed25519PublicKey:
        known = self._verifiers.get(public)
        if known is None:
            known = self._verifiers[public] = Ed25519PublicKey.from_public_bytes(public)
        return known


def verifies(public: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    """True when the signature is the key's own over exactly these bytes; never raises."""
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _refused(message_vi: str) -> Refused:
    return Refused(message_vi, code="E-KEYRING")


def add_key(path: Path | str, purpose: Purpose, *, since: datetime) -> str:
    """A further key of the purpose, signing from `since` on; the id of the new key.

    The older keys stay and still verify. A running process sees the key when it opens the file again.
    """
    place = Path(path)
    Keyring.open(place, create=False)
    document = json.loads(place.read_text(encoding="utf-8"))
    entry = _new_key(purpose, since)
    document["keys"].append(entry)
    draft = _draft(place, document)
    draft.replace(place)
    return entry["id"] or ""


def _write_new(place: Path) -> None:
    """Written beside and linked into place, so that two first starts at once leave one whole file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(place, _new_document())
    try:
        os.link(draft, place)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)


def _draft(place: Path, document: dict[str, Any]) -> Path:
    draft = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(draft, flags, _PRIVATE_MODE), "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _new_document() -> dict[str, object]:
    return {
        "format": _FORMAT,
        "keys": [_new_key(purpose, _FIRST_KEYS_SINCE) for purpose in Purpose],
        "secrets": {name: _encoded(secrets.token_bytes(_SECRET_BYTES)) for name in _SECRET_NAMES},
    }


def _new_key(purpose: Purpose, since: datetime) -> dict[str, str | None]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return {
        "id": f"{purpose}-{public.hex()[:12]}",
        "purpose": purpose.value,
        "private": _encoded(private.private_bytes_raw()),
        "not_before": since.isoformat(),
        "not_after": None,
        "revoked_at": None,
    }


def _from_document(document: dict[str, Any]) -> Keyring:
    if document["format"] != _FORMAT:
        msg = f"unknown keyring format {document['format']!r}"
        raise ValueError(msg)
    kept = {name: base64.b64decode(text) for name, text in document["secrets"].items()}
    if any(len(kept[name]) != _SECRET_BYTES for name in _SECRET_NAMES):
        msg = "a secret is not 32 bytes long"
        raise ValueError(msg)
    return Keyring([_key(entry) for entry in document["keys"]], kept)


def _key(entry: dict[str, str | None]) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(entry["private"] or ""))
    since = instant(entry["not_before"])
    if since is None:
        msg = "a key without a first instant"
        raise ValueError(msg)
    return SigningKey(
        key_id=entry["id"] or "",
        purpose=Purpose(entry["purpose"] or ""),
        private=private,
        public=private.public_key().public_bytes_raw(),
        not_before=since,
        not_after=instant(entry.get("not_after")),
        revoked_at=instant(entry.get("revoked_at")),
    )


def instant(text: str | None) -> datetime | None:
    """An ISO instant with a zone; None for an absent one. Raises ValueError for an instant without a zone."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        msg = f"an instant needs a time zone: {text!r}"
        raise ValueError(msg)
    return at


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")

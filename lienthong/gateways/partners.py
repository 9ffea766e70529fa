"""The public keys of the systems that write to us: which key speaks for which ministry, and when.

A value and a way to look it up; where the keys are kept is the accounts' business. Not for our own keys (`keyring`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

BIRTHS: Final = "births"
"""The door of `POST /api/births`."""


@dataclass(frozen=True, slots=True)
class Partner:
    """One key of another ministry: Ed25519 in 32 raw bytes, good in [`not_before`, `not_after`), open when None.

    `doors` names what the ministry may call with it; a key without `births` belongs to somebody else.
    """

    source: str
    key_id: str
    public: bytes
    not_before: datetime
    not_after: datetime | None = None
    revoked_at: datetime | None = None
    doors: tuple[str, ...] = (BIRTHS,)

    def key(self) -> Ed25519PublicKey:
        """The key, ready to verify. Raises ValueError when the 32 bytes are not a point."""
        return Ed25519PublicKey.from_public_bytes(self.public)


class PartnerKeys(Protocol):
    """Where a key is looked up by its id."""

    def find(self, key_id: str, /) -> Partner | None:
        """The key of that id, whatever its dates; None when nobody we know has it."""


class Partners:
    """A fixed set of keys."""

    def __init__(self, entries: Iterable[Partner]) -> None:
        self._by_id = {partner.key_id: partner for partner in entries}

    def find(self, key_id: str, /) -> Partner | None:
        """The key of that id, whatever its dates; None when nobody we know has it."""
        return self._by_id.get(key_id)

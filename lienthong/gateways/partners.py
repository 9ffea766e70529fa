"""The public keys of the systems that write to us: which key speaks for which ministry, and when.

One JSON list in a file, edited by an administrator; never holds a private key. Not for our own keys (`keyring`).
"""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lienthong.gateways.keyring import instant
from lienthong.kernel.errors import Refused

BIRTHS = "births"
"""The door of `POST /api/births`."""
_PUBLIC_BYTES = 32


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
    doors: tuple[str, ...] = field(default=(BIRTHS,))

    def key(self) -> Ed25519PublicKey:
        """The key, ready to verify. Raises ValueError when the 32 bytes are not a point."""
        return Ed25519PublicKey.from_public_bytes(self.public)


class Partners:
    """Every known key, by key id."""

    def __init__(self, entries: list[Partner]) -> None:
        self._by_id = {partner.key_id: partner for partner in entries}

    @classmethod
    def open(cls, path: Path | str) -> "Partners":
        """The keys of the file; none when there is no file. Raises Refused (E-PARTNERS) for a broken one."""
        place = Path(path)
        if not place.exists():
            return cls([])
        try:
            return cls([_partner(entry) for entry in json.loads(place.read_text(encoding="utf-8"))])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Refused(
                f"Tệp khóa công khai của đối tác {place} không đọc được; hãy kiểm tra lại nội dung.",
                code="E-PARTNERS",
            ) from error

    def find(self, key_id: str) -> Partner | None:
        """The key of that id, whatever its dates; None when nobody we know has it."""
        return self._by_id.get(key_id)


def save(path: Path | str, entries: list[Partner]) -> None:
    """Write the whole list, replacing the file in one step."""
    place = Path(path)
    draft = place.with_name(f".{place.name}.draft")
    draft.write_text(
        json.dumps([_entry(partner) for partner in entries], indent=1), encoding="utf-8"
    )
    draft.replace(place)


def _partner(entry: dict[str, Any]) -> Partner:
    public = base64.b64decode(entry["public"], validate=True)
    since = instant(entry["not_before"])
    if len(public) != _PUBLIC_BYTES or since is None:
        msg = f"key {entry['key_id']!r}: 32 bytes and a first instant are needed"
        raise ValueError(msg)
    return Partner(
        source=entry["source"],
        key_id=entry["key_id"],
        public=public,
        not_before=since,
        not_after=instant(entry.get("not_after")),
        revoked_at=instant(entry.get("revoked_at")),
        doors=tuple(entry.get("doors", (BIRTHS,))),
    )


def _entry(partner: Partner) -> dict[str, object]:
    return {
        "source": partner.source,
        "key_id": partner.key_id,
        "public": base64.b64encode(partner.public).decode("ascii"),
        "not_before": partner.not_before.isoformat(),
        "not_after": partner.not_after.isoformat() if partner.not_after else None,
        "revoked_at": partner.revoked_at.isoformat() if partner.revoked_at else None,
        "doors": list(partner.doors),
    }

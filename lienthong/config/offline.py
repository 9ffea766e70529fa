"""Checks a card's QR without a database: the public keys and the signed revocation list alone.

Both are files of the data folder (`card-keys.json`, `revoked.bin`), written by `lienthong work`, or given by name.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lienthong.cards.envelope import export_public_keys, read_public_keys
from lienthong.cards.publishing import KEYS_FILE, REVOKED_FILE
from lienthong.cards.revocation import RevocationList, read_revocation_list
from lienthong.cards.seal import verify_text
from lienthong.config import environment, paths
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Check:
    """What the command prints."""

    document: dict[str, Any]
    message_vi: str
    is_valid: bool


def check(text: str, *, keys: Path | None, revoked: Path | None, on: date) -> Check:
    """Check one QR text on a day. Raises Refused when there is no key to check with."""
    public_keys = _public_keys(keys)
    seal = verify_text(text.strip(), public_keys, _revocations(revoked, public_keys), on=on)
    document: dict[str, Any] = {"status": str(seal.status), "message_vi": seal.message_vi}
    if seal.facts is not None:
        facts = seal.facts
        document["card"] = {
            "code": facts.code,
            "full_name": facts.full_name,
            "birth_date": facts.birth_date.isoformat(),
            "sex": facts.sex,
            "valid_from": facts.valid_from.isoformat(),
            "valid_to": facts.valid_to.isoformat(),
            "facility_code": facts.facility_code,
        }
    return Check(document, seal.message_vi, seal.is_valid)


def _public_keys(named: Path | None) -> dict[str, bytes]:
    place = named or environment.current().home / KEYS_FILE
    if place.exists():
        return dict(read_public_keys(place.read_text(encoding="utf-8")))
    if paths.secret_file().exists():
        keyring = Keyring.open(paths.secret_file(), create=False)
        return dict(read_public_keys(export_public_keys(keyring)))
    raise Refused(
        "Chưa có tệp khóa công khai của thẻ. Vui lòng chỉ tệp bằng --keys.",
        code="NO_KEYS",
        field="keys",
    )


def _revocations(named: Path | None, public_keys: dict[str, bytes]) -> RevocationList | None:
    place = named or environment.current().home / REVOKED_FILE
    return read_revocation_list(place.read_bytes(), public_keys) if place.exists() else None

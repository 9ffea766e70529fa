"""Our key file: made once, read by its owner alone, several keys a purpose."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lienthong.gateways.keyring import Keyring, Purpose, add_key
from lienthong.kernel.errors import Refused

_AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_new_file_is_for_its_owner_alone_and_is_never_made_anew(tmp_path: Path) -> None:
    place = tmp_path / "keys.json"
    made = Keyring.open(place, create=True)
    assert place.stat().st_mode & 0o777 == 0o400
    again = Keyring.open(place, create=True)
    assert again.secret("django") == made.secret("django")
    assert again.public_keys(Purpose.CARD) == made.public_keys(Purpose.CARD)
    assert list(tmp_path.iterdir()) == [place]


def test_first_starts_at_once_leave_one_ring(tmp_path: Path) -> None:
    place = tmp_path / "keys.json"
    seen: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: seen.append(Keyring.open(place, create=True).secret("authz"))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1


@pytest.mark.parametrize("spoil", ["absent", "open", "broken", "short"])
def test_a_file_that_cannot_be_trusted_is_refused_with_a_sentence(
    tmp_path: Path, spoil: str
) -> None:
    place = tmp_path / "keys.json"
    if spoil != "absent":
        Keyring.open(place, create=True)
        place.chmod(0o644 if spoil == "open" else 0o600)
    if spoil == "broken":
        place.write_text("{", encoding="utf-8")
    if spoil == "short":
        document = json.loads(place.read_text(encoding="utf-8"))
        document["secrets"]["blind"] = "AAAA"
        place.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Refused, match="khóa") as error:
        Keyring.open(place, create=False)
    assert error.value.code == "E-KEYRING"


def test_a_signature_serves_one_purpose_and_one_message(tmp_path: Path) -> None:
    ring = Keyring.open(tmp_path / "keys.json", create=True)
    signature = ring.sign(Purpose.RECEIPT, b"m", at=_AT)
    assert ring.verify(Purpose.RECEIPT, signature.key_id, b"m", signature.value)
    assert not ring.verify(Purpose.RECEIPT, signature.key_id, b"n", signature.value)
    assert not ring.verify(Purpose.CARD, signature.key_id, b"m", signature.value)
    assert not ring.verify(Purpose.RECEIPT, "unknown", b"m", signature.value)
    assert not ring.verify(Purpose.RECEIPT, signature.key_id, b"m", b"short")


def test_the_newest_key_signs_and_the_old_one_still_verifies(tmp_path: Path) -> None:
    place = tmp_path / "keys.json"
    old = Keyring.open(place, create=True).sign(Purpose.RECEIPT, b"m", at=_AT)
    new_id = add_key(place, Purpose.RECEIPT, since=_AT)
    ring = Keyring.open(place, create=False)
    assert place.stat().st_mode & 0o777 == 0o400
    assert ring.sign(Purpose.RECEIPT, b"m", at=_AT).key_id == new_id
    assert (
        ring.sign(Purpose.RECEIPT, b"m", at=datetime(2026, 1, 1, tzinfo=UTC)).key_id == old.key_id
    )
    assert ring.verify(Purpose.RECEIPT, old.key_id, b"m", old.value)
    assert ring.sign_as(Purpose.RECEIPT, old.key_id, b"m") == old


def test_a_revoked_key_neither_signs_nor_verifies(tmp_path: Path) -> None:
    place = tmp_path / "keys.json"
    signature = Keyring.open(place, create=True).sign(Purpose.CARD, b"m")
    document = json.loads(place.read_text(encoding="utf-8"))
    for key in document["keys"]:
        if key["purpose"] == "card":
            key["revoked_at"] = _AT.isoformat()
    place.chmod(0o600)
    place.write_text(json.dumps(document), encoding="utf-8")
    ring = Keyring.open(place, create=False)
    assert not ring.verify(Purpose.CARD, signature.key_id, b"m", signature.value)
    assert ring.public_keys(Purpose.CARD) == {}
    for attempt in (
        lambda: ring.sign(Purpose.CARD, b"m"),
        lambda: ring.sign_as(Purpose.CARD, signature.key_id, b"m"),
    ):
        with pytest.raises(Refused):
            attempt()

"""A forged signature of a sender is found out, even in a pack whose list of files is signed anew by our own key."""

import base64
import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from lienthong.births import proofpack
from lienthong.births.proofsenders import Senders
from tests import births
from tests.births import AT, body, message
from tests.domain.test_proof import Members
from tests.signed_calls import FIRST, check, members_of, post, signatures_of
from tests.web.ministry import Ministry, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def ministry(monkeypatch: pytest.MonkeyPatch, db: None) -> Ministry:
    monkeypatch.setattr(settings, "CLOCK", lambda: AT)
    births.small_country()
    return registered()


Signed = dict[str, Any]
_BAD = f"Chữ ký của bên gửi cho thông điệp {FIRST} không đúng."


def _another(members: Members, told: Signed, other: Signed) -> str:
    """The signature of another message of the same sender."""
    told |= other
    return _BAD


def _line_more(members: Members, told: Signed, other: Signed) -> str:
    told["base"] = '"x-more": never signed\n' + told["base"]
    return _BAD


def _line_less(members: Members, told: Signed, other: Signed) -> str:
    told["base"] = told["base"].split("\n", 1)[1]
    return _BAD


def _key(members: Members, told: Signed, other: Signed) -> str:
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    told["key"]["public_key"] = base64.b64encode(public).decode()
    return "Khóa btp-1 nay khác với lúc nhận."


def _key_id(members: Members, told: Signed, other: Signed) -> str:
    everything = json.loads(members["signatures.json"])
    everything["keys"]["btp-2"] = everything["keys"]["btp-1"]
    members["signatures.json"] = proofpack.json_bytes(everything)
    told["key_id"] = "btp-2"
    return f"Chữ ký của bên gửi cho thông điệp {FIRST} không phải của khóa mà gói nêu."


def _message(members: Members, told: Signed, other: Signed) -> str:
    members["messages/001.json"] = members["messages/001.json"].replace(b"MINH AN", b"MINH AM")
    return _BAD


def _delivery(members: Members, told: Signed, other: Signed) -> str:
    everything = json.loads(members["messages.json"])
    everything[0]["deliveries"][0]["sha256"] = "00" * 32
    members["messages.json"] = proofpack.json_bytes(everything)
    return f"Một lần gửi của thông điệp {FIRST} mang nội dung khác với gói."


def _received(members: Members, told: Signed, other: Signed) -> str:
    """Received an hour before it was signed."""
    everything = json.loads(members["messages.json"])
    everything[0]["deliveries"][0]["received_at"] = (AT - timedelta(hours=1)).isoformat()
    members["messages.json"] = proofpack.json_bytes(everything)
    return _BAD


def _items(members: Members, told: Signed, other: Signed) -> str:
    told["items"] = 2
    return f"Nội dung mà bên gửi đã ký không có thông điệp {FIRST}."


FORGERIES = (
    _another,
    _line_more,
    _line_less,
    _key,
    _key_id,
    _message,
    _delivery,
    _received,
    _items,
)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_who_signs_a_changed_signature_anew_is_found_out_all_the_same(
    forge: Callable[[Members, Signed, Signed], str], ministry: Ministry
) -> None:
    post(ministry, body(message(1)))
    post(ministry, body(message(2)))
    (other,) = signatures_of(members_of("LTKS-2026-0000002"))
    members = members_of()
    assert check(members).is_whole
    (call,) = json.loads(members["signatures.json"])["signatures"]
    (told,) = signatures_of(members)
    said = forge(members, told, other)
    everything = json.loads(members["signatures.json"])
    everything["signatures"][call] = told
    members["signatures.json"] = proofpack.json_bytes(everything)
    assert said in check(members).broken_vi


def test_a_good_signature_with_the_body_of_another_message_is_found_out(ministry: Ministry) -> None:
    """Everything fits but the child: packed bodies, each with its own signature."""
    for number in (1, 2):
        packed = gzip.compress(body(message(number)), mtime=0)
        post(ministry, packed, Content_Encoding="gzip")
    others = members_of("LTKS-2026-0000002")
    (other,) = signatures_of(others)
    members = members_of()
    everything = json.loads(members["signatures.json"])
    (call,) = everything["signatures"]
    everything["signatures"][call] = other
    members |= {
        "signatures.json": proofpack.json_bytes(everything),
        other["sent"]: others[other["sent"]],
    }
    assert check(members).broken_vi == (f"Nội dung mà bên gửi đã ký không có thông điệp {FIRST}.",)


def test_a_flipped_bit_of_each_part_is_found(ministry: Ministry) -> None:
    """At every place of the text that was signed and of both headers, whatever our own manifest says."""
    post(ministry, body(message(1)))
    members = members_of()
    messages = json.loads(members["messages.json"])
    everything = json.loads(members["signatures.json"])
    (call,) = everything["signatures"]
    unseen = []
    for part in ("base", "signature", "signature_input"):
        text = everything["signatures"][call][part]
        for place in range(len(text)):
            changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
            everything["signatures"][call][part] = changed
            senders = Senders(
                members | {"signatures.json": json.dumps(everything).encode()},
                trusted=None,
                sent=(),
            )
            senders.read(messages)
            if not senders.broken:
                unseen.append((part, place))
        everything["signatures"][call][part] = text
    assert unseen == []


def test_a_key_of_another_sender_or_a_revoked_one_is_found_out(ministry: Ministry) -> None:
    post(ministry, body(message(1)))
    members = members_of()
    for changes, said in (
        ({"source": "BYT"}, "không phải của nơi gửi BTP"),
        ({"revoked_at": AT.isoformat()}, "được nhận khi khóa đã bị thu hồi"),
        ({"public_key": "AAAA"}, "nay khác với lúc nhận"),
    ):
        told = json.loads(members["signatures.json"])
        told["keys"]["btp-1"] |= changes
        changed = members | {"signatures.json": proofpack.json_bytes(told)}
        (broken,) = check(changed).broken_vi
        assert said in broken

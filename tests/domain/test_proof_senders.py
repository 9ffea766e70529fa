"""The sender's signature in the proof of one child: kept as it came, checked without us, silent about other children."""

import base64
import gzip
import hashlib
import json
import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from lienthong.births import proofpack, signatures, storing
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.kernel.errors import NotAllowed, NotFound
from tests import births
from tests.births import AT, body, column, message, rows
from tests.conftest import BecomeWeb
from tests.finished_world import OFFICER
from tests.signed_calls import FIRST, LATER, check, keys_of, members_of, post, signatures_of
from tests.web.ministry import Ministry, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def ministry(monkeypatch: pytest.MonkeyPatch, db: None) -> Ministry:
    monkeypatch.setattr(settings, "CLOCK", lambda: AT)
    births.small_country()
    return registered()


def test_one_message_carries_what_its_sender_signed_and_any_tool_can_check_it(
    ministry: Ministry,
) -> None:
    post(ministry, body(message(1)))
    members = members_of()
    verdict = check(members)
    assert verdict.broken_vi == ()
    assert verdict.document["deliveries"] == {"checked": 1}
    assert any("đúng ở 1 lần gửi qua mạng (khóa btp-1)" in line for line in verdict.checked_vi)
    assert any("--sender-keys" in line for line in verdict.remarks_vi)
    (told,) = signatures_of(members)
    assert (told["items"], told["coding"], told["sent"], told["sent_sha256"]) == (1, "", None, None)
    raw = base64.b64decode(told["signature"].split(":")[1])
    Ed25519PublicKey.from_public_bytes(base64.b64decode(told["key"]["public_key"])).verify(
        raw, told["base"].encode("ascii")
    )
    assert '"@target-uri": http://testserver/api/births' in told["base"]
    assert column("SELECT count(*) FROM births_sentbody") == [0]


def test_the_key_that_the_sender_published_is_the_one_that_counts(ministry: Ministry) -> None:
    post(ministry, body(message(1)))
    members = members_of()
    verdict = check(members, sender_keys=keys_of(ministry))
    assert verdict.broken_vi == ()
    assert not any("--sender-keys" in line for line in verdict.remarks_vi)
    other = Ministry("BTP", "btp-1", Ed25519PrivateKey.generate())
    forged = check(members, sender_keys=keys_of(other)).broken_vi
    assert forged == (f"Chữ ký của bên gửi cho thông điệp {FIRST} không đúng.",)
    absent = check(members, sender_keys={}).broken_vi
    assert absent == ("Khóa btp-1 không có trong tệp khóa đã cho của bên gửi.",)
    for dates, said in (
        ({"revoked_at": AT.isoformat()}, "được nhận khi khóa đã bị thu hồi"),
        ({"valid_until": AT.isoformat()}, "được ký khi khóa đã hết hiệu lực"),
        ({"valid_from": LATER.isoformat()}, "được ký trước ngày khóa có hiệu lực"),
    ):
        (broken,) = check(members, sender_keys=keys_of(ministry, **dates)).broken_vi
        assert said in broken
    good = keys_of(ministry)["btp-1"]
    for unreadable in (
        {"btp-1": "?"},
        {"btp-1": {"public_key": "AAAA"}},
        {"btp-1": good | {"valid_until": "2030-01-01"}},
        {"btp-1": good, "btp-2": {}},
    ):
        broken = check(members, sender_keys=unreadable).broken_vi
        assert broken == ("Không đọc được tệp khóa đã cho của bên gửi.",)


def test_a_key_revoked_or_ended_later_was_good_when_it_signed(ministry: Ministry) -> None:
    post(ministry, body(message(1)))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_senderkey SET revoked_at = %s, valid_until = %s",
            [AT + timedelta(days=1), AT - timedelta(days=1)],
        )
    verdict = check(members_of())
    assert verdict.broken_vi == ()
    assert any(
        "bị thu hồi lúc 09:15:00 21/11/2026, sau khi đã nhận" in r for r in verdict.remarks_vi
    )
    assert any("nay được ghi là hết hiệu lực" in r for r in verdict.remarks_vi)
    assert signatures_of(members_of())[0]["key"]["valid_until"] is None


def test_what_came_packed_is_kept_packed(ministry: Ministry) -> None:
    packed = gzip.compress(body(message(1)), mtime=0)
    post(ministry, packed, Content_Encoding="gzip")
    members = members_of()
    (told,) = signatures_of(members)
    assert members[told["sent"]] == packed
    assert told["coding"] == "gzip"
    assert check(members).document["deliveries"] == {"checked": 1}
    other = gzip.compress(body(message(2)), mtime=0)
    for changed in (other, packed[:-1], b""):
        members[told["sent"]] = changed
        assert not check(members).is_whole


def test_a_batch_is_kept_once_and_shown_only_to_who_has_it(ministry: Ministry) -> None:
    batch = b"[" + body(message(1)) + b", " + body(message(2)) + b"]"
    post(ministry, batch)
    post(ministry, batch)
    assert rows("SELECT body FROM births_sentbody") == [(batch,)]
    assert column("SELECT items FROM births_signature") == [2, 2]
    members = members_of()
    assert b"LTKS-2026-0000002" not in b"".join(members.values())
    verdict = check(members)
    assert verdict.broken_vi == ()
    assert verdict.document["deliveries"] == {"batch": 2}
    calls = sorted(str(each) for each in column("SELECT correlation_id FROM births_signature"))
    assert any(f"Mã lần gửi: {', '.join(calls)}." in line for line in verdict.remarks_vi)
    with_body = check(members, sent=[b"another", batch])
    assert (with_body.broken_vi, with_body.document["deliveries"]) == ((), {"checked": 2})
    # The bytes of a body that the sender did not sign are not taken for it.
    told = json.loads(members["signatures.json"])
    alone = b"[" + body(message(1)) + b", " + body(message(3)) + b"]"
    for each in told["signatures"].values():
        each["sent_sha256"] = hashlib.sha256(alone).hexdigest()
    members["signatures.json"] = proofpack.json_bytes(told)
    assert f"Chữ ký của bên gửi cho thông điệp {FIRST} không đúng." in (
        check(members, sent=[alone]).broken_vi
    )
    assert any("mã băm khác" in line for line in check(members).broken_vi)


def test_a_batch_about_one_child_alone_is_in_its_proof(ministry: Ministry) -> None:
    again = message(
        1, kind="correct", version=2, message_id="LTKS-2026-0000091", nksHoTen="NGUYỄN AN"
    )
    batch = b"[" + body(message(1)) + b"," + body(again) + b"]"
    post(ministry, gzip.compress(batch), Content_Encoding="gzip")
    members = members_of()
    verdict = check(members)
    assert (verdict.broken_vi, verdict.document["deliveries"]) == ((), {"checked": 2})
    (told,) = signatures_of(members)
    assert gzip.decompress(members[told["sent"]]) == batch


def test_every_repeat_has_a_signature_of_its_own(ministry: Ministry) -> None:
    content = body(message(1))
    post(ministry, content)
    post(ministry, gzip.compress(content), Content_Encoding="gzip")
    ministry.post(content, created=AT - timedelta(hours=1))
    members = members_of()
    assert len({each["base"] for each in signatures_of(members)}) == 3
    assert check(members).document["deliveries"] == {"checked": 3}


def test_other_content_under_the_same_id_is_signed_and_not_shown(ministry: Ministry) -> None:
    post(ministry, body(message(1)))
    other = body(message(1, nksHoTen="LÊ VĂN TÁM"))
    post(ministry, other)
    packed = gzip.compress(other, mtime=0)
    post(ministry, packed, Content_Encoding="gzip")
    members = members_of()
    shown = b"".join(members.values())
    assert ("LÊ VĂN TÁM".encode() in shown, packed in shown) == (False, False)
    verdict = check(members)
    assert verdict.broken_vi == ()
    assert verdict.document["deliveries"] == {"checked": 1, "differing": 2}
    told = json.loads(members["messages.json"])
    told[0]["deliveries"][1]["sha256"] = "00" * 32
    members["messages.json"] = proofpack.json_bytes(told)
    assert any("mã băm khác" in line for line in check(members).broken_vi)


def test_a_signature_left_out_or_over_is_told(ministry: Ministry) -> None:
    post(ministry, body(message(1)))
    members = members_of()
    told = json.loads(members["signatures.json"])
    (call,) = told["signatures"]
    more = told | {"signatures": told["signatures"] | {"x": told["signatures"][call]}}
    (broken,) = check(members | {"signatures.json": proofpack.json_bytes(more)}).broken_vi
    assert "không thuộc lần gửi nào" in broken
    none = members | {"signatures.json": proofpack.json_bytes(told | {"signatures": {}})}
    verdict = check(none)
    assert verdict.document["deliveries"] == {"unkept": 1}
    assert any("trước khi hệ thống lưu chữ ký" in line for line in verdict.remarks_vi)
    gone = {name: content for name, content in members.items() if name != "signatures.json"}
    assert check(gone).broken_vi == ("Không đọc được phần chữ ký của bên gửi của gói.",)


def test_older_messages_older_packs_and_files_are_told_plainly(ministry: Ministry) -> None:
    via = storing.Via("http", peer="127.0.0.1 btp-1")
    storing.accept(body(message(1)), via, by=births.system(), at=AT)
    births.send(message(1))
    members = members_of()
    verdict = check(members)
    assert verdict.broken_vi == ()
    assert verdict.document["deliveries"] == {"unkept": 1, "unsigned": 1}
    assert any("không có chữ ký qua mạng" in line for line in verdict.remarks_vi)
    told = json.loads(members["messages.json"])
    for delivery in told[0]["deliveries"]:
        del delivery["call"]
    del members["signatures.json"]
    old = check(members | {"messages.json": proofpack.json_bytes(told)})
    assert (old.broken_vi, old.document["deliveries"]) == ((), {"unkept": 1, "unsigned": 1})


def test_a_signature_is_kept_with_its_delivery_or_not_at_all(
    ministry: Ministry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=7))
    post(ministry, body(message(1)))
    # The number of a call is never used twice: what cannot be kept whole is refused whole.
    with pytest.raises(DatabaseError, match="births_signature"), transaction.atomic():
        ministry.post(body(message(2)), created=AT)
    assert column("SELECT count(*) FROM births_message") == [1]


def test_signatures_are_written_once_and_pages_never_read_a_body(
    ministry: Ministry, as_web_role: BecomeWeb
) -> None:
    batch = b"[" + body(message(1)) + b"," + body(message(2)) + b"]"
    with as_web_role():
        post(ministry, batch)
    for role, statement in (
        ("NONE", "UPDATE births_signature SET base = ''"),
        ("NONE", "DELETE FROM births_signature"),
        ("NONE", "UPDATE births_sentbody SET body = ''"),
        ("NONE", "DELETE FROM births_sentbody"),
        ("lienthong_web", "SELECT body FROM births_sentbody"),
        ("lienthong_web", "SELECT base FROM births_signature"),
    ):
        with pytest.raises(DatabaseError, match=r"written once|permission denied"):
            _run(role, statement)


def _run(role: str, statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(statement)


def test_a_whole_batch_leaves_the_house_by_the_console_and_the_log_says_so(
    ministry: Ministry,
) -> None:
    batch = b"[" + body(message(1)) + b"," + body(message(2)) + b"]"
    post(ministry, gzip.compress(batch), Content_Encoding="gzip")
    births.run()
    (call,) = column("SELECT correlation_id FROM births_signature")
    with pytest.raises(NotAllowed):
        signatures.hand_out_body(call, by=OFFICER, at=LATER)
    sent = signatures.hand_out_body(call, by=births.system(), at=LATER)
    assert gzip.decompress(sent) == batch
    logged = "SELECT subject_id FROM audit_entry WHERE action = %s ORDER BY 1"
    assert column(logged, signatures.HANDED_OUT) == column(
        "SELECT id FROM dossiers_dossier ORDER BY 1"
    )
    with pytest.raises(NotFound):
        signatures.hand_out_body(uuid.uuid4(), by=births.system(), at=LATER)


def test_what_was_kept_fits_what_was_received(ministry: Ministry) -> None:
    batch = b"[" + body(message(1)) + b"," + body(message(2)) + b"]"
    for content, coding in ((body(message(1)), ""), (batch, ""), (gzip.compress(batch), "gzip")):
        post(ministry, content, **({"Content_Encoding": coding} if coding else {}))
    promise = invariants_folder() / "message_signature.sql"
    assert rows(promise.read_text(encoding="utf-8")) == []

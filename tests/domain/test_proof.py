"""The proof of one child: whole as made, found out at any changed byte, and silent about everybody else."""

import base64
import hashlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from lienthong.accounts.permissions import GRANTS, Permission
from lienthong.audit import sealing
from lienthong.births import proof, proofcheck, proofpack
from lienthong.births import record as records
from lienthong.births.proof import ProofPack
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.kernel.errors import NotAllowed
from tests import births, finished_world, postgres
from tests.architecture import code
from tests.births import column, rows
from tests.finished_world import LATER, OFFICER, id_of

pytestmark = pytest.mark.timeout(300)
ON = LATER.date()
AT = LATER + timedelta(minutes=1)
FLIPS = 300
Members = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Made:
    """One pack of the finished world, and the checkpoints that its witness held then."""

    pack: ProofPack
    members: Members
    checkpoints: list[Any]
    again: ProofPack
    others: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def made(postgres_owner: Address, template_database: str, django_db_blocker: Any) -> Iterator[Made]:
    """The child whose card was spoilt, printed again and handed over, among seventeen others."""
    with ExitStack() as stack:
        own = stack.enter_context(postgres.copy(postgres_owner, template_database))
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(postgres.django_on(own))
        finished_world.make()
        pack = _compose("returned")
        others = rows(
            "SELECT code, message_id, insurance_number, person_id FROM dossiers_dossier WHERE message_id <> %s",
            id_of("returned"),
        )
        held = [each for witness in sealing.witnesses() for each in witness.checkpoints()]
        yield Made(pack, proofpack.members_of(pack.content), held, _compose("returned"), others)
        for witness in sealing.witnesses():
            witness.path.unlink(missing_ok=True)
        connections.close_all()


def _compose(child: str) -> ProofPack:
    by = births.system()
    with acting(by, at=AT):
        return proof.compose(by, records.code_of(by, id_of(child)), at=AT, on=ON)


def resigned(members: Members, keyring: Keyring) -> bytes:
    """What somebody with a key could make of changed members: a new list, signed anew."""
    files = {n: c for n, c in members.items() if not n.startswith("manifest")}
    manifest = proofpack.packed(files, {"dossier": "X", "made_by": "system"}, at=AT)
    signed = keyring.sign(Purpose.ANSWER, proofpack.statement_of(manifest), at=AT)
    signature = proofpack.signature_file(signed.key_id, signed.value)
    whole = files | {proofpack.MANIFEST: manifest, proofpack.SIGNATURE: signature}
    return proofpack.laid_out(whole, at=AT)


def test_a_pack_holds_by_itself_and_says_what_is_in_it(made: Made) -> None:
    verdict = proofcheck.check(made.pack.content, witness=made.checkpoints)
    assert verdict.broken_vi == ()
    assert verdict.document["messages"] == 1
    assert verdict.document["moves"] == 11
    assert made.members["messages/001.json"] == births.body(births.message(4))
    assert sum(name.endswith(".pdf") for name in made.members) == 2
    assert all(c.startswith(b"%PDF") for n, c in made.members.items() if n.endswith(".pdf"))
    assert "Trả thẻ" in made.members["tom-tat.txt"].decode()
    assert not any("chưa kịp niêm phong" in each for each in verdict.remarks_vi)


def test_the_same_content_at_the_same_instant_has_the_same_bytes(made: Made) -> None:
    assert made.again.content == made.pack.content


def test_any_flipped_byte_is_found(made: Made) -> None:
    """Wherever it lies: in a member, in the list, in the signature, in the frame of the ZIP."""
    chance = random.Random(20261120)
    content = made.pack.content
    places = [chance.randrange(len(content)) for _ in range(FLIPS)]
    unseen = []
    for place in [0, len(content) - 1, *places]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        if proofcheck.check(bytes(flipped)).is_whole:
            unseen.append(place)
    assert unseen == []


def test_a_flipped_byte_of_each_member_is_found(made: Made) -> None:
    chance = random.Random(7)
    unseen = []
    for name, member in made.members.items():
        changed = bytearray(member)
        changed[chance.randrange(len(changed))] ^= 1
        pack = proofpack.laid_out(made.members | {name: bytes(changed)}, at=AT)
        verdict = proofcheck.check(pack)
        if verdict.is_whole:
            unseen.append(name)
    assert unseen == []


def _move(members: Members) -> str:
    """A step is told to have been taken by somebody else."""
    told = json.loads(members["moves.json"])
    told["moves"][3]["by"] = "officer:nguoi-khac"
    members["moves.json"] = proofpack.json_bytes(told)
    return "khác với lúc ghi nhật ký"


def _move_left_out(members: Members) -> str:
    told = json.loads(members["moves.json"])
    gone = told["moves"].pop(3)
    told["batches"] = [b for b in told["batches"] if b["batch"] != gone["batch"]]
    told["moves"].append(gone | {"batch": 999_999})
    members["moves.json"] = proofpack.json_bytes(told)
    return "không có dấu băm nào"


def _leaves(members: Members) -> str:
    name = next(n for n in sorted(members) if n.startswith("moves/"))
    members[name] = members[name] + bytes(32)
    return "Dấu băm của lượt ghi"


def _message(members: Members) -> str:
    body = members["messages/001.json"]
    members["messages/001.json"] = body.replace(b"MINH AN", "MINH ĂN".encode())
    return "Biên nhận không phải của thông điệp"


def _receipt(members: Members) -> str:
    receipt = json.loads(members["messages/001.receipt.json"])
    body = members["messages/001.json"].replace(b"003226000004", b"003226000009")
    receipt["receipt"]["sha256"] = hashlib.sha256(body).hexdigest()
    members["messages/001.json"] = body
    members["messages/001.receipt.json"] = json.dumps(receipt, separators=(",", ":")).encode()
    return "Chữ ký của biên nhận"


def _log_entry(members: Members) -> str:
    told = json.loads(members["log.json"])
    told["entries"][0]["bytes"] = told["entries"][0]["bytes"].replace(
        "73797374656d", "73797374656e"
    )
    members["log.json"] = proofpack.json_bytes(told)
    return "khác với lúc niêm phong"


def _log_leaf(members: Members) -> str:
    name = next(n for n in sorted(members) if n.startswith("log/"))
    members[name] = bytes(32) + members[name][32:]
    return "không dẫn đến gốc đã ký"


def _checkpoint(members: Members) -> str:
    told = json.loads(members["log.json"])
    line = json.loads(told["segments"][0]["checkpoint"])
    line["signature"] = "00" * 64
    told["segments"][0]["checkpoint"] = json.dumps(line)
    told["witness"] = []
    members["log.json"] = proofpack.json_bytes(told)
    return "Chữ ký của điểm chốt"


def _seal(members: Members) -> str:
    told = json.loads(members["cards.json"])
    told[0]["facts"]["valid_to"] = "2040-01-01"
    members["cards.json"] = proofpack.json_bytes(told)
    return "nói khác với gói"


def _request(members: Members) -> str:
    name = next(n for n in members if n.endswith(".request.json"))
    members[name] += b" "
    return "khác với nội dung đã trình duyệt"


FORGERIES = (
    _move,
    _move_left_out,
    _leaves,
    _message,
    _receipt,
    _log_entry,
    _log_leaf,
    _checkpoint,
    _seal,
    _request,
)


@pytest.mark.parametrize("forge", FORGERIES)
def test_who_signs_a_changed_pack_anew_is_found_out_all_the_same(
    forge: Callable[[Members], str], made: Made
) -> None:
    members = dict(made.members)
    said = forge(members)
    assert members != made.members
    verdict = proofcheck.check(resigned(members, settings.KEYRING))
    assert any(said in line for line in verdict.broken_vi), verdict.broken_vi
    assert not any("bảng kê" in line for line in verdict.broken_vi)


def test_a_pack_of_foreign_keys_is_found_out_by_the_published_ones(
    made: Made, tmp_path: Path
) -> None:
    foreign = Keyring.open(tmp_path / "keys.json", create=True)
    keys = json.loads(made.members["keys.json"])
    own = {k: base64.b64encode(v).decode() for k, v in foreign.public_keys(Purpose.ANSWER).items()}
    members = dict(made.members)
    members["keys.json"] = proofpack.json_bytes(keys | {"answer": own})
    forged = resigned(members, foreign)
    assert proofcheck.check(forged).is_whole
    verdict = proofcheck.check(forged, keys=keys)
    assert "Chữ ký của bảng kê không đúng." in verdict.broken_vi
    assert proofcheck.check(made.pack.content, keys=keys).is_whole


def test_a_log_that_the_witness_does_not_know_is_found_out(made: Made) -> None:
    verdict = proofcheck.check(made.pack.content, witness=made.checkpoints[:-1])
    assert any("Bản chứng bên ngoài không có điểm chốt" in each for each in verdict.broken_vi)


def test_nothing_of_another_child_is_in_a_pack(made: Made) -> None:
    """Not a code, not a number, not an entry: of others there are hashes alone."""
    text = b"\n".join(c for n, c in made.members.items() if not n.endswith((".pdf", ".leaves")))
    named = [str(value) for row in made.others for value in row[:3] if value]
    own = json.loads(made.members["cards.json"])[0]["facts"]["code"]
    assert [each for each in named if each.encode() in text and each not in own] == []
    told = json.loads(made.members["log.json"])
    entries = [proofcheck.entry_of(bytes.fromhex(each["bytes"])) for each in told["entries"]]
    subjects = {(e.subject_kind, e.subject_id) for e in entries if e.subject_id is not None}
    assert subjects <= set(made.pack.subjects)
    assert {e.action for e in entries if e.subject_id is None} <= {"dossier.moved", "card.moved"}


@pytest.mark.django_db
def test_what_was_logged_before_the_digests_by_line_is_proved_where_it_stands_alone() -> None:
    """Form 1: the digest of the texts. A statement that moved only this child is shown; one of many is remarked."""
    births.small_country()
    births.send(births.message(1), births.message(2))
    births.run()
    with acting(births.system(), at=AT):
        pack = proof.compose(
            births.system(), records.code_of(births.system(), "LTKS-2026-0000001"), at=AT, on=ON
        )
    members = proofpack.members_of(pack.content)
    told = json.loads(members["log.json"])
    batch = json.loads(members["moves.json"])["batches"][0]
    entry = next(e for e in told["entries"] if e["id"] == batch["entry_id"])
    # The flag is one figure in the entry's bytes: without it the entry reads as one of before.
    entry["bytes"] = entry["bytes"].replace(b'"form": 2'.hex(), b'"mrof": 2'.hex())
    members["log.json"] = proofpack.json_bytes(told)
    verdict = proofcheck.check(resigned(members, settings.KEYRING))
    assert verdict.broken_vi == ()
    assert any("không chứng minh riêng được" in each for each in verdict.remarks_vi)
    _put_digest_of_texts(members, batch["batch"])
    assert proofcheck.check(resigned(members, settings.KEYRING)).broken_vi == ()
    _move(members)
    broken = proofcheck.check(resigned(members, settings.KEYRING)).broken_vi
    assert any("khác với lúc ghi nhật ký" in each for each in broken)
    assert any("chưa kịp niêm phong" in each for each in verdict.remarks_vi)


def _put_digest_of_texts(members: Members, number: int) -> None:
    """As if the statement had moved this child alone, before the digests by line."""
    moves = json.loads(members["moves.json"])
    own = [move for move in moves["moves"] if move["batch"] == number]
    batch = next(each for each in moves["batches"] if each["batch"] == number)
    text = b"\n".join(proofcheck._text_of(move) for move in own)
    members[batch["leaves"]] = hashlib.sha256(text).digest()
    told = json.loads(members["log.json"])
    entry = next(each for each in told["entries"] if each["id"] == batch["entry_id"])
    entry["bytes"] = entry["bytes"][:-64] + hashlib.sha256(text).hexdigest()
    members["log.json"] = proofpack.json_bytes(told)


@pytest.mark.django_db
def test_who_may_not_gets_none_and_each_export_is_in_the_log() -> None:
    births.small_country()
    births.send(births.message(1))
    births.run()
    code_ = column("SELECT code FROM dossiers_dossier")[0]
    with pytest.raises(NotAllowed):
        proof.export(OFFICER, code_, at=AT, on=ON)
    assert column("SELECT count(*) FROM audit_entry WHERE action = 'proof.export'") == [0]
    pack = proof.export(births.system(), code_, at=AT, on=ON)
    told = rows(
        "SELECT subject_kind, subject_id, detail ->> 'sha256' FROM audit_entry WHERE action = 'proof.export'"
    )
    assert told == [("dossier", pack.subjects[0][1], pack.sha256)]


def test_the_database_lets_the_same_roles_as_the_table_of_permissions() -> None:
    text = (code.PACKAGE / "births" / "migrations" / "proof.sql").read_text(encoding="utf-8")
    told = re.search(r"officer\.role IN \(([^)]*)\)", text)
    assert told is not None
    assert {role.strip(" '") for role in told[1].split(",")} == {
        str(role) for role, granted in GRANTS.items() if Permission.PROOF_EXPORT in granted
    }


def test_a_pack_is_checked_without_database_settings_or_data_folder(
    made: Made, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(made.pack.content)
    bad.write_bytes(made.pack.content.replace(b"NGUY", b"NGUX", 1))
    home = tmp_path / "no-home"
    for file, ends in ((good, 0), (bad, 1)):
        done = subprocess.run(
            [sys.executable, "-m", "lienthong.cli", "births", "verify-proof", str(file)],
            env={"PYTHONPATH": str(code.ROOT), "LIENTHONG_HOME": str(home), "PATH": ""},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == ends, done.stderr
        assert ("không bị sửa" in done.stdout) is (ends == 0)
    assert not home.exists()

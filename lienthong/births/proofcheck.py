"""Checks a proof of one child (gói chứng cứ) with nothing but its bytes: no database, no settings, no network. Pure.

What the pack says of itself, it must keep: every byte by the signed manifest, every message by our receipt and by its
sender's signature (`proofsenders`), every paper
and its evidence by the log, every move by the digest in the sealed log, every entry of the log by the chain up to a
signed checkpoint, every card by its seal.
Whose keys they are no pack can say of itself: compare them with published ones, and the checkpoints with a witness.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lienthong.audit import inclusion
from lienthong.audit.canonical import SealedEntry, entry_of
from lienthong.audit.inclusion import Evidence, Segment
from lienthong.audit.witness import Checkpoint, read_line
from lienthong.births import proofpack
from lienthong.births.proofsenders import Senders
from lienthong.cards.seal import verify_text
from lienthong.kernel.dates import vietnam_date

_LEAF_BYTES = 32
_BY_LINE = 2
_KINDS = {"dossier": "dossier.moved", "card": "card.moved"}
_UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
Keys = Mapping[str, Mapping[str, bytes]]
"""Purpose → key id → raw public key."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: a sentence for each thing that does not hold, remarks that are no fault, what else was checked."""

    broken_vi: tuple[str, ...]
    remarks_vi: tuple[str, ...]
    document: dict[str, Any]
    checked_vi: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when everything holds."""
        return not self.broken_vi


def check(
    pack: bytes,
    *,
    keys: Mapping[str, Any] | None = None,
    witness: Sequence[Checkpoint] | None = None,
    sender_keys: Mapping[str, Any] | None = None,
    sent: Sequence[bytes] = (),
) -> Verdict:
    """Check a pack; `keys` as in its `keys.json`, from where they were published, `witness` a witness's own checkpoints.

    `sender_keys` as the `keys` of its `signatures.json`, from the sender himself (dates may be left out); `sent` are
    bodies of batches as sent. Never raises for a pack, whatever it is.
    """
    try:
        members = proofpack.members_of(pack)
        manifest = json.loads(members[proofpack.MANIFEST])
        made_at = datetime.fromisoformat(manifest["made_at"])
        files = {name: str(digest) for name, digest in manifest["files"].items()}
        is_same = proofpack.laid_out(members, at=made_at) == pack
    except proofpack.Unreadable as error:
        return Verdict((str(error),), (), {})
    except _UNREADABLE:
        return Verdict(("Không đọc được bảng kê của gói.",), (), {})
    reader = _Reader(members, vietnam_date(made_at))
    reader.broken += _of_files(members, files)
    if not is_same:
        reader.broken.append("Khung của tệp ZIP đã bị sửa.")
    reader.read_keys(keys)
    senders = Senders(members, trusted=sender_keys, sent=sent)
    for what_vi, part in (
        ("chữ ký của gói", reader.manifest),
        ("thông điệp", reader.messages),
        ("chữ ký của bên gửi", lambda: reader.senders(senders)),
        ("nhật ký", reader.log),
        ("hồ sơ giấy", reader.papers),
        ("quá trình xử lý", reader.moves),
        ("thẻ", reader.cards),
    ):
        reader.run(what_vi, part)
    if witness is not None:
        reader.run("bản chứng", lambda: reader.compare(witness))
    document = {
        "dossier": manifest.get("dossier"),
        "made_at": manifest["made_at"],
        "messages": reader.message_count,
        "moves": reader.move_count,
        "entries": len(reader.entries),
        "deliveries": dict(senders.counts),
        "broken": list(dict.fromkeys(reader.broken)),
        "remarks": reader.remarks,
    }
    checked = tuple(senders.checked_vi())
    return Verdict(tuple(document["broken"]), tuple(reader.remarks), document, checked)


def _of_files(members: Mapping[str, bytes], files: Mapping[str, str]) -> Iterable[str]:
    own = {proofpack.MANIFEST, proofpack.SIGNATURE}
    for name in sorted(set(members) - own - set(files)):
        yield f"Tệp {name} không có trong bảng kê."
    for name, digest in sorted(files.items()):
        if name not in members:
            yield f"Thiếu tệp {name}."
        elif hashlib.sha256(members[name]).hexdigest() != digest:
            yield f"Tệp {name} khác với bảng kê."


class _Reader:
    """One pass over the members; every part adds what does not hold."""

    def __init__(self, members: Mapping[str, bytes], on: date) -> None:
        self._members, self._on = members, on
        self._keys: Keys = {}
        self.broken: list[str] = []
        self.remarks: list[str] = []
        self.entries: dict[int, SealedEntry] = {}
        self.message_count = self.move_count = self._shared_count = 0
        self._segments: tuple[Segment, ...] = ()

    def run(self, what_vi: str, part: Callable[[], None]) -> None:
        """One part; what cannot be read is broken."""
        try:
            part()
        except _UNREADABLE:
            self.broken.append(f"Không đọc được phần {what_vi} của gói.")

    def read_keys(self, trusted: Mapping[str, Any] | None) -> None:
        """The pack's own keys; with published ones at hand, only those count."""
        try:
            own = _keys_of(self._json("keys.json"))
        except _UNREADABLE:
            self.broken.append("Không đọc được khóa công khai của gói.")
            own = {}
        if trusted is None:
            self._keys = own
            self.remarks.append(
                "Khóa công khai lấy từ chính gói; hãy so với khóa do cơ quan BHXH công bố (--keys)."
            )
            return
        try:
            self._keys = _keys_of(trusted)
        except _UNREADABLE:
            self.broken.append("Không đọc được tệp khóa công khai đã cho.")
        for purpose, keys in own.items():
            for key_id in set(keys) - set(self._keys.get(purpose, {})):
                self.remarks.append(f"Khóa {key_id} của gói không có trong tệp khóa công bố.")

    def manifest(self) -> None:
        """That our key signed the list of all files."""
        told = self._json(proofpack.SIGNATURE)
        statement = proofpack.statement_of(self._members[proofpack.MANIFEST])
        if not self._signed("answer", told["key_id"], statement, _bytes(told["signature"])):
            self.broken.append("Chữ ký của bảng kê không đúng.")

    def messages(self) -> None:
        """That each message is the one that its receipt speaks of, and that the receipt is ours."""
        for message in self._json("messages.json"):
            self.message_count += 1
            name = message["message_id"]
            raw = self._members[message["receipt"]]
            receipt = json.loads(raw)["receipt"]
            # Signed is the receipt's own compact text up to its signature.
            signed = raw[len(b'{"receipt":') : raw.rindex(b',"signature":')] + b"}"
            digest = hashlib.sha256(self._members[message["body"]]).hexdigest()
            told = (receipt["message_id"], receipt["sha256"], _instant(receipt["received_at"]))
            if told != (name, digest, _instant(message["received_at"])):
                self.broken.append(f"Biên nhận không phải của thông điệp {name}.")
            if not self._signed("receipt", receipt["key_id"], signed, _bytes(receipt["signature"])):
                self.broken.append(f"Chữ ký của biên nhận thông điệp {name} không đúng.")

    def senders(self, senders: Senders) -> None:
        """That each message that came over the network is one that its sender signed."""
        try:
            senders.read(self._json("messages.json"))
        finally:
            self.broken += senders.broken
            self.remarks += senders.remarks

    def log(self) -> None:
        """That every entry stands in the sealed log where it is said to, up to signed checkpoints."""
        told = self._json("log.json")
        entries = {int(e["id"]): bytes.fromhex(e["bytes"]) for e in told["entries"]}
        places = {int(e["id"]): int(e["seq"]) for e in told["entries"] if e["seq"] is not None}
        self._segments = tuple(
            Segment(
                int(s["after"]),
                bytes.fromhex(s["root"]),
                self._members[s["leaves"]],
                _checkpoint(s["checkpoint"]),
            )
            for s in told["segments"]
        )
        witnessed = tuple(_checkpoint(line) for line in told["witness"])
        evidence = Evidence(entries, places, self._segments, witnessed)
        self.broken += inclusion.faults(evidence, lambda k, m, s: self._signed("audit", k, m, s))
        for entry_id, canonical in entries.items():
            entry = self.entries[entry_id] = entry_of(canonical)
            if entry.id != entry_id:
                self.broken.append(f"Dòng nhật ký {entry_id} mang số khác.")
        unsealed_count = len(entries) - len(places)
        if unsealed_count:
            self.remarks.append(f"{unsealed_count} dòng nhật ký mới nhất chưa kịp niêm phong.")
        if len(witnessed) < len(self._segments):
            self.remarks.append("Bản chứng bên ngoài chưa có đủ các điểm chốt của gói.")

    def papers(self) -> None:
        """That each paper was entered as said, by the log, and that its evidence is what was kept then."""
        told = {
            entry.subject_id: entry
            for entry in self.entries.values()
            if (entry.action, entry.subject_kind) == ("paper.entered", "paper")
        }
        for message in self._json("messages.json"):
            paper = message.get("paper")
            if paper is None:
                continue
            name = message["message_id"]
            entry = told.get(int(paper["id"]))
            if entry is None:
                self.broken.append(f"Nhật ký không có dòng về hồ sơ giấy {name}.")
                continue
            logged = (entry.by, entry.detail.get("reason"), entry.detail.get("scans"))
            if logged != (
                paper["entered_by"],
                paper["reason"],
                [scan["sha256"] for scan in paper["scans"]],
            ):
                self.broken.append(f"Hồ sơ giấy {name} khác với lúc ghi nhật ký.")
            for scan in paper["scans"]:
                body = self._members.get(scan["file"])
                if body is None or hashlib.sha256(body).hexdigest() != scan["sha256"]:
                    self.broken.append(
                        f"Bản quét {scan['place']} của hồ sơ giấy {name} không đúng."
                    )

    def moves(self) -> None:
        """That each move is in what its statement wrote, and this in the log's entry."""
        told = self._json("moves.json")
        batches = {(b["machine"], int(b["batch"])): b for b in told["batches"]}
        for key, batch in batches.items():
            own = [m for m in told["moves"] if (m["machine"], int(m["batch"])) == key]
            self._batch(batch, own)
        for move in told["moves"]:
            self.move_count += 1
            if (move["machine"], int(move["batch"])) not in batches:
                self.broken.append(f"Bước {_named(move)} không có dấu băm nào trong nhật ký.")
        if self._shared_count:
            self.remarks.append(
                f"{self._shared_count} lượt ghi có từ trước, chung với hồ sơ khác: không chứng minh riêng được."
            )

    def _batch(self, batch: Mapping[str, Any], own: Sequence[Mapping[str, Any]]) -> None:
        number = int(batch["batch"])
        entry = self.entries.get(int(batch["entry_id"] or 0))
        if entry is None or (entry.action, entry.detail.get("batch")) != (
            _KINDS[batch["machine"]],
            number,
        ):
            self.broken.append(f"Nhật ký không có dòng về lượt ghi {number}.")
            return
        leaves = self._members[batch["leaves"]]
        texts = [_text_of(move) for move in own]
        if entry.detail.get("form") == _BY_LINE:
            digest = hashlib.sha256(leaves).digest()
        elif len(leaves) == _LEAF_BYTES * len(own):
            digest = hashlib.sha256(b"\n".join(texts)).digest()
        else:
            self._shared_count += 1
            return
        if digest != entry.digest:
            self.broken.append(f"Dấu băm của lượt ghi {number} khác với nhật ký.")
        hashes = {leaves[i : i + _LEAF_BYTES] for i in range(0, len(leaves), _LEAF_BYTES)}
        for move, text in zip(own, texts, strict=True):
            if hashlib.sha256(text).digest() not in hashes:
                self.broken.append(f"Bước {_named(move)} khác với lúc ghi nhật ký.")

    def cards(self) -> None:
        """That each card's seal is ours and says what the pack says, and the request is the one that was approved."""
        for card in self._json("cards.json"):
            code = card["facts"]["code"]
            request = self._members[card["request"]]
            if hashlib.sha256(request).hexdigest() != card["request_sha256"]:
                self.broken.append(f"Yêu cầu của thẻ {code} khác với nội dung đã trình duyệt.")
            for copy in card["copies"]:
                if not self._members[copy["pdf"]].startswith(b"%PDF"):
                    self.broken.append(f"Bản in của thẻ {code} không phải tệp PDF.")
            if card["qr_text"]:
                self._seal(code, card)

    def _seal(self, code: str, card: Mapping[str, Any]) -> None:
        answer = verify_text(card["qr_text"], self._keys.get("card", {}), None, on=self._on)
        facts = card["facts"]
        if answer.facts is None:
            self.broken.append(f"Mã QR của thẻ {code} không đúng: {answer.message_vi}")
        elif {n: str(getattr(answer.facts, n)) for n in facts} != {
            n: str(v) for n, v in facts.items()
        }:
            self.broken.append(f"Mã QR của thẻ {code} nói khác với gói.")

    def compare(self, witness: Sequence[Checkpoint]) -> None:
        """That the witness's own file holds every checkpoint of the pack."""
        for size in inclusion.differing(self._segments, witness):
            self.broken.append(
                f"Bản chứng bên ngoài không có điểm chốt {size}, hoặc giữ điểm khác."
            )

    def _json(self, name: str) -> Any:  # noqa: ANN401 - whatever the pack holds
        return json.loads(self._members[name])

    def _signed(self, purpose: str, key_id: str, message: bytes, signature: bytes) -> bool:
        public = self._keys.get(purpose, {}).get(key_id)
        if public is None:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def _keys_of(told: Mapping[str, Any]) -> Keys:
    return {
        purpose: {key_id: _bytes(public) for key_id, public in keys.items()}
        for purpose, keys in told.items()
    }


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _checkpoint(line: str) -> Checkpoint:
    checkpoint = read_line(line)
    if checkpoint is None:
        raise ValueError
    return checkpoint


def _named(move: Mapping[str, Any]) -> str:
    return f"{move['machine']} {move['subject_id']} → {move['to_state']}"


def _text_of(move: Mapping[str, Any]) -> bytes:
    """The text of one event, as `dossiers_event_text` writes it in the database."""
    at = _instant(move["at"])
    seconds = Decimal(int(at.timestamp())) + Decimal(at.microsecond) / 1_000_000
    reason = str(move["reason"])
    parts = (
        move["id"],
        move["subject_id"],
        f"{seconds:.6f}",
        move["from_state"],
        move["to_state"],
        move["by"],
        len(reason.encode()),
        reason,
    )
    return "|".join(str(part) for part in parts).encode()

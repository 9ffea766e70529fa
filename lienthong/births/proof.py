"""The proof of one child (gói chứng cứ): what we were told, what we did and when, with what an outsider needs to check it.

Every message byte for byte with its sender's signature and our receipt, every paper with its evidence, every move with the digest that the sealed
log holds, the log's entries about the child up to signed checkpoints, the cards as printed. Of other children only hashes leave the house.
"""

import base64
import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import proving, trail
from lienthong.audit.inclusion import Evidence
from lienthong.births import changes, proofpack, receipts, scans, signatures
from lienthong.births import record as records
from lienthong.births.record_lines import CardLine, MessageLine, PaperLine, Record, ScanLine
from lienthong.cards import printing
from lienthong.cards.queries import request_bodies
from lienthong.cards.seal import CardFacts, seal_text
from lienthong.database.scope import acting
from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.kernel.errors import NotAllowed, NotFound

EXPORTED = "proof.export"
_KEYS = (Purpose.RECEIPT, Purpose.CARD, Purpose.AUDIT, Purpose.ANSWER)
_BODIES = "SELECT message_ref, body FROM births_proof_bodies(%s)"
_MOVES = "SELECT machine, batch, entry_id, canonical, leaves FROM births_proof_moves(%s, %s)"
_KEPT = "SELECT id, body_sha256, key_id FROM births_message WHERE id = ANY (%s)"
_DELIVERIES = """
    SELECT message_ref, received_at, channel, peer, encode(sha256, 'hex'), outcome,
           CASE channel WHEN 'http' THEN correlation_id::text END
    FROM births_delivery WHERE message_ref = ANY (%s) ORDER BY id LIMIT 10000
"""


@dataclass(frozen=True, slots=True)
class ProofPack:
    """One pack: its name, which names nobody, its bytes, and whose data are in it."""

    name: str
    content: bytes
    subjects: list[tuple[str, int]]
    sha256: str = field(default="")


def export(by: Actor, key: str, *, at: datetime, on: date) -> ProofPack:
    """The pack of a child by the code of any dossier; that it left the house is logged about each of them.

    Raises NotAllowed without PROOF_EXPORT, NotFound when there is no such child in the actor's area.
    """
    if not by.may(Permission.PROOF_EXPORT):
        raise NotAllowed("Bạn không có quyền xuất gói chứng cứ.", code="PROOF_EXPORT")
    with acting(by, at=at):
        pack = compose(by, key, at=at, on=on)
        ids = [subject_id for kind, subject_id in pack.subjects if kind == "dossier"]
        detail = {"sha256": pack.sha256}
        trail.record_each(
            by, EXPORTED, at=at, subject_kind="dossier", subject_ids=ids, detail=detail
        )
    return pack


def compose(by: Actor, key: str, *, at: datetime, on: date) -> ProofPack:
    """The pack as of now, the same to the byte for the same content and instant; writes nothing."""
    record = records.record(by, key, on=on)
    files: dict[str, bytes] = {}
    entries = proving.entries_about(by, record.subjects)
    _put_messages(files, record)
    _put_scans(files, record)
    entries |= _put_moves(files, record)
    _put_cards(files, record, by)
    _put_log(files, proving.evidence_for(by, entries))
    keyring: Keyring = settings.KEYRING
    files["keys.json"] = proofpack.json_bytes(_public_keys(keyring))
    files["tom-tat.txt"] = _summary(record, at).encode()
    about = {"dossier": record.dossiers[0].code, "made_by": by.label}
    manifest = proofpack.packed(files, about, at=at)
    signed = keyring.sign(Purpose.ANSWER, proofpack.statement_of(manifest), at=at)
    files[proofpack.MANIFEST] = manifest
    files[proofpack.SIGNATURE] = proofpack.signature_file(signed.key_id, signed.value)
    content = proofpack.laid_out(files, at=at)
    name = f"chung-cu-{record.dossiers[0].code}.zip"
    return ProofPack(name, content, record.subjects, hashlib.sha256(content).hexdigest())


def _put_messages(files: dict[str, bytes], record: Record) -> None:
    refs = [message.id for message in record.messages]
    with connection.cursor() as cursor:
        cursor.execute(_BODIES, [[dossier.id for dossier in record.dossiers]])
        bodies = {row[0]: bytes(row[1]) for row in cursor.fetchall()}
        cursor.execute(_KEPT, [refs])
        kept = {row[0]: (bytes(row[1]), str(row[2])) for row in cursor.fetchall()}
        cursor.execute(_DELIVERIES, [refs])
        deliveries = cursor.fetchall()
    told = []
    for number, message in enumerate(record.messages, start=1):
        digest, key_id = kept[message.id]
        body, receipt = f"messages/{number:03}.json", f"messages/{number:03}.receipt.json"
        files[body] = bodies[message.id]
        files[receipt] = receipts.receipt(message.message_id, digest, message.received_at, key_id)
        told.append(
            _message(message, body, receipt, [d[1:] for d in deliveries if d[0] == message.id])
        )
    files["messages.json"] = proofpack.json_bytes(told)
    calls = {str(delivery[-1]) for delivery in deliveries if delivery[-1] is not None}
    signatures.put(files, [dossier.id for dossier in record.dossiers], sorted(calls))


def _message(
    message: MessageLine, body: str, receipt: str, deliveries: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    names = ("received_at", "channel", "peer", "sha256", "outcome", "call")
    return {
        "message_id": message.message_id,
        "source": message.source,
        "kind": message.kind,
        "version": message.version,
        "received_at": _instant(message.received_at),
        "judged_at": _instant(message.judged_at),
        "state": message.state,
        "code": message.code,
        "body": body,
        "receipt": receipt,
        "paper": None if message.paper is None else _paper(message, message.paper),
        "deliveries": [
            {
                n: _instant(v) if isinstance(v, datetime) else v
                for n, v in zip(names, d, strict=True)
            }
            for d in deliveries
        ],
    }


def _put_scans(files: dict[str, bytes], record: Record) -> None:
    """The evidence of every paper; a file that is gone or was changed is left out, and missed when the pack is checked."""
    found = [message.paper for message in record.messages if message.paper is not None]
    for paper, scan in ((each, scan) for each in found for scan in each.scans):
        with contextlib.suppress(NotFound):
            files[_scan_file(paper.id, scan)] = scans.read(scan.name, bytes.fromhex(scan.sha256))


def _scan_file(paper_id: int, scan: ScanLine) -> str:
    return f"papers/{paper_id}.{scan.place}.{scans.SUFFIXES[scan.form]}"


def _paper(message: MessageLine, paper: PaperLine) -> dict[str, Any]:
    return {
        "id": paper.id,
        "reason": paper.reason,
        "kind": paper.kind,
        "note": paper.note,
        "number": message.paper_no,
        "entered_by": paper.entered_by,
        "entered_at": _instant(paper.entered_at),
        "scans": [
            {"place": scan.place, "sha256": scan.sha256, "file": _scan_file(paper.id, scan)}
            for scan in paper.scans
        ],
    }


def _put_moves(files: dict[str, bytes], record: Record) -> dict[int, bytes]:
    """The child's moves, and for each statement the hashes of all it moved; the log's entries about them."""
    with connection.cursor() as cursor:
        dossiers = [dossier.id for dossier in record.dossiers]
        cursor.execute(_MOVES, [dossiers, [card.id for card in record.cards]])
        rows = cursor.fetchall()
    batches, entries = [], {}
    for machine, batch, entry_id, canonical, leaves in rows:
        name = f"moves/{batch}.leaves"
        files[name] = bytes(leaves)
        batches.append({"machine": machine, "batch": batch, "entry_id": entry_id, "leaves": name})
        if entry_id is not None:
            entries[int(entry_id)] = bytes(canonical)
    moves = [{**asdict(move), "at": _instant(move.at)} for move in record.moves]
    files["moves.json"] = proofpack.json_bytes({"moves": moves, "batches": batches})
    return entries


def _put_cards(files: dict[str, bytes], record: Record, by: Actor) -> None:
    bodies = request_bodies(by, [card.id for card in record.cards])
    told = []
    for card in record.cards:
        request = f"cards/{card.id}.request.json"
        files[request] = bodies[card.id]
        copies = []
        for copy in card.copies:
            name = f"cards/{card.id}.{copy.copy_number}.pdf"
            files[name] = printing.copy_pdf(copy.run_id, card.id, by=by)
            copies.append({"copy_number": copy.copy_number, "run": copy.run_number, "pdf": name})
        told.append(_card(card, request, copies))
    files["cards.json"] = proofpack.json_bytes(told)


def _card(card: CardLine, request: str, copies: list[dict[str, Any]]) -> dict[str, Any]:
    facts = CardFacts(
        code=card.code,
        full_name=card.full_name,
        birth_date=card.born_on,
        sex=card.sex,
        valid_from=card.valid_from,
        valid_to=card.valid_to,
        facility_code=card.facility_code,
        version=card.version,
    )
    sealed_at = card.copies[-1].at if card.copies else card.approved_at
    qr_text = "" if sealed_at is None else seal_text(facts, settings.KEYRING, at=sealed_at)
    return {
        "id": card.id,
        "status": card.status,
        "facts": {n: v.isoformat() if isinstance(v, date) else v for n, v in asdict(facts).items()},
        "qr_text": qr_text,
        "request": request,
        "request_sha256": card.request_sha256,
        "requested_by": card.requested_by,
        "requested_at": _instant(card.requested_at),
        "approved_by": card.approved_by,
        "approved_at": _instant(card.approved_at),
        "handed_at": _instant(card.handed_at),
        "copies": copies,
    }


def _put_log(files: dict[str, bytes], evidence: Evidence) -> None:
    segments = []
    for segment in evidence.segments:
        name = f"log/{segment.checkpoint.size}.leaves"
        files[name] = segment.leaves
        segments.append(
            {
                "after": segment.after,
                "root": segment.root.hex(),
                "leaves": name,
                "checkpoint": segment.checkpoint.as_line(),
            }
        )
    told = {
        "entries": [
            {"id": entry_id, "seq": evidence.places.get(entry_id), "bytes": canonical.hex()}
            for entry_id, canonical in sorted(evidence.entries.items())
        ],
        "segments": segments,
        "witness": [checkpoint.as_line() for checkpoint in evidence.witnessed],
    }
    files["log.json"] = proofpack.json_bytes(told)


def _public_keys(keyring: Keyring) -> dict[str, dict[str, str]]:
    return {
        str(purpose): {
            key_id: base64.b64encode(public).decode("ascii")
            for key_id, public in keyring.public_keys(purpose).items()
        }
        for purpose in _KEYS
    }


def _summary(record: Record, at: datetime) -> str:
    """The pack in words, for a person without a program."""
    child = record.child
    told: Iterable[str] = (
        f"{_clock(change.at)}  {change.what_vi}{f' – {change.about}' if change.about else ''}"
        f"  ({change.by}){f': {change.note}' if change.note else ''}"
        for change in reversed(changes.changes_of(record))
    )
    head = [
        "GÓI CHỨNG CỨ CỦA MỘT TRẺ",
        f"Lập lúc {_clock(at)}",
        f"Trẻ: {child.full_name}, sinh ngày {day_first(child.born_on)}" if child else "",
        *(f"Hồ sơ {each.code}: {each.state_vi}" for each in record.dossiers),
        *(f"Thẻ {each.code}: {each.status_vi}" for each in record.cards),
        "",
        "Kiểm tra không cần mạng: lienthong births verify-proof TỆP.zip",
        "Tệp log.json chỉ có mã băm của dữ liệu thuộc về người khác.",
        "",
        "QUÁ TRÌNH",
    ]
    return "\n".join([*head, *told]) + "\n"


def _clock(at: datetime) -> str:
    local = at.astimezone(VIETNAM)
    return f"{local:%H:%M:%S} {day_first(local.date())}"


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(VIETNAM).isoformat(timespec="microseconds")

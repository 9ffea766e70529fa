"""Verifies the sealed log against itself, the signing keys and the witnesses; `lienthong verify` calls it.

Trusts neither triggers nor functions of the database: entries are hashed here. Reads everything, writes nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg import Cursor, sql

from lienthong.audit import chain, sealing
from lienthong.audit.witness import Checkpoint, Witness
from lienthong.database import invariants
from lienthong.database.invariants import Breach
from lienthong.gateways.keyring import Keyring, Purpose

INVARIANTS = Path(__file__).with_name("invariants")
"""The folder of this app's SQL invariants."""

_BLOCK = 20_000
_MOST_OF_A_KIND = 100
_BEFORE_ALL = Checkpoint(0, chain.GENESIS, b"", chain.SQL_EPOCH, "", b"")
_SealedRow = tuple[int, int, bytes, bytes | None, bytes | None]

_SEALED = sql.SQL("""
    SELECT leaf.seq, leaf.entry_id, leaf.leaf, timestamptz_send(entry.at),
           CASE WHEN entry.id IS NOT NULL THEN {canonical} END
    FROM audit_leaf AS leaf
    LEFT JOIN audit_entry AS entry ON entry.id = leaf.entry_id
    WHERE leaf.seq > %s AND leaf.seq <= %s
    ORDER BY leaf.seq
""").format(canonical=chain.CANONICAL)
_BEYOND = """
    SELECT count(*), min(seq) FROM audit_leaf
    WHERE seq > (SELECT coalesce(max(size), 0) FROM audit_checkpoint)
"""
_UNSEALED = """
    SELECT entry.id FROM audit_entry AS entry
    WHERE entry.at < clock_timestamp() - interval '60 seconds'
      AND NOT EXISTS (SELECT 1 FROM audit_leaf AS sealed WHERE sealed.entry_id = entry.id)
    ORDER BY entry.id LIMIT 100
"""
_UNWITNESSED = "SELECT clock_timestamp() - interval '60 seconds'"

_SENTENCES = {
    "missing": "Dòng nhật ký đã niêm phong không còn trong cơ sở dữ liệu.",
    "changed": "Nội dung dòng nhật ký khác với lúc niêm phong.",
    "gap": "Chuỗi niêm phong bị đứt quãng ở số thứ tự này.",
    "root": "Gốc của chuỗi niêm phong không khớp với điểm chốt.",
    "prev": "Điểm chốt không nối tiếp điểm chốt liền trước.",
    "signature": "Chữ ký của điểm chốt không đúng.",
    "beyond": "Có dòng niêm phong nằm ngoài mọi điểm chốt.",
    "cut": "Bản chứng bên ngoài giữ một điểm chốt mà cơ sở dữ liệu không còn: nhật ký đã bị cắt bớt.",
    "rewritten": "Điểm chốt khác với bản chứng bên ngoài: nhật ký đã bị viết lại.",
    "unwitnessed": "Bản chứng bên ngoài thiếu điểm chốt này.",
    "unsealed": "Dòng nhật ký đã quá 60 giây mà chưa được niêm phong.",
    "time": "Thời điểm của dòng nhật ký nằm ngoài khoảng giữa hai lần niêm phong.",
}
_NAMES = {"time": "INV-37"}


@dataclass(slots=True)
class _Findings:
    """Collected breaches, at most a hundred of a kind, so that a ruined log does not fill the memory."""

    breaches: list[Breach] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, subject: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= _MOST_OF_A_KIND:
            self.breaches.append(Breach(_NAMES.get(kind, "INV-35"), subject, _SENTENCES[kind]))


def verify(folders: Iterable[Path] = ()) -> list[Breach]:
    """Every breach of the SQL invariants of these folders and of the audit log's own; [] when all is well.

    Uses the keyring and the witnesses of the settings. Reads the whole log, at 50,000 entries a second or more.
    """
    broken = invariants.run_all(connection, [INVARIANTS, *folders])
    return broken + verify_log(settings.KEYRING, sealing.witnesses())


def verify_log(keyring: Keyring, witnesses: Sequence[Witness]) -> list[Breach]:
    """Every breach of INV-35 and INV-37 in the sealed log, at most a hundred of a kind."""
    found = _Findings()
    # Witnesses first: what they hold was committed before, so the database must still have it.
    witnessed = [(witness, list(witness.checkpoints())) for witness in witnesses]
    kept = sealing.checkpoints()
    _check_signatures(kept, keyring, found)
    _Walk(found).over(kept)
    _check_tail(found)
    for witness, told in witnessed:
        _check_witness(witness, told, kept, found)
    return found.breaches


class _Walk:
    """One pass over the leaves in order, closing each checkpoint where it ends."""

    def __init__(self, found: _Findings) -> None:
        self._found = found
        self._seq = 0
        self._root = chain.GENESIS

    def over(self, kept: Sequence[Checkpoint]) -> None:
        """Check every leaf up to the last checkpoint, and every checkpoint's root and predecessor."""
        if not kept:
            return
        connection.ensure_connection()
        prev, place = _BEFORE_ALL, 0
        with Cursor(connection.connection) as cursor:
            for after in range(0, kept[-1].size, _BLOCK):
                until = min(after + _BLOCK, kept[-1].size)
                cursor.execute(_SEALED, [after, until], binary=True)
                rows = cursor.fetchall()
                start = 0
                while place < len(kept):
                    checkpoint = kept[place]
                    end = bisect_right(rows, checkpoint.size, lo=start, key=itemgetter(0))
                    self._check_leaves(rows[start:end], prev, checkpoint)
                    if checkpoint.size > until:
                        break
                    self._close(prev, checkpoint)
                    prev, place, start = checkpoint, place + 1, end

    def _check_leaves(
        self, rows: Sequence[_SealedRow], prev: Checkpoint, checkpoint: Checkpoint
    ) -> None:
        expected, root, add = self._seq, self._root, self._found.add
        leaf_of = chain.leaf_of
        earliest = chain.micros(prev.at - sealing.EARLIEST)
        latest = chain.micros(checkpoint.at + sealing.LATEST)
        leaves: list[bytes] = []
        for seq, entry_id, leaf, at, canonical in rows:
            expected += 1
            if seq != expected:
                add("gap", f"audit_leaf:{expected}")
                expected = seq
            if canonical is None or at is None:
                add("missing", f"audit_entry:{entry_id}")
            elif leaf_of(canonical) != leaf:
                add("changed", f"audit_entry:{entry_id}")
            elif not earliest <= int.from_bytes(at, "big", signed=True) <= latest:
                add("time", f"audit_entry:{entry_id}")
            leaves.append(leaf)
        self._seq, self._root = expected, chain.extended(root, leaves)

    def _close(self, prev: Checkpoint, checkpoint: Checkpoint) -> None:
        if self._seq != checkpoint.size:
            self._found.add("gap", f"audit_leaf:{self._seq + 1}")
        if chain.stamped(self._root, checkpoint.at) != checkpoint.root:
            self._found.add("root", f"audit_checkpoint:{checkpoint.size}")
        if checkpoint.prev != prev.root:
            self._found.add("prev", f"audit_checkpoint:{checkpoint.size}")
        # Go on from what is signed, so that one fault is reported once.
        self._seq, self._root = checkpoint.size, checkpoint.root


def _check_signatures(kept: Iterable[Checkpoint], keyring: Keyring, found: _Findings) -> None:
    for checkpoint in kept:
        signed = chain.statement_of(checkpoint.size, checkpoint.root)
        if not keyring.verify(Purpose.AUDIT, checkpoint.key_id, signed, checkpoint.signature):
            found.add("signature", f"audit_checkpoint:{checkpoint.size}")


def _check_tail(found: _Findings) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BEYOND)
        beyond_count, first = cursor.fetchone()
        if beyond_count:
            found.add("beyond", f"audit_leaf:{first}")
        cursor.execute(_UNSEALED)
        for (entry_id,) in cursor.fetchall():
            found.add("unsealed", f"audit_entry:{entry_id}")


def _check_witness(
    witness: Witness, told: Sequence[Checkpoint], kept: Sequence[Checkpoint], found: _Findings
) -> None:
    """What the witness was told and what the database holds must be the same, but for the last minute's."""
    held = {checkpoint.size: checkpoint for checkpoint in kept}
    for checkpoint in told:
        subject = f"{witness.path.name}:{checkpoint.size}"
        if checkpoint.size not in held:
            found.add("cut", subject)
        elif held[checkpoint.size] != checkpoint:
            found.add("rewritten", subject)
    with connection.cursor() as cursor:
        cursor.execute(_UNWITNESSED)
        a_minute_ago = cursor.fetchone()[0]
    sizes = {checkpoint.size for checkpoint in told}
    for checkpoint in kept:
        if checkpoint.size not in sizes and checkpoint.at < a_minute_ago:
            found.add("unwitnessed", f"{witness.path.name}:{checkpoint.size}")

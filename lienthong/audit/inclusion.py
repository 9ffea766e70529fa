"""Checks, without a database, that entries stand in a sealed log: leaves, chain, signatures of checkpoints, witness. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lienthong.audit import chain
from lienthong.audit.witness import Checkpoint

_LEAF_BYTES = 32
Verify = Callable[[str, bytes, bytes], bool]
"""Key id, message, signature: whether a key of the log signed it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The leaves between two checkpoints: `after` and `root` are those of the first, `leaves` 32 bytes each."""

    after: int
    root: bytes
    leaves: bytes
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Evidence:
    """Entries by id with their bytes, their places in the sealed order (none yet: not sealed), and what closes them."""

    entries: dict[int, bytes]
    places: dict[int, int]
    segments: tuple[Segment, ...]
    witnessed: tuple[Checkpoint, ...]


def faults(evidence: Evidence, verify: Verify) -> list[str]:
    """A Vietnamese sentence for each thing that does not hold; none when every placed entry is where it is said to be."""
    found: list[str] = []
    for segment in evidence.segments:
        found += _of_segment(segment, verify)
    found += _of_places(evidence.entries, evidence.places, evidence.segments)
    held = {each.checkpoint.size: each.checkpoint for each in evidence.segments}
    found += [
        f"Điểm chốt {each.size} khác với bản chứng bên ngoài."
        for each in evidence.witnessed
        if held.get(each.size) != each
    ]
    return found


def differing(segments: Sequence[Segment], witnessed: Sequence[Checkpoint]) -> list[int]:
    """The sizes of the checkpoints that a witness's own file does not hold, or holds otherwise."""
    held = {each.size: each for each in witnessed}
    return [s.checkpoint.size for s in segments if held.get(s.checkpoint.size) != s.checkpoint]


def _of_segment(segment: Segment, verify: Verify) -> list[str]:
    checkpoint, found = segment.checkpoint, []
    leaves = _split(segment.leaves)
    if len(segment.leaves) != _LEAF_BYTES * (checkpoint.size - segment.after):
        found.append(f"Đoạn nhật ký trước điểm chốt {checkpoint.size} thiếu hoặc thừa dòng.")
    root = chain.stamped(chain.extended(segment.root, leaves), checkpoint.at)
    if root != checkpoint.root or checkpoint.prev != segment.root:
        found.append(f"Chuỗi băm trước điểm chốt {checkpoint.size} không dẫn đến gốc đã ký.")
    statement = chain.statement_of(checkpoint.size, checkpoint.root)
    if not verify(checkpoint.key_id, statement, checkpoint.signature):
        found.append(f"Chữ ký của điểm chốt {checkpoint.size} không đúng.")
    return found


def _of_places(
    entries: Mapping[int, bytes], places: Mapping[int, int], segments: Sequence[Segment]
) -> list[str]:
    found = []
    for entry_id, seq in places.items():
        segment = next((s for s in segments if s.after < seq <= s.checkpoint.size), None)
        canonical = entries.get(entry_id)
        if segment is None or canonical is None:
            found.append(f"Dòng nhật ký {entry_id} không nằm trong đoạn niêm phong nào của gói.")
            continue
        start = _LEAF_BYTES * (seq - segment.after - 1)
        if chain.leaf_of(canonical) != segment.leaves[start : start + _LEAF_BYTES]:
            found.append(f"Nội dung dòng nhật ký {entry_id} khác với lúc niêm phong.")
    return found


def _split(leaves: bytes) -> list[bytes]:
    return [leaves[i : i + _LEAF_BYTES] for i in range(0, len(leaves), _LEAF_BYTES)]

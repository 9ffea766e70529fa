"""Witnesses: append-only files outside the database that keep each checkpoint.

Only they show a truncated log, or one rewritten by somebody who holds the signing key. Keep at least one where
the database's administrator cannot write: another machine's mount, a disk that writes once.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_MODE = 0o600
_TAIL = 65_536


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The signed state of the log after its first `size` leaves. `at` is the database's instant of sealing."""

    size: int
    root: bytes
    prev: bytes
    at: datetime
    key_id: str
    signature: bytes

    def as_line(self) -> str:
        """One JSON line, as a witness keeps it."""
        return json.dumps(
            {
                "size": self.size,
                "root": self.root.hex(),
                "prev": self.prev.hex(),
                "at": self.at.isoformat(),
                "key_id": self.key_id,
                "signature": self.signature.hex(),
            }
        )


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness file. A line cut short by a power failure is passed over: it is written again whole."""

    path: Path

    def checkpoints(self) -> Iterator[Checkpoint]:
        """Every checkpoint the file holds, in its order; none when there is no file."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                checkpoint = read_line(line)
                if checkpoint is not None:
                    yield checkpoint

    def last_size(self) -> int:
        """The size of the last checkpoint kept; 0 for none."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
        kept = (read_line(line) for line in reversed(lines))
        return next((checkpoint.size for checkpoint in kept if checkpoint is not None), 0)

    def append(self, checkpoints: Sequence[Checkpoint]) -> int:
        """Keep those larger than the last one kept, on disk when it returns; how many. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, _MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            last = self.last_size()
            unkept = [checkpoint for checkpoint in checkpoints if checkpoint.size > last]
            if unkept:
                lines = "".join(f"{checkpoint.as_line()}\n" for checkpoint in unkept)
                os.write(descriptor, (self._end_of_torn_line() + lines).encode())
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(self.path.parent)
        return len(unkept)

    def _end_of_torn_line(self) -> str:
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return ""
            file.seek(-1, os.SEEK_END)
            return "" if file.read(1) == b"\n" else "\n"


def read_line(line: str) -> Checkpoint | None:
    """The checkpoint of one line; None for a line that is none."""
    try:
        fields = json.loads(line)
        return Checkpoint(
            size=int(fields["size"]),
            root=bytes.fromhex(fields["root"]),
            prev=bytes.fromhex(fields["prev"]),
            at=datetime.fromisoformat(fields["at"]),
            key_id=str(fields["key_id"]),
            signature=bytes.fromhex(fields["signature"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

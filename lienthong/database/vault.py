"""The folder where backups lie: for each base copy a folder of encrypted files and a manifest that vouches for each.

    DIR/20261124T020000Z-1f0c2d/manifest.json · base.tar.gz.age · files-….tar.gz.age · wal/….gz.age

The manifest is authenticated by a key made from the key file of the installation: who can write to the folder, and has
only the recipients' public keys, cannot put a copy of his own there. Reading needs an identity; checking does not.
"""

import errno
import fcntl
import gzip
import hashlib
import hmac
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from lienthong.gateways.agefile import Identity, Reader, Writer
from lienthong.kernel.errors import Refused, Unavailable

Fill = Callable[[IO[bytes]], None]
"""Writes the plain content of a file."""
BASE: Final = "base.tar.gz.age"
_MANIFEST = "manifest.json"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
_FORMAT = "lienthong-backup-1"
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_PIECE = 1024 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when there is no room, or no more of it for us."""
_QUICKLY = 1
"""The level of compression: more would cost more than the disk it saves."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One base copy: when it ended, up to which instant its log reaches, and its files with digest and size."""

    name: str
    ended_at: datetime
    reaches: datetime
    facts: Mapping[str, Any]
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def wal(self) -> dict[str, str]:
        """The pieces of the log: the name of PostgreSQL's own file → the encrypted file; a whole one wins over a part."""
        parts = [name for name in self.files if name.startswith("wal/")]
        whole = {name.split("/")[1].split(".gz")[0]: name for name in parts if ".part." not in name}
        partial = {name.split("/")[1].split(".")[0]: name for name in parts if ".part." in name}
        return {**partial, **whole}

    def holds(self, at: datetime) -> bool:
        """True when that instant can be restored from this copy."""
        return self.ended_at <= at <= self.reaches


@dataclass(frozen=True, slots=True)
class Vault:
    """One folder of backups, the secret that authenticates its manifests, and the recipients of its files."""

    folder: Path
    secret: bytes
    recipients: tuple[str, ...] = ()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time writes here; what it leaves unfinished goes, when it ends and when it begins.

        Raises Unavailable: E-BACKUP-BUSY while another does, E-BACKUP-SPACE when the disk is full.
        """
        self.folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sweep()
            try:
                yield
            finally:
                self._sweep()
        except BlockingIOError as error:
            raise Unavailable("Một lần sao lưu khác đang chạy.", code="E-BACKUP-BUSY") from error
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise Unavailable(
                f"Đĩa chứa bản sao lưu đã đầy ({self.folder}); bản dở dang đã được xóa. Hãy dành thêm chỗ, hoặc giảm "
                "--keep.",
                code="E-BACKUP-SPACE",
            ) from error
        finally:
            os.close(lock)

    def copies(self) -> list[Copy]:
        """Every base copy, oldest first. Raises Refused (E-BACKUP-BROKEN) for a manifest that does not vouch."""
        if not self.folder.is_dir():
            return []
        found = [self._read(path.parent) for path in self.folder.glob(f"*/{_MANIFEST}")]
        return sorted(found, key=lambda copy: copy.ended_at)

    def put(self, copy: Copy, name: str, fill: Fill) -> Copy:
        """The copy with one file more, compressed, encrypted and on disk; the manifest does not know it yet."""
        place = self.folder / copy.name / name
        place.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.new")
        with draft.open("wb") as file:
            draft.chmod(_PRIVATE_FILE)
            hashed = _Hashed(file)
            writer = Writer(cast("IO[bytes]", hashed), self.recipients)
            with gzip.GzipFile(
                fileobj=writer, mode="wb", compresslevel=_QUICKLY, mtime=0
            ) as packed:
                fill(cast("IO[bytes]", packed))
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
        _sync(place.parent)
        return replace(copy, files={**copy.files, name: (hashed.digest.hexdigest(), hashed.size)})

    def share(self, giver: Copy, name: str, taker: Copy) -> Copy:
        """`taker` with a file that `giver` has already: the same bytes, a copy of its own."""
        place = self.folder / taker.name / name
        place.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        shutil.copyfile(self.folder / giver.name / name, place)
        place.chmod(_PRIVATE_FILE)
        _sync(place)
        _sync(place.parent)
        return replace(taker, files={**taker.files, name: giver.files[name]})

    def drop(self, copy: Copy, name: str) -> Copy:
        """The copy without that file; the file itself goes when the manifest is written."""
        return replace(copy, files={k: v for k, v in copy.files.items() if k != name})

    def note(self, copy: Copy) -> None:
        """Write the manifest in one move, then take away files that it does not name."""
        folder = self.folder / copy.name
        document = {
            "format": _FORMAT,
            "name": copy.name,
            "ended_at": copy.ended_at.isoformat(),
            "reaches": copy.reaches.isoformat(),
            "facts": dict(copy.facts),
            "files": {name: list(facts) for name, facts in sorted(copy.files.items())},
        }
        draft = folder / f".{_MANIFEST}.new"
        text = json.dumps({**document, "mac": self._mac(document)}, indent=1)
        with draft.open("w", encoding="utf-8") as file:
            draft.chmod(_PRIVATE_FILE)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / _MANIFEST)
        _sync(folder)
        for path in [*folder.glob("*.age"), *folder.glob("wal/*.age")]:
            if str(path.relative_to(folder)) not in copy.files:
                path.unlink()

    def keep(self, count: int) -> list[str]:
        """Take the oldest base copies away until `count` are left; the names of those that went."""
        gone = self.copies()[:-count] if count else []
        for copy in gone:
            # The manifest first: what is left of a killed deletion is no copy.
            (self.folder / copy.name / _MANIFEST).unlink()
            shutil.rmtree(self.folder / copy.name)
        return [copy.name for copy in gone]

    @contextmanager
    def opened(self, copy: Copy, name: str, identity: Identity) -> Iterator[IO[bytes]]:
        """The plain bytes of one file. Raises Refused (E-BACKUP-BROKEN, E-BACKUP-IDENTITY), while reading too."""
        with (self.folder / copy.name / name).open("rb") as file:
            plain = io.BufferedReader(Reader(file, identity), _PIECE)
            try:
                with gzip.GzipFile(fileobj=plain, mode="rb") as unpacked:
                    yield cast("IO[bytes]", unpacked)
            except (gzip.BadGzipFile, EOFError) as error:
                raise broken(f"{copy.name}/{name}") from error

    def check(self, copy: Copy, identity: Identity | None = None) -> int:
        """Every file is there and as it was written, digest and size; with an identity it is opened to its end too.

        The bytes read. Raises Refused (E-BACKUP-BROKEN) with the name of the first file that is not.
        """
        total = 0
        for name, (digest, size) in copy.files.items():
            found, count = _digest(self.folder / copy.name / name)
            if (found, count) != (digest, size):
                raise broken(f"{copy.name}/{name}")
            total += count
            if identity is not None:
                with self.opened(copy, name, identity) as file:
                    while file.read(_PIECE):
                        pass
        return total

    def _sweep(self) -> None:
        """Take away what attempts left that did not come to their end: a whole copy of the database each."""
        for folder in self.folder.iterdir():
            if _NAME.fullmatch(folder.name) and not (folder / _MANIFEST).exists():
                shutil.rmtree(folder)
        for draft in [*self.folder.glob("*/.*.new"), *self.folder.glob("*/wal/.*.new")]:
            draft.unlink()

    def _read(self, folder: Path) -> Copy:
        try:
            document = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            said = str(document.pop("mac"))
            if not hmac.compare_digest(said, self._mac(document)):
                raise Refused(
                    f"Bản kê của {folder.name} không do hệ thống này lập, hoặc đã bị sửa. Bản sao lưu chỉ đọc được cùng "
                    "tệp khóa của hệ thống đã sao lưu (LIENTHONG_SECRET_FILE).",
                    code="E-BACKUP-BROKEN",
                )
            if document["format"] != _FORMAT or document["name"] != folder.name:
                raise broken(folder.name)
            return Copy(
                document["name"],
                datetime.fromisoformat(document["ended_at"]),
                datetime.fromisoformat(document["reaches"]),
                document["facts"],
                {name: (digest, size) for name, (digest, size) in document["files"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise broken(f"{folder.name}/{_MANIFEST}") from error

    def _mac(self, document: Mapping[str, Any]) -> str:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        key = hmac.new(self.secret, b"backup manifest", hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class _Hashed(io.RawIOBase):
    """Passes bytes on and knows their digest."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - any buffer
        self.digest.update(data)
        self._file.write(data)
        self.size += len(data)
        return len(data)


def broken(what: str) -> Refused:
    """The refusal of a file that is not as it was written."""
    return Refused(f"Bản sao lưu bị hỏng hoặc bị sửa: {what}.", code="E-BACKUP-BROKEN")


def _digest(path: Path) -> tuple[str, int]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return digest, file.tell()
    except OSError:
        return "", -1


def _sync(place: Path) -> None:
    """A file's content, or a folder's names, on disk: the log's own copy is deleted next."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Backups of the embedded server: a base copy while it runs, then its log, piece by piece, so that any second can be restored.

A slot makes the server keep what was not fetched yet. Nothing plain is written outside the server's own folder.
"""

import hashlib
import secrets
import shutil
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import IO, Any, LiteralString

import psycopg

from lienthong.database.cluster import Cluster
from lienthong.database.vault import BASE, Copy, Fill, Vault
from lienthong.kernel.errors import Refused

_LONG = 24 * 3600.0
_SEGMENT_LETTERS = 24
_SLOT = "SELECT coalesce(wal_status, '') FROM pg_replication_slots WHERE slot_name = %s"
_MAKE_SLOT = "SELECT pg_create_physical_replication_slot(%s, true)"
_DROP_SLOT = "SELECT pg_drop_replication_slot(%s)"
# A commit after the instant read before it: whatever is restored up to that instant finds its end in the log.
_MARK = "SELECT pg_logical_emit_message(true, 'lienthong.backup', '')"
_NOW = "SELECT clock_timestamp()"
_HERE = "SELECT pg_current_wal_flush_lsn()::text"
_TIMELINE = "SELECT timeline_id, (SELECT system_identifier::text FROM pg_control_system()) FROM pg_control_checkpoint()"
_WHERE = "SELECT pg_walfile_name(pg_current_wal_lsn())"


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: the server, and folders of files beside it (name → folder)."""

    cluster: Cluster
    folders: Mapping[str, Path]


def take(source: Source, vault: Vault, *, keep: int = 0) -> Copy:
    """A new base copy, with the log up to its end and all files beside it; older ones beyond `keep` go (0: none).

    The copy before gets its log up to the same instant, so that no second between the two is missing.
    """
    with vault.alone():
        before = vault.copies()[-1:]
        slot = _Slot.of(source.cluster, vault)
        if not slot.is_good():
            slot.renew()
            before = []
        began = _query(source.cluster, _NOW)[0]
        timeline, system = _query(source.cluster, _TIMELINE)
        name = f"{began.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        facts = {"timeline": timeline, "system": system, "server": source.cluster.binaries.major}
        copy = vault.put(
            Copy(name, began, began, facts), BASE, lambda sink: _copy_base(source, sink)
        )
        ended = _query(source.cluster, _NOW)[0]
        copy = replace(copy, ended_at=ended, reaches=ended)
        *_, copy = _fetch(source, vault, slot, [*before, copy])
        vault.keep(keep)
    return copy


def follow(source: Source, vault: Vault) -> Copy:
    """The newest copy with the log up to now, and the files that have come since.

    Raises Refused (E-BACKUP-BASE) when there is no base copy to follow, or its log was lost: then take a new one.
    """
    with vault.alone():
        newest = vault.copies()[-1:]
        slot = _Slot.of(source.cluster, vault)
        system = _query(source.cluster, _TIMELINE)[1] if newest else ""
        if not newest or not slot.is_good() or newest[0].facts["system"] != system:
            raise Refused(
                "Chưa có bản sao gốc để nối tiếp, hoặc nhật ký từ bản đó đã mất. Hãy chạy lại lienthong backup, "
                "không kèm --wal.",
                code="E-BACKUP-BASE",
            )
        return _fetch(source, vault, slot, newest)[-1]


@dataclass(frozen=True, slots=True)
class _Slot:
    """What the server keeps for one vault, and where fetched pieces lie until they are encrypted."""

    cluster: Cluster
    name: str

    @classmethod
    def of(cls, cluster: Cluster, vault: Vault) -> "_Slot":
        digest = hashlib.sha256(str(vault.folder.resolve()).encode()).hexdigest()[:12]
        return cls(cluster, f"lienthong_backup_{digest}")

    @property
    def spool(self) -> Path:
        return self.cluster.base / "backup" / self.name

    @property
    def stored(self) -> Path:
        """The names of files that the newest copy has already."""
        return self.cluster.base / "backup" / f"{self.name}.files"

    def is_good(self) -> bool:
        with _connect(self.cluster) as connection:
            found = connection.execute(_SLOT, [self.name]).fetchone()
        return found is not None and found[0] not in {"lost", "unreserved"}

    def renew(self) -> None:
        with _connect(self.cluster) as connection:
            if connection.execute(_SLOT, [self.name]).fetchone() is not None:
                connection.execute(_DROP_SLOT, [self.name])
            # A slot keeps the log from the last checkpoint on: an old one would bring gigabytes that no copy needs.
            connection.execute("CHECKPOINT")
            connection.execute(_MAKE_SLOT, [self.name])
        shutil.rmtree(self.spool, ignore_errors=True)

    def pull(self, until: str) -> None:
        """Bring the log up to that place into the spool."""
        for folder in (self.spool.parent, self.spool):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.cluster.own(folder)
        self.cluster.binaries.run(
            "pg_receivewal", "-D", str(self.spool), "-S", self.name, "-E", until, "--no-loop",
            *_where(self.cluster), seconds=_LONG,
        )  # fmt: skip


def _copy_base(source: Source, sink: IO[bytes]) -> None:
    arguments = ("-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast", "--no-sync")
    with source.cluster.binaries.stream(
        "pg_basebackup", *arguments, *_where(source.cluster)
    ) as out:
        shutil.copyfileobj(out, sink, 1024 * 1024)


def _fetch(source: Source, vault: Vault, slot: _Slot, copies: Sequence[Copy]) -> list[Copy]:
    """These copies, the newest last, with the log up to now; the newest with new files too."""
    with _connect(source.cluster) as connection:
        reaches = connection.execute(_NOW).fetchone()
        connection.execute(_MARK)
        here = connection.execute(_HERE).fetchone()
        # The program stops when it has seen something behind the place.
        connection.execute(_MARK)
    if reaches is None or here is None:
        raise AssertionError
    slot.pull(str(here[0]))
    pieces = sorted(path for path in slot.spool.iterdir() if path.is_file())
    found = [_with_log(vault, pieces, copies[-1], str(here[0]))]
    for copy in reversed(copies[:-1]):
        found.insert(0, _sharing(vault, found[-1], copy))
    is_new = not (vault.folder / copies[-1].name / "manifest.json").exists()
    found[-1], names = _with_files(source, vault, slot, found[-1], is_new=is_new)
    found = [replace(copy, reaches=max(copy.reaches, reaches[0])) for copy in found]
    for copy in found:
        vault.note(copy)
    slot.stored.write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")
    whole = [path for path in pieces if path.suffix == "" and len(path.name) == _SEGMENT_LETTERS]
    for path in whole[:-1]:
        # The newest stays: from it the next fetch knows where to go on.
        path.unlink()
    return found


def _with_log(vault: Vault, pieces: Iterable[Path], copy: Copy, here: str) -> Copy:
    for name in [name for name in copy.files if ".part." in name]:
        copy = vault.drop(copy, name)
    for path in pieces:
        whole = path.name.removesuffix(".partial")
        part = f".part.{here.replace('/', '-')}" if path.suffix == ".partial" else ""
        name = f"wal/{whole}{part}.gz.age"
        if name not in copy.files:
            copy = vault.put(copy, name, _content(path))
    return copy


def _sharing(vault: Vault, giver: Copy, taker: Copy) -> Copy:
    for name in [name for name in taker.files if ".part." in name]:
        taker = vault.drop(taker, name)
    for name in giver.files:
        if name.startswith("wal/") and name not in taker.files:
            taker = vault.share(giver, name, taker)
    return taker


def _with_files(
    source: Source, vault: Vault, slot: _Slot, copy: Copy, *, is_new: bool
) -> tuple[Copy, set[str]]:
    """Files are written once under a random name: those of a new name are all there is to add."""
    known = set()
    if not is_new and slot.stored.exists():
        known = set(slot.stored.read_text(encoding="utf-8").splitlines())
    present = {
        f"{name}/{path.relative_to(folder)}": path
        for name, folder in source.folders.items()
        if folder.is_dir()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    added = {name: path for name, path in present.items() if name not in known}
    if not added:
        return copy, known

    def fill(sink: IO[bytes]) -> None:
        with tarfile.open(fileobj=sink, mode="w|") as tar:
            for name, path in added.items():
                # One that was deleted meanwhile belongs to nothing.
                if path.exists():
                    tar.add(path, arcname=name, recursive=False)

    count = sum(name.startswith("files-") for name in copy.files) + 1
    return vault.put(copy, f"files-{count:05}.tar.gz.age", fill), known | set(added)


def _content(path: Path) -> Fill:
    def fill(sink: IO[bytes]) -> None:
        with path.open("rb") as file:
            shutil.copyfileobj(file, sink, 1024 * 1024)

    return fill


def _connect(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(cluster.superuser.conninfo, autocommit=True)


def _query(cluster: Cluster, text: LiteralString) -> tuple[Any, ...]:
    with _connect(cluster) as connection:
        row = connection.execute(text).fetchone()
    if row is None:
        raise AssertionError
    return tuple(row)


def _where(cluster: Cluster) -> tuple[str, ...]:
    at = cluster.superuser
    return ("-h", at.host, "-p", at.port, "-U", at.user, "-w")

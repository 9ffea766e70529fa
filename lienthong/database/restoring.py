"""Brings a backup back: a whole new data folder beside the old, replayed to the instant asked for, then moved into place.

Until the last move nothing that was there is touched; what was there is set aside, never deleted.
"""

import itertools
import json
import shlex
import shutil
import tarfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import psycopg

from lienthong.database.cluster import Cluster
from lienthong.database.server import embedded
from lienthong.database.vault import BASE, Copy, Vault
from lienthong.gateways.agefile import Identity
from lienthong.kernel.errors import Refused, Unavailable

MARKER = "restored.json"
"""Left in the data folder: the next start settles what a restored copy must settle, then takes it away."""
_DRAFT = "restoring"
_LONG = 24 * 3600.0
_PAUSE = 0.1
_PIECE = 1024 * 1024
_REPLAYED = "SELECT pg_is_in_recovery(), pg_last_xact_replay_timestamp()"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the copy goes: the data folder, the folders of files beside the database, and the server's programs."""

    home: Path
    folders: tuple[str, ...]
    postgres_bin: Path | None = None

    @property
    def taken(self) -> list[Path]:
        """What stands there already and would be replaced."""
        names = ("postgres", *self.folders)
        return [path for name in names if (path := self.home / name).exists() or path.is_symlink()]


def choose(copies: list[Copy], to: datetime | None) -> Copy:
    """The newest copy from which that instant (None: the last there is) can be restored.

    Raises Refused (E-BACKUP-NONE, E-BACKUP-INSTANT) with the stretches that can be.
    """
    if not copies:
        raise Refused("Thư mục này không có bản sao lưu nào.", code="E-BACKUP-NONE")
    if to is None:
        return max(copies, key=lambda copy: copy.reaches)
    holding = [copy for copy in copies if copy.holds(to)]
    if not holding:
        stretches = "; ".join(
            f"{copy.ended_at.isoformat(' ', 'seconds')} – {copy.reaches.isoformat(' ', 'seconds')}"
            for copy in copies
        )
        raise Refused(
            f"Không có bản sao lưu cho thời điểm này. Có thể phục hồi về: {stretches}.",
            code="E-BACKUP-INSTANT",
        )
    return holding[-1]


def restore(
    vault: Vault, copy: Copy, identity: Identity, place: Place, *, to: datetime | None
) -> datetime | None:
    """The data folder as it was at `to` (None: at the end of the log); the instant of the last change that is in it.

    Everything is checked and opened once before anything is written. Raises Refused: E-BACKUP-BROKEN, E-BACKUP-IDENTITY,
    E-BACKUP-SPACE; Unavailable (E-POSTGRES-START) when the server does not replay the log.
    """
    vault.check(copy, identity)
    draft = place.home / _DRAFT
    _sweep(draft)
    draft.mkdir(mode=0o755, parents=True)
    try:
        server = _unpack(vault, copy, identity, draft, place)
        last = _replay(vault, copy, identity, server, to=to)
    except BaseException:
        _sweep(draft)
        raise
    note = {"copy": copy.name, "until": (to or copy.reaches).isoformat(), "to_the_end": to is None}
    marker = draft / MARKER
    marker.write_text(json.dumps(note), encoding="utf-8")
    _move(draft, place, copy.name)
    return last


def _unpack(vault: Vault, copy: Copy, identity: Identity, draft: Path, place: Place) -> Cluster:
    server = embedded(draft, postgres_bin=place.postgres_bin)
    server.data.mkdir(mode=0o700)
    with vault.opened(copy, BASE, identity) as file, _tar(file) as tar:
        tar.extractall(server.data, filter=_private)  # noqa: S202 - filtered
    for name in sorted(name for name in copy.files if name.startswith("files-")):
        with vault.opened(copy, name, identity) as file, _tar(file) as tar:
            tar.extractall(draft, filter=_private)  # noqa: S202 - filtered
    _give(server, server.data)
    server.binaries.run("pg_verifybackup", "-n", "-q", str(server.data), seconds=_LONG)
    return server


def _replay(
    vault: Vault, copy: Copy, identity: Identity, server: Cluster, *, to: datetime | None
) -> datetime | None:
    log = server.base / "wal"
    log.mkdir(mode=0o700)
    for name, stored in copy.wal.items():
        with vault.opened(copy, stored, identity) as file, (log / name).open("wb") as plain:
            shutil.copyfileobj(file, plain, _PIECE)
    _give(server, log)
    (server.data / "recovery.signal").touch()
    server.own(server.data / "recovery.signal")
    settings = {
        "restore_command": f"cp {shlex.quote(str(log))}/%f %p",
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
        "hot_standby": "on",
        "archive_mode": "off",
    }
    if to is not None:
        settings["recovery_target_time"] = to.isoformat(" ")
    try:
        server.start(settings)
        last = _end_of_recovery(server)
    finally:
        server.stop()
    shutil.rmtree(log)
    return last


def _end_of_recovery(server: Cluster) -> datetime | None:
    """Waits until the log is replayed; the instant of the last change that was."""
    until = time.monotonic() + _LONG
    try:
        with psycopg.connect(server.superuser.conninfo, autocommit=True) as connection:
            while time.monotonic() < until:
                row = connection.execute(_REPLAYED).fetchone()
                if row is not None and not row[0]:
                    last: datetime | None = row[1]
                    return last
                time.sleep(_PAUSE)
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"PostgreSQL không phục hồi được nhật ký. {server.last_words()}",
            code="E-POSTGRES-START",
        ) from error
    raise Unavailable("PostgreSQL phục hồi nhật ký quá lâu.", code="E-POSTGRES-START")


def _move(draft: Path, place: Place, name: str) -> None:
    """Each piece by one rename; the marker before the database, so that no start can find it unsettled."""
    if place.taken:
        aside = next(
            path
            for number in itertools.count(1)
            if not (path := place.home / f"before-{name}-{number}").exists()
        )
        aside.mkdir(mode=0o700)
        for path in place.taken:
            path.rename(aside / path.name)
    for piece in (MARKER, *place.folders, "postgres"):
        if (draft / piece).exists() or (draft / piece).is_symlink():
            (draft / piece).rename(place.home / piece)
    _sweep(draft)


def _tar(file: IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=file, mode="r|")


def _private(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    """The usual care with names and links; files of data belong to one user."""
    kept = tarfile.data_filter(member, path)
    return kept.replace(mode=0o700 if kept.isdir() else 0o600, deep=False)


def _give(server: Cluster, folder: Path) -> None:
    if server.binaries.user is None:
        return
    for path in [folder, *folder.rglob("*")]:
        server.own(path)


def _sweep(draft: Path) -> None:
    """Take a draft away, with the folder elsewhere that its database may lie in."""
    base = draft / "postgres"
    if base.is_symlink():
        with suppress(OSError):
            shutil.rmtree(base.readlink())
    if draft.exists():
        shutil.rmtree(draft)

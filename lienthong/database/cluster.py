"""One PostgreSQL of our own on a folder: make it, start it, stop it, mend what a crash left behind.

Who needs it and when it stops is `server`'s business; callers hold its lock.
"""

import fcntl
import logging
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from lienthong.database import tuning
from lienthong.database.address import DATABASE_NAME, EMBEDDED_PORT, OWNER_ROLE, Address
from lienthong.database.binaries import Binaries, ServiceUser
from lienthong.kernel.errors import Refused, Unavailable

_LOG = logging.getLogger(__name__)
SUPERUSER = "lienthong"
_BUILTIN_LOCALES = {17: "C.UTF-8"}
_NEWEST_LOCALE = "PG_UNICODE_FAST"
_FIRST_WITH_BUILTIN = 17
_PRIVATE = 0o700
_PUBLIC = 0o755
_START_SECONDS = 600
_RECOVERY_SECONDS = 24 * 3600
_REAP_SECONDS = 10.0
_LARGEST_LOG = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Cluster:
    """The folder of one server (`data`, `log`), its socket's folder and the programs that run it."""

    base: Path
    socket: Path
    binaries: Binaries

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """What the server says; never a row's values (`tuning`)."""
        return self.base / "log" / "postgres.log"

    def address(self, user: str, dbname: str) -> Address:
        """An address over the private socket."""
        return Address(str(self.socket), str(EMBEDDED_PORT), user, dbname)

    def is_up(self) -> bool:
        """True when this very server answers; waits while it starts or stops."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                with psycopg.connect(self._probe, autocommit=True) as connection:
                    said = connection.execute("SHOW data_directory").fetchone()
            except psycopg.OperationalError as error:
                if not self._is_in_between(error):
                    return False
                time.sleep(0.05)
            else:
                return said is not None and Path(said[0]).resolve() == self.data.resolve()
        return False

    @property
    def superuser(self) -> Address:
        """The superuser's address: for making the owner, for copies, and for nothing else."""
        return self.address(SUPERUSER, "postgres")

    def own(self, folder: Path) -> None:
        """Give a folder to the user that the server runs as."""
        self._own(folder)

    @property
    def _probe(self) -> str:
        return self.superuser.conninfo + " connect_timeout=10"

    @staticmethod
    def _is_in_between(error: psycopg.OperationalError) -> bool:
        # libpq gives no SQLSTATE for a refused connection; the server speaks English under LC_ALL=C.
        said = str(error)
        return "is starting up" in said or "is shutting down" in said or "not yet accepting" in said

    def start(self, recovery: Mapping[str, str] | None = None) -> None:
        """A server that answers, made first when there is none; `recovery`: settings with which a restored copy is brought up.

        Raises Refused when the folder belongs to another version, Unavailable (E-POSTGRES-START) when it does not come up.
        """
        self._make_folders()
        if not self.data.is_dir():
            self._make_data()
        self._check_version()
        self._clear_stale_pids()
        self._turn_log()
        settings = {**tuning.settings(self.socket), **(recovery or {})}
        options = shlex.join(f"-c{k}={v}" for k, v in settings.items())
        seconds = _RECOVERY_SECONDS if recovery else _START_SECONDS
        try:
            with self._alone() as lock:
                self._pg_ctl(
                    "start",
                    "-t",
                    str(seconds),
                    "-l",
                    str(self.log),
                    "-o",
                    options,
                    inherited=(lock,),
                )
        except Refused as error:
            raise Unavailable(
                f"PostgreSQL nhúng không khởi động được; xem {self.log}. {self.last_words()}",
                code="E-POSTGRES-START",
            ) from error
        self._make_owner()

    def stop(self) -> None:
        """Stopped cleanly: transactions in hand are rolled back, everything committed is on disk."""
        if self.is_up():
            self._pg_ctl("stop", "-m", "fast")

    def _pg_ctl(self, verb: str, *arguments: str, inherited: tuple[int, ...] = ()) -> None:
        self.binaries.run(
            "pg_ctl", verb, "-D", str(self.data), "-s", "-w", "-t", str(_START_SECONDS), *arguments,
            seconds=_RECOVERY_SECONDS + 30, inherited=inherited,
        )  # fmt: skip

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """A lock that the server and all its processes inherit, so that it is held for as long as one of them lives.

        PostgreSQL knows another server on its folder by process number, and does not see those of another container.
        Raises Unavailable (E-POSTGRES-START) while one lives.
        """
        lock = os.open(self.base / "alive", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + _REAP_SECONDS
            while not is_ours_alone(lock):
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"Một PostgreSQL khác, có thể trong container khác, đang dùng {self.data} mà không trả lời. "
                        "Hãy dừng nó trước.",
                        code="E-POSTGRES-START",
                    )
                time.sleep(0.05)
            yield lock
        finally:
            os.close(lock)

    def _make_folders(self) -> None:
        for folder in (self.base / "log", self.socket):
            folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            self._own(folder)
            # tmp is everybody's: a folder that somebody else put there is not ours to trust.
            if folder.lstat().st_uid != self._uid or folder.is_symlink():
                raise Refused(f"Thư mục {folder} thuộc về người khác.", code="E-POSTGRES")

    @property
    def _uid(self) -> int:
        return os.geteuid() if self.binaries.user is None else self.binaries.user.uid

    def _own(self, folder: Path) -> None:
        user = self.binaries.user
        if user is not None and not folder.is_symlink():
            os.chown(folder, user.uid, user.gid)

    def _make_data(self) -> None:
        """Made beside and moved into place, so that a killed first start leaves nothing half-made."""
        draft = self.base / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=_PRIVATE)
        self._own(draft)
        self.binaries.run(
            "initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--data-checksums", *self._locale(), seconds=_START_SECONDS,
        )  # fmt: skip
        draft.rename(self.data)

    def _locale(self) -> list[str]:
        major = self.binaries.major
        if major < _FIRST_WITH_BUILTIN:
            return ["--locale=C.UTF-8"]
        name = _BUILTIN_LOCALES.get(major, _NEWEST_LOCALE)
        return ["--locale-provider=builtin", f"--builtin-locale={name}", "--locale=C"]

    def _check_version(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        if made_by != self.binaries.major:
            raise Refused(
                f"Dữ liệu trong {self.data} do PostgreSQL {made_by} tạo, còn chương trình là PostgreSQL "
                f"{self.binaries.major}. Hãy dùng đúng phiên bản, hoặc sao lưu rồi phục hồi sang thư mục mới.",
                code="E-POSTGRES-VERSION",
            )

    def _turn_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))

    def last_words(self) -> str:
        """The last lines of the server's log."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return " ".join(lines[-3:])

    def _clear_stale_pids(self) -> None:
        """Wait for what a killed server left to go; then take away lock files that name a stranger.

        PostgreSQL itself clears those of dead processes, but takes a zombie, or whoever has the number now, for alive.
        """
        left: list[int] = []
        for is_last_wait in (False, True):
            deadline = time.monotonic() + _REAP_SECONDS
            while (left := self._left_processes()) and time.monotonic() < deadline:
                time.sleep(0.05)
            for pid in () if is_last_wait else left:
                # Neither answers nor ends: a server that lost its socket. A crash stop is safe, two servers are not.
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
        if left:
            raise Unavailable(
                f"Tiến trình PostgreSQL cũ {left} không dừng lại.", code="E-POSTGRES-START"
            )
        for file in (self.data / "postmaster.pid", self.socket / f".s.PGSQL.{EMBEDDED_PORT}.lock"):
            if _is_alive(_pid_in(file)):
                _LOG.info("%s names a process that is no PostgreSQL of ours: removed", file.name)
                file.unlink()

    def _left_processes(self) -> list[int]:
        """Living processes that work in our data folder, as every PostgreSQL process does; zombies do not."""
        processes = Path("/proc")
        if not (processes / "self").exists():
            return self._left_postmaster()
        data = self.data.resolve()
        found = []
        for entry in processes.iterdir():
            if not entry.name.isdigit():
                continue
            try:
                works_in = (entry / "cwd").readlink()
            except OSError:
                continue
            if works_in == data:
                found.append(int(entry.name))
        return found

    def _left_postmaster(self) -> list[int]:
        """Where the system has no /proc: the process of the pid file, if it is a PostgreSQL."""
        pid = _pid_in(self.data / "postmaster.pid")
        if not _is_alive(pid):
            return []
        ps = shutil.which("ps") or "ps"
        said = subprocess.run(  # noqa: S603 - a number of ours
            [ps, "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False
        )
        return [pid] if "postgres" in said.stdout else []

    def _make_owner(self) -> None:
        """The owner and the database; the superuser is for this and for nothing else."""
        with psycopg.connect(self._probe, autocommit=True) as connection:
            role, database = sql.Identifier(OWNER_ROLE), sql.Identifier(DATABASE_NAME)
            known = "SELECT 1 FROM pg_roles WHERE rolname = %s"
            if connection.execute(known, [OWNER_ROLE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(role))
            made = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(made, [DATABASE_NAME]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))


def is_ours_alone(file: int) -> bool:
    """True when nobody else holds this open file, and then we do."""
    # The kernel lets go of a dead process's lock, so a killed one is never counted.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text(encoding="ascii").split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def base_folder(home: Path, user: ServiceUser | None) -> Path:
    """`home/postgres`; where the service user cannot come there, a link to a folder where it can.

    Raises Refused (E-POSTGRES-DATA) when that folder is gone: the data would silently start anew.
    """
    base = home / "postgres"
    if base.is_symlink() and not base.exists():
        raise Refused(
            f"{base} trỏ tới {base.readlink()} nhưng thư mục đó không còn. Hãy phục hồi từ bản sao lưu, "
            "hoặc xóa liên kết này để bắt đầu từ đầu.",
            code="E-POSTGRES-DATA",
        )
    base.mkdir(mode=_PUBLIC, parents=True, exist_ok=True)
    real = base.resolve()
    if user is None or user.reaches(real):
        return real
    if any(real.iterdir()):
        raise Refused(
            f"Người dùng dịch vụ của PostgreSQL không vào được {real}. Hãy chuyển LIENTHONG_HOME tới nơi khác.",
            code="E-POSTGRES-DATA",
        )
    library = Path("/var/lib")
    elsewhere = Path(
        tempfile.mkdtemp(prefix="lienthong-", dir=library if os.access(library, os.W_OK) else None)
    )
    elsewhere.chmod(_PUBLIC)
    base.rmdir()
    base.symlink_to(elsewhere)
    return elsewhere

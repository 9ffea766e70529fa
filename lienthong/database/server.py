"""A PostgreSQL that answers, for as long as somebody needs it: an existing one, or the embedded one.

The embedded server is started by the first process that needs it and stopped by the last; a killed process
counts as gone. Where one process keeps it (`keeping`), the others only use it: the server then lives and dies with that
process, and with the limits of its unit or container. Nothing else in the project starts, stops or looks for a server.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from lienthong.database import address, binaries, cluster
from lienthong.database.address import Address
from lienthong.kernel.errors import Refused, Unavailable

_UNSAFE = """
    SELECT name || '=' || setting FROM pg_settings
    WHERE (name IN ('fsync', 'full_page_writes') AND setting <> 'on')
       OR (name = 'synchronous_commit' AND setting = 'off')
    UNION ALL
    SELECT word FROM pg_db_role_setting, unnest(setconfig) AS word
    WHERE word = 'synchronous_commit=off'
      AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    ORDER BY 1
"""

_USERS, _KEEPER = "postgres.users", "postgres.keeper"
_KEEPER_SECONDS, _KEEPER_PAUSE = 600.0, 0.2
_KNOWS_LETTERS = (
    "SELECT current_setting('server_encoding') = 'UTF8' AND lower('ĐẶNG ƯỚC') = 'đặng ước'"
)


@contextmanager
def running(url: str, home: Path, *, postgres_bin: Path | None = None) -> Iterator[Address]:
    """The owner's address of a server that answers and keeps what it acknowledges.

    Raises Unavailable (E-DATABASE-DOWN) when it does not answer, Refused (E-DATABASE-UNSAFE) when an
    acknowledged row could be lost, Refused (E-DATABASE-LOCALE) when Vietnamese names could not be compared.
    """
    owner = address.owner(url, home)
    if url:
        check(owner)
        yield owner
        return
    with _user_of(home, _the_cluster(home, postgres_bin)):
        check(owner)
        yield owner


def revive(url: str, home: Path, *, postgres_bin: Path | None = None) -> bool:
    """Start the embedded server again after it was killed; False when it was up or is not ours to start.

    For a process inside `running` that meets a lost connection. A server that somebody keeps is left to him.
    """
    if url:
        return False
    server = _the_cluster(home, postgres_bin)
    with _alone(home):
        if server.is_up() or _is_kept(home):
            return False
        server.start()
        return True


@contextmanager
def keeping(home: Path, *, postgres_bin: Path | None = None) -> Iterator[Callable[[], bool]]:
    """Keep the embedded server of that folder: up when the block begins, stopped when it ends, whoever still uses it.

    While the block runs nobody else starts or stops it. What it gives starts the server again if it was killed, and
    says whether it had to. Raises Refused (E-DATABASE-KEPT) when somebody keeps it already.
    """
    server = _the_cluster(home, postgres_bin)
    keeper, users = (
        os.open(home / name, os.O_RDWR | os.O_CREAT, 0o600) for name in (_KEEPER, _USERS)
    )

    def tend() -> bool:
        with _alone(home):
            if server.is_up():
                return False
            server.start()
            return True

    try:
        with _alone(home):
            if not cluster.is_ours_alone(keeper):
                raise Refused(
                    f"Một tiến trình khác đang giữ PostgreSQL của {home}.", code="E-DATABASE-KEPT"
                )
            # Counted as a user too: no restore may begin meanwhile.
            fcntl.flock(users, fcntl.LOCK_SH)
        tend()
        try:
            yield tend
        finally:
            with _alone(home):
                server.stop()
    finally:
        os.close(keeper)


def embedded(home: Path, *, postgres_bin: Path | None = None) -> cluster.Cluster:
    """The embedded server of a data folder, as it stands: not started, not counted. For copies of it."""
    return _the_cluster(home, postgres_bin)


@contextmanager
def at_rest(home: Path) -> Iterator[None]:
    """While the block runs nobody uses the embedded server of that folder, nor starts it.

    Raises Refused (E-HOME-IN-USE) when somebody does now.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        users = os.open(home / _USERS, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not cluster.is_ours_alone(users):
                raise Refused(
                    f"Hệ thống trong {home} đang chạy. Hãy dừng lienthong serve và lienthong work trước.",
                    code="E-HOME-IN-USE",
                )
            yield
        finally:
            os.close(users)


def check(owner: Address) -> None:
    """Refuse a server, or a role on it, that acknowledges before the row is on disk (INV-01), or cannot spell.

    Raises as `running`.
    """
    try:
        with psycopg.connect(owner.conninfo) as connection:
            unsafe = [row[0] for row in connection.execute(_UNSAFE)]
            knows_letters = connection.execute(_KNOWS_LETTERS).fetchone() == (True,)
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1]
        raise Unavailable(
            f"Không kết nối được PostgreSQL tại «{owner.host}»: {said}", code="E-DATABASE-DOWN"
        ) from error
    if unsafe:
        raise Refused(
            f"PostgreSQL đang chạy với {', '.join(unsafe)}: hồ sơ đã báo nhận có thể mất khi mất điện. "
            "Hãy bật lại fsync, full_page_writes và synchronous_commit.",
            code="E-DATABASE-UNSAFE",
        )
    if not knows_letters:
        raise Refused(
            f"Cơ sở dữ liệu «{owner.dbname}» không phân biệt được chữ hoa, chữ thường tiếng Việt. Hãy tạo lại với "
            "ENCODING 'UTF8', LOCALE 'C.UTF-8', TEMPLATE template0.",
            code="E-DATABASE-LOCALE",
            field="LIENTHONG_DATABASE_URL",
        )


def _the_cluster(home: Path, postgres_bin: Path | None) -> cluster.Cluster:
    home.mkdir(parents=True, exist_ok=True)
    programs = binaries.find(postgres_bin)
    with _alone(home):
        base = cluster.base_folder(home, programs.user)
    socket = address.socket_folder(home)
    # Under home the socket lies in the server's own folder, wherever that really is.
    real = base / "run" if socket.parent == home.absolute() / "postgres" else socket
    return cluster.Cluster(base, real, programs)


@contextmanager
def _user_of(home: Path, server: cluster.Cluster) -> Iterator[None]:
    """Counted as a user of the embedded server; the last one out stops it."""
    users = os.open(home / _USERS, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with _alone(home):
            fcntl.flock(users, fcntl.LOCK_SH)
        _bring_up(home, server)
        try:
            yield
        finally:
            with _alone(home):
                if cluster.is_ours_alone(users):
                    server.stop()
    finally:
        os.close(users)


def _bring_up(home: Path, server: cluster.Cluster) -> None:
    """Up when this returns: started by us, or by whoever keeps it."""
    deadline = time.monotonic() + _KEEPER_SECONDS
    while True:
        with _alone(home):
            if server.is_up():
                return
            if not _is_kept(home):
                server.start()
                return
        if time.monotonic() > deadline:
            raise Unavailable(
                f"PostgreSQL nhúng không khởi động được; xem {server.log}. {server.last_words()}",
                code="E-POSTGRES-START",
            )
        time.sleep(_KEEPER_PAUSE)


def _is_kept(home: Path) -> bool:
    """True while somebody keeps the server; the caller holds `_alone`."""
    keeper = os.open(home / _KEEPER, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return not cluster.is_ours_alone(keeper)
    finally:
        os.close(keeper)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time looks, starts or stops."""
    lock = os.open(home / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)

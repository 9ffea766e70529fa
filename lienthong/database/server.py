"""A PostgreSQL that answers, for as long as somebody needs it: an existing one, or the embedded one.

The embedded server is started by the first process that needs it and stopped by the last; a killed process
counts as gone. Nothing else in the project starts, stops or looks for a server.
"""

import fcntl
import os
from collections.abc import Iterator
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

    For a process inside `running` that meets a lost connection.
    """
    if url:
        return False
    server = _the_cluster(home, postgres_bin)
    with _alone(home):
        if server.is_up():
            return False
        server.start()
        return True


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
        users = os.open(home / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _is_last(users):
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
    users = os.open(home / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with _alone(home):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not server.is_up():
                server.start()
        try:
            yield
        finally:
            with _alone(home):
                if _is_last(users):
                    server.stop()
    finally:
        os.close(users)


def _is_last(users: int) -> bool:
    # The kernel lets go of a dead process's lock, so a killed one is never counted.
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time looks, starts or stops."""
    lock = os.open(home / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)

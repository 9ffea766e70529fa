"""The database of this installation: the environment's choices handed to `database.server` and `database.roles`.

Needs no Django: settings read how roles sign in, so the roles come first. What comes after is `readiness`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from lienthong.config import environment, paths
from lienthong.database import address, roles, server
from lienthong.database.address import Address
from lienthong.database.backup import Source
from lienthong.database.vault import Vault
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.errors import Refused

_ALONE = "SELECT pg_try_advisory_lock(hashtext('lienthong.ready'))"
_BETWEEN_TRIES = 0.2
_HAS_ROLES = "SELECT count(*) = %s FROM pg_roles WHERE rolname = ANY (%s)"


@contextmanager
def running_database() -> Iterator[Address]:
    """A database that answers for as long as the block runs; the owner's address."""
    chosen = environment.current()
    with server.running(
        chosen.database_url, chosen.home, postgres_bin=chosen.postgres_bin
    ) as owner:
        yield owner


@contextmanager
def keeping_database() -> Iterator[Callable[[], bool]]:
    """The embedded server, kept for other processes for as long as the block runs; as `server.keeping`."""
    chosen = environment.current()
    with server.keeping(chosen.home, postgres_bin=chosen.postgres_bin) as tend:
        yield tend


def revive_database() -> bool:
    """Start the embedded server again after it was killed; True when it had to be."""
    chosen = environment.current()
    return server.revive(chosen.database_url, chosen.home, postgres_bin=chosen.postgres_bin)


def install_roles() -> None:
    """Create or mend the database roles; before the first migration and after each upgrade."""
    chosen = environment.current()
    roles.install(
        address.owner(chosen.database_url, chosen.home),
        chosen.home,
        _password_of if chosen.database_url else None,
        is_production=chosen.is_production,
    )


def ensure_roles() -> None:
    """Create the database roles where they are not there yet."""
    if not has_roles():
        with one_at_a_time():
            install_roles()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """While the block runs, no other process of this database is in it; a killed one leaves by itself."""
    chosen = environment.current()
    owner = address.owner(chosen.database_url, chosen.home)
    with psycopg.connect(owner.conninfo, autocommit=True) as connection:
        # Asked for again and again, never waited for in a statement: an index that is built beside the traffic waits
        # for every statement that runs, and both would wait for ever.
        while connection.execute(_ALONE).fetchone() != (True,):
            time.sleep(_BETWEEN_TRIES)
        yield


def has_roles() -> bool:
    """True when the roles of this database were made already."""
    chosen = environment.current()
    owner = address.owner(chosen.database_url, chosen.home)
    logins = [address.login_role(owner.dbname, role) for role in roles.ROLES]
    with psycopg.connect(owner.conninfo) as connection:
        return connection.execute(_HAS_ROLES, [len(logins), logins]).fetchone() == (True,)


def backup_source() -> Source:
    """What `lienthong backup` copies. Raises Refused (E-BACKUP-SERVER) where the database is not ours to copy."""
    chosen = environment.current()
    if chosen.database_url:
        raise Refused(
            "Cơ sở dữ liệu nằm trên máy chủ PostgreSQL của đơn vị (LIENTHONG_DATABASE_URL): hãy sao lưu bằng công cụ của "
            "máy chủ đó (pg_basebackup và lưu trữ WAL liên tục), rồi sao thư mục scans và linkages sau cơ sở dữ liệu. "
            "Xem docs/operate.md.",
            code="E-BACKUP-SERVER",
            field="LIENTHONG_DATABASE_URL",
        )
    server_of_ours = server.embedded(chosen.home, postgres_bin=chosen.postgres_bin)
    return Source(server_of_ours, paths.backed_up_folders())


def vault(folder: Path) -> Vault:
    """The backups in a folder, read and written with the key file of this installation.

    Raises Refused (E-BACKUP-KEYS) without that file: it is backed up apart, and comes first.
    """
    if not paths.secret_file().exists():
        raise Refused(
            f"Chưa có tệp khóa {paths.secret_file()}. Tệp này được cất giữ riêng, không nằm trong bản sao lưu; hãy đặt "
            "lại tệp khóa trước.",
            code="E-BACKUP-KEYS",
            field="LIENTHONG_SECRET_FILE",
        )
    keyring = Keyring.open(paths.secret_file(), create=False)
    return Vault(
        folder.absolute(), keyring.secret("django"), environment.current().backup_recipients
    )


def _password_of(user: str) -> str:
    keyring = Keyring.open(paths.secret_file(), create=True)
    return address.login_password(keyring.secret("django"), user)

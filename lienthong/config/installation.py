"""The database of this installation: the environment's choices handed to `database.server` and `database.roles`.

Needs no Django: settings read how roles sign in, so the roles come first. What comes after is `readiness`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from lienthong.config import environment, paths
from lienthong.database import address, roles, server
from lienthong.database.address import Address
from lienthong.gateways.keyring import Keyring

_HAS_ROLES = "SELECT count(*) = %s FROM pg_roles WHERE rolname = ANY (%s)"


@contextmanager
def running_database() -> Iterator[Address]:
    """A database that answers for as long as the block runs; the owner's address."""
    chosen = environment.current()
    with server.running(
        chosen.database_url, chosen.home, postgres_bin=chosen.postgres_bin
    ) as owner:
        yield owner


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


def has_roles() -> bool:
    """True when the roles of this database were made already."""
    chosen = environment.current()
    owner = address.owner(chosen.database_url, chosen.home)
    logins = [address.login_role(owner.dbname, role) for role in roles.ROLES]
    with psycopg.connect(owner.conninfo) as connection:
        return connection.execute(_HAS_ROLES, [len(logins), logins]).fetchone() == (True,)


def _password_of(user: str) -> str:
    keyring = Keyring.open(paths.secret_file(), create=True)
    return address.login_password(keyring.secret("django"), user)

"""The database of this installation: the environment's choices handed to `database.server` and `database.roles`."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from lienthong.config import environment
from lienthong.database import address, roles, server
from lienthong.database.address import Address


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


def _password_of(user: str) -> str:
    return address.login_password(settings.KEYRING.secret("django"), user)

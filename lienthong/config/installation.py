"""The database of this installation: the environment's choices handed to `database.server` and `database.roles`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from lienthong.accounts import sessions
from lienthong.accounts.permissions import every_permission
from lienthong.cards import lifecycle as card_lifecycle
from lienthong.catalogues import loading
from lienthong.catalogues import queries as catalogues
from lienthong.config import clock, environment
from lienthong.database import address, lawtables, moves, roles, server
from lienthong.database.address import Address
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.kernel.actor import system_actor

LIFECYCLES = (dossier_lifecycle.MOVES, card_lifecycle.MOVES)
"""Every lifecycle whose moves the database holds."""


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


def ensure_ready(say: Callable[[str], None]) -> bool:
    """Roles, migrations, moves, code lists: whatever of them is not there yet; True when something was done.

    Knows by the migrations still to run and by the catalogue's presence, so that a ready start costs little.
    """
    owner = connections["owner"]
    executor = MigrationExecutor(owner)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    is_loaded = False
    if plan:
        say("Đang tạo các bảng dữ liệu…")
        install_roles()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    else:
        is_loaded = catalogues.is_loaded()
    sessions.install_key()
    owner.close()
    moves.mirror(LIFECYCLES)
    if not is_loaded:
        say("Đang nạp danh mục đơn vị hành chính…")
        loading.load_all(by=system_actor(every_permission()), at=clock.now())
    lawtables.ensure(clock.today())
    return bool(plan) or not is_loaded

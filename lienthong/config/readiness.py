"""What must be there before the first command runs: migrations, moves, lists, the law as rows, keys.

Needs Django set up; `installation` comes first.
"""

import json
import time
from collections.abc import Callable, Sequence

from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

from lienthong.accounts import sessions
from lienthong.accounts.permissions import every_permission
from lienthong.audit import sealing
from lienthong.births.restored import Restored, settle
from lienthong.cards import lifecycle as card_lifecycle
from lienthong.cards import officetime, publishing
from lienthong.catalogues import loading
from lienthong.catalogues import queries as catalogues
from lienthong.config import clock, installation, paths
from lienthong.database import lawtables, moves, restoring
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.kernel.actor import system_actor
from lienthong.oversight import guides

_LOCK_TIMEOUT = "2s"
_LOCK_NOT_AVAILABLE = "55P03"
_MOST_TRIES = 60
_BETWEEN_TRIES = 1.0
LIFECYCLES = (dossier_lifecycle.MOVES, card_lifecycle.MOVES)
"""Every lifecycle whose moves the database holds."""


def ensure_ready(say: Callable[[str], None]) -> bool:
    """Roles, migrations, moves, code lists: whatever of them is not there yet; True when something was done.

    Knows by the migrations still to run and by the catalogue's presence, so that a ready start costs little. Processes
    that start at once do it one after another: the second finds it done.
    """
    with installation.one_at_a_time():
        return _ensure(say)


def _ensure(say: Callable[[str], None]) -> bool:
    owner = connections["owner"]
    executor = MigrationExecutor(owner)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    is_loaded = False
    if plan:
        say("Đang tạo các bảng dữ liệu…")
        installation.install_roles()
        _migrate(owner, plan, is_fresh=not executor.loader.applied_migrations)
    else:
        is_loaded = catalogues.is_loaded()
    sessions.install_key()
    owner.close()
    settle_restored(say)
    moves.mirror(LIFECYCLES)
    if not is_loaded:
        say("Đang nạp danh mục đơn vị hành chính…")
        by, at = system_actor(every_permission()), clock.now()
        loading.load_lists(by=by, at=at)
        loading.load_divisions(by=by, at=at)
    guides.ensure(by=system_actor(every_permission()), at=clock.now())
    lawtables.ensure(clock.today())
    officetime.ensure(clock.today())
    return bool(plan) or not is_loaded


def _migrate(
    owner: BaseDatabaseWrapper, plan: Sequence[tuple[Migration, bool]], *, is_fresh: bool
) -> None:
    """Bring the tables up to this release, beside the traffic of the one before (INV-44).

    A lock that does not come within two seconds is given up and asked for again: whoever queues behind it waits no longer.
    """
    if is_fresh:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        return
    for migration, _ in plan:
        # An index that is built beside the traffic waits for old transactions, and must not be broken off.
        limit = _LOCK_TIMEOUT if migration.atomic else "0"
        for attempt in range(_MOST_TRIES):
            try:
                with owner.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [limit])
                call_command(
                    "migrate", migration.app_label, migration.name,
                    database="owner", verbosity=0, interactive=False,
                )  # fmt: skip
                break
            except OperationalError as error:
                is_locked = getattr(error.__cause__, "sqlstate", "") == _LOCK_NOT_AVAILABLE
                if not is_locked or attempt == _MOST_TRIES - 1:
                    raise
                time.sleep(_BETWEEN_TRIES)


def settle_restored(say: Callable[[str], None]) -> None:
    """After a restore, before anything runs: what a restored copy must settle. Its marker goes when that is committed."""
    marker = paths.home() / restoring.MARKER
    if not marker.exists():
        return
    note = json.loads(marker.read_text(encoding="utf-8"))
    restored = Restored(note["copy"], note["until"])
    stopped = settle(restored, by=system_actor(every_permission()), at=clock.now())
    marker.unlink()
    say(
        f"Đã phục hồi: {stopped} thư, tin chờ gửi được giữ lại, chỉ gửi khi người quản trị cho gửi lại."
    )


def leave() -> None:
    """Seal what this command logged, and publish what cards are checked with."""
    at = clock.now()
    sealing.seal_once(at)
    publishing.publish(paths.home(), at=at)

"""What must be there before the first command runs: migrations, moves, lists, the law as rows, keys.

Needs Django set up; `installation` comes first.
"""

import json
from collections.abc import Callable

from django.core.management import call_command
from django.db import connections
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

LIFECYCLES = (dossier_lifecycle.MOVES, card_lifecycle.MOVES)
"""Every lifecycle whose moves the database holds."""


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
        installation.install_roles()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
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
    lawtables.ensure(clock.today())
    officetime.ensure(clock.today())
    return bool(plan) or not is_loaded


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

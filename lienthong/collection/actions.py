"""Every write of the collection ledger: record what arises, void what a correction has overtaken."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.kernel.actor import Actor
from lienthong.law.groups import CHILD_UNDER_SIX

_ARISING = Statement.load("lienthong.collection", "arising.sql")
_VOID = """
    UPDATE collection_entry SET voided_at = %s, void_reason = %s
    WHERE dossier_id = ANY (%s) AND voided_at IS NULL
"""
_FOLLOW_AREA = """
    UPDATE collection_entry AS entry SET area = dossier.area FROM dossiers_dossier AS dossier
    WHERE entry.dossier_id = ANY (%s) AND dossier.id = entry.dossier_id AND entry.area <> dossier.area
      AND entry.voided_at IS NOT NULL
"""


def collect(limit: int, *, by: Actor, at: datetime) -> int:
    """Record what arises for up to `limit` numbered dossiers; how many moved to ARISEN. Two statements."""
    with acting(by, at=at):
        find_rows_by_index()
        return len(_ARISING.rows({"limit": limit, "group": CHILD_UNDER_SIX, "at": at}))


def void(dossier_ids: list[int], *, by: Actor, at: datetime, reason: str) -> int:
    """Void the live entries of these dossiers; how many there were. `reason` is a code, never empty."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_VOID, [at, reason, dossier_ids])
        return int(cursor.rowcount)


def follow_area(dossier_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Show the voided entries of dossiers that have moved to whom has them now; how many. A live one never moves."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FOLLOW_AREA, [list(dossier_ids)])
        return int(cursor.rowcount)

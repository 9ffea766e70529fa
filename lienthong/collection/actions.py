"""Every write of the collection ledger: record what arises, void what a correction has overtaken."""

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

"""The state of the business, as one digest and row by row: what a repeat, a replay or an undoing must leave as it was."""

import hashlib

from django.db import connection
from psycopg import sql

_LOGS = frozenset(
    {
        "cards_event",
        "dossiers_event",
        "persons_merge",
        "persons_numberevent",
        "persons_identifier",
        "births_duplicate",
        # Who had an id until when: told of what happened and of its taking back, each at its instant.
        "reports_identified",
    }
)
# Words to search by: they are added as names come by, and never taken away.
_WORDS = frozenset({"dossiers_syllable"})
_LOG_APPS = ("accounts_", "audit_", "database_", "django_", "notices_watermark")
_TABLES = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_ROWS = sql.SQL("SELECT to_jsonb(it)::text FROM {} AS it ORDER BY 1")
# Telling a family is an act of its own: it is not taken back, only settled.
_ROWS_OF = {
    "dossiers_task": sql.SQL(
        "SELECT to_jsonb(it)::text FROM dossiers_task AS it WHERE kind <> 'T-CARD-REVOKED' ORDER BY 1"
    ),
    "dossiers_closedcount": sql.SQL(
        "SELECT jsonb_build_array(area, state, sum(count))::text FROM dossiers_closedcount"
        " GROUP BY area, state HAVING sum(count) <> 0 ORDER BY 1"
    ),
}


def state() -> dict[str, list[str]]:
    """Every row of every table of the business, by table; without logs, events, and what waits to be sent."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            if table in _LOGS | _WORDS or table.startswith(_LOG_APPS):
                continue
            cursor.execute(_ROWS_OF.get(table) or _ROWS.format(sql.Identifier(table)))
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def state_hash() -> str:
    """The digest of `state()`."""
    return hashlib.sha256(repr(state()).encode()).hexdigest()


def changed(before: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows that are not as they were, by table."""
    now = state()
    found = {table: sorted(set(now[table]) ^ set(rows)) for table, rows in before.items()}
    return {table: rows for table, rows in found.items() if rows}

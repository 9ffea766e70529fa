"""The law as rows for SQL to join: refilled when the law's version or the day changes, never edited.

One rule, one place: Python says the rule, the table holds its graph over the birth dates that can matter.
"""

from datetime import date

from django.db import connection, transaction

from lienthong.law import tables

_STAMP = "SELECT version, on_day FROM database_law_stamp WHERE name = 'validity'"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.lawtables'))"
_WRITE_STAMP = """
    INSERT INTO database_law_stamp (name, version, on_day) VALUES ('validity', %s, %s)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, on_day = excluded.on_day
"""
_UPSERT = """
    INSERT INTO database_law_validity (birth_date, first_day, end_day, five_year_on)
    SELECT * FROM unnest(%s::date[], %s::date[], %s::date[], %s::date[])
    ON CONFLICT (birth_date) DO UPDATE
    SET first_day = excluded.first_day, end_day = excluded.end_day, five_year_on = excluded.five_year_on
    WHERE (database_law_validity.first_day, database_law_validity.end_day, database_law_validity.five_year_on)
        IS DISTINCT FROM (excluded.first_day, excluded.end_day, excluded.five_year_on)
"""
_PUT_REROUTING = """
    INSERT INTO database_law_rerouting (state, rule, owner, voids_target)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[])
    ON CONFLICT (state) DO UPDATE
    SET rule = excluded.rule, owner = excluded.owner, voids_target = excluded.voids_target
"""


def _is_fresh(on: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return bool(cursor.fetchone() == (tables.version(), on))


def ensure(on: date) -> bool:
    """Make the tables those of the law in force on `on`; True when they had to be written. Safe to race."""
    if _is_fresh(on):
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if _is_fresh(on):
            return False
        columns = [list(column) for column in zip(*tables.validity_rows(on), strict=True)]
        cursor.execute(_UPSERT, columns)
        cursor.execute(
            _PUT_REROUTING, [list(it) for it in zip(*tables.rerouting_rows(), strict=True)]
        )
        cursor.execute(_WRITE_STAMP, [tables.version(), on])
    return True

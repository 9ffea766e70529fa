"""Tabulates where each commune code belongs on the day of decision, so that the route step is one join.

The rule for one code is `divisions.resolve` with `units.unit_for`; `routes.sql` says the same for all of them.
"""

from datetime import date

from django.db import connection, transaction

from lienthong.database.sql import Statement, joining_by_hash

_ROUTES = Statement.load("lienthong.catalogues", "routes.sql")
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.routes'))"
_IS_FRESH = """
    SELECT version.routes_version = version.number AND (version.routes_on = %(on)s::date OR NOT EXISTS (
        SELECT 1 FROM (
            SELECT lower(valid) AS day FROM catalogues_division UNION ALL
            SELECT upper(valid) FROM catalogues_division UNION ALL
            SELECT lower(valid) FROM catalogues_workplace UNION ALL
            SELECT upper(valid) FROM catalogues_workplace UNION ALL
            SELECT lower(contract) FROM catalogues_facility UNION ALL
            SELECT upper(contract) FROM catalogues_facility) AS boundary
        WHERE boundary.day > least(version.routes_on, %(on)s::date)
          AND boundary.day <= greatest(version.routes_on, %(on)s::date)))
    FROM catalogues_version AS version WHERE version.id = 1
"""
_EMPTY = "DELETE FROM catalogues_route"
_STAMP = "UPDATE catalogues_version SET routes_version = number, routes_on = %s WHERE id = 1"


def ensure(on: date) -> int:
    """Make `catalogues_route` that of the day; how many rows were written, 0 when it was already.

    Rewritten when the lists changed or when something in them begins or ends between the two days. Some 20,000
    rows; readers see the old table until the new one is whole. Safe to race.
    """
    if _is_fresh(on):
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if _is_fresh(on):
            return 0
        cursor.execute(_EMPTY)
        with joining_by_hash():
            count = _ROUTES.run({"on": on})
        cursor.execute(_STAMP, [on])
    return count


def _is_fresh(on: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_FRESH, {"on": on})
        row = cursor.fetchone()
    return row is not None and row[0] is True

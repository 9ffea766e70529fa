"""A newborn joins its mother's household: found by her personal id or number, or by the household's code; never by a guess.

It stands beside the way to the card and never in it: whatever goes wrong here leaves a line on the list of children
without a household, and is looked at again. Not for what an officer does (`persons.households`).
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.kernel.actor import Actor
from lienthong.persons.relations import OF_A_CHILD

_log = logging.getLogger(__name__)
_PLACE = Statement.load("lienthong.births", "homes.sql")
_PUT_OFF = """
    INSERT INTO persons_unplaced (person_id, area, why, since, tried_at)
    SELECT dossier.person_id, max(dossier.area), 'HOUSEHOLD_BUSY', %(at)s, %(at)s::timestamptz - interval '1 day'
    FROM dossiers_dossier AS dossier WHERE dossier.id = ANY (%(dossiers)s) AND dossier.person_id IS NOT NULL
    GROUP BY dossier.person_id
    ON CONFLICT DO NOTHING
"""
_DUE = """
    SELECT due.person_id, (
        SELECT max(dossier.id) FROM dossiers_dossier AS dossier
        WHERE dossier.person_id = due.person_id AND dossier.kind = 'first' AND dossier.state <> 'CANCELLED') AS dossier_id
    FROM persons_unplaced AS due
    WHERE due.closed_at IS NULL AND due.tried_at <= %(before)s AND due.why <> 'RELATION_ASKED'
    ORDER BY due.tried_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
_NOTHING_TO_DO = """
    UPDATE persons_unplaced SET tried_at = %s, closed_at = CASE WHEN why = 'MOTHER_CORRECTED' THEN %s END
    WHERE person_id = ANY (%s)
"""
_TAKE_OUT = "SELECT persons_take_out(person_id) FROM dossiers_dossier WHERE id = %s AND person_id IS NOT NULL"
_CODES = """
    SELECT DISTINCT ON (person_id) person_id, code FROM dossiers_dossier
    WHERE person_id = ANY (%s) ORDER BY person_id, kind = 'first' DESC, id DESC
"""
_PATIENCE = "SET LOCAL lock_timeout = '2s'"
_PATIENCE_AGAIN = "SET LOCAL lock_timeout = %s"
_PATIENCE_BEFORE = "SHOW lock_timeout"
RETRY = timedelta(days=1)
"""So long until a child without a household is looked at again: its mother may have been entered since."""


def place(dossier_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Give the children of these dossiers their places; how many joined a household. Safe to run again.

    Inside the caller's transaction, and never its end: what breaks is undone alone and tried later.
    """
    if not dossier_ids:
        return 0
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_PATIENCE_BEFORE)
        patience = cursor.fetchone()[0]
        try:
            with transaction.atomic():
                cursor.execute(_PATIENCE)
                joined = int(_PLACE.value(_told(dossier_ids)) or 0)
        except DatabaseError:
            _log.exception("homes.put_off")
            cursor.execute(_PUT_OFF, {"dossiers": list(dossier_ids), "at": at})
            joined = 0
        cursor.execute(_PATIENCE_AGAIN, [patience])
        return joined


def follow(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Look again at children without a household, those with a corrected mother first; how many were looked at."""
    with acting(by, at=at), connection.cursor() as cursor:
        find_rows_by_index()
        cursor.execute(_DUE, {"before": at - RETRY, "limit": limit})
        due = cursor.fetchall()
        # A child whose births are all cancelled has no place to be given.
        gone = [person for person, dossier in due if dossier is None]
        cursor.execute(_NOTHING_TO_DO, [at, at, gone])
    for _, dossier in due:
        # One by one: a child that somebody is just moving must not hold up the others.
        if dossier is not None:
            place([dossier], by=by, at=at)
    return len(due)


def take_out(dossier_id: int, *, by: Actor, at: datetime) -> None:
    """The birth was cancelled: its child lives in no household because of it."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_TAKE_OUT, [dossier_id])


def _told(dossier_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "dossiers": list(dossier_ids),
        "mother_relations": [str(mother) for mother in OF_A_CHILD],
        "child_relations": [str(child) for child in OF_A_CHILD.values()],
    }


def dossier_codes(by: Actor, person_ids: Sequence[int]) -> dict[int, str]:
    """Child → the code of its dossier, for a link to its record; those out of the actor's reach are missing. One query."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CODES, [list(person_ids)])
        return dict(cursor.fetchall())

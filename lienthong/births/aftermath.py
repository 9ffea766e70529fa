"""What later messages mean for a child that was registered twice: an officer is asked, no second card is made.

A dossier that a confirmed double closed stays closed whatever its registration says later, until that is undone.
"""

from datetime import datetime

from django.db import connection

from lienthong.dossiers import actions as dossiers
from lienthong.kernel.actor import Actor

_IS_DOUBLE = """
    SELECT state IN ('REJECTED', 'CANCELLED') AND reason = 'DUPLICATE_CONFIRMED' FROM dossiers_dossier WHERE id = %s
"""
# The other registrations of the child whose kept one was cancelled: merged records', and those refused as double.
_LEFT = """
    WITH child AS (
        SELECT persons_family(persons_survivor(person_id)) AS family FROM dossiers_dossier
        WHERE id = %s AND person_id IS NOT NULL
    )
    SELECT dossier.id FROM child JOIN dossiers_dossier AS dossier ON dossier.person_id = ANY (child.family)
    WHERE dossier.reason = 'DUPLICATE_CONFIRMED' AND dossier.state IN ('REJECTED', 'CANCELLED')
      AND dossier.kind = 'first'
    UNION
    SELECT decided.dossier_id FROM child JOIN births_duplicate AS decided ON decided.other_id = ANY (child.family)
    JOIN dossiers_dossier AS dossier ON dossier.id = decided.dossier_id AND dossier.reason = 'DUPLICATE_CONFIRMED'
    WHERE decided.kind = 'same' AND decided.undone_at IS NULL
    ORDER BY 1
"""


def is_double(dossier_id: int) -> bool:
    """True when a confirmed double closed the dossier."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_DOUBLE, [dossier_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def ask_about_double(dossier_id: int, digest: bytes, *, by: Actor, at: datetime) -> None:
    """A closed double's registration says something else now; is it still the same child, an officer is asked."""
    key = f"dossier:{dossier_id}:{digest.hex()[:16]}"
    dossiers.open_task(
        "T-DOUBLE-CHANGED", dossier_id=dossier_id, subject_key=key, detail={}, by=by, at=at
    )


def ask_about_what_is_left(dossier_id: int, *, by: Actor, at: datetime) -> None:
    """The registration that was kept is cancelled: the child may have to go on under another one."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [dossier_id])
        left = [row[0] for row in cursor.fetchall()]
    for other in left:
        if other != dossier_id:
            dossiers.open_task(
                "T-DOUBLE-LEFT",
                dossier_id=other,
                subject_key=f"dossier:{other}:{dossier_id}",
                detail={"dossier": dossier_id},
                by=by,
                at=at,
            )

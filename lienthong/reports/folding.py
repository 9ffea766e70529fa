"""Folds what happened to dossiers into their lines, in batches, once it can no longer be joined by something earlier.

Figures are right without it: what is not folded yet they read from the events. Lines can be made again from nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from lienthong.cards import officetime
from lienthong.database.scope import acting
from lienthong.database.sql import Statement, looking_up_by_index
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date

_AT_ONCE = 50_000
_LAG = timedelta(minutes=30)
"""So long folding stands aside while births are on their way to a request."""
# One at a time; no transaction id is taken for it.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('lienthong.reports'))"
_GIVEN_OUT = """
    SELECT coalesce(pg_sequence_last_value('dossiers_event_id_seq'), 0),
           coalesce(pg_sequence_last_value('reports_shift_id_seq'), 0),
           coalesce(pg_sequence_last_value('reports_identified_id_seq'), 0)
"""
_NAMES = ("event", "shift", "identified")
_MARKS = "SELECT name, seen_id, pending_id, pending_xact FROM reports_mark"
_ALL_BEFORE = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_IS_BUSY = """
    SELECT (EXISTS (SELECT 1 FROM births_message WHERE state = 'pending')
            OR EXISTS (SELECT 1 FROM dossiers_dossier
                       WHERE state IN ('RECEIVED', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN')))
       AND NOT EXISTS (SELECT 1 FROM (SELECT at FROM dossiers_event WHERE id > %s ORDER BY id LIMIT 1) AS oldest WHERE at < %s)
"""
# The last id of the next batch, how many ids it has, and its dossiers. One that has moved again behind the batch is left to
# a later one: until then it counts as one whose line lags behind, and catching up makes each line once.
_MOVED = {
    "event": """
        WITH batch AS MATERIALIZED (
            SELECT id, dossier_id FROM dossiers_event WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
        ),
        ends AS MATERIALIZED (SELECT max(id) AS id, count(*) AS count FROM batch)
        SELECT ends.id, ends.count, ARRAY(
            SELECT moved.dossier_id FROM (SELECT DISTINCT dossier_id FROM batch) AS moved
            WHERE NOT EXISTS (SELECT 1 FROM dossiers_event AS later
                              WHERE later.dossier_id = moved.dossier_id AND later.id > ends.id))
        FROM ends
    """,
    "shift": """
        SELECT max(id), count(*), array_agg(DISTINCT dossier_id) FROM (
            SELECT id, dossier_id FROM reports_shift WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS batch
    """,
    "identified": """
        SELECT max(batch.id), count(DISTINCT batch.id), array_agg(DISTINCT dossier.id) FILTER (WHERE dossier.id IS NOT NULL)
        FROM (SELECT id, person_id FROM reports_identified WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS batch
        LEFT JOIN dossiers_dossier AS dossier USING (person_id)
    """,
}
_FORGET = Statement.load("lienthong.reports", "forget.sql")
_WRITE = Statement.load("lienthong.reports", "write.sql")
_SEEN = "UPDATE reports_mark SET seen_id = %s WHERE name = %s"
_PENDING = """
    UPDATE reports_mark SET pending_id = %s, pending_xact = pg_current_xact_id()::text::bigint WHERE name = %s
"""
_FORGET_ALL = "DELETE FROM reports_line; DELETE FROM reports_cell"
_FROM_THE_START = "UPDATE reports_mark SET seen_id = 0, pending_id = 0, pending_xact = 0"


def fold(*, by: Actor, at: datetime) -> int:
    """Bring the lines of up to some 50,000 events up to date; 0 when nothing more can be folded now.

    An id is passed only when every transaction that could hold a lower one has ended, as in `cards.conformance.look`.
    Stands aside while births are on their way, though not for long.
    """
    officetime.ensure(vietnam_date(at))
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return 0
        # Before anything here has a transaction id: whoever holds an id up to these began before `_PENDING` takes ours.
        cursor.execute(_GIVEN_OUT)
        given_out = dict(zip(_NAMES, cursor.fetchone(), strict=True))
        cursor.execute(_MARKS)
        marks = {row[0]: row[1:] for row in cursor.fetchall()}
        if all(given_out[name] <= marks[name][0] for name in _NAMES):
            return 0
        cursor.execute(_IS_BUSY, [marks["event"][0], at - _LAG])
        if cursor.fetchone()[0]:
            return 0
        cursor.execute(_ALL_BEFORE)
        ended_before = cursor.fetchone()[0]
        moved: set[int] = set()
        steps = 0
        for name in _NAMES:
            steps += _take(cursor, name, marks[name], given_out[name], ended_before, moved)
        if moved:
            with looking_up_by_index():
                _FORGET.run({"ids": sorted(moved)})
                _WRITE.run({"ids": sorted(moved)})
        return steps


def _take(
    cursor: Any,  # noqa: ANN401 - Django's cursor wrapper
    name: str,
    mark: tuple[int, int, int],
    given_out: int,
    ended_before: int,
    moved: set[int],
) -> int:
    """Collect the dossiers of the next settled ids of one source and move its mark; 1 when it moved."""
    seen, pending, pending_xact = mark
    if pending > seen:
        if pending_xact > ended_before:
            return 0
        cursor.execute(_MOVED[name], [seen, pending, _AT_ONCE])
        last, count, dossiers = cursor.fetchone()
        moved.update(dossiers or ())
        if count >= _AT_ONCE:
            cursor.execute(_SEEN, [last, name])
            return 1
        cursor.execute(_SEEN, [pending, name])
        seen = pending
    elif given_out <= seen:
        return 0
    if given_out > seen:
        cursor.execute(_PENDING, [given_out, name])
    return 1


def fold_all(*, by: Actor, at: datetime) -> int:
    """Fold until nothing more can be folded now; how many steps that took."""
    steps = 0
    while moved := fold(by=by, at=at):
        steps += moved
    return steps


def rebuild(*, by: Actor, at: datetime) -> int:
    """Forget every line and make them all again; how many steps that took. Figures stay right meanwhile."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FORGET_ALL)
        cursor.execute(_FROM_THE_START)
    return fold_all(by=by, at=at)

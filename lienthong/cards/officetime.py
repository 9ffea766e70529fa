"""The office's days and the due days of a card's steps as rows, for the search and for delays in office hours.

Written from `law.tables` when the law's version or the year has changed; never edited.
"""

from datetime import date, timedelta

from django.db import connection, transaction

from lienthong.law import sources, tables

_NAME = "officetime"
_STAMP = "SELECT version, on_day FROM database_law_stamp WHERE name = %s"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.officetime'))"
_WRITE_STAMP = """
    INSERT INTO database_law_stamp (name, version, on_day) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, on_day = excluded.on_day
"""
_EMPTY = "DELETE FROM cards_officeday"
_EMPTY_STEPS = "DELETE FROM cards_stepdue"
_PUT_DAYS = """
    INSERT INTO cards_officeday (day, next_worked, cut_off, minutes_before, is_worked, opens, lunch_from, lunch_to, closes)
    SELECT * FROM unnest(%s::date[], %s::date[], %s::time[], %s::int[], %s::boolean[], %s::time[], %s::time[],
                         %s::time[], %s::time[])
"""
_PUT_STEPS = """
    INSERT INTO cards_stepdue (step, day, due_at, late_from)
    SELECT * FROM unnest(%s::text[], %s::date[], %s::timestamptz[], %s::date[])
"""


def ensure(on: date) -> bool:
    """Make the rows those of the law, from the letter's day to the end of next year; True when they were written."""
    year = date(on.year, 1, 1)
    wanted = (tables.version(), year)
    if _stamp() == wanted:
        return False
    start = sources.APPROVAL_SAME_DAY.in_force.start
    count = (date(on.year + 2, 1, 1) - start) // timedelta(days=1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if _stamp() == wanted:
            return False
        days = [
            (
                *(row.day, row.next_worked, row.cut_off, row.minutes_before, row.is_worked),
                *(row.hours.opens, row.hours.lunch_from, row.hours.lunch_to, row.hours.closes),
            )
            for row in tables.office_rows(start, count)
        ]
        cursor.execute(_EMPTY)
        cursor.execute(_EMPTY_STEPS)
        cursor.execute(_PUT_DAYS, [list(column) for column in zip(*days, strict=True)])
        steps = tables.step_rows(start, count)
        cursor.execute(_PUT_STEPS, [list(column) for column in zip(*steps, strict=True)])
        cursor.execute(_WRITE_STAMP, [_NAME, *wanted])
    return True


def _stamp() -> object:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [_NAME])
        return cursor.fetchone()

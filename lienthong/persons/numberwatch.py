"""Looks for what is wrong with numbers: as soon as an entry tells one, and every night once more over all of them.

At night the ledger is looked at too: a number in use that begins like no province's is a matter as well.

What is found is a matter for two officers (`numbermatters`); two persons with one personal id are a pair for the review desk.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.law.provinces import province_predecessors, provinces
from lienthong.persons import pairs
from lienthong.persons.pairs import Suspected

BATCH = 2_000
"""Entries looked at in one transaction."""
SAME_ID = "personal_id"
"""Why two persons may be one: two records hold or tell one personal id."""

_MATTERS = Statement.load("lienthong.persons", "number_matters.sql")
_CLAIM = """
    DELETE FROM persons_numbercheck WHERE entry_id IN (
        SELECT entry_id FROM persons_numbercheck ORDER BY entry_id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING entry_id
"""
_SAME_ID = """
    SELECT DISTINCT persons_survivor(entry.person_id), holder.id
    FROM persons_entry AS entry JOIN persons_person AS holder
        ON holder.personal_id = entry.personal_id AND holder.merged_into_id IS NULL
    WHERE entry.id = ANY (%s) AND entry.person_id IS NOT NULL AND entry.personal_id ~ '^[0-9]{12}$'
      AND persons_survivor(entry.person_id) <> holder.id
"""
# Whatever entry does not tell the number that its person holds: few, and each by index.
_AGAIN = """
    INSERT INTO persons_numbercheck (entry_id)
    SELECT entry.id FROM persons_entry AS entry
    LEFT JOIN persons_number AS ledger ON ledger.number = entry.insurance_number
    WHERE entry.id > %(after)s AND entry.id <= %(to)s AND entry.person_id IS NOT NULL AND entry.insurance_number <> ''
      AND ledger.person_id IS DISTINCT FROM entry.person_id
    ON CONFLICT DO NOTHING
"""
_STRIDE = 200_000
_LEDGER = Statement.load("lienthong.persons", "number_ledger.sql")
_LEDGER_STRIDE = 20_000
_FIRST = "0"
"""Before every number of the ledger."""
_NIGHT = """
    SELECT night.done_on, night.after_id, night.after_number, (SELECT coalesce(max(id), 0) FROM persons_entry)
    FROM persons_numbernight AS night FOR UPDATE SKIP LOCKED
"""
_FAR = "UPDATE persons_numbernight SET after_id = %s, after_number = %s"
_DONE = "UPDATE persons_numbernight SET done_on = %s, after_id = 0, after_number = ''"
# The entry says something else now, or the two were merged; nobody has proposed anything.
_GONE = """
    UPDATE persons_numbermatter AS matter SET closed_at = %(at)s, closed_as = 'gone'
    WHERE matter.closed_at IS NULL
      AND (persons_survivor(matter.person_id) = persons_survivor(matter.other_id)
           OR EXISTS (SELECT 1 FROM persons_entry AS entry WHERE entry.id = matter.entry_id
                      AND persons_number_key(entry.insurance_number) <> matter.key)
           OR matter.source = 'ledger' AND NOT EXISTS (
               SELECT 1 FROM persons_number AS used WHERE used.number = matter.number AND used.status = 'active')
           OR matter.kind <> 'structure' AND EXISTS (
               SELECT 1 FROM persons_number AS ledger
               WHERE ledger.number = matter.number
                 AND persons_survivor(ledger.person_id) = persons_survivor(coalesce(matter.other_id, matter.person_id))))
      AND NOT EXISTS (SELECT 1 FROM persons_numberrepair AS repair
                      WHERE repair.matter_id = matter.id AND repair.state IN ('proposed', 'confirmed'))
"""
_PLACED = """
    UPDATE persons_numbermatter AS matter
    SET area = placed.area, other_area = placed.other_area
    FROM (SELECT waiting.id, persons_area_of(waiting.person_id) AS area,
                 CASE WHEN waiting.other_id IS NULL THEN 0 ELSE persons_area_of(waiting.other_id) END AS other_area
          FROM persons_numbermatter AS waiting WHERE waiting.closed_at IS NULL) AS placed
    WHERE placed.id = matter.id AND (matter.area, matter.other_area) <> (placed.area, placed.other_area)
"""


def look(*, by: Actor, at: datetime) -> int:
    """Look at the entries that wait, a batch; how many were looked at. A kill loses none: the batch is one transaction."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [BATCH])
        entries = [row[0] for row in cursor.fetchall()]
        if not entries:
            return 0
        parameters = {
            "entries": entries,
            "prefixes": _prefixes(at),
            "by": by.label,
            "at": at,
        }
        _MATTERS.run(parameters)
        _suspect(entries, by=by, at=at)
    return len(entries)


def look_at_everything(*, by: Actor, at: datetime) -> int:
    """Once a Vietnamese day, queue every entry that differs from the ledger, find odd numbers of it, close what is no longer so.

    How many moved. A stride a transaction; a kill loses no stride, the next call goes on behind the last.
    """
    moved, is_open = 0, True
    while is_open:
        with acting(by, at=at):
            count, is_open = _stride(by, at)
        moved += count
    return moved


def _stride(by: Actor, at: datetime) -> tuple[int, bool]:
    """One stride: how many moved, and whether more is to be looked at tonight."""
    on = vietnam_date(at)
    with connection.cursor() as cursor:
        cursor.execute(_NIGHT)
        row = cursor.fetchone()
    if row is None or (row[0] is not None and row[0] >= on):
        return 0, False
    _, after, after_number, greatest = row
    if after_number:
        return _ledger_stride(after_number, by=by, at=at)
    return _entries_stride(after, greatest, at=at), True


def _entries_stride(after: int, greatest: int, *, at: datetime) -> int:
    moved = 0
    with connection.cursor() as cursor:
        if after == 0:
            cursor.execute(_GONE, {"at": at})
            moved = int(cursor.rowcount)
            cursor.execute(_PLACED)
            moved += int(cursor.rowcount)
        cursor.execute(_AGAIN, {"after": after, "to": after + _STRIDE})
        moved += int(cursor.rowcount)
        is_last = after + _STRIDE >= greatest
        cursor.execute(_FAR, [0, _FIRST] if is_last else [after + _STRIDE, ""])
    return moved


def _ledger_stride(after: str, *, by: Actor, at: datetime) -> tuple[int, bool]:
    """The next numbers that begin like no province's: read by the ledger's own index, two digits after two digits."""
    known = set(_prefixes(at))
    every = (f"{number:02d}" for number in range(100))
    span = next((it for it in every if it not in known and f"{it}99999999" > after), None)
    with connection.cursor() as cursor:
        if span is None:
            cursor.execute(_DONE, [vietnam_date(at)])
            return 0, False
        last = f"{span}99999999"
        words = {"after": after, "last": last, "limit": _LEDGER_STRIDE, "at": at, "by": by.label}
        ((found, read, reached),) = _LEDGER.rows({**words, "after": max(after, span)})
        cursor.execute(_FAR, [0, reached if read == _LEDGER_STRIDE else last])
    return int(found), True


def _suspect(entries: Sequence[int], *, by: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SAME_ID, [list(entries)])
        found = cursor.fetchall()
    if found:
        rows = [Suspected(one, other, pairs.NUMBER, reason=SAME_ID) for one, other in found]
        pairs.open_pairs(rows, by=by, at=at)


def _prefixes(at: datetime) -> list[str]:
    """The two first digits that a number of any time may have."""
    now = provinces(on=vietnam_date(at))
    return sorted({old for it in now for old in province_predecessors(it.code)})

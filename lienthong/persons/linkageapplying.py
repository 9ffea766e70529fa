"""Writes what a confirmed linkage found, batch by batch, and takes it back: entries tied to persons, doubts to the desk.

A step of the worker. `written_count` says how many results were gone through, so that a killed worker goes on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection

from lienthong.database.scope import acting
from lienthong.database.sql import Statement, find_rows_by_index
from lienthong.kernel.actor import Actor
from lienthong.persons import pairs
from lienthong.persons.linkageresults import Found, batch, folder_of
from lienthong.persons.pairs import Suspected

BATCH: Final = 2_000
_TIE_ENTRIES = Statement.load("lienthong.persons", "linkage_tie_entries.sql")
_TIE_PERSONS = Statement.load("lienthong.persons", "linkage_tie_persons.sql")
_LOOSE = Statement.load("lienthong.persons", "linkage_loose.sql")
_NEXT = """
    SELECT id, "left", "right", certain_from, written_count, figures::text, state FROM persons_linkage
    WHERE state IN ('confirmed', 'undo_asked') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_NOTE = """
    UPDATE persons_linkage SET written_count = %s, figures = %s::jsonb, state = %s, error = %s,
           undone_at = CASE WHEN %s = 'undone' THEN %s::timestamptz END
    WHERE id = %s
"""
_NO_FILES = "Không còn tệp kết quả của lần liên kết này trên máy chủ, nên phần còn lại không ghi được. Có thể hủy phần đã ghi."
_COUNTED: Final = ("tied", "pair", "nobody", "unsure")


@dataclass(slots=True)
class _Work:
    """One linkage being written or taken back; `figures` gains counts named `<kind>_count`."""

    linkage_id: int
    left: str
    right: str
    certain_from: float
    done: int
    figures: dict[str, Any]

    def count(self, kind: str, more: int) -> None:
        """So many more of a kind."""
        key = f"{kind}_count"
        self.figures[key] = int(self.figures.get(key, 0)) + more


def write(root: Path, *, by: Actor, at: datetime) -> int:
    """Write, or take back, the next batch of the first linkage that waits for it; how many results were gone through."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_NEXT)
        row = cursor.fetchone()
        if row is None:
            return 0
        find_rows_by_index()
        linkage_id, left, right, certain_from, done, figures, state = row
        work = _Work(linkage_id, left, right, certain_from, done, json.loads(figures))
        if state == "undo_asked":
            return _loose(work, at)
        try:
            return _write(work, folder_of(root, work.linkage_id), by, at)
        except FileNotFoundError:
            # Nothing was written in this batch: the file is opened first.
            _note(work, work.done, "failed", at, error=_NO_FILES)
            return 1


def _write(work: _Work, folder: Path, by: Actor, at: datetime) -> int:
    """The next batch of links, then of doubtful pairs; how far into the files it came stands with the figures."""
    gone_through = 0
    for is_doubtful, mark in ((False, "links_read"), (True, "doubtful_read")):
        if gone_through:
            break
        place = int(work.figures.get(mark, 0))
        found, work.figures[mark] = batch(folder, place, BATCH, doubtful=is_doubtful)
        sure = [it for it in found if not is_doubtful and it.probability >= work.certain_from]
        unsure = [it for it in found if is_doubtful or it.probability < work.certain_from]
        _tie(work, sure, is_certain=True, by=by, at=at)
        _tie(work, unsure, is_certain=False, by=by, at=at)
        gone_through += len(found)
    _note(work, work.done + gone_through, "confirmed" if gone_through else "applied", at)
    return max(1, gone_through)


def _tie(work: _Work, found: Sequence[Found], *, is_certain: bool, by: Actor, at: datetime) -> None:
    if not found:
        return
    lefts, rights = [it.left_id for it in found], [it.right_id for it in found]
    if work.left == "persons":
        lefts, rights = rights, lefts
    statement = _TIE_PERSONS if "persons" in (work.left, work.right) else _TIE_ENTRIES
    rows = statement.rows(
        {
            "lefts": lefts,
            "rights": rights,
            "probabilities": [it.probability for it in found],
            "certain": is_certain,
            "linkage": work.linkage_id,
        }
    )
    for kind in _COUNTED:
        work.count(kind, sum(row[0] == kind for row in rows))
    suspected = [
        Suspected(one, other, pairs.REGISTER, probability, "LINKAGE")
        for kind, one, other, probability in rows
        if kind == "pair"
    ]
    work.count("opened", pairs.open_pairs(suspected, by=by, at=at))


def _loose(work: _Work, at: datetime) -> int:
    """`done` is the id of the last list entry that was taken back."""
    asked = {"linkage": work.linkage_id, "after": work.done, "limit": BATCH}
    last, looked_at, loosed = _LOOSE.rows(asked)[0]
    work.count("loosed", loosed)
    _note(work, last or work.done, "undo_asked" if looked_at == BATCH else "undone", at)
    return max(1, int(looked_at))


def _note(work: _Work, done: int, state: str, at: datetime, *, error: str = "") -> None:
    with connection.cursor() as cursor:
        said: list[Any] = [done, json.dumps(work.figures), state, error, state, at, work.linkage_id]
        cursor.execute(_NOTE, said)

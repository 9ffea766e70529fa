"""The records behind a number: exactly those that were counted, page by page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.reports import counting
from lienthong.reports.counting import Question
from lienthong.reports.states import (
    CAUSES_VI,
    ENDINGS_VI,
    STAGES_VI,
    WHOSE_TURN_VI,
    Category,
    Cause,
)

_EVERYTHING = """
    SELECT * FROM reports_listed(
        %(first)s, %(last)s, %(as_of)s, %(bounds)s::date[], %(provinces)s::smallint[], %(area)s, %(communes)s::int[],
        true, NULL, %(categories)s::int[], %(after)s::bigint, %(most)s)
"""
_SEEN = """
    SELECT * FROM reports_listed_seen(
        %(first)s, %(last)s, %(as_of)s, %(bounds)s::date[], %(provinces)s::smallint[], %(area)s, %(communes)s::int[],
        %(categories)s::int[], %(after)s::bigint, %(most)s)
"""
_DOSSIERS = """
    SELECT dossier.id, dossier.code, dossier.message_id, dossier.child_name, dossier.child_born_on, dossier.received_at,
           dossier.urgent, dossier.late_reason, dossier.late_note,
           coalesce((SELECT left_unit.name FROM dossiers_reroute AS told
                     JOIN catalogues_unit AS left_unit ON left_unit.id = told.from_unit_id
                     WHERE told.dossier_id = dossier.id AND told.at <= %(as_of)s
                       AND told.from_unit_id IS DISTINCT FROM told.to_unit_id
                     ORDER BY told.id DESC LIMIT 1), '')
    FROM dossiers_dossier AS dossier WHERE dossier.id = ANY (%(ids)s)
"""
_MESSAGES = """
    SELECT id, message_id, received_at, code, held_for FROM births_message WHERE id = ANY (%(ids)s)
"""
_UNITS = "SELECT id, code, name FROM catalogues_unit WHERE id = ANY (%s)"
_COMMUNES = """
    SELECT DISTINCT ON (code) code, name FROM catalogues_division
    WHERE level = 'commune' AND code = ANY (%s) ORDER BY code, lower(valid) DESC
"""
_BATCH = 5_000
_GONE_VI = "Hồ sơ nay thuộc đơn vị khác"
_ASIDE_VI = {
    Cause.CORRECTED_ON_PAPER: "Giấy sửa hồ sơ đã có",
    Cause.SENT_AGAIN: "Bản gửi lặp",
    Cause.NOT_ENTITLED: "Thông điệp không thành hồ sơ",
    Cause.CANCELLED_BY_SENDER: "Thông điệp không thành hồ sơ",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One record as it stood at the instant asked for.

    `dossier_id` is None for a message that was no dossier then; code and child are '' (None) too for a dossier that the
    reader's area no longer holds: it is counted, not shown. `since` is the instant since which it stood there.
    """

    key: int
    category: Category
    dossier_id: int | None
    dossier_code: str
    message_id: str
    child_name: str
    birth_date: date | None
    received_on: date
    due_on: date | None
    since: datetime
    province_code: str
    commune_code: str
    commune_name: str
    unit_code: str
    unit_name: str
    old_unit_name: str
    late_reason: str
    late_note: str
    is_urgent: bool

    @property
    def stage_vi(self) -> str:
        """Where it stood: its step, or how it was stopped."""
        return ENDINGS_VI[self.category.ending] or STAGES_VI[self.category.position]

    @property
    def cause_vi(self) -> str:
        """Why it waited or was stopped; '' when the step says it all."""
        return CAUSES_VI[self.category.cause]

    @property
    def turn_vi(self) -> str:
        """Who had to act next; '' for nobody."""
        return WHOSE_TURN_VI[self.category.position] if self.category.is_open else ""

    @property
    def name_vi(self) -> str:
        """The child's name, or why there is none."""
        if self.child_name:
            return self.child_name
        if self.dossier_id is not None:
            return _GONE_VI
        return _ASIDE_VI.get(self.category.cause, "Thông điệp chưa thành hồ sơ")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the records behind a number, how many there are in all, and where to go on (None: nowhere)."""

    lines: tuple[Line, ...]
    count: int
    next_after: int | None


def page(
    by: Actor, question: Question, counts: Callable[[Category], bool], *, after: int, limit: int
) -> Page:
    """The records of the categories that the column counts. Six statements at most."""
    wanted, total = _wanted(by, question, counts)
    lines, is_more = _after(by, question, wanted, after, limit)
    return Page(tuple(lines), total, lines[-1].key if is_more else None)


def every(by: Actor, question: Question, counts: Callable[[Category], bool]) -> Iterator[Line]:
    """All of them, in batches that fit into memory."""
    wanted, _ = _wanted(by, question, counts)
    after, is_more = 0, True
    while is_more:
        lines, is_more = _after(by, question, wanted, after, _BATCH)
        yield from lines
        after = lines[-1].key if lines else 0


def _wanted(
    by: Actor, question: Question, counts: Callable[[Category], bool]
) -> tuple[list[int], int]:
    tally = counting.together(counting.count(by, question).values())
    wanted = [value for value in tally.categories if counts(Category.of(value))]
    return wanted, sum(tally.categories[value] for value in wanted)


def _after(
    by: Actor, question: Question, wanted: list[int], after: int, limit: int
) -> tuple[list[Line], bool]:
    if not wanted:
        return [], False
    words = question.parameters | {"categories": wanted, "after": after, "most": limit + 1}
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING if counting.sees_everything(by) else _SEEN, words)
        rows = cursor.fetchall()
    return _lines(rows[:limit], question.as_of), len(rows) > limit


def _lines(rows: list[tuple[Any, ...]], as_of: datetime) -> list[Line]:
    dossiers = _by_id(_DOSSIERS, [row[0] // 2 for row in rows if row[0] % 2 == 0], as_of)
    messages = _by_id(_MESSAGES, [row[0] // 2 for row in rows if row[0] % 2], as_of)
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, [sorted({row[2] for row in rows if row[2] > 0})])
        units = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_COMMUNES, [sorted({f"{row[4]:05}" for row in rows if row[4]})])
        communes = dict(cursor.fetchall())
    found = []
    for key, category, area, province, commune, received_on, due_on, since in rows:
        is_message = key % 2 == 1
        told = (messages if is_message else dossiers).get(key // 2)
        code = f"{commune:05}" if commune else ""
        unit_code, unit_name = units.get(area, ("", ""))
        found.append(
            Line(
                key=key,
                category=Category.of(category),
                dossier_id=None if is_message else key // 2,
                dossier_code=told[0] if told and not is_message else "",
                message_id=told[0 if is_message else 1] if told else "",
                child_name=told[2] if told and not is_message else "",
                birth_date=told[3] if told and not is_message else None,
                received_on=received_on,
                due_on=due_on,
                since=since,
                province_code=f"{province:02}" if province else "",
                commune_code=code,
                commune_name=communes.get(code, ""),
                unit_code=unit_code,
                unit_name=unit_name,
                old_unit_name=told[8] if told and not is_message and category >> 18 & 1 else "",
                late_reason=told[6] if told and not is_message else "",
                late_note=told[7] if told and not is_message else "",
                is_urgent=bool(told and not is_message and told[5]),
            )
        )
    return found


def _by_id(statement: str, ids: list[int], as_of: datetime) -> dict[int, tuple[Any, ...]]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ids": ids, "as_of": as_of})
        return {row[0]: row[1:] for row in cursor.fetchall()}

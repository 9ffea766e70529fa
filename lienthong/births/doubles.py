"""The review desk (nghi trùng): two persons, or a new dossier and a known person, who may be one; what waits, and each.

Public face: `waiting`, `counts`, `next_of`, `of_pair`, `of_task`. Decisions are `persons.pairs`, `merging` and
`duplicates`. Of another unit's person an officer sees initials and a year of birth, never more.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.births.matching import facts_of_dossier
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.dossiers import clocks, lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.persons.likeness import Facts, Rule, Score
from lienthong.persons.matching import facts_of_person, score
from lienthong.persons.pairs import GONE_VI, OFFICER, ORIGINS_VI

Subject = Literal["pair", "task"]
STANDS = ("open", "proposed", "later")
_WAITING = Statement.load("lienthong.births", "doubles_waiting.sql")
_COUNTS = """
    SELECT origin, count(*) FROM (
        SELECT pair.origin FROM persons_pair AS pair WHERE pair.state IN ('open', 'later')
        UNION ALL
        SELECT 'intake' FROM dossiers_task AS task WHERE task.kind = 'E-DUP-PERSON' AND task.closed_at IS NULL) AS waiting
    GROUP BY origin
"""
_NAMES = "SELECT * FROM births_double_names(%s, %s, '{}')"
_PAIR = """
    SELECT pair.id, pair.origin, pair.probability, pair.reason, pair.opened_at AS since, pair.state, pair.later_until,
           pair.note, pair.decided_by, pair.decided_at, pair.score::text AS score, pair.low_id AS one_id,
           pair.high_id AS other_id, NULL::bigint AS dossier_id
    FROM persons_pair AS pair WHERE pair.id = %s
"""
_TASK = """
    SELECT task.id, 'intake' AS origin, (task.detail ->> 'probability')::float8 AS probability,
           coalesce(task.detail ->> 'rule', '') AS reason, task.opened_at AS since,
           CASE WHEN task.closed_at IS NULL THEN 'open' ELSE coalesce(decided.kind, 'closed') END AS state,
           NULL::date AS later_until, task.note, task.closed_by AS decided_by, task.closed_at AS decided_at,
           '{}' AS score, 0::bigint AS one_id, 0::bigint AS other_id, task.dossier_id
    FROM dossiers_task AS task
    LEFT JOIN births_duplicate AS decided
        ON decided.task_id = task.id AND decided.kind <> 'later' AND decided.undone_at IS NULL
    WHERE task.id = %s AND task.kind = 'E-DUP-PERSON'
"""
_SIDES = "SELECT low::text, high::text FROM births_pair_sides(%s)"
_TASK_SIDE = "SELECT other::text FROM births_task_side(%s)"
_DOSSIER = """
    SELECT dossier.code, dossier.message_id, dossier.state, dossier.kind, coalesce(unit.name, ''), dossier.child_name,
           dossier.child_born_on
    FROM dossiers_dossier AS dossier LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id WHERE dossier.id = %s
"""
_BEGIN = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the list. `one` and `other` are names, or initials where the person is another unit's."""

    subject: Subject
    id: int
    origin: str
    probability: float | None
    reason: str
    since: datetime
    later_until: date | None
    merge_id: int | None
    asked_by: str
    asked_person: int
    dossier_code: str
    one: str = ""
    one_born: str = ""
    other: str = ""
    other_born: str = ""

    @property
    def origin_vi(self) -> str:
        """Who found the two."""
        return ORIGINS_VI[self.origin]

    @property
    def reason_vi(self) -> str:
        """By what they were found, in a sentence, or what the officer wrote who reported them; '' where it is not a rule."""
        return self.reason if self.origin == OFFICER else reason_vi(self.reason)

    @property
    def due_on(self) -> date:
        """The day by which it should be answered."""
        return clocks.task_due(self.since)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which questions: of one origin or all (''), how they stand (`STANDS`), after which row of the page before."""

    origin: str = ""
    stands: str = "open"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Questions, and where the page ended; '' when nothing follows."""

    lines: list[Line]
    next_after: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two as the actor may see him. `facts` is None for another unit's person: then `initials` and a year.

    `numbers`, `cards` and `dossiers` are empty there, and the counts say how many there are.
    """

    person_id: int
    is_mine: bool
    unit_name: str
    province_name: str
    initials: str
    birth_year: int
    number_count: int
    card_count: int
    dossier_count: int
    merged_into: int | None = None
    facts: Facts | None = None
    numbers: tuple[dict[str, Any], ...] = ()
    cards: tuple[dict[str, Any], ...] = ()
    dossiers: tuple[dict[str, Any], ...] = ()
    residence_text: str = ""
    commune_name: str = ""
    died_on: str = ""

    @classmethod
    def read(cls, said: dict[str, Any], facts: Mapping[int, Facts]) -> "Side":
        """A side as the database tells it, with its facts among those that the actor may see."""
        told = dict(said)
        shown = told.pop("facts", {})
        told |= {name: tuple(told.get(name, ())) for name in ("numbers", "cards", "dossiers")}
        return cls(
            **told,
            facts=facts.get(told["person_id"]) if told["is_mine"] else None,
            residence_text=shown.get("residence_text") or "",
            commune_name=shown.get("residence_commune") or "",
            died_on=shown.get("died_on") or "",
        )

    @property
    def name(self) -> str:
        """His name, or its initials."""
        return self.facts.full_name if self.facts else self.initials


@dataclass(frozen=True, slots=True)
class Double:
    """One question with both sides. `told` is the arithmetic of the score, None where one side is not the actor's.

    `stored` are the agreements and weights kept when the pair was opened, by field. `dossier_id` is that of a task.
    """

    subject: Subject
    id: int
    origin: str
    probability: float | None
    reason: str
    since: datetime
    state: str
    later_until: date | None
    note: str
    decided_by: str
    decided_at: datetime | None
    one: Side
    other: Side
    dossier_id: int | None
    told: Score | None = None
    stored: dict[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """True while it waits for a decision."""
        return self.state in {"open", "later"}

    @property
    def is_whole(self) -> bool:
        """True when both persons are the actor's to see."""
        return self.one.facts is not None and self.other.facts is not None

    @property
    def reason_vi(self) -> str:
        """By what they were found, or what the officer wrote who reported them."""
        if self.origin == OFFICER:
            return self.reason
        return self.told.rule_vi if self.told else reason_vi(self.reason)

    @property
    def origin_vi(self) -> str:
        """Who found the two."""
        return ORIGINS_VI[self.origin]


def reason_vi(code: str) -> str:
    """A rule of the score as a sentence; '' for what is none."""
    return Rule(code).words_vi if code in frozenset(Rule) else ""


def waiting(by: Actor, *, filters: Filter, on: date, limit: int = 50) -> Page:
    """What waits for the actor, the oldest first. Two statements."""
    _need(by)
    subject, key, at = _place(filters.after)
    parameters: dict[str, Any] = {
        "on": on,
        "origin": filters.origin if filters.origin in ORIGINS_VI else "",
        "stands": filters.stands if filters.stands in STANDS else "open",
        "after_at": at,
        "after_subject": subject,
        "after_id": key,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAITING.text, parameters)
        found = rows_as(Line, cursor)
    shown = _named(found[:limit])
    last = shown[-1] if len(found) > limit else None
    return Page(shown, f"{last.since.isoformat()}~{last.subject}~{last.id}" if last else "")


def counts(by: Actor) -> dict[str, int]:
    """How many questions wait, by origin. One statement."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        return dict(cursor.fetchall())


def next_of(by: Actor, *, on: date) -> Line | None:
    """The question to look at next: the oldest that is open."""
    page = waiting(by, filters=Filter(), on=on, limit=1)
    return page.lines[0] if page.lines else None


def of_pair(by: Actor, pair_id: int) -> Double:
    """Two persons side by side, with the score's arithmetic where both are the actor's. Raises NotFound."""
    head = _head(_PAIR, pair_id, by)
    with connection.cursor() as cursor:
        cursor.execute(_SIDES, [pair_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(GONE_VI)
    facts = facts_of_person([head["one_id"], head["other_id"]], by=by)
    one, other = (Side.read(json.loads(text), facts) for text in row)
    return _double("pair", head, one, other)


def of_task(by: Actor, task_id: int) -> Double:
    """A dossier's child beside the known one, as `of_pair`. Raises NotFound."""
    head = _head(_TASK, task_id, by)
    with connection.cursor() as cursor:
        cursor.execute(_TASK_SIDE, [task_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(GONE_VI)
        known = json.loads(row[0])
        cursor.execute(_DOSSIER, [head["dossier_id"]])
        code, message_id, state, kind, unit, name, born_on = cursor.fetchone()
    of_dossier = facts_of_dossier([head["dossier_id"]], by=by)
    one = Side(
        person_id=0,
        is_mine=True,
        unit_name=unit,
        province_name="",
        initials=name,
        birth_year=born_on.year,
        number_count=0,
        card_count=0,
        dossier_count=1,
        facts=of_dossier.get(head["dossier_id"]),
        dossiers=({"code": code, "message_id": message_id, "state": state, "kind": kind},),
    )
    other = Side.read(known, facts_of_person([known["person_id"]], by=by))
    return _double("task", head, one, other)


def _double(subject: Subject, head: dict[str, Any], one: Side, other: Side) -> Double:
    told = score(one.facts, other.facts) if one.facts and other.facts else None
    stored = json.loads(head.pop("score"))
    for key in ("one_id", "other_id"):
        head.pop(key)
    return Double(subject, one=one, other=other, told=told, stored=stored, **head)


def _head(statement: str, key: int, by: Actor) -> dict[str, Any]:
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        row = cursor.fetchone()
        if row is None:
            raise NotFound(GONE_VI)
        return dict(zip((it[0] for it in cursor.description), row, strict=True))


def _named(lines: Sequence[Line]) -> list[Line]:
    ids: dict[str, list[int]] = {"pair": [], "task": []}
    for line in lines:
        ids[line.subject].append(line.id)
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [ids["pair"], ids["task"]])
        names = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
    return [_with(line, names.get((line.subject, line.id), ("", "", "", ""))) for line in lines]


def _with(line: Line, names: tuple[str, ...]) -> Line:
    one, one_born, other, other_born = names
    return replace(line, one=one, one_born=one_born, other=other, other_born=other_born)


def _place(after: str) -> tuple[str, int, datetime]:
    at, _, rest = after.partition("~")
    subject, _, key = rest.partition("~")
    try:
        return subject, int(key), datetime.fromisoformat(at)
    except ValueError:
        return "", 0, _BEGIN


def _need(by: Actor) -> None:
    if not by.may(Permission.PERSON_REVIEW):
        raise NotAllowed(
            "Bạn không có quyền xem xét hai người nghi trùng.", code=str(Permission.PERSON_REVIEW)
        )


CARD_STATES_VI = {
    "requested": "chờ duyệt",
    "active": "đang có giá trị",
    "superseded": "đã thay",
    "expired": "hết hạn",
    "revoked": "đã thu hồi",
}
NUMBER_STATES_VI = {
    "active": "đang dùng",
    "merged_into": "đã gộp",
    "revoked": "đã hủy",
    "wrong_structure": "sai cấu trúc",
}


def dossier_state_vi(state: str) -> str:
    """A dossier's state as officials call it."""
    return lifecycle.LABELS_VI[state]

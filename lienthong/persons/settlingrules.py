"""Settles many differences alike, by a rule that an officer writes down: which, how many, shown first, and taken back as one.

A rule is of one kind, one pattern and one choice. It reaches what its user reaches and nothing else, and leaves open what
would change a birth's own facts. Household, relation and numbers are settled one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import settling
from lienthong.persons.settling import COLUMNS

_PICKED = Statement.load("lienthong.persons", "settling_picked.sql")
_ADD = """
    INSERT INTO persons_differencerule (name, kind, pattern, choice, reason, made_by, made_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_END = "UPDATE persons_differencerule SET ended_at = %s, ended_by = %s WHERE id = %s AND ended_at IS NULL"
_RULES = """
    SELECT rule.id, rule.name, rule.kind, rule.pattern, rule.choice, rule.reason, rule.made_by, rule.made_at
    FROM persons_differencerule AS rule WHERE rule.ended_at IS NULL AND (%(id)s = 0 OR rule.id = %(id)s)
    ORDER BY rule.id
"""
_RUNS = """
    SELECT run.id, rule.name, rule.kind, run.done_count, run.by, run.at, run.undone_at, run.undone_by, run.undone_count
    FROM persons_differencerun AS run JOIN persons_differencerule AS rule ON rule.id = run.rule_id
    ORDER BY run.id DESC LIMIT 20
"""
_RUN = "INSERT INTO persons_differencerun (rule_id, done_count, by, at) VALUES (%s, 0, %s, %s) RETURNING id"
_COUNTED = "UPDATE persons_differencerun SET done_count = %s WHERE id = %s"
_WRITE = """
    SELECT count(*) FROM (
        SELECT persons_restate(row.person_id, %(column)s, row.value) AS is_written
        FROM unnest(%(persons)s::bigint[], %(values)s::text[]) AS row (person_id, value) OFFSET 0) AS written
    WHERE is_written
"""
_SETTLE = """
    UPDATE persons_difference AS difference
    SET state = 'settled', choice = %(choice)s, reason = %(reason)s, value_before = row.before, value_after = row.after,
        run_id = %(run)s, settled_by = %(by)s, settled_at = %(at)s
    FROM unnest(%(ids)s::bigint[], %(before)s::text[], %(after)s::text[]) AS row (id, before, after)
    WHERE difference.id = row.id AND difference.state = 'open'
"""
_LOCK_RUN = """
    SELECT run.id, rule.kind FROM persons_differencerun AS run JOIN persons_differencerule AS rule ON rule.id = run.rule_id
    WHERE run.id = %s AND run.undone_at IS NULL AND run.by = %s FOR UPDATE OF run
"""
# A record that changed again since keeps what it says now; a difference found anew since is not opened twice.
_SETTLED = """
    SELECT difference.id, difference.person_id, difference.value_before, difference.value_after
    FROM persons_difference AS difference
    WHERE difference.run_id = %s AND difference.state = 'settled'
      AND NOT EXISTS (SELECT 1 FROM persons_difference AS later
                      WHERE later.person_id = difference.person_id AND later.kind = difference.kind AND later.state = 'open')
    ORDER BY difference.id FOR UPDATE OF difference
"""
_HELD = """
    SELECT person.id FROM persons_person AS person
    JOIN unnest(%(persons)s::bigint[], %(values)s::text[]) AS row (person_id, value) ON row.person_id = person.id
    WHERE CASE %(column)s WHEN 'full_name' THEN person.full_name WHEN 'born_on' THEN person.born_on::text
                          WHEN 'sex' THEN person.sex WHEN 'mother_name' THEN person.mother_name
                          WHEN 'residence_commune_code' THEN person.residence_commune_code END = row.value
"""
_REOPEN = """
    UPDATE persons_difference
    SET state = 'open', choice = '', reason = '', value_before = '', value_after = '', run_id = NULL, settled_by = '',
        settled_at = NULL
    WHERE id = ANY (%s)
"""
_UNDONE = "UPDATE persons_differencerun SET undone_at = %s, undone_by = %s, undone_count = %s WHERE id = %s"

KINDS: Final = (
    "name_tone",
    "name",
    "birth_date",
    "sex",
    "mother_name",
    "commune",
    "only_household",
    "only_collection",
)
"""Kinds that a rule may settle."""
PATTERNS_VI: Final = {
    "any": "Mọi trường hợp",
    "tone_place": "Chỉ khác cách đặt dấu thanh",
    "case": "Chỉ khác chữ hoa, chữ thường",
    "empty_side": "Một bên để trống",
    "day_month": "Ngày và tháng đảo chỗ cho nhau",
    "equals_registered": "Một bên đúng như đang đăng ký",
}
_ONLY = {
    "tone_place": {"name_tone"},
    "case": {"name_tone"},
    "day_month": {"birth_date"},
    "empty_side": {"birth_date", "sex", "name"},
    "equals_registered": set(COLUMNS) & set(KINDS),
}
BATCH = 2_000
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as written."""

    id: int
    name: str
    kind: str
    pattern: str
    choice: str
    reason: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RunLine:
    """One time that a rule was applied."""

    id: int
    name: str
    kind: str
    done_count: int
    by: str
    at: datetime
    undone_at: datetime | None
    undone_by: str
    undone_count: int


@dataclass(frozen=True, slots=True)
class Picked:
    """A difference as the rule would settle it; `fits` is False when it would be left open."""

    id: int
    person_id: int
    full_name: str
    household_value: str
    collection_value: str
    value_before: str | None
    value_after: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do now: how many it settles, how many of them change a record, how many it leaves, and the first few."""

    done_count: int
    changed_count: int
    left_count: int
    sample: Sequence[Picked]


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to be written down."""

    name: str
    kind: str
    pattern: str
    choice: str
    reason: str


def add(rule: NewRule, *, by: Actor, at: datetime) -> int:
    """Write the rule down; its key. Raises Refused with the field when it says nothing or there is one like it."""
    settling.need(by)
    _check(rule)
    try:
        with acting(by, at=at), transaction.atomic(), connection.cursor() as cursor:
            told = (rule.name.strip()[:200], rule.kind, rule.pattern, rule.choice)
            cursor.execute(_ADD, (*told, rule.reason.strip()[:500], by.label, at))
            key = int(cursor.fetchone()[0])
            trail.record(by, "difference.rule", at=at, detail={"rule": key, "kind": rule.kind})
    except IntegrityError as error:
        raise Refused("Đã có quy tắc như vậy.", code="RULE_TWICE", field="kieu") from error
    return key


def end(rule_id: int, *, by: Actor, at: datetime) -> None:
    """Use the rule no more. What it settled stays settled."""
    settling.need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_END, [at, by.label, rule_id])
        trail.record(by, "difference.rule_ended", at=at, detail={"rule": rule_id})


def rules(by: Actor) -> list[Rule]:
    """The rules in use."""
    settling.need(by)
    return _rules(0)


def runs(by: Actor) -> list[RunLine]:
    """The last times that rules were applied, the latest first."""
    settling.need(by)
    with connection.cursor() as cursor:
        cursor.execute(_RUNS)
        return rows_as(RunLine, cursor)


def preview(rule_id: int, *, by: Actor, at: datetime) -> Preview:
    """What the rule would do now within the actor's reach. Changes nothing; one query for each 2,000 differences."""
    settling.need(by)
    rule = _rule(rule_id)
    done = changed = left = after = 0
    sample: list[Picked] = []
    with acting(by, at=at):
        while True:
            picked = _picked(rule, after, at)
            fitting = [it for it in picked if it.fits]
            done += len(fitting)
            changed += sum(_changes(it) for it in fitting)
            left += len(picked) - len(fitting)
            sample += picked[: SAMPLE - len(sample)]
            if len(picked) < BATCH:
                return Preview(done, changed, left, tuple(sample))
            after = picked[-1].id


def apply(rule_id: int, *, by: Actor, at: datetime) -> int:
    """Settle what the rule speaks of within the actor's reach, in one transaction; the run's key. See `undo`."""
    settling.need(by)
    rule = _rule(rule_id)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_RUN, [rule.id, by.label, at])
        run_id = int(cursor.fetchone()[0])
        done = after = 0
        while True:
            picked = _picked(rule, after, at)
            done += _settle([it for it in picked if it.fits], rule, run_id, by=by, at=at)
            if len(picked) < BATCH:
                break
            after = picked[-1].id
        cursor.execute(_COUNTED, [done, run_id])
        trail.record(
            by, "difference.run", at=at, detail={"rule": rule.id, "run": run_id, "count": done}
        )
    return run_id


def undo(run_id: int, *, by: Actor, at: datetime) -> int:
    """Take one's own run back: records as before, differences open again; how many. What changed since stays as it is.

    Raises Conflict for a run that was taken back, or is somebody else's.
    """
    settling.need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK_RUN, [run_id, by.label])
        row = cursor.fetchone()
        if row is None:
            said = "Lần áp dụng này đã được bỏ, hoặc do người khác áp dụng. Vui lòng tải lại."
            raise Conflict(said, code="RUN")
        column = COLUMNS.get(row[1], "")
        cursor.execute(_SETTLED, [run_id])
        settled = cursor.fetchall()
        told: dict[str, Any] = {
            "column": column,
            "persons": [it[1] for it in settled],
            "values": [it[3] for it in settled],
        }
        cursor.execute(_HELD, told)
        held = {it[0] for it in cursor.fetchall()}
        back = [it for it in settled if not column or it[1] in held]
        changed = [it for it in back if it[2] != it[3]]
        _write(column, [it[1] for it in changed], [it[2] for it in changed])
        cursor.execute(_REOPEN, [[it[0] for it in back]])
        cursor.execute(_UNDONE, [at, by.label, len(back), run_id])
        trail.record(by, "difference.run_undone", at=at, detail={"run": run_id, "count": len(back)})
    return len(back)


def _settle(picked: Sequence[Picked], rule: Rule, run_id: int, *, by: Actor, at: datetime) -> int:
    changed = [it for it in picked if _changes(it)]
    _write(
        COLUMNS.get(rule.kind, ""),
        [it.person_id for it in changed],
        [it.value_after for it in changed],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "choice": rule.choice,
                "reason": rule.reason,
                "run": run_id,
                "by": by.label,
                "at": at,
                "ids": [it.id for it in picked],
                "before": [it.value_before or "" for it in picked],
                "after": [it.value_after for it in picked],
            },
        )
    for kind, keys in (
        ("difference", [it.id for it in picked]),
        ("person", [it.person_id for it in changed]),
    ):
        trail.record_each(
            by,
            "difference.settled",
            at=at,
            subject_kind=kind,
            subject_ids=keys,
            detail={"run": run_id, "kind": rule.kind, "choice": rule.choice},
        )
    return len(picked)


def _write(column: str, persons: Sequence[int], values: Sequence[str]) -> None:
    if not persons:
        return
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {"column": column, "persons": list(persons), "values": list(values)})
        if cursor.fetchone()[0] != len(persons):
            raise Conflict(settling.DONE_VI, code="CHANGED")


def _changes(picked: Picked) -> bool:
    return picked.value_before is not None and picked.value_before != picked.value_after


def _picked(rule: Rule, after: int, at: datetime) -> list[Picked]:
    with connection.cursor() as cursor:
        cursor.execute(
            _PICKED.text,
            {
                "kind": rule.kind,
                "pattern": rule.pattern,
                "choice": rule.choice,
                "on": vietnam_date(at),
                "after": after,
                "limit": BATCH,
            },
        )
        return rows_as(Picked, cursor)


def _rules(rule_id: int) -> list[Rule]:
    with connection.cursor() as cursor:
        cursor.execute(_RULES, {"id": rule_id})
        return rows_as(Rule, cursor)


def _rule(rule_id: int) -> Rule:
    found = _rules(rule_id) if rule_id else []
    if not found:
        raise NotFound("Không tìm thấy quy tắc này, hoặc quy tắc đã thôi dùng.")
    return found[0]


def _check(rule: NewRule) -> None:
    if not rule.name.strip():
        raise Refused("Hãy đặt tên quy tắc.", code="NAME", field="ten")
    if rule.kind not in KINDS:
        raise Refused("Hãy chọn loại chênh lệch.", code="KIND", field="loai")
    fits = rule.pattern == "any" or rule.kind in _ONLY.get(rule.pattern, set())
    if not fits:
        said = "Trường hợp này không có ở loại chênh lệch đã chọn."
        raise Refused(said, code="PATTERN", field="kieu")
    if rule.choice not in {"household", "collection", "registered"}:
        raise Refused("Hãy chọn bên đúng.", code="CHOICE", field="chon")
    if not rule.reason.strip():
        raise Refused("Hãy ghi căn cứ của quy tắc.", code="REASON", field="can-cu")

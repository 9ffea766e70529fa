"""Every read of what left the procedure: the list, its counts, the weeks, one finding's answers, the official table.

Lines are frozen dataclasses in the order of finding, with keyset paging (`after`). What is shown is as of an instant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from lienthong.cards.answers import REASONS_VI
from lienthong.cards.conformance import BY_CODE, OPERATIONS_VI
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.kernel.errors import NotFound

STATES_VI = {
    "open": "Chờ trả lời",
    "returned": "Trả lại, cần giải trình thêm",
    "answered": "Chờ xác nhận",
    "confirmed": "Đã xác nhận",
}
_LINES = Statement.load("lienthong.cards", "offprocess/lines.sql")
_BATCH = 2_000
_MINUTES_AN_HOUR = 60
_OF_OPERATION = {
    "request": "requested_by",
    "approve": "approved_by",
    "print": "printed_by",
    "return": "returned_by",
}
_STEPS = """
    SELECT at, by, to_state, reason, text FROM cards_findingstep WHERE finding_id = %s ORDER BY id
"""
_COUNTS = """
    SELECT place.code, place.name, finding.rule, finding.state, count(*) AS count
    FROM cards_finding AS finding
    LEFT JOIN catalogues_unit AS unit ON unit.id = finding.unit_id
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_division AS division
        WHERE %(by_province)s AND division.level = 'province' AND division.code = finding.province_code
        ORDER BY lower(division.valid) DESC LIMIT 1) AS province ON true
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(by_province)s THEN finding.province_code ELSE coalesce(unit.code, '') END AS code,
               CASE WHEN %(by_province)s THEN coalesce(province.name, '') ELSE coalesce(unit.name, '') END AS name
    ) AS place
    WHERE (%(province_code)s = '' OR finding.province_code = %(province_code)s)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_STATES = """
    SELECT finding.state, count(*) FROM cards_finding AS finding
    LEFT JOIN catalogues_unit AS unit ON unit.id = finding.unit_id
    WHERE (%(rule)s = '' OR finding.rule = %(rule)s)
      AND (%(unit_code)s = '' OR unit.code = %(unit_code)s)
      AND (%(province_code)s = '' OR finding.province_code = %(province_code)s)
    GROUP BY 1
"""
_WEEKS = """
    SELECT place.code, date_trunc('week', finding.found_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS week,
           count(*) AS count
    FROM cards_finding AS finding
    LEFT JOIN catalogues_unit AS unit ON unit.id = finding.unit_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(by_province)s THEN finding.province_code ELSE coalesce(unit.code, '') END AS code) AS place
    WHERE finding.found_at >= %(since)s
      AND (%(province_code)s = '' OR finding.province_code = %(province_code)s)
    GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings: empty strings ask for everything; `after` is the last id of the page before.

    `state` is a state, or `waiting` for what waits for an answer. `found` are the days of finding, the last included.
    """

    rule: str = ""
    state: str = ""
    unit_code: str = ""
    province_code: str = ""
    after: int = 0
    finding_id: int = 0
    found: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding with the card it is about. Last days are included. `delay_minutes` are those of office hours."""

    id: int
    rule: str
    operation: str
    province_code: str
    province_name: str
    district_code: str
    unit_code: str
    unit_name: str
    dossier_id: int
    dossier_code: str
    message_id: str
    card_code: str
    insurance_number: str
    full_name: str
    birth_date: date
    requested_at: datetime | None
    requested_by: str
    evidence: str
    is_further: bool
    approved_at: datetime | None
    approved_by: str
    printed_at: datetime | None
    printed_by: str
    returned_at: datetime | None
    returned_by: str
    old_from: date | None
    old_to: date | None
    new_from: date | None
    new_to: date | None
    detail: str
    found_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    delay_minutes: int | None
    state: str
    reason: str
    answer: str
    answered_by: str
    answered_at: datetime | None
    note: str
    confirmed_by: str
    confirmed_at: datetime | None

    @property
    def evidence_vi(self) -> str:
        """The papers shown with the request for a further card; that none is noted is said; '' for a first card."""
        return self.evidence or ("Không ghi" if self.is_further else "")

    @property
    def title_vi(self) -> str:
        """The rule in three words."""
        return BY_CODE[self.rule].title_vi

    @property
    def broken_vi(self) -> str:
        """What is broken, in the rule's sentence."""
        return BY_CODE[self.rule].broken_vi

    @property
    def operation_vi(self) -> str:
        """The operation that left the procedure."""
        return OPERATIONS_VI[self.operation]

    @property
    def state_vi(self) -> str:
        """The state as officials call it."""
        return STATES_VI[self.state]

    @property
    def reason_vi(self) -> str:
        """The reason given, in words; '' without an answer."""
        return REASONS_VI.get(self.reason, self.reason)

    @property
    def operator(self) -> str:
        """Who did the operation; '' when nobody has yet, or when it is not a card's."""
        return str(getattr(self, _OF_OPERATION.get(self.operation, ""), ""))

    @property
    def delay_hours(self) -> float | None:
        """The delay in office hours, one decimal."""
        minutes = self.delay_minutes
        return None if minutes is None else round(minutes / _MINUTES_AN_HOUR, 1)

    @property
    def delay_vi(self) -> str:
        """`3 giờ 20 phút`; '' where the rule knows no delay."""
        if self.delay_minutes is None:
            return ""
        hours, minutes = divmod(self.delay_minutes, _MINUTES_AN_HOUR)
        parts = [f"{hours:,} giờ".replace(",", ".")] * bool(hours) + [f"{minutes} phút"] * bool(
            minutes
        )
        return " ".join(parts) or "0 giờ"


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """One step of a finding: an answer, a return with its note, a confirmation."""

    at: datetime
    by: str
    to_state: str
    reason: str
    text: str

    @property
    def title_vi(self) -> str:
        """What was done."""
        done = {"answered": "Trả lời", "returned": "Trả lại", "confirmed": "Xác nhận"}
        return done[self.to_state]

    @property
    def reason_vi(self) -> str:
        """The reason given, in words."""
        return REASONS_VI.get(self.reason, self.reason)


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """One province or unit: findings by rule, those by state, and the findings of each week, oldest first."""

    code: str
    name: str
    by_rule: dict[str, int]
    by_state: dict[str, int]
    weeks: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many findings."""
        return sum(self.by_rule.values())

    @property
    def waiting_count(self) -> int:
        """How many wait for an answer."""
        return self.by_state.get("open", 0) + self.by_state.get("returned", 0)


def findings(
    by: Actor, *, filters: FindingFilter, at: datetime, limit: int = 50
) -> list[FindingLine]:
    """Findings in the actor's area, by id. One statement."""
    del by  # row-level security reads the actor of the transaction
    since, until = (None, None) if filters.found is None else _instants(filters.found)
    parameters: dict[str, Any] = {
        "at": at,
        "rule": filters.rule,
        "state": filters.state,
        "unit_code": filters.unit_code,
        "province_code": filters.province_code,
        "after": filters.after,
        "finding_id": filters.finding_id,
        "found_from": since,
        "found_until": until,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES.text, parameters)
        return rows_as(FindingLine, cursor)


def state_counts(by: Actor, *, filters: FindingFilter) -> dict[str, int]:
    """How many findings stand in each state, whatever state the filter asks for. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(
            _STATES,
            {
                "rule": filters.rule,
                "unit_code": filters.unit_code,
                "province_code": filters.province_code,
            },
        )
        counted = dict(cursor.fetchall())
    return {state: counted.get(state, 0) for state in STATES_VI}


def every_finding(by: Actor, *, filters: FindingFilter, at: datetime) -> Iterator[FindingLine]:
    """As `findings`, all of them, a statement for two thousand."""
    after = filters.after
    while lines := findings(by, filters=replace(filters, after=after), at=at, limit=_BATCH):
        yield from lines
        after = lines[-1].id


def finding(by: Actor, finding_id: int, *, at: datetime) -> FindingLine:
    """One finding. Raises NotFound, also for one of another area."""
    found = findings(by, filters=FindingFilter(finding_id=finding_id), at=at, limit=1)
    if not found or not finding_id:
        raise NotFound("Không tìm thấy nội dung này.", code="NOT_FOUND")
    return found[0]


def steps(by: Actor, finding_id: int) -> list[AnswerStep]:
    """What was answered, sent back and confirmed, oldest first."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, [finding_id])
        return rows_as(AnswerStep, cursor)


def places(by: Actor, *, province_code: str, weeks: Sequence[date]) -> list[PlaceCount]:
    """Counts a province, or a unit of the one province asked for; by code. Two statements. `weeks` are Mondays."""
    by_province = by.everywhere and not province_code
    parameters: dict[str, Any] = {
        "by_province": by_province,
        "province_code": province_code,
        "since": datetime.combine(weeks[0], time(), VIETNAM),
    }
    found: dict[tuple[str, str], tuple[dict[str, int], dict[str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, parameters)
        for code, name, rule, state, count in cursor.fetchall():
            by_rule, by_state = found.setdefault((code, name), ({}, {}))
            by_rule[rule] = by_rule.get(rule, 0) + count
            by_state[state] = by_state.get(state, 0) + count
        cursor.execute(_WEEKS, parameters)
        of_week = {(code, week): count for code, week, count in cursor.fetchall()}
    return [
        PlaceCount(code, name, *counts, tuple(of_week.get((code, week), 0) for week in weeks))
        for (code, name), counts in found.items()
    ]


def mondays(at: datetime, count: int) -> list[date]:
    """The Mondays of the last `count` weeks, the present one included, oldest first."""
    day = vietnam_date(at)
    this = day - timedelta(days=day.weekday())
    return [this - timedelta(weeks=number) for number in reversed(range(count))]


def _instants(found: tuple[date, date]) -> tuple[datetime, datetime]:
    first, last = found
    return (
        datetime.combine(first, time(), VIETNAM),
        datetime.combine(last + timedelta(days=1), time(), VIETNAM),
    )

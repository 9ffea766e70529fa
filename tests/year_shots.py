"""What stood in the tables after each act of a year, read from the plain tables alone and kept in memory.

Neither an event nor anything of `reports` is asked. `Span` says which year it is.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from tests.births import rows

_DOSSIERS = """
    SELECT dossier.id, dossier.source || '|' || dossier.message_id, dossier.received_at, dossier.state, dossier.reason,
           dossier.area, dossier.province_code, dossier.resolved_commune_code, dossier.due_on, dossier.paper_reason,
           person.personal_id IS NOT NULL
    FROM dossiers_dossier AS dossier LEFT JOIN persons_person AS person ON person.id = dossier.person_id
    WHERE dossier.kind = 'first'
"""
_MESSAGES = """
    SELECT message.id, message.source || '|' || message.message_id, message.received_at, message.state, message.code,
           message.kind, message.commune_code, message.registration_id, registration.dossier_id,
           registration.joined_dossier_id, birth.entitled, coalesce(paper.reason, ''), message.judged_at IS NULL
    FROM births_message AS message
    LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
    LEFT JOIN births_birth AS birth ON birth.message_id = message.id
    LEFT JOIN births_paper AS paper ON paper.message_id = message.id
"""


MAP_DAY = date(2025, 7, 1)
"""The first day of 34 provinces and of no districts."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a year, its other province with a commune, and after which share of its days the communes merge."""

    first: date
    last: date
    far_province: str
    far_commune: str
    merges_after: Fraction = Fraction(1, 2)


TWO_TIERS = Span(date(2025, 12, 1), date(2026, 11, 24), "79", "25747")
"""A year of one map."""
BOTH_MAPS = Span(date(2024, 12, 1), date(2025, 11, 24), "74", "25750", Fraction(5, 8))
"""The year of 01/07/2025: Bình Dương becomes a part of TP. Hồ Chí Minh, a commune of Hà Nội is divided."""


class Dossier(NamedTuple):
    """A dossier as its row says it."""

    id: int
    opened_by: str
    received_at: datetime
    state: str
    reason: str
    area: int
    province: str
    commune: str
    due_on: date
    paper: str
    has_id: bool


class Message(NamedTuple):
    """A message as its row and its register entry say it."""

    id: int
    name: str
    received_at: datetime
    state: str
    code: str
    kind: str
    commune: str
    registration: int | None
    dossier: int | None
    joined: int | None
    entitled: bool | None
    paper: str
    is_unjudged: bool


@dataclass(frozen=True, slots=True)
class Shot:
    """What stood after an act. Rows that did not change are the same objects as in the shot before."""

    at: datetime
    dossiers: dict[int, Dossier]
    messages: dict[int, Message]


@dataclass(slots=True)
class Year:
    """The shots in the order of their instants."""

    span: Span = TWO_TIERS
    shots: list[Shot] = field(default_factory=list)

    def shoot(self, at: datetime) -> None:
        """Keep what stands now."""
        before = self.shots[-1] if self.shots else Shot(at, {}, {})
        dossiers = _same(before.dossiers, [Dossier(*row) for row in rows(_DOSSIERS)])
        messages = _same(before.messages, [Message(*row) for row in rows(_MESSAGES)])
        self.shots.append(Shot(at, dossiers, messages))

    def until(self, at: datetime) -> list[Shot]:
        """The shots up to the instant."""
        return [shot for shot in self.shots if shot.at <= at]


def _same(before: dict[int, Any], now: list[Any]) -> dict[int, Any]:
    return {row.id: before[row.id] if before.get(row.id) == row else row for row in now}

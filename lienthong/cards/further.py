"""What officers read about further cards: the card to be replaced, those that wait, and what an approval would change.

Only in the actor's area. The writing is `exchange`'s.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.cards import cover
from lienthong.cards.cover import Stretch
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import NotFound, Refused
from lienthong.law.exchange import ground_rule

_FURTHER = Statement.load("lienthong.cards", "further.sql")
_FOUND = """
    SELECT card.id, card.code, card.insurance_number, card.full_name, card.born_on, card.status,
           lower(card.valid) AS valid_from, upper(card.valid) - 1 AS valid_to, dossier.code AS dossier_code,
           dossier.message_id
    FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    WHERE (card.code = %(text)s OR card.insurance_number = right(%(text)s, 10) OR dossier.code = %(text)s)
      AND card.status NOT IN ('requested', 'cancelled') AND %(text)s <> ''
    ORDER BY (card.status = 'active') DESC, card.id DESC LIMIT %(limit)s
"""
_CARD = """
    SELECT card.id, card.person_id, card.code, card.insurance_number, card.status, dossier.id AS dossier_id,
           dossier.code AS dossier_code, dossier.message_id, card.province_code, card.full_name, card.born_on, card.sex,
           lower(card.valid) AS valid_from, upper(card.valid) - 1 AS valid_to, card.five_year_on, card.facility_code,
           card.address, card.guardian_name, card.area_code, card.version, lower(person.entitled) AS entitled_from,
           upper(person.entitled) AS entitled_end, waiting.id AS waiting_id,
           (SELECT current.id FROM cards_card AS current
            WHERE current.person_id = card.person_id AND current.status = 'active'
            ORDER BY current.valid @> %(on)s::date DESC, lower(current.valid) DESC LIMIT 1) AS active_id,
           card.unit_id, coalesce(unit.name, '') AS unit_name, dossier.state AS dossier_state
    FROM cards_card AS card
    JOIN persons_person AS person ON person.id = card.person_id
    JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    LEFT JOIN catalogues_unit AS unit ON unit.id = card.unit_id
    LEFT JOIN LATERAL (
        SELECT asked.id FROM cards_card AS asked JOIN cards_request AS request ON request.id = asked.request_id
        WHERE asked.person_id = card.person_id AND asked.status = 'requested' AND asked.replaces_id IS NOT NULL
          AND (asked.replaces_id = card.id OR request.ground IN ('registered', 'number'))
        ORDER BY asked.id LIMIT 1) AS waiting ON true
    WHERE card.id = %(card)s AND card.status NOT IN ('requested', 'cancelled')
"""
_LINES = """
    SELECT person_id, id, status, lower(valid), upper(valid) FROM cards_card
    WHERE person_id = ANY (%s) AND status = 'active' ORDER BY lower(valid), id
"""


@dataclass(frozen=True, slots=True)
class FoundCard:
    """One card that was approved once, as a search shows it."""

    id: int
    code: str
    insurance_number: str
    full_name: str
    born_on: date
    status: str
    valid_from: date
    valid_to: date
    dossier_code: str
    message_id: str


@dataclass(frozen=True, slots=True)
class CardFace:
    """What stands on a card and may differ from one issue to the next; `valid_to` is the last day."""

    full_name: str
    born_on: date
    sex: str
    valid_from: date
    valid_to: date
    five_year_on: date
    facility_code: str
    address: str
    guardian_name: str
    area_code: str
    version: int


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card an officer may ask to replace. `waiting_id`: a further card that is asked for already, for it or its line.

    `active_id` is the card of the child that counts on the day asked about, or the last one that does at all.
    """

    id: int
    person_id: int
    code: str
    insurance_number: str
    status: str
    dossier_id: int
    dossier_code: str
    message_id: str
    province_code: str
    entitled_from: date
    entitled_end: date
    waiting_id: int | None
    active_id: int | None
    unit_id: int
    unit_name: str
    dossier_state: str
    face: CardFace

    @property
    def is_with_family(self) -> bool:
        """True once it was handed over: a new request has a dossier of its own."""
        return self.dossier_state == dossier_lifecycle.RETURNED

    def is_over(self, on: date) -> bool:
        """True after its last day."""
        return self.face.valid_to < on

    @property
    def is_active(self) -> bool:
        """True while it counts."""
        return self.status == "active"

    @property
    def entitled(self) -> DateRange:
        """The days the child is entitled to."""
        return DateRange(self.entitled_from, self.entitled_end)


@dataclass(frozen=True, slots=True)
class FurtherLine:
    """A further card that waits for approval, beside the one it replaces, and the rule of its days (002-2 … 002-6).

    `evidence` are the papers that were shown. Approval ends the cards of `ended` and, of a line asked for together,
    issues every card of `line` (first and last day).
    """

    id: int
    person_id: int
    old_id: int
    code: str
    insurance_number: str
    old_number: str
    kind: str
    ground: str
    rule: str
    note: str
    evidence: tuple[str, ...]
    ended: tuple[int, ...]
    line: tuple[tuple[str, str], ...]
    entitled_from: date
    entitled_end: date
    requested_by: str
    requested_at: datetime
    dossier_id: int
    dossier_code: str
    message_id: str
    due_on: date
    is_late: bool
    old: CardFace
    new: CardFace

    @property
    def entitled(self) -> DateRange:
        """The days the child is entitled to once it is approved."""
        return DateRange(self.entitled_from, self.entitled_end)

    @property
    def together(self) -> int:
        """How many cards are approved with this one, itself among them."""
        return len(self.line)

    def missing(self, *, on: date) -> tuple[str, ...]:
        """The papers that its ground needs and nobody showed."""
        try:
            return ground_rule(self.ground, on=on).missing(self.evidence)
        except Refused:
            return ()

    def after(self, line: Sequence[Stretch]) -> tuple[Stretch, ...]:
        """The line of cover once it is approved, from that of now."""
        if self.rule == _ANEW:
            line = ()
        days = [
            DateRange.closed(date.fromisoformat(first), date.fromisoformat(last))
            for first, last in self.line
        ]
        return cover.line_after(line, self.ended, days)


_ANEW = "002-5"
"""Cover begins anew: the line before the break is history."""


def find(by: Actor, text: str, *, limit: int = 20) -> list[FoundCard]:
    """Cards by card code, insurance number or dossier code, the one that counts first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"text": "".join(text.upper().split()), "limit": limit})
        return rows_as(FoundCard, cursor)


def held_card(by: Actor, card_id: int, *, on: date) -> HeldCard:
    """A card that was approved once. One statement. Raises NotFound when it is absent or outside the actor's area."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CARD, {"card": card_id, "on": on})
        found: list[HeldCard] = [_with_faces(HeldCard, row, {"face": ""}) for row in _rows(cursor)]
    if not found:
        raise NotFound("Không tìm thấy thẻ này trong địa bàn của bạn.", code="NOT_FOUND")
    return found[0]


def waiting(
    by: Actor, *, on: date, card_ids: Sequence[int] | None = None, limit: int = 50, after: int = 0
) -> list[FurtherLine]:
    """Further cards that wait for approval, oldest first, or those among `card_ids`. One statement."""
    del by
    ids = None if card_ids is None else list(card_ids)
    words: dict[str, Any] = {"on": on, "ids": ids, "limit": limit, "after": after}
    with connection.cursor() as cursor:
        cursor.execute(_FURTHER.text, words)
        faces = {"old": "old_", "new": ""}
        return [_with_faces(FurtherLine, _read(row), faces) for row in _rows(cursor)]


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its lists as tuples."""
    days = tuple((first, last) for first, last in json.loads(row["line"]))
    return row | {"evidence": tuple(row["evidence"]), "ended": tuple(row["ended"]), "line": days}


def lines_of(by: Actor, person_ids: Sequence[int]) -> dict[int, tuple[Stretch, ...]]:
    """The line of cover of each of these children, by first day. One statement."""
    del by
    lines: dict[int, tuple[Stretch, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [list(person_ids)])
        for person_id, card_id, status, first, end in cursor.fetchall():
            stretch = Stretch(card_id, status, DateRange(first, end))
            lines[person_id] = (*lines.get(person_id, ()), stretch)
    return lines


def _rows(cursor: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - Django's cursor
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _with_faces(line: Any, row: dict[str, Any], faces: Mapping[str, str]) -> Any:  # noqa: ANN401 - either of two
    """The row with its card columns gathered: those that begin with a prefix become that field."""
    gathered = {
        field: CardFace(**{name: row.pop(prefix + name) for name in CardFace.__dataclass_fields__})
        for field, prefix in faces.items()
    }
    return line(**row, **gathered)

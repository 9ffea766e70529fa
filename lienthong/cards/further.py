"""What officers read about further cards: the card to be replaced, those that wait, and what an approval would change.

Only in the actor's area. The writing is `exchange`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.cards import cover
from lienthong.cards.cover import Stretch
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import NotFound
from lienthong.law.continuity import Continuity, OldCard

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
            ORDER BY current.id DESC LIMIT 1) AS active_id
    FROM cards_card AS card
    JOIN persons_person AS person ON person.id = card.person_id
    JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    LEFT JOIN LATERAL (
        SELECT asked.id FROM cards_card AS asked JOIN cards_request AS request ON request.id = asked.request_id
        WHERE request.replaces_id = card.id AND asked.status = 'requested' LIMIT 1) AS waiting ON true
    WHERE card.id = %s AND card.status NOT IN ('requested', 'cancelled')
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
    """A card an officer may ask to replace. `waiting_id`: a further card that is asked for already."""

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
    face: CardFace

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
    """A further card that waits for approval, beside the one it replaces, and the rule of its days (002-2 … 002-6)."""

    id: int
    person_id: int
    old_id: int
    code: str
    insurance_number: str
    kind: str
    ground: str
    rule: str
    note: str
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

    def after(self, line: Sequence[Stretch]) -> tuple[Stretch, ...]:
        """The line of cover once it is approved, from that of now."""
        days = DateRange.closed(self.new.valid_from, self.new.valid_to)
        decision = Continuity(self.rule, days, self.new.five_year_on, OldCard.NONE)
        return cover.line_after(line, self.old_id, decision)


def find(by: Actor, text: str, *, limit: int = 20) -> list[FoundCard]:
    """Cards by card code, insurance number or dossier code, the one that counts first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"text": "".join(text.upper().split()), "limit": limit})
        return rows_as(FoundCard, cursor)


def held_card(by: Actor, card_id: int) -> HeldCard:
    """A card that was approved once. One statement. Raises NotFound when it is absent or outside the actor's area."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CARD, [card_id])
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
        return [_with_faces(FurtherLine, row, faces) for row in _rows(cursor)]


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

"""What we hold of a child beside what the registration now says, fact by fact (so sánh trước và sau điều chỉnh).

Reads for the officer who decides in `corrections`. Nothing is written here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import msgspec
from django.db import connection

from lienthong.births.effects import CORRECTION_KINDS
from lienthong.births.particulars import guardian_of
from lienthong.births.reading import rank_vi
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange, day_first
from lienthong.kernel.errors import NotFound, Refused
from lienthong.law.exchange import CardPart
from lienthong.law.validity import card_validity, five_year_date

_CORRECTION = Statement.load("lienthong.births", "correction.sql")
_WAITING = """
    SELECT task.id AS task_id, task.kind, task.opened_at, dossier.id AS dossier_id, dossier.code AS dossier_code,
           dossier.child_name, dossier.child_born_on, coalesce(unit.name, '') AS unit_name,
           coalesce(decision.asked_by, '') AS asked_by, decision.asked_at
    FROM dossiers_task AS task
    JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    LEFT JOIN births_decision AS decision
        ON decision.task_id = task.id AND decision.dropped_at IS NULL AND decision.kind = 'revoke'
    WHERE task.closed_at IS NULL AND task.kind = ANY (%(kinds)s) AND task.id > %(after)s
      AND (NOT %(to_confirm)s OR decision.id IS NOT NULL)
    ORDER BY task.id LIMIT %(limit)s
"""
_OPEN_TASK = """
    SELECT task.id FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    WHERE dossier.person_id = %s AND task.kind = ANY (%s) AND task.closed_at IS NULL ORDER BY task.id DESC LIMIT 1
"""
REVOKED = "T-CARD-REVOKED"
KINDS = (*CORRECTION_KINDS, REVOKED)
"""The tasks that have a page of their own for deciding."""
_BESIDES = (CardPart.GUARDIAN, CardPart.ADDRESS, CardPart.AREA)
_SEX_VI = {"male": "Nam", "female": "Nữ"}


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One task that waits for a decision; `asked_by` has asked to take the card away, another must confirm."""

    task_id: int
    kind: str
    opened_at: datetime
    dossier_id: int
    dossier_code: str
    child_name: str
    child_born_on: date
    unit_name: str
    asked_by: str
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact three times: on the card ('' where no card shows it), with us, and as registered now."""

    name: str
    label_vi: str
    card: str
    held: str
    told: str

    @property
    def is_different(self) -> bool:
        """True when the registration says something else than we hold, or than the card shows."""
        known = [value for value in (self.card, self.held) if value]
        return bool(self.told) and (not known or any(value != self.told for value in known))


@dataclass(frozen=True)
class Correction:
    """The row of `correction.sql`, by column name, with what follows from it."""

    task_id: int
    kind: str
    changed_names: object
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    dossier_id: int
    dossier_code: str
    first_message_id: str
    state: str
    insurance_number: str
    registration_id: int
    is_live: bool
    birth_id: int
    version: int
    paper_no: int
    facts: object
    entitled: bool
    entitlement_code: str
    told_message_id: str
    source: str
    told_at: datetime
    cancel_message_id: str | None
    cancelled_at: datetime | None
    person_id: int
    full_name: str
    born_on: date
    sex: str
    personal_id: str
    residence_text: str
    mother_name: str
    mother_born: str
    mother_personal_id: str
    father_name: str
    father_born: str
    father_personal_id: str
    card_id: int | None
    card_code: str | None
    card_status: str | None
    card_name: str | None
    card_born_on: date | None
    card_sex: str | None
    guardian_name: str | None
    address: str | None
    area_code: str | None
    valid_from: date | None
    valid_to: date | None
    card_count: int
    five_year_on: date | None
    ended_at: datetime | None
    end_reason: str | None
    waiting_id: int | None
    decision_id: int | None
    decision_kind: str | None
    decision_reason: str | None
    decision_note: str | None
    asked_person: int | None
    asked_by: str | None
    asked_at: datetime | None
    confirmed_by: str | None
    confirmed_at: datetime | None
    further_id: int | None
    is_decision_current: bool | None

    @cached_property
    def told(self) -> BirthFacts:
        """The facts as the registration now has them."""
        if isinstance(self.facts, str):
            return msgspec.json.decode(self.facts, type=BirthFacts)
        return msgspec.convert(self.facts, BirthFacts)

    @cached_property
    def asked_parts(self) -> frozenset[CardPart]:
        """Of parents, residence and area, what a card in the family's hands prints otherwise than registered."""
        names = self.changed_names
        told = msgspec.json.decode(names) if isinstance(names, str) else names or []
        changed = frozenset(msgspec.convert(told, type=list[str]))
        return frozenset(part for part in _BESIDES if part.value in changed)

    def told_part(self, part: CardPart) -> str:
        """What the registration says of a part; '' where it says nothing."""
        told = self.told
        return {
            CardPart.GUARDIAN: guardian_of(told),
            CardPart.ADDRESS: told.residence_text,
            CardPart.AREA: told.area_code,
        }[part]

    @property
    def version_vi(self) -> str:
        """Where the facts stand among those of the entry, and who told them."""
        of = "" if self.paper_no else f" của {self.source}"
        return rank_vi(self.version, self.paper_no) + of

    @property
    def has_card(self) -> bool:
        """True while a card of the child counts."""
        return self.card_status == "active"

    @property
    def is_open(self) -> bool:
        """True until the task is closed."""
        return self.closed_at is None

    @property
    def changes_card(self) -> bool:
        """True when the card would say something else."""
        told = self.told
        return (told.full_name, told.born_on, told.sex) != (
            self.card_name,
            self.card_born_on,
            self.card_sex,
        ) or any(self.told_part(it) != getattr(self, it.value) for it in self.asked_parts)

    @property
    def changes_id(self) -> bool:
        """True when the registration has another personal id than the child."""
        return bool(self.told.personal_id) and self.told.personal_id != self.personal_id

    @property
    def lawful(self) -> DateRange | None:
        """The days a card covers by the birth date as registered now; None where no text covers it."""
        try:
            return card_validity(self.told.born_on, on=self.told_at.date())
        except Refused:
            return None

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every fact that can differ, those that do first, else in the order of the form."""
        told, shown = self.told, self.lawful
        card_days = _days(self.valid_from, self.valid_to)
        told_days = _days(shown.start, shown.last) if shown else ""
        lines = (
            Difference(
                "full_name", "Họ và tên", self.card_name or "", self.full_name, told.full_name
            ),
            Difference(
                "born_on",
                "Ngày sinh",
                _day(self.card_born_on),
                _day(self.born_on),
                _day(told.born_on),
            ),
            Difference("sex", "Giới tính", _sex(self.card_sex), _sex(self.sex), _sex(told.sex)),
            Difference("valid", "Giá trị thẻ theo ngày sinh", card_days, "", told_days),
            Difference(
                "five_year_on",
                "Đủ 05 năm liên tục",
                _day(self.five_year_on),
                "",
                _day(five_year_date(told.born_on)),
            ),
            Difference(
                "personal_id", "Số định danh cá nhân", "", self.personal_id, told.personal_id or ""
            ),
            Difference("mother_name", "Họ tên mẹ", "", self.mother_name, told.mother_name),
            Difference(
                "mother_born", "Ngày, năm sinh của mẹ", "", self.mother_born, told.mother_born
            ),
            Difference(
                "mother_personal_id",
                "Số định danh của mẹ",
                "",
                self.mother_personal_id,
                told.mother_personal_id,
            ),
            Difference("father_name", "Họ tên cha", "", self.father_name, told.father_name),
            Difference(
                "father_born", "Ngày, năm sinh của cha", "", self.father_born, told.father_born
            ),
            Difference(
                "father_personal_id",
                "Số định danh của cha",
                "",
                self.father_personal_id,
                told.father_personal_id,
            ),
            self._besides(CardPart.GUARDIAN, "Cha, mẹ hoặc người giám hộ trên thẻ", ""),
            self._besides(CardPart.ADDRESS, "Nơi cư trú", self.residence_text),
            self._besides(CardPart.AREA, "Mã nơi đối tượng sinh sống", ""),
            Difference("died_on", "Ngày mất", "", "", _day(told.died_on)),
        )
        seen = [line for line in lines if line.held or line.told or line.card]
        return tuple(sorted(seen, key=lambda line: not line.is_different))

    def _besides(self, part: CardPart, label_vi: str, held: str) -> Difference:
        """A part that only some forms print: beside the card where the family's own does."""
        is_asked = part in self.asked_parts
        told = self.told_part(part) if is_asked or held else ""
        card = str(getattr(self, part.value) or "") if is_asked else ""
        return Difference(part.value, label_vi, card, held, told)


def correction(by: Actor, task_id: int) -> Correction:
    """Both sides of one task. One statement. Raises NotFound when it is absent or outside the actor's area."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CORRECTION.text, {"task": task_id})
        found = rows_as(Correction, cursor)
    if not found or found[0].kind not in KINDS:
        raise NotFound("Không tìm thấy việc này trong địa bàn của bạn.", code="NOT_FOUND")
    return found[0]


def waiting(
    by: Actor, *, to_confirm: bool = False, limit: int = 50, after: int = 0
) -> list[WaitingLine]:
    """Open tasks that ask what a changed registration means, oldest first; or those to confirm. One statement."""
    del by
    words: dict[str, Any] = {
        "kinds": list(KINDS),
        "after": after,
        "limit": limit,
        "to_confirm": to_confirm,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, words)
        return rows_as(WaitingLine, cursor)


def open_task_of(by: Actor, person_id: int) -> int | None:
    """The newest open task that asks what a changed registration means for this child's card, if any. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_TASK, [person_id, list(CORRECTION_KINDS)])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _day(day: date | None) -> str:
    return "" if day is None else day_first(day)


def _days(first: date | None, last: date | None) -> str:
    return "" if first is None or last is None else f"{day_first(first)} – {day_first(last)}"


def _sex(sex: str | None) -> str:
    return "" if sex is None else _SEX_VI.get(sex, "Chưa xác định")

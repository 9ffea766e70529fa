"""What a family asks without an account (tra cứu của gia đình): where the dossier stands, is the card good, who looked.

The database answers one child named exactly, or nothing, and counts who asks in vain; every kind of miss is alike. The
card itself and the list of looks open only with a code sent to the address on file (`notices.passcodes`).
"""

import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection

from lienthong.accounts.permissions import PERMISSIONS_VI, TITLES_VI, Permission, Role
from lienthong.births import waiting
from lienthong.cards.lookup import GOOD, BirthDate, Key, Verdict, target_of
from lienthong.database.rows import rows_as
from lienthong.dossiers import lifecycle as states
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.names import initials, match_key
from lienthong.law.personal_id import id_beside_number

_FOLLOW = "SELECT * FROM births_follow(%s::jsonb)"
_CARD = "SELECT * FROM births_family_card_and_id(%s, %s)"
_VIEWS = "SELECT * FROM births_family_views(%s)"
_STEPS: Final = (
    ("Nhận dữ liệu khai sinh", (states.RECEIVED,)),
    ("Kiểm tra, cấp mã số BHXH", (states.CREATED, states.ARISEN)),
    ("Chờ duyệt thẻ", (states.APPROVAL_REQUESTED,)),
    ("Đã duyệt, thẻ có giá trị", (states.APPROVED,)),
    ("Giao thẻ cho gia đình", (states.RETURNED,)),
)
_REACHED: Final = {
    states.RECEIVED: 0, states.CREATE_FAILED: 0, states.MANUAL_REVIEW: 1, states.CREATED: 1, states.SENT_TNHS: 1,
    states.EXPORTED_TNHS: 1, states.ARISEN: 1, states.APPROVAL_REQUESTED: 2, states.APPROVED: 3, states.PRINTED: 3,
    states.RETURNED: 4,
}  # fmt: skip
_WHO_VI: Final = {"system": "Hệ thống tự động", "citizen": "Gia đình"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: whom the parent names, by which paper. `door` is the network that asks."""

    name: str
    birth: date
    door: str
    on: date
    key: Key | None = None
    dossier_code: str = ""
    registration: tuple[str, str, str, int] | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five plain steps; `at` is None while it has not come."""

    label_vi: str
    on: date | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What anybody who named the child exactly may know: the way of the dossier and whether the card is good.

    `person_id` is None while the child has no number yet. `is_good` is None while there is no card.
    """

    person_id: int | None
    dossier_code: str
    steps: tuple[Step, ...]
    waiting_vi: str
    ended_vi: str
    due_on: date | None
    is_late: bool
    unit_name: str
    is_good: bool | None


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody was found; `wait_seconds` after too many of these from one network."""

    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class FamilyCard:
    """The card as its family sees it; without a card the code is None."""

    full_name: str
    born_on: date
    sex: str
    insurance_number: str
    code: str | None
    status: str | None
    valid_from: date | None
    valid_to: date | None
    five_year_on: date | None
    facility_code: str
    facility_name: str
    unit_name: str
    benefit_level: int | None
    area_code: str
    personal_id: str

    def id_beside(self, on: date) -> str:
        """The personal id where it names the child beside the number on the day; '' where it is unknown or not used yet."""
        return id_beside_number(self.personal_id, on=on)


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked: when, who, where, why. Officers by role, not by name."""

    at: datetime
    kind: str
    title: str
    place: str
    purpose: str

    @property
    def who_vi(self) -> str:
        """Who, in words."""
        if self.kind in _WHO_VI:
            return _WHO_VI[self.kind]
        is_role = self.kind == "officer" and self.title in frozenset(Role)
        who = TITLES_VI[Role(self.title)] if is_role else self.title
        return f"{who} – {self.place}" if self.place else who

    @property
    def purpose_vi(self) -> str:
        """Why, in words."""
        known = frozenset(Permission)
        return PERMISSIONS_VI[Permission(self.purpose)] if self.purpose in known else self.purpose


@dataclass(frozen=True, slots=True)
class _Row:
    answer: str
    wait_seconds: int
    person_id: int | None
    verdict: str | None
    valid_from: date | None
    valid_to: date | None
    dossier_code: str | None
    state: str | None
    reason: str | None
    received_at: datetime | None
    due_on: date | None
    closed_on: date | None
    unit_name: str | None
    commune_name: str
    province_name: str
    written_commune_code: str | None
    steps: str | dict[str, str] | None
    message_state: str = "applied"
    code: str = ""


def follow(asked: Asked) -> Standing | Missed:
    """Where the child's dossier and card stand. One statement, which also logs and counts."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, [json.dumps(_row(asked))])
        (row,) = rows_as(_Row, cursor)
    return _standing(row, asked.on) if row.answer == "match" else Missed(row.wait_seconds or 0)


def card(nonce: uuid.UUID, *, request_id: str) -> FamilyCard | None:
    """The card of the child whose code was opened; None after a quarter of an hour. One statement, which logs it."""
    with connection.cursor() as cursor:
        cursor.execute(_CARD, [nonce, request_id])
        rows = rows_as(FamilyCard, cursor)
    return rows[0] if rows else None


def looks(nonce: uuid.UUID) -> list[Look]:
    """Who looked at the child's data, the latest first, at most 500. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS, [nonce])
        return rows_as(Look, cursor)


def _row(asked: Asked) -> dict[str, object]:
    name_key = match_key(asked.name)
    birth = BirthDate(asked.birth.year, asked.birth.month, asked.birth.day)
    key = asked.key or Key()
    commune, book, entry, year = asked.registration or ("", "", "", 0)
    kind = "dossier" if asked.dossier_code else "registration" if asked.registration else "card"
    return {
        "kind": kind,
        "door": asked.door,
        "request": asked.request_id,
        "code": asked.dossier_code,
        "commune": commune,
        "book": book,
        "entry": entry,
        "year": year,
        "number": key.number,
        "personal_id": key.personal_id,
        "card_code": key.card_code,
        "card_prefix": key.card_prefix,
        "name_key": name_key,
        "initials": initials(asked.name),
        "born_year": birth.year,
        "born_month": birth.month,
        "born_day": birth.day,
        "on": asked.on.isoformat(),
        "target": target_of(name_key, birth),
    }


def _standing(row: _Row, on: date) -> Standing:
    is_good = None
    if row.verdict is not None and row.verdict != Verdict.NO_CARD:
        is_good = Verdict(row.verdict) in {*GOOD, Verdict.REPLACED_EXPIRED}
    is_ended = row.state in {states.REJECTED, states.CANCELLED}
    why = states.REASONS_VI.get(row.reason or "", "")
    return Standing(
        person_id=row.person_id,
        dossier_code=row.dossier_code or "",
        steps=() if is_ended or row.state is None else _steps(row),
        waiting_vi=(waiting.sentence(row) or "") if row.state else "",
        ended_vi=f"{states.LABELS_VI[row.state or '']}. {why}".strip() if is_ended else "",
        due_on=row.due_on,
        is_late=row.due_on is not None and row.closed_on is None and row.due_on < on,
        unit_name=row.unit_name or "",
        is_good=is_good,
    )


def _steps(row: _Row) -> tuple[Step, ...]:
    told = json.loads(row.steps) if isinstance(row.steps, str) else row.steps or {}
    reached = _REACHED.get(row.state or "", 0)
    steps = []
    for place, (label, marks) in enumerate(_STEPS):
        at = max((told[mark] for mark in marks if mark in told), default="")
        day = vietnam_date(datetime.fromisoformat(at)) if at and place <= reached else None
        steps.append(Step(label, day, is_now=place == reached))
    return tuple(steps)

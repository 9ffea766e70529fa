"""Is this card good on this day, and for whom: the one question of hospitals, in whatever protocol they ask it.

    answers = look_up([call, …])        # quota, look-up and log in one statement and one commit

One database function answers all the calls that wait; nobody who asks needs to read a table. Which words and codes a
protocol has for a verdict is the protocol's business (`web.api`). Sources: rules §6.5; guarantees D.3.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import connection

from lienthong.kernel.codes import is_insurance_number, is_personal_id
from lienthong.kernel.names import initials, match_key
from lienthong.law.groups import benefit_level, group_exists

STATEMENT: Final = "SELECT * FROM cards_look_up(%s::jsonb)"
"""Its one argument is `encoded(calls)`; its rows, in the order of the calls, go to `answer_of`."""

_SEPARATORS = str.maketrans("", "", " -_")
_CARD = re.compile(r"([A-Z]{2})([0-9])([0-9]{2}(?:[0-9]{10}|[0-9]{12}))")
_TEMPORARY = re.compile(r"TE1[0-9]{2}99[0-9]{8}")
_LEVELS = range(1, 6)
_ARMY = frozenset({"QN", "CY", "TQ", "TY"})
_POLICE = frozenset({"CA", "TA"})


class Verdict(StrEnum):
    """What a call comes to, most of them facts about the card on the day that was asked about."""

    VALID = "valid"
    ARMY = "army"
    POLICE = "police"
    REPLACED_EXPIRED = "replaced_expired"
    REPLACED_VALID = "replaced_valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    BAD_CODE = "bad_code"
    BAD_PROVINCE = "bad_province"
    BAD_LEVEL = "bad_level"
    STAFF_UNKNOWN = "staff_unknown"
    STAFF_NAME = "staff_name"
    WRONG_NAME = "wrong_name"
    WRONG_INITIALS = "wrong_initials"
    """The name is wrong, but its parts begin with the right letters."""
    WRONG_BIRTH = "wrong_birth"
    REVOKED = "revoked"
    REDUCED = "reduced"
    MOVED_OUT = "moved_out"
    MOVED_WITHIN = "moved_within"
    ADDED_AGAIN = "added_again"
    STOPPED = "stopped"
    NO_CARD = "no_card"
    """The child is known and has no card yet."""
    NO_ACCOUNT = "no_account"
    """The account is unknown, closed or suspended, or has a new password since the token was given."""
    OVER_LIMIT = "over_limit"
    OVER_TARGET = "over_target"
    """Too many asked in vain for one name and birth date today."""
    CLOSED = "closed"


MISSES: Final = frozenset(
    {Verdict.UNKNOWN, Verdict.WRONG_NAME, Verdict.WRONG_INITIALS, Verdict.WRONG_BIRTH}
)
"""Answers that somebody gets who guesses."""
GOOD: Final = frozenset({Verdict.VALID, Verdict.REPLACED_VALID})
"""The card that was asked for may be used on that day."""


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date as far as it is known to who asks: 0 stands for a month or day that was not given."""

    year: int
    month: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """Whom a code stands for: one of the two numbers, and of a card code its first five characters.

    `given` is set when the form alone decides; then there is nobody to look for.
    """

    number: str | None = None
    personal_id: str | None = None
    card_code: str | None = None
    card_prefix: str | None = None
    given: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """The hospital account that asks, the staff member who does, and since when the token is good.

    Doors that ask no staff leave `staff_personal_id` at None.
    """

    account: str
    token_at: datetime | None = None
    staff_personal_id: str | None = None
    staff_name: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One question: the code and name as typed, the birth date, the day of service. `endpoint` goes into the log.

    So do `visit`, a keyed hash of the hospital's own number of the visit, and `fields`: what the door shows of a
    holder who is found, when that is less than all.
    """

    asker: Asker
    key: Key
    name: str
    birth: BirthDate
    on: date
    purpose: str = "Tra cứu thẻ BHYT"
    endpoint: str = ""
    request_id: str = ""
    wants_consulted: bool = False
    visit: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """The verdict, and what the caller may see: everything once name and birth date were right, else next to nothing.

    `valid_to` and `new_valid_to` are last days included. The `new_…` facts are those of the card to use from now on,
    which is the card itself when nothing changed. `consulted` lists (who, when, verdict) of today, the latest first.
    """

    verdict: Verdict
    wait_seconds: int = 0
    code: str | None = None
    full_name: str | None = None
    born_on: date | None = None
    sex: str | None = None
    address: str | None = None
    facility_code: str | None = None
    facility_name: str | None = None
    unit_name: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    area_code: str | None = None
    five_year_on: date | None = None
    insurance_number: str | None = None
    personal_id: str | None = None
    benefit_level: int | None = None
    version: int | None = None
    ended_on: date | None = None
    ended_by_unit: str | None = None
    new_code: str | None = None
    new_valid_from: date | None = None
    new_valid_to: date | None = None
    new_facility_code: str | None = None
    new_facility_name: str | None = None
    consulted: tuple[tuple[str, datetime, Verdict], ...] = field(default=())

    @property
    def is_match(self) -> bool:
        """True when code, name and birth date belong together: the caller may see the person's data."""
        return self.born_on is not None


def key_of(text: str, *, on: date) -> Key:
    """Whom a typed code stands for: 10, 12, 15 or 17 characters, blanks, dashes and underscores ignored.

    A wrong form is a verdict, in the order of the codes 051, 053: BAD_CODE, then BAD_LEVEL. A province that does not
    exist is found by the database.
    """
    said = text.translate(_SEPARATORS).upper() if text.isascii() else ""
    if is_insurance_number(said):
        return Key(number=said)
    if is_personal_id(said):
        return Key(personal_id=said)
    found = _CARD.fullmatch(said)
    return (
        Key(given=Verdict.BAD_CODE) if found is None else _key_of_card(said, *found.groups(), on=on)
    )


def _key_of_card(said: str, group: str, level: str, rest: str, *, on: date) -> Key:
    given = _judged(group, int(level), on)
    if given is not None:
        return Key(given=given)
    if _TEMPORARY.fullmatch(said):
        return Key(card_code=said)
    province, number = rest[:2], rest[2:]
    whose = Key(card_code=said, card_prefix=f"{group}{level}{province}")
    is_old = is_insurance_number(number)
    return replace(whose, number=number) if is_old else replace(whose, personal_id=number)


def _judged(group: str, level: int, on: date) -> Verdict | None:
    """What group and level decide alone; None when somebody must be looked for."""
    if not group_exists(group, on=on):
        return Verdict.BAD_CODE
    if level not in _LEVELS or level != benefit_level(group, on=on):
        return Verdict.BAD_LEVEL
    if group in _ARMY:
        return Verdict.ARMY
    return Verdict.POLICE if group in _POLICE else None


def look_up(calls: Sequence[Call]) -> list[CardAnswer]:
    """The answers, in the order of the calls. One statement; outside a transaction, one commit before it returns."""
    if not calls:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [encoded(calls)])
        return [answer_of(row) for row in cursor.fetchall()]


def look_up_here(calls: Sequence[Call]) -> list[CardAnswer]:
    """As `look_up`, for who runs the installation: the system's rights, no account, no quota, logged as the system's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cards_look_up_here(%s::jsonb)", [encoded(calls)])
        return [answer_of(row) for row in cursor.fetchall()]


def encoded(calls: Sequence[Call]) -> str:
    """The calls as the function reads them: JSON, one object a call, `place` in the order of the list."""
    return msgspec.json.encode([_row(place, call) for place, call in enumerate(calls)]).decode()


def answer_of(row: tuple[Any, ...]) -> CardAnswer:
    """One row of the function."""
    _, verdict, *facts, consulted = row
    lines = msgspec.json.decode(consulted) if isinstance(consulted, str) else consulted
    seen = tuple(
        (by, datetime.fromisoformat(at), Verdict(said)) for by, at, said in lines or () if said
    )
    return CardAnswer(Verdict(verdict), *(*facts, seen))


def target_of(name_key: str, birth: BirthDate) -> str:
    """The person looked for, existing or not, as 64 hexadecimal digits of a keyed hash."""
    said = f"{name_key}|{birth.year}|{birth.month}|{birth.day}"
    secret = settings.KEYRING.secret("blind")
    return hmac.digest(secret, b"target:" + said.encode(), "sha256").hex()


def _row(place: int, call: Call) -> dict[str, object]:
    name_key = match_key(call.name)
    asker, key, birth = call.asker, call.key, call.birth
    return {
        "place": place,
        "account": asker.account,
        "token_at": asker.token_at,
        "asks_staff": asker.staff_personal_id is not None,
        "staff_personal_id": asker.staff_personal_id,
        "staff_name_key": match_key(asker.staff_name),
        "given": key.given,
        "number": key.number,
        "personal_id": key.personal_id,
        "card_code": key.card_code,
        "card_prefix": key.card_prefix,
        "name_key": name_key,
        "initials": initials(call.name),
        "born_year": birth.year,
        "born_month": birth.month,
        "born_day": birth.day,
        "on": call.on,
        "target": None if key.given else target_of(name_key, birth),
        "purpose": call.purpose,
        "endpoint": call.endpoint or None,
        "request": call.request_id,
        "wants_consulted": call.wants_consulted,
        "visit": call.visit or None,
        "fields": call.fields or None,
    }

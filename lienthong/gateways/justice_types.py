"""What the judge takes and gives: code lists in, a judgement and the facts of a birth out.

Plain values without behaviour, shared by the judge's modules and by the enrolment that calls it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

Outcome = Literal["accepted", "quarantined", "held", "not_entitled"]
Sex = Literal["male", "female", "undetermined"]


class LastDay(Protocol):
    """The last day a first card could cover (law.validity)."""

    def __call__(self, birth_date: date, /, *, on: date) -> date: ...


class PersonalIdCheck(Protocol):
    """Codes of what is wrong with a personal id of the right form (law.personal_id)."""

    def __call__(
        self, personal_id: str, /, *, birth_date: date, sex: Sex, province_code: str
    ) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class BirthLaw:
    """The two questions of law that the judge asks; gateways and law do not know each other."""

    last_day: LastDay
    personal_id: PersonalIdCheck


@dataclass(frozen=True, slots=True)
class CodeLists:
    """The lists that codes are checked against, of any day: whether a commune stands today is decided later.

    `commune_names` maps a commune code to its names of any day; empty leaves names unchecked. `gone` maps a code that
    no commune bears any more to the first day without it.
    """

    communes: Collection[str]
    facilities: Collection[str]
    ethnicities: Collection[str]
    nationalities: Collection[str]
    law: BirthLaw
    commune_names: Mapping[str, Collection[str]] = field(default_factory=dict)
    gone: Mapping[str, date] = field(default_factory=dict)


class BirthFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The birth read from an applied message. Ethnicity is checked but not kept: it stays in the raw body.

    Of a `cancel`, only the register key counts (commune, book, number, year); the other facts may be empty
    and `born_on` is then the day of registration.
    """

    commune_code: str
    book: str
    number: str
    registered_on: date
    year: int
    born_on: date
    registration_kind: str = ""
    residence_commune_code: str = ""
    residence_district_code: str = ""
    residence_text: str = ""
    birth_commune_code: str = ""
    full_name: str = ""
    tone_key: str = ""
    fold_key: str = ""
    sex: Sex = "undetermined"
    personal_id: str | None = None
    personal_id_status: str = ""
    birth_notice_code: str = ""
    mother_name: str = ""
    mother_born: str = ""
    mother_personal_id: str = ""
    mother_insurance_number: str = ""
    father_name: str = ""
    father_born: str = ""
    father_personal_id: str = ""
    requester_name: str = ""
    requester_relation: str = ""
    requester_phone: str = ""
    foundling: bool = False
    household_code: str = ""
    facility_code: str = ""
    area_code: str = ""
    nationality: str = ""
    died_on: date | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is worth on a day. `code` and `field` name the first fault; `birth` is set when readable.

    `held_for` says what releases a held message: `commune:12345` or `schema:99`. `suggestion` is a name
    decoded from an old character set, for the officer's eyes only.
    """

    outcome: Outcome
    code: str = ""
    field: str = ""
    warnings: tuple[str, ...] = ()
    message_id: str = ""
    source: str = ""
    kind: str = ""
    version: int | None = None
    sent_at: datetime | None = None
    urgent: bool = False
    held_for: str = ""
    birth: BirthFacts | None = None
    suggestion: str = ""


class Fault(Exception):
    """Stops the reading of a message at its first fault. Never leaves the judge."""

    def __init__(self, code: str, field_path: str = "", *, suggestion: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.field = field_path
        self.suggestion = suggestion

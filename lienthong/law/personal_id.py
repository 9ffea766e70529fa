"""Checks of a personal identification number (số định danh cá nhân): what is odd about it, never a refusal of the card.

Whether another person holds the number, or whose it is, is the population database's business.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from lienthong.kernel.codes import PersonalId, is_personal_id
from lienthong.kernel.dates import plus_years
from lienthong.law import sources
from lienthong.law.dated import cites
from lienthong.law.parameters import Figure, figure
from lienthong.law.provinces import province_digits_valid, province_successor


class PersonalIdFinding(StrEnum):
    """What is odd about a number. The first two keep it from being linked; the rest only warn."""

    FORMAT = "E-PID-FORMAT"
    TEST_NUMBER = "E-PID-TEST"
    PLACE_UNKNOWN = "W-PID-PLACE"
    PLACE_OF_ANOTHER_OFFICE = "W-PID-OFFICE"
    CENTURY = "W-PID-CENTURY"
    SEX = "W-PID-SEX"
    YEAR = "W-PID-YEAR"

    @property
    def keeps_from_linking(self) -> bool:
        """True when the value must not be stored as the person's number."""
        return self in (PersonalIdFinding.FORMAT, PersonalIdFinding.TEST_NUMBER)

    @property
    def message_vi(self) -> str:
        """The sentence an officer reads."""
        return _MESSAGES_VI[self]


_MESSAGES_VI: Mapping[PersonalIdFinding, str] = {
    PersonalIdFinding.FORMAT: "Số định danh phải đủ 12 chữ số.",
    PersonalIdFinding.TEST_NUMBER: "Số định danh là số thử, không phải số thật.",
    PersonalIdFinding.PLACE_UNKNOWN: "Ba số đầu của số định danh không ứng với tỉnh hoặc quốc gia nào.",
    PersonalIdFinding.PLACE_OF_ANOTHER_OFFICE: (
        "Ba số đầu của số định danh không ứng với tỉnh nơi đăng ký khai sinh."
    ),
    PersonalIdFinding.CENTURY: "Số thế kỷ trong số định danh không khớp ngày sinh.",
    PersonalIdFinding.SEX: "Số giới tính trong số định danh không khớp giới tính đã đăng ký.",
    PersonalIdFinding.YEAR: "Năm sinh trong số định danh không khớp ngày sinh.",
}


class Usable(StrEnum):
    """A number that a person may be named by."""

    PERSONAL_ID = "personal id"
    INSURANCE_NUMBER = "insurance number"


class FormerId(StrEnum):
    """What became of a personal id that another one took the place of."""

    REPLACED = "replaced"
    CANCELLED = "cancelled"


_OF_PLACE = frozenset({PersonalIdFinding.PLACE_UNKNOWN, PersonalIdFinding.PLACE_OF_ANOTHER_OFFICE})
_TEST_NUMBERS = frozenset({"000000000000", "123456789012"})
# The fourth digit: the century of birth (its first two figures) and the sex.
_CENTURIES_AND_SEXES: Mapping[str, tuple[int, str]] = {
    "0": (19, "male"),
    "1": (19, "female"),
    "2": (20, "male"),
    "3": (20, "female"),
    "4": (21, "male"),
    "5": (21, "female"),
    "6": (22, "male"),
    "7": (22, "female"),
    "8": (23, "male"),
    "9": (23, "female"),
}
_SEXES = frozenset(sex for _, sex in _CENTURIES_AND_SEXES.values())
_PLACE = slice(0, len("PPP"))
_CENTURY_AND_SEX = slice(len("PPP"), len("PPPG"))
_YEAR = slice(len("PPPG"), len("PPPGYY"))
_YEARS_A_CENTURY = 100
_VIETNAMESE = "VN"
_REGISTERED_ABROAD = "3"


@cites(sources.PERSONAL_ID_137_2015)
def findings(
    pid: str, *, birth_date: date, sex: str, province: str = ""
) -> list[PersonalIdFinding]:
    """What is odd about the number, in the order of the enum; empty when nothing is.

    `sex` is `male`, `female` or `undetermined`. `province` is the registering office's, by the list of 63
    or of 34; empty when unknown. A value of wrong form or a test number gets that one finding alone.

    Source: sources.PERSONAL_ID_137_2015.
    """
    if not is_personal_id(pid):
        return [PersonalIdFinding.FORMAT]
    if pid in _TEST_NUMBERS:
        return [PersonalIdFinding.TEST_NUMBER]
    found = _place_findings(pid[_PLACE], province)
    century, year = divmod(birth_date.year, _YEARS_A_CENTURY)
    written_century, written_sex = _CENTURIES_AND_SEXES[pid[_CENTURY_AND_SEX]]
    if written_century != century:
        found.append(PersonalIdFinding.CENTURY)
    if written_sex != sex:
        found.append(PersonalIdFinding.SEX)
    if int(pid[_YEAR]) != year:
        found.append(PersonalIdFinding.YEAR)
    return found


@cites(sources.PERSONAL_ID_137_2015)
def contradictions(pid: str, *, birth_date: date, sex: str) -> list[PersonalIdFinding]:
    """What in the number itself contradicts the child: form, test number, century, sex, year. Empty: it may be linked.

    The place never counts: which digits are used since 01/07/2025 is unknown.

    Source: sources.PERSONAL_ID_137_2015.
    """
    return [
        finding
        for finding in findings(pid, birth_date=birth_date, sex=sex)
        if finding not in _OF_PLACE
    ]


def _place_findings(place: str, province: str) -> list[PersonalIdFinding]:
    # A province's three digits are a zero and its code; a country's start with another digit. The list
    # of countries was not found, so any such code passes.
    if not place.startswith("0"):
        return []
    code = place.removeprefix("0")
    if not province_digits_valid(code):
        return [PersonalIdFinding.PLACE_UNKNOWN]
    # Which of the two digits are used since 01/07/2025 is unknown: the old and the new both pass.
    if province and province not in (code, province_successor(code)):
        return [PersonalIdFinding.PLACE_OF_ANOTHER_OFFICE]
    return []


@cites(sources.PERSONAL_ID_137_2015)
def usable(pid: str) -> PersonalId | None:
    """The value as a number that may be linked; None for a wrong form or a test number. Warnings do not count.

    Source: sources.PERSONAL_ID_137_2015.
    """
    return PersonalId(pid) if is_personal_id(pid) and pid not in _TEST_NUMBERS else None


@cites(sources.NUMBER_1804, sources.INSURANCE_NUMBER_595)
def numbers_used(*, has_personal_id: bool, on: date) -> tuple[Usable, ...]:
    """By which numbers a person is named on the day, the one that leads first.

    Until 31/07/2025 the ten digits alone; since then the personal id, where it is known, and the ten digits beside it.

    Source: sources.NUMBER_1804, sources.INSURANCE_NUMBER_595.
    """
    if has_personal_id and on in sources.NUMBER_1804.in_force:
        return (Usable.PERSONAL_ID, Usable.INSURANCE_NUMBER)
    return (Usable.INSURANCE_NUMBER,)


@cites(sources.NUMBER_1804)
def id_beside_number(pid: str | None, *, on: date) -> str:
    """The personal id where it names the person beside the ten digits on the day; '' where unknown or not used yet.

    Source: sources.NUMBER_1804.
    """
    used = numbers_used(has_personal_id=bool(pid), on=on)
    return (pid or "") if Usable.PERSONAL_ID in used else ""


@cites(sources.PERSONAL_ID_70_2024)
def former_id(former: str, newer: str) -> FormerId:
    """What the former id is once the newer one is the person's: cancelled when sex, century or year in it moved.

    Those are set anew with the id; an id that differs in nothing but place or serial was merely replaced.

    Source: sources.PERSONAL_ID_70_2024.
    """
    told = slice(_CENTURY_AND_SEX.start, _YEAR.stop)
    return FormerId.REPLACED if former[told] == newer[told] else FormerId.CANCELLED


@cites(sources.PERSONAL_ID_ISSUING)
def expected(
    *, birth_date: date, registered_on: date, sex: str, nationality: str, registration_kind: str
) -> bool:
    """True when the registration itself should have brought a number; False: none is to be waited for.

    A Vietnamese citizen (`VN`; empty reads as such) of determined sex, under 14, registered at home from
    01/01/2016. `registration_kind` is the civil-status code; `3` is an entry of a registration abroad.

    Source: sources.PERSONAL_ID_ISSUING.
    """
    if registered_on not in sources.PERSONAL_ID_ISSUING.in_force:
        return False
    age_limit = plus_years(birth_date, figure(Figure.PERSONAL_ID_AGE_LIMIT, on=registered_on))
    return (
        nationality in ("", _VIETNAMESE)
        and sex in _SEXES
        and registered_on < age_limit
        and registration_kind != _REGISTERED_ABROAD
    )

"""Which printed form a card takes (mẫu thẻ), by province and date, what the form shows, and whether paper is due.

Drawing the card is `cards.sheet`'s business.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from lienthong.kernel.dates import DateRange, day_first
from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.dated import Dated, cites, in_force


class CardForm(StrEnum):
    """A printed form. Cards of the older one stay valid."""

    CARD_1313 = "CARD_1313"
    CARD_1666 = "CARD_1666"


class CardField(StrEnum):
    """Something a form shows."""

    CARD_CODE = "card code"
    INSURANCE_NUMBER = "insurance number"
    FULL_NAME = "full name"
    BIRTH_DATE = "birth date"
    SEX = "sex"
    ADDRESS = "address"
    GUARDIAN = "guardian"
    FACILITY = "facility"
    VALID_FROM = "valid from"
    VALID_TO = "valid to"
    FIVE_YEAR_ON = "five-year day"
    BENEFIT_LEVEL = "benefit level"
    AREA_CODE = "area code"
    ISSUING_PLACE = "issuing place"
    ISSUED_ON = "issued on"


class PaperRegime(StrEnum):
    """When a card is printed at all."""

    ALWAYS = "always"
    THREE_CASES = "three cases"
    """Only for who cannot use the electronic card; a child under 14 falls under it as a rule."""
    ON_REQUEST = "on request"


class PaperGround(StrEnum):
    """Why a card is printed although the electronic one is the rule (căn cứ cấp thẻ giấy)."""

    NO_APP = "no app"
    """The family cannot install VssID."""
    NO_ACCOUNT = "no account"
    """The family cannot use VNeID."""
    NO_CHIP_CARD = "no chip card"
    """No identity card with a chip: as a rule, a child under 14."""
    ON_REQUEST = "on request"


class CardManner(StrEnum):
    """How a card reaches the family (hình thức thẻ). Both are worth the same."""

    PAPER = "paper"
    ELECTRONIC = "electronic"


_EVERYWHERE_ELSE = ""
_FORM_1313_UNTIL_1666 = Dated(
    DateRange(sources.CARD_FORM_1313.in_force.start, sources.CARD_FORM_1666.in_force.start),
    CardForm.CARD_1313,
    sources.CARD_FORM_1313,
)
# Province of the day (two digits) to its forms; a province without rows uses the last line.
_FORMS: Mapping[str, tuple[Dated[CardForm], ...]] = {
    "79": (
        Dated(
            DateRange(sources.CARD_FORM_1313.in_force.start, sources.CARD_FORM_HCMC.in_force.start),
            CardForm.CARD_1313,
            sources.CARD_FORM_1313,
        ),
        Dated(sources.CARD_FORM_HCMC.in_force, CardForm.CARD_1666, sources.CARD_FORM_HCMC),
    ),
    _EVERYWHERE_ELSE: (
        _FORM_1313_UNTIL_1666,
        Dated(sources.CARD_FORM_1666.in_force, CardForm.CARD_1666, sources.CARD_FORM_1666),
    ),
}
_COMMON = (
    CardField.FULL_NAME,
    CardField.BIRTH_DATE,
    CardField.SEX,
    CardField.FACILITY,
    CardField.VALID_FROM,
    CardField.VALID_TO,
    CardField.FIVE_YEAR_ON,
    CardField.ISSUED_ON,
)
_FIELDS: Mapping[CardForm, frozenset[CardField]] = {
    CardForm.CARD_1313: frozenset(
        {*_COMMON, CardField.CARD_CODE, CardField.ADDRESS, CardField.GUARDIAN, CardField.AREA_CODE}
    ),
    CardForm.CARD_1666: frozenset(
        {
            *_COMMON,
            CardField.INSURANCE_NUMBER,
            CardField.BENEFIT_LEVEL,
            CardField.AREA_CODE,
            CardField.ISSUING_PLACE,
        }
    ),
}
_PAPER: tuple[Dated[PaperRegime], ...] = (
    Dated(
        DateRange(sources.CARD_FORM_1313.in_force.start, sources.PAPER_CARD_168.in_force.start),
        PaperRegime.ALWAYS,
        sources.CARD_FORM_1313,
    ),
    Dated(sources.PAPER_CARD_168.in_force, PaperRegime.THREE_CASES, sources.PAPER_CARD_168),
    Dated(
        sources.PAPER_CARD_188_2025.in_force, PaperRegime.ON_REQUEST, sources.PAPER_CARD_188_2025
    ),
)
_THREE_CASES = frozenset({PaperGround.NO_APP, PaperGround.NO_ACCOUNT, PaperGround.NO_CHIP_CARD})
_GROUNDS: Mapping[PaperRegime, frozenset[PaperGround]] = {
    PaperRegime.ALWAYS: frozenset(),
    PaperRegime.THREE_CASES: _THREE_CASES,
    PaperRegime.ON_REQUEST: frozenset(PaperGround),
}
_SUBJECT_VI = "mẫu thẻ BHYT"


@cites(sources.CARD_FORM_1313, sources.CARD_FORM_1666, sources.CARD_FORM_HCMC)
def form_in_use(province: str, *, on: date) -> CardForm:
    """The form a card printed on the day takes in the province, where no letter of the province says otherwise.

    Refused before 2015. What a province was told apart from the law stands in `cards.forms`.

    Source: sources.CARD_FORM_1313, sources.CARD_FORM_1666, sources.CARD_FORM_HCMC.
    """
    rows = _FORMS.get(province, _FORMS[_EVERYWHERE_ELSE])
    return in_force(rows, on, subject_vi=_SUBJECT_VI).value


@cites(sources.CARD_FORM_1313, sources.CARD_FORM_1666)
def fields_shown(form: CardForm) -> frozenset[CardField]:
    """What the form shows of a child: 1313 the whole code and a parent, 1666 the number and the level.

    Source: sources.CARD_FORM_1313, sources.CARD_FORM_1666.
    """
    return _FIELDS[form]


@cites(sources.CARD_FORM_1313, sources.PAPER_CARD_168, sources.PAPER_CARD_188_2025)
def paper_regime(*, on: date) -> PaperRegime:
    """When a paper card is due on the day. Refused before 2015.

    Source: sources.CARD_FORM_1313, sources.PAPER_CARD_168, sources.PAPER_CARD_188_2025.
    """
    return in_force(_PAPER, on, subject_vi=_SUBJECT_VI).value


@cites(sources.PAPER_CARD_168, sources.PAPER_CARD_188_2025)
def paper_grounds(*, on: date) -> frozenset[PaperGround]:
    """The grounds on which a family may ask for paper on the day; none while every card is printed.

    Source: sources.PAPER_CARD_168, sources.PAPER_CARD_188_2025.
    """
    return _GROUNDS[paper_regime(on=on)]


@cites(sources.CARD_FORM_1313, sources.PAPER_CARD_168, sources.PAPER_CARD_188_2025)
def manner_of(ground: PaperGround | None = None, *, on: date) -> CardManner:
    """How a card reaches the family: by paper while every card is printed or on a ground of the day.

    Refused (E-PAPER-GROUND) for a ground that the day's text does not know.

    Source: sources.CARD_FORM_1313, sources.PAPER_CARD_168, sources.PAPER_CARD_188_2025.
    """
    if paper_regime(on=on) is PaperRegime.ALWAYS:
        return CardManner.PAPER
    if ground is None:
        return CardManner.ELECTRONIC
    if ground not in paper_grounds(on=on):
        message = f"Căn cứ cấp thẻ giấy này chưa được áp dụng vào ngày {day_first(on)}."
        raise Refused(message, code="E-PAPER-GROUND", field="ground")
    return CardManner.PAPER

"""On which grounds a further card is asked for (cấp lại, đổi thẻ, cấp nối tiếp) and what each may change on it.

The dates of the further card are `continuity`'s; the days allowed for it are `deadlines`'.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.card_forms import CardField, CardForm, fields_shown
from lienthong.law.dated import cites


class Ground(StrEnum):
    """Why a further card is asked for."""

    LOST = "lost"
    DAMAGED = "damaged"
    FACILITY = "facility"
    INFORMATION = "information"
    REGISTERED = "registered"
    """The birth registration was corrected: name, sex or birth date, or what else a card in hand prints."""
    NUMBER = "number"
    """The insurance number was repaired: given twice, of two persons, or of wrong structure."""
    CONTINUED = "continued"
    """The old card has ended, or another entitlement follows it."""


class FurtherCard(StrEnum):
    """What the further card is to the one before."""

    REISSUE = "reissue"
    EXCHANGE = "exchange"
    RENEWAL = "renewal"


class CardPart(StrEnum):
    """Something on a card that a ground may change. Group and serial are never among them."""

    FACILITY = "facility_code"
    ADDRESS = "address"
    GUARDIAN = "guardian_name"
    AREA = "area_code"
    BIRTH_FACTS = "birth facts"
    VALIDITY = "validity"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class GroundRule:
    """A ground: what it asks for, what it may change, which papers it needs."""

    ground: Ground
    kind: FurtherCard
    title_vi: str
    may_change: tuple[CardPart, ...]
    evidence_vi: tuple[str, ...]

    @property
    def is_changed(self) -> bool:
        """True when information on the card changes: the longer time limit."""
        return bool(self.may_change)

    def missing(self, shown: Collection[str]) -> tuple[str, ...]:
        """The papers it needs that were not shown, in the order of the form."""
        return tuple(paper for paper in self.evidence_vi if paper not in shown)


_RULES: Mapping[Ground, GroundRule] = {
    rule.ground: rule
    for rule in (
        GroundRule(Ground.LOST, FurtherCard.REISSUE, "Mất thẻ", (), ("Tờ khai TK1-TS",)),
        GroundRule(
            Ground.DAMAGED,
            FurtherCard.REISSUE,
            "Thẻ rách, nát, hỏng",
            (),
            ("Tờ khai TK1-TS", "Thẻ cũ"),
        ),
        GroundRule(
            Ground.FACILITY,
            FurtherCard.EXCHANGE,
            "Thay đổi nơi đăng ký khám chữa bệnh ban đầu",
            (CardPart.FACILITY,),
            ("Tờ khai TK1-TS",),
        ),
        GroundRule(
            Ground.INFORMATION,
            FurtherCard.EXCHANGE,
            "Thông tin trên thẻ chưa đúng hoặc thay đổi (địa chỉ, cha mẹ hoặc người giám hộ, mã khu vực)",
            (CardPart.ADDRESS, CardPart.GUARDIAN, CardPart.AREA),
            ("Tờ khai TK1-TS", "Giấy tờ chứng minh thông tin đúng"),
        ),
        GroundRule(
            Ground.REGISTERED,
            FurtherCard.EXCHANGE,
            "Dữ liệu khai sinh được điều chỉnh",
            (
                CardPart.BIRTH_FACTS,
                CardPart.VALIDITY,
                CardPart.ADDRESS,
                CardPart.GUARDIAN,
                CardPart.AREA,
            ),
            ("Dữ liệu điều chỉnh của Bộ Tư pháp hoặc giấy tờ hộ tịch",),
        ),
        GroundRule(
            Ground.NUMBER,
            FurtherCard.EXCHANGE,
            "Mã số BHXH được sửa do cấp trùng hoặc sai cấu trúc",
            (CardPart.NUMBER,),
            ("Quyết định sửa mã số đã được hai cán bộ xác nhận",),
        ),
        GroundRule(
            Ground.CONTINUED,
            FurtherCard.RENEWAL,
            "Cấp nối tiếp thẻ đã hết hạn hoặc khi có thời hạn hưởng mới",
            (CardPart.VALIDITY,),
            ("Tờ khai TK1-TS", "Giấy tờ chứng minh thời gian được hưởng"),
        ),
    )
}


OF_THE_HOUSE = frozenset({Ground.REGISTERED, Ground.NUMBER})
"""Grounds that no form offers: such a card is asked for by the decision about the registration or the number."""


@cites(
    sources.EXCHANGE_5052,
    sources.CONTINUITY_16_3,
    sources.CARD_LEG_595,
    sources.WRONG_STRUCTURE_3440,
)
def grounds(*, on: date) -> tuple[Ground, ...]:
    """Every ground that stands on the day, in the order of the form. Empty before letter 5052.

    Source: sources.EXCHANGE_5052, sources.CONTINUITY_16_3, sources.CARD_LEG_595,
    sources.WRONG_STRUCTURE_3440.
    """
    return tuple(_RULES) if on in sources.EXCHANGE_5052.in_force else ()


@cites(sources.EXCHANGE_5052, sources.CARD_LEG_595)
def ground_rule(ground: str, *, on: date) -> GroundRule:
    """The rule of one ground. Refused with code GROUND when the day knows no such ground.

    Source: sources.EXCHANGE_5052, sources.CARD_LEG_595.
    """
    for stands in grounds(on=on):
        if stands == ground:
            return _RULES[stands]
    raise Refused("Vui lòng chọn lý do cấp lại, đổi thẻ.", code="GROUND", field="ground")


@cites(
    sources.EXCHANGE_5052,
    sources.PAPER_2703,
    sources.CARD_FORM_1313,
    sources.CARD_FORM_1666,
)
def asks_exchange(
    changed: Collection[CardPart], *, forms: Collection[CardForm]
) -> frozenset[CardPart]:
    """Which corrected parts ask for an exchange of a card that is out: those that some form the family holds shows.

    `forms` are those of the cards in its hands; an electronic card shows what CARD_1666 does. Form 1313 prints the
    address and a parent, form 1666 neither; both print the code of the area. What no card shows is corrected in the
    record alone (A1 … A3: the card is exchanged because it says what is not so).

    Source: sources.EXCHANGE_5052, sources.PAPER_2703, sources.CARD_FORM_1313, sources.CARD_FORM_1666.
    """
    shown = frozenset().union(*(fields_shown(form) for form in forms))
    return frozenset(part for part in changed if _FIELDS_OF[part] & shown)


_FIELDS_OF: Mapping[CardPart, frozenset[CardField]] = {
    CardPart.FACILITY: frozenset({CardField.FACILITY}),
    CardPart.ADDRESS: frozenset({CardField.ADDRESS}),
    CardPart.GUARDIAN: frozenset({CardField.GUARDIAN}),
    CardPart.AREA: frozenset({CardField.AREA_CODE}),
    CardPart.BIRTH_FACTS: frozenset({CardField.FULL_NAME, CardField.BIRTH_DATE, CardField.SEX}),
    CardPart.VALIDITY: frozenset(
        {CardField.VALID_FROM, CardField.VALID_TO, CardField.FIVE_YEAR_ON}
    ),
    CardPart.NUMBER: frozenset({CardField.CARD_CODE, CardField.INSURANCE_NUMBER}),
}

"""What an officer asks for in place of a card, and whether the ground lets him: nothing is written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lienthong.catalogues import facilities
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Refused
from lienthong.law.exchange import CardPart, FurtherCard, Ground, GroundRule
from lienthong.law.validity import card_validity

UNCHANGED_VI = "Chưa có thông tin nào thay đổi so với thẻ hiện tại."
FACILITY_VI = (
    "Cơ sở khám chữa bệnh này chưa có trong danh mục nhận đăng ký ban đầu của ngày hôm nay."
)
NOT_HERE_VI = "Lý do đã chọn không được thay đổi thông tin này trên thẻ."
FACTS_VI = "Họ tên, giới tính, ngày sinh chỉ thay đổi theo dữ liệu khai sinh đã điều chỉnh."
NUMBER_VI = "Mã số BHXH trên thẻ chỉ thay đổi theo quyết định sửa mã số."
AREA_VI = "Mã nơi đối tượng sinh sống chỉ là K1, K2, K3 hoặc để trống."
BEFORE_BIRTH_VI = "Thời hạn được hưởng không thể bắt đầu trước ngày sinh của trẻ."
BEYOND_VI = "Thẻ của trẻ em dưới 6 tuổi không dài hơn thời hạn pháp luật quy định theo ngày sinh."
EVIDENCE_VI = "Chưa đủ giấy tờ: {missing}. Hãy đánh dấu giấy tờ đã nhận, hoặc ghi vào ghi chú vì sao vẫn lập yêu cầu."
NO_SUCH_PAPER_VI = "Giấy tờ đã đánh dấu không thuộc lý do này. Hãy chọn lại."
AREA_CODES = ("", "K1", "K2", "K3")
"""Where a holder lives that raises the benefit (mã nơi đối tượng sinh sống; rules §1.3)."""


@dataclass(frozen=True, slots=True)
class NewFacts:
    """The birth facts as the registration now has them; they become the child's when the card is approved."""

    full_name: str
    tone_key: str
    fold_key: str
    born_on: date
    sex: str
    personal_id: str = ""
    guardian_name: str | None = None
    residence_text: str | None = None
    residence_commune_code: str | None = None
    mother_name: str | None = None
    mother_born: str | None = None
    mother_personal_id: str | None = None
    father_name: str | None = None
    father_born: str | None = None
    father_personal_id: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an officer asks for in place of the card `card_id`; None leaves a part as it is.

    `facts` go with ground `registered` alone. `entitlement`, half-open, and `has_entitlement_in_gap` go with
    `continued`: the new days of cover, and whether the child was covered since the old card ended. `evidence` are the
    papers shown, of those that the ground needs. `number` goes with ground `number` alone. `commune_code` says where the child lives now, where the people of its
    commune were divided.
    """

    card_id: int
    ground: str
    facility_code: str | None = None
    address: str | None = None
    guardian_name: str | None = None
    area_code: str | None = None
    facts: NewFacts | None = None
    entitlement: DateRange | None = None
    has_entitlement_in_gap: bool = True
    note: str = ""
    evidence: tuple[str, ...] = ()
    commune_code: str = ""
    number: str | None = None

    @property
    def is_whole(self) -> bool:
        """True when every card of the line that is still to be used is replaced with this one."""
        return self.facts is not None or self.number is not None


@dataclass(frozen=True, slots=True)
class CardHeld:
    """The card to be replaced, with the child's entitlement."""

    id: int
    status: str
    dossier_id: int
    person_id: int
    born_on: date
    full_name: str
    sex: str
    facility_code: str
    address: str
    guardian_name: str
    area_code: str
    first_day: date
    end_day: date
    five_year_on: date
    entitled_from: date
    entitled_end: date
    province_code: str
    dossier_state: str
    number: str

    @property
    def valid(self) -> DateRange:
        """The days on it, half-open."""
        return DateRange(self.first_day, self.end_day)


def check_parts(asked: Asked, card: CardHeld, rule: GroundRule, on: date) -> None:
    """Only what the ground may change is changed, and something is, where the ground is a change.

    Raises Refused with the field: PART, UNCHANGED, FACILITY, AREA, N-AGE.
    """
    given = {
        CardPart.FACILITY: asked.facility_code,
        CardPart.ADDRESS: asked.address,
        CardPart.GUARDIAN: asked.guardian_name,
        CardPart.AREA: asked.area_code,
    }
    for part, value in given.items():
        if value is not None and part not in rule.may_change:
            raise Refused(NOT_HERE_VI, code="PART", field=part.value)
    if (asked.facts is not None) is not (rule.ground is Ground.REGISTERED):
        raise Refused(FACTS_VI, code="PART", field="facts")
    if (asked.number is not None) is not (rule.ground is Ground.NUMBER):
        raise Refused(NUMBER_VI, code="PART", field="number")
    if rule.kind is FurtherCard.EXCHANGE and not _is_changed(asked, card, given):
        raise Refused(UNCHANGED_VI, code="UNCHANGED", field=rule.may_change[0].value)
    if asked.facility_code is not None and not facilities.registers_children(
        asked.facility_code, on=on
    ):
        raise Refused(FACILITY_VI, code="FACILITY", field="facility_code")
    if asked.area_code not in {None, *AREA_CODES}:
        raise Refused(AREA_VI, code="AREA", field="area_code")
    _check_entitlement(asked, card, rule, on)


def check_evidence(asked: Asked, rule: GroundRule) -> None:
    """Every paper that the ground needs was shown, or the note says why not. Raises Refused (EVIDENCE)."""
    if not frozenset(asked.evidence) <= frozenset(rule.evidence_vi):
        raise Refused(NO_SUCH_PAPER_VI, code="EVIDENCE", field="evidence")
    missing = rule.missing(asked.evidence)
    if missing and not asked.note.strip():
        message = EVIDENCE_VI.format(missing=", ".join(missing))
        raise Refused(message, code="EVIDENCE", field="evidence")


def _is_changed(asked: Asked, card: CardHeld, given: Mapping[CardPart, str | None]) -> bool:
    held = {part: getattr(card, part.value) for part in given}
    facts = asked.facts
    if asked.number is not None:
        return asked.number != card.number
    return any(value is not None and value != held[part] for part, value in given.items()) or (
        facts is not None
        and (facts.full_name, facts.born_on, facts.sex) != (card.full_name, card.born_on, card.sex)
    )


def _check_entitlement(asked: Asked, card: CardHeld, rule: GroundRule, on: date) -> None:
    """Whatever days are asked for, a child's card never outlasts what the law gives the child."""
    days = asked.entitlement
    if days is None:
        return
    if rule.ground is not Ground.CONTINUED:
        raise Refused(NOT_HERE_VI, code="PART", field="valid_from")
    most = card_validity(card.born_on, on=on)
    if days.start < most.start:
        raise Refused(BEFORE_BIRTH_VI, code="N-AGE", field="valid_from")
    if days.end is None or most.end is None or days.end > most.end:
        raise Refused(BEYOND_VI, code="N-AGE", field="valid_to")

"""How card codes (mã thẻ) and insurance numbers (mã số BHXH) are composed and checked.

Allocation is the number ledger's business. No check digit exists: nothing here computes one.
"""

from datetime import date
from enum import StrEnum

from lienthong.kernel.codes import (
    CardCode,
    DivisionCode,
    InsuranceNumber,
    is_insurance_number,
    parse_card_code,
)
from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.dated import cites
from lienthong.law.groups import CHILD_UNDER_SIX, benefit_level, group_exists
from lienthong.law.provinces import province_digits_valid, province_exists

_PREFIX_LENGTH = len("PP")
_NUMBER_LENGTH = len("PPSSSSSSSS")


class CardCodeFinding(StrEnum):
    """What is wrong with a card code on a day."""

    GROUP_UNKNOWN = "E-CARD-GROUP"
    LEVEL_WRONG = "E-CARD-LEVEL"
    PROVINCE_UNKNOWN = "E-CARD-PROVINCE"
    PROVINCE_CLOSED = "E-CARD-PROVINCE-CLOSED"
    NUMBER_WRONG = "E-CARD-NUMBER"
    NUMBER_OF_ANOTHER = "E-CARD-NUMBER-OTHER"

    @property
    def message_vi(self) -> str:
        """The sentence an officer reads."""
        return _CARD_CODE_MESSAGES_VI[self]


_CARD_CODE_MESSAGES_VI = {
    CardCodeFinding.GROUP_UNKNOWN: "Nhóm đối tượng không có trong danh mục của ngày cấp thẻ.",
    CardCodeFinding.LEVEL_WRONG: "Mức hưởng không đúng với nhóm đối tượng tại ngày cấp thẻ.",
    CardCodeFinding.PROVINCE_UNKNOWN: "Mã tỉnh trong mã thẻ không có trong danh mục.",
    CardCodeFinding.PROVINCE_CLOSED: "Mã tỉnh trong mã thẻ đã thôi dùng tại ngày cấp thẻ.",
    CardCodeFinding.NUMBER_WRONG: "Mã số BHXH trong mã thẻ sai cấu trúc.",
    CardCodeFinding.NUMBER_OF_ANOTHER: "Mã số trong mã thẻ không phải mã số BHXH của người này.",
}


class NumberFinding(StrEnum):
    """What is wrong, or odd, about an insurance number."""

    WRONG_STRUCTURE = "E-NUMBER-STRUCTURE"
    """Not ten digits: sai cấu trúc."""
    PREFIX_UNKNOWN = "W-NUMBER-PREFIX"
    """The first two digits are no province's: only a warning, newer numbers need not follow the layout."""

    @property
    def message_vi(self) -> str:
        """The sentence an officer reads."""
        return _NUMBER_MESSAGES_VI[self]


class StructureFault(StrEnum):
    """What is wrong with a number as it was written in an old book, card or file (sai cấu trúc)."""

    LETTERS = "letters"
    BLANKS = "blanks"
    LENGTH = "length"
    PREFIX = "prefix"
    LOCAL_SERIES = "local series"

    @property
    def message_vi(self) -> str:
        """What an officer reads."""
        return _FAULTS_VI[self]


_FAULTS_VI = {
    StructureFault.LETTERS: "có chữ hoặc dấu",
    StructureFault.BLANKS: "có khoảng trắng",
    StructureFault.LENGTH: "không đủ hoặc thừa chữ số (phải là 10)",
    StructureFault.PREFIX: "hai số đầu không có trong danh mục tỉnh của ngày cấp",
    StructureFault.LOCAL_SERIES: "thuộc dãy số cũ của địa phương",
}

_NUMBER_MESSAGES_VI = {
    NumberFinding.WRONG_STRUCTURE: "Mã số BHXH phải gồm đúng 10 chữ số (sai cấu trúc).",
    NumberFinding.PREFIX_UNKNOWN: "Hai số đầu của mã số BHXH không ứng với tỉnh nào; cần kiểm tra.",
}


@cites(sources.CARD_CODE_1351)
def card_code(group: str, level: int, province: str, number: str) -> CardCode:
    """The code of those parts, by form alone: 15 characters, or 17 with a personal id.

    Refused when the parts do not make a card code. Whether they were right on a day: `card_code_findings`.

    Source: sources.CARD_CODE_1351.
    """
    composed = CardCode(group, level, DivisionCode(province), number)
    if parse_card_code(str(composed)) != composed:
        message = f"Không lập được mã thẻ từ «{composed}»: sai cấu trúc."
        raise Refused(message, code="E-CARD-FORM", field="code")
    return composed


@cites(sources.CARD_CODE_1351, sources.PROVINCES_202_2025)
def child_card_code(province: str, number: str, *, on: date) -> CardCode:
    """The code of a child's card issued on the day: group TE at its level, the issuing province, the number.

    Refused for a province that does not exist on the day, a number of wrong form, or a day before 2015.

    Source: sources.CARD_CODE_1351, sources.PROVINCES_202_2025.
    """
    if not province_exists(province, on=on):
        message = CardCodeFinding.PROVINCE_CLOSED.message_vi
        raise Refused(message, code=CardCodeFinding.PROVINCE_CLOSED.value, field="province_code")
    return card_code(CHILD_UNDER_SIX, benefit_level(CHILD_UNDER_SIX, on=on), province, number)


@cites(sources.CARD_CODE_1351, sources.PROVINCES_124_2004, sources.PROVINCES_202_2025)
def card_code_findings(
    code: CardCode, *, issued_on: date, number: str | None = None
) -> tuple[CardCodeFinding, ...]:
    """What is wrong with a code for a card issued that day, in the order of its characters; empty when right.

    Judge an old card by its own day of issue: all 63 province codes stay valid for what was issued before
    01/07/2025. With `number`, the person's own, the code must end in it. Refused before 01/08/2008.

    Source: sources.CARD_CODE_1351, sources.PROVINCES_124_2004, sources.PROVINCES_202_2025.
    """
    found: list[CardCodeFinding] = []
    if not group_exists(code.group, on=issued_on):
        found.append(CardCodeFinding.GROUP_UNKNOWN)
    elif benefit_level(code.group, on=issued_on) != code.level:
        found.append(CardCodeFinding.LEVEL_WRONG)
    if not province_digits_valid(code.province_code):
        found.append(CardCodeFinding.PROVINCE_UNKNOWN)
    elif not province_exists(code.province_code, on=issued_on):
        found.append(CardCodeFinding.PROVINCE_CLOSED)
    if parse_card_code(str(code)) is None:
        found.append(CardCodeFinding.NUMBER_WRONG)
    elif number is not None and number != code.number:
        found.append(CardCodeFinding.NUMBER_OF_ANOTHER)
    return tuple(found)


@cites(sources.INSURANCE_NUMBER_595, sources.WRONG_STRUCTURE_3440)
def number_findings(text: str) -> tuple[NumberFinding, ...]:
    """What is wrong or odd about a text meant as an insurance number; empty when nothing is.

    WRONG_STRUCTURE refuses the value; PREFIX_UNKNOWN only warns.

    Source: sources.INSURANCE_NUMBER_595, sources.WRONG_STRUCTURE_3440.
    """
    if not is_insurance_number(text):
        return (NumberFinding.WRONG_STRUCTURE,)
    prefix, _ = number_parts(InsuranceNumber(text))
    return () if province_digits_valid(prefix) else (NumberFinding.PREFIX_UNKNOWN,)


@cites(sources.WRONG_STRUCTURE_3440)
def number_key(written: str) -> str:
    """A number as written, without blanks and signs and in capitals: two writings of one number have one key.

    Source: sources.WRONG_STRUCTURE_3440.
    """
    # Of ASCII alone: upper() would turn the likes of "ß" into letters nobody wrote.
    return "".join(sign for sign in written if sign.isascii() and sign.isalnum()).upper()


@cites(
    sources.INSURANCE_NUMBER_595,
    sources.WRONG_STRUCTURE_3440,
    sources.PROVINCES_124_2004,
    sources.PROVINCES_202_2025,
)
def structure_faults(
    written: str, *, issued_on: date | None = None, is_local_series: bool = False
) -> tuple[StructureFault, ...]:
    """What is wrong with the structure of a number as written, in the order of the enum; empty when it is a number.

    The two first digits are judged by the list of provinces of the day of issue; without a day, and before
    01/08/2008, by all codes that there were. Only of a number that is right otherwise.

    Source: sources.INSURANCE_NUMBER_595, sources.WRONG_STRUCTURE_3440, sources.PROVINCES_124_2004,
    sources.PROVINCES_202_2025.
    """
    found: list[StructureFault] = []
    bare = "".join(written.split())
    if any(not (sign.isascii() and sign.isdigit()) for sign in bare):
        found.append(StructureFault.LETTERS)
    if bare != written:
        found.append(StructureFault.BLANKS)
    if len(bare) != _NUMBER_LENGTH:
        found.append(StructureFault.LENGTH)
    if not found and not _prefix_stands(bare[:_PREFIX_LENGTH], issued_on):
        found.append(StructureFault.PREFIX)
    if is_local_series:
        found.append(StructureFault.LOCAL_SERIES)
    return tuple(found)


def _prefix_stands(prefix: str, issued_on: date | None) -> bool:
    if issued_on is None or issued_on < sources.PROVINCES_124_2004.in_force.start:
        return province_digits_valid(prefix)
    return province_exists(prefix, on=issued_on)


@cites(sources.INSURANCE_NUMBER_595)
def number_parts(number: InsuranceNumber) -> tuple[DivisionCode, str]:
    """The two province digits and the eight that follow. Refused for a number of wrong structure.

    Source: sources.INSURANCE_NUMBER_595 (the layout is an assumption for newer numbers).
    """
    if not is_insurance_number(number):
        message = NumberFinding.WRONG_STRUCTURE.message_vi
        raise Refused(message, code=NumberFinding.WRONG_STRUCTURE.value, field="insurance_number")
    return DivisionCode(number[:_PREFIX_LENGTH]), number[_PREFIX_LENGTH:]

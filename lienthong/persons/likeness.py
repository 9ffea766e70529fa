"""What two records of persons are compared by, and what a comparison says: plain values, nothing personal in a score."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A person as one record states him. Empty texts and None stand for "not said".

    `born_text` is what was written when no whole date was (`2020`, `11/2020`). `commune_code` is the residence (the
    mother's, for a child) as it was written on `commune_day`; `commune_kin` the codes that the same people stand under
    before and after mergers, itself included. `birth_order` is 1, 2, … of one delivery. Read live, never stored.
    """

    full_name: str
    born_on: date | None = None
    born_text: str = ""
    sex: str = ""
    personal_id: str = ""
    insurance_number: str = ""
    birth_notice_code: str = ""
    mother_name: str = ""
    mother_born: str = ""
    mother_personal_id: str = ""
    mother_insurance_number: str = ""
    father_name: str = ""
    father_personal_id: str = ""
    commune_code: str = ""
    commune_day: date | None = None
    commune_kin: frozenset[str] = frozenset()
    household_code: str = ""
    birth_order: int | None = None


class Agreement(StrEnum):
    """How one field of two records agrees, the strongest first."""

    EXACT = "exact"
    TONE = "tone"
    IY = "iy"
    FOLD = "fold"
    KIN = "kin"
    SWAPPED = "swapped"
    NEAR = "near"
    CLOSE = "close"
    MISSING = "missing"
    DIFFERS = "differs"
    SHARED = "shared"

    @property
    def words_vi(self) -> str:
        """What an officer reads beside the field."""
        return _WORDS_VI[self]


_WORDS_VI = {
    Agreement.EXACT: "giống hệt",
    Agreement.TONE: "chỉ khác chỗ đặt dấu thanh",
    Agreement.IY: "chỉ khác i và y",
    Agreement.FOLD: "giống khi bỏ dấu",
    Agreement.KIN: "cùng địa bàn trước và sau sắp xếp",
    Agreement.SWAPPED: "đảo ngày và tháng",
    Agreement.NEAR: "gần giống",
    Agreement.CLOSE: "cách nhau ít ngày",
    Agreement.MISSING: "một bên không có",
    Agreement.DIFFERS: "khác",
    Agreement.SHARED: "các điểm trên nói cùng một điều, không cộng hết",
}

FIELDS_VI = {
    "full_name": "Họ và tên",
    "born_on": "Ngày sinh",
    "sex": "Giới tính",
    "personal_id": "Số định danh cá nhân",
    "insurance_number": "Mã số BHXH",
    "birth_notice_code": "Mã giấy chứng sinh",
    "birth_order": "Thứ tự sinh trong lần sinh",
    "mother_personal_id": "Số định danh của mẹ",
    "mother_insurance_number": "Mã số BHXH của mẹ",
    "mother_name": "Họ tên mẹ",
    "mother_born": "Ngày sinh của mẹ",
    "father_personal_id": "Số định danh của cha",
    "father_name": "Họ tên cha",
    "commune_code": "Xã, phường cư trú",
    "household_code": "Hộ gia đình",
    "family": "Cùng một gia đình",
}
"""What each field of a score is called, in the order of a score."""


@dataclass(frozen=True, slots=True)
class FieldScore:
    """What one field says: `weight` in bits; above nought it speaks for one person, below for two."""

    field: str
    agreement: Agreement
    weight: float

    @property
    def field_vi(self) -> str:
        """What the field is called."""
        return FIELDS_VI[self.field]


class Verdict(StrEnum):
    """What the score comes to: one person beyond doubt, two, or an officer must look."""

    SAME = "same"
    ASK = "ask"
    NEW = "new"


class Rule(StrEnum):
    """Which rule decided (rules §2.2): the numbers are the levels of the search for a twin record."""

    PERSONAL_ID = "R1-PERSONAL-ID"
    BIRTH_NOTICE = "R3-BIRTH-NOTICE"
    TWINS = "R9-TWINS"
    MOTHER = "R4-MOTHER"
    COMMUNE = "R5-COMMUNE"
    WEIGHT = "R6-WEIGHT"
    APART = "R0-APART"

    @property
    def level(self) -> int:
        """1 to 5 as rules §2.2 number the keys; 6 by weight alone, 9 siblings of one delivery, 0 nothing in common."""
        return int(self.value[1])

    @property
    def words_vi(self) -> str:
        """The rule as a sentence for an officer."""
        return _RULES_VI[self]


_RULES_VI = {
    Rule.PERSONAL_ID: "Trùng số định danh, họ tên, ngày sinh và giới tính.",
    Rule.BIRTH_NOTICE: "Trùng mã giấy chứng sinh, họ tên, ngày sinh và giới tính.",
    Rule.TWINS: "Cùng mẹ, cùng ngày sinh nhưng là hai trẻ của một lần sinh (sinh đôi, sinh ba).",
    Rule.MOTHER: "Trùng họ tên, ngày sinh, giới tính và số định danh (hoặc mã số BHXH) của mẹ.",
    Rule.COMMUNE: "Trùng họ tên, ngày sinh, họ tên mẹ và xã, phường.",
    Rule.WEIGHT: "Giống nhau ở nhiều điểm; tổng điểm vượt ngưỡng phải hỏi.",
    Rule.APART: "Không đủ điểm giống để coi là một người.",
}


@dataclass(frozen=True, slots=True)
class Score:
    """The arithmetic of a comparison: `weight` is the sum of the fields, `prior` what stands against any two records.

    `probability` = 2^(prior + weight) / (1 + 2^(prior + weight)). `rule` is a value of `Rule`.
    """

    fields: tuple[FieldScore, ...]
    weight: float
    prior: float
    probability: float
    verdict: Verdict
    rule: str

    @property
    def level(self) -> int:
        """The level of the rule (see `Rule.level`)."""
        return Rule(self.rule).level

    @property
    def rule_vi(self) -> str:
        """The rule as a sentence."""
        return Rule(self.rule).words_vi

"""Which facts a birth must bring, by channel, and what follows from what is there (issue, return, hold).

A personal id is not among the facts: with or without it, the card is issued.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lienthong.law import sources
from lienthong.law.dated import Dated, cites, in_force
from lienthong.law.entitlement import reason_not_entitled
from lienthong.law.refusals import Reason


class Channel(StrEnum):
    """How a birth reaches us."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class Fact(StrEnum):
    """A fact about a birth; the value is its field in the Ministry of Justice's record."""

    COMMUNE = "ndkksMaXa"
    BOOK = "quyenSo"
    NUMBER = "soDangKy"
    REGISTERED_ON = "ngayDangKy"
    FULL_NAME = "nksHoTen"
    SEX = "nksGioiTinh"
    BIRTH_DATE = "nksNgaySinh"
    MOTHER = "meHoTen"
    FATHER = "chaHoTen"
    REQUESTER = "nycHoTen"
    PAPER_REASON = "lyDoHoSoGiay"
    EVIDENCE = "giayToKemTheo"

    @property
    def name_vi(self) -> str:
        """What the officer calls it."""
        return _NAMES_VI[self]


_NAMES_VI: Mapping[Fact, str] = {
    Fact.COMMUNE: "xã nơi đăng ký khai sinh",
    Fact.BOOK: "quyển số",
    Fact.NUMBER: "số đăng ký",
    Fact.REGISTERED_ON: "ngày đăng ký",
    Fact.FULL_NAME: "họ, chữ đệm, tên của trẻ",
    Fact.SEX: "giới tính của trẻ",
    Fact.BIRTH_DATE: "ngày sinh của trẻ",
    Fact.MOTHER: "họ tên mẹ",
    Fact.FATHER: "họ tên cha",
    Fact.REQUESTER: "họ tên người yêu cầu",
    Fact.PAPER_REASON: "lý do nộp hồ sơ giấy",
    Fact.EVIDENCE: "giấy tờ kèm theo",
}

_REGISTER_FACTS = (
    Fact.COMMUNE,
    Fact.BOOK,
    Fact.NUMBER,
    Fact.REGISTERED_ON,
    Fact.FULL_NAME,
    Fact.SEX,
    Fact.BIRTH_DATE,
)
# One of these stands for the child, unless it was found without parents (trẻ bị bỏ rơi).
_SPEAKERS = (Fact.MOTHER, Fact.FATHER, Fact.REQUESTER)
_REQUIRED: Mapping[Channel, tuple[Dated[tuple[Fact, ...]], ...]] = {
    Channel.ELECTRONIC: (
        Dated(sources.BIRTH_RECORD_FACTS.in_force, _REGISTER_FACTS, sources.BIRTH_RECORD_FACTS),
    ),
    Channel.PAPER: (
        Dated(
            sources.BIRTH_RECORD_FACTS.in_force,
            (*_REGISTER_FACTS, Fact.PAPER_REASON, Fact.EVIDENCE),
            sources.BIRTH_RECORD_FACTS,
        ),
    ),
}


@cites(sources.BIRTH_RECORD_FACTS, sources.PAPER_2703)
def required_facts(channel: Channel, *, on: date) -> tuple[Fact, ...]:
    """The facts every birth of the channel must bring, in the order of the record. Refused before 2015.

    One of mother, father or requester is needed besides, unless the child is a foundling: `missing_facts`.

    Source: sources.BIRTH_RECORD_FACTS, sources.PAPER_2703.
    """
    return in_force(_REQUIRED[channel], on, subject_vi="nội dung dữ liệu khai sinh").value


@cites(sources.BIRTH_RECORD_FACTS, sources.PAPER_2703, sources.PERSONAL_ID_NOT_NEEDED)
def missing_facts(
    present: Collection[Fact], channel: Channel, *, on: date, is_foundling: bool = False
) -> tuple[Fact, ...]:
    """The required facts that are not `present`, in order; MOTHER stands for "nobody speaks for the child".

    Refused before 2015.

    Source: sources.BIRTH_RECORD_FACTS, sources.PAPER_2703, sources.PERSONAL_ID_NOT_NEEDED.
    """
    missing = tuple(fact for fact in required_facts(channel, on=on) if fact not in present)
    is_spoken_for = is_foundling or any(fact in present for fact in _SPEAKERS)
    return missing if is_spoken_for else (*missing, Fact.MOTHER)


class Decision(StrEnum):
    """What happens to the dossier."""

    ISSUE = "issue"
    RETURN = "return"
    REFUSE = "refuse"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known of a dossier when it is to be decided.

    `has_personal_id` and `is_personal_id_doubtful` are here to show that they change the rule's number and a
    task, never the outcome. `is_duplicate_confirmed` is None while nothing is suspected.
    """

    missing: Collection[Fact] = ()
    contradictory: Collection[Fact] = ()
    birth_date: date | None = None
    died_on: date | None = None
    is_sender_at_fault: bool = False
    is_duplicate_suspected: bool = False
    is_duplicate_confirmed: bool | None = None
    has_personal_id: bool = True
    is_personal_id_doubtful: bool = False
    is_facility_known: bool = True


@dataclass(frozen=True, slots=True)
class Issuing:
    """The decision, its rule (`001-1` … `001-7`), the ground where there is one, and whether the clock stops."""

    rule: str
    decision: Decision
    reason: Reason | None = None
    stops_clock: bool = False


_ISSUE = Issuing("001-1", Decision.ISSUE)
_ISSUE_WITHOUT_ID = Issuing("001-2", Decision.ISSUE)
_ISSUE_ID_UNLINKED = Issuing("001-3", Decision.ISSUE)
_ISSUE_DEFAULT_FACILITY = Issuing("001-7", Decision.ISSUE)
_HOLD_DUPLICATE = Issuing("001-6", Decision.HOLD)
_SAME_CHILD = Issuing("001-6", Decision.REFUSE, Reason.DUPLICATE_CONFIRMED)
_NOT_TE = Issuing("001-4", Decision.REFUSE, Reason.NOT_TE, stops_clock=True)
_INCOMPLETE = Issuing("001-4", Decision.RETURN, Reason.DATA_INCOMPLETE, stops_clock=True)
_CONTRADICTORY = Issuing("001-4", Decision.RETURN, Reason.DATA_CONTRADICTORY, stops_clock=True)
_SENDER_AT_FAULT = Issuing("001-5", Decision.RETURN, Reason.PREVIOUS_AGENCY_ERROR, stops_clock=True)


@cites(sources.ISSUING_2703, sources.PERSONAL_ID_NOT_NEEDED, sources.RETURN_976)
def issuing_decision(dossier: Dossier, *, on: date) -> Issuing:
    """Whether a card is issued: first what makes it impossible, then what only adds a task.

    No path leads from a missing or doubtful personal id, or an unknown facility, to anything but ISSUE.
    Refused before 2015.

    Source: sources.ISSUING_2703, sources.PERSONAL_ID_NOT_NEEDED, sources.RETURN_976.
    """
    return _obstacle(dossier, on) or _with_task(dossier)


def _obstacle(dossier: Dossier, on: date) -> Issuing | None:
    if dossier.is_sender_at_fault:
        return _SENDER_AT_FAULT
    if dossier.missing or dossier.birth_date is None:
        return _INCOMPLETE
    if dossier.contradictory or dossier.birth_date > on:
        return _CONTRADICTORY
    if reason_not_entitled(dossier.birth_date, on=on, died_on=dossier.died_on) is not None:
        return _NOT_TE
    return _duplicate(dossier)


def _duplicate(dossier: Dossier) -> Issuing | None:
    if dossier.is_duplicate_confirmed:
        return _SAME_CHILD
    is_undecided = dossier.is_duplicate_suspected and dossier.is_duplicate_confirmed is None
    return _HOLD_DUPLICATE if is_undecided else None


def _with_task(dossier: Dossier) -> Issuing:
    if not dossier.has_personal_id:
        return _ISSUE_WITHOUT_ID
    if dossier.is_personal_id_doubtful:
        return _ISSUE_ID_UNLINKED
    return _ISSUE if dossier.is_facility_known else _ISSUE_DEFAULT_FACILITY

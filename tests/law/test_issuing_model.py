"""A model check: every combination of facts about a dossier; a missing id never leads away from the card."""

from datetime import date
from itertools import product

import pytest

from lienthong.kernel.codes import CardCode, DivisionCode
from lienthong.law.completeness import (
    Channel,
    Decision,
    Dossier,
    Fact,
    issuing_decision,
    required_facts,
)
from lienthong.law.entitlement import NotEntitled
from lienthong.law.numbering import CardCodeFinding, NumberFinding, card_code_findings
from lienthong.law.paper_channel import PaperReason, paper_reasons
from lienthong.law.personal_id import PersonalIdFinding, findings
from lienthong.law.refusals import Ending, Reason, permitted_reasons

_ON = date(2026, 11, 20)
_BIRTH_DATES = (date(2026, 11, 12), date(2019, 11, 12), date(2026, 11, 21), None)
_FLAGS = (True, False)


def _every_dossier() -> list[Dossier]:
    return [
        Dossier(
            missing=(Fact.FULL_NAME,) if is_missing else (),
            contradictory=(Fact.BIRTH_DATE,) if is_contradictory else (),
            birth_date=born,
            died_on=died,
            is_sender_at_fault=at_fault,
            is_duplicate_suspected=suspected,
            is_duplicate_confirmed=confirmed,
            is_facility_known=facility,
        )
        for is_missing, is_contradictory, born, died, at_fault, suspected, confirmed, facility in product(
            _FLAGS, _FLAGS, _BIRTH_DATES, (None, _ON), _FLAGS, _FLAGS, (None, True, False), _FLAGS
        )
    ]


def _with_id(dossier: Dossier, *, has: bool, doubtful: bool) -> Dossier:
    kept = {name: getattr(dossier, name) for name in Dossier.__slots__}
    return Dossier(**{**kept, "has_personal_id": has, "is_personal_id_doubtful": doubtful})


@pytest.mark.rule("001-2", "001-3")
def test_a_missing_or_doubtful_id_changes_no_outcome() -> None:
    for dossier in _every_dossier():
        sure = issuing_decision(dossier, on=_ON)
        for has, doubtful in product(_FLAGS, _FLAGS):
            other = issuing_decision(_with_id(dossier, has=has, doubtful=doubtful), on=_ON)
            assert (other.decision, other.reason, other.stops_clock) == (
                sure.decision,
                sure.reason,
                sure.stops_clock,
            )


@pytest.mark.rule("001-4", "001-5", "001-6")
def test_every_ground_given_is_a_permitted_one() -> None:
    endings = {Decision.RETURN: Ending.RETURN, Decision.REFUSE: Ending.REFUSE}
    seen = set()
    for dossier in _every_dossier():
        issuing = issuing_decision(dossier, on=_ON)
        seen.add(issuing.decision)
        if issuing.decision in endings:
            assert issuing.reason in permitted_reasons(endings[issuing.decision], on=_ON)
        else:
            assert issuing.reason is None
    assert seen == set(Decision)


@pytest.mark.rule("001-2")
def test_no_list_of_grounds_or_facts_speaks_of_the_personal_id() -> None:
    assert not any("PERSONAL" in reason or "PID" in reason for reason in Reason)
    assert not any("DinhDanh" in fact or "DDCN" in fact for fact in Fact)
    for channel in Channel:
        assert "soDinhDanh" not in required_facts(channel, on=_ON)


@pytest.mark.parametrize(
    "words",
    [Reason, NotEntitled, PersonalIdFinding, CardCodeFinding, NumberFinding],
    ids=lambda words: words.__name__,
)
def test_every_ground_and_finding_has_a_vietnamese_sentence_of_its_own(
    words: type[Reason | NotEntitled | PersonalIdFinding | CardCodeFinding | NumberFinding],
) -> None:
    sentences = [word.message_vi for word in words]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(sentences)


def test_every_fact_has_a_vietnamese_name() -> None:
    assert len({fact.name_vi for fact in Fact}) == len(Fact)


def test_every_paper_reason_has_a_rule_with_evidence() -> None:
    rules = paper_reasons("01", on=_ON)
    # A local addition is open nowhere until a province's row names it.
    of_the_letter = [reason for reason in PaperReason if reason is not PaperReason.LOCAL_ADDITION]
    assert [rule.reason for rule in rules] == of_the_letter
    assert all(rule.evidence_vi for rule in rules)


def test_only_a_wrong_form_or_a_test_number_keeps_an_id_from_being_linked() -> None:
    keeping = {finding for finding in PersonalIdFinding if finding.keeps_from_linking}
    assert keeping == {PersonalIdFinding.FORMAT, PersonalIdFinding.TEST_NUMBER}


@pytest.mark.parametrize(
    ("digit", "year", "sex"),
    [
        (str(digit), 1900 + 100 * (digit // 2) + 26, ("male", "female")[digit % 2])
        for digit in range(10)
    ],
)
def test_the_fourth_digit_tells_century_and_sex(digit: str, year: int, sex: str) -> None:
    assert findings(f"001{digit}26000123", birth_date=date(year, 5, 4), sex=sex) == []


def test_a_code_whose_number_is_malformed_is_found_out() -> None:
    code = CardCode("TE", 1, DivisionCode("01"), "12345")
    assert card_code_findings(code, issued_on=_ON) == (CardCodeFinding.NUMBER_WRONG,)

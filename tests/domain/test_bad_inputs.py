"""One test per row of the bad-input table that bytes alone decide, and a count that no row is missing."""

import pytest

from lienthong.gateways.findings import FINDINGS
from lienthong.gateways.justice import Judgement, judge
from tests.domain.bad_input_case import Case
from tests.domain.bad_input_cases import CASES, of_level
from tests.gateways.samples import LISTS, body


def test_every_row_of_the_table_has_a_case() -> None:
    assert [case.row for case in CASES] == list(range(1, 129))


def test_every_code_of_the_table_has_a_vietnamese_sentence() -> None:
    for case in CASES:
        assert not case.code or FINDINGS[case.code].message_vi.endswith("."), case.row


@pytest.mark.parametrize("case", of_level("judge"), ids=lambda case: case.id)
def test_row_of_the_table(case: Case) -> None:
    for number, raw in enumerate(case.bodies):
        judgement = judge(raw, on=case.on, lists=LISTS)
        where = f"variant {number}: {raw[:300]!r} → {judgement.outcome} {judgement.code} {judgement.warnings}"
        assert judgement.outcome == case.outcome, where
        _check_code(case, judgement, where)


def _check_code(case: Case, judgement: Judgement, where: str) -> None:
    if case.outcome != "accepted":
        assert judgement.code == case.code, where
        assert case.field is None or judgement.field == case.field, f"{where} at {judgement.field}"
    elif case.code:
        assert case.code in judgement.warnings, where
        assert judgement.code == "", where
    elif case.row in _CLEAN:
        assert judgement.warnings == (), where


_CLEAN = {28, 63, 64, 65, 90, 97, 98, 106, 119}
"""Rows that nothing at all is to be said about."""


def test_a_year_out_of_range_is_not_called_a_day_to_come() -> None:
    judgement = judge(body(nksNgaySinh="31/12/9999"), on=CASES[0].on, lists=LISTS)
    assert judgement.code == "E-DATE-RANGE"

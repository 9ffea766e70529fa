"""Each rule of §13.4 finds what left the procedure and stays silent about what nearly did.

What the constraints forbid is written past them, as the owner of the tables could.
"""

import pytest

from lienthong.cards import conformance
from tests import births, offprocess
from tests.domain import offprocess_further, offprocess_steps
from tests.domain.offprocess_case import CASES, Case
from tests.offprocess import found

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]
assert offprocess_steps.__doc__
assert offprocess_further.__doc__


@pytest.mark.rule(
    "OP-01",
    "OP-02",
    "OP-03",
    "OP-04",
    "OP-05",
    "OP-06",
    "OP-07",
    "OP-08",
    "OP-09",
    "OP-10",
    "OP-11",
    "OP-12",
    "OP-13",
    "OP-14",
    "OP-15",
)
@pytest.mark.parametrize(
    "one", CASES, ids=lambda it: f"{it.rule}{'' if it.is_found else ' nearly'}: {it.what}"
)
def test_rule(one: Case) -> None:
    if one.rule != "OP-14":
        births.small_country()
    subject, at = one.make()
    offprocess.night(at)
    told = found()
    if one.is_found:
        assert (one.rule, subject) in told
        assert {rule for rule, _ in told} - {one.rule} <= set(one.also), told
    else:
        assert one.rule not in {rule for rule, _ in told}, told
    assert offprocess.night(at) == 0
    assert found() == told


def test_every_rule_has_a_case_and_nearly_one() -> None:
    codes = {rule.code for rule in conformance.RULES}
    assert codes == {f"OP-{number:02}" for number in range(1, 16)}
    assert {each.rule for each in CASES if each.is_found} == codes
    assert {each.rule for each in CASES if not each.is_found} == codes

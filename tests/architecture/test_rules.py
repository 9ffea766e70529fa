"""Every row of the decision tables has a test that names it, and every mark names a row."""

import re

from tests.architecture import code
from tools import rules


def test_every_rule_of_the_decision_tables_names_its_tests() -> None:
    found = rules.tests_of_rules()
    assert not [rule for rule, tests in found.items() if not tests]


def test_rules_stand_in_the_generated_page_with_their_tests() -> None:
    page = (code.ROOT / "docs" / "rules-tests.md").read_text(encoding="utf-8")
    for rule, tests in rules.tests_of_rules().items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {rule} |")]
        assert [test for test in tests if test.rpartition("::")[2] not in row] == []


def test_a_mark_stands_where_the_collector_sees_it() -> None:
    """On a test function, with plain strings: a mark in another place would count for nothing."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in code.files(".py", under=rules.TESTS)
    )
    written = len(re.findall(r"^\s*@pytest\.mark\.rule\(", text, re.MULTILINE))
    everywhere = len(re.findall(r"pytest\.mark\.rule\(", text))
    assert everywhere == written > 0

"""The decision tables of the domain and the tests that hold each row, collected from the text of the tests alone.

A test says `@pytest.mark.rule("001-3")`; a worked case of `tests/law/cases` says it by the first word of its name.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
RULES = {
    "001-1": "Complete birth of an entitled child: issue",
    "001-2": "Personal id missing, for any cause: issue all the same",
    "001-3": "Personal id malformed, mismatching or another's: issue, do not link, open a task",
    "001-4": "Facts missing, contradictory, or not entitled: back to the sender with the fields",
    "001-5": "Fault of the agency before: back with the reason",
    "001-6": "Suspected duplicate: hold, decide, attach or issue",
    "001-7": "Facility not in the list: issue with the area's default, open a task",
    "001-8": "Id arrives later: fill it in, card and number stay",
    "001-9": "Every access is for duty and logged",
    "002-1": "First card: from birth",
    "002-2": "Exchange while the old card is good: same days, old one ends at the approval",
    "002-3": "Entitlement changed from a later day: begins the day after the old end",
    "002-4": "Expired, covered all the while: the day after the old end, no gap",
    "002-5": "Gap without entitlement: five years anew",
    "002-6": "Birth date corrected: the line anew",
    "002-7": "Two active cards would overlap: refuse the approval",
    "002-8": "Request that stands: approved at once, printing opens",
    "002-9": "No request, or one's own: approval impossible",
    "002-10": "Printing fails: stays approved and visible",
    "002-11": "Request over its allowance: climbs to the head, then the director",
    "002-12": "Handed over: recipient and time",
    "A1": "Paper: content of sent data corrected",
    "A2": "Paper: civil status changed",
    "A3": "Paper: earlier data cancelled",
    "B": "Paper: registered elsewhere, lives here",
    "C1": "Paper: registered by a foreign authority",
    "C2": "Paper: registered at a mission abroad",
    "C3": "Paper: personal id late and the card urgent",
    "X": "Paper for anything else: refused with the electronic way",
    "OP-01": "Approval pending too long",
    "OP-02": "Approved, not printed too long",
    "OP-03": "Printed, not handed over too long",
    "OP-04": "Printed without an approval",
    "OP-05": "Approved without a request, or by the requester",
    "OP-06": "Times out of order",
    "OP-07": "Days changed on re-issue without a reason",
    "OP-08": "Gap or overlap between cards",
    "OP-09": "Old card closed before the new one was approved",
    "OP-10": "Insurance number changed on re-issue",
    "OP-11": "Group, benefit or province inconsistent",
    "OP-12": "Card for somebody who has an active one",
    "OP-13": "Exchanged again and again",
    "OP-14": "Contribution at an old unit after its cut-over",
    "OP-15": "Paper dossier without a reason, or beside an electronic one",
    "INV-04": "No message waits past its deadline without an alarm",
    "INV-10": "One person, one number in use: the ledger stays a bijection, whatever is merged and undone",
    "INV-14": "At most one active card a person a day, over all merged records",
    "INV-20": "No card left lying: handed over by its day, or on the list of alarms within the hour",
    "INV-29": "Personal data live only in their columns: never in logs and metrics",
    "INV-39": "Full disk or a crash of the database: nothing acknowledged is lost, nothing unkept acknowledged",
    "INV-40": "Backups restore to any second, show a flipped bit, and are noise without the key",
    "INV-44": "Old and new code run on the migrated schema; no migration locks for two seconds",
    "INV-28": "Every read is logged before it is shown",
    "INV-30": "A look-up answers one exact match or nothing; all misses are alike",
    "INV-31": "Quotas hold across processes, restarts and clock jumps",
    "INV-32": "Harvesting is noticed: suspended at once, an alarm within a minute",
    "INV-33": "Outage or typing error never reads as not insured",
    "INV-34": "A parent can see who read the child's data",
    "INV-43": "Overload sheds, never lies",
    "INV-45": "Books balance with the ministry's, or each difference has its reason",
}
"""Rules §13.2 (paper), §13.3 (issuing), §13.4 (exchange, approval, off-process operations), in the order of the tables;
after them promises of the guarantees that name their tests."""
_OF_A_CASE = re.compile(rf"^({'|'.join(sorted(RULES, key=len, reverse=True))})(?=\s)")


@cache
def tests_of_rules() -> dict[str, list[str]]:
    """For each rule the tests that hold it, `file::test` under `tests/`; empty for a rule without one.

    Raises ValueError for a mark that names no rule.
    """
    found: dict[str, list[str]] = {rule: [] for rule in RULES}
    for rule, test in (*_marked(), *_cases()):
        if rule not in found:
            raise ValueError(f"{test}: no such rule «{rule}»")
        if test not in found[rule]:
            found[rule].append(test)
    return found


def _marked() -> Iterator[tuple[str, str]]:
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(TESTS).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for mark in node.decorator_list:
                    yield from ((rule, f"{name}::{node.name}") for rule in _rules_of(mark))


def _rules_of(mark: ast.expr) -> list[str]:
    if not isinstance(mark, ast.Call) or ast.unparse(mark.func) != "pytest.mark.rule":
        return []
    return [str(ast.literal_eval(one)) for one in mark.args]


def _cases() -> Iterator[tuple[str, str]]:
    for path in sorted((TESTS / "law" / "cases").glob("*.toml")):
        name = path.relative_to(TESTS).as_posix()
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            said = _OF_A_CASE.match(case["name"])
            if said:
                yield said[1], f"{name}: {case['name']}"

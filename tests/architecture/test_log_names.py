"""No page of the log shows a code: every act about a child and every fact that a page shows has its Vietnamese name."""

import ast
import re
from collections.abc import Iterator

from lienthong.audit.names import ACTS_VI, FACTS_VI
from lienthong.oversight.advice import ADVICE
from tests.architecture import code

_ABOUT_A_CHILD = (
    "card|contact|correction|difference|dossier|double|evidence|household|identity|linkage|"
    "message|pair|paper|person|proof|sent_body|split|task|work"
)
_ACT = re.compile(rf"(?:{_ABOUT_A_CHILD})\.[a-z_]+")
_ONLY_DIGESTS = {"card.moved", "dossier.moved"}
"""Digests of events, of no single child."""
_OTHERS = set(ADVICE)
"""Names of alarms and of lanes."""


def _literals(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _acts_written() -> set[str]:
    paths = [
        p
        for p in code.files(".py")
        if p.parts[-2] not in {"migrations", "web"} and p.name != "names.py"
    ]
    found = {text for path in paths for text in _literals(code.tree(path)) if _ACT.fullmatch(text)}
    return {it for it in found if not it.endswith((".sql", ".json"))} - _ONLY_DIGESTS - _OTHERS


def _facts_shown() -> set[str]:
    found: set[str] = set()
    for path in code.files(".py", under=code.PACKAGE / "web"):
        for node in ast.walk(code.tree(path)):
            if isinstance(node, ast.Assign):
                targets = {it.id for it in node.targets if isinstance(it, ast.Name)}
                if targets & {"_FIELDS", "FIELDS", "fields"} and isinstance(node.value, ast.Tuple):
                    found |= set(_literals(node.value))
            elif isinstance(node, ast.keyword) and node.arg == "fields":
                found |= set(_literals(node.value))
    return found


def test_every_act_about_a_child_has_a_name_and_every_name_an_act() -> None:
    assert _acts_written() ^ set(ACTS_VI) == {"viewed"}


def test_every_fact_that_a_page_shows_has_a_name() -> None:
    assert len(_facts_shown()) > 15
    assert _facts_shown() ^ set(FACTS_VI) == set()

"""Nothing grows past what a reader can hold: lines of a file and of a function, parameters; and a few house rules."""

import re
from dataclasses import dataclass

import pytest

from tests.architecture import code

MOST_LINES = 400
MOST_FUNCTION_LINES = 60
MOST_PARAMETERS = 6
FORBIDDEN_NAMES = ("utils", "helpers", "services", "managers", "signals", "constants", "mixins")

OURS = [
    path
    for folder in ("lienthong", "tests", "tools")
    for path in code.files(".py", ".sql", ".js", ".css", under=code.ROOT / folder)
    if "migrations" not in path.parts
]
PYTHON = [path for path in OURS if path.suffix == ".py"]


def test_no_file_is_longer_than_its_budget() -> None:
    lengths = {
        code.name_of(p): len(p.read_text(encoding="utf-8").splitlines())
        for p in OURS
        if p.suffix != ".css"
    }
    assert {name: count for name, count in lengths.items() if count > MOST_LINES} == {}


def test_no_function_is_longer_than_its_budget() -> None:
    every = (f for path in PYTHON for f in code.functions(path))
    assert {f.place: f.line_count for f in every if f.line_count > MOST_FUNCTION_LINES} == {}


def test_no_function_takes_more_parameters_than_its_budget() -> None:
    every = (
        f for path in PYTHON for f in code.functions(path) if f.path.is_relative_to(code.PACKAGE)
    )
    assert {f.place: len(f.parameters) for f in every if len(f.parameters) > MOST_PARAMETERS} == {}


def test_every_file_has_a_noun_for_a_name() -> None:
    assert [code.name_of(p) for p in PYTHON if p.stem in FORBIDDEN_NAMES] == []


@dataclass(frozen=True, slots=True)
class HouseRule:
    """`pattern` must not stand in files under `under` but in `unless`; `instead` is what to do."""

    name: str
    pattern: str
    instead: str
    under: tuple[str, ...] = ("lienthong/",)
    unless: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = (".py",)


RULES = (
    HouseRule(
        "clock",
        r"\b(date\.today|datetime\.now|datetime\.utcnow|timezone\.now|localdate)\(",
        "Take `on: date` or `at: datetime` as an argument; only pages, the worker and commands ask config.clock.",
        unless=("lienthong/config/clock.py",),
    ),
    HouseRule(
        "tables on top",
        r"\.objects\b",
        "Call a query or an action of the app: pages, the worker and commands see no table.",
        under=("lienthong/web/", "lienthong/worker/", "lienthong/config/", "lienthong/cli.py"),
    ),
    HouseRule(
        "string-built SQL",
        r"""\.(execute|executemany|copy)\(\s*(f["']|["'][^"']*["']\s*(%|\.format|\+))""",
        "Pass parameters; names of tables and columns go through psycopg.sql.",
    ),
    HouseRule(
        "models in migrations",
        r"from lienthong\.\w+\.?models|from lienthong\.\w+ import models",
        "Use apps.get_model: a migration speaks of the table as it was.",
        under=tuple(
            f"lienthong/{app.name}/migrations/" for app in code.PACKAGE.iterdir() if app.is_dir()
        ),
    ),
    HouseRule(
        "verbs of nothing",
        r"^\s*def _?(process|handle(?!_request\b)|manage|do|perform)(_|\()",
        "Name the verb of the trade: receive, check, link, allocate, request, approve, print.",
        unless=("lienthong/simulation/",),
    ),
    HouseRule(
        "signals",
        r"\bSignal\(|@receiver\b|\.connect\(\s*sender",
        "Call the other app's action, or let a step find the row.",
    ),
    HouseRule(
        "stubs",
        r"raise NotImplementedError|#\s*(TODO|FIXME|XXX)\b|mark\.(skip|xfail)|pytest\.skip\(",
        "Finish it, or do not begin it; an open question is an issue.",
        under=(
            "lienthong/",
            "tools/",
            "tests/law/",
            "tests/domain/",
            "tests/sql/",
            "tests/web/",
            "tests/browser/",
        ),
    ),
    HouseRule(
        "outside assets",
        r"""(src|href|action)=["']?(https?:)?//|url\(["']?(https?:)?//|@import""",
        "Assets come from wheels at install (lienthong/web/assets.py); nothing is fetched at run time.",
        under=("lienthong/web/",),
        suffixes=(".html", ".css", ".js", ".svg"),
    ),
    HouseRule(
        "scripts in pages",
        r"""\son(click|change|submit|load|input)=|style=["']""",
        "The content policy refuses it: put it into the script or the style sheet.",
        under=("lienthong/web/",),
        suffixes=(".html",),
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_house_rule(rule: HouseRule) -> None:
    found = []
    for path in code.files(*rule.suffixes, under=code.ROOT / "lienthong") + code.files(
        *rule.suffixes, under=code.ROOT / "tests"
    ):
        name = code.name_of(path)
        if not name.startswith(rule.under) or name.startswith(rule.unless or ("//",)):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(rule.pattern, line):
                found.append(f"{name}:{number}: {line.strip()}")
    assert found == [], rule.instead


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("clock", "today = date.today()"),
        ("tables on top", "Card.objects.filter(id=1)"),
        ("string-built SQL", 'cursor.execute(f"SELECT {x}")'),
        ("models in migrations", "from lienthong.cards.models import Card"),
        ("verbs of nothing", "def process_births():"),
        ("signals", "@receiver(post_save)"),
        ("stubs", "raise NotImplementedError"),
        ("outside assets", '<script src="https://example.org/a.js">'),
        ("scripts in pages", '<a onclick="go()">'),
    ],
)
def test_house_rule_sees_what_it_forbids(rule: str, bad: str) -> None:
    (held,) = [one for one in RULES if one.name == rule]
    assert re.search(held.pattern, bad)

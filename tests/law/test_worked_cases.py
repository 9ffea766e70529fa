"""Runs every worked case of cases/*.toml against the library. A lawyer adds cases there, never here."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, time
from enum import Enum
from functools import singledispatch
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from types import NoneType
from typing import Any, get_type_hints

import msgspec
import pytest

from lienthong.kernel.codes import CardCode, parse_card_code
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Refused
from lienthong.law import index, sources
from lienthong.law.dated import RULES
from lienthong.law.deadlines import official_calendar
from lienthong.law.sources import Source

_CASES = Path(__file__).parent / "cases"


class Case(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    source: str
    function: str
    input: dict[str, Any]
    expected: Any = None
    refused: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    case: list[Case]


def _read() -> Iterator[tuple[str, Case]]:
    for path in sorted(_CASES.glob("*.toml")):
        document = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        yield from ((path.stem, case) for case in document.case)


ALL = list(_read())


def _converted(value: Any, hint: Any) -> Any:
    if hint is CardCode:
        return parse_card_code(value)
    if isinstance(value, date):
        return value
    return msgspec.convert(value, hint)


def _arguments(function: Any, given: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(function)
    arguments = {name: _converted(value, hints[name]) for name, value in given.items()}
    calendar = signature(function).parameters.get("calendar")
    if calendar is not None and calendar.default is Parameter.empty:
        arguments.setdefault("calendar", official_calendar())
    return arguments


@singledispatch
def _plain(value: Any) -> Any:
    """As a case file writes it: codes and enums as text, ranges by their last day, None as "nothing"."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return [_plain(part) for part in value]


_plain.register(NoneType, lambda _: "nothing")
_plain.register(DateRange, lambda value: {"first": value.start, "last": _plain(value.last)})
_plain.register(Source, sources.name_of)
_plain.register(frozenset, lambda value: sorted(_plain(part) for part in value))
_plain.register(dict, lambda value: {str(key): _plain(part) for key, part in value.items()})
_plain.register(CardCode, str)
# A StrEnum is a str first.
_plain.register(str, lambda value: value.value if isinstance(value, Enum) else value)
for _kind in (bool, int, date, time):
    _plain.register(_kind, lambda value: value)


def _agrees(actual: Any, expected: Any) -> bool:
    """A table asks only for the keys it names; on a list it may ask for count, first, last, contains."""
    if isinstance(expected, dict) and isinstance(actual, list):
        asked = dict(expected)
        return (
            asked.pop("count", len(actual)) == len(actual)
            and ("first" not in asked or _agrees(actual[0], asked.pop("first")))
            and ("last" not in asked or _agrees(actual[-1], asked.pop("last")))
            and ("contains" not in asked or _any_agrees(actual, asked.pop("contains")))
            and all(part in actual for part in asked.pop("contains_all", []))
            and not any(part in actual for part in asked.pop("lacks", []))
            and not asked
        )
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(key in actual and _agrees(actual[key], part) for key, part in expected.items())
    return bool(actual == expected and type(actual) is type(expected))


def _any_agrees(actual: list[Any], expected: Any) -> bool:
    return any(_agrees(part, expected) for part in actual)


@pytest.mark.parametrize(
    ("chapter", "case"), ALL, ids=[f"{chapter}: {case.name}" for chapter, case in ALL]
)
def test_worked_case(chapter: str, case: Case) -> None:
    function = getattr(import_module(f"lienthong.law.{chapter}"), case.function)
    arguments = _arguments(function, case.input)
    if case.refused:
        with pytest.raises(Refused) as refusal:
            function(**arguments)
        assert refusal.value.code == case.refused
        return
    actual = _plain(function(**arguments))
    assert _agrees(actual, case.expected), f"{actual} instead of {case.expected}"


def test_every_case_names_a_source_that_exists_and_a_rule_that_cites() -> None:
    for chapter, case in ALL:
        assert case.source in sources.ALL, case.name
        assert f"{chapter}.{case.function}" in RULES, case.name
        assert (case.expected is None) == bool(case.refused), case.name


def test_case_names_are_unique_in_their_file() -> None:
    named = [(chapter, case.name) for chapter, case in ALL]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_two_cases(rule: str) -> None:
    assert index.CHAPTERS
    count = sum(f"{chapter}.{case.function}" == rule for chapter, case in ALL)
    assert count >= 2, f"{rule} has {count}"

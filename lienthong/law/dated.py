"""Tables whose rows are in force on some days: one way to write them, one way to pick the row of a day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, ParamSpec, TypeVar

from lienthong.kernel.dates import DateRange, day_first
from lienthong.kernel.errors import Refused
from lienthong.law.sources import Source

_Value = TypeVar("_Value")
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Dated(Generic[_Value]):
    """A value with the days it holds on and the text that says so."""

    valid: DateRange
    value: _Value
    source: Source


def in_force(rows: Iterable[Dated[_Value]], on: date, *, subject_vi: str) -> Dated[_Value]:
    """The row of the day. Raises Refused when no text covers it."""
    for row in rows:
        if on in row.valid:
            return row
    message = f"Chưa có văn bản quy định {subject_vi} cho ngày {day_first(on)}."
    raise Refused(message, code="E-LAW-DATE", field="on")


@dataclass(frozen=True, slots=True)
class Rule:
    """A public function of the library: where it stands, what it stands on, what it says first."""

    module: str
    function: str
    sources: tuple[Source, ...]
    summary: str


RULES: dict[str, Rule] = {}
"""`module.function` → the rule; filled by `cites` as the modules load."""


def cites(*sources: Source) -> Callable[[Callable[_Params, _Result]], Callable[_Params, _Result]]:
    """Marks a public rule with its sources, for docs/law.md and its tests. Leaves the function as it is."""

    def mark(function: Callable[_Params, _Result]) -> Callable[_Params, _Result]:
        module = function.__module__.rpartition(".")[-1]
        summary = (function.__doc__ or "").partition("\n")[0]
        name = function.__qualname__
        RULES[f"{module}.{name}"] = Rule(module, name, sources, summary)
        return function

    return mark

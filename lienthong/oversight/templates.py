"""The urging letters that ship as templates (letters 680, 2118 and 5052/BHXH-CNTT): the centre starts from one and edits.

Read from `letter_templates.toml` once a process; a day and a due day are made from the day on which a draft begins.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from lienthong.kernel.dates import add_working_days
from lienthong.law.deadlines import official_calendar

_MONTHS_A_YEAR: Final = 12


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of a letter: see `directivetables.Question`. `first` and `last` only where it has days of its own."""

    kind: str
    text: str
    is_required: bool = True
    only_if_no: int | None = None
    figure: str = ""
    reason_list: str = ""
    first: date | None = None
    last: date | None = None


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter to start from."""

    key: str
    title: str
    source: str
    subject: str
    due_working_days: int
    period_months: int
    copies: str
    body: str
    question: list[Asked]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    template: list[Template]


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a draft made from a template: when a reply is due, and which days its figures are about."""

    due_on: date
    period_first: date
    period_last: date


@cache
def templates() -> dict[str, Template]:
    """Every template by key, in the file's order."""
    text = files("lienthong.oversight").joinpath("letter_templates.toml").read_text("utf-8")
    return {it.key: it for it in msgspec.convert(tomllib.loads(text), _File).template}


def days_of(template: Template, *, on: date) -> Days:
    """The days of a letter that begins on `on`: so many working days to answer, the figures up to the day before."""
    due_on = add_working_days(on, template.due_working_days, official_calendar().is_working_day)
    last = on - timedelta(days=1)
    year, month = divmod(
        last.year * _MONTHS_A_YEAR + last.month - 1 - (template.period_months - 1), _MONTHS_A_YEAR
    )
    return Days(due_on, date(year, month + 1, 1), last)

"""Figures of law by date, read from parameters.toml. No rule here, only look-up."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise

import msgspec

from lienthong.kernel.dates import DateRange
from lienthong.law import sources
from lienthong.law.dated import Dated, in_force


class Figure(StrEnum):
    """The figures by name; parameters.toml has exactly these."""

    CHILD_CARD_YEARS = "child_card_years"
    SCHOOL_TERM_MONTH = "school_term_month"
    SCHOOL_TERM_DAY = "school_term_day"
    FIVE_YEAR_YEARS = "five_year_years"
    LATE_REGISTRATION_DAYS = "late_registration_days"
    CARD_ALLOWANCE = "card_allowance"
    CHAIN_ALLOWANCE = "chain_allowance"
    REISSUE_ALLOWANCE = "reissue_allowance"
    EXCHANGE_ALLOWANCE = "exchange_allowance"
    RETURN_ALLOWANCE = "return_allowance"
    APPROVAL_ALLOWANCE = "approval_allowance"
    PRINT_ALLOWANCE = "print_allowance"
    HAND_OVER_ALLOWANCE = "hand_over_allowance"
    REPEATED_EXCHANGE_COUNT = "repeated_exchange_count"
    REPEATED_EXCHANGE_DAYS = "repeated_exchange_days"
    OFFICE_OPENS = "office_opens"
    OFFICE_LUNCH_FROM = "office_lunch_from"
    OFFICE_LUNCH_TO = "office_lunch_to"
    OFFICE_CLOSES = "office_closes"
    TASK_ALLOWANCE = "task_allowance"
    ESCALATION_PAUSE = "escalation_pause"
    RECEIPT_CUT_OFF_HOUR = "receipt_cut_off_hour"
    CONTRIBUTION_RATE = "contribution_rate"
    BASE_PAY = "base_pay"
    PERSONAL_ID_AGE_LIMIT = "personal_id_age_limit"
    TABLE_YEARS = "table_years"


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from"}):
    since: date
    value: int
    source: str


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unit: str
    title_vi: str
    rows: list[_Row]


@dataclass(frozen=True, slots=True)
class Series:
    """One figure through time: its unit, what it is, and its rows in the order of their days."""

    name: Figure
    unit: str
    title_vi: str
    rows: tuple[Dated[int], ...]


def _series(name: Figure, entry: _Entry) -> Series:
    starts = [row.since for row in entry.rows]
    if starts != sorted(set(starts)):
        msg = f"{name}: rows must stand in the order of their days"
        raise ValueError(msg)
    ends: list[date | None] = [later for _, later in pairwise(starts)]
    rows = tuple(
        Dated(DateRange(row.since, end), row.value, sources.ALL[row.source])
        for row, end in zip(entry.rows, [*ends, None], strict=True)
    )
    return Series(name, entry.unit, entry.title_vi, rows)


def parsed(text: str) -> Mapping[Figure, Series]:
    """The figures of a TOML text. Raises ValueError or KeyError for a wrong shape, order, name or source."""
    document = msgspec.convert(tomllib.loads(text), dict[str, _Entry])
    found = {Figure(name): _series(Figure(name), entry) for name, entry in document.items()}
    missing = [figure.value for figure in Figure if figure not in found]
    if missing:
        msg = f"no figure for {', '.join(missing)}"
        raise ValueError(msg)
    return found


@cache
def all_series() -> Mapping[Figure, Series]:
    """Every figure of parameters.toml, read once."""
    return parsed(files("lienthong.law").joinpath("parameters.toml").read_text("utf-8"))


def dated_figure(name: Figure, *, on: date) -> Dated[int]:
    """The figure of the day with its source. Raises Refused when no text covers the day."""
    series = all_series()[name]
    return in_force(series.rows, on, subject_vi=f"«{series.title_vi}»")


def figure(name: Figure, *, on: date) -> int:
    """The figure of the day, in its series' unit. Raises Refused when no text covers the day."""
    return dated_figure(name, on=on).value

"""A number on screen: what it is called, how it is written, and the address of the list behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from lienthong.reports.columns import Column
from lienthong.web.staff.asked import Asked
from lienthong.web.staff.charts import number_vi
from lienthong.web.staff.measures import Judged

DEFAULT_FORM = "phu-luc-1"
Numbers = Mapping[str, int | float | None]


@dataclass(frozen=True, slots=True)
class Pick:
    """One of several ways to look; the present one is marked."""

    label_vi: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Cell(Judged):
    """One number; `url` opens what it counts, '' where it counts nothing. `diff_vi` is the change since the other instant."""

    label_vi: str
    value_vi: str
    url: str = ""
    diff_vi: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One place with its numbers; `url` leads to its own page, '' where it has none."""

    name: str
    url: str
    cells: Sequence[Cell]
    is_total: bool = False


def list_url(found: Asked, form: str, column: str, code: str) -> str:
    """The address of the list behind one number, at the instant of the figures: it counts the same an hour later.

    `code` is the row's, '' for the total of the area.
    """
    words = {"bieu": "" if form == DEFAULT_FORM else form, "cot": column, "dong": code}
    return f"{reverse('report-list')}?{found.at_its_instant().query(so_voi='', cap='', **words)}"


def inside(within: str, code: str) -> str:
    """The row's place within the area that was asked for, as `reports.places` reads it."""
    return "/".join(dict.fromkeys(filter(None, (within, code))))


def form_cells(
    found: Asked,
    form: str,
    columns: Iterable[Column],
    figures: Numbers,
    code: str,
    before: Numbers | None,
) -> list[Cell]:
    """The numbers of one row; `before` are those of the other instant, None when none is asked for."""
    cells = []
    for column in columns:
        value = figures[column.key]
        url = list_url(found, form, column.key, code) if value and column.counts else ""
        diff = "" if before is None else change_vi(value, before.get(column.key))
        cells.append(Cell(column.title_vi, number_vi(value), url, diff))
    return cells


def change_vi(value: float | None, before: float | None) -> str:
    """`+12`, `−3`, '' when nothing changed; a place or a time that was not there counts as nothing."""
    change = (value or 0) - (before or 0)
    if not change:
        return ""
    return ("+" if change > 0 else "−") + number_vi(abs(change))

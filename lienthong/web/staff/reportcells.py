"""A number on screen: what it is called, how it is written, and the address of the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from lienthong.web.staff.asked import Asked
from lienthong.web.staff.measures import MARKS, STATES_VI

DEFAULT_FORM = "phu-luc-1"


@dataclass(frozen=True, slots=True)
class Cell:
    """One number; `url` opens what it counts, '' where it counts nothing. `diff_vi` is the change since the other instant."""

    label_vi: str
    value_vi: str
    url: str = ""
    diff_vi: str = ""
    state: str = ""

    @property
    def mark(self) -> str:
        """The sign that stands for the state without a colour."""
        return MARKS.get(self.state, "")

    @property
    def state_vi(self) -> str:
        """The state in words."""
        return STATES_VI.get(self.state, "")


@dataclass(frozen=True, slots=True)
class Row:
    """One place with its numbers; `url` leads to its own page, '' where it has none."""

    name: str
    url: str
    cells: Sequence[Cell]
    is_total: bool = False
    note_vi: str = ""


def list_url(found: Asked, form: str, column: str, code: str) -> str:
    """The address of the list behind one number, at the instant of the figures: it counts the same an hour later.

    `code` is the row's, '' for the total of the area.
    """
    words = {"bieu": "" if form == DEFAULT_FORM else form, "cot": column, "dong": code}
    return f"{reverse('report-list')}?{found.query(fixed=True, so_voi='', cap='', **words)}"

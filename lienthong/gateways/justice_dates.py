"""Days as the ministry writes them: `dd/MM/yyyy` for schema 1; a parent's may lack the day or the month.

Reads and checks the form of single days. Whether two days agree with each other is judged with the birth.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from lienthong.gateways.justice_types import Fault

FIRST_YEAR: Final = 1901
LAST_YEAR: Final = 2199
_FULL = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_PARTIAL = re.compile(r"(?:([0-9]{2})/)?([0-9]{4})")
_MONTHS = 12


@lru_cache(maxsize=1 << 15)
def _parsed(text: str) -> date | str:
    """The day, or the code of what is wrong with it. Kept, because a province's days repeat."""
    found = _FULL.fullmatch(text)
    if found is None:
        return "E-DATE-PARTIAL" if _is_partial(text) else "E-DATE-FORMAT"
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return "E-DATE"


def _is_partial(text: str) -> bool:
    found = _PARTIAL.fullmatch(text)
    return found is not None and int(found[1] or 1) in range(1, _MONTHS + 1)


def full_day(text: str, path: str) -> date:
    """A whole day of the calendar. Raises Fault otherwise; a form without a day is E-DATE-PARTIAL."""
    parsed = _parsed(text)
    if isinstance(parsed, str):
        raise Fault(parsed, path)
    return parsed


def parent_birth(text: str, path: str) -> date:
    """The earliest day a parent may have been born: `dd/MM/yyyy`, `MM/yyyy` or `yyyy`."""
    parsed = _parsed(text)
    if isinstance(parsed, date):
        return parsed
    found = _PARTIAL.fullmatch(text)
    if parsed != "E-DATE-PARTIAL" or found is None or int(found[2]) < 1:
        raise Fault("E-DATE" if found else parsed, path)
    return date(int(found[2]), int(found[1] or 1), 1)

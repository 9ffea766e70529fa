"""One story of a card that left the procedure or nearly did; the files `offprocess_*` add theirs to `CASES`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.offprocess import FRIDAY, hour

MONDAY_NIGHT = hour(23, "00:30")
"""The first night after the day on which a request of Friday is due."""
SOON = FRIDAY + timedelta(minutes=5)
Looked = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Case:
    """One story. `make` lives it and says the subject and the instant of the search; `also`: other rules it breaks."""

    rule: str
    what: str
    make: Callable[[], Looked]
    is_found: bool = True
    also: tuple[str, ...] = ()


CASES: list[Case] = []


def case(
    rule: str, what: str, *, nearly: bool = False, also: tuple[str, ...] = ()
) -> Callable[[Callable[[], Looked]], Callable[[], Looked]]:
    def add(make: Callable[[], Looked]) -> Callable[[], Looked]:
        CASES.append(Case(rule, what, make, not nearly, also))
        return make

    return add

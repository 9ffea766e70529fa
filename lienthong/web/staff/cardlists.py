"""What the three card pages share: one page of lines, and an outcome with its refusals named."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from lienthong.cards.queries import CardLine
from lienthong.kernel.outcomes import Outcome
from lienthong.web.page import Call

SIZES = (50, 200, 1000)
FIELDS = ("full_name", "birth_date", "insurance_number", "card_code", "commune")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of cards in one stage and how to ask for the next."""

    lines: list[CardLine]
    unit_code: str
    size: int
    after: int
    next_after: int
    on: date

    @property
    def subjects(self) -> list[tuple[str, int]]:
        """Whom the page shows."""
        return [("card", line.id) for line in self.lines]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many rows a page may have."""
        return SIZES


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that was not done, with the name beside the reason."""

    name: str
    code: str
    message_vi: str


def listing(
    call: Call, ask: Callable[..., list[CardLine]], *, is_from_start: bool = False
) -> Listing:
    """The page of `ask` that the address or form describes, or the first one of its size. One query."""
    wanted = call.number("so-dong")
    size = wanted if wanted in SIZES else SIZES[0]
    unit_code = call.value("don-vi")[:20]
    after = 0 if is_from_start else call.number("sau")
    lines = ask(call.by, on=call.on, unit_code=unit_code, limit=size + 1, after=after)
    next_after = lines[size - 1].id if len(lines) > size else 0
    return Listing(lines[:size], unit_code, size, after, next_after, call.on)


def refused_rows(outcome: Outcome, lines: Iterable[CardLine]) -> list[RefusedRow]:
    """The refusals of an outcome with the names the officer saw; a row that is not his stays nameless."""
    by_id = {line.id: line for line in lines}
    rows = []
    for refusal in outcome.refused:
        line = by_id.get(refusal.subject)
        name, code = (line.full_name, line.dossier_code) if line else ("", "")
        rows.append(RefusedRow(name, code, refusal.message_vi))
    return rows

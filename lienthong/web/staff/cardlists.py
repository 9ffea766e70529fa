"""What the three card pages share: one page of lines, and an outcome with its refusals named."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from lienthong.cards import queries
from lienthong.cards.queries import CardFilter, CardLine
from lienthong.dossiers.escalation import Climbed, climbed
from lienthong.dossiers.lateness import MOST_NOTE, Why
from lienthong.dossiers.lifecycle import LATE_REASONS_VI
from lienthong.kernel.outcomes import Outcome
from lienthong.web.page import Call

SIZES = (50, 200, 500)
FIELDS = (
    "full_name",
    "birth_date",
    "insurance_number",
    "personal_id",
    "card_code",
    "commune",
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of cards in one stage and how to ask for the next."""

    lines: list[CardLine]
    unit_code: str
    size: int
    after: int
    next_after: int
    on: date
    dossier_id: int = 0

    @property
    def wants_reason(self) -> bool:
        """True when some dossier of the page is late and nobody has said why."""
        return any(line.is_late and not line.late_reason for line in self.lines)

    @property
    def ids_beside(self) -> dict[int, str]:
        """By card: the personal id that names the child beside the number on the day, where there is one."""
        return {line.id: line.id_beside(self.on) for line in self.lines}

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


def listing(call: Call, wanted: CardFilter, *, is_from_start: bool = False) -> Listing:
    """The page of the wanted cards that the address or form describes, or the first one of its size. One query."""
    asked = call.number("so-dong")
    size = asked if asked in SIZES else SIZES[0]
    unit_code = call.value("don-vi")[:20]
    after = 0 if is_from_start else call.number("sau")
    # After a form, what is left of the whole list is shown, not of one dossier.
    dossier_id = 0 if is_from_start else call.number("ho-so")
    filters = replace(wanted, unit_code=unit_code, after=after, dossier_id=dossier_id)
    lines = queries.cards(call.by, filters=filters, on=call.on, limit=size + 1)
    next_after = lines[size - 1].id if len(lines) > size else 0
    return Listing(lines[:size], unit_code, size, after, next_after, call.on, dossier_id)


def climbed_of(call: Call, lines: Iterable[CardLine]) -> dict[int, tuple[Climbed, ...]]:
    """Who was told that these wait too long, by dossier. One query."""
    told = climbed(call.by, dossier_ids=[line.dossier_id for line in lines])
    return {dossier_id: steps for (_, dossier_id), steps in told.items()}


def why_of(call: Call) -> Why:
    """The reason for lateness that the form gives, if any."""
    return Why(call.value("ly-do-qua-han")[:40], call.value("ghi-chu-qua-han")[:MOST_NOTE])


def reasons_context(call: Call) -> dict[str, object]:
    """What the fields of a reason need: the closed list, and what was typed."""
    return {"late_reasons": LATE_REASONS_VI.items(), "why": why_of(call)}


def joined(gate: Outcome, outcome: Outcome) -> Outcome:
    """What was done, and every refusal: those held back for a reason first."""
    return Outcome(outcome.done, (*gate.refused, *outcome.refused))


def held_back(outcome: Outcome) -> frozenset[int]:
    """The rows that keep their ticks: only the reason for lateness is wanting."""
    return frozenset(it.subject for it in outcome.refused if it.code == "LATE")


def refused_rows(outcome: Outcome, lines: Iterable[CardLine]) -> list[RefusedRow]:
    """The refusals of an outcome with the names the officer saw; a row that is not his stays nameless."""
    by_id = {line.id: line for line in lines}
    rows = []
    for refusal in outcome.refused:
        line = by_id.get(refusal.subject)
        name, code = (line.full_name, line.dossier_code) if line else ("", "")
        rows.append(RefusedRow(name, code, refusal.message_vi))
    return rows

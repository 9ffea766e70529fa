"""What an officer at the card desk does in one move: approve and print (duyệt và in), counted against what was ticked.

What is late says why before it goes on. A print that fails takes no approval back: the card is good from its approval on, and waits to be printed (rules 002-10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lienthong.cards import actions, printing, queries
from lienthong.cards.printing import PrintRun
from lienthong.database.scope import acting
from lienthong.dossiers import lateness
from lienthong.dossiers.lateness import Why
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotFound, Refused
from lienthong.kernel.outcomes import Outcome, Refusal


@dataclass(frozen=True, slots=True)
class Desk:
    """What became of the ticked cards: how many were ticked, approved, printed; and why a print failed."""

    ticked_count: int
    approved: Outcome
    run: PrintRun | None
    trouble_vi: str = ""

    @property
    def printed_count(self) -> int:
        """How many cards are in the run."""
        return self.run.card_count if self.run else 0

    @property
    def is_whole(self) -> bool:
        """True when every ticked card was approved and printed."""
        return self.ticked_count == self.approved.done_count == self.printed_count


def explained(card_ids: Sequence[int], why: Why, *, by: Actor, at: datetime) -> Outcome:
    """Give the late dossiers of these cards their reason; refused are those that are late and have none (LATE).

    A reason already given stays, and a card that is not there is left to whoever asks for more. Raises Refused as
    `lateness.explain` does.
    """
    of_card = queries.dossiers_of(by, card_ids)
    late = lateness.unexplained(by, list(of_card.values()), on=vietnam_date(at))
    if late and why.reason:
        late -= set(lateness.explain(sorted(late), why, by=by, at=at).done)
    refused = [
        Refusal(it, "LATE", lateness.REASON_WANTED_VI) for it in card_ids if of_card.get(it) in late
    ]
    done = tuple(it for it in card_ids if of_card.get(it) not in late)
    return Outcome(done, tuple(refused))


def approve_and_print(card_ids: Sequence[int], *, by: Actor, at: datetime) -> Desk:
    """Approve these cards and print those approved in one run. Refusals are those of `actions.approve`."""
    with acting(by, at=at):
        approved = actions.approve(card_ids, by=by, at=at)
        # The other cards of a line come with the one that was ticked.
        ticked = len({*card_ids, *approved.done})
        if not approved.done:
            return Desk(ticked, approved, None)
        try:
            run = printing.print_cards(approved.done, by=by, at=at)
        except (Refused, NotFound) as error:
            return Desk(ticked, approved, None, error.message_vi)
    return Desk(ticked, approved, run)

"""Children whose cards are with their families, brought there by the real steps and actions; for pages and journeys."""

from typing import Any

from lienthong.accounts import jurisdiction
from lienthong.births import corrections
from lienthong.births.corrections import Deed
from lienthong.cards import actions, printing
from lienthong.kernel.actor import Actor
from tests import births
from tests.births import AT, column, message, rows, run, send
from tests.corrections import SOON

NEAR, FAR = "01013", "01A08"
"""The facility of the first card, and another one."""


def country() -> None:
    """Two declared communes of Hà Nội with a facility each."""
    births.small_country()


def card_out(number: int = 1, **changes: Any) -> int:
    """A child whose first card was approved, printed and handed over; the card's id. `country` stands."""
    send(message(number, **changes))
    run()
    (card_id,) = column("SELECT id FROM cards_card WHERE status = 'requested'")
    by = _of("so-the-24")
    assert actions.approve([card_id], by=by, at=AT).done == (card_id,)
    printing.print_cards([card_id], by=by, at=AT)
    printing.hand_over([card_id], by=by, at=AT, recipient="TRẦN THỊ BÌNH", relation="Mẹ")
    return int(card_id)


def corrected(number: int = 1, version: int = 2, *, kind: str = "correct", **changes: Any) -> int:
    """The ministry sends a later version; the id of the newest open task."""
    told = message(
        number, kind=kind, version=version, message_id=f"DC-{number}-{version}", **changes
    )
    send(told, at=SOON)
    run(SOON)
    return int(column("SELECT max(id) FROM dossiers_task WHERE closed_at IS NULL")[0])


def revocation_asked(task_id: int, username: str) -> None:
    """That officer has asked to take the card away."""
    (birth_id,) = column("SELECT max(id) FROM births_birth")
    deed = Deed(task_id, birth_id, "Theo trích lục cải chính")
    corrections.ask_revocation(deed, by=_of(username), at=SOON)


def statuses() -> list[tuple[Any, ...]]:
    """Each card's status, oldest first."""
    return [row[0] for row in rows("SELECT status FROM cards_card ORDER BY id")]


def _of(username: str) -> Actor:
    return jurisdiction.actor_of(username)

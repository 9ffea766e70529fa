"""Cards for tests: a child whose card is with the family, and the officers who ask and approve, with the rights of pages."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from lienthong import births
from lienthong.cards import actions, exchange, printing
from lienthong.cards.exchange import Asked
from lienthong.database import invariants
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome
from lienthong.law.exchange import ground_rule
from tests.births import AT, column, message, rows, run, send
from tests.declared import officer
from tests.officers import become

LATER = AT + timedelta(days=3)


def collector() -> Actor:
    """An officer of Thu of Hà Nội, who asks."""
    return officer("thu-thu", "collection", "01")


def approver() -> Actor:
    """An officer of Sổ - Thẻ of Hà Nội, who approves, prints and hands over."""
    return officer("so-the-thu", "card_desk", "01")


def active(number: int = 1, **changes: Any) -> int:
    """A child whose first card was approved by the desk; the card's id."""
    send(message(number, **changes))
    run()
    card_id = int(column("SELECT max(id) FROM cards_card WHERE status = 'requested'")[0])
    outcome = approve(card_id, by=officer(f"dau-{number}", "card_desk", "01"), at=AT)
    assert outcome.done == (card_id,), outcome
    return card_id


def handed_over(number: int = 1, **changes: Any) -> int:
    """A child whose first card is with the family; the card's id."""
    card_id = active(number, **changes)
    by = officer(f"tra-{number}", "card_desk", "01")
    become("lienthong_web")
    printing.print_cards([card_id], by=by, at=AT)
    printing.hand_over([card_id], by=by, at=AT, recipient="TRẦN THỊ BÌNH", relation="Mẹ")
    become("lienthong_worker")
    return card_id


def shown(asked: Asked) -> Asked:
    """The same, with every paper that the ground needs in the officer's hands; an unknown ground stays as it is."""
    with suppress(Refused):
        return replace(asked, evidence=ground_rule(asked.ground, on=LATER.date()).evidence_vi)
    return asked


def ask(asked: Asked, *, by: Actor, at: datetime = LATER) -> exchange.Further:
    """Ask for a further card with the rights of a page, every paper shown."""
    become("lienthong_web")
    try:
        return exchange.ask(shown(asked), by=by, at=at)
    finally:
        become("lienthong_worker")


def approve(*card_ids: int, by: Actor, at: datetime = LATER) -> Outcome:
    """Approve with the rights of a page."""
    become("lienthong_web")
    outcome = actions.approve(card_ids, by=by, at=at)
    become("lienthong_worker")
    return outcome


def statuses() -> list[tuple[int, str]]:
    """Each card's id and status, by id."""
    return [(row[0], row[1]) for row in rows("SELECT id, status FROM cards_card ORDER BY id")]


def as_if_committed() -> None:
    """What a commit would refuse is refused here."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def assert_whole() -> None:
    """Every promise that SQL can state holds, deferred ones too."""
    as_if_committed()
    assert invariants.run_all(connection, [Path(births.__file__).parent / "invariants"]) == []

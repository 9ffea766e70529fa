"""Lines of cards for tests: a child with two cards that follow each other, by the real steps and actions."""

from datetime import date, datetime

from lienthong.cards import actions, exchange, printing
from lienthong.cards.exchange import Asked
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from tests.births import AT, column, message, rows, send, system
from tests.cards import LATER, shown
from tests.declared import officer
from tests.mergers import step

TURN, LAST = date(2027, 6, 1), date(2032, 12, 1)
"""Where the second card of `line_of_two` begins, and the day after its last one."""


def line_of_two(
    number: int = 1,
    *,
    turn: date = TURN,
    second: str = "handed over",
    by: tuple[Actor, Actor] | None = None,
) -> tuple[int, int]:
    """A child who was entitled to some days and then to the rest: two cards that follow each other; their ids.

    `second` says how far the second one came: asked for, approved or handed over. `by`: who asks and who approves.
    """
    send(message(number))
    for name in ("check", "route", "receive", "export", "match", "number", "collect"):
        step(name, AT)
    with acting(system(), at=AT):
        rows(
            "UPDATE persons_person SET entitled = daterange('2026-11-12', %s) WHERE id = (SELECT person_id FROM"
            " dossiers_dossier WHERE message_id = %s) RETURNING 1",
            turn,
            f"LTKS-2026-{number:07}",
        )
    step("request", AT)
    thu, desk = by or (
        officer(f"renewer-{number}", "collection", "01"),
        officer(f"line-{number}", "card_desk", "01"),
    )
    (first,) = column("SELECT max(id) FROM cards_card WHERE status = 'requested'")
    assert actions.approve([first], by=desk, at=AT).done
    give(first, by=desk, at=AT)
    asked = Asked(first, "continued", entitlement=DateRange(turn, LAST))
    renewal = exchange.ask(shown(asked), by=thu, at=LATER)
    if second != "asked for":
        assert actions.approve([renewal.card_id], by=desk, at=LATER).done
    if second == "handed over":
        give(renewal.card_id, by=desk)
    return int(first), renewal.card_id


def give(*card_ids: int, by: Actor, at: datetime = LATER) -> None:
    """Print and hand over."""
    printing.print_cards(card_ids, by=by, at=at)
    printing.hand_over(card_ids, by=by, at=at, recipient="TRẦN THỊ BÌNH", relation="Mẹ")


def days(card_id: int) -> tuple[date, date]:
    """First day and the day after the last."""
    return rows("SELECT lower(valid), upper(valid) FROM cards_card WHERE id = %s", card_id)[0]  # type: ignore[return-value]

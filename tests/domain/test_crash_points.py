"""Killed before or after any statement or COMMIT of the whole way, and simply run again: nothing lost, nothing twice."""

import pytest

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.audit import checks, sealing
from lienthong.cards import actions as cards
from lienthong.cards import printing
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database.address import Address
from lienthong.kernel.actor import Actor, ActorKind
from tests import births
from tests.births import AT, column, message, rows, run, send
from tests.crashing import run_until_tick

OFFICER = Actor("can-bo", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 77, everywhere=True)
EVENTS = [
    "RECEIVED",
    "CREATED",
    "SENT_TNHS",
    "EXPORTED_TNHS",
    "ARISEN",
    "APPROVAL_REQUESTED",
    "APPROVED",
    "PRINTED",
    "RETURNED",
]
_MOST_TICKS = 600


def _whole_way(number: int) -> None:
    """Everything from the delivery to the family's hands; each part finds what is left for it to do."""
    send(message(number))
    run()
    cards.approve(_cards("requested"), by=OFFICER, at=AT)
    if to_print := _dossier_cards("APPROVED"):
        printing.print_cards(to_print, by=OFFICER, at=AT)
    if printed := _dossier_cards("PRINTED"):
        printing.hand_over(printed, by=OFFICER, at=AT, recipient="Mẹ", relation="Mẹ")


def _cards(status: str) -> list[int]:
    return column("SELECT id FROM cards_card WHERE status = %s", status)


def _dossier_cards(state: str) -> list[int]:
    return column(
        "SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"
        " WHERE dossier.state = %s",
        state,
    )


def _check(number: int) -> None:
    told = rows(
        "SELECT dossier.id, dossier.state FROM dossiers_dossier AS dossier WHERE message_id = %s",
        f"LTKS-2026-{number:07}",
    )
    assert [state for _, state in told] == ["RETURNED"], number
    dossier_id = told[0][0]
    events = column(
        "SELECT to_state FROM dossiers_event WHERE dossier_id = %s ORDER BY id", dossier_id
    )
    assert events == EVENTS, number
    assert column("SELECT status FROM cards_card WHERE dossier_id = %s", dossier_id) == ["active"]


@pytest.mark.timeout(300)
def test_the_whole_way_survives_a_kill_at_every_tick(committed_db: Address) -> None:
    births.small_country()
    send(message(999_999))
    run()
    for tick in range(1, _MOST_TICKS):
        finished = run_until_tick(lambda tick=tick: _whole_way(tick), tick)  # type: ignore[misc]
        _whole_way(tick)
        _check(tick)
        if finished:
            break
    else:
        pytest.fail("the way has more ticks than were tried")
    counts = rows(
        "SELECT (SELECT count(*) FROM persons_person), (SELECT count(*) FROM persons_number),"
        " (SELECT count(*) FROM cards_card), (SELECT count(*) FROM births_message),"
        " (SELECT count(*) FROM collection_entry), (SELECT count(*) FROM cards_approval)"
    )
    assert len(set(counts[0])) == 1, counts
    sealing.seal_once(AT)
    assert checks.verify([invariants_folder()]) == []

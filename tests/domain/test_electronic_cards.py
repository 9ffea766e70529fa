"""Electronic cards handed over, and paper on request: what moves, what is refused, what never changes."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from lienthong.cards import actions, paper, printing, queries
from lienthong.cards.paper import Wish
from lienthong.database.scope import acting
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.outcomes import Outcome
from tests.web import world as worlds
from tests.web.world import SYSTEM, World, actor_of

WISH = Wish("on request", "TRẦN THỊ BÌNH", "Mẹ")
BEFORE_ELECTRONIC = datetime(2025, 5, 31, 16, 59, tzinfo=UTC)
FIRST_ELECTRONIC = datetime(2025, 5, 31, 17, 0, tzinfo=UTC)


@pytest.fixture
def world(db: None) -> World:
    return worlds.build(settings.CLOCK())


def _active(world: World, *names: str) -> list[int]:
    ids = [world.child(name).card_id or 0 for name in names]
    assert actions.approve(ids, by=actor_of(world, "so-the-01"), at=world.at).done_count == len(ids)
    return ids


def _hand_over(world: World, ids: list[int], at: datetime | None = None) -> Outcome:
    return printing.hand_over_electronically(
        ids, by=SYSTEM, at=at or world.at, recipient="TRẦN THỊ BÌNH", relation="Mẹ"
    )


def _states() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM dossiers_dossier ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def _codes(outcome: Outcome) -> dict[int, str]:
    return {refusal.subject: refusal.code for refusal in outcome.refused}


def test_electronic_hand_over_closes_the_dossier_without_a_print(world: World) -> None:
    ids = _active(world, "NGUYỄN MINH AN", "TRẦN BẢO CHÂU")
    assert _hand_over(world, ids[:1]).done == (ids[0],)
    assert _states() == ["RETURNED", "APPROVED"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_id, manner, recipient, relation FROM cards_handover")
        assert cursor.fetchall() == [(ids[0], "electronic", "TRẦN THỊ BÌNH", "Mẹ")]
        cursor.execute("SELECT status, print_count FROM cards_card WHERE id = %s", [ids[0]])
        assert cursor.fetchone() == ("active", 0)
        cursor.execute("SELECT closed_on IS NOT NULL FROM dossiers_dossier ORDER BY id")
        assert cursor.fetchall() == [(True,), (False,)]
        cursor.execute("SELECT detail->>'manner' FROM audit_entry WHERE action = 'card.hand_over'")
        assert cursor.fetchall() == [("electronic",)]


def test_electronic_hand_over_twice_changes_nothing_the_second_time(world: World) -> None:
    ids = _active(world, "NGUYỄN MINH AN")
    _hand_over(world, ids)
    assert _codes(_hand_over(world, ids)) == {ids[0]: "NOT_WAITING"}


def test_printed_card_and_one_asked_for_on_paper_are_not_handed_over_electronically(
    world: World,
) -> None:
    printed, asked, waiting = _active(world, "NGUYỄN MINH AN", "LÊ MAI CHI", "TRẦN BẢO CHÂU")
    printing.print_cards([printed], by=SYSTEM, at=world.at)
    paper.ask_for_paper([asked], WISH, by=SYSTEM, at=world.at)
    outcome = _hand_over(world, [printed, asked, waiting])
    assert outcome.done == (waiting,)
    assert _codes(outcome) == {printed: "NOT_WAITING", asked: "PAPER_ASKED"}
    assert _states() == ["PRINTED", "APPROVED", "RETURNED"]


def test_paper_hand_over_still_needs_a_print(world: World) -> None:
    ids = _active(world, "NGUYỄN MINH AN")
    outcome = printing.hand_over(ids, by=SYSTEM, at=world.at, recipient="A", relation="Mẹ")
    assert _codes(outcome) == {ids[0]: "NOT_PRINTED"}
    printing.print_cards(ids, by=SYSTEM, at=world.at)
    printing.hand_over(ids, by=SYSTEM, at=world.at, recipient="A", relation="Mẹ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT manner FROM cards_handover")
        assert cursor.fetchall() == [("paper",)]


def test_before_june_2025_every_card_was_printed(world: World) -> None:
    ids = _active(world, "NGUYỄN MINH AN")
    with pytest.raises(Refused) as refusal:
        _hand_over(world, ids, BEFORE_ELECTRONIC)
    assert refusal.value.code == "E-PAPER-ALWAYS"
    assert _hand_over(world, ids, FIRST_ELECTRONIC).done == (ids[0],)


def test_ground_of_a_request_is_one_of_the_day(world: World) -> None:
    ids = _active(world, "NGUYỄN MINH AN")
    for ground, at in (
        ("no chip card", BEFORE_ELECTRONIC),
        ("on request", FIRST_ELECTRONIC),
        ("whim", world.at),
        ("", world.at),
    ):
        with pytest.raises(Refused) as refusal:
            paper.ask_for_paper(ids, Wish(ground, "A"), by=SYSTEM, at=at)
        assert (refusal.value.code, refusal.value.field) == ("E-PAPER-GROUND", "ground")
    chip = Wish("no chip card", "A")
    assert paper.ask_for_paper(ids, chip, by=SYSTEM, at=FIRST_ELECTRONIC).done == (ids[0],)


def test_request_for_paper_names_who_asked_and_is_written_once(world: World) -> None:
    first, second = _active(world, "NGUYỄN MINH AN", "LÊ MAI CHI")
    with pytest.raises(Refused) as refusal:
        paper.ask_for_paper([first], Wish("on request", " "), by=SYSTEM, at=world.at)
    assert (refusal.value.code, refusal.value.field) == ("ASKED_BY", "asked_by")
    printing.print_cards([second], by=SYSTEM, at=world.at)
    waiting = world.child("PHẠM AN").card_id or 0
    by = actor_of(world, "tiep-nhan-01")
    outcome = paper.ask_for_paper([first, second, waiting, 999_999], WISH, by=by, at=world.at)
    assert outcome.done == (first,)
    assert _codes(outcome) == {second: "PRINTED", waiting: "NOT_FOUND", 999_999: "NOT_FOUND"}
    assert _codes(paper.ask_for_paper([first], WISH, by=by, at=world.at)) == {first: "ASKED"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_id, ground, asked_by, relation, by FROM cards_paperrequest")
        asked = (first, "on request", "TRẦN THỊ BÌNH", "Mẹ", "officer:tiep-nhan-01")
        assert cursor.fetchall() == [asked]
        cursor.execute("SELECT subject_id FROM audit_entry WHERE action = 'card.paper_asked'")
        assert cursor.fetchall() == [(first,)]
        for statement in (
            "UPDATE cards_paperrequest SET asked_by = 'B'",
            "DELETE FROM cards_paperrequest",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement)


def _ids(wanted: queries.CardFilter, on: date) -> list[int]:
    return [it.id for it in queries.cards(SYSTEM, filters=wanted, on=on)]


def test_lists_part_paper_from_electronic_and_the_console_prints_both(world: World) -> None:
    asked, other = _active(world, "NGUYỄN MINH AN", "LÊ MAI CHI")
    paper.ask_for_paper([asked], WISH, by=SYSTEM, at=world.at)
    on = vietnam_date(world.at)
    assert _ids(queries.TO_PRINT_ON_PAPER, on) == [asked]
    assert _ids(queries.TO_HAND_OVER_ELECTRONICALLY, on) == [other]
    # Contract: every approved, unprinted card of the unit.
    both = queries.cards(SYSTEM, filters=replace(queries.TO_PRINT, unit_code="TE01001"), on=on)
    assert [it.id for it in both] == [asked, other]
    assert [it.paper_vi for it in both] == ["Gia đình đề nghị", ""]


def test_family_that_has_the_electronic_card_may_still_ask_for_paper(world: World) -> None:
    ids = _active(world, "NGUYỄN MINH AN")
    on = vietnam_date(world.at)
    _hand_over(world, ids)
    assert _ids(queries.TO_PRINT_ON_PAPER, on) == []
    assert paper.ask_for_paper(ids, WISH, by=SYSTEM, at=world.at).done == tuple(ids)
    assert _ids(queries.TO_PRINT_ON_PAPER, on) == ids
    assert _ids(queries.TO_PRINT, on) == []
    printing.print_cards(ids, by=SYSTEM, at=world.at)
    assert _states() == ["RETURNED"]
    assert _ids(queries.TO_PRINT_ON_PAPER, on) == []


def test_what_waits_for_paper_is_listed_until_it_is_printed_or_over(world: World) -> None:
    printed, over, handed, plain = _active(world, "TRẦN AN", "TRẦN BÌNH", "TRẦN CHI", "TRẦN DŨNG")
    _hand_over(world, [handed])
    paper.ask_for_paper([printed, over, handed], WISH, by=SYSTEM, at=world.at)
    assert _waiting() == [printed, over, handed]
    printing.print_cards([printed, plain], by=SYSTEM, at=world.at)
    assert _waiting() == [over, handed]
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cards_card SET status = 'revoked', ended_at = %s, end_reason = 'CANCELLED'"
            " WHERE id = %s",
            [world.at, over],
        )
    assert _waiting() == [handed]
    assert _ids(queries.TO_PRINT_ON_PAPER, vietnam_date(world.at)) == [handed]


def _waiting() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT card_id FROM cards_paperwaiting ORDER BY card_id")
        return [row[0] for row in cursor.fetchall()]


def test_who_may_not_hand_over_records_nothing(world: World) -> None:
    ids = _active(world, "NGUYỄN MINH AN")
    collector = actor_of(world, "thu-01")
    with pytest.raises(NotAllowed):
        printing.hand_over_electronically(
            ids, by=collector, at=world.at, recipient="A", relation=""
        )
    with pytest.raises(NotAllowed):
        paper.ask_for_paper(ids, WISH, by=collector, at=world.at)
    assert _states() == ["APPROVED"]

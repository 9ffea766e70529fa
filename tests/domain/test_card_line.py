"""A child with several cards one after the other: each is exchanged alone, and the line stays whole."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from lienthong.births import record
from lienthong.births.changes import changes_of
from lienthong.cards import further, links
from lienthong.cards.exchange import Asked
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Conflict
from tests import births, cards
from tests.births import column
from tests.cardlines import LAST, TURN, days, give, line_of_two
from tests.cards import LATER, approve, ask, assert_whole, statuses
from tests.declared import refusal
from tests.officers import become

pytestmark = pytest.mark.django_db
BORN = date(2026, 11, 12)
AFTERWARDS = LATER + timedelta(days=2)
IN_THE_SECOND = LATER.replace(year=2027, month=7, day=5)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


@pytest.fixture
def thu() -> Actor:
    return cards.collector()


@pytest.fixture
def so_the() -> Actor:
    return cards.approver()


@pytest.mark.rule("002-2", "002-3")
@pytest.mark.parametrize("ground", ["lost", "damaged", "facility"])
def test_a_card_whose_renewal_is_out_is_exchanged_itself_and_the_line_stays_whole(
    ground: str, thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two()
    asked = Asked(first, ground, facility_code="01A08" if ground == "facility" else None)
    again = ask(asked, by=thu)
    assert again.rule == "002-2"
    assert_whole()
    assert approve(again.card_id, by=so_the).done == (again.card_id,)
    assert statuses() == [(first, "superseded"), (second, "active"), (again.card_id, "active")]
    assert days(again.card_id) == (BORN, TURN)
    assert_whole()
    # And that one again: as often as the family loses it.
    give(again.card_id, by=so_the)
    third = ask(Asked(again.card_id, "lost"), by=thu, at=AFTERWARDS)
    assert approve(third.card_id, by=so_the, at=AFTERWARDS).done
    assert days(third.card_id) == (BORN, TURN)
    assert_whole()


@pytest.mark.rule("002-2")
def test_a_card_that_has_not_begun_is_exchanged_with_its_own_days(
    thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two()
    again = ask(Asked(second, "lost"), by=thu)
    approve(again.card_id, by=so_the)
    assert statuses() == [(first, "active"), (second, "superseded"), (again.card_id, "active")]
    assert days(again.card_id) == (TURN, LAST)
    assert_whole()


def test_both_cards_of_a_line_are_exchanged_side_by_side(thu: Actor, so_the: Actor) -> None:
    first, second = line_of_two()
    one = ask(Asked(first, "damaged"), by=thu)
    other = ask(Asked(second, "facility", facility_code="01A08"), by=thu)
    assert one.dossier_id != other.dossier_id
    assert approve(other.card_id, one.card_id, by=so_the).done == (one.card_id, other.card_id)
    assert dict(statuses())[first] == dict(statuses())[second] == "superseded"
    assert_whole()


def test_one_request_waits_a_card_in_the_database_too(thu: Actor) -> None:
    first, _ = line_of_two()
    ask(Asked(first, "lost"), by=thu)
    with pytest.raises(Conflict):
        ask(Asked(first, "damaged"), by=thu)
    become("owner")
    with (
        pytest.raises(IntegrityError, match="card_one_waiting_a_replaced_card"),
        transaction.atomic(),
        connection.cursor() as cursor,
        acting(births.system(), at=LATER),
    ):
        cursor.execute(
            "INSERT INTO cards_card SELECT (jsonb_populate_record(held, jsonb_build_object('id', 9999, 'request_id', 9999))).*"
            " FROM cards_card AS held WHERE status = 'requested'"
        )
    become("lienthong_worker")


def test_while_a_renewal_waits_its_card_is_not_exchanged(thu: Actor, so_the: Actor) -> None:
    first, second = line_of_two(second="asked for")
    with pytest.raises(Conflict):
        ask(Asked(first, "lost"), by=thu)
    approve(second, by=so_the)
    assert ask(Asked(first, "lost"), by=thu).rule == "002-2"


@pytest.mark.rule("002-7")
def test_002_7_what_makes_no_sense_on_a_line_is_refused_with_a_sentence(thu: Actor) -> None:
    first, _ = line_of_two()
    more = Asked(first, "continued", entitlement=DateRange(TURN, LAST))
    assert refusal(lambda: ask(more, by=thu)) == "002-7"
    # The first card is over; the second is the one to exchange.
    late = Asked(first, "lost")
    assert refusal(lambda: ask(late, by=thu, at=IN_THE_SECOND)) == "NOT_ACTIVE"
    assert len(statuses()) == 2


def test_the_page_leads_from_an_old_card_to_the_one_that_counts_today(
    thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two()
    again = ask(Asked(second, "lost"), by=thu)
    approve(again.card_id, by=so_the)
    become("lienthong_web")
    with acting(thu, at=LATER):
        assert further.held_card(thu, second, on=LATER.date()).active_id == first
        assert further.held_card(thu, second, on=IN_THE_SECOND.date()).active_id == again.card_id
    become("lienthong_worker")


def test_a_parent_s_link_to_a_replaced_card_leads_to_the_one_of_the_same_days(
    thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two()
    tokens = [links.make_link(it, by=so_the, at=LATER).token for it in (first, second)]
    again = ask(Asked(first, "lost"), by=thu)
    approve(again.card_id, by=so_the)
    become("lienthong_web")
    old, later = (
        links.open_link(it, links.Visit("127.0.0.1", "x"), is_newest=True) for it in tokens
    )
    become("lienthong_worker")
    assert not isinstance(old, links.Shut)
    assert not isinstance(later, links.Shut)
    assert (old.version, old.valid_from, old.valid_to) == (3, BORN, TURN - timedelta(days=1))
    assert (later.version, later.valid_from) == (2, TURN)


def test_the_record_sets_an_exchanged_card_beside_the_one_it_replaced(
    thu: Actor, so_the: Actor
) -> None:
    first, _ = line_of_two()
    ask(Asked(first, "facility", facility_code="01A08"), by=thu)
    (code,) = column("SELECT code FROM dossiers_dossier WHERE kind = 'first'")
    become("lienthong_web")
    with acting(so_the, at=LATER):
        told = changes_of(record.record(so_the, code, on=LATER.date()))
    become("lienthong_worker")
    # Newest first: the request made last.
    newest = next(it for it in told if it.differences)
    assert [it.label_vi for it in newest.differences] == ["Nơi đăng ký KCB ban đầu"]

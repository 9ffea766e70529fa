"""A corrected registration draws every card of the line anew: in one instant, by one approval, or not at all."""

from datetime import date

import pytest

from lienthong.births import corrections
from lienthong.cards import conformance, exchange, officetime
from lienthong.cards.exchange import Asked
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict
from tests import births, cards
from tests.births import column, rows
from tests.cardlines import LAST, TURN, days, line_of_two
from tests.cards import LATER, approve, ask, assert_whole, statuses
from tests.corrections import corrected, decide, deed, head, open_task, seen
from tests.declared import refusal
from tests.officers import become

pytestmark = pytest.mark.django_db
BORN = date(2026, 11, 12)
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


def _born(day: str, *, version: int = 2) -> None:
    corrected(version=version, at=LATER, nksNgaySinh=day, maGCS=None, soDinhDanh="")


@pytest.mark.rule("002-6", "A2")
def test_002_6_a_corrected_birth_date_draws_every_card_of_the_line_anew_in_one_instant(
    thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two()
    _born("10/10/2026")
    task = open_task("T-BIRTH-DATE-AFTER-CARD")
    assert (seen(task, by=thu).valid_from, seen(task, by=thu).valid_to) == (
        BORN,
        date(2032, 11, 30),
    )
    made = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    assert (made.rule, len(made.card_ids)) == ("002-6", 2)
    # Until then nothing has changed, and both are in one dossier.
    assert dict(statuses())[first] == dict(statuses())[second] == "active"
    assert column(
        "SELECT DISTINCT dossier_id FROM cards_card WHERE id = ANY (%s)", list(made.card_ids)
    ) == [made.dossier_id]
    assert_whole()
    # Whoever approves one approves the line.
    assert approve(made.card_ids[1], by=so_the).done == made.card_ids
    one, other = made.card_ids
    assert statuses() == [
        (first, "superseded"),
        (second, "superseded"),
        (one, "active"),
        (other, "active"),
    ]
    assert (days(one), days(other)) == ((date(2026, 10, 10), TURN), (TURN, date(2032, 11, 1)))
    assert (
        len(set(column("SELECT ended_at FROM cards_card WHERE id IN (%s, %s)", first, second))) == 1
    )
    assert column("SELECT ended_at FROM cards_card WHERE id = %s", first) == column(
        "SELECT approved_at FROM cards_card WHERE id = %s", other
    )
    told = rows("SELECT born_on, lower(entitled), upper(entitled) FROM persons_person")
    assert told == [(date(2026, 10, 10), date(2026, 10, 10), date(2032, 11, 1))]
    assert set(column("SELECT five_year_on FROM cards_card WHERE status = 'active'")) == {
        date(2031, 10, 10)
    }
    assert set(column("SELECT born_on FROM cards_card WHERE status = 'active'")) == {
        date(2026, 10, 10)
    }
    assert len(set(column("SELECT insurance_number FROM cards_card"))) == 1
    assert_whole()


@pytest.mark.rule("002-6")
def test_002_6_a_card_that_is_over_is_not_issued_again(thu: Actor, so_the: Actor) -> None:
    first, second = line_of_two()
    _born("10/10/2026")
    task = open_task()
    made = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu, at=IN_THE_SECOND)
    assert len(made.card_ids) == 1
    approve(made.card_id, by=so_the, at=IN_THE_SECOND)
    assert statuses() == [(first, "superseded"), (second, "superseded"), (made.card_id, "active")]
    assert days(made.card_id) == (date(2026, 10, 10), date(2032, 11, 1))
    assert_whole()


@pytest.mark.rule("002-6")
def test_002_6_a_card_that_the_right_birth_date_leaves_without_a_day_ends_with_the_others(
    thu: Actor, so_the: Actor
) -> None:
    """The child is older than was written: cover ends before the second card would begin."""
    first, second = line_of_two(turn=date(2027, 10, 5), second="approved")
    _born("30/09/2021")
    made = decide(corrections.exchange_as_registered, deed(open_task(), by=thu), by=thu)
    assert len(made.card_ids) == 1
    waiting = column("SELECT dossier_id FROM cards_card WHERE id = %s", second)
    assert made.dossier_id == waiting[0]
    approve(made.card_id, by=so_the)
    assert statuses() == [(first, "superseded"), (second, "superseded"), (made.card_id, "active")]
    assert days(made.card_id) == (date(2021, 9, 30), date(2027, 10, 1))
    assert_whole()


@pytest.mark.rule("002-6")
def test_002_6_a_dossier_whose_card_has_gone_before_it_was_handed_over_ends_too(
    thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two(turn=date(2027, 10, 5), second="approved")
    again = ask(Asked(first, "lost"), by=thu)
    approve(again.card_id, by=so_the)
    _born("30/09/2021")
    made = decide(corrections.exchange_as_registered, deed(open_task(), by=thu), by=thu)
    assert made.dossier_id == again.dossier_id
    approve(made.card_id, by=so_the)
    (left,) = column("SELECT dossier_id FROM cards_card WHERE id = %s", second)
    assert rows("SELECT state, reason FROM dossiers_dossier WHERE id = %s", left) == [
        ("CANCELLED", "CARD_REPLACED")
    ]
    assert_whole()


@pytest.mark.rule("A1")
def test_a1_a_corrected_name_is_written_on_every_card_still_to_be_used(
    thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two()
    corrected(at=LATER, nksHoTen="NGUYỄN MINH ANH")
    made = decide(corrections.exchange_as_registered, deed(open_task(), by=thu), by=thu)
    assert (made.rule, len(made.card_ids)) == ("002-2", 2)
    approve(*made.card_ids, by=so_the)
    told = rows(
        "SELECT full_name, lower(valid), upper(valid) FROM cards_card WHERE status = 'active' ORDER BY id"
    )
    assert told == [("NGUYỄN MINH ANH", BORN, TURN), ("NGUYỄN MINH ANH", TURN, LAST)]
    assert dict(statuses())[first] == dict(statuses())[second] == "superseded"
    assert_whole()


@pytest.mark.rule("A1")
def test_a1_a_card_that_is_over_keeps_the_name_it_had(thu: Actor, so_the: Actor) -> None:
    first, second = line_of_two()
    corrected(at=LATER, nksHoTen="NGUYỄN MINH ANH")
    told = deed(open_task(), by=thu)
    made = decide(corrections.exchange_as_registered, told, by=thu, at=IN_THE_SECOND)
    assert len(made.card_ids) == 1
    approve(made.card_id, by=so_the, at=IN_THE_SECOND)
    assert statuses() == [(first, "active"), (second, "superseded"), (made.card_id, "active")]
    assert_whole()


def test_a_line_is_taken_back_whole_and_the_question_is_open_again(thu: Actor) -> None:
    first, second = line_of_two()
    _born("10/10/2026")
    task = open_task()
    made = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    become("lienthong_web")
    exchange.withdraw(made.card_ids[1], by=thu, at=LATER, reason="Chờ bản chính")
    become("lienthong_worker")
    assert dict(statuses()) == {
        first: "active",
        second: "active",
        **dict.fromkeys(made.card_ids, "cancelled"),
    }
    assert open_task() == task
    assert column("SELECT state FROM dossiers_dossier WHERE id = %s", made.dossier_id) == [
        "CANCELLED"
    ]
    assert_whole()


def test_a_newer_version_takes_the_whole_line_back(thu: Actor) -> None:
    line_of_two()
    _born("10/10/2026")
    made = decide(corrections.exchange_as_registered, deed(open_task(), by=thu), by=thu)
    _born("11/10/2026", version=3)
    assert {dict(statuses())[it] for it in made.card_ids} == {"cancelled"}
    assert_whole()


def test_while_a_line_waits_nothing_else_is_asked_and_while_something_waits_no_line(
    thu: Actor, so_the: Actor
) -> None:
    first, second = line_of_two()
    lost = ask(Asked(second, "lost"), by=thu)
    _born("10/10/2026")
    told = deed(open_task(), by=thu)
    with pytest.raises(Conflict):
        decide(corrections.exchange_as_registered, told, by=thu)
    approve(lost.card_id, by=so_the)
    decide(corrections.exchange_as_registered, told, by=thu)
    with pytest.raises(Conflict):
        ask(Asked(first, "lost"), by=thu)
    assert_whole()


def test_who_asks_for_a_line_is_told_that_another_request_of_the_child_waits(thu: Actor) -> None:
    first, _ = line_of_two()
    ask(Asked(first, "lost"), by=thu)
    _born("10/10/2026")
    told = deed(open_task(), by=thu)
    with pytest.raises(Conflict, match="yêu cầu cấp lại, đổi thẻ khác"):
        decide(corrections.exchange_as_registered, told, by=thu)


def test_nor_for_a_card_of_the_line_that_none_comes_in_place_of(thu: Actor, so_the: Actor) -> None:
    _, second = line_of_two(turn=date(2027, 10, 5))
    lost = ask(Asked(second, "lost"), by=thu)
    _born("30/09/2021")
    told = deed(open_task(), by=thu)
    with pytest.raises(Conflict):
        decide(corrections.exchange_as_registered, told, by=thu)
    become("lienthong_web")
    exchange.withdraw(lost.card_id, by=thu, at=LATER, reason="Chờ khai sinh")
    become("lienthong_worker")
    assert len(decide(corrections.exchange_as_registered, told, by=thu).card_ids) == 1
    with pytest.raises(Conflict):
        ask(Asked(second, "lost"), by=thu)
    assert_whole()


@pytest.mark.rule("OP-13")
def test_op_13_a_line_asked_for_together_is_one_time(thu: Actor, so_the: Actor) -> None:
    """A renewal and two cards at once: twice, not three times."""
    line_of_two()
    _born("10/10/2026")
    made = decide(corrections.exchange_as_registered, deed(open_task(), by=thu), by=thu)
    approve(made.card_id, by=so_the)
    officetime.ensure(LATER.date())
    conformance.look_at_everything(by=births.system(), at=LATER)
    assert "OP-13" not in column("SELECT rule FROM cards_finding")


def test_who_asked_for_a_line_approves_no_part_of_it(thu: Actor) -> None:
    line_of_two()
    _born("10/10/2026")
    made = decide(corrections.exchange_as_registered, deed(open_task(), by=thu), by=thu)
    both = cards.officer("hai-vai", "card_desk", "01")
    as_who_asked = Actor(
        both.name,
        both.kind,
        both.permissions,
        thu.person_key,
        everywhere=both.everywhere,
        token=both.token,
    )
    refused = approve(made.card_ids[0], by=as_who_asked).refused
    assert {it.subject: it.code for it in refused} == dict.fromkeys(made.card_ids, "FOUR_EYES")
    assert_whole()


@pytest.mark.rule("A3")
def test_a3_a_child_who_is_over_six_by_the_right_date_loses_every_card_of_the_line(
    thu: Actor,
) -> None:
    first, second = line_of_two()
    waiting = ask(Asked(second, "lost"), by=thu)
    _born("12/11/2019")
    told = deed(open_task("T-NO-LONGER-ENTITLED"), by=thu)
    decide(corrections.ask_revocation, told, by=thu)
    truong = head()
    assert sorted(decide(corrections.confirm_revocation, told, by=truong)) == [first, second]
    assert dict(statuses()) == {first: "revoked", second: "revoked", waiting.card_id: "cancelled"}
    assert set(column("SELECT state FROM dossiers_dossier")) == {"CANCELLED"}
    assert_whole()


@pytest.mark.rule("A3")
def test_a3_who_passes_the_age_while_a_correction_waits_is_past_it_on_the_day_of_the_decision(
    thu: Actor,
) -> None:
    line_of_two()
    _born("20/09/2021")
    task = open_task("T-BIRTH-DATE-AFTER-CARD")
    later = LATER.replace(year=2027, month=10, day=4)
    told = deed(task, by=thu)
    code = refusal(lambda: decide(corrections.exchange_as_registered, told, by=thu, at=later))
    assert code == "N-AGE"
    assert refusal(lambda: decide(corrections.ask_revocation, told, by=thu)) == "ENTITLED"
    decide(corrections.ask_revocation, told, by=thu, at=later)
    truong = head()
    assert len(decide(corrections.confirm_revocation, told, by=truong, at=later)) == 2

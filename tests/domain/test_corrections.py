"""What a changed registration means for a card that is out: A1, A2, A3, 001-8, 002-6, by the real actions."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from lienthong.births import corrections
from lienthong.cards import exchange
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound
from tests import births, cards, papers
from tests.births import column, rows, run
from tests.cards import approve, assert_whole, handed_over, statuses
from tests.corrections import LATER, SOON, corrected, decide, deed, head, open_task, seen
from tests.declared import officer, refusal
from tests.officers import become

pytestmark = pytest.mark.django_db
PERSON = "SELECT full_name, born_on, sex, personal_id FROM persons_person"
OVER_SIX = {"nksNgaySinh": "12/11/2019", "maGCS": None, "soDinhDanh": ""}


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


@pytest.fixture
def thu() -> Actor:
    return cards.collector()


@pytest.fixture
def so_the() -> Actor:
    return cards.approver()


@pytest.fixture
def truong() -> Actor:
    return head()


def _is_open(task_id: int) -> bool:
    return column("SELECT closed_at IS NULL FROM dossiers_task WHERE id = %s", task_id) == [True]


def _withdraw(card_id: int, *, by: Actor) -> None:
    become("lienthong_web")
    exchange.withdraw(card_id, by=by, at=LATER, reason="Chờ thêm giấy tờ")
    become("lienthong_worker")


@pytest.mark.rule("A1")
def test_a1_a_corrected_name_becomes_the_child_s_when_another_officer_approves_the_new_card(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task("T-CORRECTION-AFTER-CARD")
    both = seen(task, by=thu)
    first = both.differences[0]
    assert (first.name, first.card, first.held, first.told) == (
        "full_name",
        "NGUYỄN MINH AN",
        "NGUYỄN MINH AN",
        "NGUYỄN MINH ANH",
    )
    assert [it.name for it in both.differences if it.is_different] == ["full_name"]
    assert (both.version, both.told_message_id) == (2, "DC-1-2")
    further = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    assert further.rule == "002-2"
    assert not _is_open(task)
    assert rows(PERSON)[0][0] == "NGUYỄN MINH AN"
    assert_whole()
    assert approve(further.card_id, by=so_the).done == (further.card_id,)
    assert statuses() == [(old, "superseded"), (further.card_id, "active")]
    assert rows(PERSON)[0][0] == "NGUYỄN MINH ANH"
    assert len(set(column("SELECT insurance_number FROM cards_card"))) == 1
    assert_whole()


@pytest.mark.rule("A2", "002-6")
@pytest.mark.parametrize(
    ("before", "after", "days"),
    [
        ("30/09/2026", "01/10/2026", (date(2026, 10, 1), date(2032, 11, 1), date(2031, 10, 1))),
        ("01/10/2026", "30/09/2026", (date(2026, 9, 30), date(2032, 10, 1), date(2031, 9, 30))),
    ],
)
def test_a2_002_6_a_birth_date_corrected_over_30_9_either_way_computes_the_days_anew(
    before: str, after: str, days: tuple[date, date, date], thu: Actor, so_the: Actor
) -> None:
    handed_over(nksNgaySinh=before)
    corrected(nksNgaySinh=after)
    task = open_task("T-BIRTH-DATE-AFTER-CARD")
    both = seen(task, by=thu)
    assert {it.name for it in both.differences if it.is_different} == {
        "born_on",
        "valid",
        "five_year_on",
    }
    further = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    assert further.rule == "002-6"
    approve(further.card_id, by=so_the)
    told = rows(
        "SELECT lower(valid), upper(valid), five_year_on FROM cards_card WHERE id = %s",
        further.card_id,
    )
    assert told == [days]
    assert_whole()


def test_what_is_kept_stays_until_the_next_version_and_needs_a_note(thu: Actor) -> None:
    old = handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task()
    assert refusal(lambda: decide(corrections.keep, deed(task, by=thu, note=" "), by=thu)) == "NOTE"
    decide(corrections.keep, deed(task, by=thu), by=thu)
    assert not _is_open(task)
    assert rows(PERSON)[0][0] == "NGUYỄN MINH AN"
    assert statuses() == [(old, "active")]
    assert_whole()
    corrected(version=3, at=LATER, nksHoTen="NGUYỄN MINH ÁNH")
    assert open_task("T-CORRECTION-AFTER-CARD") != task
    assert_whole()


def test_a_request_taken_back_opens_the_question_again(thu: Actor, so_the: Actor) -> None:
    old = handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task()
    further = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    _withdraw(further.card_id, by=thu)
    assert _is_open(task)
    assert_whole()
    again = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    approve(again.card_id, by=so_the)
    assert dict(statuses())[old] == "superseded"
    assert_whole()


def test_a_newer_version_takes_the_waiting_request_back_and_its_answer_settles_both_tasks(
    thu: Actor, so_the: Actor
) -> None:
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    first = open_task()
    stale = decide(corrections.exchange_as_registered, deed(first, by=thu), by=thu)
    corrected(version=3, at=LATER, nksHoTen="NGUYỄN MINH ÁNH")
    assert dict(statuses())[stale.card_id] == "cancelled"
    assert [it.code for it in approve(stale.card_id, by=so_the).refused] == ["CHANGED"]
    second = open_task()
    assert second != first
    assert _is_open(first)
    further = decide(corrections.exchange_as_registered, deed(second, by=thu), by=thu)
    assert not _is_open(first)
    approve(further.card_id, by=so_the)
    assert rows(PERSON)[0][0] == "NGUYỄN MINH ÁNH"
    assert_whole()


def test_a_correction_that_returns_to_what_the_card_says_closes_the_task_by_itself(
    thu: Actor,
) -> None:
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task()
    corrected(version=3, at=LATER)
    assert not _is_open(task)
    assert_whole()


def test_a_decision_holds_for_a_later_version_that_says_the_same(thu: Actor) -> None:
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task()
    decide(corrections.keep, deed(task, by=thu), by=thu)
    corrected(version=3, at=LATER, nksHoTen="NGUYỄN MINH ANH")
    assert column("SELECT count(*) FROM dossiers_task WHERE closed_at IS NULL") == [0]
    assert_whole()


def test_a_revocation_asked_for_on_other_facts_is_not_confirmed(thu: Actor, truong: Actor) -> None:
    old = handed_over()
    corrected(**OVER_SIX)
    task = open_task()
    decide(corrections.ask_revocation, deed(task, by=thu), by=thu)
    corrected(version=3, at=LATER, nksHoTen="NGUYỄN MINH ANH", **OVER_SIX)
    with pytest.raises(Conflict) as caught:
        decide(corrections.confirm_revocation, deed(task, by=truong), by=truong)
    assert caught.value.code == "NEWER"
    decide(corrections.drop_revocation, deed(task, by=truong), by=truong)
    decide(corrections.ask_revocation, deed(task, by=thu), by=thu)
    assert decide(corrections.confirm_revocation, deed(task, by=truong), by=truong) == [old]
    assert rows(PERSON)[0][:2] == ("NGUYỄN MINH ANH", date(2019, 11, 12))
    assert_whole()


def test_facts_that_come_back_in_a_later_version_are_a_question_again(thu: Actor) -> None:
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    first = open_task()
    decide(corrections.keep, deed(first, by=thu), by=thu)
    corrected(version=3, at=LATER)
    corrected(version=4, at=LATER, nksHoTen="NGUYỄN MINH ANH")
    assert open_task("T-CORRECTION-AFTER-CARD") != first
    assert_whole()


def test_who_decided_about_an_older_version_is_asked_to_look_again(thu: Actor) -> None:
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task()
    old = deed(task, by=thu)
    corrected(version=3, at=LATER, nksHoTen="NGUYỄN MINH ÁNH")
    for action in (corrections.keep, corrections.exchange_as_registered):
        with pytest.raises(Conflict):
            decide(action, old, by=thu)


@pytest.mark.rule("001-8")
def test_001_8_another_personal_id_is_attached_with_its_history_and_touches_no_card(
    thu: Actor,
) -> None:
    old = handed_over()
    before = rows("SELECT * FROM cards_card")
    corrected(soDinhDanh="003226999999")
    task = open_task("T-PERSONAL-ID-CHANGED")
    with pytest.raises(Conflict):
        decide(corrections.told_family, deed(task, by=thu), by=thu)
    decide(corrections.attach_personal_id, deed(task, by=thu), by=thu)
    assert rows(PERSON)[0][3] == "003226999999"
    assert column("SELECT personal_id_before FROM births_decision") == ["003226000001"]
    assert rows("SELECT * FROM cards_card") == before
    assert statuses() == [(old, "active")]
    assert not _is_open(task)
    assert_whole()


@pytest.mark.rule("001-8")
def test_001_8_the_id_we_hold_may_be_kept_and_another_child_s_is_never_taken(thu: Actor) -> None:
    handed_over()
    handed_over(2, nksHoTen="LÊ MINH CHÍ", meHoTen="LÊ THỊ DUNG")
    corrected(soDinhDanh="003226000002")
    task = open_task("T-PERSONAL-ID-CHANGED")
    told = deed(task, by=thu)
    assert refusal(lambda: decide(corrections.attach_personal_id, told, by=thu)) == "E-PID-TAKEN"
    assert _is_open(task)
    decide(corrections.keep, told, by=thu)
    assert sorted(column("SELECT personal_id FROM persons_person")) == [
        "003226000001",
        "003226000002",
    ]
    assert_whole()


def test_who_may_decide_and_where(thu: Actor, so_the: Actor) -> None:
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    told = deed(open_task(), by=thu)
    with pytest.raises(NotAllowed):
        decide(corrections.keep, told, by=so_the)
    become("lienthong_worker")
    elsewhere = officer("thu-hue-46", "collection", "46")
    with pytest.raises(NotFound):
        decide(corrections.keep, told, by=elsewhere)


def test_a_paper_behind_the_version_is_what_a_decision_is_about(thu: Actor, so_the: Actor) -> None:
    """After the card is out an officer typed a correction: page and database take it for the newest facts."""
    card_id = handed_over()
    (dossier_id,) = column("SELECT id FROM dossiers_dossier")
    papers.enter(1, "A1", at=SOON, twin=dossier_id, child_name="NGUYỄN MINH ÁNH")
    run(SOON)
    told = seen(open_task("T-CORRECTION-AFTER-CARD"), by=thu)
    assert (told.version, told.paper_no, told.version_vi) == (1, 1, "bản giấy, sau phiên bản 1")
    assert told.told.full_name == "NGUYỄN MINH ÁNH"
    (older,) = column("SELECT id FROM births_birth WHERE paper_no = 0")
    with pytest.raises(IntegrityError, match="as registered now"), transaction.atomic():
        rows(
            "INSERT INTO births_decision (task_id, birth_id, card_id, kind, reason, note, personal_id_before,"
            " asked_person, asked_by, asked_at, confirmed_by, dropped_by, dropped_note)"
            " VALUES (%s, %s, %s, 'keep', '', 'x', '', 1, 'officer:x', now(), '', '', '') RETURNING id",
            told.task_id,
            older,
            card_id,
        )
    further = decide(corrections.exchange_as_registered, deed(told.task_id, by=thu), by=thu)
    assert approve(further.card_id, by=so_the).done
    assert column("SELECT full_name FROM persons_person") == ["NGUYỄN MINH ÁNH"]
    assert_whole()

"""Parents, residence and area corrected after the card is out: an exchange where a card prints them, else the record alone."""

from datetime import date

import pytest

from lienthong.births import corrections, joining, record
from lienthong.births.changes import changes_of
from lienthong.cards import forms, inhand
from lienthong.cards.exchange import Asked
from lienthong.cards.forms import Entry
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.law.card_forms import CardForm
from tests import births, cards, papers
from tests.births import AT, NGOC_HA, column, rows, run
from tests.cards import LATER, active, approve, ask, assert_whole, handed_over, statuses
from tests.corrections import SOON, corrected, decide, deed, open_task, seen
from tests.declared import officer
from tests.officers import become

pytestmark = pytest.mark.django_db
FAMILY = "SELECT mother_name, mother_born, father_name, guardian_name FROM persons_person"
RESIDENCE = "SELECT residence_text, residence_commune_code FROM persons_person"
TASKS = "SELECT kind FROM dossiers_task WHERE closed_at IS NULL"
MOTHER = {"meHoTen": "TRẦN THỊ BÍNH"}
MOVED = {"nksNoiCuTru": {"maTinh": "01", "maXa": NGOC_HA, "dcChiTiet": "Số 9 ngõ 4"}}


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


@pytest.fixture
def thu() -> Actor:
    return cards.collector()


@pytest.fixture
def so_the() -> Actor:
    return cards.approver()


def _form_1313() -> None:
    """Hà Nội prints the older form from that day on."""
    entry = Entry("01", CardForm.CARD_1313.value, AT.date(), None, "Công văn thử")
    forms.choose(entry, by=officer("trung-uong-mau", "centre", ""), at=AT)


@pytest.mark.rule("A1")
@pytest.mark.parametrize("reaches", [handed_over, active])
def test_a1_a_parent_whom_no_card_names_is_corrected_in_the_record_without_a_task(
    reaches: object,
) -> None:
    reaches()  # type: ignore[operator]
    before = rows("SELECT * FROM cards_card")
    corrected(**MOTHER, meNgaySinh="1997")
    assert rows(FAMILY) == [("TRẦN THỊ BÍNH", "1997", "NGUYỄN VĂN CƯỜNG", "TRẦN THỊ BÍNH")]
    assert column(TASKS) == []
    assert rows("SELECT * FROM cards_card") == before
    assert_whole()


@pytest.mark.rule("A1")
def test_a1_a_parent_printed_on_form_1313_asks_for_an_exchange_in_one_move(
    thu: Actor, so_the: Actor
) -> None:
    _form_1313()
    old = handed_over()
    corrected(**MOTHER)
    task = open_task("T-CORRECTION-AFTER-CARD")
    assert column("SELECT detail ->> 'changed' FROM dossiers_task") == ['["guardian_name"]']
    # Until an officer decides the record says what the card says.
    assert rows(FAMILY)[0][3] == "TRẦN THỊ BÌNH"
    both = seen(task, by=thu)
    assert both.changes_card
    on_card = next(it for it in both.differences if it.name == "guardian_name")
    assert (on_card.card, on_card.told) == ("TRẦN THỊ BÌNH", "TRẦN THỊ BÍNH")
    made = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    assert made.rule == "002-2"
    approve(made.card_id, by=so_the)
    assert statuses() == [(old, "superseded"), (made.card_id, "active")]
    assert column("SELECT guardian_name FROM cards_card ORDER BY id") == [
        "TRẦN THỊ BÌNH",
        "TRẦN THỊ BÍNH",
    ]
    assert rows(FAMILY)[0] == ("TRẦN THỊ BÍNH", "1996", "NGUYỄN VĂN CƯỜNG", "TRẦN THỊ BÍNH")
    assert_whole()


@pytest.mark.rule("A2")
def test_a2_an_address_printed_on_form_1313_stands_on_the_new_card(
    thu: Actor, so_the: Actor
) -> None:
    _form_1313()
    handed_over()
    corrected(**MOVED)
    task = open_task("T-CORRECTION-AFTER-CARD")
    assert rows(RESIDENCE) == [("Số 5 ngõ 2", "00004")]
    made = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    # Where the child lives now decides whose the new request is, whatever the card says.
    assert column(
        "SELECT unit.code FROM cards_card AS card JOIN catalogues_unit AS unit ON unit.id = card.unit_id ORDER BY card.id"
    ) == ["TE01001", "TE01002"]
    approve(made.card_id, by=so_the)
    assert column("SELECT address FROM cards_card ORDER BY id") == ["Số 5 ngõ 2", "Số 9 ngõ 4"]
    assert rows(RESIDENCE) == [("Số 9 ngõ 4", NGOC_HA)]
    assert_whole()


@pytest.mark.rule("A2")
def test_a2_an_address_that_no_card_prints_moves_what_is_asked_for_from_now_on(thu: Actor) -> None:
    old = handed_over()
    corrected(**MOVED)
    assert column(TASKS) == []
    assert rows(RESIDENCE) == [("Số 9 ngõ 4", NGOC_HA)]
    assert column(
        "SELECT unit_id = (SELECT id FROM catalogues_unit WHERE code = 'TE01001') FROM dossiers_dossier"
    ) == [True]
    further = ask(Asked(old, "lost"), by=thu)
    assert column(
        "SELECT unit.code FROM dossiers_dossier AS dossier JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id"
        " WHERE dossier.id = %s",
        further.dossier_id,
    ) == ["TE01002"]
    assert_whole()


@pytest.mark.rule("A2")
def test_a2_the_code_of_the_area_stands_on_both_forms(thu: Actor, so_the: Actor) -> None:
    handed_over()
    corrected(maKV="K2")
    task = open_task("T-CORRECTION-AFTER-CARD")
    made = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    approve(made.card_id, by=so_the)
    assert column("SELECT area_code FROM cards_card ORDER BY id") == ["", "K2"]
    assert_whole()


def test_a_name_and_a_parent_at_once_are_one_question_and_one_card(
    thu: Actor, so_the: Actor
) -> None:
    _form_1313()
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH", **MOTHER)
    task = open_task("T-CORRECTION-AFTER-CARD")
    made = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    approve(made.card_id, by=so_the)
    told = rows("SELECT full_name, guardian_name FROM cards_card ORDER BY id DESC LIMIT 1")
    assert told == [("NGUYỄN MINH ANH", "TRẦN THỊ BÍNH")]
    assert column(TASKS) == []
    assert_whole()


def test_what_is_still_a_question_stays_one_when_a_later_version_changes_something_else() -> None:
    _form_1313()
    handed_over()
    corrected(**MOTHER)
    first = open_task()
    corrected(version=3, at=LATER, **MOTHER, chaNgaySinh="04/05/1994")
    assert {open_task(), first} <= set(
        column("SELECT id FROM dossiers_task WHERE closed_at IS NULL")
    )
    assert rows(FAMILY)[0][0] == "TRẦN THỊ BÌNH"
    corrected(version=4, at=LATER)
    assert column(TASKS) == []
    assert_whole()


def test_a_decision_to_keep_the_card_leaves_the_record_as_it_was(thu: Actor) -> None:
    _form_1313()
    handed_over()
    corrected(**MOTHER)
    decide(corrections.keep, deed(open_task(), by=thu), by=thu)
    assert rows(FAMILY)[0][0] == "TRẦN THỊ BÌNH"
    assert column(TASKS) == []
    assert_whole()


def test_other_capitals_or_the_place_of_a_tone_mark_are_no_other_parent() -> None:
    _form_1313()
    handed_over(meHoTen="TRẦN THỊ HOÀ")
    corrected(meHoTen="Trần Thị Hòa")
    assert column(TASKS) == []


def test_a_record_that_takes_a_paper_s_place_is_compared_by_an_officer_and_changes_nothing() -> (
    None
):
    papers.enter(1, "C3", at=AT)
    run(AT)
    (card_id,) = column("SELECT id FROM cards_card WHERE status = 'requested'")
    approve(card_id, by=cards.approver(), at=AT)
    before = rows(FAMILY)
    births.send(births.message(1, **MOTHER), at=SOON)
    run(SOON)
    assert rows(FAMILY) == before
    assert column(TASKS) == [joining.DIFFERS]


def test_what_was_corrected_is_told_in_the_record_with_before_and_after(thu: Actor) -> None:
    handed_over()
    corrected(**MOTHER)
    (code,) = column("SELECT code FROM dossiers_dossier")
    become("lienthong_web")
    with acting(thu, at=LATER):
        found = record.record(thu, code, on=LATER.date())
    become("lienthong_worker")
    assert found.child is not None
    assert found.child.mother_name == "TRẦN THỊ BÍNH"
    told = {it.what_vi for it in changes_of(found)}
    assert (
        "Cập nhật cha mẹ, nơi cư trú theo khai sinh; thẻ không in thông tin này nên không phải đổi"
        in told
    )


def test_the_form_in_the_family_s_hands_is_that_of_its_last_good_copy(so_the: Actor) -> None:
    card_id = active()
    person = column("SELECT person_id FROM cards_card")[0]

    def form() -> list[CardForm]:
        return [it for _, it in inhand.in_hand(so_the, person, on=LATER.date())]

    assert form() == [CardForm.CARD_1666]
    _form_1313()
    # It will be printed on the form of the day.
    assert form() == [CardForm.CARD_1313]
    become("lienthong_web")
    run_id = cards.printing.print_cards([card_id], by=so_the, at=AT).id
    cards.printing.mark_spoilt(run_id, [card_id], by=so_the, at=AT, reason="Kẹt giấy")
    become("lienthong_worker")
    assert form() == [CardForm.CARD_1313]
    assert inhand.in_hand(so_the, person, on=date(2033, 1, 1)) == []

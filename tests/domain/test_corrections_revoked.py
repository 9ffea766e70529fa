"""When a card that is out is taken away: no longer entitled, a death, a cancellation (A3); by two officers, the number stays."""

from datetime import date, timedelta

import pytest

from lienthong.births import corrections
from lienthong.cards import exchange
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict
from tests import births, cards
from tests.births import NGOC_HA, column, message, rows, run, send
from tests.cards import approve, assert_whole, handed_over, statuses
from tests.corrections import LATER, corrected, decide, deed, head, open_task, seen
from tests.declared import officer, refusal

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


def test_a_child_corrected_to_be_over_six_loses_the_card_by_two_officers_and_keeps_the_number(
    thu: Actor, truong: Actor
) -> None:
    old = handed_over()
    number = column("SELECT insurance_number FROM cards_card")
    corrected(**OVER_SIX)
    task = open_task("T-NO-LONGER-ENTITLED")
    told = deed(task, by=thu)
    assert refusal(lambda: decide(corrections.exchange_as_registered, told, by=thu)) == "N-AGE"
    decide(corrections.ask_revocation, told, by=thu)
    assert statuses() == [(old, "active")]
    assert refusal(lambda: decide(corrections.confirm_revocation, told, by=thu)) == "FOUR_EYES"
    with pytest.raises(Conflict):
        decide(corrections.keep, told, by=truong)
    assert decide(corrections.confirm_revocation, told, by=truong) == [old]
    assert rows("SELECT status, end_reason FROM cards_card") == [("revoked", "N-AGE")]
    assert rows("SELECT state, reason FROM dossiers_dossier") == [("CANCELLED", "N-AGE")]
    assert rows(PERSON)[0][1] == date(2019, 11, 12)
    assert column("SELECT number FROM persons_number WHERE status = 'active'") == number
    assert column("SELECT void_reason FROM collection_entry") == ["N-AGE"]
    assert not _is_open(task)
    assert_whole()
    _family_is_told(thu)


def _family_is_told(thu: Actor) -> None:
    task = open_task("T-CARD-REVOKED")
    text = corrections.notice_vi(seen(task, by=thu))
    assert "không còn giá trị sử dụng từ ngày 23/11/2026" in text
    assert "không còn thuộc diện trẻ em dưới 6 tuổi" in text
    assert column("SELECT insurance_number FROM cards_card")[0] not in text
    decide(corrections.told_family, deed(task, by=thu, note="Đã gọi cho mẹ"), by=thu)
    assert column("SELECT count(*) FROM dossiers_task WHERE closed_at IS NULL") == [0]


def test_one_human_being_with_two_accounts_does_not_confirm_alone(thu: Actor) -> None:
    handed_over()
    corrected(**OVER_SIX)
    told = deed(open_task(), by=thu)
    decide(corrections.ask_revocation, told, by=thu)
    # The same personal number as `thu-thu`, so the same person.
    other = officer("truong-x"[: len("thu-thu")], "head", "01")
    assert other.person_key == thu.person_key
    assert refusal(lambda: decide(corrections.confirm_revocation, told, by=other)) == "FOUR_EYES"


def test_a_revocation_is_refused_for_an_entitled_child_and_may_be_dropped(
    thu: Actor, truong: Actor
) -> None:
    old = handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    told = deed(open_task(), by=thu)
    assert refusal(lambda: decide(corrections.ask_revocation, told, by=thu)) == "ENTITLED"
    corrected(version=3, at=LATER, **OVER_SIX)
    task = open_task("T-NO-LONGER-ENTITLED")
    told = deed(task, by=thu)
    decide(corrections.ask_revocation, told, by=thu)
    decide(corrections.drop_revocation, told, by=truong)
    assert _is_open(task)
    with pytest.raises(Conflict):
        decide(corrections.confirm_revocation, told, by=truong)
    decide(corrections.keep, told, by=truong)
    assert statuses() == [(old, "active")]
    assert_whole()


def test_a_death_takes_the_card_and_what_arose_before_it_stays_due(
    thu: Actor, truong: Actor
) -> None:
    old = handed_over()
    further = cards.ask(exchange.Asked(old, "lost"), by=thu)
    corrected(nksNgayMat="18/11/2026")
    told = deed(open_task("T-NO-LONGER-ENTITLED"), by=thu)
    decide(corrections.ask_revocation, told, by=thu)
    decide(corrections.confirm_revocation, told, by=truong)
    assert statuses() == [(old, "revoked"), (further.card_id, "cancelled")]
    assert column("SELECT voided_at FROM collection_entry") == [None]
    assert column("SELECT died_on FROM persons_person") == [date(2026, 11, 18)]
    assert_whole()


def test_a_child_entitled_again_after_a_revocation_gets_a_card_under_the_same_number(
    thu: Actor, truong: Actor
) -> None:
    handed_over()
    corrected(**OVER_SIX)
    told = deed(open_task(), by=thu)
    decide(corrections.ask_revocation, told, by=thu)
    decide(corrections.confirm_revocation, told, by=truong)
    corrected(version=3, at=LATER + timedelta(hours=1))
    new = int(column("SELECT id FROM cards_card WHERE status = 'requested'")[0])
    approve(new, by=truong, at=LATER + timedelta(hours=2))
    assert [it for _, it in statuses()] == ["revoked", "active"]
    assert len(set(column("SELECT insurance_number FROM cards_card"))) == 1
    assert_whole()


@pytest.mark.rule("A3")
@pytest.mark.parametrize("is_new_entry", [True, False])
def test_a3_a_cancelled_registration_takes_the_card_and_the_new_one_brings_a_card_of_the_same_number(
    is_new_entry: bool, thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    corrected(kind="cancel")
    assert statuses() == [(old, "revoked")]
    task = open_task("T-CARD-REVOKED")
    text = corrections.notice_vi(seen(task, by=thu))
    assert "đã hủy việc đăng ký khai sinh" in text
    entry = {"ndkksMaXa": NGOC_HA, "soDangKy": "900"} if is_new_entry else {"version": 3}
    send(message(1, message_id="MOI-1", nksGioiTinh=1, **entry), at=LATER)  # type: ignore[arg-type]
    run(LATER)
    new = int(column("SELECT id FROM cards_card WHERE status = 'requested'")[0])
    assert approve(new, by=so_the).done == (new,)
    assert statuses() == [(old, "revoked"), (new, "active")]
    assert column("SELECT count(*) FROM persons_person") == [1]
    assert len(set(column("SELECT insurance_number FROM cards_card"))) == 1
    decide(corrections.told_family, deed(task, by=thu), by=thu)
    assert_whole()


@pytest.mark.rule("A3")
def test_a3_a_cancellation_closes_what_nobody_need_decide_any_more(thu: Actor) -> None:
    handed_over()
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task()
    further = decide(corrections.exchange_as_registered, deed(task, by=thu), by=thu)
    corrected(version=3, kind="cancel", at=LATER)
    assert dict(statuses())[further.card_id] == "cancelled"
    assert column("SELECT kind FROM dossiers_task WHERE closed_at IS NULL") == ["T-CARD-REVOKED"]
    assert_whole()

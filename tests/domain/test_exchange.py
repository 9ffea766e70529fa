"""A further card: 002-2 … 002-7 by the real actions, with the rights of pages; the one before ends when it begins."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from lienthong.cards import (
    exchange,
)
from lienthong.cards.exchange import Asked, NewFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Conflict, LienthongError, NotAllowed, NotFound
from lienthong.kernel.names import fold_key, tone_key
from tests import births, cards
from tests.births import AT, column, message, rows, run, send
from tests.cards import (
    LATER,
    active,
    approve,
    as_if_committed,
    ask,
    assert_whole,
    handed_over,
    statuses,
)
from tests.declared import officer, refusal
from tests.officers import become

pytestmark = pytest.mark.django_db
CARD = (
    "SELECT code, insurance_number, lower(valid), upper(valid), five_year_on, facility_code, version"
    " FROM cards_card WHERE id = %s"
)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


@pytest.fixture
def thu() -> Actor:
    return cards.collector()


@pytest.fixture
def so_the() -> Actor:
    return cards.approver()


def _facts(**changes: object) -> NewFacts:
    name = "NGUYỄN MINH ANH"
    held = NewFacts(name, tone_key(name), fold_key(name), date(2026, 11, 12), "male")
    return replace(held, **changes)  # type: ignore[arg-type]


def _state(dossier_id: int) -> str:
    return str(column("SELECT state FROM dossiers_dossier WHERE id = %s", dossier_id)[0])


@pytest.mark.rule("002-2")
@pytest.mark.parametrize("ground", ["lost", "damaged"])
def test_002_2_a_lost_or_damaged_card_is_issued_again_with_the_same_days_and_number(
    ground: str, thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    further = ask(Asked(old, ground), by=thu)
    assert further.rule == "002-2"
    assert statuses() == [(old, "active"), (further.card_id, "requested")]
    assert _state(further.dossier_id) == "APPROVAL_REQUESTED"
    assert approve(further.card_id, by=so_the).done == (further.card_id,)
    assert statuses() == [(old, "superseded"), (further.card_id, "active")]
    before, after = rows(CARD, old)[0], rows(CARD, further.card_id)[0]
    assert after[:6] == before[:6]
    assert after[6] == before[6] + 1
    assert column("SELECT ended_at FROM cards_card WHERE id = %s", old) == column(
        "SELECT approved_at FROM cards_card WHERE id = %s", further.card_id
    )
    assert_whole()


def test_the_further_card_has_a_dossier_and_a_clock_of_its_own(thu: Actor) -> None:
    old = handed_over()
    same_day = ask(Asked(old, "lost"), by=thu)
    first, second = rows("SELECT kind, due_on, received_at, code FROM dossiers_dossier ORDER BY id")
    assert first[0] == "first"
    # LATER is a Monday: a re-issue without a change is due the same day.
    assert second[:3] == ("exchange", LATER.date(), LATER)
    assert second[3].startswith("DT-261123-")
    become("lienthong_web")
    exchange.withdraw(same_day.card_id, by=thu, at=LATER, reason="Gia đình tìm thấy thẻ")
    become("lienthong_worker")
    assert statuses() == [(old, "active"), (same_day.card_id, "cancelled")]
    assert _state(same_day.dossier_id) == "CANCELLED"
    # With a change three working days; 24/11 is a holiday.
    changed = ask(Asked(old, "facility", facility_code="01A08"), by=thu)
    assert column("SELECT due_on FROM dossiers_dossier WHERE id = %s", changed.dossier_id) == [
        date(2026, 11, 27)
    ]
    assert_whole()


def test_another_facility_stands_on_the_new_card_alone(thu: Actor, so_the: Actor) -> None:
    old = handed_over()
    further = ask(Asked(old, "facility", facility_code="01A08"), by=thu)
    approve(further.card_id, by=so_the)
    assert rows(CARD, old)[0][5] == "01013"
    assert rows(CARD, further.card_id)[0][5] == "01A08"
    assert_whole()


@pytest.mark.parametrize("printed", [False, True])
def test_a_card_still_on_its_way_is_replaced_inside_its_dossier(
    printed: bool, thu: Actor, so_the: Actor
) -> None:
    old = active()
    if printed:
        become("lienthong_web")
        cards.printing.print_cards([old], by=so_the, at=AT)
        become("lienthong_worker")
    further = ask(Asked(old, "information", address="Số 7 ngõ 3"), by=thu)
    assert column("SELECT count(*) FROM dossiers_dossier") == [1]
    assert _state(further.dossier_id) == "APPROVAL_REQUESTED"
    assert_whole()
    become("lienthong_web")
    exchange.withdraw(further.card_id, by=thu, at=LATER, reason="Nhập nhầm")
    become("lienthong_worker")
    assert _state(further.dossier_id) == ("PRINTED" if printed else "APPROVED")
    assert_whole()
    again = ask(Asked(old, "information", address="Số 7 ngõ 3"), by=thu)
    approve(again.card_id, by=so_the)
    assert dict(statuses())[old] == "superseded"
    assert _state(again.dossier_id) == "APPROVED"
    assert_whole()


def test_a_further_card_still_on_its_way_is_replaced_inside_the_dossier_of_the_exchange(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    first = ask(Asked(old, "damaged"), by=thu)
    approve(first.card_id, by=so_the)
    second = ask(Asked(first.card_id, "lost"), by=thu)
    assert second.dossier_id == first.dossier_id
    become("lienthong_web")
    exchange.withdraw(second.card_id, by=thu, at=LATER, reason="Nhập nhầm")
    become("lienthong_worker")
    assert _state(first.dossier_id) == "APPROVED"
    assert [it for _, it in statuses()] == ["superseded", "active", "cancelled"]
    assert_whole()


@pytest.mark.rule("002-6")
def test_002_6_a_corrected_birth_date_over_30_9_computes_the_days_anew(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over(nksNgaySinh="30/09/2026")
    assert rows(CARD, old)[0][3] == date(2032, 10, 1)
    facts = _facts(born_on=date(2026, 10, 1))
    further = ask(Asked(old, "registered", facts=facts), by=thu)
    assert further.rule == "002-6"
    # Nothing of the child changes before the approval.
    assert column("SELECT born_on FROM persons_person") == [date(2026, 9, 30)]
    approve(further.card_id, by=so_the)
    assert rows(CARD, further.card_id)[0][2:5] == (
        date(2026, 10, 1),
        date(2032, 11, 1),
        date(2031, 10, 1),
    )
    assert rows(
        "SELECT full_name, born_on, lower(entitled), upper(entitled) FROM persons_person"
    ) == [("NGUYỄN MINH ANH", date(2026, 10, 1), date(2026, 10, 1), date(2032, 11, 1))]
    assert set(column("SELECT child_name FROM dossiers_dossier")) == {"NGUYỄN MINH ANH"}
    assert len(set(column("SELECT insurance_number FROM cards_card"))) == 1
    as_if_committed()


def _ended(old: int, end: str = "2026-11-22") -> None:
    """As if the card, and the entitlement that it fills, had been given until that day only."""
    as_if_committed()
    with births.acting(births.system(), at=AT):
        rows(
            "UPDATE persons_person SET entitled = daterange('2026-11-12', %s) RETURNING 1",
            end,
        )
        rows(
            "UPDATE cards_card SET valid = daterange('2026-11-12', %s) WHERE id = %s RETURNING 1",
            end,
            old,
        )


@pytest.mark.rule("002-3")
def test_002_3_another_entitlement_follows_and_the_old_card_runs_to_its_end(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    _ended(old, "2028-01-01")
    end, most = date(2028, 1, 1), date(2032, 12, 1)
    further = ask(Asked(old, "continued", entitlement=DateRange(end, most)), by=thu)
    assert further.rule == "002-3"
    approve(further.card_id, by=so_the)
    assert statuses() == [(old, "active"), (further.card_id, "active")]
    assert rows(CARD, further.card_id)[0][2:5] == (end, most, date(2031, 11, 12))
    assert column("SELECT upper(entitled) FROM persons_person") == [most]


def test_a_child_s_card_never_outlasts_what_the_law_gives_the_child(thu: Actor) -> None:
    old = handed_over()
    end = rows(CARD, old)[0][3]
    longer = Asked(old, "continued", entitlement=DateRange(end, date(2033, 12, 1)))
    before = Asked(old, "continued", entitlement=DateRange(date(2026, 11, 11), end))
    assert refusal(lambda: ask(longer, by=thu)) == "N-AGE"
    assert refusal(lambda: ask(before, by=thu)) == "N-AGE"
    assert statuses() == [(old, "active")]


@pytest.mark.rule("002-4")
def test_002_4_an_expired_card_of_one_who_was_covered_goes_on_from_its_end(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    _ended(old)
    further = ask(Asked(old, "continued"), by=thu)
    assert further.rule == "002-4"
    approve(further.card_id, by=so_the)
    assert rows(CARD, further.card_id)[0][2:4] == (date(2026, 11, 22), date(2032, 12, 1))
    assert statuses() == [(old, "active"), (further.card_id, "active")]


@pytest.mark.rule("002-5")
def test_002_5_after_a_break_cover_and_the_five_years_begin_anew(thu: Actor, so_the: Actor) -> None:
    old = handed_over()
    _ended(old)
    asked = Asked(
        old,
        "continued",
        entitlement=DateRange(date(2027, 1, 1), date(2028, 1, 1)),
        has_entitlement_in_gap=False,
    )
    further = ask(asked, by=thu)
    assert further.rule == "002-5"
    approve(further.card_id, by=so_the)
    assert statuses() == [(old, "expired"), (further.card_id, "active")]
    assert rows(CARD, further.card_id)[0][2:5] == (
        date(2027, 1, 1),
        date(2028, 1, 1),
        date(2032, 1, 1),
    )
    as_if_committed()


@pytest.mark.rule("002-7")
def test_002_7_what_would_leave_a_gap_is_refused_with_a_sentence(thu: Actor) -> None:
    old = handed_over()
    as_if_committed()
    later = DateRange(date(2032, 12, 5), date(2033, 12, 1))
    with births.acting(births.system(), at=AT):
        rows(
            "UPDATE persons_person SET entitled = daterange('2026-11-12', '2034-01-01') RETURNING 1"
        )
    assert refusal(lambda: ask(Asked(old, "lost"), by=thu)) == "002-7"
    assert refusal(lambda: ask(Asked(old, "lost", entitlement=later), by=thu)) == "PART"
    assert statuses() == [(old, "active")]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked(0, "wish"), "GROUND"),
        (Asked(0, ""), "GROUND"),
        (Asked(0, "lost", facility_code="01A08"), "PART"),
        (Asked(0, "facility", address="Số 7"), "PART"),
        (Asked(0, "facility", facility_code="01013"), "UNCHANGED"),
        (Asked(0, "facility", facility_code="99999"), "FACILITY"),
        (Asked(0, "facility", facility_code=""), "FACILITY"),
        (Asked(0, "information", area_code="K9"), "AREA"),
        (Asked(0, "registered", facts=_facts(full_name="NGUYỄN MINH AN")), "UNCHANGED"),
        (Asked(0, "information"), "UNCHANGED"),
        (Asked(0, "information", facts=_facts()), "PART"),
        (Asked(0, "registered"), "PART"),
    ],
)
def test_what_a_ground_does_not_allow_is_refused(asked: Asked, code: str, thu: Actor) -> None:
    old = handed_over()
    assert refusal(lambda: ask(replace(asked, card_id=old), by=thu)) == code
    assert statuses() == [(old, "active")]


def test_one_live_request_a_card_and_none_for_one_that_is_not_active(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    further = ask(Asked(old, "lost"), by=thu)
    with pytest.raises(Conflict):
        ask(Asked(old, "damaged"), by=thu)
    approve(further.card_id, by=so_the)
    assert refusal(lambda: ask(Asked(old, "lost"), by=thu)) == "NOT_ACTIVE"
    again = ask(Asked(further.card_id, "damaged"), by=thu)
    assert approve(again.card_id, by=so_the).done
    assert [it for _, it in statuses()] == ["superseded", "superseded", "active"]
    assert_whole()


def test_who_may_ask_and_who_may_approve(thu: Actor, so_the: Actor) -> None:
    old = handed_over()
    with pytest.raises(NotAllowed):
        ask(Asked(old, "lost"), by=so_the)
    elsewhere = officer("thu-hue", "collection", "46")
    with pytest.raises(NotFound):
        ask(Asked(old, "lost"), by=elsewhere)
    further = ask(Asked(old, "lost"), by=thu)
    with pytest.raises(LienthongError):
        approve(further.card_id, by=thu)
    become("lienthong_worker")
    with pytest.raises(NotFound):
        exchange.withdraw(old, by=thu, at=LATER, reason="x")


def test_a_card_cancelled_meanwhile_is_not_replaced(thu: Actor, so_the: Actor) -> None:
    old = handed_over()
    further = ask(Asked(old, "lost"), by=thu)
    send(message(kind="cancel", version=2, message_id="LTKS-2026-0000099"), at=LATER)
    run(LATER)
    assert dict(statuses()) == {old: "revoked", further.card_id: "cancelled"}
    assert set(column("SELECT state FROM dossiers_dossier")) == {"CANCELLED"}
    refused = approve(further.card_id, by=so_the).refused
    assert [it.code for it in refused] == ["CHANGED"]
    assert_whole()


def test_a_correction_while_a_further_card_waits_asks_an_officer_and_moves_nothing(
    thu: Actor,
) -> None:
    old = active()
    further = ask(Asked(old, "information", address="Số 7"), by=thu)
    send(
        message(kind="correct", version=2, message_id="LTKS-2026-0000098", nksHoTen="LÊ AN"),
        at=LATER,
    )
    run(LATER + timedelta(hours=1))
    assert statuses() == [(old, "active"), (further.card_id, "requested")]
    assert column("SELECT kind FROM dossiers_task") == ["T-CORRECTION-AFTER-CARD"]


def test_foreseeing_changes_nothing_and_draws_the_line(thu: Actor) -> None:
    old = handed_over()
    become("lienthong_web")
    with births.acting(thu, at=LATER):
        foreseen = exchange.foresee(Asked(old, "lost"), by=thu, on=LATER.date())
    become("lienthong_worker")
    assert [it.card_id for it in foreseen.before] == [old]
    assert [it.card_id for it in foreseen.after] == [0]
    assert foreseen.before[0].valid == foreseen.after[0].valid == foreseen.entitled
    assert statuses() == [(old, "active")]


def test_a_child_corrected_to_be_over_six_gets_no_further_card(thu: Actor) -> None:
    old = handed_over()
    over = Asked(old, "registered", facts=_facts(born_on=date(2020, 1, 1)))
    assert refusal(lambda: ask(over, by=thu)) == "N-AGE"
    assert statuses() == [(old, "active")]

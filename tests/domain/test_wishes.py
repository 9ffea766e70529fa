"""What a family chose and could not have: the gap that officers see, the tasks that settle by themselves, the offer."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from lienthong.cards import facility_endings, wishes
from lienthong.cards.exchange import Asked
from lienthong.catalogues import facility_desk
from lienthong.catalogues import facility_desk_lines as lines
from lienthong.catalogues.facility_file import FacilityFacts
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import facility_gaps
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange, vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from tests.births import AT, ON, column, message, rows, run, send, small_country, system
from tests.cards import LATER, active, approve, approver, ask, assert_whole, collector, handed_over
from tests.conftest import BecomeWeb
from tests.declared import officer

pytestmark = pytest.mark.django_db
WISHED = "01999"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()


def listed(code: str = WISHED, *, first: date = date(2026, 1, 1), last: date | None = None) -> int:
    days = DateRange(first) if last is None else DateRange.closed(first, last)
    told = FacilityFacts(code, "Bệnh viện Mới", "01", "00004", "", True, days, ON)
    return facility_desk.add(told, by=system(), at=AT)


def follow(at: datetime = LATER) -> int:
    return wishes.follow(by=system(), at=at, on=vietnam_date(at))


def open_tasks() -> list[str]:
    return column("SELECT kind FROM dossiers_task WHERE closed_at IS NULL ORDER BY id")


def answers() -> list[str | None]:
    return column(
        "SELECT detail ->> 'answer' FROM dossiers_task WHERE closed_at IS NOT NULL ORDER BY id"
    )


def offer_id() -> int:
    return int(column("SELECT id FROM dossiers_task WHERE kind = 'T-FACILITY-OFFER'")[0])


def facility_of_card() -> list[str]:
    return column("SELECT facility_code FROM cards_card WHERE status = 'active'")


@pytest.mark.rule("001-7")
def test_a_missing_facility_holds_no_card_and_stands_as_a_gap_until_it_is_there() -> None:
    for number in (1, 2):
        send(message(number, noiDKKCB=WISHED))
    run()
    assert column("SELECT facility_code FROM cards_card") == ["01013", "01013"]
    (gap,) = facility_gaps.gaps(system(), on=ON)
    assert (gap.code, gap.child_count, gap.since, gap.fault) == (WISHED, 2, AT, "unknown")
    assert gap.province_name == "Thành phố Hà Nội"
    assert follow() == 0
    listed()
    assert facility_gaps.gaps(system(), on=ON) == []


@pytest.mark.parametrize(
    ("first", "last", "registers", "fault"),
    [
        (date(2025, 1, 1), ON - timedelta(days=1), True, "ended"),
        (ON + timedelta(days=1), None, True, "to_come"),
        (date(2025, 1, 1), None, False, "no_children"),
    ],
)
def test_a_gap_says_why_the_facility_cannot_be_had(
    first: date, last: date | None, registers: bool, fault: str
) -> None:
    send(message(1, noiDKKCB=WISHED))
    days = DateRange(first) if last is None else DateRange.closed(first, last)
    told = FacilityFacts(WISHED, "Bệnh viện Cũ", "01", "", "", registers, days, ON)
    facility_desk.add(told, by=system(), at=AT)
    run()
    (gap,) = facility_gaps.gaps(system(), on=ON)
    assert (gap.name, gap.fault, gap.last) == ("Bệnh viện Cũ", fault, last)
    assert follow(AT) == 0
    assert open_tasks() == ["H-FACILITY"]


@pytest.mark.rule("001-7")
def test_once_it_is_there_the_task_settles_and_the_family_is_offered_it_while_the_card_stays() -> (
    None
):
    active(1, noiDKKCB=WISHED)
    before = rows("SELECT * FROM cards_card")
    listed()
    assert follow() == 1
    assert follow() == 0
    assert (open_tasks(), answers()) == (["T-FACILITY-OFFER"], ["listed"])
    assert rows("SELECT * FROM cards_card") == before
    assert column("SELECT closed_by FROM dossiers_task WHERE closed_at IS NOT NULL") == ["system"]
    found = wishes.offer(system(), offer_id(), on=ON)
    assert (found.wished_code, found.wished_name, found.held_code, found.held_name) == (
        WISHED,
        "Bệnh viện Mới",
        "01013",
        "Cơ sở 01013",
    )
    assert found.is_exchangeable
    assert_whole()


def test_an_offer_made_before_approval_waits_for_it() -> None:
    send(message(1, noiDKKCB=WISHED))
    run()
    listed()
    assert follow(AT) == 1
    assert not wishes.offer(system(), offer_id(), on=ON).is_exchangeable


def test_an_exchange_of_facility_answers_the_offer_and_the_code_of_the_card_stays() -> None:
    card_id = handed_over(1, noiDKKCB=WISHED)
    listed()
    follow()
    code = column("SELECT code FROM cards_card")[0]
    made = ask(Asked(card_id, "facility", facility_code=WISHED), by=collector())
    assert follow() == 1
    assert (open_tasks(), answers()) == ([], ["listed", "has_it"])
    # Still the old card until the other officer approves.
    assert facility_of_card() == ["01013"]
    approve(made.card_id, by=approver())
    assert facility_of_card() == [WISHED]
    assert column("SELECT DISTINCT code FROM cards_card") == [code]
    assert_whole()


def test_another_choice_of_the_family_answers_it_too() -> None:
    card_id = handed_over(1, noiDKKCB=WISHED)
    ask(Asked(card_id, "facility", facility_code="01A08"), by=collector())
    assert follow() == 1
    assert (open_tasks(), answers()) == ([], ["other"])


def test_a_registration_that_names_another_facility_answers_it() -> None:
    send(message(1, noiDKKCB=WISHED))
    run()
    send(message(1, message_id="LTKS-2026-0000009", kind="correct", version=2, noiDKKCB="01A08"))
    run()
    assert follow() == 1
    assert (open_tasks(), answers()) == ([], ["changed"])
    assert column("SELECT facility_code FROM cards_card WHERE status = 'requested'") == ["01A08"]


def test_a_card_composed_anew_for_the_same_missing_facility_opens_the_task_again() -> None:
    send(message(1, noiDKKCB=WISHED))
    run()
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute("UPDATE dossiers_task SET closed_at = %s, closed_by = 'system'", [AT])
    send(
        message(
            1, message_id="LTKS-2026-0000009", kind="correct", version=2, noiDKKCB=WISHED,
            nksHoTen="NGUYỄN MINH ANH",
        )
    )  # fmt: skip
    run()
    assert open_tasks() == ["H-FACILITY"]


def test_what_an_officer_closed_stays_closed() -> None:
    active(1, noiDKKCB=WISHED)
    by = officer("thu-01", "collection", "01")
    (task_id,) = column("SELECT id FROM dossiers_task")
    dossiers.settle_task([task_id], "DONE", note="Gia đình giữ nơi cũ", by=by, at=AT)
    listed()
    assert follow() == 0
    assert open_tasks() == []


def test_a_cancelled_registration_ends_the_wish() -> None:
    send(message(1, noiDKKCB=WISHED))
    run()
    send(message(1, message_id="LTKS-2026-0000009", kind="cancel", version=2))
    run()
    assert follow() == 1
    assert (open_tasks(), answers()) == ([], ["over"])


def test_the_family_may_keep_what_the_card_says(as_web_role: BecomeWeb) -> None:
    active(1, noiDKKCB=WISHED)
    listed()
    follow()
    by, other = officer("thu-01", "collection", "01"), officer("thu-46", "collection", "46")
    key = offer_id()
    with as_web_role(), acting(by, at=LATER):
        with pytest.raises(Refused):
            wishes.decline(key, note=" ", by=by, at=LATER)
        wishes.decline(key, note="Gia đình giữ nơi đang ghi", by=by, at=LATER)
        with pytest.raises(Conflict):
            wishes.decline(key, note="Lại", by=by, at=LATER)
    with as_web_role(), acting(other, at=LATER), pytest.raises(NotFound):
        wishes.offer(other, key, on=ON)
    assert follow() == 0
    assert facility_of_card() == ["01013"]


def test_an_offer_that_was_declined_is_not_made_again() -> None:
    active(1, noiDKKCB=WISHED)
    listed()
    follow()
    by = officer("thu-01", "collection", "01")
    wishes.decline(offer_id(), note="Gia đình giữ nơi đang ghi", by=by, at=LATER)
    with acting(system(), at=LATER), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_task SET closed_at = NULL, closed_by = '' WHERE kind = 'H-FACILITY'"
        )
    assert follow() == 1
    assert open_tasks() == []


def test_an_offer_whose_facility_is_gone_again_stands_as_a_gap() -> None:
    active(1, noiDKKCB=WISHED)
    key = listed()
    follow()
    seen = lines.contract_of(system(), key).stamp
    facility_desk.end(key, ON, seen=seen, by=system(), at=AT)
    (gap,) = facility_gaps.gaps(system(), on=ON + timedelta(days=1))
    assert (gap.code, gap.fault) == (WISHED, "ended")
    assert not wishes.offer(system(), offer_id(), on=ON + timedelta(days=1)).can_be_had
    assert follow() == 0


def test_a_province_sees_the_gaps_of_its_own_children(as_web_role: BecomeWeb) -> None:
    send(message(1, noiDKKCB=WISHED))
    run()
    for username, role, province, seen in (
        ("tinh-01", "province", "01", [WISHED]),
        ("tinh-46", "province", "46", []),
        ("trung-uong", "centre", "", [WISHED]),
    ):
        by = officer(username, role, province)
        with as_web_role(), acting(by, at=AT):
            assert [it.code for it in facility_gaps.gaps(by, on=ON)] == seen


# ---------------------------------------------------------------- contracts that end

Ending = Callable[[int], None]


@pytest.fixture
def ends_in() -> Ending:
    """Let the contract of 01013, where the children are registered, end in so many days from `ON`."""

    def end(days: int) -> None:
        (held,) = lines.contracts_of("01013")
        last = ON + timedelta(days=days)
        facility_desk.end(held.id, last, seen=held.stamp, by=system(), at=AT)

    return end


def notices() -> list[tuple[Any, ...]]:
    return rows(
        "SELECT recipient, area, words ->> 'days', words ->> 'count' FROM notices_notice"
        " WHERE kind = 'CONTRACT_ENDS' ORDER BY id"
    )


def tell(days: int) -> int:
    at = AT + timedelta(days=days)
    return facility_endings.tell(by=system(), at=at, on=vietnam_date(at))


def test_the_province_is_told_sixty_and_thirty_days_before_and_once_each(ends_in: Ending) -> None:
    active(1)
    by, _ = officer("tinh-01", "province", "01"), officer("tinh-46", "province", "46")
    officer("don-vi", "province", "01", "TE01001")
    ends_in(100)
    assert tell(0) == tell(39) == 0
    assert tell(40) == 1
    assert tell(41) == tell(69) == 0
    assert tell(70) == 1
    assert tell(99) == 0
    to = f"officer:{by.account_id}"
    assert notices() == [(to, -1, "60", "1"), (to, -1, "30", "1")]


def test_a_contract_with_one_to_follow_is_no_end(ends_in: Ending) -> None:
    officer("tinh-01", "province", "01")
    ends_in(20)
    listed("01013", first=ON + timedelta(days=21))
    assert tell(0) == 0
    assert tell(1) == 0


def test_the_children_registered_there_are_counted_and_listed_in_ones_area(
    ends_in: Ending, as_web_role: BecomeWeb
) -> None:
    active(1)
    active(2, nksHoTen="LÊ THỊ BA")
    ends_in(20)

    def seen(by: Actor) -> tuple[dict[str, int], list[str]]:
        found = facility_endings.children(by, "01013", on=ON)
        return facility_endings.child_counts(by, ["01013"], on=ON), [it.full_name for it in found]

    own, other = officer("thu-01", "collection", "01"), officer("thu-46", "collection", "46")
    with as_web_role(), acting(own, at=AT):
        assert seen(own) == ({"01013": 2}, ["NGUYỄN MINH AN", "LÊ THỊ BA"])
        after = facility_endings.children(own, "01013", on=ON)[0].id
        assert len(facility_endings.children(own, "01013", on=ON, after=after)) == 1
    with as_web_role(), acting(other, at=AT):
        assert seen(other) == ({}, [])

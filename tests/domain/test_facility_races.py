"""Officers and the worker at once about one facility, one help line, one wish: one winner, a clean refusal, nothing lost."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lienthong.cards import actions, exchange, printing, wishes
from lienthong.cards.exchange import Asked
from lienthong.catalogues import contacts, contacts_desk, facility_desk
from lienthong.catalogues import facility_desk_lines as lines
from lienthong.catalogues.contacts import Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.catalogues.facility_file import FacilityFacts
from lienthong.database.address import Address
from lienthong.kernel.dates import DateRange, vietnam_date
from lienthong.kernel.errors import Conflict, LienthongError
from tests import births
from tests.births import AT, ON, column, message, run, send, system
from tests.cards import shown
from tests.domain.test_exchange_races import DESK, THU
from tests.races import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.timeout(300)
LATER = AT + timedelta(days=3)
_ROUNDS = 5


@pytest.fixture(autouse=True)
def _country(committed_db: Address) -> None:
    births.small_country()


def _facts(code: str, first: date, last: date) -> FacilityFacts:
    days = DateRange.closed(first, last)
    return FacilityFacts(code, f"Cơ sở {code}", "01", "00004", "", True, days, ON)


def _codes(told: list[Any]) -> list[str]:
    return [each.code for each in told if isinstance(each, LienthongError)]


def test_two_officers_add_one_contract_on_a_day() -> None:
    for number in range(_ROUNDS):
        code = f"0177{number}"
        first = date(2026, 1, 1)
        ranges = [(first, date(2026, 12, 31)), (first + timedelta(days=30), date(2027, 6, 30))]
        told = at_once(
            *(
                lambda it=it: facility_desk.add(_facts(code, *it), by=system(), at=AT)  # noqa: B023
                for it in ranges
            )
        )
        assert _codes(told) == ["E-OVERLAP"]
        assert len(lines.contracts_of(code)) == 1


def test_of_two_officers_who_change_one_contract_the_slower_is_told() -> None:
    key = facility_desk.add(
        _facts("01777", date(2026, 1, 1), date(2026, 12, 31)), by=system(), at=AT
    )
    for number in range(_ROUNDS):
        held = lines.contract_of(system(), key)
        names = [replace(held.facts, name=f"Tên {number}{letter}") for letter in "ab"]
        told = at_once(
            *(
                lambda it=it: facility_desk.mend(key, it, seen=held.stamp, by=system(), at=AT)  # noqa: B023
                for it in names
            )
        )
        assert _codes(told) == ["CHANGED"]
        winner = names[[isinstance(each, Conflict) for each in told].index(False)]
        assert lines.contract_of(system(), key).facts == winner


def test_two_officers_enter_one_duty() -> None:
    for duty in Duty:
        entries = [Entry(duty, f"090000020{number}", "Lê Văn Mẫu") for number in range(2)]
        told = at_once(
            *(
                lambda it=it: contacts_desk.put("01", it, ON, seen=0, by=system(), at=AT)
                for it in entries
            )
        )
        assert _codes(told) == ["CHANGED"]
    assert len(contacts.entries(system(), "01")) == len(Duty)


def test_the_worker_and_officers_settle_a_wish_once_and_change_no_card_by_themselves() -> None:
    for number in range(1, _ROUNDS + 1):
        code = f"0188{number}"
        send(
            message(
                number, noiDKKCB=code, soDinhDanh=f"003226{number:06}",
                maGCS=f"01013.GCS.{number:05}.26",
            )
        )  # fmt: skip
        run()
        (card_id,) = column("SELECT max(id) FROM cards_card WHERE status = 'requested'")
        assert actions.approve([card_id], by=DESK, at=AT).done
        printing.print_cards([card_id], by=DESK, at=AT)
        printing.hand_over([card_id], by=DESK, at=AT, recipient="Mẹ", relation="Mẹ")
        facility_desk.add(_facts(code, date(2026, 1, 1), date(2027, 12, 31)), by=system(), at=AT)
        on = vietnam_date(LATER)
        follow: Callable[[], int] = lambda on=on: wishes.follow(by=system(), at=LATER, on=on)  # type: ignore[misc]  # noqa: E731
        asked = shown(Asked(card_id, "facility", facility_code=code))
        told = at_once(follow, follow, lambda asked=asked: exchange.ask(asked, by=THU, at=LATER))  # type: ignore[misc]
        assert _codes(told) == []
        while follow():
            pass
        assert column("SELECT kind FROM dossiers_task WHERE closed_at IS NULL") == []
        assert column("SELECT facility_code FROM cards_card WHERE id = %s", card_id) == ["01013"]
    asked_for = column("SELECT count(*) FROM cards_card WHERE status = 'requested'")
    assert asked_for == [_ROUNDS]

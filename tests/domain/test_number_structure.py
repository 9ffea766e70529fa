"""Numbers of wrong structure: found in the ledger every night, and an old number noted by mistake taken back."""

import pytest
from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.persons import numbers, numberwatch
from tests import cards
from tests.births import AT, column, rows, small_country, system
from tests.declared import refusal
from tests.domain.test_number_repairs import (
    LATER,
    adult,
    confirmed,
    entry,
    head,
    ledger,
    looked,
    proposed,
)
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()


def _in_ledger(number: str, person: int, *, origin: str = "import") -> None:
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_number (number, person_id, status, origin, taken_at)"
            " VALUES (%s, %s, 'active', %s, %s)",
            [number, person, origin, AT],
        )
    # Of the unit whose register brought him.
    entry(person, "", ref=number)


def test_an_old_number_noted_by_mistake_leads_nowhere_and_stays_to_be_read() -> None:
    cards.handed_over()
    (_, person, _), *_ = ledger()
    entry(person, "HN-0118.00017")
    looked()
    ((old_id,),) = rows("SELECT id FROM persons_oldnumber")
    asker = cards.collector()
    with pytest.raises(NotAllowed):
        numbers.withdraw_old(old_id, "Ghi nhầm", by=head(), at=AT)
    assert numbers.named_by(system(), "HN-0118.00017") == [person]
    # What is being decided is decided first.
    assert (
        refusal(lambda: numbers.withdraw_old(old_id, "Ghi nhầm", by=asker, at=AT)) == "MATTER_OPEN"
    )
    assert confirmed(proposed("nothing", by=asker)) == ()
    assert refusal(lambda: numbers.withdraw_old(old_id, "  ", by=asker, at=AT)) == "NOTE"
    numbers.withdraw_old(old_id, "Sổ của người khác", by=asker, at=AT)
    assert numbers.named_by(system(), "HN-0118.00017") == []
    assert rows("SELECT written, status, withdrawn_note FROM persons_oldnumber") == [
        ("HN-0118.00017", "withdrawn", "Sổ của người khác")
    ]
    assert refusal(lambda: numbers.withdraw_old(old_id, "Lại", by=asker, at=AT)) == "CHANGED"
    with pytest.raises(NotFound):
        numbers.withdraw_old(0, "Không có", by=asker, at=AT)
    # The entry still says so; the next night does not note it again.
    numberwatch.look_at_everything(by=system(), at=LATER)
    assert looked() == []
    assert numbers.named_by(system(), "HN-0118.00017") == []


def test_a_number_in_use_that_begins_like_no_province_is_found_at_night_and_replaced() -> None:
    odd, plain = adult("TRẦN VĂN NĂM"), adult("LÊ THỊ SÁU")
    _in_ledger("9912345678", odd)
    _in_ledger("0118000017", plain)
    assert numberwatch.look_at_everything(by=system(), at=AT) == 1
    assert rows("SELECT kind, person_id, number, source FROM persons_numbermatter") == [
        ("structure", odd, "9912345678", "ledger")
    ]
    asker, second = cards.collector(), head()
    with pytest.raises(Refused, match="cách xử lý"):
        proposed("held", by=asker)
    assert confirmed(proposed("new", by=asker), by=second) == (odd,)
    assert ("9912345678", odd, "wrong_structure") in ledger()
    assert numbers.named_by(system(), "9912345678") == [odd]
    assert rows("SELECT closed_as FROM persons_numbermatter") == [("repaired",)]
    assert numberwatch.look_at_everything(by=system(), at=LATER) == 0


def test_an_odd_number_that_is_left_or_was_given_here_is_not_asked_about_again() -> None:
    left, given = adult("TRẦN VĂN NĂM"), adult("LÊ THỊ SÁU")
    _in_ledger("9912345678", left)
    _in_ledger("9900000001", given, origin="allotted")
    assert numberwatch.look_at_everything(by=system(), at=AT) == 1
    asker, second = cards.collector(), head()
    assert confirmed(proposed("nothing", by=asker), by=second) == ()
    assert numberwatch.look_at_everything(by=system(), at=LATER) == 0
    assert column("SELECT closed_as FROM persons_numbermatter") == ["left"]


def test_an_odd_number_that_is_no_longer_used_is_closed_by_the_next_night() -> None:
    person = adult("TRẦN VĂN NĂM")
    _in_ledger("9912345678", person)
    numberwatch.look_at_everything(by=system(), at=AT)
    run_sql("UPDATE persons_number SET status = 'revoked' WHERE number = '9912345678' RETURNING 1")
    assert numberwatch.look_at_everything(by=system(), at=LATER) == 1
    assert column("SELECT closed_as FROM persons_numbermatter") == ["gone"]


def test_the_look_at_the_ledger_goes_on_where_it_was_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numberwatch, "_LEDGER_STRIDE", 2)
    people = [adult(f"TRẦN VĂN {name}") for name in ("NĂM", "SÁU", "BẢY", "TÁM", "CHÍN")]
    for place, person in enumerate(people):
        _in_ledger(f"99{place:08d}", person)
    told = 0
    for _ in range(200):
        with acting(system(), at=AT):
            count, is_open = numberwatch._stride(system(), AT)
        told += count
        if not is_open:
            break
    assert told == len(people)
    assert rows("SELECT after_id, after_number FROM persons_numbernight") == [(0, "")]

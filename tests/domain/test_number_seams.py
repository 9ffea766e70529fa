"""What a repaired number tells the family, the nightly look at every number, and repairs that touch two units."""

from datetime import timedelta

import pytest

from lienthong.births import repairs
from lienthong.kernel.errors import Refused
from lienthong.notices import contacts
from lienthong.persons import numberwatch
from tests import cards
from tests.births import AT, column, rows, small_country, system
from tests.cards import collector
from tests.declared import officer
from tests.domain.test_number_repairs import confirmed, entry, head, ledger, looked, proposed
from tests.hospitals import hospital

pytestmark = pytest.mark.django_db
OTHER = {"nksHoTen": "LÊ VĂN BA", "meSoDDCN": "003196000777", "soDinhDanh": "003226000088"}
LETTERS = """
    SELECT recipient, subject_kind, subject_id, words ->> 'child', words ->> 'number', words::text
    FROM notices_notice WHERE kind = 'NUMBER_CHANGED' ORDER BY subject_id, channel
"""
PAIRS = "SELECT low_id, high_id, origin, state FROM persons_pair ORDER BY id"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospital()


def _reached(person: int, phone: str) -> None:
    told = contacts.Told(("person", person), phone, "TRẦN THỊ BÌNH")
    assert contacts.learn([told], by=system(), at=AT) == 1


def test_the_family_of_whose_number_changes_is_told_and_of_nobody_else() -> None:
    cards.handed_over(1)
    cards.handed_over(2, **OTHER)
    (one, first, _), (two, second, _) = ledger()
    _reached(first, "0901234567")
    _reached(second, "0907654321")
    entry(second, one)
    looked()
    repair_id = proposed("other")
    assert rows(LETTERS) == []
    assert confirmed(repair_id) == (first,)
    new = column(
        "SELECT number FROM persons_number WHERE person_id = %s AND status = 'active'", first
    )[0]
    ((_, kind, subject, child, number, words),) = rows(LETTERS)
    assert (kind, subject, child) == ("person", first, "NGUYỄN MINH AN")
    # No digit of it either: a telephone is read by others.
    assert number is None
    for foreign in ("LÊ VĂN BA", two, one, str(new), "003226000088", "0907654321"):
        assert str(foreign) not in str(words)


def test_two_registrations_with_one_personal_id_come_before_the_review_desk_once() -> None:
    cards.handed_over(1)
    cards.handed_over(2, **(OTHER | {"soDinhDanh": "003226000001"}))
    first, second = column("SELECT id FROM persons_person ORDER BY id")
    assert column("SELECT kind FROM dossiers_task WHERE closed_at IS NULL") == ["E-PID-TAKEN"]
    assert repairs.suspect_same_ids(by=system(), at=AT) == 1
    assert rows(PAIRS) == [(first, second, "number", "open")]
    assert repairs.suspect_same_ids(by=system(), at=AT) == 0


def test_every_night_what_differs_is_queued_once_and_what_is_settled_is_closed() -> None:
    cards.handed_over(1)
    ((_, person, _),) = ledger()
    numberwatch.look_at_everything(by=system(), at=AT)
    entry(person, "0118000017")
    column("WITH gone AS (DELETE FROM persons_numbercheck RETURNING 1) SELECT count(*) FROM gone")
    # Tonight has been looked at: the next look is tomorrow's.
    assert numberwatch.look_at_everything(by=system(), at=AT) == 0
    assert looked() == []
    tomorrow = AT + timedelta(days=1)
    assert numberwatch.look_at_everything(by=system(), at=tomorrow) == 1
    assert [it[3] for it in looked()] == ["0118000017"]
    column(
        "WITH said AS (UPDATE persons_entry SET insurance_number = '' RETURNING 1) SELECT count(*) FROM said"
    )
    assert numberwatch.look_at_everything(by=system(), at=tomorrow + timedelta(days=1)) >= 1
    assert rows("SELECT closed_as FROM persons_numbermatter") == [("gone",)]


def test_a_number_in_another_unit_is_changed_by_who_answers_for_both() -> None:
    cards.handed_over(1)
    cards.handed_over(2, **OTHER)
    (one, first, _), (_, second, _) = ledger()
    unit = column("SELECT id FROM catalogues_unit WHERE code = 'TE01001'")[0]
    other_unit = column("SELECT id FROM catalogues_unit WHERE code <> 'TE01001' ORDER BY id")[0]
    entry(second, one)
    looked()
    repair_id = proposed("other", by=collector())
    # The first, whose number must change, is another unit's from now on.
    column(
        "WITH moved AS (UPDATE dossiers_dossier SET area = %s WHERE person_id = %s RETURNING 1)"
        " SELECT count(*) FROM moved",
        other_unit,
        first,
    )
    before = ledger()
    local = officer("truong-co-so-mot", "head", "01", "TE01001")
    with pytest.raises(Refused) as refused:
        confirmed(repair_id, by=local)
    assert refused.value.code == "births_repair_reach"
    assert ledger() == before
    assert rows("SELECT state FROM persons_numberrepair") == [("proposed",)]
    assert confirmed(repair_id, by=head()) == (first,)
    assert unit != other_unit

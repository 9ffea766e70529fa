"""Whose a household is after the lists change, and whom a database's row is linked to when it comes."""

import pytest

from lienthong.catalogues import routes
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.persons import differing, entries, households, placing
from lienthong.persons.entries import Row
from lienthong.persons.relations import Relation
from tests import births
from tests.births import AT, BA_DINH, ON, UNDECLARED, column, declare, rows
from tests.declared import officer
from tests.households import adult, couple, household
from tests.officers import SYSTEM

pytestmark = pytest.mark.django_db
AREAS = "SELECT area FROM persons_household ORDER BY id"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()
    routes.ensure(ON)


def _place() -> int:
    return placing.place(by=SYSTEM, at=AT)


def test_a_household_goes_to_the_unit_that_answers_once_there_is_one_and_nothing_is_done_twice() -> (
    None
):
    household((adult("LÊ THỊ HOA"), Relation.HEAD), commune=UNDECLARED)
    row = Row("h1", "LÊ THỊ HOA", commune_code=UNDECLARED)
    entries.receive([row], source="household", by=SYSTEM, at=AT)
    assert column(AREAS) == [-1]
    assert _place() == 0
    unit = declare("TE01003", UNDECLARED)
    routes.ensure(ON)
    assert _place() == 2
    assert column(AREAS) == [unit]
    assert column("SELECT area FROM persons_entry") == [unit]
    assert _place() == 0


def test_a_row_is_linked_by_its_own_numbers_and_name_and_kept_as_received() -> None:
    _, mother, _ = couple()
    told = [
        Row("a", "Trần Thị Bình", personal_id="003196000456", commune_code=BA_DINH),
        Row("b", "TRẦN THỊ BÍCH", personal_id="003196000456", commune_code=BA_DINH),
        Row("c", "Trần Thị Bình", commune_code=BA_DINH, birth_date="khoảng 1996"),
    ]
    assert entries.receive(told, source="household", by=SYSTEM, at=AT) == 3
    kept = (
        "SELECT source_ref, person_id, full_name, birth_date FROM persons_entry ORDER BY source_ref"
    )
    assert rows(kept) == [
        ("a", mother, "Trần Thị Bình", ""),
        ("b", None, "TRẦN THỊ BÍCH", ""),
        ("c", None, "Trần Thị Bình", "khoảng 1996"),
    ]
    differing.compare(by=SYSTEM, at=AT)
    assert entries.receive(told, source="household", by=SYSTEM, at=AT) == 3
    assert len(rows(kept)) == 3
    # Said again in the same words, nothing is due; in other words, it is compared anew and stays linked.
    due = "SELECT source_ref FROM persons_entry WHERE compared_at IS NULL AND person_id IS NOT NULL"
    assert column(due) == []
    entries.receive([Row("a", "TRẦN THỊ BÌNH X")], source="household", by=SYSTEM, at=AT)
    assert column(due) == ["a"]


def test_what_is_received_needs_its_reference_a_known_source_and_the_right() -> None:
    for row, source in ((Row("", "X"), "household"), (Row("a"), "elsewhere")):
        with pytest.raises(Refused):
            entries.receive([row], source=source, by=SYSTEM, at=AT)
    desk = officer("so-the-nhap", "card_desk", "01")
    with pytest.raises(NotAllowed):
        entries.receive([Row("a")], source="household", by=desk, at=AT)


def test_a_person_s_unit_is_the_household_s_he_lives_or_last_lived_in_else_a_register_s() -> None:
    asked = "SELECT persons_area_of(%s)"
    home, mother, _ = couple()
    (unit,) = set(column(AREAS))
    households.let_go(home, [mother], on=ON, by=SYSTEM, at=AT)
    # Who has moved out is still somebody's matter, whatever a register says from elsewhere.
    elsewhere = Row("h9", "TRẦN THỊ BÌNH", personal_id="003196000456", commune_code=UNDECLARED)
    entries.receive([elsewhere], source="household", by=SYSTEM, at=AT)
    assert column(asked, mother) == [unit]
    stranger = adult("LÊ THỊ HOA", personal_id="003196000999")
    assert column(asked, stranger) == [0]
    row = Row("h10", "LÊ THỊ HOA", personal_id="003196000999", commune_code=BA_DINH)
    entries.receive([row], source="collection", by=SYSTEM, at=AT)
    assert column(asked, stranger) == [unit]

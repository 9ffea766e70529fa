"""Two merged records live in one household at a time, whichever it was said of, and apart as before once undone (INV-10)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from lienthong.births import homes, merging
from lienthong.catalogues import routes
from lienthong.database.scope import acting
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import households, householdviews, newcomers
from lienthong.persons.relations import Relation
from tests import births, states
from tests.births import AT, ON, column, rows, system
from tests.doubles import LATER, as_page, as_page_of, at_desk, registered, told
from tests.households import MOTHER, adult, couple, household, living
from tests.officers import SYSTEM
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db
_FAMILY_STAYS = """
    SELECT one.id FROM persons_member AS one JOIN persons_member AS other ON other.id > one.id
    WHERE one.person_id = ANY (persons_family(persons_survivor(%s))) AND NOT one.is_void AND NOT other.is_void
      AND other.person_id = ANY (persons_family(persons_survivor(%s))) AND one.during && other.during
"""


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()
    routes.ensure(ON)


def _pair() -> tuple[int, int]:
    """Two records of one woman: the second is merged into the first."""
    return adult(personal_id="003196000456"), adult(born=date(1996, 1, 3))


def merged(one: int, other: int) -> int:
    """Merged by two officers of the centre: who lives nowhere is nobody's in a province."""
    asking, confirming = at_desk("tw-mot", "centre", ""), at_desk("trung-uong-hai", "centre", "")
    with as_page():
        found = merging.propose(told(one, other, survivor=one), by=asking, at=LATER)
        if not found.is_done:
            merging.confirm(found.merge_id, by=confirming, at=LATER)
    return found.merge_id


def undone(merge_id: int, *, at: datetime = LATER) -> None:
    """Undone by the centre."""
    by = at_desk("trung-uong-hai", "centre", "")
    with as_page():
        merging.undo(merge_id, "Gộp nhầm hai người.", by=by, at=at)


def _stays(person: int) -> list[tuple[object, ...]]:
    return rows(
        "SELECT household_id, lower(during), upper(during), is_void, ended_by FROM persons_member"
        " WHERE person_id = %s ORDER BY id",
        person,
    )


def _one_at_a_time(person: int) -> None:
    assert column(_FAMILY_STAYS, person, person) == []


@pytest.mark.rule("INV-10")
def test_of_two_households_the_survivors_stands_and_undoing_gives_both_back() -> None:
    first, second = _pair()
    kept = household((first, Relation.HEAD), on=date(2023, 5, 1))
    left = household((second, Relation.HEAD), on=date(2020, 1, 1))
    before = states.state()
    merge_id = merged(first, second)
    assert sorted(_stays(first), key=str) == sorted(
        [
            (kept, date(2023, 5, 1), None, False, ""),
            (left, date(2020, 1, 1), date(2023, 5, 1), False, "merged"),
        ],
        key=str,
    )
    assert (living(left), living(kept)) == ({}, {first: "00"})
    _one_at_a_time(second)
    undone(merge_id)
    assert states.changed(before) == {}


def test_a_stay_said_of_the_merged_record_alone_is_the_persons() -> None:
    first, second = _pair()
    home = household((second, Relation.HEAD))
    before = states.state()
    merge_id = merged(first, second)
    assert living(home) == {first: "00"}
    by = at_desk("thu-xem-ho", "collection")
    with as_page_of(by):
        assert householdviews.homes_of(by, [second], on=AT.date())[second].household_id == home
        (line,) = householdviews.members(by, home)
    assert (line.person_id, line.merged_into_id) == (first, None)
    undone(merge_id)
    assert states.changed(before) == {}


def test_what_goes_on_stands_before_what_has_ended() -> None:
    first, second = _pair()
    past = household((first, Relation.HEAD), on=date(2018, 1, 1))
    households.let_go(past, [first], on=date(2022, 1, 1), by=SYSTEM, at=AT)
    now = household((second, Relation.HEAD), on=date(2020, 1, 1))
    before = states.state()
    merge_id = merged(first, second)
    assert sorted(_stays(first), key=str) == sorted(
        [
            (past, date(2018, 1, 1), date(2020, 1, 1), False, "merged"),
            (now, date(2020, 1, 1), None, False, ""),
        ],
        key=str,
    )
    _one_at_a_time(first)
    undone(merge_id)
    assert states.changed(before) == {}


def test_a_stay_that_had_not_begun_is_void_and_stays_readable() -> None:
    first, second = _pair()
    kept = household((first, Relation.HEAD), on=date(2020, 1, 1))
    other = household((second, Relation.HEAD), on=date(2021, 1, 1))
    merge_id = merged(first, second)
    assert _stays(second) == [(other, date(2021, 1, 1), None, True, "merged")]
    assert (living(kept), living(other)) == ({first: "00"}, {})
    undone(merge_id)
    assert living(other) == {second: "00"}


def test_a_head_with_others_at_home_is_not_merged_away() -> None:
    first, second = _pair()
    household((first, Relation.HEAD))
    home = household((second, Relation.HEAD), (adult("LÊ VĂN BA", sex="male"), Relation.HUSBAND))
    with pytest.raises(Conflict) as refused:
        merged(first, second)
    assert refused.value.code == "HEAD_LEAVES"
    assert second in living(home)


def test_two_records_in_one_household_are_one_member() -> None:
    first, second = _pair()
    home = household((first, Relation.HEAD), (second, Relation.OTHER))
    merge_id = merged(first, second)
    assert living(home) == {first: "00"}
    undone(merge_id)
    assert living(home) == {first: "00", second: "99"}


def test_who_moved_since_is_not_parted_until_an_officer_has_seen_it() -> None:
    first, second = _pair()
    home = household((second, Relation.HEAD))
    merge_id = merged(first, second)
    later = LATER + timedelta(days=1)
    households.let_go(home, [first], on=later.date(), by=SYSTEM, at=later)
    with pytest.raises(Conflict) as refused:
        undone(merge_id, at=later)
    assert refused.value.code == "HOME_SINCE"


def test_a_household_with_another_head_meanwhile_is_said_in_a_sentence() -> None:
    first, second = _pair()
    household((first, Relation.HEAD))
    home = household((second, Relation.HEAD))
    merge_id = merged(first, second)
    new_head = adult("LÊ VĂN BA", sex="male")
    households.take_in(home, {new_head: Relation.HEAD}, on=AT.date(), by=SYSTEM, at=LATER)
    with pytest.raises(Conflict) as refused:
        undone(merge_id)
    assert refused.value.code == "member_one_head_at_a_time"


def test_nobody_moves_in_under_a_merged_record() -> None:
    first, second = adult(), adult(born=date(1996, 1, 3))
    home, _, _ = couple()
    merged(first, second)
    with pytest.raises(Conflict):
        households.take_in(home, {second: Relation.OTHER}, on=AT.date(), by=SYSTEM, at=LATER)
    assert first not in living(home)
    assert second not in living(home)


def test_a_stay_is_taken_to_no_other_person() -> None:
    first, second = _pair()
    household((second, Relation.HEAD))
    told = "UPDATE persons_member SET person_id = %s WHERE person_id = %s"
    with acting(system(), at=AT), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="written once"), transaction.atomic():
            cursor.execute(told, [first, second])
    with as_page(), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute(told, [first, second])


def test_a_newborn_joins_its_mother_by_her_merged_number_and_id() -> None:
    home, mother, _ = couple()
    former = adult(MOTHER.full_name, MOTHER.born_on, "female", "003196000777")
    child = registered(1, meSoDDCN="003196000777")
    assert child not in living(home)
    merged(mother, former)
    homes.follow(by=system(), at=LATER)
    assert living(home)[child] == str(Relation.CHILD)
    assert column("SELECT mother_id FROM persons_person WHERE id = %s", child) == [mother]


def test_a_mother_merged_later_is_the_mother_on_the_page() -> None:
    home, mother, _ = couple()
    child = registered(1)
    assert child in living(home)
    kept = adult("TRẦN THỊ BÌNH", date(1996, 3, 2))
    merged(kept, mother)
    by = at_desk("thu-xem-ho", "collection")
    with as_page_of(by):
        lines = {it.person_id: it for it in householdviews.members(by, home)}
    assert lines[child].mother_id == kept
    assert kept in lines


def test_a_merged_child_no_longer_waits_for_a_household() -> None:
    first, second = registered(1, meSoDDCN=None), registered(2, meSoDDCN=None)
    waiting = "SELECT person_id FROM persons_unplaced WHERE closed_at IS NULL ORDER BY 1"
    assert column(waiting) == [first, second]
    before = states.state()
    merge_id = merged(first, second)
    assert column(waiting) == [first]
    undone(merge_id)
    assert states.changed(before) == {}


def test_a_household_is_found_by_every_number_that_its_member_ever_had() -> None:
    first, second = _pair()
    home = household((first, Relation.HEAD))
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_number (number, person_id, status, origin, taken_at) VALUES"
            " ('0100000001', %s, 'active', 'register', %s), ('0100000002', %s, 'active', 'register', %s)",
            [first, AT, second, AT],
        )
        cursor.execute(
            "INSERT INTO persons_oldnumber (person_id, written, key, source, noted_by, noted_at)"
            " VALUES (%s, 'HN 98-765432', 'HN98765432', 'book', 'officer:thu', %s)",
            [second, AT],
        )
        cursor.execute(
            "UPDATE persons_person SET personal_id = '003196000457' WHERE id = %s", [first]
        )
    merged(first, second)
    by = at_desk("thu-xem-ho", "collection")
    with as_page_of(by):
        for text in ("0100000001", "0100000002", "hn 98765432", "003196000456", "003196000457"):
            asked = householdviews.HouseholdFilter(text)
            found = householdviews.find(by, asked, on=AT.date())
            assert [it.id for it in found] == [home], text
        nobody = householdviews.HouseholdFilter("0100000009")
        assert householdviews.find(by, nobody, on=AT.date()) == []
    for text in ("0100000002", "003196000456"):
        named = newcomers.named(text, "TRẦN THỊ BÌNH", date(1996, 3, 1), by=SYSTEM, at=LATER)
        assert named is not None
        assert (named.person_id, named.household_id) == (first, home)


def test_who_merged_two_of_his_unit_undoes_it_though_the_stay_is_the_survivors_by_now() -> None:
    one, other = _pair()
    for person in (one, other):
        household((person, Relation.HEAD))
    by = at_desk("truong-mot", "head", "01", "TE01001")
    with as_page():
        found = merging.propose(told(one, other, survivor=one), by=by, at=LATER)
    assert found.is_done
    assert column("SELECT persons_area_of(%s)", other) == [0]
    stranger = at_desk("truong-hai", "head", "01", "TE01002")
    with as_page(), pytest.raises(NotFound):
        merging.undo(found.merge_id, "Gộp nhầm.", by=stranger, at=LATER)
    before = rows("SELECT count(*) FROM persons_person WHERE merged_into_id IS NOT NULL")
    with as_page():
        merging.undo(found.merge_id, "Gộp nhầm hai người.", by=by, at=LATER)
    after = rows("SELECT count(*) FROM persons_person WHERE merged_into_id IS NOT NULL")
    assert (before, after) == ([(1,)], [(0,)])


@pytest.mark.parametrize("moved", ["of_one", "of_other", "of_both"])
def test_a_merger_goes_with_the_households_to_the_unit_that_answers_now(moved: str) -> None:
    one, other = _pair()
    homes_of = {
        "of_one": household((one, Relation.HEAD)),
        "of_other": household((other, Relation.HEAD)),
    }
    before = at_desk("truong-mot", "head", "01", "TE01001")
    with as_page():
        found = merging.propose(told(one, other, survivor=one), by=before, at=LATER)
    assert found.is_done
    unit = column("SELECT id FROM catalogues_unit WHERE code = 'TE01002'")[0]
    gone = [it for name, it in homes_of.items() if moved in (name, "of_both")]
    run_sql("UPDATE persons_household SET area = %s WHERE id = ANY (%s) RETURNING 1", unit, gone)
    after = at_desk("truong-hai", "head", "01", "TE01002")
    province = at_desk("tinh-mot", "province", "01")
    for by in (before, after):
        if moved == "of_both" and by is after:
            continue
        # The one answers for none of the two any more, or each for one alone: it is for who answers for both.
        with as_page(), pytest.raises((NotFound, Refused)):
            merging.undo(found.merge_id, "Gộp nhầm.", by=by, at=LATER)
    with as_page():
        by = after if moved == "of_both" else province
        merging.undo(found.merge_id, "Gộp nhầm hai người.", by=by, at=LATER)
    assert rows("SELECT count(*) FROM persons_person WHERE merged_into_id IS NOT NULL") == [(0,)]


def test_a_merger_that_was_undone_goes_nowhere_and_a_move_of_one_person_takes_none_along() -> None:
    one, other = _pair()
    home = household((one, Relation.HEAD))
    merge_id = merged(one, other)
    undone(merge_id)
    unit = column("SELECT id FROM catalogues_unit WHERE code = 'TE01002'")[0]
    areas = "SELECT area_loser, area_survivor FROM persons_merge"
    was = rows(areas)
    run_sql("UPDATE persons_household SET area = %s WHERE id = %s RETURNING 1", unit, home)
    assert rows(areas) == was

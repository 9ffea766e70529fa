"""Households: who lives where on which day, one head at a time, and what is never rewritten."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienthong.catalogues import routes
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, LienthongError, NotAllowed, NotFound
from lienthong.persons import households, newcomers
from lienthong.persons.relations import Kin, Relation, oddities
from tests import births
from tests.births import AT, NGOC_HA, ON, column, rows
from tests.declared import officer, refusal
from tests.households import FATHER, SINCE, adult, couple, household, living, place, thu
from tests.officers import SYSTEM, become

pytestmark = pytest.mark.django_db
LATER = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()
    routes.ensure(ON)


def _three() -> tuple[int, int, int, int]:
    home, mother, father = couple()
    son = adult("NGUYỄN VĂN DŨNG", date(2015, 2, 2), "male")
    households.take_in(home, {son: Relation.CHILD}, on=date(2021, 1, 1), by=SYSTEM, at=AT)
    return home, mother, father, son


def test_a_household_is_read_as_of_any_day() -> None:
    home, mother, father, son = _three()
    assert living(home, date(2019, 12, 31)) == {}
    assert living(home, date(2020, 6, 1)) == {father: "00", mother: "01"}
    assert living(home) == {father: "00", mother: "01", son: "08"}
    households.let_go(home, [son], on=LATER, by=SYSTEM, at=AT)
    assert son not in living(home, LATER)
    assert living(home, LATER - timedelta(days=1))[son] == "08"


def test_its_area_is_the_unit_of_its_commune_and_an_unknown_commune_is_refused() -> None:
    home, _, _ = couple()
    assert column("SELECT area FROM persons_household WHERE id = %s", home) == column(
        "SELECT id FROM catalogues_unit WHERE code = 'TE01001'"
    )
    person = adult()
    assert refusal(lambda: household((person, Relation.HEAD), commune="99999")) == "COMMUNE"


def test_who_moves_leaves_where_he_lived_and_a_head_does_not_leave_others_behind() -> None:
    home, _, father, son = _three()
    other = household((adult("LÊ THỊ HOA", date(1960, 1, 1)), Relation.HEAD), commune=NGOC_HA)
    households.take_in(other, {son: Relation.GRANDCHILD}, on=LATER, by=SYSTEM, at=AT)
    assert son not in living(home)
    assert living(other)[son] == "09"
    assert living(home, LATER - timedelta(days=1))[son] == "08"
    deed = lambda: households.take_in(other, {father: Relation.CHILD}, on=LATER, by=SYSTEM, at=AT)  # noqa: E731
    assert refusal(deed) == "HEAD_LEAVES"
    assert (
        refusal(lambda: households.let_go(home, [father], on=LATER, by=SYSTEM, at=AT))
        == "HEAD_LEAVES"
    )
    assert father in living(home)


def test_a_head_is_changed_with_everybodys_relation_and_a_second_one_is_refused() -> None:
    home, mother, father, son = _three()
    add = {adult("LÊ VĂN TÁM", date(1970, 1, 1), "male"): Relation.HEAD}
    assert (
        refusal(lambda: households.take_in(home, add, on=LATER, by=SYSTEM, at=AT)) == "HEAD_TAKEN"
    )
    incomplete = {father: Relation.HUSBAND}
    assert (
        refusal(
            lambda: households.change_head(home, mother, incomplete, on=LATER, by=SYSTEM, at=AT)
        )
        == "RELATIONS"
    )
    households.change_head(
        home, mother, {father: Relation.HUSBAND, son: Relation.CHILD}, on=LATER, by=SYSTEM, at=AT
    )
    assert living(home) == {mother: "00", father: "02", son: "08"}
    assert living(home, LATER - timedelta(days=1)) == {father: "00", mother: "01", son: "08"}


def test_some_found_a_household_of_their_own_and_a_closed_one_takes_nobody_in() -> None:
    home, mother, father, son = _three()
    made = households.split(
        home,
        place(NGOC_HA),
        {mother: Relation.HEAD, son: Relation.CHILD},
        on=LATER,
        by=SYSTEM,
        at=AT,
    )
    assert living(home) == {father: "00"}
    assert living(made) == {mother: "00", son: "08"}
    households.close(home, on=ON, by=SYSTEM, at=AT)
    assert living(home) == {}
    add = {son: Relation.CHILD}
    assert (
        refusal(lambda: households.take_in(home, add, on=ON, by=SYSTEM, at=AT))
        == "HOUSEHOLD_CLOSED"
    )
    assert column("SELECT code FROM persons_household WHERE id = %s", made)[0].startswith("LT")


def test_a_mistake_is_marked_and_nothing_is_deleted_or_rewritten() -> None:
    home, _, _, son = _three()
    (member,) = column("SELECT id FROM persons_member WHERE person_id = %s", son)
    households.void(member, by=SYSTEM, at=AT)
    assert son not in living(home)
    assert rows("SELECT ended_by, is_void FROM persons_member WHERE id = %s", member) == [
        ("mistake", True)
    ]
    for statement in (
        "DELETE FROM persons_member",
        "UPDATE persons_member SET relation = '09'",
        "UPDATE persons_member SET is_void = false",
        "UPDATE persons_household SET code = 'XXX'",
        "DELETE FROM persons_household",
    ):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)


def test_the_tables_refuse_two_households_and_two_heads() -> None:
    home, mother, _ = couple()
    other = household((adult("LÊ THỊ HOA", date(1960, 1, 1)), Relation.HEAD))
    insert = (
        "INSERT INTO persons_member (household_id, person_id, relation, during, origin, began_by, said_by, said_at)"
        " VALUES (%s, %s, %s, daterange('2026-01-01', NULL), 'officer', 'moved_in', 'x', now())"
    )
    newcomer = adult("LÊ VĂN TÁM", date(1970, 1, 1), "male")
    for household_id, person, relation in ((other, mother, "99"), (home, newcomer, "00")):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert, [household_id, person, relation])


def test_a_page_sees_and_changes_its_own_area_only_and_may_call_somebody_in_by_his_papers() -> None:
    home, _mother, _father = couple()
    near = thu()
    far = thu("TE01002", "thu-ho-02")
    theirs = household((adult("LÊ THỊ HOA", date(1960, 1, 1)), Relation.HEAD), commune=NGOC_HA)
    son = adult("NGUYỄN VĂN DŨNG", date(2005, 2, 2), "male", "003205000111")
    households.take_in(home, {son: Relation.CHILD}, on=SINCE, by=SYSTEM, at=AT)

    def as_page(by: Actor, deed: object) -> object:
        from lienthong.database.scope import acting

        become("lienthong_web")
        try:
            with acting(by, at=AT):
                return deed()  # type: ignore[operator]
        finally:
            become("lienthong_worker")

    seen = "SELECT id FROM persons_household"
    assert as_page(near, lambda: column(seen)) == [home]
    assert as_page(far, lambda: column(seen)) == [theirs]
    assert as_page(far, lambda: column("SELECT count(*) FROM persons_person")) == [1]
    assert as_page(near, lambda: column("SELECT count(*) FROM persons_person")) == [3]
    with pytest.raises(NotFound), transaction.atomic():
        as_page(far, lambda: households.let_go(home, [son], on=ON, by=far, at=AT))
    become("lienthong_worker")
    ask = lambda name: newcomers.named("003205000111", name, date(2005, 2, 2), by=far, at=AT)  # noqa: E731
    assert as_page(far, lambda: ask("Nguyễn Văn Dung")) is not None
    assert as_page(far, lambda: ask("Nguyễn Văn Dụ")) is None
    named = as_page(far, lambda: ask("NGUYỄN VĂN DŨNG"))
    assert named == newcomers.Named(son, home, is_in_reach=False)
    moved = {son: Relation.GRANDCHILD}
    wrong: dict[int, int | None] = {son: None}
    with pytest.raises(Conflict), transaction.atomic():
        as_page(
            far,
            lambda: households.take_in(theirs, moved, on=LATER, by=far, at=AT, seen=wrong),
        )
    become("lienthong_worker")
    as_page(
        far, lambda: households.take_in(theirs, moved, on=LATER, by=far, at=AT, seen={son: home})
    )
    assert living(theirs)[son] == "09"
    assert son not in living(home)
    told = rows(
        "SELECT subject_id FROM audit_entry WHERE action = 'household.let_go' AND subject_kind = 'household'"
    )
    assert told == [(home,)]


def test_rights_and_days() -> None:
    home, _, _, son = _three()
    so_the = officer("so-the-ho", "card_desk", "01", "TE01001")
    with pytest.raises(NotAllowed):
        households.let_go(home, [son], on=ON, by=so_the, at=AT)
    tomorrow = ON + timedelta(days=1)
    assert refusal(lambda: households.let_go(home, [son], on=tomorrow, by=SYSTEM, at=AT)) == "DAY"
    with pytest.raises(Conflict):
        # Before he came to live here, he lived nowhere that can be ended.
        households.let_go(
            home, [adult("LÊ VĂN TÁM", date(1970, 1, 1), "male")], on=ON, by=SYSTEM, at=AT
        )


def test_an_adult_needs_a_name_a_day_and_an_id_that_is_his() -> None:
    couple()
    bad = [
        (newcomers.Newcomer(" ", date(1990, 1, 1), "male"), "NAME"),
        (newcomers.Newcomer("LÊ VĂN TÁM", ON + timedelta(days=1), "male"), "DAY"),
        (newcomers.Newcomer("LÊ VĂN TÁM", date(1990, 1, 1), "x"), "SEX"),
        (newcomers.Newcomer("LÊ VĂN TÁM", date(1990, 1, 1), "male", "12"), "E-PID-FORMAT"),
        (
            newcomers.Newcomer("LÊ VĂN TÁM", date(1994, 5, 3), "male", FATHER.personal_id),
            "E-PID-TAKEN",
        ),
    ]
    for newcomer, code in bad:
        assert refusal(lambda it=newcomer: newcomers.make(it, by=SYSTEM, at=AT)) == code


def test_odd_households_are_asked_about() -> None:
    head = Kin(1, "A", Relation.HEAD, date(1990, 1, 1), "male")
    wife = Kin(2, "B", Relation.WIFE, date(1991, 1, 1), "female")
    assert oddities([head, wife]) == []
    assert [it.code for it in oddities([wife])] == ["HEAD_MISSING"]
    second = Kin(3, "C", Relation.WIFE, date(1992, 1, 1), "female")
    assert [it.code for it in oddities([head, wife, second])] == ["TWO_SPOUSES"]
    male_wife = Kin(3, "C", Relation.WIFE, date(1992, 1, 1), "male")
    assert [it.code for it in oddities([head, male_wife])] == ["SEX"]
    old_child = Kin(4, "D", Relation.CHILD, date(1985, 1, 1), "female")
    assert [it.code for it in oddities([head, old_child])] == ["AGE"]
    young_mother = Kin(5, "E", Relation.MOTHER, date(1995, 1, 1), "female")
    assert [it.code for it in oddities([head, young_mother])] == ["AGE"]
    child = Kin(6, "F", Relation.CHILD, date(2012, 1, 1), "male", mother_id=2)
    assert oddities([head, wife, child]) == []
    too_early = Kin(6, "F", Relation.CHILD, date(2002, 6, 1), "male", mother_id=2)
    assert "MOTHER_AGE" in [it.code for it in oddities([head, wife, too_early])]


_STEP = st.tuples(
    st.sampled_from(("take_in", "let_go", "relation", "head", "split", "void")),
    st.integers(0, 3),
    st.integers(0, 4),
    st.integers(0, 400),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_STEP, max_size=12))
def test_any_sequence_of_acts_keeps_one_household_a_person_and_one_head_a_household(
    steps: list[tuple[str, int, int, int]],
) -> None:
    """Whatever is asked in whatever order: refused with a sentence, or the tables stay whole on every day."""
    with transaction.atomic():
        persons = [
            adult(f"NGUYỄN VĂN {'ABCDE'[i]}", date(1980 + i, 1, 1), "male") for i in range(5)
        ]
        homes = [household((persons[0], Relation.HEAD)), household((persons[1], Relation.HEAD))]
        said: list[str] = []
        for deed, home, person, days in steps:
            day = ON - timedelta(days=days)
            try:
                with transaction.atomic():
                    _do(deed, homes[home % len(homes)], persons[person], day, homes)
            except LienthongError as error:
                said.append(error.message_vi)
        twice = rows(
            "SELECT one.id FROM persons_member AS one JOIN persons_member AS other"
            " ON other.id > one.id AND other.during && one.during AND NOT one.is_void AND NOT other.is_void"
            " AND (other.person_id = one.person_id"
            "      OR (other.household_id = one.household_id AND '00' = ALL (ARRAY[one.relation, other.relation])))"
        )
        assert twice == []
        assert all(sentence.endswith(".") for sentence in said)
        transaction.set_rollback(True)


def _do(deed: str, home: int, person: int, day: date, homes: list[int]) -> None:
    if deed == "take_in":
        households.take_in(home, {person: Relation.OTHER}, on=day, by=SYSTEM, at=AT)
    elif deed == "let_go":
        households.let_go(home, [person], on=day, by=SYSTEM, at=AT)
    elif deed == "relation":
        households.change_relation(home, person, Relation.CHILD, on=day, by=SYSTEM, at=AT)
    elif deed == "head":
        others = {it: Relation.OTHER for it in living(home) if it != person}
        households.change_head(home, person, others, on=day, by=SYSTEM, at=AT)
    elif deed == "split":
        homes.append(
            households.split(home, place(), {person: Relation.HEAD}, on=day, by=SYSTEM, at=AT)
        )
    else:
        found = column("SELECT id FROM persons_member WHERE person_id = %s AND NOT is_void", person)
        if found:
            households.void(found[-1], by=SYSTEM, at=AT)

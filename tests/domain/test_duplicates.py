"""A new dossier whose child may be known: the same, another, or later; each taken back while nothing has moved (001-6)."""

from datetime import timedelta

import pytest
from django.db import connection

from lienthong.births import doubles, duplicates, merging
from lienthong.births.doubles import Filter
from lienthong.births.duplicates import Deed
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import pairs
from tests import births, states
from tests.births import AT, BA_DINH, NGOC_HA, column, living_in, rows, run
from tests.cards import assert_whole
from tests.corrections import corrected
from tests.doubles import LATER, NOTE, as_page, at_desk, merged, registered, reviewer, suspected

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


@pytest.fixture
def by() -> Actor:
    return reviewer()


def _registered_twice() -> int:
    """One child in two communes under one personal id; the task about the second dossier."""
    registered(1)
    registered(2, ndkksMaXa=BA_DINH, soDinhDanh="003226000001")
    return int(column("SELECT id FROM dossiers_task WHERE kind = 'E-DUP-PERSON'")[0])


def _decide(task_id: int, kind: str, by: Actor, **more: object) -> int:
    with as_page():
        return duplicates.decide(Deed(task_id, kind, NOTE, **more), by=by, at=LATER)  # type: ignore[arg-type]


def _stands() -> list[tuple[object, ...]]:
    return rows("SELECT state, reason FROM dossiers_dossier ORDER BY id DESC LIMIT 1")


@pytest.mark.rule("001-6")
def test_the_same_child_with_a_live_dossier_is_refused_and_the_ministry_told(by: Actor) -> None:
    task_id = _registered_twice()
    before = states.state()
    decision = _decide(task_id, duplicates.SAME, by)
    assert _stands() == [("REJECTED", "DUPLICATE_CONFIRMED")]
    assert rows("SELECT closed_by, outcome FROM dossiers_task WHERE id = %s", task_id) == [
        ("officer:thu-ra-soat", "DONE")
    ]
    sent = "SELECT payload ->> 'code' FROM database_outbox WHERE payload ->> 'message_id' = 'LTKS-2026-0000002' ORDER BY version"
    assert column(sent) == ["", "E-DUP-CONFIRMED"]
    run(LATER)
    assert column("SELECT count(*) FROM cards_card") == [1]
    assert_whole()
    with as_page():
        duplicates.undo(decision, "Hai trẻ sinh đôi.", by=by, at=LATER)
    assert states.changed(before) == {}
    assert column(sent) == ["", "E-DUP-CONFIRMED", ""]


def test_the_same_child_all_whose_births_were_cancelled_goes_on_with_its_number(by: Actor) -> None:
    task_id = _registered_twice()
    number = column("SELECT number FROM persons_number")
    corrected(
        1, kind="cancel", at=AT + timedelta(hours=1), ndkksMaXa=NGOC_HA, soDinhDanh="003226000001"
    )
    _decide(task_id, duplicates.SAME, by)
    assert _stands() == [("EXPORTED_TNHS", "")]
    run(LATER)
    assert _stands() == [("APPROVAL_REQUESTED", "")]
    assert column("SELECT insurance_number FROM cards_card WHERE status = 'requested'") == number
    assert column("SELECT number FROM persons_number") == number
    assert_whole()


@pytest.mark.rule("001-6")
def test_another_child_goes_on_and_is_not_asked_about_again(by: Actor) -> None:
    task_id = _registered_twice()
    _decide(task_id, duplicates.DIFFERENT, by)
    run(LATER)
    assert _stands() == [("APPROVAL_REQUESTED", "")]
    assert column("SELECT count(*) FROM persons_person") == [2]
    assert column("SELECT kind FROM dossiers_task WHERE closed_at IS NULL") == ["E-PID-TAKEN"]
    assert_whole()


def test_what_has_gone_on_is_not_taken_back(by: Actor) -> None:
    decision = _decide(_registered_twice(), duplicates.DIFFERENT, by)
    run(LATER)
    with as_page(), pytest.raises(Conflict) as refused:
        duplicates.undo(decision, "Nhầm.", by=by, at=LATER)
    assert refused.value.code == "CHANGED"
    assert _stands() == [("APPROVAL_REQUESTED", "")]


def test_put_off_it_comes_back_by_itself(by: Actor) -> None:
    task_id = _registered_twice()
    day = LATER.date() + timedelta(days=5)
    _decide(task_id, duplicates.LATER, by, until=day)

    def waits(stands: str, days: int) -> list[int]:
        with acting(by, at=LATER), as_page():
            page = doubles.waiting(
                by, filters=Filter(stands=stands), on=LATER.date() + timedelta(days=days)
            )
        return [it.id for it in page.lines]

    assert (waits("open", 0), waits("later", 0)) == ([], [task_id])
    assert (waits("open", 5), waits("later", 5)) == ([task_id], [])
    with as_page(), pytest.raises(Refused) as refused:
        duplicates.decide(Deed(task_id, "later", until=LATER.date()), by=by, at=LATER)
    assert refused.value.code == "UNTIL"


def test_two_officers_decide_once(by: Actor) -> None:
    task_id = _registered_twice()
    _decide(task_id, duplicates.SAME, by)
    with as_page(), pytest.raises(Conflict) as refused:
        duplicates.decide(Deed(task_id, "different", NOTE), by=by, at=LATER)
    assert refused.value.code == "CHANGED"


def test_the_known_child_of_another_unit_shows_initials_alone() -> None:
    registered(1, nksNoiCuTru=living_in(NGOC_HA))
    registered(2, ndkksMaXa=BA_DINH, soDinhDanh="003226000001")
    task_id = int(column("SELECT id FROM dossiers_task WHERE kind = 'E-DUP-PERSON'")[0])
    here = at_desk("thu-ba-dinh-01001", "collection", unit="TE01001")
    with acting(here, at=LATER), as_page():
        seen = doubles.of_task(here, task_id)
        page = doubles.waiting(here, filters=Filter(), on=LATER.date())
    assert seen.one.facts is not None
    assert (seen.other.facts, seen.other.name, seen.other.birth_year) == (None, "NMA", 2026)
    assert (seen.other.numbers, seen.other.cards, seen.other.dossiers) == ((), (), ())
    assert [(it.one, it.other, it.other_born) for it in page.lines] == [
        ("NGUYỄN MINH AN", "NMA", "2026")
    ]


def test_a_pair_shows_the_arithmetic_of_its_score(by: Actor) -> None:
    pair_id = suspected(registered(1), registered(2))
    with acting(by, at=LATER), as_page():
        seen = doubles.of_pair(by, pair_id)
    assert seen.told is not None
    assert seen.told.weight == pytest.approx(sum(it.weight for it in seen.told.fields))
    assert seen.is_whole
    assert len(seen.one.numbers) == len(seen.other.numbers) == 1


def test_a_pair_of_one_unit_and_another_shows_initials_of_the_other() -> None:
    one = registered(1, ndkksMaXa=BA_DINH)
    other = registered(
        2, nksNoiCuTru=living_in(NGOC_HA), nksHoTen="LÊ THỊ HOA", meSoDDCN="003196000999"
    )
    pair_id = suspected(one, other, score={"full_name": ["differs", -4.0]})
    here, elsewhere = (
        at_desk("thu-ngoc-ha-01002", "collection", unit="TE01002"),
        at_desk("thu-24-bac-giang", "collection", "24"),
    )
    with acting(here, at=LATER), as_page():
        seen = doubles.of_pair(here, pair_id)
    assert (seen.one.name, seen.other.name) == ("NMA", "LÊ THỊ HOA")
    assert seen.told is None
    with acting(elsewhere, at=LATER), as_page(), pytest.raises(NotFound):
        doubles.of_pair(elsewhere, pair_id)


def test_found_different_two_are_asked_about_again_only_when_their_facts_change(by: Actor) -> None:
    one, other = registered(1), registered(2)
    pair_id = suspected(one, other)
    row = pairs.Suspected(one, other, "register", 0.8)
    assert pairs.open_pairs([row], by=births.system(), at=LATER) == 0
    with as_page():
        pairs.different(pair_id, note=NOTE, by=by, at=LATER)
    assert pairs.open_pairs([row, row], by=births.system(), at=LATER) == 0
    corrected(2, at=LATER, ndkksMaXa=NGOC_HA, soDinhDanh="003226000002", meHoTen="TRẦN THỊ BÌNH AN")
    assert pairs.open_pairs([row, row], by=births.system(), at=LATER) == 1
    assert column("SELECT state FROM persons_pair ORDER BY id") == ["different", "open"]


def test_two_records_of_one_person_are_no_question_any_more(by: Actor) -> None:
    first, second, third = registered(1), registered(2), registered(3)
    both = suspected(first, third), suspected(second, third)
    merged(first, second)
    assert (
        pairs.open_pairs([pairs.Suspected(second, first, "number")], by=births.system(), at=LATER)
        == 0
    )
    merged(first, third, pair_id=both[0])
    with acting(by, at=LATER), as_page():
        page = doubles.waiting(by, filters=Filter(), on=LATER.date())
    assert page.lines == []


def test_a_birth_with_the_id_of_a_merged_record_meets_the_person() -> None:
    first, second = registered(1), registered(2)
    merged(first, second)
    registered(3, soDinhDanh="003226000002", ndkksMaXa=BA_DINH)
    assert column(
        "SELECT (detail ->> 'other_person')::bigint FROM dossiers_task WHERE kind = 'E-DUP-PERSON'"
    ) == [first]
    assert merging.standing(first, second).survivor == first
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM persons_person")
        assert cursor.fetchone()[0] == 2

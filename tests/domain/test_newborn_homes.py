"""A newborn joins its mother's household, or says why not; a card never waits for it."""

from datetime import date

import pytest
from django.db import connection

from lienthong.births import homes
from lienthong.catalogues import routes
from lienthong.database.scope import acting
from lienthong.persons import households
from lienthong.persons.relations import Relation
from tests import births
from tests.births import AT, ON, column, message, rows, run, send
from tests.households import adult, couple, household, living, thu
from tests.officers import SYSTEM, become

pytestmark = pytest.mark.django_db
CHILD = "SELECT id FROM persons_person WHERE NOT isempty(entitled)"
WHY = "SELECT why FROM persons_unplaced WHERE closed_at IS NULL"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()
    routes.ensure(ON)


def _child() -> int:
    return int(column(CHILD)[0])


def test_it_joins_as_child_of_the_head_through_the_mothers_personal_id() -> None:
    home, mother, _ = couple()
    send(message())
    run()
    assert living(home)[_child()] == "08"
    assert column("SELECT mother_id FROM persons_person WHERE id = %s", _child()) == [mother]
    (during, origin) = rows(
        "SELECT lower(during), origin FROM persons_member WHERE person_id = %s", _child()
    )[0]
    assert (during, origin) == (date(2026, 11, 12), "birth")
    assert column(WHY) == []
    assert column("SELECT state FROM dossiers_dossier") == ["APPROVAL_REQUESTED"]


def test_through_her_insurance_number_also_after_her_records_were_merged() -> None:
    home, mother, _ = couple()
    old = adult("TRẦN THỊ BÌNH", date(1996, 3, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_number (number, person_id, status, origin, taken_at)"
            " VALUES ('0100000001', %s, 'merged_into', 'register', now())",
            [old],
        )
        cursor.execute("UPDATE persons_person SET merged_into_id = %s WHERE id = %s", [mother, old])
    send(message(meSoDDCN=None, meMaSoBHXH="0100000001"))
    run()
    assert living(home).get(_child()) == "08", column(WHY)


@pytest.mark.parametrize(
    ("of_mother", "of_child"),
    [
        ("08", "09"),
        ("19", "09"),
        ("09", "21"),
        ("05", "09"),
        ("07", "09"),
        ("04", "05"),
        ("13", "99"),
    ],
)
def test_the_relation_follows_from_the_mothers(of_mother: str, of_child: str) -> None:
    head = adult("LÊ THỊ HOA", date(1960, 1, 1))
    mother = adult(personal_id="003196000456")
    home = household((head, Relation.HEAD), (mother, Relation(of_mother)))
    send(message())
    run()
    assert living(home)[_child()] == of_child
    assert column(WHY) == (["RELATION_ASKED"] if of_child == "99" else [])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"meSoDDCN": None}, "MOTHER_NOT_NAMED"),
        ({"meSoDDCN": "003196000999"}, "MOTHER_NOT_FOUND"),
        ({"meHoTen": "PHẠM THỊ DUNG"}, "MOTHER_DOUBTFUL"),
    ],
)
def test_nothing_is_invented(changes: dict[str, str | None], why: str) -> None:
    home, _, _ = couple()
    send(message(**changes))
    run()
    assert _child() not in living(home)
    assert column(WHY) == [why]
    assert column("SELECT mother_id FROM persons_person WHERE id = %s", _child()) == [None]
    assert column("SELECT state FROM dossiers_dossier") == ["APPROVAL_REQUESTED"]


def test_a_mother_without_a_household_is_noted_and_followed_once_she_has_one() -> None:
    mother = adult(personal_id="003196000456")
    send(message())
    run()
    assert column(WHY) == ["MOTHER_NO_HOUSEHOLD"]
    home = household((mother, Relation.HEAD), on=ON)
    assert homes.follow(by=SYSTEM, at=AT) == 0
    assert homes.follow(by=SYSTEM, at=AT + homes.RETRY) == 1
    assert living(home)[_child()] == "08"
    assert column("SELECT lower(during) FROM persons_member WHERE origin = 'birth'") == [ON]
    assert column(WHY) == []


def test_by_the_households_code_with_a_question_when_the_mother_is_not_known() -> None:
    head = adult("LÊ THỊ HOA", date(1960, 1, 1))
    home = household((head, Relation.HEAD), code="0100200300")
    send(message(meSoDDCN=None, maHoGiaDinh="0100200300"))
    run()
    assert living(home)[_child()] == "99"
    assert column(WHY) == ["RELATION_ASKED"]


def test_a_cancelled_birth_leaves_and_a_new_one_comes_back() -> None:
    home, mother, _ = couple()
    send(message())
    run()
    send(message(2, kind="cancel", version=2, soDangKy="1"))
    run()
    assert list(living(home)) == [column("SELECT id FROM persons_person ORDER BY id")[1], mother]
    assert column("SELECT ended_by FROM persons_member WHERE is_void") == ["birth_cancelled"]
    # The same birth of the same mother, registered anew.
    again = message(3, version=3, soDangKy="1", meHoTen="TRẦN THỊ BÌNH", meSoDDCN="003196000456")
    send(again)
    run()
    assert living(home).get(_child()) == "08"


def test_a_corrected_mother_takes_the_child_along_and_what_an_officer_said_stays() -> None:
    first, _, _ = couple()
    other = adult("PHẠM THỊ DUNG", date(1995, 1, 1), personal_id="003195000777")
    second = household((other, Relation.HEAD))
    send(message())
    run()
    send(
        message(
            2,
            version=2,
            soDangKy="1",
            meHoTen="PHẠM THỊ DUNG",
            meSoDDCN="003195000777",
            kind="correct",
        )
    )
    run()
    homes.follow(by=SYSTEM, at=AT)
    child = _child()
    assert child not in living(first)
    assert living(second)[child] == "08"
    assert column("SELECT mother_id FROM persons_person WHERE id = %s", child) == [other]
    assert column("SELECT ended_by FROM persons_member WHERE is_void") == ["mother_corrected"]
    households.change_relation(second, child, Relation.OTHER, on=ON, by=SYSTEM, at=AT)
    send(message(3, version=3, soDangKy="1", kind="correct"))
    run()
    homes.follow(by=SYSTEM, at=AT)
    assert living(second)[child] == "99"


def test_a_household_that_somebody_is_changing_holds_up_no_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    couple()
    send(message())
    monkeypatch.setattr(homes, "_PLACE", homes.Statement("broken", "SELECT 1 / 0", ""))
    run()
    assert column("SELECT state FROM dossiers_dossier") == ["APPROVAL_REQUESTED"]
    assert column(WHY) == ["HOUSEHOLD_BUSY"]
    monkeypatch.undo()
    assert homes.follow(by=SYSTEM, at=AT) == 1
    assert column(WHY) == []


def test_a_record_that_its_dossier_shows_is_not_looked_for_in_households() -> None:
    """The policies of households cost the pages of dossiers nothing: they are asked last, and only then."""
    send(message())
    run()
    by = thu()
    become("lienthong_web")
    with acting(by, at=AT):
        plan = "\n".join(
            column(
                "EXPLAIN (ANALYZE, COSTS OFF) SELECT full_name FROM persons_person"
                " WHERE id = (SELECT person_id FROM dossiers_dossier LIMIT 1)"
            )
        )
    become("lienthong_worker")
    assert "persons_member" in plan
    asked = [
        line for line in plan.splitlines() if "persons_member" in line or "persons_entry" in line
    ]
    assert all("never executed" in line for line in asked), plan

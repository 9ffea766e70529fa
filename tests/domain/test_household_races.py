"""Two officers and one person, two heads, a newborn and an officer: one winner, a clean refusal, the tables whole."""

from functools import partial
from typing import Any

import pytest

from lienthong.births import homes
from lienthong.catalogues import routes
from lienthong.database.address import Address
from lienthong.kernel.errors import LienthongError
from lienthong.persons import households
from lienthong.persons.relations import Relation
from tests import births
from tests.births import AT, ON, column, message, parents, rows, run, send
from tests.households import adult, couple, household, living
from tests.officers import SYSTEM
from tests.races import at_once

pytestmark = pytest.mark.timeout(300)
_ROUNDS = 4


@pytest.fixture(autouse=True)
def _country(committed_db: Address) -> None:
    births.small_country()
    routes.ensure(ON)


def _refused(told: list[Any]) -> list[str]:
    return [it.code for it in told if isinstance(it, LienthongError)]


def _whole() -> None:
    twice = rows(
        "SELECT one.id FROM persons_member AS one JOIN persons_member AS other ON other.id > one.id"
        " AND other.during && one.during AND NOT one.is_void AND NOT other.is_void"
        " AND (other.person_id = one.person_id OR (other.household_id = one.household_id"
        "      AND one.relation = '00' AND other.relation = '00'))"
    )
    assert twice == []


def test_two_officers_move_one_person() -> None:
    home, _, _ = couple()
    first = household((adult("LÊ THỊ HOA", personal_id=""), Relation.HEAD))
    second = household((adult("LÊ THỊ MAI", personal_id=""), Relation.HEAD))
    for number in range(_ROUNDS):
        person = adult(f"NGUYỄN VĂN {chr(65 + number)}", sex="male")
        households.take_in(home, {person: Relation.CHILD}, on=ON, by=SYSTEM, at=AT)
        deeds = [
            partial(
                households.take_in,
                target,
                {person: Relation.OTHER},
                on=ON,
                by=SYSTEM,
                at=AT,
                seen={person: home},
            )
            for target in (first, second)
        ]
        assert _refused(at_once(*deeds)) == ["ELSEWHERE"]
        assert [person in living(it) for it in (first, second)].count(True) == 1
        _whole()


def test_two_officers_name_two_heads() -> None:
    home, mother, father = couple()
    son = adult("NGUYỄN VĂN DŨNG", sex="male")
    households.take_in(home, {son: Relation.CHILD}, on=ON, by=SYSTEM, at=AT)
    deeds = [
        partial(
            households.change_head,
            home,
            head,
            {it: Relation.OTHER for it in (mother, father, son) if it != head},
            on=ON,
            by=SYSTEM,
            at=AT,
        )
        for head in (mother, son)
    ]
    at_once(*deeds)
    assert list(living(home).values()).count("00") == 1
    _whole()


def test_two_households_of_one_code() -> None:
    heads = [adult("LÊ THỊ HOA"), adult("LÊ THỊ MAI")]
    deeds = [partial(household, (head, Relation.HEAD), code="0100200300") for head in heads]
    assert _refused(at_once(*deeds)) == ["HOUSEHOLD_CODE"]
    assert len(column("SELECT id FROM persons_household")) == 1


def test_a_newborn_joins_while_its_mothers_household_is_closed_or_left() -> None:
    home, mother, _ = couple()
    send(message())
    run()
    for number in range(2, 2 + _ROUNDS):
        child = message(
            number,
            soDinhDanh=f"0032260001{number:02}",
            maGCS=None,
            nksHoTen=f"NGUYỄN MINH {number}",
            **parents(1),
        )
        send(child | {"data": child["data"] | {"nksHoTen": "NGUYỄN MINH " + chr(65 + number)}})
        told = at_once(
            run,
            partial(
                households.change_relation, home, mother, Relation.WIFE, on=ON, by=SYSTEM, at=AT
            ),
        )
        assert _refused(told) == []
        homes.follow(by=SYSTEM, at=AT + homes.RETRY)
    assert set(column("SELECT state FROM dossiers_dossier")) == {"APPROVAL_REQUESTED"}
    assert len(living(home)) == 3 + _ROUNDS
    told = at_once(
        partial(households.close, home, on=ON, by=SYSTEM, at=AT),
        partial(homes.follow, by=SYSTEM, at=AT + homes.RETRY),
    )
    assert _refused(told) == []
    assert living(home) == {}
    _whole()

"""Household and collection database side by side: what differs is listed, and goes to a record by a settlement alone."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from lienthong.catalogues import routes
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotFound
from lienthong.persons import differing, settling, settlingrules
from lienthong.persons.relations import Relation
from lienthong.persons.settling import Choice
from lienthong.persons.settlingrules import NewRule
from tests import births
from tests.births import AT, NGOC_HA, ON, column, message, rows, run, send
from tests.declared import refusal
from tests.households import adult, couple, entry, household, living, thu
from tests.officers import SYSTEM, become

pytestmark = pytest.mark.django_db
OPEN = "SELECT kind FROM persons_difference WHERE state = 'open' ORDER BY kind"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()
    routes.ensure(ON)


@pytest.fixture
def officer() -> Actor:
    return thu()


def _pair(person: int, household_says: dict[str, Any], collection_says: dict[str, Any]) -> None:
    entry("household", f"h{person}", person, **household_says)
    entry("collection", f"c{person}", person, **collection_says)
    differing.compare(by=SYSTEM, at=AT)


def _page(by: Actor, deed: Callable[[], Any]) -> Any:
    """As a page runs it: the officer's session, the pages' rights."""
    become("lienthong_web")
    try:
        with transaction.atomic(), acting(by, at=AT):
            return deed()
    finally:
        become("lienthong_worker")


def _only(kind: str) -> int:
    (key,) = column("SELECT id FROM persons_difference WHERE state = 'open' AND kind = %s", kind)
    return int(key)


def test_each_kind_is_found_and_what_agrees_is_not() -> None:
    _, mother, _ = couple()
    _pair(mother, {}, {"full_name": "TRẦN THỊ BÌNH "})
    assert column(OPEN) == []
    everything = {
        "full_name": "TRẦN THỊ BÍCH",
        "birth_date": "1996-01-03",
        "sex": "male",
        "personal_id": "",
        "insurance_number": "0100000009",
        "mother_name": "LÊ THỊ X",
        "commune_code": NGOC_HA,
        "household_code": "0100000002",
        "relation": "08",
    }
    father = column("SELECT id FROM persons_person WHERE sex = 'male'")[0]
    _pair(
        father,
        {"mother_name": "LÊ THỊ Y", "household_code": "0100000001", "relation": "01"},
        everything,
    )
    assert column(OPEN) == sorted(
        [
            "name",
            "birth_date",
            "sex",
            "personal_id",
            "insurance_number",
            "mother_name",
            "commune",
            "household",
            "relation",
        ]
    )


def test_the_place_of_a_tone_mark_is_a_kind_of_its_own_and_one_database_alone_another() -> None:
    _, mother, father = couple()
    _pair(mother, {"full_name": "TRẦN THỊ HOÀ"}, {"full_name": "TRẦN THỊ HÒA"})
    entry("household", "h-father", father)
    differing.compare(by=SYSTEM, at=AT)
    assert column(OPEN) == ["name_tone", "only_household"]
    entry("collection", "c-father", father)
    differing.compare(by=SYSTEM, at=AT)
    assert column(OPEN) == ["name_tone"]
    assert column("SELECT state FROM persons_difference WHERE kind = 'only_household'") == ["gone"]


def test_a_settled_value_goes_to_the_record_with_what_stood_there_and_the_entries_stay(
    officer: Actor,
) -> None:
    _, mother, _ = couple()
    _pair(mother, {"full_name": "TRẦN THỊ BÌNH"}, {"full_name": "TRẦN THỊ BÍCH"})
    before = rows("SELECT full_name FROM persons_entry ORDER BY id")
    key = _only("name")
    _page(officer, lambda: settling.settle(key, Choice("collection"), by=officer, at=AT))
    assert column("SELECT full_name FROM persons_person WHERE id = %s", mother) == ["TRẦN THỊ BÍCH"]
    assert rows(
        "SELECT state, choice, value_before, value_after, settled_by FROM persons_difference"
    ) == [("settled", "collection", "TRẦN THỊ BÌNH", "TRẦN THỊ BÍCH", officer.label)]
    assert rows("SELECT full_name FROM persons_entry ORDER BY id") == before
    with pytest.raises(Conflict):
        _page(officer, lambda: settling.settle(key, Choice("household"), by=officer, at=AT))
    assert column("SELECT count(*) FROM audit_entry WHERE action = 'difference.settled'") == [2]
    # Said again, it is not asked again; said otherwise, it is.
    entry("household", "h-again", mother, full_name="TRẦN THỊ BÌNH")
    differing.compare(by=SYSTEM, at=AT)
    assert column(OPEN) == []
    entry("household", "h-other", mother, full_name="TRẦN THỊ BÍNH")
    differing.compare(by=SYSTEM, at=AT)
    assert column(OPEN) == ["name"]


def test_what_a_birth_registered_is_not_changed_here(officer: Actor) -> None:
    couple()
    send(message())
    run()
    child = column("SELECT id FROM persons_person WHERE NOT isempty(entitled)")[0]
    said = {
        "full_name": "NGUYỄN MINH AN",
        "birth_date": "2026-11-12",
        "sex": "male",
        "personal_id": "003226000001",
    }
    _pair(child, said, said | {"full_name": "NGUYỄN MINH ANH", "personal_id": "003226000002"})
    for kind in ("name", "personal_id"):
        key = _only(kind)
        wrong, right = Choice("collection"), Choice("registered")
        refused = partial(settling.settle, key, wrong, by=officer, at=AT)
        assert refusal(partial(_page, officer, refused)) == "REGISTERED"
        _page(officer, partial(settling.settle, key, right, by=officer, at=AT))
    assert rows("SELECT full_name, personal_id FROM persons_person WHERE id = %s", child) == [
        ("NGUYỄN MINH AN", "003226000001")
    ]


def test_the_tables_themselves_keep_what_a_birth_registered_and_another_areas_people(
    officer: Actor,
) -> None:
    _, mother, _ = couple()
    send(message())
    run()
    child = column("SELECT id FROM persons_person WHERE NOT isempty(entitled)")[0]
    restate = "SELECT persons_restate(%s, 'full_name', 'LÊ VĂN KHÁC')"
    assert _page(officer, partial(column, restate, child)) == [False]
    far = thu("TE01002", "thu-ho-02")
    assert _page(far, partial(column, restate, mother)) == [False]
    assert _page(officer, partial(column, restate, mother)) == [True]
    assert column("SELECT full_name FROM persons_person WHERE id = %s", child) == ["NGUYỄN MINH AN"]


@pytest.mark.parametrize(
    ("said", "kind", "choice", "code"),
    [
        ({"full_name": "TRẦN THỊ BÍCH"}, "name", Choice("other", "TRẦN THỊ B"), "REASON"),
        ({"full_name": ""}, "name", Choice("collection"), "EMPTY"),
        ({"birth_date": "1996"}, "birth_date", Choice("collection"), "DAY"),
        ({"sex": "nữ"}, "sex", Choice("collection"), "SEX"),
        ({"personal_id": "12"}, "personal_id", Choice("collection"), "E-PID-FORMAT"),
        ({"personal_id": "003094000123"}, "personal_id", Choice("collection"), "W-PID-SEX"),
        ({"insurance_number": "0100000009"}, "insurance_number", Choice("collection"), "NUMBER"),
        ({"commune_code": "99999"}, "commune", Choice("collection"), "COMMUNE"),
        ({"full_name": "X"}, "name", Choice("neither"), "CHOICE"),
    ],
)
def test_a_choice_that_cannot_stand_is_refused_with_its_field(
    officer: Actor, said: dict[str, str], kind: str, choice: Choice, code: str
) -> None:
    _, mother, _ = couple()
    _pair(mother, {}, said)
    key = _only(kind)
    found = refusal(lambda: _page(officer, lambda: settling.settle(key, choice, by=officer, at=AT)))
    assert found == code
    assert column("SELECT state FROM persons_difference WHERE id = %s", key) == ["open"]


def test_a_household_settled_moves_the_person_and_a_relation_changes_it(officer: Actor) -> None:
    first, mother, _ = couple()
    head = adult("LÊ THỊ HOA", date(1960, 1, 1))
    second = household((head, Relation.HEAD), code="0100000002")
    code = column("SELECT code FROM persons_household WHERE id = %s", first)[0]
    _pair(
        mother,
        {"household_code": code, "relation": "01"},
        {"household_code": "0100000002", "relation": "08"},
    )
    _page(
        officer,
        lambda: settling.settle(_only("household"), Choice("collection"), by=officer, at=AT),
    )
    assert living(first).get(mother) is None
    _page(
        officer, lambda: settling.settle(_only("relation"), Choice("collection"), by=officer, at=AT)
    )
    assert living(second)[mother] == "08"


def test_another_areas_difference_is_not_there(officer: Actor) -> None:
    _, mother, _ = couple()
    _pair(mother, {}, {"full_name": "TRẦN THỊ BÍCH"})
    far = thu("TE01002", "thu-ho-02")
    key = _only("name")
    with pytest.raises(NotFound):
        _page(far, lambda: settling.settle(key, Choice("collection"), by=far, at=AT))


def _rule(kind: str, pattern: str, choice: str, by: Actor) -> int:
    told = NewRule("Quy tắc thử", kind, pattern, choice, "Công văn thử")
    return int(_page(by, lambda: settlingrules.add(told, by=by, at=AT)))


def test_a_rule_is_shown_first_then_settles_all_it_speaks_of_and_is_taken_back_as_one(
    officer: Actor,
) -> None:
    persons = [adult(f"TRẦN THỊ HOÀ {letter}", date(1990, 1, 1)) for letter in "ABC"]
    household(
        (persons[0], Relation.HEAD), (persons[1], Relation.CHILD), (persons[2], Relation.CHILD)
    )
    for person, letter in zip(persons, "ABC", strict=True):
        _pair(
            person, {"full_name": f"TRẦN THỊ HOÀ {letter}"}, {"full_name": f"TRẦN THỊ HÒA {letter}"}
        )
    # One that differs in capitals alone is another pattern.
    _pair(
        adult("LÊ THỊ MAI", date(1990, 1, 1)),
        {"full_name": "Lê Thị Mai"},
        {"full_name": "LÊ THỊ MAI"},
    )
    rule = _rule("name_tone", "tone_place", "collection", officer)
    seen = _page(officer, lambda: settlingrules.preview(rule, by=officer, at=AT))
    assert (seen.done_count, seen.changed_count, seen.left_count, len(seen.sample)) == (3, 3, 0, 3)
    assert len(column(OPEN)) == 4
    before = rows("SELECT id, full_name, tone_key, fold_key FROM persons_person ORDER BY id")
    key = _page(officer, lambda: settlingrules.apply(rule, by=officer, at=AT))
    assert column("SELECT full_name FROM persons_person WHERE id = %s", persons[0]) == [
        "TRẦN THỊ HÒA A"
    ]
    assert column(OPEN) == ["name_tone"]
    assert column("SELECT done_count FROM persons_differencerun") == [3]
    # What somebody changed since stays as it is.
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE persons_person SET full_name = 'TRẦN THỊ HOA' WHERE id = %s", [persons[2]]
        )
    assert _page(officer, lambda: settlingrules.undo(key, by=officer, at=AT)) == 2
    after = rows("SELECT id, full_name, tone_key, fold_key FROM persons_person ORDER BY id")
    assert [row for row in after if row[0] != persons[2]] == [
        row for row in before if row[0] != persons[2]
    ]
    assert len(column(OPEN)) == 3
    with pytest.raises(Conflict):
        _page(officer, lambda: settlingrules.undo(key, by=officer, at=AT))


def test_a_rule_leaves_what_a_birth_registered_and_does_not_reach_another_area(
    officer: Actor,
) -> None:
    couple()
    send(message())
    run()
    child = column("SELECT id FROM persons_person WHERE NOT isempty(entitled)")[0]
    said = {
        "full_name": "NGUYỄN MINH AN",
        "birth_date": "2026-11-12",
        "sex": "male",
        "personal_id": "003226000001",
    }
    _pair(child, said, said | {"birth_date": "2026-12-11"})
    wrong = _rule("birth_date", "day_month", "collection", officer)
    seen = _page(officer, lambda: settlingrules.preview(wrong, by=officer, at=AT))
    assert (seen.done_count, seen.left_count) == (0, 1)
    right = _rule("birth_date", "day_month", "household", officer)
    far = thu("TE01002", "thu-ho-02")
    assert _page(far, lambda: settlingrules.preview(right, by=far, at=AT)).done_count == 0
    _page(officer, lambda: settlingrules.apply(right, by=officer, at=AT))
    assert column(OPEN) == []
    assert column("SELECT born_on FROM persons_person WHERE id = %s", child) == [date(2026, 11, 12)]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (NewRule(" ", "name", "any", "household", "x"), "NAME"),
        (NewRule("x", "household", "any", "household", "x"), "KIND"),
        (NewRule("x", "sex", "day_month", "household", "x"), "PATTERN"),
        (NewRule("x", "sex", "any", "other", "x"), "CHOICE"),
        (NewRule("x", "sex", "any", "household", " "), "REASON"),
    ],
)
def test_a_rule_says_what_it_lacks(rule: NewRule, code: str) -> None:
    assert refusal(lambda: settlingrules.add(rule, by=SYSTEM, at=AT)) == code

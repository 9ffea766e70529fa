"""Completeness: what counts as known, the day's count, dated criteria, and that more known facts never lower a score."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienthong.catalogues import routes
from lienthong.database.scope import acting
from lienthong.persons import completeness, households, newcomers, scores
from lienthong.persons.completeness import NewCriterion
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import Relation
from lienthong.persons.scores import MissingFilter
from tests import births
from tests.agents import agency
from tests.births import AT, BA_DINH, NGOC_HA, ON, column, message, run, send
from tests.declared import officer, refusal
from tests.households import adult, couple, household, thu
from tests.officers import SYSTEM, become

_NUMBER = """
    INSERT INTO persons_number (number, person_id, status, origin, taken_at)
    VALUES ('0123456789', %s, 'active', 'allotted', %s)
"""
NEW = NewCriterion("CHA-ME-2", "Có họ tên mẹ", "parent", "older", 10, False, ON, "Kế hoạch 2027")


@pytest.fixture(autouse=True)
def country(db: None) -> None:
    births.small_country()
    routes.ensure(ON)


def _score() -> scores.Share:
    """The share of the one commune where anybody lives."""
    completeness.tally(by=SYSTEM, at=AT)
    (found,) = scores.scores(SYSTEM, "commune", day=ON)
    return found.whole


def test_the_day_is_counted_by_unit_and_commune_and_each_number_has_its_list() -> None:
    home, mother, father = couple()
    send(message())
    run()
    lonely = adult("LÊ THỊ XA", date(1970, 1, 1), "female")
    away = household((lonely, Relation.HEAD), commune=NGOC_HA)
    assert completeness.tally(by=SYSTEM, at=AT)
    assert completeness.tally(by=SYSTEM, at=AT) == 0
    by_commune = {it.place: it for it in scores.scores(SYSTEM, "commune", day=ON)}
    assert by_commune[BA_DINH].whole.person_count == 3
    # Mother and father have no insurance number; the child lacks nothing.
    assert by_commune[BA_DINH].whole.missing_count == 2
    assert by_commune[BA_DINH].by_criterion["MA-SO-BHXH"].missing_count == 2
    assert by_commune[NGOC_HA].by_criterion["SO-DINH-DANH"].missing_count == 1
    units = scores.scores(SYSTEM, "unit", day=ON)
    assert [it.whole.person_count for it in units] == [1, 3]
    (province,) = scores.scores(SYSTEM, "province", day=ON)
    assert province.place == "01"
    assert province.whole == scores.together(units).whole
    listed = scores.missing(SYSTEM, MissingFilter(commune_code=BA_DINH), on=ON)
    assert [it.id for it in listed] == [mother, father]
    assert listed[0].missing_vi == "mã số bhxh"
    asked = MissingFilter(criterion="SO-DINH-DANH")
    assert [it.id for it in scores.missing(SYSTEM, asked, on=ON)] == [lonely]
    assert home != away


def test_an_agency_has_the_score_of_its_communes_and_a_unit_sees_its_own() -> None:
    couple()
    agency()
    household((adult("LÊ THỊ XA", date(1970, 1, 1)), Relation.HEAD), commune=NGOC_HA)
    completeness.tally(by=SYSTEM, at=AT)
    (found,) = scores.scores(SYSTEM, "agency", day=ON)
    assert (found.name, found.whole.person_count) == ("Bưu điện BD-BADINH", 2)
    of_unit = thu()
    become("lienthong_web")
    with acting(of_unit, at=AT):
        assert [it.place for it in scores.scores(of_unit, "commune", day=ON)] == [BA_DINH]
        assert scores.counted_on(of_unit, ON - timedelta(days=1)) is None
        assert refusal(lambda: completeness.set_criterion(NEW, by=of_unit, at=AT)) == (
            "COMPLETENESS_SET"
        )


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 3))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_more_known_facts_never_lower_a_score(known: list[bool], added: int) -> None:
    more = [it or place == added for place, it in enumerate(known)]
    with_fewer, with_more = _share_of(known), _share_of(more)
    assert with_more.met_weight >= with_fewer.met_weight
    assert with_more.whole_weight == with_fewer.whole_weight
    assert with_more.missing_count <= with_fewer.missing_count
    if more != known:
        assert with_more.met_weight > with_fewer.met_weight


def _share_of(known: list[bool]) -> scores.Share:
    """Of the head of a household of whom these facts are known: insurance number, sex, full name, address."""
    has_number, has_sex, has_full_name, has_address = known
    with transaction.atomic():
        name = "NGUYỄN VĂN PHÚC" if has_full_name else "PHÚC"
        sex = "male" if has_sex else "undetermined"
        new = Newcomer(name, date(1950, 2, 3), sex)
        who = newcomers.make(new, by=SYSTEM, at=AT)
        if has_number:
            with acting(SYSTEM, at=AT), connection.cursor() as cursor:
                cursor.execute(_NUMBER, [who, AT])
        place = Place(BA_DINH, AT.date(), "Số 5" if has_address else "")
        households.found(place, {who: Relation.HEAD}, on=AT.date(), by=SYSTEM, at=AT)
        found = _score()
        transaction.set_rollback(True)
    return found


def test_a_criterion_is_dated_replaced_ended_and_logged() -> None:
    couple()
    centre = officer("trung-uong-1", "centre", "")
    become("lienthong_web")
    with acting(centre, at=AT):
        effect = completeness.effect(NEW, by=centre, on=ON)
        assert (effect.person_count, effect.missing_count) == (2, 2)
        key = completeness.set_criterion(NEW, by=centre, at=AT)
        later = ON + timedelta(days=10)
        again = NewCriterion("CHA-ME-2", "Có họ tên mẹ", "parent", "older", 20, False, later, "KH")
        second = completeness.set_criterion(again, by=centre, at=AT)
        held = {it.id: it for it in completeness.criteria(centre)}
        assert (held[key].first, held[key].until) == (ON, later)
        assert (held[second].first, held[second].until, held[second].weight) == (later, None, 20)
        assert [it.id for it in completeness.criteria(centre, day=ON) if it.code == "CHA-ME-2"] == [
            key
        ]
        completeness.end_criterion(second, later + timedelta(days=5), by=centre, at=AT)
        for wrong, code in (
            ({"code": "x"}, "CRITERION_CODE"),
            ({"words_vi": ""}, "CRITERION_WORDS"),
            ({"basis_vi": ""}, "CRITERION_BASIS"),
            ({"field": "shoe"}, "CRITERION_FIELD"),
            ({"weight": 0}, "CRITERION_WEIGHT"),
            ({"field": "sex", "is_direct": True}, "CRITERION_DIRECT"),
            ({"first": ON - timedelta(days=1)}, "CRITERION_DAY"),
            ({"code": "HAI", "field": "sex", "applies_to": "everyone"}, "CRITERION_TWICE"),
        ):
            facts = {it: getattr(NEW, it) for it in NEW.__slots__} | wrong
            made = NewCriterion(**facts)  # type: ignore[arg-type]
            assert refusal(
                lambda made=made: completeness.set_criterion(made, by=centre, at=AT)
            ) == (code), wrong
    become("lienthong_worker")
    assert column("SELECT count(*) FROM audit_entry WHERE action LIKE 'criterion.%%'") == [3]


def test_a_new_criterion_counts_the_day_anew() -> None:
    couple()
    completeness.tally(by=SYSTEM, at=AT)
    before = scores.scores(SYSTEM, "commune", day=ON)[0].whole
    completeness.set_criterion(NEW, by=SYSTEM, at=AT + timedelta(minutes=1))
    assert completeness.tally(by=SYSTEM, at=AT + timedelta(minutes=2))
    after = scores.scores(SYSTEM, "commune", day=ON)[0].whole
    assert after.whole_weight == before.whole_weight + 20
    assert after.met_weight == before.met_weight


def test_criteria_about_the_same_thing_do_not_overlap_whoever_writes_them() -> None:
    with pytest.raises(DatabaseError), acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_criterion (code, words_vi, field, applies_to, weight, is_direct, valid, basis_vi,"
            " made_by, made_at) VALUES ('KHAC', 'x', 'sex', 'everyone', 5, false, '[2026-01-01,)', 'x', 'x', now())"
        )

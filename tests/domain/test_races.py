"""Sixteen at once: one message stored, one card a child, one approval, one number, and no deadlock."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.births import enrolment, storing
from lienthong.cards import actions as cards
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from tests import births
from tests.births import AT, ON, body, column, message, rows, run, send

CROWD = 16
pytestmark = pytest.mark.timeout(180)


def _officer(key: int) -> Actor:
    return Actor(
        f"can-bo-{key}", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), key, everywhere=True
    )


def _crowd(work: Callable[[int], Any], size: int = CROWD) -> list[Any]:
    """Release `size` threads at once, each with its own connection; what each returned or raised."""
    gate = threading.Barrier(size)

    def one(place: int) -> Any:
        try:
            gate.wait()
            return work(place)
        except Exception as error:  # noqa: BLE001 - the race's outcome is what is looked at
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))


@pytest.fixture(autouse=True)
def _country(committed_db: Address) -> None:
    births.small_country()


def test_one_message_sent_by_many_is_stored_once() -> None:
    for number in range(1, 21):
        content = body(message(number))
        via = storing.Via("http")
        told = _crowd(lambda _: storing.accept(content, via, by=enrolment.system(), at=AT).outcome)  # noqa: B023
        assert sorted(told) == ["duplicate"] * (CROWD - 1) + ["stored"]


def test_two_bodies_under_one_id_keep_the_first_and_the_other_as_evidence() -> None:
    via = storing.Via("http")
    for number in range(1, 11):
        two = [body(message(number)), body(message(number, nksHoTen="LÊ THỊ HOA"))]

        def deliver(place: int, two: list[bytes] = two) -> str:
            return storing.accept(two[place % 2], via, by=enrolment.system(), at=AT).outcome

        told = _crowd(deliver)
        assert told.count("stored") == 1
        assert told.count("conflict") == CROWD // 2
    assert column("SELECT count(*) FROM births_conflict") == [10]


def test_workers_side_by_side_double_nothing() -> None:
    send(*(message(number) for number in range(1, 401)))

    def work(_: int) -> int:
        moved = 0
        for _round in range(60):
            moved += sum(enrolment.advance(at=AT, on=ON, limit=37).values())
        return moved

    told = _crowd(work, 4)
    assert all(isinstance(count, int) for count in told), told
    run()
    assert column("SELECT DISTINCT state FROM dossiers_dossier") == ["APPROVAL_REQUESTED"]
    assert rows(
        "SELECT count(*), count(DISTINCT person_id), count(DISTINCT insurance_number) FROM cards_card"
    ) == [(400, 400, 400)]
    assert column("SELECT count(*) FROM dossiers_event") == [400 * 6]
    assert column("SELECT count(*) FROM persons_number") == [400]


def test_one_registration_under_many_message_ids_is_one_child() -> None:
    def work(place: int) -> None:
        send(message(1, message_id=f"M-{place}"))
        for _round in range(5):
            enrolment.advance(at=AT, on=ON)

    told = _crowd(work, 8)
    assert told == [None] * 8
    run()
    assert column("SELECT count(*) FROM persons_person") == [1]
    assert column("SELECT count(*) FROM cards_card WHERE status = 'requested'") == [1]


@pytest.mark.rule("002-8")
def test_many_approvers_make_one_approval() -> None:
    send(*(message(number) for number in range(1, 26)))
    run()
    waiting = column("SELECT id FROM cards_card ORDER BY id")
    outcomes = _crowd(lambda place: cards.approve(waiting, by=_officer(100 + place), at=AT))
    assert sum(len(outcome.done) for outcome in outcomes) == 25
    assert column("SELECT count(*) FROM cards_approval") == [25]
    refused = {refusal.code for outcome in outcomes for refusal in outcome.refused}
    assert refused == {"CHANGED"}


@pytest.mark.rule("002-7")
def test_racing_cards_of_one_child_leave_one_active_and_no_deadlock() -> None:
    send(message())
    run()
    rows_of_card = "SELECT id, person_id FROM cards_card"
    card_id, person_id = rows(rows_of_card)[0]
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        for _ in range(CROWD - 1):
            cursor.execute(
                "INSERT INTO cards_request (kind, dossier_id, person_id, unit_id, area, body, requester_person,"
                " requested_by, requested_at, withdrawn_at) SELECT 'first', dossier_id, person_id, unit_id, area,"
                " body, 0, requested_by, requested_at, requested_at FROM cards_request LIMIT 1 RETURNING id"
            )
            request_id = cursor.fetchone()[0]
            cursor.execute(
                "INSERT INTO cards_card (code, person_id, dossier_id, unit_id, area, request_id, status,"
                " insurance_number, beneficiary_group, benefit_level, province_code, valid, five_year_on,"
                " facility_code, area_code, commune_code, full_name, born_on, sex, address, guardian_name, version,"
                " end_reason, print_count) SELECT code, person_id, dossier_id, unit_id, area, %s, 'requested',"
                " insurance_number, beneficiary_group, benefit_level, province_code, valid, five_year_on,"
                " facility_code, area_code, commune_code, full_name, born_on, sex, address, guardian_name, 2, '', 0"
                " FROM cards_card WHERE id = %s",
                [request_id, card_id],
            )
    waiting = column("SELECT id FROM cards_card ORDER BY id")
    told = _crowd(lambda place: cards.approve([waiting[place]], by=_officer(300 + place), at=AT))
    assert not [each for each in told if isinstance(each, OperationalError)], told
    assert column("SELECT count(*) FROM cards_card WHERE status = 'active'") == [1]
    assert person_id


@pytest.mark.rule("002-7")
def test_the_database_itself_refuses_a_second_active_card_and_a_gap() -> None:
    send(message())
    run()
    cards.approve(column("SELECT id FROM cards_card"), by=_officer(7), at=AT)

    def change(statement: str) -> None:
        with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
            cursor.execute(statement)

    shorter = "UPDATE cards_card SET valid = daterange(lower(valid) + 1, upper(valid))"
    with pytest.raises(IntegrityError, match="cover"):
        change(shorter)
    with pytest.raises(IntegrityError):
        change("UPDATE cards_card SET approval_id = NULL")
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        change(
            "INSERT INTO cards_approval (request_id, body_sha256, requester_person, approver_person, approved_by,"
            " area, at) SELECT id, body_sha256, requester_person, requester_person, 'x', area, now()"
            " FROM cards_request"
        )

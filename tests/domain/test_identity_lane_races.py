"""Several workers in the lane at once: one id goes to one child, one question into one pair of hands."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections

from lienthong.database.address import Address
from lienthong.gateways.fakes import Citizen, PopulationTwin
from lienthong.gateways.population import Answer, AnswerClass
from lienthong.persons import identity
from lienthong.persons.identity import SYSTEM
from tests.births import column
from tests.identity import BORN, START, Clock, a_client, a_person

CROWD = 8
ROUNDS = 12
pytestmark = pytest.mark.timeout(180)


def _crowd(work: Callable[[int], Any]) -> list[Any]:
    """Release the threads at once, each with its own connection; what each returned."""
    gate = threading.Barrier(CROWD)

    def one(place: int) -> Any:
        try:
            gate.wait()
            return work(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(one, range(CROWD)))


def test_one_id_offered_to_many_at_once_goes_to_one(committed_db: Address) -> None:
    for round_ in range(ROUNDS):
        for _ in range(CROWD):
            a_person("Lê Hòa An")
        claimed = identity.due(CROWD, by=SYSTEM, at=START)
        found = Answer(0, AnswerClass.FOUND, f"003226{round_:06}", "LÊ HÒA AN", BORN, "male")
        client = a_client(PopulationTwin(), Clock())

        def settle(
            place: int, claimed: list[identity.Due] = claimed, found: Answer = found
        ) -> identity.Settled:
            answer = replace(found, key=claimed[place].person_id)
            return identity.settle([claimed[place]], [answer], client=client, by=SYSTEM, at=START)  # noqa: B023

        outcomes = _crowd(settle)
        assert sum(outcome.attached_count for outcome in outcomes) == 1
        assert sum(outcome.quarantined_count for outcome in outcomes) == CROWD - 1
    held = column("SELECT personal_id FROM persons_person WHERE personal_id IS NOT NULL ORDER BY 1")
    assert held == [f"003226{round_:06}" for round_ in range(ROUNDS)]


def test_workers_side_by_side_ask_each_question_once(committed_db: Address) -> None:
    names = [f"Lê {middle} {given}" for middle in "ABCDEGHI" for given in "KLMNOPQRST"]
    twin = PopulationTwin(
        [Citizen(name, BORN, "male", f"003226{at:06}") for at, name in enumerate(names)]
    )
    for name in names:
        a_person(name)
    client = a_client(twin, Clock(), rate=1000.0)

    def work(_: int) -> int:
        return sum(identity.ask_population(client, at=START, limit=7) for _ in range(12))

    assert sum(_crowd(work)) == len(names)
    assert twin.asked == len(names)

"""The worker's tasks beside 20,000 children: what runs every few seconds or minutes reads no table whole."""

from collections.abc import Iterator
from typing import Any

import pytest

from lienthong.config import wiring
from lienthong.database.address import Address
from lienthong.simulation import places
from lienthong.simulation.benches import tasks
from tests import postgres
from tests.births import AT

pytestmark = pytest.mark.timeout(300)
CHILDREN = 20_000
_OFTEN = 900.0
"""Seconds: what runs less often may look at everything."""


@pytest.fixture
def country(
    postgres_owner: Address, template_database: str, django_db_blocker: Any
) -> Iterator[None]:
    """A database of its own: it is filled past its triggers."""
    with (
        postgres.copy(postgres_owner, template_database) as own,
        django_db_blocker.unblock(),
        postgres.django_on(own),
    ):
        places.declare_places(at=AT)
        yield


def test_a_task_that_runs_often_costs_what_has_happened_not_what_is_there(country: None) -> None:
    jobs = [(it.name, it.every, it.run) for it in wiring.tasks() if it.every <= _OFTEN]
    assert len(jobs) > 20
    found = tasks.run(CHILDREN, jobs, at=AT, progress=lambda _: None)["tasks"]
    assert isinstance(found, dict)
    assert {name: it["read_whole"] for name, it in found.items() if it["read_whole"]} == {}

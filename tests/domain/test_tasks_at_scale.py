"""The worker's tasks beside 20,000 children: what runs every few seconds or minutes reads no table whole."""

from collections.abc import Iterator
from typing import Any

import pytest

from lienthong.config import wiring
from lienthong.database.address import Address
from lienthong.simulation import places
from lienthong.simulation.benches import tasks
from lienthong.simulation.births import plain_stream
from lienthong.simulation.geography import Places
from tests import postgres
from tests.births import AT, rows

pytestmark = pytest.mark.timeout(300)
CHILDREN = 20_000
_OFTEN = 900.0
"""Seconds: what runs less often may look at everything."""


_LARGE = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s"


@pytest.fixture
def country(
    postgres_owner: Address, template_database: str, django_db_blocker: Any
) -> Iterator[Places]:
    """A database of its own: it is filled past its triggers."""
    with (
        postgres.copy(postgres_owner, template_database) as own,
        django_db_blocker.unblock(),
        postgres.django_on(own),
    ):
        yield places.declare_places(at=AT)


def test_a_task_that_runs_often_costs_what_has_happened_not_what_is_there(country: Places) -> None:
    jobs = [(it.name, it.every, it.run) for it in wiring.tasks() if it.every <= _OFTEN]
    assert len(jobs) > 20
    births = list(plain_stream(30, seed=1, until=AT, places=country))
    found = tasks.run(CHILDREN, jobs, births, at=AT, progress=lambda _: None)["tasks"]
    assert isinstance(found, dict)
    assert found["advance"]["moved"] >= len(births)
    large = {str(name) for (name,) in rows(_LARGE, CHILDREN // 2)}
    assert large > {"persons_person", "dossiers_dossier", "cards_card", "collection_entry"}
    whole = {(name, table) for name, it in found.items() for table in large & set(it["read_whole"])}
    assert whole == set()

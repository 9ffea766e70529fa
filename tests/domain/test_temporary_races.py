"""Eight counters ask for one newborn in the same moment: it gets one code; and eight newborns get eight."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest

from lienthong.cards import temporary
from lienthong.cards.temporary import Newborn
from lienthong.database.address import Address
from tests import hospitals
from tests.births import AT, small_country
from tests.newborns import ASKER, newborn

_COUNTERS = 8


def _ask_at_once(database: Address, child_of: Callable[[int], Newborn]) -> list[Any]:
    barrier = Barrier(_COUNTERS)

    def ask(counter: int) -> Any:
        with psycopg.connect(database.conninfo) as connection:
            connection.execute("SET LOCAL ROLE lienthong_gateway")

            def run(statement: str, parameters: list[str]) -> list[tuple[Any, ...]]:
                barrier.wait(30)
                return connection.execute(statement.encode(), parameters).fetchall()

            return temporary.give(ASKER, child_of(counter), at=AT, run=run)

    with ThreadPoolExecutor(_COUNTERS) as counters:
        return list(counters.map(ask, range(_COUNTERS)))


@pytest.fixture
def database(committed_db: Address) -> Address:
    """Communes and a hospital, committed."""
    small_country()
    hospitals.hospital()
    return committed_db


def test_one_newborn_gets_one_code_however_many_ask(database: Address) -> None:
    given = _ask_at_once(database, lambda _: newborn())
    assert len({it.code for it in given}) == 1
    assert sum(it.is_new for it in given) == 1


def test_children_of_one_birth_get_a_code_each(database: Address) -> None:
    given = _ask_at_once(database, lambda counter: newborn(birth_order=counter + 1))
    assert len({it.code for it in given}) == _COUNTERS

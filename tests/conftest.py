"""What every test may ask for: a database rolled back, a database of its own, the rights of a page.

A real PostgreSQL in every case: the embedded one under var/test, or that of LIENTHONG_DATABASE_URL.
"""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.db import connection, connections

# Before anything reads the environment: tests never touch the data of the installation beside them.
# A server for each worker: how far a watermark may go depends on every transaction of the server.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
os.environ["LIENTHONG_HOME"] = str(Path(__file__).parent.parent / "var" / f"test{_WORKER}")
for _name in ("LIENTHONG_NOW", "LIENTHONG_PRODUCTION", "LIENTHONG_SECRET_FILE", "LIENTHONG_ROLE"):
    os.environ.pop(_name, None)

from lienthong.births import lists
from lienthong.config import environment
from lienthong.database import server
from lienthong.database.address import Address

environment.current.cache_clear()

from tests import births, postgres

BecomeWeb = Callable[[], AbstractContextManager[None]]


class QuickArgon2(hashers.Argon2PasswordHasher):
    """The real algorithm at its lowest cost."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    before = settings.PASSWORD_HASHERS
    settings.PASSWORD_HASHERS = [f"{__name__}.{QuickArgon2.__name__}"]
    hashers.get_hashers.cache_clear()
    hashers.get_hashers_by_algorithm.cache_clear()
    yield
    settings.PASSWORD_HASHERS = before


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Nothing outside this machine is asked; PostgreSQL and our own servers are."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                msg = f"a test tried to reach {host}"
                raise AssertionError(msg)
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _fresh_lists() -> None:
    """A rolled back test and the next one may give one number to two versions of the lists."""
    lists._of_version.cache_clear()


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands where the children of `tests.births` are newborn, whatever the day is."""
    monkeypatch.setattr(settings, "CLOCK", lambda: births.AT)


@pytest.fixture(scope="session")
def postgres_owner() -> Iterator[Address]:
    """The owner's address on a server that runs for the whole session."""
    chosen = environment.current()
    with server.running(
        chosen.database_url, chosen.home, postgres_bin=chosen.postgres_bin
    ) as owner:
        postgres.drop_leftovers(owner)
        yield owner


@pytest.fixture(scope="session")
def template_database(postgres_owner: Address, django_db_blocker: Any) -> str:
    """The name of a database with the schema, the lists and the law."""
    with django_db_blocker.unblock():
        return postgres.template(postgres_owner)


@pytest.fixture(scope="session")
def django_db_setup(
    postgres_owner: Address, template_database: str, django_db_blocker: Any
) -> Iterator[None]:
    """In place of pytest-django's: this process's copy of the template, where `db` rolls back."""
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():
        with postgres.django_on(own):
            yield
            connections.close_all()


@pytest.fixture
def committed_db(
    postgres_owner: Address, template_database: str, django_db_blocker: Any
) -> Iterator[Address]:
    """A database of this test's own, for races, kills and everything that commits; gone afterwards."""
    with ExitStack() as stack:
        own = stack.enter_context(postgres.copy(postgres_owner, template_database))
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(postgres.django_on(own))
        yield own
        connections.close_all()


@pytest.fixture
def as_web_role() -> BecomeWeb:
    """`with as_web_role():` — from here the transaction has the rights of a page, row-level security included."""

    @contextmanager
    def become() -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE lienthong_web")
        yield
        # After an error the transaction's end, or the savepoint's, takes the role back.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE lienthong_worker")

    return become

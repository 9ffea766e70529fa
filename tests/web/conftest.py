"""Fixtures of the page tests: a small world, rolled back, and browsers signed in as any of its officers."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from lienthong.accounts import sessions
from lienthong.accounts.jurisdiction import scope_of
from tests.web import world as worlds
from tests.web.world import World

SignedIn = Callable[[str], Client]


@pytest.fixture
def now() -> datetime:
    return settings.CLOCK()


@pytest.fixture
def world(db: None, now: datetime) -> World:
    """Units and officers; each test adds the children it speaks of."""
    return worlds.build(now)


@pytest.fixture
def as_page(world: World) -> Iterator[Callable[[], None]]:
    """Call it when the world is complete: from then on the connection has the rights of the pages."""

    def become() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE lienthong_web")

    yield become
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")


@pytest.fixture
def signed_in(world: World, as_page: Callable[[], None]) -> SignedIn:
    """A browser with a session of that officer."""

    def open_as(username: str) -> Client:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT role, province_code, unit_code FROM accounts_officer WHERE username = %s",
                [username],
            )
            role, province_code, unit_code = cursor.fetchone()
        as_page()
        scope = scope_of(role, province_code=province_code, unit_code=unit_code)
        token = sessions.open_session(world.officers[username], scope, browser="thử nghiệm")
        client = Client()
        client.cookies["lienthong"] = token
        return client

    return open_as

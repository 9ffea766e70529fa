"""What the gateway hands to a protocol and takes from it: a request, a reply, and a desk where the database is asked.

A protocol lists its `Route`s; the gateway (`gateway`) reads bodies, keeps limits of size and time, finds the route and
sends the reply. Nothing here knows a protocol, a socket or Django's pages.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from psycopg import Cursor

from lienthong.cards.lookup import Call, CardAnswer

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read whole. `path` as sent; header names in lower case; `peer` is the caller's address."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    peer: str
    request_id: str
    is_secure: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. Every reply is `no-store`; the gateway adds that, the length and the date."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Trouble(StrEnum):
    """Why a route's function could not answer; each protocol has its own words, and none reads as "not insured"."""

    DATABASE = "database"
    OVERLOAD = "overload"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    METHOD = "method"
    BROKEN = "broken"


class Desk(Protocol):
    """Where a protocol asks. Raises psycopg.Error or TimeoutError; the gateway makes them a `Trouble`."""

    async def look_up(self, calls: Sequence[Call]) -> list[CardAnswer]:
        """The answers in order; calls of other requests that wait go into the same statement and commit."""
        ...

    async def in_thread(self, function: Callable[[Cursor[Any]], Result]) -> Result:
        """The function's result, run in a thread inside one transaction with the gateway's rights, then committed."""
        ...

    def now(self) -> datetime:
        """The instant, by the clock of the installation."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """One address: matched whole without regard to case, or by its beginning when `path` ends with `*`."""

    path: str
    methods: frozenset[str]
    answer: Callable[[Request, Desk], Awaitable[Reply]]
    trouble: Callable[[Request, Trouble], Reply]

"""A hospital's program for tests: takes a token, looks a card up, and shows the raw answer."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from lienthong.accounts import passwords
from lienthong.web.api import giamdinh
from lienthong.web.api.door import Reply, Route
from tests import gateway, hospitals
from tests.hospitals import STAFF

MD5 = passwords.md5_of(hospitals.PASSWORD)
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
"""The day of the small country of `tests.births`, at noon."""
KCB2024 = "/api/egw/KQNhanLichSuKCB2024"


def route(path: str) -> Route:
    """The route that a path leads to, without regard to case."""
    (found,) = [it for it in giamdinh.ROUTES if it.path.lower() == path.lower()]
    return found


def post(path: str, body: bytes, *, query: str = "", at: datetime = NOON, **more: Any) -> Reply:
    """The reply of the gateway's own function."""
    asked = gateway.request(path, body, query=query, **more)
    return gateway.answer(route(path), asked, at=at)


def form(**fields: str) -> bytes:
    """The fields as most programs send them: nothing encoded."""
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


def take(name: str = hospitals.NAME, password: str = MD5, **more: Any) -> dict[str, Any]:
    """The answer of the token call."""
    reply = post("/api/token/take", form(username=name, password=password), **more)
    assert reply.status == 200
    return msgspec.json.decode(reply.body)  # type: ignore[no-any-return]


def credentials(**more: Any) -> str:
    """The query string of a look-up, with a fresh token."""
    key = take(**more)["APIKey"]
    return urlencode(
        {
            "token": key["access_token"],
            "id_token": key["id_token"],
            "username": key["username"],
            "password": MD5,
        }
    )


def asked(code: str, name: str, born: date | str, **more: str) -> bytes:
    """The five fields of 2024."""
    day = born if isinstance(born, str) else f"{born:%d/%m/%Y}"
    fields = {"maThe": code, "hoTen": name, "ngaySinh": day}
    fields |= {"hoTenCb": STAFF[0], "cccdCb": STAFF[1]} | more
    return form(**fields)


def look_up(
    code: str, name: str, born: date | str, *, path: str = KCB2024, at: datetime = NOON
) -> dict[str, Any]:
    """The answer of a look-up with a fresh token, as an object whose keys keep their order."""
    reply = post(path, asked(code, name, born), query=credentials(at=at), at=at)
    return msgspec.json.decode(reply.body)  # type: ignore[no-any-return]

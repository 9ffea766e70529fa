"""A newer client of the hospitals' doors for tests: takes a bearer token, asks, and shows what came back."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from lienthong.web.api import eligibility, fhir
from lienthong.web.api.door import Reply, Route
from tests import gateway, hospitals

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
"""The day of the small country of `tests.births`, at noon."""
FORM = "application/x-www-form-urlencoded"


def route(path: str) -> Route:
    """The route that a path leads to."""
    every = (*eligibility.ROUTES, *fhir.ROUTES)
    (found,) = [
        it
        for it in every
        if path == it.path or (it.path.endswith("*") and path.startswith(it.path[:-1]))
    ]
    return found


def send(
    path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, **more: Any
) -> Reply:
    """The reply of the door's own function."""
    at = more.pop("at", NOON)
    asked = gateway.request(path, body, headers=headers, **more)
    return gateway.answer(route(path), asked, at=at)


def token_reply(
    headers: Mapping[str, str] | None = None, at: datetime = NOON, **fields: str
) -> Reply:
    """What the token's door says to a form of these fields."""
    return send(
        "/api/v1/token",
        urlencode(fields).encode(),
        {"content-type": FORM, **(headers or {})},
        at=at,
    )


def bearer(name: str = hospitals.NAME, password: str = hospitals.PASSWORD, **more: Any) -> str:
    """The header of a fresh token."""
    reply = token_reply(
        grant_type="client_credentials", client_id=name, client_secret=password, **more
    )
    assert reply.status == 200, reply.body
    return f"Bearer {json.loads(reply.body)['access_token']}"


def headers(content_type: str = "application/json", **more: str) -> dict[str, str]:
    """Those of a client that is signed in."""
    return {"authorization": bearer(), "content-type": content_type, **more}


def ask(code: str, name: str, born: str, **changes: Any) -> Reply:
    """One question of a client that is signed in."""
    said = {"code": code, "name": name, "dob": born, "visit_ref": "KB-1", **changes}
    body = json.dumps({key: value for key, value in said.items() if value is not None}).encode()
    return send("/api/v1/eligibility", body, headers())


def document(reply: Reply) -> dict[str, Any]:
    """The body as an object."""
    found = json.loads(reply.body)
    assert isinstance(found, dict)
    return found

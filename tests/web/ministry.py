"""A ministry that sends births over HTTP: its account, its keys, its signed requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from lienthong.accounts import actions
from lienthong.accounts.actions import NewMachine
from lienthong.accounts.permissions import Role, every_permission
from lienthong.gateways.signing import Request, sign_request
from lienthong.kernel.actor import system_actor
from tests.gateways.samples import AT

SYSTEM = system_actor(every_permission())
SINCE = AT - timedelta(days=400)
_END = "UPDATE accounts_senderkey SET valid_until = %s, revoked_at = %s, valid_from = %s WHERE key_id = %s"


@dataclass(frozen=True)
class Ministry:
    """One machine account and one key of it."""

    source: str
    key_id: str
    private: Ed25519PrivateKey

    def signed(
        self,
        body: bytes,
        *,
        url: str,
        method: str = "POST",
        created: datetime = AT,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """The request as the ministry would send it."""
        named = (
            {"Content-Type": "application/json", **(headers or {})} if body else dict(headers or {})
        )
        request = Request(method, url, named, body)
        return sign_request(request, key_id=self.key_id, private=self.private, created=created)

    def post(
        self, body: bytes, *, created: datetime = AT, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        """Its answer from the test client."""
        request = self.signed(
            body, url="http://testserver/api/births", created=created, headers=headers
        )
        return send(request)

    def ask(self, message_id: str) -> HttpResponse:
        """The answer to its question after a message."""
        return send(
            self.signed(b"", url=f"http://testserver/api/births/{message_id}", method="GET")
        )


def send(request: Request, **environ: Any) -> HttpResponse:
    """Any request, signed or not, through the test client."""
    headers = dict(request.headers)
    kind = headers.pop("Content-Type", "")
    path = request.url.removeprefix("http://testserver")
    return Client(raise_request_exception=True).generic(
        request.method, path, request.body, kind, headers=headers, **environ
    )


def registered(
    source: str = "BTP",
    *,
    role: str = Role.MINISTRY,
    until: datetime | None = None,
    revoked: datetime | None = None,
) -> Ministry:
    """A ministry whose account and key are known to us."""
    private = Ed25519PrivateKey.generate()
    key_id = f"{source.lower()}-1"
    machine = NewMachine(source.lower(), f"Hệ thống {source}", role, source=source)
    machine_id = actions.create_machine(machine, None, by=SYSTEM, at=SINCE)
    actions.accept_key(
        machine_id, key_id, private.public_key().public_bytes_raw(), by=SYSTEM, at=SINCE
    )
    with connection.cursor() as cursor:
        cursor.execute(_END, [until, revoked, SINCE, key_id])
    return Ministry(source, key_id, private)

"""Sessions: opened with a proof, resumed from a token, ended at once. The rows live in schema `authz`.

Idle after 15 minutes, over after 8 hours, by the database server's clock. A session is the only thing that
opens row-level security to an officer.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, connections

from lienthong.accounts.jurisdiction import Scope
from lienthong.accounts.permissions import TITLES_VI, Role, permissions_of
from lienthong.kernel.actor import Actor, ActorKind

_TOKEN_BYTES = 32
_OPEN = "SELECT authz.open_session(%s, %s, %s, %s::integer[], %s::text[], %s, %s)"
_TOUCH = """
    SELECT officer_id, username, person_key, role, province_code, unit_code, everywhere
    FROM authz.touch(%s)
"""
_READ_AS_SENDER = """
    SELECT set_config('lienthong.sender', %s, true), set_config('lienthong.sender_proof', %s, true)
"""
_INSTALL_KEY = """
    INSERT INTO authz.secret (name, value) VALUES ('session', %s)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    WHERE authz.secret.value <> excluded.value
"""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One living session of the officer himself; `is_this` marks the one he looks through."""

    id: int
    browser: str
    opened_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_this: bool


def install_key() -> None:
    """Give the database the key that proofs are checked with, as the owner. For set-up; safe to run twice."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(_INSTALL_KEY, [settings.KEYRING.secret("authz")])


def open_session(officer_id: int, scope: Scope, *, browser: str = "") -> str:
    """A fresh token of 256 bits for an active officer; only its hash is stored.

    Raises a database error when the key files of this process and of the database differ.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    token_sha = hashlib.sha256(token.encode()).digest()
    areas, provinces = list(scope.areas), list(scope.provinces)
    proof = _proof(officer_id, token_sha, scope)
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN, [officer_id, token_sha, scope.everywhere, areas, provinces, browser, proof]
        )
    return token


def resume(token: str) -> Actor | None:
    """The officer behind a token, None when it opens nothing (any more). One call to the database."""
    if not token:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, [token])
        row = cursor.fetchone()
    if row is None:
        return None
    officer_id, username, person_key, role, province_code, unit_code, everywhere = row
    return Actor(
        name=username,
        kind=ActorKind.OFFICER,
        permissions=permissions_of(role),
        person_key=person_key,
        account_id=officer_id,
        role=role,
        title_vi=TITLES_VI[Role(role)],
        province_code=province_code,
        unit_code=unit_code,
        everywhere=everywhere,
        token=token,
    )


def read_as_sender(source: str) -> None:
    """For the rest of this transaction, see what became of the source's own messages, wherever the child lives.

    The caller names source and message in every statement: the database only checks the proof.
    """
    key = settings.KEYRING.secret("authz")
    proof = hashlib.sha256(key + f"sender|{source}".encode() + key).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_READ_AS_SENDER, [source, proof])


def close(token: str) -> bool:
    """End the session of the token; False when there was none. The next request with it is refused."""
    return _yes("SELECT authz.close(%s)", [token])


def own_sessions(by: Actor) -> list[SessionLine]:
    """The living sessions of the officer himself, newest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM authz.own_sessions(%s)", [by.token])
        return [SessionLine(*row) for row in cursor.fetchall()]


def close_own(session_id: int, *, by: Actor) -> bool:
    """End one of one's own sessions; False when it is not one's own or has ended."""
    return _yes("SELECT authz.close_own(%s, %s)", [by.token, session_id])


def _yes(statement: str, arguments: Sequence[str | int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        row = cursor.fetchone()
    return bool(row and row[0])


def _proof(officer_id: int, token_sha: bytes, scope: Scope) -> bytes:
    said = "|".join(
        (
            str(officer_id),
            token_sha.hex(),
            "true" if scope.everywhere else "false",
            ",".join(str(area) for area in scope.areas),
            ",".join(scope.provinces),
        )
    )
    key = settings.KEYRING.secret("authz")
    return hashlib.sha256(key + said.encode() + key).digest()

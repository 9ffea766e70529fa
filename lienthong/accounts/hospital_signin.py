"""Opening the hospitals' door: account, password and registered address; one answer for every kind of wrong.

Runs with the rights of the gateway, which reads no table: functions of the database say what it may know. A wrong
password, an unknown, closed or suspended account and an address that nobody registered look alike, and cost alike.
"""

import hashlib
import secrets
import threading
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from lienthong.accounts import hospital_tokens, passwords
from lienthong.accounts.hospital_tokens import Token

_DOOR = """
    SELECT machine_id, is_suspended, is_known_address, password_changed_at
    FROM authz.hospital_door(%s, %s::inet)
"""
_BEGIN = "SELECT wait_seconds, password_hash FROM authz.begin_attempt('machine', %s, '', %s)"
_TURNED_AWAY = "SELECT authz.hospital_turned_away(%s, %s::inet)"
_FORGET = "SELECT authz.forget_attempts('machine', %s, '', %s)"


class Cursor(Protocol):
    """A cursor of psycopg, or Django's around one."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...  # noqa: ANN401 - theirs
    def fetchone(self) -> Any: ...  # noqa: ANN401 - theirs


class _Door(NamedTuple):
    machine_id: int
    is_suspended: bool
    is_known_address: bool
    password_at: datetime

    @property
    def is_open(self) -> bool:
        return self.is_known_address and not self.is_suspended


class _Verified:
    """Who showed the right password a short while ago, as keyed hashes; of this process alone.

    Many clients take a token before every look-up: each would cost the memory-hard hash again.
    """

    KEPT: Final = timedelta(minutes=10)
    MOST: Final = 4_096

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._since: dict[bytes, datetime] = {}
        self._lock = threading.Lock()

    def knows(self, *parts: str, at: datetime) -> bool:
        """True for what was verified within the last ten minutes."""
        since = self._since.get(self._digest(parts))
        return since is not None and timedelta() <= at - since <= self.KEPT

    def remember(self, *parts: str, at: datetime) -> None:
        """From now on known; the oldest makes room."""
        with self._lock:
            self._since.pop(self._digest(parts), None)
            while len(self._since) >= self.MOST:
                del self._since[next(iter(self._since))]
            self._since[self._digest(parts)] = at

    def _digest(self, parts: tuple[str, ...]) -> bytes:
        return hashlib.blake2b("\0".join(parts).encode(), key=self._key, digest_size=32).digest()


_verified = _Verified()


def open_token(
    name: str, password_md5: str, peer: str, cursor: Cursor, *, at: datetime
) -> Token | None:
    """A token for the doors that show name and MD5 with it; None for anything wrong. Commit either way.

    `password_md5` is what clients send instead of the password, in either case.
    """
    account, said = hospital_tokens.account_name(name), hospital_tokens.password_form(password_md5)
    password_at = _verify(account, said, peer, cursor, at=at)
    if password_at is None:
        return None
    return hospital_tokens.give(account, said, peer, at=at, password_at=password_at)


def open_bearer(
    name: str, password_md5: str, peer: str, cursor: Cursor, *, at: datetime
) -> Token | None:
    """As `open_token`, a token that is shown alone. Of a password in the clear give `passwords.md5_of(password)`."""
    account, said = hospital_tokens.account_name(name), hospital_tokens.password_form(password_md5)
    password_at = _verify(account, said, peer, cursor, at=at)
    if password_at is None:
        return None
    return hospital_tokens.give_bearer(account, peer, at=at, password_at=password_at)


def _verify(account: str, said: str, peer: str, cursor: Cursor, *, at: datetime) -> datetime | None:
    """When the password was set, for whom may open a token from there.

    The attempt is counted before the password is looked at, and forgotten when all was right: a caller that dies
    half-way has tried.
    """
    address = hospital_tokens.peer_form(peer)
    if not account or not said or not address:
        # No account and no password has such a form: nothing is learned from the quick answer.
        return None
    cursor.execute(_DOOR, [account, address])
    row = cursor.fetchone()
    door = None if row is None else _Door(*row)
    if door and door.is_open and _verified.knows(*_parts(account, said, address, door), at=at):
        return door.password_at
    cursor.execute(_BEGIN, [account, address])
    wait, kept = cursor.fetchone()
    if wait > 0:
        return None
    is_right = passwords.matches(said, kept)
    if is_right and door is not None and not door.is_known_address:
        # The officer who keeps the account sees from where it was tried, and may register the address.
        cursor.execute(_TURNED_AWAY, [account, address])
    if door is None or not door.is_open or not is_right:
        return None
    cursor.execute(_FORGET, [account, address])
    _verified.remember(*_parts(account, said, address, door), at=at)
    return door.password_at


def _parts(account: str, said: str, address: str, door: _Door) -> tuple[str, ...]:
    # With the instant of the password: a new one makes strangers of all who knew the old.
    return account, said, address, door.password_at.isoformat()

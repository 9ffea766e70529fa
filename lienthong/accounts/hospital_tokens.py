"""A hospital's tokens: what they are made of, and whether one that comes back is ours, fresh and from the same place.

Nothing is stored. A token signs the account, the caller's address, its own id, its instant and, for the older doors,
the password's MD5; it has the anatomy that clients of the giám định gateway know since 2016. Whether the account is
still open, and its password still the same, is asked of the database with each look-up.
"""

import base64
import binascii
import hmac
import ipaddress
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings

LIFETIME: Final = timedelta(minutes=10)
"""What a token says of itself; it is honoured for `settings.HOSPITAL_TOKEN_HONOURED`, which is longer."""
_SKEW = timedelta(minutes=1)
"""How far the clock of the process that gave a token may be ahead of ours."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_FACILITY_ACCOUNT = re.compile(r"[0-9]{2}[0-9A-Za-z]{3}_bv", re.IGNORECASE)
_MD5 = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"[A-Za-z0-9]{64,400}={0,2}")
_FILETIME = re.compile(r"[0-9]{18}")
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TICKS = 10
"""Ticks of a Windows FILETIME, of 100 ns, in a microsecond."""
_INSTANT_BITS = 60
_INSTANT_MASK = (1 << _INSTANT_BITS) - 1


@dataclass(frozen=True, slots=True)
class Token:
    """What an account is given. `access_token` holds letters and digits alone: clients paste it raw into addresses."""

    access_token: str
    id_token: str
    username: str
    expires_at: datetime

    @property
    def expires_in(self) -> str:
        """The instant of the end in UTC, ISO 8601 with seven digits of a second and Z."""
        return f"{self.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caller shows: a token, its id, and the account's name and MD5 with it, as sent."""

    access_token: str
    id_token: str
    username: str
    password_md5: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The account of a bearer token; `token_at` is for `Asker.token_at`."""

    account: str
    token_at: datetime


def account_name(text: str) -> str:
    """The account's name as kept: blanks cut, `01929_bv` in capitals; "" for what no account can be called."""
    name = text.strip()
    if _FACILITY_ACCOUNT.fullmatch(name):
        name = name.upper()
    return name if _NAME.fullmatch(name) else ""


def password_form(text: str) -> str:
    """The MD5 of a password in lower case, whichever case it was sent in; "" for what is none."""
    said = text.strip().lower()
    return said if _MD5.fullmatch(said) else ""


def peer_form(peer: str) -> str:
    """An address in one spelling (an IPv4 address is one inside IPv6, too); "" for what is none."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def give(name: str, password_md5: str, peer: str, *, at: datetime, password_at: datetime) -> Token:
    """A token for the older doors, whose callers show name and MD5 with it. The caller has been verified.

    `password_at` is when the password was last set; it travels in the id, so that a new password ends the token.
    """
    id_token = _id_with(password_at)
    ticks = _ticks(at)
    signature = _signature("take", name, peer_form(peer), id_token, ticks, password_md5.lower())
    return Token(_sealed(signature, name, ticks), id_token, name, at + LIFETIME)


def check(shown: Shown, peer: str, *, at: datetime) -> datetime | None:
    """The instant for `Asker.token_at`, when the token is ours, fresh, and shown by whom and whence it was taken."""
    name, id_token = account_name(shown.username), shown.id_token.strip().lower()
    parts = _opened(shown.access_token)
    if len(parts) != len(("signature", "name", "ticks")) or parts[1] != name:
        return None
    signature, _, ticks = parts
    said = password_form(shown.password_md5)
    right = _signature("take", name, peer_form(peer), id_token, ticks, said)
    if not hmac.compare_digest(right, signature) or not _is_fresh(ticks, at):
        return None
    return _instant_in(id_token)


def give_bearer(name: str, peer: str, *, at: datetime, password_at: datetime) -> Token:
    """A token for the newer doors, shown alone (`Authorization: Bearer …`): its id stands inside it, as a fourth part.

    The doors of the one kind take no token of the other.
    """
    id_token = _id_with(password_at)
    ticks = _ticks(at)
    signature = _signature("bearer", name, peer_form(peer), id_token, ticks)
    return Token(_sealed(signature, name, ticks, id_token), id_token, name, at + LIFETIME)


def check_bearer(access_token: str, peer: str, *, at: datetime) -> Holder | None:
    """Whose token it is, when it is ours, fresh and shown from the address that took it."""
    parts = _opened(access_token)
    if len(parts) != len(("signature", "name", "ticks", "id")):
        return None
    signature, name, ticks, id_token = parts
    right = _signature("bearer", name, peer_form(peer), id_token, ticks)
    if not hmac.compare_digest(right, signature) or not _is_fresh(ticks, at):
        return None
    token_at = _instant_in(id_token)
    return None if token_at is None else Holder(name, token_at)


def _signature(*parts: str) -> str:
    # Parts hold no zero byte: what was signed can be parted in one way only.
    said = "\0".join(parts).encode("utf-8", "surrogatepass")
    digest = hmac.digest(settings.KEYRING.secret("authz"), b"hospital token:" + said, "sha256")
    return base64.b64encode(digest).decode()


def _sealed(*parts: str) -> str:
    # Base64 of ASCII without > ? ~ has neither + nor /. A name of another length than 01929_BV would leave padding.
    return base64.b64encode(":".join(parts).encode()).decode().rstrip("=")


def _opened(access_token: str) -> list[str]:
    """The parts of a token; [] for what was never one."""
    text = access_token.strip()
    if not _TOKEN.fullmatch(text):
        return []
    bare = text.rstrip("=")
    try:
        plain = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return []
    # A second spelling of the same bytes is not the token that was given.
    return plain.split(":") if _sealed(plain) == bare and "\0" not in plain else []


def _ticks(at: datetime) -> str:
    return str((at.astimezone(UTC) - _FILETIME_EPOCH) // _MICROSECOND * _TICKS)


def _is_fresh(ticks: str, at: datetime) -> bool:
    if not _FILETIME.fullmatch(ticks):
        return False
    given_at = _FILETIME_EPOCH + timedelta(microseconds=int(ticks) // _TICKS)
    return -_SKEW <= at - given_at <= settings.HOSPITAL_TOKEN_HONOURED


def _id_with(password_at: datetime) -> str:
    """A UUID (version 4 by its form) in which an instant is hidden under a keyed mask of its random half."""
    micros = (password_at.astimezone(UTC) - _UNIX_EPOCH) // _MICROSECOND
    rest = secrets.randbits(62) | 1 << 63
    hidden = (micros & _INSTANT_MASK) ^ _mask(rest)
    high = hidden >> 12 << 16 | 4 << 12 | hidden & 0xFFF
    return str(uuid.UUID(int=high << 64 | rest))


def _instant_in(id_token: str) -> datetime | None:
    try:
        high, rest = divmod(uuid.UUID(id_token).int, 1 << 64)
    except ValueError:
        return None
    hidden = high >> 16 << 12 | high & 0xFFF
    return _UNIX_EPOCH + timedelta(microseconds=hidden ^ _mask(rest))


def _mask(rest: int) -> int:
    key = settings.KEYRING.secret("authz")
    digest = hmac.digest(key, b"hospital token id:" + rest.to_bytes(8), "sha256")
    return int.from_bytes(digest[:8]) & _INSTANT_MASK

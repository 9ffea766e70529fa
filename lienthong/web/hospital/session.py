"""The clerk's session: the account's token and who the clerk is, sealed in a cookie that scripts cannot read.

Nothing is stored. Idle for 15 minutes it is over, and after 8 hours in any case. Account, password, suspension and staff
are asked of the database with each look-up, so that whatever ends them ends the session's use at once.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from lienthong.accounts import hospital_signin, hospital_tokens, passwords
from lienthong.cards import temporary
from lienthong.cards.lookup import Asker
from lienthong.web.page import is_secure

IDLE: Final = timedelta(minutes=15)
OVER: Final = timedelta(hours=8)
_LONGEST: Final = 256


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    token: str
    personal_id: str
    name: str
    facility_code: str
    facility_name: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who sits at the counter, of which facility, and as whom the database is asked."""

    asker: Asker
    facility_code: str
    facility_name: str
    opened_at: datetime

    @property
    def name(self) -> str:
        """The clerk's, as registered."""
        return self.asker.staff_name


def sign_in(request: HttpRequest, shown: dict[str, str], *, at: datetime) -> Clerk | None:
    """The clerk, when account, password, address and staff member are right; None for anything wrong, all alike.

    `shown` has account, password, personal_id and name, as typed.
    """
    if max(map(len, shown.values())) > _LONGEST:
        return None
    digest = passwords.md5_of(shown["password"])
    with transaction.atomic(), connection.cursor() as cursor:
        token = hospital_signin.open_bearer(shown["account"], digest, _peer(request), cursor, at=at)
    if token is None:
        return None
    holder = hospital_tokens.check_bearer(token.access_token, _peer(request), at=at)
    if holder is None:
        return None
    name = " ".join(shown["name"].split())
    asker = Asker(holder.account, holder.token_at, "".join(shown["personal_id"].split()), name)
    said = temporary.door(asker)
    if said.verdict:
        return None
    return Clerk(asker, said.facility_code, said.facility_name, at)


def read(request: HttpRequest, *, at: datetime) -> Clerk | None:
    """The clerk of the cookie, while it is ours, fresh and shown from the address that signed in."""
    sealed = request.COOKIES.get(_cookie(request), "")
    try:
        plain = _box().decrypt_at_time(sealed.encode(), int(IDLE.total_seconds()), _second(at))
        kept = msgspec.json.decode(plain, type=_Sealed)
    except (InvalidToken, msgspec.DecodeError, UnicodeError):
        return None
    holder = hospital_tokens.check_bearer(kept.token, _peer(request), at=at)
    if holder is None or not timedelta() <= at - kept.opened_at <= OVER:
        return None
    asker = Asker(holder.account, holder.token_at, kept.personal_id, kept.name)
    return Clerk(asker, kept.facility_code, kept.facility_name, kept.opened_at)


def keep(response: HttpResponseBase, request: HttpRequest, clerk: Clerk, *, at: datetime) -> None:
    """Seal the clerk into the cookie anew: from now on idle."""
    asker = clerk.asker
    password_at = asker.token_at or datetime.fromtimestamp(0, UTC)
    token = hospital_tokens.give_bearer(
        asker.account, _peer(request), at=at, password_at=password_at
    )
    sealed = _Sealed(
        token.access_token,
        asker.staff_personal_id or "",
        asker.staff_name,
        clerk.facility_code,
        clerk.facility_name,
        clerk.opened_at,
    )
    value = _box().encrypt_at_time(msgspec.json.encode(sealed), _second(at)).decode()
    response.set_cookie(
        _cookie(request),
        value,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponseBase, request: HttpRequest) -> None:
    """Take the cookie back and tell the browser to drop what it kept."""
    response.delete_cookie(_cookie(request), samesite="Strict")
    response["Clear-Site-Data"] = '"cache", "storage"'


def _box() -> Fernet:
    key = hmac.digest(settings.KEYRING.secret("authz"), b"hospital desk session", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))


def _second(at: datetime) -> int:
    return int(at.timestamp())


def _peer(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _cookie(request: HttpRequest) -> str:
    return "__Host-lienthong-co-so" if is_secure(request) else "lienthong-co-so"

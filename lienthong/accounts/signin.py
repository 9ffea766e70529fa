"""Signing in: name, password and, in production always, a one-time code. One answer for every kind of wrong.

Failures delay only the door they came through (`authz.begin_attempt`), and cost the same time whether or not
the account exists. Called outside a transaction, so that a failure is counted even when the request dies.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from lienthong.accounts import jurisdiction, passwords, secondfactor, sessions
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, system_actor
from lienthong.kernel.errors import NotAllowed, Refused

_BEGIN = """
    SELECT wait_seconds, account_id, password_hash, totp_secret
    FROM authz.begin_attempt('officer', %s, %s, %s)
"""
_OFFICER = "SELECT role, province_code, unit_code FROM accounts_officer WHERE id = %s AND is_active"
_WRONG_VI = "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng."
_MAX_NAME = 64
_MAX_PASSWORD = 256
_NOBODY = system_actor(frozenset())


@dataclass(frozen=True, slots=True)
class Door:
    """Where an attempt comes from: the token of a known browser ('' when unknown), the peer address, the browser's name."""

    device: str
    address: str
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the officer typed. `code` is the one-time code, '' without one."""

    username: str
    password: str
    code: str = ""


def sign_in(attempt: Attempt, door: Door, *, at: datetime) -> str:
    """The token of a new session.

    Raises NotAllowed (E-SIGN-IN) for anything wrong, always with the same sentence, and Refused (E-SIGN-IN-WAIT)
    while this door has to wait.
    """
    username = attempt.username.strip().lower()[:_MAX_NAME]
    password = attempt.password[: _MAX_PASSWORD + 1]
    wait, officer_id, kept, totp = _begin(username, door)
    if wait > 0:
        raise Refused(_wait_vi(wait), code="E-SIGN-IN-WAIT", field="username")
    is_right = passwords.matches(password, kept)
    if (
        officer_id is None
        or not is_right
        or not _second_factor(officer_id, totp, attempt.code, at=at)
    ):
        with acting(_NOBODY, at=at):
            trail.record(
                _NOBODY, "sign_in.refused", at=at, subject_kind="officer", subject_id=officer_id
            )
        raise NotAllowed(_WRONG_VI, code="E-SIGN-IN", field="password")
    return _open(officer_id, username, door, at=at)


def require_own_password(password: str, *, by: Actor) -> None:
    """For a change of one's own password or second factor. Raises NotAllowed when the password is not the current one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT password_hash FROM authz.own_credential(%s)", [by.token])
        row = cursor.fetchone()
    if not passwords.matches(password[: _MAX_PASSWORD + 1], row[0] if row else None):
        raise NotAllowed(
            "Mật khẩu hiện tại không đúng.", code="E-SIGN-IN", field="current_password"
        )


def has_second_factor(by: Actor) -> bool:
    """True when the signed-in officer has set a second factor up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT totp_secret IS NOT NULL FROM authz.own_credential(%s)", [by.token])
        row = cursor.fetchone()
    return bool(row and row[0])


def _begin(username: str, door: Door) -> tuple[int, int | None, str | None, bytes | None]:
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [username, door.device, door.address])
        wait, officer_id, kept, totp = cursor.fetchone()
    return wait, officer_id, kept, None if totp is None else bytes(totp)


def _second_factor(officer_id: int, kept: bytes | None, code: str, *, at: datetime) -> bool:
    """True when the code is right and fresh, or when none is set and none is demanded."""
    if kept is None:
        return not settings.PRODUCTION
    step = secondfactor.step_of(secondfactor.unsealed(kept), code, at=at)
    if step is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT authz.take_totp_step(%s, %s)", [officer_id, step])
        row = cursor.fetchone()
    return bool(row and row[0])


def _open(officer_id: int, username: str, door: Door, *, at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_OFFICER, [officer_id])
        row = cursor.fetchone()
        if row is None:
            raise NotAllowed(_WRONG_VI, code="E-SIGN-IN", field="password")
        cursor.execute(
            "SELECT authz.forget_attempts('officer', %s, %s, %s)",
            [username, door.device, door.address],
        )
    role, province_code, unit_code = row
    scope = jurisdiction.scope_of(role, province_code=province_code, unit_code=unit_code)
    token = sessions.open_session(officer_id, scope, browser=door.browser)
    actor = sessions.resume(token)
    if actor is None:
        raise NotAllowed(_WRONG_VI, code="E-SIGN-IN", field="password")
    with acting(actor, at=at):
        trail.record(actor, "sign_in", at=at, subject_kind="officer", subject_id=officer_id)
    return token


def _wait_vi(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    wait = f"{minutes} phút {rest} giây" if minutes else f"{rest} giây"
    return f"Đăng nhập sai nhiều lần. Vui lòng thử lại sau {wait}."

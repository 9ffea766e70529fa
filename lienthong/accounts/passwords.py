"""Passwords: how they are kept (Argon2id) and which are good enough. Not for second factors."""

import hashlib
import secrets
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from lienthong.kernel.errors import Refused

_MIN_LENGTH_IN_PRODUCTION = 15
_MIN_LENGTH_ELSEWHERE = 8
_MAX_LENGTH = 256


class Argon2id(Argon2PasswordHasher):
    """Argon2id over 32 MiB, two passes, one lane: few enough megabytes for many sign-ins at once."""

    time_cost = 2
    memory_cost = 32 * 1024
    parallelism = 1


_COMMON = CommonPasswordValidator()


def hash_of(password: str) -> str:
    """The form in which a password is kept, with its own salt and cost figures in it."""
    return make_password(password)


def md5_of(password: str) -> str:
    """What a hospital's program sends instead of its password since 2016: the MD5 in hexadecimal, lower case.

    It protects nothing by itself, so it is treated as the password: kept as Argon2id, never as it is.
    """
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def matches(password: str, kept: str | None) -> bool:
    """True when the password is the kept one. Without a kept one it takes the same time and is False."""
    is_right = check_password(password, kept or _nobodys())
    return is_right and kept is not None


def require_good(password: str, *, username: str) -> None:
    """Length, not composition (ASVS 6.2): 15 characters in production, 8 elsewhere, none of the well-known ones.

    Raises Refused with the sentence for the officer.
    """
    least = _MIN_LENGTH_IN_PRODUCTION if settings.PRODUCTION else _MIN_LENGTH_ELSEWHERE
    if len(password) < least:
        raise _refused(f"Mật khẩu phải có ít nhất {least} ký tự. Có thể dùng một câu dễ nhớ.")
    if len(password) > _MAX_LENGTH:
        raise _refused(f"Mật khẩu dài quá {_MAX_LENGTH} ký tự.")
    if username.lower() in password.lower():
        raise _refused("Mật khẩu không được chứa tên đăng nhập.")
    try:
        _COMMON.validate(password)
    except ValidationError:
        raise _refused(
            "Mật khẩu này quá phổ biến, rất dễ bị đoán. Hãy chọn mật khẩu khác."
        ) from None


def _refused(message_vi: str) -> Refused:
    return Refused(message_vi, code="E-PASSWORD", field="password")


@cache
def _nobodys() -> str:
    """A hash that no password matches, at the cost of a real one."""
    return make_password(secrets.token_urlsafe())

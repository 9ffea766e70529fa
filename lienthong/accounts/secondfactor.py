"""The second factor: one-time codes (TOTP, RFC 6238), kept encrypted, each good for one use."""

import hmac
import secrets
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_STEP_SECONDS = 30
_ISSUER = "Lienthong"
_NONCE_BYTES = 12
_CODE_LENGTH = 6


def new_secret() -> str:
    """A fresh secret of 160 bits, in base32 as authenticator applications take it."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, *, username: str) -> str:
    """The `otpauth:` address that an authenticator application reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def sealed(secret: str) -> bytes:
    """The secret as it is kept: AES-256-GCM under a key that the database does not hold."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key()).encrypt(nonce, secret.encode(), None)


def unsealed(kept: bytes) -> str:
    """The secret of its kept form. Raises ValueError when it was not sealed with our key."""
    try:
        return AESGCM(_key()).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None).decode()
    except InvalidTag:
        msg = "a second factor was sealed with another key"
        raise ValueError(msg) from None


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The 30-second step for which the code is right, the step of `at` or a neighbour; None when it is wrong.

    The caller must take the step (`authz.take_totp_step`), so that a code counts once.
    """
    digits = code.replace(" ", "")
    if len(digits) != _CODE_LENGTH or not digits.isascii() or not digits.isdigit():
        return None
    now_step = int(at.timestamp()) // _STEP_SECONDS
    generator = pyotp.TOTP(secret)
    for step in (now_step, now_step - 1, now_step + 1):
        if hmac.compare_digest(generator.at(step * _STEP_SECONDS), digits):
            return step
    return None


def _key() -> bytes:
    return hmac.digest(settings.KEYRING.secret("authz"), b"lienthong second factor", "sha256")

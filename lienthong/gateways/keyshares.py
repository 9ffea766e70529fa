"""A secret file parted among three holders, any two of whom put it together again (guarantees T9).

For each pair of holders the file is masked with a pad of its own: one holder keeps the pad, the other the masked file.
One share alone is random bytes: it says nothing but the length.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from itertools import combinations

from lienthong.kernel.errors import Refused

HOLDERS = 3
_FORMAT = "lienthong-share-1"
_LARGEST = 1024 * 1024


def split(secret: bytes) -> list[str]:
    """Three shares, each one JSON document. Raises Refused for an empty secret or one over a mebibyte."""
    if not 0 < len(secret) <= _LARGEST:
        raise Refused("Tệp khóa phải có nội dung và không quá 1 MiB.", code="E-KEY-SHARE")
    kept: list[dict[str, str]] = [{} for _ in range(HOLDERS)]
    for left, right in combinations(range(HOLDERS), 2):
        pad = secrets.token_bytes(len(secret))
        pair = f"{left + 1}{right + 1}"
        kept[left][pair] = _text(pad)
        kept[right][pair] = _text(_masked(secret, pad))
    # A salt only the shares know: the digest must not let a guess at the file be tried.
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + secret).hexdigest()
    return [
        json.dumps(
            {"format": _FORMAT, "holder": holder + 1, "salt": salt.hex(), "digest": digest, "parts": parts},
            indent=1,
        )
        for holder, parts in enumerate(kept)
    ]  # fmt: skip


def join(shares: Sequence[str]) -> bytes:
    """The secret of two shares. Raises Refused (E-KEY-SHARE) when they are of one holder, of other splits, or changed."""
    try:
        first, second = (json.loads(text) for text in shares[:2])
        pair = "".join(sorted(f"{first['holder']}{second['holder']}"))
        secret = _masked(_raw(first["parts"][pair]), _raw(second["parts"][pair]))
        digests = {each["digest"] for each in (first, second)}
        found = hashlib.sha256(bytes.fromhex(first["salt"]) + secret).hexdigest()
        is_good = digests == {found} and first["format"] == _FORMAT
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused() from error
    if not is_good:
        raise _refused()
    return secret


def _masked(data: bytes, pad: bytes) -> bytes:
    if len(data) != len(pad):
        raise _refused()
    return bytes(one ^ other for one, other in zip(data, pad, strict=True))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _refused() -> Refused:
    return Refused(
        "Hai phần khóa không ghép được: phải là hai phần khác nhau, nguyên vẹn, của cùng một lần tách.",
        code="E-KEY-SHARE",
    )

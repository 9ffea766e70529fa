"""The signed daily list of cards that no longer count although their seal is genuine (danh sách thu hồi).

Cards stand in it as digests of code and version, so that the file names nobody. A digest can be tried out by
someone who guesses card codes: the list is for verifiers, not for publication beside other data.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lienthong.cards import envelope
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Refused

DOMAIN = b"BHYT-R1\0"
_MARK_BYTES = 12
_FRESH_FOR = timedelta(days=1)
_FIELD_COUNT = 2


@dataclass(frozen=True, slots=True)
class RevocationList:
    """The revoked cards as of an instant; `marks` are digests of (code, version)."""

    made_at: datetime
    marks: frozenset[bytes]

    def has(self, code: str, version: int) -> bool:
        """True when that issue of the card is revoked."""
        return card_mark(code, version) in self.marks

    @property
    def day(self) -> date:
        """The Vietnamese day the list was made."""
        return vietnam_date(self.made_at)

    def is_stale(self, on: date) -> bool:
        """True when a newer daily list must exist by that day."""
        return on - self.day > _FRESH_FOR


def card_mark(code: str, version: int) -> bytes:
    """Twelve bytes that stand for one issue of one card."""
    return hashlib.sha256(DOMAIN + f"{code}/{version}".encode()).digest()[:_MARK_BYTES]


def make_revocation_list(
    entries: Iterable[tuple[str, int]], keyring: Keyring, *, at: datetime
) -> bytes:
    """The signed list of (card code, version) pairs, sorted, dated to the second; repeats count once."""
    marks = sorted({card_mark(code, version) for code, version in entries})
    payload = envelope.canonical([int(at.timestamp()), b"".join(marks)])
    return envelope.signed(DOMAIN, payload, keyring, at=at)


def read_revocation_list(signed: bytes, public_keys: Mapping[str, bytes]) -> RevocationList:
    """The list of genuine bytes. Raises Refused (E-REVOCATION-LIST) for any other."""
    try:
        found = envelope.decoded(envelope.opened(signed, DOMAIN, public_keys).payload)
    except (envelope.Unreadable, envelope.UnknownKey, envelope.Forged) as error:
        raise _refused() from error
    if not isinstance(found, list) or len(found) != _FIELD_COUNT:
        raise _refused()
    seconds, joined = found
    if type(seconds) is not int or type(joined) is not bytes or len(joined) % _MARK_BYTES:
        raise _refused()
    marks = [joined[at : at + _MARK_BYTES] for at in range(0, len(joined), _MARK_BYTES)]
    if marks != sorted(set(marks)):
        raise _refused()
    return RevocationList(datetime.fromtimestamp(seconds, UTC), frozenset(marks))


def _refused() -> Refused:
    return Refused(
        "Danh sách thu hồi không đúng chữ ký hoặc bị hỏng; hãy tải lại danh sách của ngày hôm nay.",
        code="E-REVOCATION-LIST",
    )

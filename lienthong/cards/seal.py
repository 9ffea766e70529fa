"""The signed text in a card's QR, and its check without a network: public keys and a revocation list suffice.

Text: `BHYT1:` and Base45 of the envelope; its payload is one CBOR array, in this order: card code in base 36,
name (packed, or UTF-8), birth date as days since 1970, first day after birth, last day after the first, sex,
facility, version. Not a look-up: it says what was sealed, and only the list knows what happened since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from lienthong.cards import envelope, letters
from lienthong.cards.envelope import export_public_keys, read_public_keys
from lienthong.cards.revocation import (
    RevocationList,
    make_revocation_list,
    read_revocation_list,
)
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.codes import parse_card_code
from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import Refused

__all__ = [
    "NAME_ALPHABET",
    "NO_LIST",
    "SENTENCES",
    "STALE_LIST",
    "CardFacts",
    "RevocationList",
    "SealAnswer",
    "SealStatus",
    "export_public_keys",
    "make_revocation_list",
    "read_public_keys",
    "read_revocation_list",
    "seal_text",
    "verify_text",
]

PREFIX = "BHYT1:"
_DOMAIN = b"BHYT1\0"
_EPOCH = date(1970, 1, 1)
_SEXES = ("male", "female", "undetermined")
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class SealStatus(StrEnum):
    """What the check of a QR found."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    REVOKED = "revoked"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown_key"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the QR says of a card. `valid_to` is the last day included; `version` counts issues of the card."""

    code: str
    full_name: str
    birth_date: date
    sex: str
    valid_from: date
    valid_to: date
    facility_code: str
    version: int


@dataclass(frozen=True, slots=True)
class SealAnswer:
    """The result of a check. Facts only when the seal is genuine; `list_day` is the revocation list's day."""

    status: SealStatus
    facts: CardFacts | None
    message_vi: str
    list_day: date | None = None

    @property
    def is_valid(self) -> bool:
        """True for a genuine, unrevoked card on a day of its range."""
        return self.status is SealStatus.VALID


SENTENCES: Final = {
    SealStatus.VALID: "Mã QR đúng do cơ quan Bảo hiểm xã hội cấp; thẻ còn giá trị đến hết ngày {to}.",
    SealStatus.EXPIRED: "Mã QR đúng, nhưng thẻ đã hết giá trị từ sau ngày {to}.",
    SealStatus.NOT_YET: "Mã QR đúng, nhưng thẻ chỉ có giá trị từ ngày {start}.",
    SealStatus.REVOKED: "Mã QR đúng, nhưng thẻ này đã bị thu hồi hoặc đã được thay bằng thẻ khác.",
    SealStatus.FORGED: "Mã QR không đúng chữ ký: nội dung đã bị sửa hoặc thẻ là giả.",
    SealStatus.UNKNOWN_KEY: (
        "Mã QR được ký bằng khóa không có trong danh sách khóa công khai;"
        " hãy cập nhật danh sách khóa rồi kiểm tra lại."
    ),
    SealStatus.UNREADABLE: "Đây không phải mã QR của thẻ bảo hiểm y tế, hoặc mã bị đọc thiếu.",
}
NO_LIST = " Chưa đối chiếu với danh sách thu hồi."
NAME_ALPHABET: Final = letters.ALPHABET
"""For verifiers elsewhere: the letters by whose place a name is packed."""
STALE_LIST = " Danh sách thu hồi đã cũ (ngày {day}); hãy tải danh sách mới."


def seal_text(facts: CardFacts, keyring: Keyring, *, at: datetime) -> str:
    """The text of the card's QR: at most 262 characters (version 9-M) for a name of sixty letters.

    A name with letters outside the Vietnamese alphabets is sealed as UTF-8 and may need a larger QR.
    Raises Refused (E-SEAL-FACTS) for facts that no card can carry, and when no key is active.
    """
    return PREFIX + envelope.base45(envelope.signed(_DOMAIN, _payload(facts), keyring, at=at))


def verify_text(
    text: str, public_keys: Mapping[str, bytes], revoked: RevocationList | None, *, on: date
) -> SealAnswer:
    """What the QR is worth on that day, from the keys and the list alone. Never raises.

    Without a list, or with one that is more than a day old, a genuine card's message says so.
    """
    if not text.startswith(PREFIX):
        return _refusal(SealStatus.UNREADABLE)
    try:
        token = envelope.from_base45(text.removeprefix(PREFIX))
        facts = _facts(envelope.opened(token, _DOMAIN, public_keys).payload)
    except envelope.Unreadable:
        return _refusal(SealStatus.UNREADABLE)
    except envelope.UnknownKey:
        return _refusal(SealStatus.UNKNOWN_KEY)
    except envelope.Forged:
        return _refusal(SealStatus.FORGED)
    return _answer(facts, revoked, on)


def _refusal(status: SealStatus) -> SealAnswer:
    return SealAnswer(status, None, SENTENCES[status])


def _answer(facts: CardFacts, revoked: RevocationList | None, on: date) -> SealAnswer:
    if revoked is not None and revoked.has(facts.code, facts.version):
        status = SealStatus.REVOKED
    elif on > facts.valid_to:
        status = SealStatus.EXPIRED
    elif on < facts.valid_from:
        status = SealStatus.NOT_YET
    else:
        status = SealStatus.VALID
    sentence = SENTENCES[status].format(
        start=day_first(facts.valid_from), to=day_first(facts.valid_to)
    )
    if revoked is None:
        return SealAnswer(status, facts, sentence + NO_LIST)
    if status is not SealStatus.REVOKED and revoked.is_stale(on):
        sentence += STALE_LIST.format(day=day_first(revoked.day))
    return SealAnswer(status, facts, sentence, revoked.day)


def _payload(facts: CardFacts) -> bytes:
    if not _is_sealable(facts):
        raise Refused(
            "Dữ liệu thẻ không hợp lệ nên không thể ký mã QR: hãy kiểm tra mã thẻ, họ tên,"
            " ngày sinh, giới tính và thời hạn.",
            code="E-SEAL-FACTS",
        )
    name = letters.packed(facts.full_name)
    return envelope.canonical(
        [
            int(facts.code, 36),
            facts.full_name if name is None else name,
            (facts.birth_date - _EPOCH).days,
            (facts.valid_from - facts.birth_date).days,
            (facts.valid_to - facts.valid_from).days,
            _SEXES.index(facts.sex),
            facts.facility_code,
            facts.version,
        ]
    )


def _is_sealable(facts: CardFacts) -> bool:
    code = parse_card_code(facts.code)
    return (
        code is not None
        and str(code) == facts.code
        and facts.full_name != ""
        and facts.sex in _SEXES
        and facts.valid_from <= facts.valid_to
        and facts.version >= 1
    )


def _facts(payload: bytes) -> CardFacts:
    """Read back and sealed again to the same bytes, so that each card has exactly one payload."""
    found = envelope.decoded(payload)
    try:
        facts = _facts_of(found)
        again = _payload(facts)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError, Refused) as error:
        raise envelope.Unreadable from error
    if again != payload:
        raise envelope.Unreadable
    return facts


def _facts_of(found: object) -> CardFacts:
    if not isinstance(found, list):
        raise TypeError
    code, name, birth, wait, span, sex, facility_code, version = found
    birth_date = _EPOCH + timedelta(days=birth)
    valid_from = birth_date + timedelta(days=wait)
    return CardFacts(
        code=_base36(code),
        full_name=name if isinstance(name, str) else letters.unpacked(name),
        birth_date=birth_date,
        sex=_SEXES[sex],
        valid_from=valid_from,
        valid_to=valid_from + timedelta(days=span),
        facility_code=facility_code,
        version=version,
    )


def _base36(number: int) -> str:
    digits: list[str] = []
    while number > 0:
        number, digit = divmod(number, 36)
        digits.append(_BASE36[digit])
    return "".join(reversed(digits))

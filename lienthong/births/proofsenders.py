"""Checks the senders' signatures in a proof of one child: what the ministry itself signed, by its own key. Pure.

Each delivery over the network has its call's signature: over the body where that is at hand, else over the digest alone.
Whose key it is no pack can say of itself: compare it with the one that the sender published.
"""

import base64
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lienthong.births import proofpack
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.gateways.justice_reading import items_of
from lienthong.gateways.partners import BIRTHS, Partner, Partners
from lienthong.gateways.signing import SignatureText, Signed, names_digest, verify_kept
from lienthong.kernel.dates import VIETNAM, day_first
from lienthong.kernel.errors import Refused

_WRONG_VI: Final = {
    "E-SIG-KEY": "không phải của khóa mà gói nêu",
    "E-SIG-EARLY": "được ký trước ngày khóa có hiệu lực",
    "E-SIG-EXPIRED": "được ký khi khóa đã hết hiệu lực",
    "E-SIG-REVOKED": "được nhận khi khóa đã bị thu hồi",
}
_KEY_BYTES: Final = 32
_REMARKS_VI: Final = {
    "batch": "{} lần gửi nằm trong lô chung với trẻ khác: chữ ký của lô đúng, nhưng nội dung cả lô không có trong gói nên"
    " chưa đối chiếu được với thông điệp; ai có tệp của lô thì thêm --sent. Mã lần gửi: {}.",
    "differing": "{} lần gửi mang nội dung khác dưới mã thông điệp đã có, nên không được áp dụng: chữ ký đúng, nội dung đó"
    " không có trong gói.",
    "unkept": "{} lần gửi qua mạng có từ trước khi hệ thống lưu chữ ký của bên gửi: gói chỉ có mã khóa, không kiểm tra được"
    " chữ ký.",
    "unsigned": "{} lần nhận bằng tệp hoặc hồ sơ giấy: không có chữ ký qua mạng để kiểm tra.",
}


class Senders:
    """One pass over the deliveries of a pack; every delivery adds what does not hold, and what it is."""

    def __init__(
        self,
        members: Mapping[str, bytes],
        *,
        trusted: Mapping[str, Any] | None,
        sent: Sequence[bytes],
    ) -> None:
        self._members, self._trusted = members, trusted
        self._bodies = {hashlib.sha256(body).hexdigest(): body for body in sent}
        self._held: dict[tuple[str, str], list[str]] = {}
        self._signatures: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._used: set[str] = set()
        self._unseen: set[str] = set()
        self._key_ids: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.broken: list[str] = []
        self.remarks: list[str] = []

    def read(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Check every delivery of these messages. Raises one of the errors of unreadable JSON."""
        if not _are_keys(self._trusted):
            self.broken.append("Không đọc được tệp khóa đã cho của bên gửi.")
            return
        deliveries = [(message, each) for message in messages for each in message["deliveries"]]
        if proofpack.SIGNATURES in self._members or any("call" in each for _, each in deliveries):
            told = json.loads(self._members[proofpack.SIGNATURES])
            self._signatures, self._keys = told["signatures"], told["keys"]
        for message, delivery in deliveries:
            self._read_delivery(message, delivery)
        if set(self._signatures) - self._used:
            self.broken.append("Gói có chữ ký của bên gửi không thuộc lần gửi nào.")
        if self._used and self._trusted is None:
            self.remarks.append(
                "Khóa của bên gửi lấy từ chính gói; hãy so với khóa do bên gửi công bố (--sender-keys)."
            )
        calls = ", ".join(sorted(self._unseen))
        self.remarks += [
            text.format(self.counts[kind], calls)
            for kind, text in _REMARKS_VI.items()
            if self.counts[kind]
        ]
        self.remarks = list(dict.fromkeys(self.remarks))

    def checked_vi(self) -> Iterable[str]:
        """What was checked and found good, in words."""
        count = self.counts["checked"]
        if count:
            keys = ", ".join(sorted(self._key_ids))
            yield (
                f"Chữ ký của bên gửi đúng ở {count} lần gửi qua mạng (khóa {keys}): nội dung đúng mã băm đã ký,"
                " chữ ký khớp với khóa, khóa có hiệu lực lúc ký."
            )

    def _read_delivery(self, message: Mapping[str, Any], delivery: Mapping[str, Any]) -> None:
        name = message["message_id"]
        is_same = delivery["sha256"] == self._digest_of(message)
        if is_same != (delivery["outcome"] != "conflict"):
            self.broken.append(f"Một lần gửi của thông điệp {name} mang nội dung khác với gói.")
        call = delivery.get("call")
        if delivery["channel"] != "http":
            self.counts["unsigned"] += 1
        elif call not in self._signatures:
            self.counts["unkept"] += 1
        else:
            self._used.add(call)
            self._check(message, delivery, self._signatures[call])

    def _check(
        self, message: Mapping[str, Any], delivery: Mapping[str, Any], told: Mapping[str, Any]
    ) -> None:
        name, at = message["message_id"], _instant(delivery["received_at"])
        partner = self._partner(told, message["source"], at)
        if partner is None:
            return
        text = SignatureText(told["base"], told["signature_input"], told["signature"])
        body = self._body(message, delivery, told)
        try:
            signed = verify_kept(text, Partners([partner]), at=at, door=BIRTHS, body=body)
        except Refused as error:
            wrong_vi = _WRONG_VI.get(error.code, "không đúng")
            self.broken.append(f"Chữ ký của bên gửi cho thông điệp {name} {wrong_vi}.")
            return
        self._remark_on_key(signed)
        if body is None:
            self._count_unseen(name, delivery, told, text)
        elif self._is_in(body, delivery, told):
            self.counts["checked"] += 1
            self._key_ids.add(partner.key_id)
        else:
            self.broken.append(f"Nội dung mà bên gửi đã ký không có thông điệp {name}.")

    def _partner(self, told: Mapping[str, Any], source: str, at: datetime) -> Partner | None:
        """The key that must have signed, with the dates that were known then; as published where that is at hand."""
        key_id, then = str(told["key_id"]), told["key"]
        now = self._keys[key_id]
        published = then if self._trusted is None else self._trusted.get(key_id)
        wrong_vi = ""
        if then["public_key"] != now["public_key"]:
            wrong_vi = "nay khác với lúc nhận"
        elif now["source"] != source:
            wrong_vi = f"không phải của nơi gửi {source}"
        elif published is None:
            wrong_vi = "không có trong tệp khóa đã cho của bên gửi"
        if wrong_vi or published is None:
            self.broken.append(f"Khóa {key_id} {wrong_vi}.")
            return None
        return Partner(
            source,
            key_id,
            base64.b64decode(published["public_key"], validate=True),
            max(_dates("valid_from", then, published)),
            min(_dates("valid_until", then, published), default=None),
            revoked_at=self._revoked(key_id, _dates("revoked_at", now, published), at),
        )

    def _revoked(self, key_id: str, dates: Sequence[datetime], at: datetime) -> datetime | None:
        """When the key was revoked, if that was before its signature came."""
        revoked_at = min(dates, default=None)
        if revoked_at is None or revoked_at <= at:
            return revoked_at
        self.remarks.append(
            f"Khóa {key_id} của bên gửi bị thu hồi lúc {_clock(revoked_at)}, sau khi đã nhận."
        )
        return None

    def _remark_on_key(self, signed: Signed) -> None:
        until = self._keys[signed.partner.key_id]["valid_until"]
        if until is not None and signed.created >= _instant(until):
            self.remarks.append(
                f"Khóa {signed.partner.key_id} của bên gửi nay được ghi là hết hiệu lực lúc {_clock(_instant(until))},"
                " trước lúc ký; lúc nhận thì chưa."
            )

    def _body(
        self, message: Mapping[str, Any], delivery: Mapping[str, Any], told: Mapping[str, Any]
    ) -> bytes | None:
        """The body as sent, where it is at hand."""
        if told["sent_sha256"] is None:
            return None if delivery["outcome"] == "conflict" else self._members[message["body"]]
        if told["sent"] is not None:
            return self._members[told["sent"]]
        return self._bodies.get(told["sent_sha256"])

    def _is_in(self, body: bytes, delivery: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
        place = (hashlib.sha256(body).hexdigest(), str(told["coding"]))
        if place not in self._held:
            items = messages_in(body, place[1])
            self._held[place] = [hashlib.sha256(item).hexdigest() for item in items]
        digests = self._held[place]
        return len(digests) == told["items"] and delivery["sha256"] in digests

    def _count_unseen(
        self,
        name: str,
        delivery: Mapping[str, Any],
        told: Mapping[str, Any],
        text: SignatureText,
    ) -> None:
        """Of a body that is not here the digest is."""
        digest = bytes.fromhex(told["sent_sha256"] or delivery["sha256"])
        if names_digest(text, digest) is False:
            self.broken.append(f"Bên gửi đã ký mã băm khác với lần gửi của thông điệp {name}.")
        elif told["items"] > 1:
            self.counts["batch"] += 1
            self._unseen.add(str(delivery["call"]))
        else:
            self.counts["differing"] += 1

    def _digest_of(self, message: Mapping[str, Any]) -> str:
        return hashlib.sha256(self._members[message["body"]]).hexdigest()


def messages_in(body: bytes, coding: str) -> list[bytes]:
    """The messages that a body as sent holds; none when it cannot be unpacked."""
    if coding:
        try:
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, MAX_BYTES + 1)
        except zlib.error:
            return []
    return items_of(body) or [body]


def _are_keys(trusted: Mapping[str, Any] | None) -> bool:
    """Whether the file of published keys can be used: 32 bytes each, and instants with their zone."""
    try:
        for key in (trusted or {}).values():
            raw = base64.b64decode(key["public_key"], validate=True)
            ends = (
                _dates("valid_from", key) + _dates("valid_until", key) + _dates("revoked_at", key)
            )
            if len(raw) != _KEY_BYTES or any(each.tzinfo is None for each in ends):
                return False
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def _dates(name: str, *keys: Mapping[str, Any]) -> list[datetime]:
    return [_instant(key[name]) for key in keys if key.get(name)]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _clock(at: datetime) -> str:
    local = at.astimezone(VIETNAM)
    return f"{local:%H:%M:%S} {day_first(local.date())}"

"""Look a card up at the counter: one form, one answer in large letters, and what to do next (INV-33)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http.response import HttpResponseBase

from lienthong.accounts.permissions import Permission
from lienthong.cards.lookup import BirthDate, Call, CardAnswer, Verdict, key_of, look_up
from lienthong.catalogues import contacts
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Refused
from lienthong.kernel.names import match_key
from lienthong.web.hospital.desk import SHUT_VI, Visit, desk_page, need_open

_DAYS_BACK, _DAYS_AHEAD = 366, 31
_PURPOSE = "Tra cứu thẻ BHYT tại quầy"
_BIRTH = re.compile(r"(?:(?:([0-9]{1,2})[/.\-])?([0-9]{1,2})[/.\-])?([0-9]{4})")
_EIGHT = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict at the counter: how it looks, what it is, and what to do next."""

    tone: str
    title_vi: str
    next_vi: str


_PAPERS_VI = "Không có nghĩa là người bệnh không có thẻ. "
_ASK_VI = "Nếu vẫn chưa rõ, gọi tổ công tác của tỉnh ở dưới."
_MISS = (
    "Xem lại mã, họ tên và ngày sinh trên thẻ hoặc ứng dụng; quét mã QR của thẻ. Trẻ sơ sinh chưa có thẻ: cấp mã thẻ tạm. "
    + _ASK_VI
)
_OVER = (
    "Xem thẻ mới hơn trên ứng dụng hoặc hỏi gia đình. Trẻ dưới 6 tuổi vẫn được bảo hiểm: tra bằng số định danh hoặc mã số"
    " BHXH. " + _ASK_VI
)
SAID: Final[dict[str, Said]] = {
    Verdict.VALID: Said("good", "Thẻ còn giá trị", "Tiếp nhận theo thẻ này."),
    Verdict.REPLACED_VALID: Said(
        "good", "Còn giá trị, đã có thẻ mới", "Tiếp nhận và ghi mã thẻ mới vào hồ sơ."
    ),
    Verdict.REPLACED_EXPIRED: Said(
        "good", "Thẻ cũ đã hết, đã có thẻ mới", "Dùng thẻ mới dưới đây; không từ chối người bệnh."
    ),
    Verdict.NOT_YET: Said(
        "wait",
        "Thẻ chưa đến ngày có giá trị",
        "Xem ngày bắt đầu; hỏi gia đình thẻ đang dùng. " + _ASK_VI,
    ),
    Verdict.EXPIRED: Said("wait", "Thẻ này đã hết hạn", _OVER),
    Verdict.NO_CARD: Said(
        "wait",
        "Trẻ đã có trong hệ thống, thẻ đang được cấp",
        "Trẻ dưới 6 tuổi được bảo hiểm từ khi sinh. Tiếp nhận bằng giấy khai sinh, hoặc cấp mã thẻ tạm.",
    ),
    Verdict.REVOKED: Said("bad", "Thẻ này đã bị thu hồi", _OVER),
    Verdict.REDUCED: Said("bad", "Thẻ này đã báo giảm", _OVER),
    Verdict.MOVED_OUT: Said("bad", "Thẻ này đã báo giảm, chuyển ngoại tỉnh", _OVER),
    Verdict.MOVED_WITHIN: Said("bad", "Thẻ này đã báo giảm, chuyển nội tỉnh", _OVER),
    Verdict.ADDED_AGAIN: Said("bad", "Thẻ này đã báo giảm, tăng lại cùng đơn vị", _OVER),
    Verdict.STOPPED: Said("bad", "Thẻ này đã ngừng tham gia", _OVER),
    Verdict.ARMY: Said(
        "wait",
        "Thẻ do Bộ Quốc phòng quản lý",
        "Hệ thống này không xác nhận được; xem thẻ và giấy tờ.",
    ),
    Verdict.POLICE: Said(
        "wait", "Thẻ do Bộ Công an quản lý", "Hệ thống này không xác nhận được; xem thẻ và giấy tờ."
    ),
    Verdict.BAD_CODE: Said(
        "wait", "Mã không đúng dạng", _PAPERS_VI + "Xem lại mã: 10, 12, 15 hoặc 17 ký tự."
    ),
    Verdict.BAD_LEVEL: Said(
        "wait", "Ký tự mức hưởng không đúng", _PAPERS_VI + "Xem lại ký tự thứ 3 của mã thẻ."
    ),
    Verdict.BAD_PROVINCE: Said(
        "wait", "Mã tỉnh trong mã thẻ không có", _PAPERS_VI + "Xem lại ký tự thứ 4, 5."
    ),
    Verdict.UNKNOWN: Said("wait", "Chưa xác định được", _PAPERS_VI + _MISS),
    Verdict.WRONG_NAME: Said("wait", "Họ tên không khớp với mã", _PAPERS_VI + _MISS),
    Verdict.WRONG_INITIALS: Said("wait", "Họ tên gần khớp, có thể sai một chữ", _PAPERS_VI + _MISS),
    Verdict.WRONG_BIRTH: Said("wait", "Ngày sinh không khớp với mã", _PAPERS_VI + _MISS),
    Verdict.OVER_TARGET: Said(
        "wait",
        "Hôm nay đã có quá nhiều lần hỏi sai về họ tên và ngày sinh này",
        _PAPERS_VI + "Xem giấy tờ, tiếp nhận theo quy định, và gọi tổ công tác của tỉnh.",
    ),
    Verdict.CLOSED: Said("wait", "Chưa trả lời được", SHUT_VI[Verdict.CLOSED]),
    Verdict.OVER_LIMIT: Said("wait", "Chưa trả lời được", SHUT_VI[Verdict.OVER_LIMIT]),
}
"""Every verdict that a clerk may meet; those of the account lead to signing in."""


@desk_page(
    "co-so/", name="hospital-lookup", needs=Permission.CARD_LOOKUP, reveals="person", posts=True
)
def look(visit: Visit) -> HttpResponseBase:
    """The form; after it the answer above it."""
    typed = {name: visit.value(name) for name in ("ma", "ho-ten", "ngay-sinh", "ngay-kham")}
    context: dict[str, object] = {"typed": typed, "today": visit.on, "here": "lookup"}
    status = 200
    if visit.is_post:
        try:
            context |= _answered(visit, typed)
        except Refused as error:
            context |= {"error_vi": error.message_vi, "error_field": error.field}
            status = 422
    told = contacts.contacts_of_facility(visit.clerk.facility_code, visit.on)
    context |= {"help": told, "help_is_stale": told is not None and told.is_stale(visit.on)}
    context["patience"] = contacts.PATIENCE.days
    return visit.show("hospital/lookup.html", context, status=status)


def _answered(visit: Visit, typed: dict[str, str]) -> dict[str, object]:
    if not typed["ma"]:
        raise Refused("Hãy nhập mã thẻ, mã số BHXH, số định danh hoặc mã thẻ tạm.", field="ma")
    if not match_key(typed["ho-ten"]):
        raise Refused("Hãy nhập họ và tên.", field="ho-ten")
    on = _day_of_service(typed["ngay-kham"], visit.on)
    call = Call(
        visit.clerk.asker,
        key_of(typed["ma"], on=on),
        typed["ho-ten"],
        birth_date(typed["ngay-sinh"]),
        on,
        purpose=_PURPOSE,
        endpoint="desk",
        request_id=visit.request_id,
    )
    (found,) = look_up([call])
    if found.verdict not in SAID:
        need_open(found.verdict)
    return {"found": found, "said": SAID[found.verdict], "on": on, "newer": _newer(found)}


def _newer(found: CardAnswer) -> bool:
    return found.new_code is not None and found.new_code != found.code


def birth_date(text: str) -> BirthDate:
    """12/11/2026, 12112026, 11/2026 or 2026. Raises Refused for anything else."""
    found = _BIRTH.fullmatch(text) or _EIGHT.fullmatch(text)
    if found is None:
        raise _no_birth()
    day, month, year = (int(part or 0) for part in found.groups())
    try:
        date(year, month or 1, day or 1)
    except ValueError as error:
        raise _no_birth() from error
    return BirthDate(year, month, day)


def _no_birth() -> Refused:
    return Refused("Ngày sinh phải có dạng 12/11/2026, 11/2026 hoặc 2026.", field="ngay-sinh")


def _day_of_service(text: str, today: date) -> date:
    if not text:
        return today
    try:
        on = parse_iso_date(text)
    except ValueError as error:
        raise Refused("Ngày khám không đúng.", field="ngay-kham") from error
    if not today - timedelta(_DAYS_BACK) <= on <= today + timedelta(_DAYS_AHEAD):
        raise Refused(
            "Ngày khám phải từ 366 ngày trước đến 31 ngày sau hôm nay.", field="ngay-kham"
        )
    return on

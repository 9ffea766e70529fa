"""Why the two sides of a book differ (lý do chênh lệch): the closed list, and what each reason means for who must act.

A `FINAL` reason explains a difference for good; a `PASSING` one ends by itself or by somebody's work; an `UNEXPLAINED` one
is an alarm. What SQL writes into a difference stands here once (tested).
"""

from dataclasses import dataclass
from enum import StrEnum

from lienthong.cards.lifecycle import LABELS_VI as CARDS_VI
from lienthong.dossiers import lifecycle
from lienthong.gateways import findings
from lienthong.persons.numbers import STATUSES_VI as NUMBERS_VI


class Weight(StrEnum):
    """What a reason means for the book."""

    FINAL = "final"
    PASSING = "passing"
    UNEXPLAINED = "unexplained"


WEIGHTS_VI = {
    Weight.UNEXPLAINED: "Chưa rõ lý do",
    Weight.PASSING: "Đang xử lý",
    Weight.FINAL: "Đã rõ, không phải xử lý",
}
BOOKS_VI = {
    "statement": "Bảng kê của Bộ Tư pháp",
    "sent": "Bộ Tư pháp gửi – BHXH nhận",
    "bytes": "Nội dung thông điệp",
    "child": "Thông điệp – trẻ",
    "number": "Trẻ – mã số BHXH",
    "card": "Mã số – thẻ đang có giá trị",
}
"""The books, in the order of a message's way."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its label, what is to be done about it, by whom; and its weight."""

    label_vi: str
    todo_vi: str
    weight: Weight = Weight.PASSING


_FINAL, _ALARM = Weight.FINAL, Weight.UNEXPLAINED
REASONS: dict[str, Reason] = {
    "UNEXPLAINED": Reason(
        "Chưa rõ lý do", "Kiểm tra ngay: không có bước nào giải thích được.", _ALARM
    ),
    "STATEMENT_MISSING": Reason(
        "Quá hạn chưa có bảng kê",
        "Đề nghị Bộ Tư pháp gửi bảng kê của ngày này.",
        _ALARM,
    ),
    "COUNT_AND_LIST": Reason(
        "Số Bộ Tư pháp ghi khác danh sách kèm theo",
        "Đề nghị Bộ Tư pháp gửi lại bảng kê với số phiên bản lớn hơn.",
        _ALARM,
    ),
    "STATEMENT_AWAITED": Reason(
        "Chờ bảng kê", "Bảng kê của ngày này hoặc ngày liền kề chưa đến hạn; hệ thống tự đối soát."
    ),
    "ON_ITS_WAY": Reason("Đang trên đường", "Hệ thống đang xử lý; chưa phải làm gì."),
    "RESEND_ASKED": Reason("Đã đề nghị gửi lại", "Chờ Bộ Tư pháp gửi lại thông điệp."),
    "REFUSED_AT_DOOR": Reason(
        "Bị từ chối khi gửi đến", "Bộ Tư pháp sửa theo mã lỗi đã báo rồi gửi lại."
    ),
    "STATED_TWICE": Reason(
        "Đã kê ở bảng kê khác", "Tính một lần, ở bảng kê có ngày sớm hơn.", _FINAL
    ),
    "SAME_MEANING": Reason(
        "Gửi hai lần, chỉ khác khoảng trắng hoặc thứ tự", "Không phải làm gì.", _FINAL
    ),
    "TWO_CONTENTS": Reason(
        "Hai nội dung khác nhau cho cùng một mã hoặc phiên bản",
        "Hỏi nơi gửi bản nào đúng và đề nghị gửi bản điều chỉnh.",
    ),
    "QUARANTINED": Reason(
        "Dữ liệu sai, chờ nơi gửi sửa", "Bộ Tư pháp sửa theo mã lỗi đã báo rồi gửi lại."
    ),
    "HELD": Reason("Tạm giữ, sẽ tự chạy tiếp", "Bổ sung danh mục hoặc cho xử lý theo mã kèm theo."),
    "DUPLICATE": Reason("Gửi lại nội dung đã có", "Không phải làm gì.", _FINAL),
    "CORRECTION": Reason("Bản điều chỉnh của trẻ đã tính", "Không phải làm gì.", _FINAL),
    "CANCELLATION": Reason("Thông điệp hủy đăng ký", "Không phải làm gì.", _FINAL),
    "SUPERSEDED": Reason("Đã có phiên bản mới hơn", "Không phải làm gì.", _FINAL),
    "FURTHER_ENTRY": Reason("Thông điệp sau của trẻ đã tính", "Không phải làm gì.", _FINAL),
    "NOT_ENTITLED": Reason("Không thuộc diện cấp thẻ", "Không phải làm gì.", _FINAL),
    "CANCELLED": Reason("Đăng ký khai sinh đã bị hủy", "Không phải làm gì.", _FINAL),
    "REDUCED": Reason("Hồ sơ đã dừng do báo giảm", "Không phải làm gì.", _FINAL),
    "DOUBLE": Reason("Trùng: trẻ đã có hồ sơ khác", "Không phải làm gì.", _FINAL),
    "WAITING_UNIT": Reason(
        "Chưa khai báo đơn vị cấp thẻ",
        "BHXH tỉnh khai báo nơi làm việc của đơn vị cho địa bàn này.",
    ),
    "OFFICER": Reason("Chờ cán bộ xử lý", "Cán bộ xử lý hồ sơ theo lý do kèm theo."),
    "NUMBER_WITHDRAWN": Reason(
        "Mã số đã thu hồi hoặc đã thay", "Xem trang sửa mã số; trẻ cần có mã số đang dùng."
    ),
    "AWAITING_APPROVAL": Reason("Chờ duyệt thẻ", "Bộ phận Sổ, thẻ duyệt yêu cầu."),
    "CARD_EXPIRED": Reason("Thẻ đã hết hạn", "Không phải làm gì.", _FINAL),
    "CARD_REVOKED": Reason("Thẻ đã thu hồi", "Không phải làm gì.", _FINAL),
}
FINAL = sorted(name for name, it in REASONS.items() if it.weight is _FINAL)
UNEXPLAINED = sorted(name for name, it in REASONS.items() if it.weight is _ALARM)
_CODES_VI = {
    "NOT_HERE": "Bộ Tư pháp kê đã gửi nhưng không có ở đây",
    "NOT_STATED": "Đã nhận nhưng không có trong bảng kê nào",
    "OTHER_BYTES": "Nội dung nhận được khác nội dung Bộ Tư pháp kê",
    "PENDING": "Đã lưu quá lâu mà chưa được kiểm tra",
}


def code_vi(code: str) -> str:
    """A difference's code as an officer reads it; '' for none, the code itself where it has no sentence."""
    if not code:
        return ""
    for labels in (_CODES_VI, lifecycle.REASONS_VI, lifecycle.LABELS_VI, NUMBERS_VI, CARDS_VI):
        if code in labels:
            return str(labels[code])
    sent, slash, listed = code.partition("/")
    if slash and sent.isdigit() and listed.isdigit():
        return f"ghi {sent}, danh sách có {listed}"
    return findings.sentence(code) if code in findings.FINDINGS else code

"""The states of a dossier, who may make each move, and the sentences for each wait (rules §5.4, §13.1)."""

from enum import StrEnum
from itertools import pairwise

from lienthong.accounts.permissions import Permission
from lienthong.database.moves import BORN, SYSTEM, Move, Moves

RECEIVED = "RECEIVED"
CREATE_FAILED = "CREATE_FAILED"
CREATED = "CREATED"
SENT_TNHS = "SENT_TNHS"
EXPORTED_TNHS = "EXPORTED_TNHS"
ARISEN = "ARISEN"
APPROVAL_REQUESTED = "APPROVAL_REQUESTED"
APPROVED = "APPROVED"
PRINTED = "PRINTED"
RETURNED = "RETURNED"
REJECTED = "REJECTED"
CANCELLED = "CANCELLED"
MANUAL_REVIEW = "MANUAL_REVIEW"

LABELS_VI = {
    RECEIVED: "Đã nhận dữ liệu từ Bộ Tư pháp",
    CREATE_FAILED: "Lỗi tạo hồ sơ",
    CREATED: "Đã tạo hồ sơ",
    SENT_TNHS: "Đã gửi TNHS",
    EXPORTED_TNHS: "Đã xuất từ TNHS",
    ARISEN: "Đã phát sinh thu",
    APPROVAL_REQUESTED: "Chờ duyệt thẻ",
    APPROVED: "Đã duyệt",
    PRINTED: "Đã in",
    RETURNED: "Đã trả thẻ",
    REJECTED: "Từ chối",
    CANCELLED: "Đã hủy",
    MANUAL_REVIEW: "Chờ cán bộ xử lý",
}
STATES = tuple(LABELS_VI)
"""In the order of the way, then the exits."""

BEFORE_CARD = (
    RECEIVED,
    CREATE_FAILED,
    CREATED,
    SENT_TNHS,
    EXPORTED_TNHS,
    ARISEN,
    APPROVAL_REQUESTED,
    MANUAL_REVIEW,
)
"""States in which no card is active yet: a correction replaces the data and the way starts again."""
WITH_CARD = (APPROVED, PRINTED, RETURNED)
"""States in which a card is active."""
WORKED_ON = (CREATE_FAILED, MANUAL_REVIEW, APPROVAL_REQUESTED, APPROVED, PRINTED)
"""States in which a dossier waits for an officer's hand."""
CLOSED = (RETURNED, REJECTED, CANCELLED)
"""Nothing waits for anybody."""
PASSING = (RECEIVED, CREATED, SENT_TNHS, EXPORTED_TNHS, ARISEN)
"""States that the system alone leaves, within seconds when nothing is wrong."""

_WAY = (RECEIVED, CREATED, SENT_TNHS, EXPORTED_TNHS, ARISEN, APPROVAL_REQUESTED)
_AGAIN = "Bắt đầu lại theo dữ liệu mới"
_UNDONE = "Mở lại sau khi bỏ kết luận trùng"

MOVES = Moves(
    machine="dossier",
    labels_vi=LABELS_VI,
    final=frozenset(),
    moves=(
        Move(BORN, RECEIVED, SYSTEM, "Nhận dữ liệu"),
        # A further card: asked for by an officer, or in place of one that has not reached the family yet.
        Move(BORN, APPROVAL_REQUESTED, Permission.CARD_EXCHANGE, "Yêu cầu cấp lại, đổi thẻ"),
        *(
            Move(source, APPROVAL_REQUESTED, Permission.CARD_EXCHANGE, "Lập lại yêu cầu duyệt")
            for source in (APPROVED, PRINTED)
        ),
        # Its request was taken back: the card that is out stays, and the dossier stands where the card does.
        Move(APPROVAL_REQUESTED, PRINTED, SYSTEM, "Rút yêu cầu đổi thẻ"),
        *(Move(source, target, SYSTEM, LABELS_VI[target]) for source, target in pairwise(_WAY)),
        Move(RECEIVED, CREATE_FAILED, SYSTEM, "Chờ khai báo đơn vị cấp thẻ"),
        Move(CREATE_FAILED, CREATED, SYSTEM, "Tạo lại hồ sơ"),
        Move(RECEIVED, MANUAL_REVIEW, SYSTEM, "Chuyển cán bộ xử lý"),
        Move(CREATE_FAILED, MANUAL_REVIEW, SYSTEM, "Chuyển cán bộ xử lý"),
        Move(EXPORTED_TNHS, MANUAL_REVIEW, SYSTEM, "Chuyển cán bộ xử lý"),
        # A merger finds no unit yet for what was on its way to the old one.
        *(
            Move(source, CREATE_FAILED, SYSTEM, "Chờ khai báo đơn vị cấp thẻ mới")
            for source in (CREATED, SENT_TNHS, EXPORTED_TNHS, MANUAL_REVIEW)
        ),
        *(
            Move(source, MANUAL_REVIEW, SYSTEM, "Chờ chọn đơn vị mới")
            for source in (CREATED, SENT_TNHS)
        ),
        Move(MANUAL_REVIEW, CREATED, SYSTEM, "Tiếp tục sau khi xác định đơn vị"),
        Move(APPROVAL_REQUESTED, APPROVED, Permission.CARD_APPROVE, "Duyệt thẻ"),
        Move(APPROVED, PRINTED, Permission.CARD_PRINT, "In thẻ"),
        Move(PRINTED, RETURNED, Permission.CARD_HAND_OVER, "Trả thẻ"),
        Move(APPROVED, RETURNED, Permission.CARD_HAND_OVER, "Giao thẻ điện tử"),
        *(
            Move(source, RECEIVED, SYSTEM, _AGAIN)
            for source in (*BEFORE_CARD, CANCELLED, REJECTED)
            if source != RECEIVED
        ),
        *(
            Move(source, CANCELLED, SYSTEM, "Hủy")
            for source in (*BEFORE_CARD, *WITH_CARD, REJECTED)
        ),
        # A cancelled birth may be registered again for a child to whom no card is due.
        *(Move(source, REJECTED, SYSTEM, "Từ chối") for source in (*BEFORE_CARD, CANCELLED)),
        # What a confirmed double closed comes back where it stood when that is undone, and never otherwise.
        *(Move(REJECTED, to, SYSTEM, _UNDONE) for to in BEFORE_CARD if to != RECEIVED),
        *(Move(CANCELLED, to, SYSTEM, _UNDONE) for to in WITH_CARD),
        Move(MANUAL_REVIEW, EXPORTED_TNHS, SYSTEM, "Tiếp tục sau khi đối chiếu nghi trùng"),
    ),
)

REASONS_VI = {
    "UNIT_NOT_DECLARED": "Xã, phường này chưa được khai báo cho đơn vị cấp thẻ nào",
    "UNIT_AMBIGUOUS": "Xã, phường này đang được khai báo cho nhiều đơn vị cấp thẻ cùng lúc",
    "H-AREA": "Chưa có mã xã trong danh mục",
    "H-AREA-SPLIT": "Xã, phường cũ đã chia cho nhiều xã, phường mới; cần xác định nơi cư trú của trẻ",
    "E-DUP-PERSON": "Nghi trùng với trẻ đã có trong hệ thống",
    "DUPLICATE_CONFIRMED": "Trùng: trẻ đã có mã số BHXH, hồ sơ hoặc thẻ khác",
    "NUMBER_EXHAUSTED": "Dải mã số BHXH được cấp đã dùng hết",
    "CORRECTED": "Bộ Tư pháp gửi dữ liệu điều chỉnh",
    "CANCELLED_BY_SENDER": "Bộ Tư pháp hủy đăng ký khai sinh",
    "N-AGE": "Trẻ không còn thuộc diện trẻ em dưới 6 tuổi",
    "N-DECEASED": "Trẻ đã mất",
    "REDUCED": "Báo giảm: trẻ có thẻ do nơi khác cấp",
    "REDUCED_MOVED_OUT": "Báo giảm: có thẻ mới ở tỉnh khác",
    "REDUCED_MOVED_WITHIN": "Báo giảm: có thẻ mới ở nơi khác trong tỉnh",
    "REDUCED_STOPPED": "Báo giảm: không còn tham gia",
    "EXCHANGE_WITHDRAWN": "Đã rút yêu cầu cấp lại, đổi thẻ",
    "REPLACED": "Thẻ mới đã được duyệt",
    "CARD_REPLACED": "Thẻ của hồ sơ này đã được thay bằng thẻ khác trước khi trả cho gia đình",
}
"""Why a dossier waits, or it or its card ended, as an officer reads it."""


class LateReason(StrEnum):
    """Why a dossier passed its due day (lý do quá hạn): the closed list an officer chooses from."""

    DATA_FROM_SENDER = "DATA_FROM_SENDER"
    UNIT_DECLARED_LATE = "UNIT_DECLARED_LATE"
    DIVISION_CHANGED = "DIVISION_CHANGED"
    VERIFYING = "VERIFYING"
    EQUIPMENT = "EQUIPMENT"
    SYSTEM_DOWN = "SYSTEM_DOWN"
    WORKLOAD = "WORKLOAD"
    FAMILY_NOT_COME = "FAMILY_NOT_COME"
    OTHER = "OTHER"


LATE_REASONS_VI = {
    LateReason.DATA_FROM_SENDER: "Dữ liệu khai sinh chuyển đến thiếu hoặc sai, phải chờ bổ sung",
    LateReason.UNIT_DECLARED_LATE: "Địa bàn chưa được khai báo đơn vị cấp thẻ",
    LateReason.DIVISION_CHANGED: "Địa bàn hành chính thay đổi, phải xác định lại đơn vị",
    LateReason.VERIFYING: "Phải xác minh thông tin của trẻ",
    LateReason.EQUIPMENT: "Máy in, phôi thẻ hoặc đường truyền hỏng",
    LateReason.SYSTEM_DOWN: "Phần mềm gián đoạn",
    LateReason.WORKLOAD: "Số hồ sơ tăng đột biến, không đủ người xử lý",
    LateReason.FAMILY_NOT_COME: "Gia đình chưa đến nhận thẻ",
    LateReason.OTHER: "Lý do khác (ghi rõ)",
}
"""As an officer reads them; OTHER says nothing without a note."""


def late_reason_vi(reason: str, note: str) -> str:
    """The reason as an officer reads it, with his note; '' without a reason. OTHER is its note alone."""
    if reason not in frozenset(LateReason):
        return ""
    sentence = "" if reason == LateReason.OTHER else LATE_REASONS_VI[LateReason(reason)]
    return ": ".join(part for part in (sentence, note) if part)


class TaskOutcome(StrEnum):
    """How an officer closed a task (kết quả xử lý)."""

    DONE = "DONE"
    NOTHING_TO_DO = "NOTHING_TO_DO"
    PASSED_ON = "PASSED_ON"


TASK_OUTCOMES_VI = {
    TaskOutcome.DONE: "Đã xử lý xong",
    TaskOutcome.NOTHING_TO_DO: "Đã kiểm tra, không phải xử lý",
    TaskOutcome.PASSED_ON: "Đã chuyển nơi có thẩm quyền",
}

"""Where a birth record stands, as the figures count it: the one set of definitions behind every form (rules §9.1).

The numbers are those of `migrations/lines.sql`, `records.sql` and `papers.sql`; a test holds both together.
"""

from dataclasses import dataclass
from enum import IntEnum

from lienthong.law.paper_channel import PaperReason


class Position(IntEnum):
    """How far the record has come (khâu); for a stopped one, where it stopped."""

    PENDING = 0
    FAILED = 1
    NOT_SENT = 2
    NOT_ARISEN = 3
    AWAITING = 4
    NOT_PRINTED = 5
    ISSUED = 6
    HANDED_OVER = 7


class Ending(IntEnum):
    """Whether it goes on, or how it was stopped."""

    OPEN = 0
    REJECTED = 1
    CANCELLED = 2
    DUPLICATE = 3


class Cause(IntEnum):
    """Why it waits, or was stopped."""

    NONE = 0
    UNIT_NOT_DECLARED = 1
    UNIT_AMBIGUOUS = 2
    AREA_UNKNOWN = 3
    AREA_SPLIT = 4
    DATA_ERROR = 5
    UNREAD = 6
    SUSPECTED_DOUBLE = 7
    NUMBERS_EXHAUSTED = 8
    SENT_AGAIN = 9
    CONFIRMED_DOUBLE = 10
    NOT_ENTITLED = 11
    CANCELLED_BY_SENDER = 12
    REDUCED = 13
    OTHER = 14
    CORRECTED_ON_PAPER = 15


class Age(IntEnum):
    """Working days since the day of receipt: at most one, two or three, four or five, more."""

    DAY_1 = 0
    DAYS_3 = 1
    DAYS_5 = 2
    OLDER = 3


class Late(IntEnum):
    """Against the due day: not late, waiting longer, done later."""

    NO = 0
    OPEN = 1
    CLOSED = 2


class Pace(IntEnum):
    """A step whose office time is measured, from the first instant of one state to the first of the next."""

    CREATE = 1
    SEND = 2
    ARISE = 3
    APPROVE = 4
    ISSUE = 5
    HAND_OVER = 6


STAGES_VI = {
    Position.PENDING: "Chờ tạo hồ sơ",
    Position.FAILED: "Lỗi tạo hồ sơ",
    Position.NOT_SENT: "Chờ gửi TNHS",
    Position.NOT_ARISEN: "Chờ phát sinh thu",
    Position.AWAITING: "Chờ duyệt thẻ",
    Position.NOT_PRINTED: "Đã duyệt, chờ in",
    Position.ISSUED: "Đã cấp, chờ trả",
    Position.HANDED_OVER: "Đã trả thẻ",
}
WHOSE_TURN_VI = {
    Position.PENDING: "Hệ thống",
    Position.FAILED: "BHXH tỉnh (khai báo địa bàn, xác định nơi cư trú)",
    Position.NOT_SENT: "Hệ thống",
    Position.NOT_ARISEN: "Bộ phận Thu",
    Position.AWAITING: "Bộ phận Sổ, thẻ (duyệt)",
    Position.NOT_PRINTED: "Bộ phận Sổ, thẻ (in, giao thẻ điện tử)",
    Position.ISSUED: "Bộ phận Tiếp nhận và trả kết quả",
    Position.HANDED_OVER: "",
}
"""Who has to act next while the record stands there."""
CAUSES_VI = {
    Cause.NONE: "",
    Cause.UNIT_NOT_DECLARED: "Xã, phường chưa được khai báo cho đơn vị cấp thẻ nào",
    Cause.UNIT_AMBIGUOUS: "Xã, phường khai báo cho nhiều đơn vị cấp thẻ cùng lúc",
    Cause.AREA_UNKNOWN: "Chưa có mã xã trong danh mục",
    Cause.AREA_SPLIT: "Xã, phường cũ đã chia; cần xác định nơi cư trú",
    Cause.DATA_ERROR: "Lỗi dữ liệu, chờ bên gửi gửi lại",
    Cause.UNREAD: "Vừa nhận, hệ thống chưa kiểm tra",
    Cause.SUSPECTED_DOUBLE: "Nghi trùng, chờ đối chiếu",
    Cause.NUMBERS_EXHAUSTED: "Dải mã số BHXH đã dùng hết",
    Cause.SENT_AGAIN: "Bản gửi lặp của việc khai sinh đã nhận",
    Cause.CONFIRMED_DOUBLE: "Trùng: trẻ đã có mã số BHXH, hồ sơ hoặc thẻ khác",
    Cause.NOT_ENTITLED: "Không thuộc diện trẻ em dưới 6 tuổi",
    Cause.CANCELLED_BY_SENDER: "Bộ Tư pháp hủy đăng ký khai sinh",
    Cause.REDUCED: "Báo giảm",
    Cause.OTHER: "Lý do khác",
    Cause.CORRECTED_ON_PAPER: "Giấy sửa hồ sơ đã có (A1, A2)",
}
ENDINGS_VI = {
    Ending.OPEN: "",
    Ending.REJECTED: "Từ chối",
    Ending.CANCELLED: "Đã hủy",
    Ending.DUPLICATE: "Trùng, đã có",
}
AGES_VI = {
    Age.DAY_1: "đến 1 ngày làm việc",
    Age.DAYS_3: "2–3 ngày làm việc",
    Age.DAYS_5: "4–5 ngày làm việc",
    Age.OLDER: "trên 5 ngày làm việc",
}
PACES_VI = {
    Pace.CREATE: "Nhận → tạo hồ sơ",
    Pace.SEND: "Tạo → gửi TNHS",
    Pace.ARISE: "Gửi TNHS → phát sinh thu",
    Pace.APPROVE: "Phát sinh thu → duyệt",
    Pace.ISSUE: "Duyệt → cấp thẻ",
    Pace.HAND_OVER: "Cấp thẻ → trả thẻ",
}
PAPERS = tuple(PaperReason)
AGE_BOUNDS = (1, 3, 5)
"""The most working days of each age but the last."""
UNTIL_ISSUED = (
    Position.PENDING,
    Position.FAILED,
    Position.NOT_SENT,
    Position.NOT_ARISEN,
    Position.AWAITING,
    Position.NOT_PRINTED,
)
"""Where an open record is backlog (tồn đọng)."""


@dataclass(frozen=True, slots=True)
class Category:
    """All that the figures know of one record at one instant. `paper` is '' for an electronic one."""

    position: Position
    ending: Ending
    cause: Cause
    age: Age
    late: Late
    paper: str
    is_without_id: bool
    was_moved: bool

    @classmethod
    def of(cls, number: int) -> "Category":
        """The category behind a number of `reports_category`."""
        paper = number >> 13 & 15
        return cls(
            Position(number & 7),
            Ending(number >> 3 & 3),
            Cause(number >> 5 & 15),
            Age(number >> 9 & 3),
            Late(number >> 11 & 3),
            str(PAPERS[paper - 1]) if paper else "",
            bool(number >> 17 & 1),
            bool(number >> 18 & 1),
        )

    @property
    def is_counted(self) -> bool:
        """True when it is no repeat of a known record."""
        return self.ending is not Ending.DUPLICATE

    @property
    def is_open(self) -> bool:
        """True while nothing stopped it."""
        return self.ending is Ending.OPEN

    @property
    def is_backlog(self) -> bool:
        """True when no card has been issued and nothing stopped it."""
        return self.is_open and self.position in UNTIL_ISSUED

    def has_reached(self, position: Position) -> bool:
        """True when it is no repeat and has come so far, stopped or not."""
        return self.is_counted and self.position >= position

    def stands(self, position: Position) -> bool:
        """True when it waits right there."""
        return self.is_open and self.position is position

    def stopped(self, *positions: Position) -> bool:
        """True when it was rejected or cancelled in one of these positions."""
        return self.ending in (Ending.REJECTED, Ending.CANCELLED) and self.position in positions

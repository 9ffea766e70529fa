"""The promises with a deadline, in one table: what is watched, by when it must have happened, who is told, where to look.

A promise is broken when its deadline has passed; within a minute of that its alarm stands, and it closes by itself when
the promise is kept again (INV-04, INV-20). Another app's promise joins by a row here and a file in `watched/`.
"""

from dataclasses import dataclass

from lienthong.database.sql import Statement


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: its alarm's name, what is promised and by when, and where the officer goes.

    `watched` is the file that finds what broke it; '' where code of ours asks the machine instead of the database.
    """

    name: str
    promise_vi: str
    deadline_vi: str
    told_vi: str
    watched: str = ""

    def statement(self) -> Statement:
        """The SQL: (subject, detail as jsonb) of each thing that broke the promise at `at`, on the day `on`."""
        return Statement.load("lienthong.oversight", f"watched/{self.watched}")


_ADMINISTRATOR = "Quản trị hệ thống"
_DESK = "Trưởng bộ phận, lãnh đạo tỉnh (leo bậc); quản trị hệ thống"

PROMISES = (
    Promise(
        "message.waiting",
        "Mỗi thông điệp nhận được đều được xử lý",
        "01 giờ từ lúc nhận",
        _ADMINISTRATOR,
        "message_waiting.sql",
    ),
    Promise(
        "dossier.stuck",
        "Bước tự động không để hồ sơ đứng yên",
        "01 giờ ở một trạng thái tự động",
        _ADMINISTRATOR,
        "dossier_stuck.sql",
    ),
    Promise(
        "card.late",
        "Thẻ đã duyệt đến tay gia đình đúng hạn",
        "Hết ngày hẹn trả của hồ sơ",
        _DESK,
        "card_late.sql",
    ),
    Promise(
        "dossier.late",
        "Hồ sơ được duyệt thẻ đúng hạn",
        "Hết ngày hẹn trả của hồ sơ",
        _DESK,
        "dossier_late.sql",
    ),
    Promise(
        "number.scarce",
        "Luôn còn mã số BHXH để cấp",
        "Còn dưới 1.000.000 mã số, hoặc có trẻ chưa được cấp",
        _ADMINISTRATOR,
        "number_scarce.sql",
    ),
    Promise(
        "outbox.waiting",
        "Thư, tin, trả lời được gửi khi đến lượt",
        "15 phút từ lúc đến lượt gửi",
        _ADMINISTRATOR,
        "outbox_waiting.sql",
    ),
    Promise(
        "audit.unsealed",
        "Nhật ký được niêm phong",
        "60 giây từ lúc ghi",
        _ADMINISTRATOR,
        "audit_unsealed.sql",
    ),
    Promise(
        "merger.waiting",
        "Sáp nhập được áp dụng đúng thời điểm",
        "01 giờ sau thời điểm chuyển",
        "Trung ương; quản trị hệ thống",
        "merger_waiting.sql",
    ),
    Promise(
        "identity.waiting",
        "Số định danh còn thiếu được hỏi lại đều đặn",
        "03 ngày sau lượt hỏi",
        _ADMINISTRATOR,
        "identity_waiting.sql",
    ),
    Promise(
        "worker.silent",
        "Mỗi việc tự động chạy đúng nhịp",
        "Không lần nào chạy xong trong 20 nhịp của việc, ít nhất 05 phút",
        _ADMINISTRATOR,
    ),
    Promise(
        "backup.late",
        "Sao lưu nối tiếp và có bản gốc mới",
        "01 giờ cho nhật ký, 26 giờ cho bản gốc",
        _ADMINISTRATOR,
    ),
    Promise("disk.scarce", "Đĩa còn chỗ để ghi nhận", "Còn dưới 10 %", _ADMINISTRATOR),
    Promise(
        "clock.skew",
        "Đồng hồ máy khớp đồng hồ cơ sở dữ liệu",
        "Lệch quá 05 giây",
        _ADMINISTRATOR,
    ),
)

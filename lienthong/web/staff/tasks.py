"""Tasks that the system opened for people: what is wrong, with which dossier, since when."""

from lienthong.accounts.permissions import Permission
from lienthong.births import queries as births
from lienthong.dossiers import queries
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page

_PAGE_SIZE = 50
_KINDS_VI = {
    "E-DUP-PERSON": "Nghi trùng với trẻ đã có trong hệ thống; cần đối chiếu",
    "E-PID-TAKEN": "Số định danh đã thuộc về trẻ khác; cần xác minh",
    "E-PID-MISMATCH": "Cơ sở dữ liệu dân cư trả lời không khớp với trẻ; cần xác minh số định danh",
    "E-PID-PARENT": "Số định danh trùng với cha hoặc mẹ; cần xác minh",
    "E-VERSION-CLASH": "Bộ Tư pháp gửi hai nội dung khác nhau cho cùng một lần đăng ký",
    "H-FACILITY": "Cơ sở khám, chữa bệnh đã chọn chưa có trong danh mục; cần bổ sung",
    "T-CORRECTION-AFTER-CARD": "Bộ Tư pháp điều chỉnh dữ liệu sau khi đã cấp thẻ; xem xét đổi thẻ",
    "T-BIRTH-DATE-AFTER-CARD": "Ngày sinh được điều chỉnh sau khi đã cấp thẻ; thời hạn thẻ có thể đổi",
    "T-PERSONAL-ID-CHANGED": "Số định danh thay đổi sau khi đã cấp thẻ; cần xác minh",
    "T-NO-LONGER-ENTITLED": "Theo dữ liệu mới, trẻ không còn thuộc diện cấp thẻ; cần xem xét",
    "T-CARD-REVOKED": "Thẻ đã thu hồi do Bộ Tư pháp hủy đăng ký khai sinh; báo gia đình",
}


@page("can-bo/viec/", name="tasks", needs=Permission.TASK_VIEW, reveals="person")
def tasks(call: Call) -> Answer:
    """Open tasks of the officer's area, oldest first."""
    lines = queries.open_tasks(call.by, limit=_PAGE_SIZE + 1, after=call.number("sau"))
    shown = lines[:_PAGE_SIZE]
    context = {
        "tasks": [
            (line, _KINDS_VI.get(line.kind) or births.sentence_of(line.kind) or line.kind)
            for line in shown
        ],
        "next_after": shown[-1].id if len(lines) > _PAGE_SIZE else 0,
    }
    subjects = [("dossier", line.dossier_id) for line in shown if line.dossier_id is not None]
    return Show("staff/tasks.html", context, subjects=subjects, fields=("child_name",))

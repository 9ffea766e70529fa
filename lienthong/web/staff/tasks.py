"""Tasks that the system opened for people: what is wrong, with which dossier, since when."""

from lienthong.accounts.permissions import Permission
from lienthong.dossiers import queries
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page

_PAGE_SIZE = 50
_KINDS_VI = {
    "PID_CONFLICT": "Số định danh cá nhân không khớp với Cơ sở dữ liệu quốc gia về dân cư",
    "PID_FORMAT": "Số định danh cá nhân sai cấu trúc",
    "E-PID-FORMAT": "Số định danh cá nhân sai cấu trúc",
    "E-DUP-PERSON": "Nghi trùng với trẻ đã có trong hệ thống",
    "H-AREA-SPLIT": "Cần xác định xã, phường mới của trẻ",
    "FACILITY": "Bổ sung cơ sở khám, chữa bệnh",
    "NUMBER_EXHAUSTED": "Dải mã số BHXH đã dùng hết",
    "UNIT_NOT_DECLARED": "Khai báo đơn vị cấp thẻ cho xã, phường",
    "UNIT_AMBIGUOUS": "Xã, phường có nhiều đơn vị cấp thẻ",
    "CANCELLED": "Bộ Tư pháp hủy đăng ký khai sinh sau khi đã cấp thẻ",
}


@page("can-bo/viec/", name="tasks", needs=Permission.TASK_VIEW, reveals="person")
def tasks(call: Call) -> Answer:
    """Open tasks of the officer's area, oldest first."""
    lines = queries.open_tasks(call.by, limit=_PAGE_SIZE + 1, after=call.number("sau"))
    shown = lines[:_PAGE_SIZE]
    context = {
        "tasks": [(line, _KINDS_VI.get(line.kind, line.kind)) for line in shown],
        "next_after": shown[-1].id if len(lines) > _PAGE_SIZE else 0,
    }
    subjects = [("dossier", line.dossier_id) for line in shown if line.dossier_id is not None]
    return Show("staff/tasks.html", context, subjects=subjects, fields=("child_name",))

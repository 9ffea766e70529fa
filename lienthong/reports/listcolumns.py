"""The columns of a form that is a list: one line a record, as it stood at the instant (tồn đọng, chưa có số ĐDCN, thủ công)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from lienthong.dossiers.lifecycle import late_reason_vi
from lienthong.reports.listings import Line
from lienthong.reports.states import AGES_VI, Late

Cell = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: its key in JSON, its head, and where its value stands."""

    key: str
    head_vi: str
    value: Callable[[Line], Cell]


LIST_COLUMNS = (
    ListColumn("province_code", "Mã tỉnh", lambda it: it.province_code),
    ListColumn("unit_code", "Mã đơn vị", lambda it: it.unit_code),
    ListColumn("unit_name", "Đơn vị cấp thẻ", lambda it: it.unit_name),
    ListColumn("old_unit_name", "Đơn vị cũ", lambda it: it.old_unit_name),
    ListColumn("commune_code", "Mã xã", lambda it: it.commune_code),
    ListColumn("commune_name", "Xã, phường", lambda it: it.commune_name),
    ListColumn("dossier_code", "Mã hồ sơ", lambda it: it.dossier_code),
    ListColumn("message_id", "Mã thông điệp", lambda it: it.message_id),
    ListColumn("full_name", "Họ và tên", lambda it: it.name_vi),
    ListColumn("birth_date", "Ngày sinh", lambda it: it.birth_date),
    ListColumn("received_on", "Ngày nhận", lambda it: it.received_on),
    ListColumn("stage", "Khâu", lambda it: it.stage_vi),
    ListColumn("since", "Từ lúc", lambda it: it.since),
    ListColumn("cause", "Lý do", lambda it: it.cause_vi),
    ListColumn("turn", "Đến lượt", lambda it: it.turn_vi),
    ListColumn(
        "age", "Tuổi", lambda it: AGES_VI[it.category.age] if it.category.is_backlog else ""
    ),
    ListColumn("due_on", "Hạn trả kết quả", lambda it: it.due_on),
    ListColumn("late", "Trễ hạn", lambda it: "" if it.category.late is Late.NO else "Trễ hạn"),
    ListColumn(
        "late_reason", "Lý do quá hạn", lambda it: late_reason_vi(it.late_reason, it.late_note)
    ),
    ListColumn("paper_reason", "Lý do hồ sơ giấy", lambda it: it.category.paper),
)

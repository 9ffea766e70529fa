"""What a dossier waits for, in one Vietnamese sentence: the blocking rule, the office that must act, the next date."""

from datetime import date
from typing import Protocol

from lienthong.dossiers import lifecycle as states
from lienthong.gateways import findings
from lienthong.kernel.dates import day_first


class Waiting(Protocol):
    """The facts a sentence is made of."""

    @property
    def message_state(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def state(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def unit_name(self) -> str | None: ...
    @property
    def commune_name(self) -> str: ...
    @property
    def province_name(self) -> str: ...
    @property
    def written_commune_code(self) -> str | None: ...


_BY_STATE = {
    states.RECEIVED: "Hệ thống đang xác định đơn vị cấp thẻ",
    states.CREATED: "Hệ thống đang chuyển hồ sơ sang phần mềm TNHS",
    states.SENT_TNHS: "Hệ thống đang xuất hồ sơ từ TNHS sang TST",
    states.EXPORTED_TNHS: "Hệ thống đang đối chiếu và cấp mã số BHXH",
    states.ARISEN: "Hệ thống đang lập yêu cầu duyệt thẻ",
    states.APPROVAL_REQUESTED: "Chờ bộ phận Sổ, thẻ ({unit}) duyệt theo công văn 5052/BHXH-CNTT",
    states.APPROVED: "Thẻ đã có giá trị; chờ bộ phận Sổ, thẻ ({unit}) giao thẻ điện tử hoặc in",
    states.PRINTED: "Thẻ đã in; chờ {unit} trả cho gia đình",
}
_BY_REASON = {
    "UNIT_NOT_DECLARED": (
        "{commune} chưa được khai báo cho đơn vị cấp thẻ nào (công văn 680/BHXH-CNTT, mục 1);"
        " BHXH {province} cần khai báo nơi làm việc của đơn vị"
    ),
    "UNIT_AMBIGUOUS": (
        "{commune} đang được khai báo cho nhiều đơn vị cấp thẻ (công văn 680/BHXH-CNTT, mục 1);"
        " BHXH {province} cần sửa khai báo để chỉ còn một đơn vị"
    ),
    "H-AREA": "Mã xã {code} chưa có trong danh mục; Trung tâm Công nghệ thông tin cần cập nhật danh mục",
    "H-AREA-SPLIT": (
        "Xã, phường cũ (mã {code}) đã chia cho nhiều xã, phường mới (công văn 680/BHXH-CNTT, mục 2);"
        " cán bộ BHXH cần xác định nơi cư trú của trẻ"
    ),
    "E-DUP-PERSON": (
        "Nghi trùng với trẻ đã có trong hệ thống (công văn 680/BHXH-CNTT, mục 3);"
        " cán bộ tiếp nhận cần đối chiếu trong 01 ngày làm việc"
    ),
    "NUMBER_EXHAUSTED": "Dải mã số BHXH đã dùng hết; Trung tâm Công nghệ thông tin cần cấp dải mới",
}


def sentence(row: Waiting) -> str | None:
    """One sentence, or None when nothing waits."""
    if row.state is None:
        return _of_message(row)
    text = _BY_REASON.get(row.reason or "") or _BY_STATE.get(row.state)
    if text is None:
        return None
    filled = text.format(
        unit=row.unit_name or "đơn vị cấp thẻ",
        commune=row.commune_name or f"Xã, phường mã {row.written_commune_code}",
        province=row.province_name or "tỉnh, thành phố",
        code=row.written_commune_code,
    )
    if row.due_on is None:
        return f"{filled}."
    return f"{filled}. Hạn trả kết quả: {day_first(row.due_on)}."


def _of_message(row: Waiting) -> str | None:
    if row.message_state == "pending":
        return "Hệ thống đang kiểm tra dữ liệu vừa nhận."
    if row.message_state == "held":
        return f"{findings.sentence(row.code)} Thông điệp được giữ lại và tự xử lý tiếp khi danh mục được bổ sung."
    if row.message_state == "quarantined":
        return f"{findings.sentence(row.code)} Cơ quan đăng ký khai sinh cần gửi lại bản đúng."
    return None

"""What an answer about a personal id means and what an officer does about it (rules §3.3): one table for every screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lienthong.gateways.population import AnswerClass


@dataclass(frozen=True, slots=True)
class Advice:
    """`label_vi` names the class in a list, `todo_vi` says what to do; `is_task`: it waits for an officer."""

    label_vi: str
    todo_vi: str
    is_task: bool = True


_PAPERS = "Đối chiếu với giấy khai sinh của trẻ; "
_SENT_WRONG = "Đề nghị cơ quan đăng ký khai sinh gửi lại số đúng; hệ thống vẫn tiếp tục hỏi cơ sở dữ liệu dân cư."

ADVICE: Final[Mapping[str, Advice]] = {
    AnswerClass.PID_NO_ANSWER: Advice(
        "Cơ sở dữ liệu dân cư chưa trả lời",
        "Không phải làm gì: hệ thống tự hỏi lại và tự điền số khi có.",
        is_task=False,
    ),
    AnswerClass.PID_TECH_ERROR: Advice(
        "Cơ sở dữ liệu dân cư báo lỗi kỹ thuật",
        "Kiểm tra họ tên, ngày sinh, giới tính của trẻ so với giấy khai sinh, rồi hỏi lại.",
    ),
    AnswerClass.PID_SUSPECT_DUPLICATE: Advice(
        "Nghi trùng với công dân đã được cấp số",
        (
            "Tìm số đã cấp trong danh sách đăng ký và danh sách hủy số; trẻ sinh đôi, sinh ba: đề nghị bộ phận hỗ trợ"
            " của phần mềm hộ tịch đánh dấu sinh đôi, rồi hỏi lại."
        ),
    ),
    AnswerClass.PID_VERIFY_REQUIRED: Advice(
        "Công an yêu cầu xác minh thông tin",
        "Kiểm tra Công an cấp xã đã cấp số cho trẻ chưa; chưa có thì hướng dẫn gia đình đăng ký cư trú cho trẻ.",
    ),
    AnswerClass.PID_CORRECTION_PENDING: Advice(
        "Đang chờ cải chính dữ liệu đã gửi",
        "Bộ Công an chưa nhận cải chính qua phần mềm: làm theo hồ sơ giấy (trường hợp A), rồi hỏi lại.",
    ),
    AnswerClass.PID_NOT_APPLICABLE: Advice(
        "Không thuộc diện có số định danh",
        "Không phải làm gì: trẻ nước ngoài, chưa xác định giới tính hoặc đăng ký ở nước ngoài chưa có số.",
        is_task=False,
    ),
    "E-PID-MISMATCH": Advice(
        "Câu trả lời không khớp với trẻ",
        _PAPERS + "số trên giấy đúng là số được trả lời thì xác nhận, không thì hỏi lại.",
    ),
    "E-PID-TAKEN": Advice(
        "Số định danh đã thuộc về trẻ khác",
        "Rà soát hai hồ sơ cùng số, báo cơ quan đăng ký khai sinh cấp nhầm, rồi hỏi lại.",
    ),
    "E-PID-PARENT": Advice(
        "Số định danh là số của cha hoặc mẹ",
        _PAPERS + "đề nghị cơ quan đăng ký khai sinh gửi số của trẻ, rồi hỏi lại.",
    ),
    "E-PID-FORMAT": Advice("Số được gửi sai cấu trúc", _SENT_WRONG),
    "E-PID-TEST": Advice("Số được gửi là số thử", _SENT_WRONG),
    "W-PID-SEX": Advice("Số được gửi không khớp giới tính của trẻ", _SENT_WRONG),
    "W-PID-CENTURY": Advice("Số được gửi không khớp thế kỷ sinh của trẻ", _SENT_WRONG),
    "W-PID-YEAR": Advice("Số được gửi không khớp năm sinh của trẻ", _SENT_WRONG),
}
"""By the class of an answer (`AnswerClass`), by the verdict on it, or by what is wrong with the id the message brought."""

SENT_WRONG: Final = (
    "E-PID-FORMAT",
    "E-PID-TEST",
    "E-PID-PARENT",
    "W-PID-SEX",
    "W-PID-CENTURY",
    "W-PID-YEAR",
)
"""The message itself brought an id that cannot be linked (001-3): a task from the first minute."""
NEEDS_ACT: Final = (
    AnswerClass.PID_TECH_ERROR.value,
    AnswerClass.PID_SUSPECT_DUPLICATE.value,
    AnswerClass.PID_VERIFY_REQUIRED.value,
    AnswerClass.PID_CORRECTION_PENDING.value,
)
"""Answers that often clear up by themselves within hours, and need somebody's act when they do not."""


def advice(code: str) -> Advice:
    """What the code means; a question nobody has answered yet reads as silence."""
    return ADVICE.get(code, ADVICE[AnswerClass.PID_NO_ANSWER])

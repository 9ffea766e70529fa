"""Every kind of task (việc cần xử lý): what it is called, what the officer does about it, whose it is.

A kind that a step opens stands here once (tested). What closes it is `actions.settle_task`.
"""

from dataclasses import dataclass

from lienthong.accounts.permissions import Role

_RECEPTION, _COLLECTION, _DESK = Role.RECEPTION, Role.COLLECTION, Role.CARD_DESK


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind: a title, one sentence that says what to do, and the desks it waits at."""

    title_vi: str
    todo_vi: str
    desks: tuple[Role, ...]


KINDS: dict[str, TaskKind] = {
    "E-DUP-PERSON": TaskKind(
        "Nghi trùng với trẻ đã có trong hệ thống",
        "Đối chiếu hai trẻ ở trang Nghi trùng rồi kết luận: cùng một trẻ, hai trẻ khác nhau, hoặc xem lại sau.",
        (_RECEPTION,),
    ),
    "T-DOUBLE-CHANGED": TaskKind(
        "Khai sinh của hồ sơ đã kết luận trùng vừa thay đổi",
        "So dữ liệu mới với người được giữ lại; nếu là hai trẻ thì bỏ gộp ở trang Nghi trùng.",
        (_RECEPTION, _COLLECTION),
    ),
    "T-DOUBLE-LEFT": TaskKind(
        "Bản đăng ký được giữ lại đã bị hủy; bản còn lại đang đóng vì trùng",
        "Hỏi cơ quan đăng ký hộ tịch bản nào đúng; nếu bản này đúng thì bỏ kết luận trùng để trẻ được cấp thẻ.",
        (_RECEPTION, _COLLECTION),
    ),
    "E-PID-TAKEN": TaskKind(
        "Số định danh đã thuộc về trẻ khác",
        "Hỏi nơi đăng ký khai sinh số đúng của trẻ. Thẻ vẫn được cấp, không chờ việc này.",
        (_RECEPTION,),
    ),
    "E-PID-MISMATCH": TaskKind(
        "Cơ sở dữ liệu dân cư trả lời không khớp với trẻ",
        "So họ tên, ngày sinh, giới tính với giấy khai sinh, rồi xác minh số định danh.",
        (_RECEPTION,),
    ),
    "E-PID-PARENT": TaskKind(
        "Số định danh trùng với cha hoặc mẹ",
        "Hỏi nơi đăng ký khai sinh số định danh đúng của trẻ.",
        (_RECEPTION,),
    ),
    "E-VERSION-CLASH": TaskKind(
        "Bộ Tư pháp gửi hai nội dung khác nhau cho cùng một lần đăng ký",
        "Xem cả hai nội dung ở trang tra cứu, hỏi nơi gửi bản nào đúng và đề nghị gửi bản điều chỉnh.",
        (_RECEPTION,),
    ),
    "H-FACILITY": TaskKind(
        "Cơ sở khám, chữa bệnh đã chọn chưa có trong danh mục",
        "Thẻ ghi cơ sở của địa bàn. Nếu cơ sở đã ký hợp đồng thì đề nghị BHXH tỉnh bổ sung danh mục; việc tự đóng khi có.",
        (_COLLECTION,),
    ),
    "T-FACILITY-OFFER": TaskKind(
        "Cơ sở gia đình chọn nay đã có trong danh mục",
        "Hỏi gia đình có muốn đổi nơi đăng ký ban đầu sang cơ sở đã chọn không. Thẻ không tự đổi.",
        (_COLLECTION,),
    ),
    "T-PAPER-DIFFERS": TaskKind(
        "Dữ liệu điện tử khác hồ sơ giấy đã nhập",
        "So từng điểm khác nhau với giấy tờ đã chụp, rồi ghi kết luận ở trang đối chiếu.",
        (_RECEPTION,),
    ),
    "T-PAPER-LOOKALIKE": TaskKind(
        "Hồ sơ giấy giống hồ sơ của trẻ khác",
        "Đối chiếu hai trẻ; nếu cùng một trẻ thì gộp vào hồ sơ điện tử, nếu sinh đôi thì giữ cả hai.",
        (_RECEPTION,),
    ),
    "T-PAPER-TWIN-CANCELLED": TaskKind(
        "Hồ sơ giấy có bản ghi điện tử đã bị hủy",
        "Xem quyết định hủy; lập lại theo trường hợp A3 nếu đúng là trẻ này.",
        (_RECEPTION,),
    ),
    "T-CORRECTION-AFTER-CARD": TaskKind(
        "Bộ Tư pháp điều chỉnh dữ liệu sau khi đã cấp thẻ",
        "So dữ liệu cũ và mới; nếu thông tin in trên thẻ đổi thì lập yêu cầu đổi thẻ.",
        (_COLLECTION,),
    ),
    "T-BIRTH-DATE-AFTER-CARD": TaskKind(
        "Ngày sinh được điều chỉnh sau khi đã cấp thẻ",
        "Tính lại thời hạn thẻ theo ngày sinh mới, rồi lập yêu cầu đổi thẻ.",
        (_COLLECTION,),
    ),
    "T-PERSONAL-ID-CHANGED": TaskKind(
        "Số định danh thay đổi sau khi đã cấp thẻ",
        "Xác minh số mới với cơ sở dữ liệu dân cư. Thẻ không phải đổi vì việc này.",
        (_RECEPTION,),
    ),
    "T-NO-LONGER-ENTITLED": TaskKind(
        "Theo dữ liệu mới, trẻ không còn thuộc diện cấp thẻ",
        "Xem dữ liệu mới và thẻ đang có; báo Trưởng bộ phận nếu phải thu hồi thẻ.",
        (_COLLECTION,),
    ),
    "T-CARD-REVOKED": TaskKind(
        "Thẻ đã thu hồi do Bộ Tư pháp hủy đăng ký khai sinh",
        "Báo gia đình thẻ không còn giá trị và nhận lại thẻ giấy nếu đã trả.",
        (_RECEPTION, _DESK),
    ),
    "T-TEMPORARY-CODE": TaskKind(
        "Mã thẻ tạm có thể của nhiều trẻ, hoặc chưa chắc của trẻ nào",
        "So thông tin bệnh viện khai với trẻ đã khai sinh; gắn đúng trẻ, hoặc ghi không phải trẻ nào.",
        (_DESK,),
    ),
    "T-REDUCTION": TaskKind(
        "Đề nghị báo giảm thẻ chờ xác nhận",
        "Xem căn cứ mà cán bộ Thu đã ghi, rồi xác nhận hoặc trả lại. Người đề nghị không tự xác nhận.",
        (_DESK,),
    ),
    "T-BOOKS": TaskKind(
        "Đối soát với Bộ Tư pháp: hồ sơ dừng mà không rõ lý do",
        "Xem hồ sơ đang dừng ở bước nào rồi xử lý tiếp; việc tự đóng khi hai bên khớp nhau.",
        (_RECEPTION,),
    ),
}
EVERY_DESK: tuple[Role, ...] = (_RECEPTION, _COLLECTION, _DESK)
"""Where a kind without a row here waits."""
_ABOVE = frozenset({Role.HEAD, Role.PROVINCE, Role.CENTRE})


def title_vi(kind: str) -> str:
    """What the kind is called; '' for one that has no row."""
    return KINDS[kind].title_vi if kind in KINDS else ""


def todo_vi(kind: str) -> str:
    """What the officer does about it, in a sentence; '' for a kind that has no row."""
    return KINDS[kind].todo_vi if kind in KINDS else ""


def desks_of(kind: str) -> tuple[Role, ...]:
    """The desks at which the kind waits."""
    return KINDS[kind].desks if kind in KINDS else EVERY_DESK


def not_of(role: str) -> list[str]:
    """The kinds that wait at other desks; those above the desks see every kind."""
    if role in _ABOVE:
        return []
    return [kind for kind, it in KINDS.items() if role not in it.desks]

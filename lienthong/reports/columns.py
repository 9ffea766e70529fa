"""The columns of the forms: each a sentence of definition, and the records that it counts. Nothing else defines a figure.

A column is a number (`counts`) or the office time of a step (`pace`: the step and a share of the records). What must add up
is in `identities`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lienthong.law.paper_channel import TITLES_VI
from lienthong.reports.states import (
    AGES_VI,
    PAPERS,
    STAGES_VI,
    UNTIL_ISSUED,
    Age,
    Category,
    Cause,
    Ending,
    Pace,
    Position,
)

RECORDS_VI, HOURS_VI = "hồ sơ", "giờ làm việc"
_BEFORE_CREATED = (Position.PENDING, Position.FAILED)
_AFTER_ISSUED = (Position.ISSUED, Position.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class Column:
    """One figure: its key, its head, what it means, its unit, and the head above it ('' for none)."""

    key: str
    title_vi: str
    definition_vi: str
    counts: Callable[[Category], bool] | None = None
    pace: tuple[Pace, float] | None = None
    group_vi: str = ""
    number: str = ""

    @property
    def unit_vi(self) -> str:
        """What it is counted in."""
        return HOURS_VI if self.pace else RECORDS_VI


def _failed(*causes: Cause) -> Callable[[Category], bool]:
    return lambda it: it.stands(Position.FAILED) and it.cause in causes


def _reached(position: Position) -> Callable[[Category], bool]:
    return lambda it: it.has_reached(position)


def _stands(position: Position) -> Callable[[Category], bool]:
    return lambda it: it.stands(position)


def _stopped(*positions: Position) -> Callable[[Category], bool]:
    return lambda it: it.stopped(*positions)


_UNIT_CAUSES = (Cause.UNIT_NOT_DECLARED, Cause.UNIT_AMBIGUOUS)
_AREA_CAUSES = (Cause.AREA_UNKNOWN, Cause.AREA_SPLIT)
_OTHER_CAUSES = tuple(
    cause for cause in Cause if cause not in (*_UNIT_CAUSES, *_AREA_CAUSES, Cause.DATA_ERROR)
)

RECEIVED = (
    Column(
        "received",
        "Đã nhận",
        "Bản ghi khai sinh nhận trong kỳ, mỗi bản ghi tính một lần: từ Bộ Tư pháp và hồ sơ giấy. Thông điệp chưa xử lý xong,"
        " kể cả bản điều chỉnh bị giữ hoặc sai, được tính là bản ghi cho đến khi xử lý xong. Thẻ cấp lại, đổi, gia hạn không"
        " phải bản ghi khai sinh, không tính ở đây.",
        lambda _: True,
        number="1",
    ),
    Column(
        "received_btp",
        "Từ Bộ Tư pháp",
        "Phần của cột Đã nhận do phần mềm đăng ký khai sinh của Bộ Tư pháp gửi.",
        lambda it: not it.paper,
        number="1a",
    ),
    Column(
        "duplicates",
        "Trùng, đã có",
        "Bản ghi lặp lại, hoặc giấy sửa hồ sơ đã có; không tính vào các cột 3–12.",
        lambda it: not it.is_counted,
        number="2",
    ),
    Column(
        "sent_again",
        "Trong đó: gửi lặp",
        "Thông điệp khác mang cùng nội dung của việc khai sinh đã nhận.",
        lambda it: not it.is_counted and it.cause is Cause.SENT_AGAIN,
        number="2a",
    ),
    Column(
        "confirmed_doubles",
        "Trong đó: trẻ đã có",
        "Hồ sơ mà cán bộ kết luận là của trẻ đã có mã số BHXH, hồ sơ hoặc thẻ khác.",
        lambda it: (
            not it.is_counted and it.cause not in (Cause.SENT_AGAIN, Cause.CORRECTED_ON_PAPER)
        ),
        number="2b",
    ),
    Column(
        "corrected_on_paper",
        "Trong đó: giấy sửa",
        "Hồ sơ giấy theo lý do A1, A2: sửa hồ sơ đã có, không lập hồ sơ mới.",
        lambda it: not it.is_counted and it.cause is Cause.CORRECTED_ON_PAPER,
        number="2c",
    ),
)
_FAILED_VI = "Lỗi tạo hồ sơ"
CREATING = (
    Column(
        "pending_create",
        "Chờ tạo",
        "Đã nhận, hệ thống chưa kiểm tra hoặc chưa xác định đơn vị cấp thẻ.",
        _stands(Position.PENDING),
        number="3'",
    ),
    Column(
        "create_failed",
        "Lỗi tạo hồ sơ",
        "Bản ghi chưa thể thành hồ sơ: địa bàn chưa khai báo, chưa xác định được xã, hoặc lỗi dữ liệu."
        " Thiếu cơ sở khám chữa bệnh ban đầu không làm dừng hồ sơ nên không tính ở đây.",
        _stands(Position.FAILED),
        group_vi=_FAILED_VI,
        number="3",
    ),
    Column(
        "failed_unit",
        "Chưa khai báo đơn vị",
        "Xã, phường chưa khai báo cho đơn vị cấp thẻ nào, hoặc khai báo cho nhiều đơn vị.",
        _failed(*_UNIT_CAUSES),
        group_vi=_FAILED_VI,
        number="3a",
    ),
    Column(
        "failed_area",
        "Chưa xác định xã",
        "Mã xã chưa có trong danh mục, hoặc xã cũ đã chia và chưa chọn nơi cư trú.",
        _failed(*_AREA_CAUSES),
        group_vi=_FAILED_VI,
        number="3b",
    ),
    Column(
        "failed_data",
        "Lỗi dữ liệu",
        "Thông điệp không đọc được hoặc sai quy định, chờ bên gửi gửi lại bản đúng.",
        _failed(Cause.DATA_ERROR),
        group_vi=_FAILED_VI,
        number="3c",
    ),
    Column(
        "failed_other",
        "Lý do khác",
        "Lỗi tạo hồ sơ vì lý do khác.",
        _failed(*_OTHER_CAUSES),
        group_vi=_FAILED_VI,
        number="3d",
    ),
)
WAY = (
    Column(
        "created",
        "Đã tạo hồ sơ",
        "Đã tạo hồ sơ ở đơn vị cấp thẻ, kể cả hồ sơ dừng sau đó.",
        _reached(Position.NOT_SENT),
        number="4",
    ),
    Column("not_sent", "Chưa gửi TNHS", "Đã tạo, chờ gửi TNHS.", _stands(Position.NOT_SENT)),
    Column(
        "sent",
        "Đã gửi TNHS",
        "Đã gửi TNHS, kể cả hồ sơ dừng sau đó.",
        _reached(Position.NOT_ARISEN),
        number="5",
    ),
    Column(
        "not_arisen",
        "Chưa phát sinh",
        "Đã gửi TNHS, chưa phát sinh thu; gồm hồ sơ đang đối chiếu nghi trùng.",
        _stands(Position.NOT_ARISEN),
    ),
    Column(
        "arisen",
        "Đã phát sinh thu",
        "Đã xuất từ TNHS và nhập TST, kể cả hồ sơ dừng sau đó.",
        _reached(Position.AWAITING),
        number="6",
    ),
    Column(
        "awaiting",
        "Chờ duyệt",
        "Đã phát sinh thu, thẻ chưa được duyệt.",
        _stands(Position.AWAITING),
        number="7",
    ),
    Column(
        "approved",
        "Đã duyệt",
        "Thẻ đã được duyệt, kể cả hồ sơ hủy sau đó.",
        _reached(Position.NOT_PRINTED),
    ),
    Column(
        "not_printed",
        "Đã duyệt, chưa in",
        "Thẻ đã duyệt, chưa in và chưa giao thẻ điện tử.",
        _stands(Position.NOT_PRINTED),
        number="8",
    ),
    Column(
        "issued",
        "Đã cấp thẻ",
        "Thẻ đã in hoặc đã giao thẻ điện tử, kể cả thẻ của hồ sơ hủy sau khi cấp.",
        _reached(Position.ISSUED),
        number="9",
    ),
    Column(
        "not_handed",
        "Đã cấp, chưa trả",
        "Thẻ đã in, chưa trả cho gia đình.",
        _stands(Position.ISSUED),
    ),
    Column(
        "handed_over",
        "Đã trả thẻ",
        "Thẻ đã trả cho gia đình, bản giấy hoặc điện tử.",
        _stands(Position.HANDED_OVER),
        number="10",
    ),
)
_STOPPED_VI = "Từ chối, hủy: dừng ở khâu"
STOPPED = (
    Column(
        "stopped",
        "Từ chối, hủy",
        "Bị từ chối hoặc hủy trước khi cấp thẻ; tính ở khâu nơi hồ sơ dừng.",
        _stopped(*UNTIL_ISSUED),
        number="11",
    ),
    Column(
        "rejected",
        "Từ chối",
        "Bị từ chối trước khi cấp thẻ.",
        lambda it: it.ending is Ending.REJECTED and it.position in UNTIL_ISSUED,
    ),
    Column(
        "cancelled",
        "Hủy",
        "Bị hủy trước khi cấp thẻ.",
        lambda it: it.ending is Ending.CANCELLED and it.position in UNTIL_ISSUED,
    ),
    Column(
        "stopped_create",
        "Trước khi tạo",
        "Dừng trước khi tạo hồ sơ.",
        _stopped(*_BEFORE_CREATED),
        group_vi=_STOPPED_VI,
    ),
    Column(
        "stopped_not_sent",
        "Chưa gửi TNHS",
        "Dừng khi đã tạo, chưa gửi TNHS.",
        _stopped(Position.NOT_SENT),
        group_vi=_STOPPED_VI,
    ),
    Column(
        "stopped_not_arisen",
        "Chưa phát sinh",
        "Dừng khi đã gửi TNHS, chưa phát sinh thu.",
        _stopped(Position.NOT_ARISEN),
        group_vi=_STOPPED_VI,
    ),
    Column(
        "stopped_awaiting",
        "Chờ duyệt",
        "Dừng khi chờ duyệt thẻ.",
        _stopped(Position.AWAITING),
        group_vi=_STOPPED_VI,
    ),
    Column(
        "stopped_not_printed",
        "Chưa in",
        "Dừng khi thẻ đã duyệt, chưa in.",
        _stopped(Position.NOT_PRINTED),
        group_vi=_STOPPED_VI,
    ),
    Column(
        "stopped_issued",
        "Hủy sau khi cấp",
        "Bị hủy khi thẻ đã cấp; vẫn nằm trong cột Đã cấp thẻ, không nằm trong cột 11.",
        _stopped(*_AFTER_ISSUED),
        group_vi=_STOPPED_VI,
    ),
)


def _aged(age: Age) -> Callable[[Category], bool]:
    return lambda it: it.is_backlog and it.age is age


def _staged(position: Position, age: Age) -> Callable[[Category], bool]:
    return lambda it: it.stands(position) and it.age is age


OPEN = (
    Column(
        "open",
        "Chưa xong",
        "Chưa trả thẻ, không trùng, không bị từ chối, hủy: tồn đọng và thẻ đã cấp chờ trả.",
        lambda it: it.is_open and it.position is not Position.HANDED_OVER,
    ),
)
_BACKLOG_VI = "Tồn đọng theo tuổi"
BACKLOG = (
    Column(
        "backlog",
        "Tồn đọng",
        "Đã nhận, chưa cấp thẻ, không trùng, không bị từ chối, hủy.",
        lambda it: it.is_backlog,
        number="12",
    ),
    *(
        Column(
            f"backlog_{age.name.lower()}",
            AGES_VI[age],
            f"Tồn đọng {AGES_VI[age]}, kể từ ngày nhận (ngày nhận là ngày 0).",
            _aged(age),
            group_vi=_BACKLOG_VI,
        )
        for age in Age
    ),
)
BACKLOG_BY_STAGE = tuple(
    Column(
        f"backlog_{position.name.lower()}_{age.name.lower()}",
        AGES_VI[age],
        f"Tồn đọng ở khâu «{STAGES_VI[position]}», {AGES_VI[age]}.",
        _staged(position, age),
        group_vi=STAGES_VI[position],
    )
    for position in UNTIL_ISSUED
    for age in Age
)


def _paper(reason: str) -> Callable[[Category], bool]:
    return lambda it: it.paper == reason


MANUAL = (
    Column(
        "manual",
        "Hồ sơ thủ công",
        "Bản ghi do cán bộ nhập từ giấy theo danh mục trường hợp được phép; có trong cột Đã nhận.",
        lambda it: bool(it.paper),
        number="14",
    ),
    *(
        Column(
            f"manual_{reason.lower()}",
            str(reason),
            f"Hồ sơ giấy theo lý do {reason}: {TITLES_VI[reason]}.",
            _paper(str(reason)),
            group_vi="Hồ sơ thủ công theo lý do",
        )
        for reason in PAPERS
    ),
)
WITHOUT_ID = (
    Column(
        "without_id",
        "Chưa có số ĐDCN",
        "Hồ sơ đã phát sinh thu, không dừng, mà trẻ chưa có số định danh cá nhân.",
        lambda it: it.is_without_id,
        number="15",
    ),
)
MOVED = (
    Column(
        "rerouted",
        "Đã điều chuyển đơn vị",
        "Hồ sơ đã chuyển từ đơn vị khác đến; tính một lần, ở đơn vị nơi hồ sơ đứng vào thời điểm lấy số liệu.",
        lambda it: it.was_moved,
    ),
)

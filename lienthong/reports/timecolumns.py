"""The columns about time: what is late, and the office hours of each step, which half and 90 of a hundred did not exceed."""

from lienthong.reports.columns import Column
from lienthong.reports.states import PACES_VI, Late, Pace, Position

LATE = (
    Column(
        "late_open",
        "Quá hạn, chưa xong",
        "Hồ sơ chưa trả thẻ, không dừng, mà hạn trả kết quả là trước ngày lấy số liệu.",
        lambda it: it.is_open and it.late is Late.OPEN,
        group_vi="Trễ hạn",
        number="13a",
    ),
    Column(
        "late_closed",
        "Đã trả, trễ hạn",
        "Hồ sơ đã trả thẻ sau hạn trả kết quả.",
        lambda it: it.is_open and it.late is Late.CLOSED,
        group_vi="Trễ hạn",
        number="13b",
    ),
    Column(
        "on_time_closed",
        "Đã trả, đúng hạn",
        "Hồ sơ đã trả thẻ trong hạn trả kết quả.",
        lambda it: it.stands(Position.HANDED_OVER) and it.late is Late.NO,
        group_vi="Trễ hạn",
    ),
)
PACES = tuple(
    Column(
        f"pace_{pace.name.lower()}_{name}",
        f"{PACES_VI[pace]}: {title}",
        f"Thời gian làm việc từ lần đầu của khâu trước đến lần đầu của khâu sau, {meaning}, của hồ sơ đã qua khâu này;"
        " làm tròn lên 1 phút đến 1 giờ, 6 phút đến 8 giờ, 30 phút đến 80 giờ, sau đó 4 giờ.",
        pace=(pace, share),
        group_vi="Thời gian xử lý (giờ làm việc)",
        number="16",
    )
    for pace in Pace
    for name, title, meaning, share in (
        ("median", "trung vị", "một nửa số hồ sơ không lâu hơn", 0.5),
        ("p90", "90%", "90% số hồ sơ không lâu hơn", 0.9),
    )
)

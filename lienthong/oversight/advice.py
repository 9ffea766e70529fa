"""What each alarm means and what to do about it, in words for whoever is on call; by name, one for every alarm we raise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """An alarm in words. `page` is the name of the page where it is settled; `is_closed_by_hand` when nothing else closes it."""

    title_vi: str
    advice_vi: str
    page: str = ""
    is_closed_by_hand: bool = False


ADVICE = {
    "message.waiting": Advice(
        "Thông điệp chưa được xử lý",
        "Kiểm tra bộ xử lý (lienthong work) có chạy không và nhật ký có lỗi check.batch_failed không. Không thông điệp "
        "nào mất: chạy lại là xử lý tiếp.",
        "trace-search",
    ),
    "dossier.stuck": Advice(
        "Hồ sơ đứng yên ở bước tự động",
        "Xem việc tự động nào không chạy (worker.silent) hoặc lỗi liên tục trong nhật ký; khởi động lại lienthong work.",
        "queue",
    ),
    "card.late": Advice(
        "Thẻ đã duyệt quá ngày hẹn trả",
        "Đơn vị in hoặc giao thẻ điện tử ngay và ghi lý do chậm. Cảnh báo tự đóng khi thẻ được trả.",
        "work",
    ),
    "dossier.late": Advice(
        "Hồ sơ quá hạn",
        "Đơn vị xử lý các hồ sơ quá hạn; hồ sơ chưa có đơn vị thì khai báo địa bàn.",
        "queue",
    ),
    "number.scarce": Advice(
        "Sắp hết mã số BHXH",
        "Mở rộng dải số của persons_number_serial; hồ sơ đang chờ sẽ tự đi tiếp.",
    ),
    "outbox.waiting": Advice(
        "Thư, tin không được gửi khi đến lượt",
        "Kiểm tra bộ xử lý có chạy, và partners.toml có khai báo bên nhận; chạy lienthong partners check.",
        "letters",
    ),
    "outbox.late": Advice(
        "Thư gửi nhiều lần chưa được",
        "Bên nhận không trả lời. Chạy lienthong partners check; hệ thống vẫn tự thử lại trong khoảng bốn ngày.",
        "letters",
    ),
    "outbox.dead": Advice(
        "Thư không gửi được",
        "Xem trả lời của bên nhận, sửa địa chỉ nếu sai, rồi bấm «Gửi lại». Sau phục hồi: chỉ gửi lại thư chắc chắn chưa gửi.",
        "letters",
    ),
    "audit.unsealed": Advice(
        "Nhật ký chưa được niêm phong",
        "Kiểm tra bộ xử lý có chạy; sau đó chạy lienthong verify.",
    ),
    "audit.time": Advice(
        "Dòng nhật ký có thời điểm lạ",
        "So đồng hồ của máy chủ cơ sở dữ liệu với NTP; chạy lienthong verify và giữ lại kết quả.",
        is_closed_by_hand=True,
    ),
    "audit.witness": Advice(
        "Không ghi được bản chứng nhật ký",
        "Kiểm tra thư mục trong LIENTHONG_WITNESSES có gắn và ghi được không; bản chứng tự ghi bù.",
    ),
    "merger.waiting": Advice(
        "Đợt sáp nhập chưa được áp dụng",
        "Kiểm tra bộ xử lý có chạy; xem lỗi trên trang của đợt sáp nhập.",
        "mergers",
    ),
    "identity.lane": Advice(
        "Cơ sở dữ liệu dân cư không trả lời",
        "Liên hệ đơn vị vận hành. Không thẻ nào phải chờ; hệ thống tự thử lại và bổ sung số định danh sau.",
        "identities",
    ),
    "identity.waiting": Advice(
        "Số định danh còn thiếu không được hỏi lại",
        "Kiểm tra mục [population] trong partners.toml và bộ xử lý.",
        "identities",
    ),
    "oversight.books": Advice(
        "Đối soát với Bộ Tư pháp có chênh lệch chưa rõ lý do",
        "Mở ngày có chênh lệch, xem từng dòng; thiếu bảng kê thì đề nghị Bộ Tư pháp gửi. Cảnh báo tự đóng khi hai bên khớp.",
        "books",
    ),
    "oversight.silent": Advice(
        "Tỉnh đã liên thông quá 7 ngày không có dữ liệu khai sinh",
        "Hỏi Sở Tư pháp và kiểm tra đường truyền; cảnh báo tự đóng khi có dữ liệu mới.",
        "coordination",
    ),
    "oversight.plan_passed": Advice(
        "Tỉnh quá ngày dự kiến liên thông",
        "Tỉnh cập nhật lý do, kế hoạch và ngày dự kiến mới.",
        "coordination",
    ),
    "oversight.difficulties_late": Advice(
        "Vướng mắc quá hạn trả lời ở trung ương",
        "Phân công người trả lời các vướng mắc quá hạn.",
        "difficulties",
    ),
    "directive.unanswered": Advice(
        "Tỉnh chưa trả lời công văn quá hạn",
        "Nhắc tỉnh trên trang của công văn. Cảnh báo tự đóng khi tỉnh trả lời hoặc công văn được kết thúc.",
        "directives",
    ),
    "worker.silent": Advice(
        "Việc tự động không chạy",
        "Xem lienthong work còn chạy không; khởi động lại. Nếu một việc lỗi liên tục, gửi dòng worker.task_failed cho "
        "người bảo trì.",
    ),
    "backup.late": Advice(
        "Sao lưu chậm",
        "Chạy lienthong backup DIR --wal (nhật ký) hoặc lienthong backup DIR (bản gốc) và xem lỗi của bộ hẹn giờ.",
    ),
    "disk.scarce": Advice(
        "Đĩa sắp đầy",
        "Giải phóng hoặc thêm dung lượng cho LIENTHONG_HOME. Khi hết chỗ, hệ thống từ chối nhận chứ không báo nhận sai.",
    ),
    "clock.skew": Advice(
        "Đồng hồ máy lệch",
        "Bật lại NTP trên máy có tên trong cảnh báo.",
    ),
    "system.restored": Advice(
        "Hệ thống vừa được phục hồi từ bản sao lưu",
        "Chạy lienthong verify; đối chiếu thông điệp với Bộ Tư pháp từ thời điểm phục hồi; xem thư giữ lại; sao lưu bản "
        "gốc mới. Xong thì đóng cảnh báo.",
        "letters",
        is_closed_by_hand=True,
    ),
    "births.bad_signatures": Advice(
        "Nhiều thông điệp sai chữ ký",
        "Liên hệ bên gửi theo địa chỉ trong cảnh báo; nếu không phải họ, chặn địa chỉ đó ở tường lửa.",
        is_closed_by_hand=True,
    ),
    "lookup.suspended": Advice(
        "Tài khoản tra cứu bị tạm khóa",
        "Tỉnh hỏi cơ sở khám, chữa bệnh; cấp mật khẩu mới nếu không phải họ; mở lại kèm ghi chú.",
        "hospitals",
    ),
    "lookup.decoy": Advice(
        "Tài khoản tra cứu hỏi mã mồi",
        "Xem trang của tài khoản; tự đóng sau một tuần không tái diễn.",
        "hospitals",
    ),
    "lookup.peak": Advice(
        "Tra cứu tăng đột biến",
        "Xem tài khoản nào tăng; tự đóng khi trở lại bình thường.",
        "hospitals",
    ),
    "lookup.closed": Advice(
        "Cổng tra cứu đang đóng",
        "Chỉ trung ương mở lại, kèm lý do; trong lúc đóng, bệnh viện được trả lời «thử lại sau».",
        "lookup-limits",
    ),
}


def of(name: str) -> Advice:
    """The words for an alarm; its bare name where none were written."""
    return ADVICE.get(name, Advice(name, "Xem docs/operate.md."))

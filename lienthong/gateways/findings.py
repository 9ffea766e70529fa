"""Everything that can be said about a birth message: code, class, HTTP status, sentence.

One table for intake, judge, enrolment, pages and the import report. Not for faults of our own.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class FindingClass(StrEnum):
    """What happens to the message (guarantees §E)."""

    REFUSED = "REJ"
    """Before acceptance; no receipt; the sender still owns it."""
    QUARANTINED = "QUA"
    """Kept and receipted; the sender must mend it."""
    HELD = "HLD"
    """Kept; resumes by itself when the cause is gone."""
    WARNING = "WRN"
    """Applied; the remark goes with it."""
    DUPLICATE = "DUP"
    """The same again; nothing changes."""
    CONFLICT = "CNF"
    """Another content under a used name; kept aside, nothing changes."""
    NOT_ENTITLED = "NEN"
    """Kept; no card is due, with the reason."""
    TASK = "TSK"
    """Kept; two officers decide, because an approved card is touched."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. `status` is the HTTP status of a refusal, 202 where the message is accepted first."""

    code: str
    kind: FindingClass
    status: int
    message_vi: str


_REJ, _QUA, _HLD = FindingClass.REFUSED, FindingClass.QUARANTINED, FindingClass.HELD
_WRN, _NEN, _TSK = FindingClass.WARNING, FindingClass.NOT_ENTITLED, FindingClass.TASK
_DUP, _CNF = FindingClass.DUPLICATE, FindingClass.CONFLICT
_KEPT = 202

_REFUSALS = (
    ("E-EMPTY", 400, "Thông điệp rỗng. Đề nghị gửi lại thông điệp có nội dung."),
    ("E-SIZE", 413, "Vượt quá 1 MiB. Đề nghị gửi mỗi lần một thông điệp, không kèm tệp."),
    ("E-TIMEOUT", 408, "Quá thời gian chờ nhận nội dung. Đề nghị gửi lại toàn bộ thông điệp."),
    (
        "E-FRAMING",
        400,
        "Độ dài nội dung khai báo mâu thuẫn. Đề nghị chỉ khai Content-Length hoặc Transfer-Encoding.",
    ),
    (
        "E-UNPACK",
        413,
        "Nội dung nén vượt quá 1 MiB sau khi giải nén. Đề nghị gửi thông điệp không nén.",
    ),
    ("E-ENCODING", 415, "Kiểu nén không được hỗ trợ. Đề nghị gửi thông điệp không nén."),
    (
        "E-TYPE",
        415,
        "Kiểu nội dung không được hỗ trợ. Đề nghị gửi với Content-Type: application/json.",
    ),
    ("E-DTD", 400, "Không chấp nhận DOCTYPE. Đề nghị bỏ khai báo DOCTYPE khỏi thông điệp."),
    (
        "E-SENDER",
        403,
        "Khóa ký không thuộc cơ quan được gửi dữ liệu khai sinh này. Đề nghị kiểm tra khóa và mã nguồn gửi.",
    ),
    ("E-SIG-NONE", 401, "Thiếu chữ ký số. Đề nghị ký thông điệp theo RFC 9421 rồi gửi lại."),
    ("E-SIG-BAD", 401, "Chữ ký không hợp lệ. Đề nghị ký lại đúng nội dung gửi đi."),
    (
        "E-SIG-KEY",
        401,
        "Không nhận ra khóa ký. Đề nghị đăng ký khóa công khai với BHXH Việt Nam trước khi gửi.",
    ),
    ("E-SIG-EARLY", 401, "Khóa ký chưa đến ngày hiệu lực. Đề nghị dùng khóa đang hiệu lực."),
    ("E-SIG-EXPIRED", 401, "Khóa ký đã hết hiệu lực vào lúc ký. Đề nghị dùng khóa đang hiệu lực."),
    (
        "E-SIG-REVOKED",
        401,
        "Khóa ký đã bị thu hồi. Đề nghị dùng khóa khác và báo cho BHXH Việt Nam.",
    ),
    ("E-NOT-FOUND", 404, "Không tìm thấy thông điệp này trong số thông điệp của cơ quan gửi."),
    (
        "E-METHOD",
        405,
        "Phương thức không được hỗ trợ. Đề nghị dùng POST để gửi, GET để xem kết quả.",
    ),
    (
        "E-BUSY",
        503,
        "Hệ thống đang quá tải hoặc bảo trì, thông điệp chưa được nhận. Đề nghị gửi lại sau ít phút.",
    ),
)

_QUARANTINES = (
    (
        "E-SCHEMA",
        "Cấu trúc thông điệp không đúng quy định. Đề nghị gửi một đối tượng JSON theo đặc tả.",
    ),
    ("E-DEPTH", "Thông điệp lồng quá 32 cấp. Đề nghị gửi đúng cấu trúc theo đặc tả."),
    ("E-DUPKEY", "Trùng tên trường. Đề nghị mỗi trường chỉ ghi một lần."),
    ("E-NUMBER", "Giá trị số không hợp lệ. Đề nghị kiểm tra lại trường nêu trên."),
    (
        "E-PARSE",
        "Không đọc được thông điệp tại vị trí nêu trên. Đề nghị gửi lại thông điệp đầy đủ, đúng cú pháp JSON.",
    ),
    ("E-CHARSET", "Sai bảng mã. Đề nghị gửi thông điệp bằng UTF-8."),
    ("E-CONTROL", "Có ký tự điều khiển. Đề nghị xóa ký tự này rồi gửi lại."),
    (
        "E-TYPE-FIELD",
        "Sai kiểu dữ liệu của trường. Đề nghị gửi đúng kiểu theo đặc tả, mã số ghi dạng chuỗi.",
    ),
    ("E-BATCH", "Quá 500 khai sinh trong một thông điệp. Đề nghị chia nhỏ rồi gửi lại."),
    (
        "E-ITEM",
        "Có khai sinh trong lô chưa hợp lệ. Đề nghị xem kết quả từng khai sinh và gửi lại phần bị lỗi.",
    ),
    (
        "E-MSGID",
        "Mã thông điệp thiếu hoặc sai quy cách; hệ thống đã cấp mã tạm. Đề nghị gửi lại với mã hợp lệ.",
    ),
    ("E-KIND", "Loại thông điệp không hợp lệ. Đề nghị dùng create, correct hoặc cancel."),
    ("E-VERSION-NO", "Số phiên bản thiếu hoặc không hợp lệ. Đề nghị đánh số từ 1 và tăng dần."),
    ("E-MISSING", "Thiếu thông tin bắt buộc. Đề nghị bổ sung trường nêu trên."),
    ("E-VALUE", "Giá trị không có trong danh mục. Đề nghị kiểm tra lại trường nêu trên."),
    ("E-TEXT-LONG", "Nội dung quá dài. Đề nghị rút gọn trường nêu trên."),
    ("E-NAME-EMPTY", "Thiếu họ tên. Đề nghị bổ sung họ tên như trong sổ hộ tịch."),
    ("E-NAME-CHAR", "Họ tên có ký tự không hợp lệ. Đề nghị kiểm tra lại với sổ hộ tịch."),
    ("E-NAME-LONG", "Họ tên quá 100 chữ. Đề nghị kiểm tra lại với sổ hộ tịch."),
    (
        "E-NAME-SCRIPT",
        "Họ tên có chữ cái không thuộc chữ Quốc ngữ hoặc chữ La-tinh. Đề nghị nhập lại bằng bàn phím tiếng Việt.",
    ),
    (
        "E-NAME-TEST",
        "Họ tên là dữ liệu thử hoặc chưa đặt tên. Đề nghị gửi lại khi có họ tên chính thức.",
    ),
    ("E-TCVN3", "Nghi sai bảng mã TCVN3. Đề nghị chuyển sang Unicode rồi gửi lại."),
    ("E-VNI", "Nghi sai bảng mã VNI. Đề nghị chuyển sang Unicode rồi gửi lại."),
    ("E-MOJIBAKE", "Họ tên bị mã hóa UTF-8 hai lần. Đề nghị sửa phần mềm gửi rồi gửi lại."),
    ("E-REPLACED", "Họ tên mất dấu hoặc mất chữ (có dấu «?»). Đề nghị nhập lại theo sổ hộ tịch."),
    ("E-BIDI", "Có ký tự ẩn hoặc ký tự đảo chiều. Đề nghị xóa ký tự này rồi gửi lại."),
    ("E-DATE", "Ngày không tồn tại trong lịch. Đề nghị kiểm tra lại với sổ hộ tịch."),
    ("E-DATE-FORMAT", "Ngày sai định dạng. Đề nghị ghi theo dạng ngày/tháng/năm (dd/MM/yyyy)."),
    (
        "E-DATE-PARTIAL",
        "Ngày sinh thiếu ngày hoặc tháng. Đề nghị cán bộ hộ tịch xác định ngày sinh theo quy định.",
    ),
    ("E-DATE-FUTURE", "Ngày sinh ở tương lai. Đề nghị kiểm tra lại với sổ hộ tịch."),
    ("E-DATE-ORDER", "Thứ tự các ngày không hợp lý. Đề nghị kiểm tra lại ngày sinh, ngày đăng ký."),
    ("E-DATE-RANGE", "Năm sinh ngoài khoảng cho phép. Đề nghị kiểm tra lại với sổ hộ tịch."),
    (
        "E-PARENT",
        "Thiếu thông tin cha mẹ. Đề nghị bổ sung cha, mẹ hoặc người đi khai; trẻ bị bỏ rơi thì ghi rõ.",
    ),
    (
        "E-INTERNAL",
        "Hệ thống chưa xử lý được thông điệp này; bộ phận kỹ thuật đã được báo. Không cần gửi lại.",
    ),
    (
        "E-PARENT-AGE",
        "Tuổi của cha hoặc mẹ không hợp lý. Đề nghị kiểm tra lại ngày sinh của cha, mẹ.",
    ),
)

_HOLDS = (
    (
        "E-VERSION",
        "Chưa có bộ đọc cho phiên bản thông điệp này; thông điệp được giữ lại và sẽ tự xử lý khi có.",
    ),
    ("E-WAIT-CREATE", "Đang chờ thông điệp khai sinh ban đầu; sẽ tự xử lý khi nhận được."),
    ("E-BRAKE", "Số lượt hủy tăng bất thường; đang chờ hai cán bộ xác nhận."),
    ("E-LATER", "Lỗi tạm thời khi xử lý; hệ thống sẽ tự thử lại."),
    ("H-AREA", "Chưa có mã xã trong danh mục; sẽ tự xử lý khi danh mục được bổ sung."),
    ("H-AREA-SPLIT", "Xã đã chia về nhiều xã; cán bộ cần chọn xã nơi trẻ đang cư trú."),
)

_WARNINGS = (
    ("W-BOM", "Thông điệp có dấu BOM ở đầu; đã bỏ qua. Đề nghị gửi không kèm BOM."),
    ("W-UNKNOWN", "Có trường ngoài đặc tả; được lưu nguyên văn nhưng không sử dụng."),
    ("W-KEY-OLD", "Khóa ký đã hết hạn sau khi ký. Đề nghị chuyển sang khóa mới."),
    (
        "W-MSGID-SIMILAR",
        "Mã thông điệp chỉ khác một mã đã có ở chữ hoa, chữ thường hoặc cách gõ dấu; được coi là hai thông điệp.",
    ),
    ("W-ORPHAN-CANCEL", "Hủy một khai sinh chưa từng được gửi; được đưa vào danh sách đối soát."),
    (
        "W-CLOCK",
        "Giờ gửi thiếu hoặc sai so với đồng hồ của hệ thống; không ảnh hưởng thứ tự xử lý.",
    ),
    ("W-NFC", "Họ tên gõ theo Unicode tổ hợp; đã chuyển sang dựng sẵn."),
    ("W-TONE", "Chỉ khác vị trí dấu thanh; không coi là thay đổi họ tên."),
    ("W-NAME-SHORT", "Họ tên chỉ có một từ hoặc tên chỉ có một chữ; vẫn được xử lý."),
    ("W-ETH", "Chữ Ð (Eth) đã được thay bằng chữ Đ tiếng Việt."),
    ("W-SPACE", "Họ tên viết thường hoặc thừa khoảng trắng; khoảng trắng thừa đã được bỏ."),
    ("W-LATE", "Đăng ký khai sinh sau hơn 60 ngày kể từ ngày sinh."),
    (
        "E-PID-FORMAT",
        "Số định danh phải đủ 12 chữ số; thẻ vẫn được cấp, số định danh sẽ bổ sung sau.",
    ),
    ("E-PID-TEST", "Số định danh là số thử; thẻ vẫn được cấp, số định danh sẽ bổ sung sau."),
    ("E-PID-PARENT", "Số định danh trùng với cha hoặc mẹ nên không được dùng; thẻ vẫn được cấp."),
    ("W-PID-SEX", "Số định danh không khớp giới tính; cần xác minh, thẻ vẫn được cấp."),
    ("W-PID-CENTURY", "Số định danh không khớp thế kỷ sinh; cần xác minh, thẻ vẫn được cấp."),
    ("W-PID-YEAR", "Số định danh không khớp năm sinh; cần xác minh, thẻ vẫn được cấp."),
    ("W-PID-PLACE", "Ba số đầu của số định danh không phải mã tỉnh, mã quốc gia đã biết."),
    (
        "W-PID-OFFICE",
        "Ba số đầu của số định danh không ứng với tỉnh nơi đăng ký khai sinh; thẻ vẫn được cấp.",
    ),
    (
        "W-PARENT-PID",
        "Số định danh của cha hoặc mẹ không đủ 12 chữ số nên không được dùng để đối chiếu.",
    ),
    ("W-AREA-OLD", "Xã đã sáp nhập sau ngày đăng ký; hồ sơ chuyển theo xã mới."),
    (
        "W-AREA-STALE",
        "Mã xã đã hết hiệu lực trước ngày đăng ký; hồ sơ chuyển theo xã mới. Đề nghị cập nhật danh mục.",
    ),
    ("W-AREA-NAME", "Tên xã không khớp mã xã, hoặc còn ghi cấp huyện; hồ sơ xử lý theo mã xã."),
    ("W-AREA-KIND", "Mã khu vực không hợp lệ; bỏ qua."),
    ("W-ETHNICITY", "Mã dân tộc không có trong danh mục; không ảnh hưởng việc cấp thẻ."),
    ("W-NATIONALITY", "Mã quốc tịch không có trong danh mục; cần kiểm tra."),
    (
        "H-FACILITY",
        "Chưa có cơ sở KCB trong danh mục; thẻ dùng cơ sở mặc định của xã, được đổi khi danh mục bổ sung.",
    ),
)

_OTHERS = (
    ("W-SAME", _DUP, _KEPT, "Nội dung giống khai sinh đã xử lý; không có thay đổi."),
    (
        "E-ID-CONFLICT",
        _CNF,
        409,
        "Trùng mã, khác nội dung. Đề nghị gửi nội dung mới với mã thông điệp mới.",
    ),
    ("N-AGE", _NEN, _KEPT, "Trẻ không còn thuộc diện cấp thẻ trẻ em dưới 6 tuổi."),
    ("N-DECEASED", _NEN, _KEPT, "Trẻ đã mất; không cấp thẻ, hoặc thẻ hết giá trị từ ngày mất."),
    (
        "E-VERSION-CLASH",
        _TSK,
        _KEPT,
        "Cùng số phiên bản nhưng khác nội dung; chờ hai cán bộ quyết định.",
    ),
    (
        "E-PID-TAKEN",
        _TSK,
        _KEPT,
        "Số định danh đã thuộc trẻ khác; số này không được dùng, cần rà soát trùng.",
    ),
    (
        "E-PID-MISMATCH",
        _TSK,
        _KEPT,
        "Cơ sở dữ liệu dân cư trả lời khác họ tên, ngày sinh hoặc giới tính; cần xác minh.",
    ),
    (
        "E-DUP-PERSON",
        _TSK,
        _KEPT,
        "Nghi trẻ đã được đăng ký ở nơi khác; cần rà soát trước khi cấp thẻ.",
    ),
    (
        "E-DUP-CONFIRMED",
        _TSK,
        _KEPT,
        "Trẻ đã được đăng ký ở bản khác và đã có mã số BHXH; đề nghị rà soát, hủy bản đăng ký thừa.",
    ),
    (
        "T-CORRECTION-AFTER-CARD",
        _TSK,
        _KEPT,
        "Cải chính thông tin của trẻ đã có thẻ; chờ hai cán bộ duyệt.",
    ),
    (
        "T-BIRTH-DATE-AFTER-CARD",
        _TSK,
        _KEPT,
        "Cải chính ngày sinh làm đổi thời hạn thẻ; chờ hai cán bộ duyệt.",
    ),
    (
        "T-NO-LONGER-ENTITLED",
        _TSK,
        _KEPT,
        "Sau cải chính, trẻ không còn thuộc diện cấp thẻ; chờ hai cán bộ duyệt.",
    ),
    (
        "T-PERSONAL-ID-CHANGED",
        _TSK,
        _KEPT,
        "Cải chính số định danh của trẻ đã có thẻ; chờ hai cán bộ duyệt.",
    ),
    (
        "T-CARD-REVOKED",
        _TSK,
        _KEPT,
        "Hủy khai sinh của trẻ đã có thẻ; thẻ đã bị thu hồi, cần rà soát.",
    ),
)


def _table() -> dict[str, Finding]:
    rows = [Finding(code, _REJ, status, text) for code, status, text in _REFUSALS]
    for kind, group in ((_QUA, _QUARANTINES), (_HLD, _HOLDS), (_WRN, _WARNINGS)):
        rows += [Finding(code, kind, _KEPT, text) for code, text in group]
    rows += [Finding(*other) for other in _OTHERS]
    return {row.code: row for row in rows}


FINDINGS = MappingProxyType(_table())
"""Every finding by its code."""


def finding(code: str) -> Finding:
    """The finding of that code. Raises KeyError for a code that is not in the table."""
    return FINDINGS[code]


def sentence(code: str) -> str:
    """The Vietnamese sentence of a code; empty for no code or an unknown one, so that a page never breaks."""
    found = FINDINGS.get(code)
    return found.message_vi if found else ""

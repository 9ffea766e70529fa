"""What is told: every kind of notice with its audience, channels and Vietnamese text. One table; nothing else holds a sentence.

Words stand in braces. A text names no personal id and no whole card number. Short texts are for SMS: without marks they
fit one message of 160 letters with ordinary words.
"""

from dataclasses import dataclass
from string import Formatter
from typing import Final

EMAIL: Final = "email"
SMS: Final = "sms"
PAGE: Final = "page"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice. `is_optional`: only who asked for it gets it, and anybody may stop it."""

    name: str
    label_vi: str
    channels: tuple[str, ...]
    subject_vi: str
    body_vi: str
    short_vi: str = ""
    is_optional: bool = False

    @property
    def is_for_officers(self) -> bool:
        """True when officers read it; else a family does."""
        return PAGE in self.channels

    @property
    def words(self) -> frozenset[str]:
        """The named words that the texts need."""
        texts = (self.subject_vi, self.body_vi, self.short_vi)
        return frozenset(
            name for text in texts for _, name, _, _ in Formatter().parse(text) if name
        )


_FAMILY = (EMAIL, SMS)
_OFFICERS = (PAGE, EMAIL)

_ALL = (
    Kind(
        "CARD_APPROVED", "Thẻ đã được duyệt", _FAMILY,
        "Thẻ BHYT của cháu {child} đã được duyệt",
        "Thẻ bảo hiểm y tế của cháu {child} (mã thẻ {card}) đã được duyệt và có giá trị sử dụng từ ngày {valid_from}"
        " đến hết ngày {valid_to}.\n\nĐơn vị cấp thẻ: {unit}. Khi thẻ giấy in xong, chúng tôi sẽ báo để gia đình đến nhận.",
        "BHXH: Thẻ BHYT của cháu {child} đã duyệt, giá trị từ {valid_from} đến hết {valid_to}.",
        is_optional=True,
    ),
    Kind(
        "CARD_READY", "Thẻ chờ gia đình đến nhận", _FAMILY,
        "Thẻ BHYT của cháu {child} đã in xong",
        "Thẻ bảo hiểm y tế của cháu {child} đã in xong. Mời gia đình đến nhận tại {unit}; khi đi mang theo giấy tờ tùy thân"
        " của cha, mẹ hoặc người giám hộ.",
        "BHXH: Thẻ BHYT của cháu {child} đã in xong, mời gia đình đến nhận tại {unit}.",
        is_optional=True,
    ),
    Kind(
        "CARD_REVOKED", "Thẻ bị thu hồi", _FAMILY,
        "Thẻ BHYT của cháu {child} bị thu hồi",
        "Thẻ bảo hiểm y tế của cháu {child} (mã thẻ {card}) không còn giá trị sử dụng từ ngày {on}. Lý do: {reason}.\n\n"
        "Đề nghị gia đình nộp lại thẻ giấy và liên hệ {unit} nếu cần giải thích.",
        "BHXH: Thẻ BHYT {card} của cháu {child} bị thu hồi từ {on}. Liên hệ {unit}.",
    ),
    Kind(
        "CARD_EXCHANGED", "Thẻ đã đổi", _FAMILY,
        "Thẻ BHYT của cháu {child} đã được đổi",
        "Thẻ bảo hiểm y tế của cháu {child} đã được thay bằng thẻ mới từ ngày {on}. Thẻ cũ (mã thẻ {card}) không còn dùng"
        " được; quyền lợi của cháu không bị gián đoạn.\n\nĐơn vị cấp thẻ: {unit}.",
        "BHXH: Thẻ BHYT của cháu {child} đã đổi thẻ mới từ {on}; thẻ cũ {card} hết giá trị.",
    ),
    Kind(
        "DOSSIER_LATE", "Hồ sơ trễ hạn, có lý do", _FAMILY,
        "Thẻ BHYT của cháu {child} sẽ có muộn hơn hẹn",
        "Thẻ bảo hiểm y tế của cháu {child} chưa kịp trả đúng hẹn. Lý do: {reason}. Chúng tôi đang xử lý và"
        " sẽ báo khi thẻ xong.\n\nChúng tôi xin lỗi gia đình. Đơn vị cấp thẻ: {unit}.",
        "BHXH: Thẻ BHYT của cháu {child} trễ hẹn; sẽ báo khi xong. Xin lỗi gia đình.",
        is_optional=True,
    ),
    Kind(
        "PERSONAL_ID_FOUND", "Đã có số định danh", _FAMILY,
        "Số định danh cá nhân của cháu {child} đã có",
        "Số định danh cá nhân của cháu {child} đã được ghi vào hồ sơ bảo hiểm y tế. Thẻ đang dùng không thay đổi.\n\n"
        "Đơn vị cấp thẻ: {unit}.",
        "BHXH: Hồ sơ BHYT của cháu {child} đã có số định danh. Thẻ không đổi.",
        is_optional=True,
    ),
    Kind(
        "NUMBER_CHANGED", "Mã số BHXH được sửa", _FAMILY,
        "Mã số BHXH của {child} đã được sửa",
        "Mã số BHXH của {child} đã được sửa cho đúng; mã số mới ghi trên thẻ mới. Thẻ bảo hiểm y tế đang có vẫn dùng được"
        " cho đến khi thẻ mang mã số mới được duyệt; quyền lợi không bị gián đoạn và gia đình không phải nộp giấy tờ."
        " Tra cứu bằng mã số cũ vẫn tìm được.\n\nĐơn vị phụ trách: {unit}.",
        "BHXH: Mã số BHXH của {child} đã được sửa. Thẻ đang có vẫn dùng đến khi có thẻ mới.",
    ),
    Kind(
        "PASSCODE", "Mã xác nhận gia đình xem thẻ", _FAMILY,
        "Mã xác nhận để xem thẻ BHYT",
        "Mã xác nhận để xem thông tin thẻ bảo hiểm y tế của trẻ là: {code}\n\nMã có hiệu lực trong 10 phút và chỉ dùng một"
        " lần. Không đưa mã cho bất kỳ ai, kể cả người tự xưng là cán bộ. Nếu không phải gia đình yêu cầu, hãy bỏ qua thư này.",
        "BHXH: Ma xac nhan xem the BHYT: {code}. Hieu luc 10 phut. Khong dua ma cho ai.",
    ),
    Kind(
        "OVERDUE", "Hồ sơ quá hạn", _OFFICERS,
        "{count} hồ sơ quá hạn chờ bạn",
        "{unit} có {count} hồ sơ đã quá hạn đang chờ bạn; lâu nhất là hồ sơ {dossier}, hạn {until}.",
    ),
    Kind(
        "OVERDUE_HEAD", "Hồ sơ quá hạn, báo trưởng bộ phận", _OFFICERS,
        "{count} hồ sơ quá hạn của {unit}",
        "{unit} có {count} hồ sơ quá hạn đã nhắc cán bộ mà chưa xong; lâu nhất là hồ sơ {dossier}, hạn {until}. Đề nghị trưởng"
        " bộ phận chỉ đạo.",
    ),
    Kind(
        "OVERDUE_DIRECTOR", "Hồ sơ quá hạn, báo giám đốc", _OFFICERS,
        "{count} hồ sơ quá hạn kéo dài của {unit}",
        "{unit} có {count} hồ sơ quá hạn đã báo trưởng bộ phận mà chưa xong; lâu nhất là hồ sơ {dossier}, hạn {until}.",
    ),
    Kind(
        "OFF_PROCESS", "Thao tác sai quy trình", _OFFICERS,
        "{unit}: {count} thao tác sai quy trình mới",
        "{unit} có {count} thao tác sai quy trình mới ({rules}), trước hết là hồ sơ {dossier}. Đề nghị trả lời trên trang"
        " “Sai quy trình”.",
    ),
    Kind(
        "CONTRACT_ENDS", "Hợp đồng của cơ sở khám, chữa bệnh sắp hết", _OFFICERS,
        "Hợp đồng của {facility} ({code}) hết ngày {last}",
        "Hợp đồng khám, chữa bệnh BHYT của {facility} (mã {code}) hết ngày {last}, còn {days} ngày, chưa có hợp đồng tiếp"
        " theo. {count} trẻ đang đăng ký ban đầu tại đây; thẻ của các cháu vẫn có giá trị. Nếu đã gia hạn, hãy ghi hợp đồng mới"
        " ở trang “Cơ sở khám, chữa bệnh”.",
    ),
    Kind(
        "BOOKS", "Đối soát với Bộ Tư pháp có chênh lệch chưa rõ lý do", _OFFICERS,
        "Ngày {day}: {count} chênh lệch chưa rõ lý do với Bộ Tư pháp",
        "Đối soát dữ liệu khai sinh ngày {day} (mã tỉnh {province}) có {count} chênh lệch chưa rõ lý do. Đề nghị xem trang"
        " “Đối soát với Bộ Tư pháp”; chênh lệch tự đóng khi hai bên khớp nhau.",
    ),
    Kind(
        "PLAN_PASSED", "Quá ngày dự kiến liên thông", _OFFICERS,
        "{province}: quá ngày dự kiến liên thông {planned}",
        "{province} dự kiến liên thông dữ liệu khai sinh ngày {planned} nhưng đến nay chưa thực hiện. Lý do đã khai: {reason}."
        " Đề nghị cập nhật lý do, kế hoạch và ngày mới ở trang “Phối hợp với Sở Tư pháp”.",
    ),
    Kind(
        "DIRECTIVE_ISSUED", "Công văn cần trả lời", _OFFICERS,
        "Công văn {number} gửi {province}, hạn trả lời hết ngày {until}",
        "BHXH Việt Nam gửi {province} công văn số {number}: {subject}. Hạn trả lời: hết ngày {until}. Hãy mở công văn, trả lời"
        " từ số liệu đã điền sẵn và trình giám đốc ký.",
    ),
    Kind(
        "DIRECTIVE_EXTENDED", "Công văn được bổ sung", _OFFICERS,
        "Công văn {number}: có bổ sung, hạn trả lời là ngày {until}",
        "BHXH Việt Nam đã bổ sung công văn số {number} ({subject}). Hạn trả lời của {province}: hết ngày {until}.",
    ),
    Kind(
        "DIRECTIVE_REMINDER", "Nhắc trả lời công văn", _OFFICERS,
        "Nhắc {province} trả lời công văn {number}, hạn {until}",
        "{province} chưa trả lời công văn số {number}: {subject}. Hạn trả lời: ngày {until}. Đề nghị hoàn thành và trình giám"
        " đốc ký.",
    ),
    Kind(
        "DIRECTIVE_DIRECTOR", "Nhắc giám đốc về công văn chưa trả lời", _OFFICERS,
        "Đề nghị giám đốc chỉ đạo trả lời công văn {number}, hạn {until}",
        "{province} chưa trả lời công văn số {number}: {subject}. Hạn trả lời: ngày {until}. Đề nghị giám đốc chỉ đạo hoàn thành,"
        " ký và gửi.",
    ),
    Kind(
        "DIRECTIVE_PRESENTED", "Trả lời công văn chờ ký", _OFFICERS,
        "Trả lời công văn {number} chờ giám đốc ký, hạn {until}",
        "Trả lời của {province} cho công văn số {number} ({subject}) đã soạn xong và chờ giám đốc ký. Hạn trả lời: ngày {until}.",
    ),
    Kind(
        "DIRECTIVE_RETURNED", "Trả lời công văn cần sửa", _OFFICERS,
        "Trả lời công văn {number} được trả lại để sửa",
        "Giám đốc trả lại bản trả lời của {province} cho công văn số {number} ({subject}) để sửa. Hạn trả lời: ngày {until}.",
    ),
    Kind(
        "DIRECTIVE_REPLIED", "Tỉnh đã trả lời công văn", _OFFICERS,
        "{province} đã trả lời công văn {number}",
        "{province} đã gửi trả lời công văn số {number} ({subject}). Hạn trả lời: ngày {until}.",
    ),
    Kind(
        "DIFFICULTY_NEW", "Vướng mắc mới", _OFFICERS,
        "{number}: {place} báo vướng mắc",
        "{place} báo vướng mắc {number} ({topic}), đang chờ {level} trả lời. Hạn trả lời: {until}.",
    ),
    Kind(
        "DIFFICULTY_UP", "Vướng mắc chuyển cấp trên", _OFFICERS,
        "{number} chuyển lên {level}",
        "Vướng mắc {number} của {place} ({topic}) đã chuyển lên {level}. Hạn trả lời: {until}.",
    ),
    Kind(
        "DIFFICULTY_ASKED", "Vướng mắc cần bổ sung thông tin", _OFFICERS,
        "{number}: cần bổ sung thông tin",
        "{level} cần thêm thông tin để trả lời vướng mắc {number} ({topic}) của {place}. Thời hạn trả lời tạm dừng đến"
        " khi có thông tin bổ sung.",
    ),
    Kind(
        "DIFFICULTY_REPLIED", "Vướng mắc đã được bổ sung", _OFFICERS,
        "{number}: đã có thông tin bổ sung",
        "{place} đã bổ sung thông tin cho vướng mắc {number} ({topic}) bạn đang xử lý. Hạn trả lời: {until}.",
    ),
    Kind(
        "DIFFICULTY_ANSWERED", "Vướng mắc đã được trả lời", _OFFICERS,
        "{number}: đã có trả lời",
        "Vướng mắc {number} ({topic}) của {place} đã có trả lời của {level}. Hãy xem và xác nhận đã giải quyết được hay"
        " chưa.",
    ),
    Kind(
        "DIFFICULTY_REOPENED", "Vướng mắc được hỏi lại", _OFFICERS,
        "{number}: trả lời chưa giải quyết được",
        "{place} cho biết trả lời về vướng mắc {number} ({topic}) chưa giải quyết được. Hạn trả lời lại: {until}.",
    ),
    Kind(
        "DIFFICULTY_CLOSED", "Vướng mắc đã đóng", _OFFICERS,
        "{number} đã đóng",
        "{level} đã đóng vướng mắc {number} ({topic}) của {place}. Lý do ghi ở trang vướng mắc.",
    ),
    Kind(
        "CARD_REVOKED_DESK", "Thẻ bị thu hồi, báo bộ phận Sổ, thẻ", _OFFICERS,
        "Thẻ {card} đã thu hồi, hồ sơ {dossier}",
        "Thẻ {card} của hồ sơ {dossier} ({unit}) đã tự động thu hồi ngày {on}. Lý do: {reason}. Hãy thu lại thẻ giấy nếu đã"
        " trả cho gia đình.",
    ),
)  # fmt: skip

KINDS: Final = {kind.name: kind for kind in _ALL}
"""By name."""
LETTERS_VI: Final = {"notice.email": "Thư điện tử", "notice.sms": "Tin nhắn SMS"}
"""The kinds of letters in the outbox that are notices."""

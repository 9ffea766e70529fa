"""The one table: permission × role. A page needs one permission, an action checks one; nothing else decides."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that may be done. Each is used by a page or an action (tested)."""

    HOME_VIEW = "HOME_VIEW"
    ACCOUNT_OWN = "ACCOUNT_OWN"
    ACCOUNT_MANAGE = "ACCOUNT_MANAGE"
    DOSSIER_QUEUE = "DOSSIER_QUEUE"
    DOSSIER_VIEW = "DOSSIER_VIEW"
    TASK_VIEW = "TASK_VIEW"
    TASK_SETTLE = "TASK_SETTLE"
    WORK_ASSIGN = "WORK_ASSIGN"
    UNIT_DECLARATION_VIEW = "UNIT_DECLARATION_VIEW"
    UNIT_DECLARE = "UNIT_DECLARE"
    MERGER_VIEW = "MERGER_VIEW"
    MERGER_MANAGE = "MERGER_MANAGE"
    SPLIT_DECIDE = "SPLIT_DECIDE"
    IDENTITY_REVIEW = "IDENTITY_REVIEW"
    PERSON_REVIEW = "PERSON_REVIEW"
    PERSON_MERGE = "PERSON_MERGE"
    NUMBER_REPAIR = "NUMBER_REPAIR"
    NUMBER_CONFIRM = "NUMBER_CONFIRM"
    CATALOGUE_VIEW = "CATALOGUE_VIEW"
    PAPER_ENTER = "PAPER_ENTER"
    CARD_EXCHANGE = "CARD_EXCHANGE"
    CORRECTION_DECIDE = "CORRECTION_DECIDE"
    CARD_APPROVE = "CARD_APPROVE"
    CARD_PRINT = "CARD_PRINT"
    CARD_HAND_OVER = "CARD_HAND_OVER"
    FORM_CHOOSE = "FORM_CHOOSE"
    CONFORMANCE_VIEW = "CONFORMANCE_VIEW"
    CONFORMANCE_ANSWER = "CONFORMANCE_ANSWER"
    CONFORMANCE_CONFIRM = "CONFORMANCE_CONFIRM"
    AUDIT_VIEW = "AUDIT_VIEW"
    PROOF_EXPORT = "PROOF_EXPORT"
    MESSAGE_RELEASE = "MESSAGE_RELEASE"
    MESSAGE_SEND = "MESSAGE_SEND"
    CARD_LOOKUP = "CARD_LOOKUP"
    TEMPORARY_CODE_ISSUE = "TEMPORARY_CODE_ISSUE"
    HOSPITAL_VIEW = "HOSPITAL_VIEW"
    HOSPITAL_MANAGE = "HOSPITAL_MANAGE"
    HOSPITAL_SUSPEND = "HOSPITAL_SUSPEND"
    LOOKUP_LIMIT_SET = "LOOKUP_LIMIT_SET"
    FACILITY_MANAGE = "FACILITY_MANAGE"
    TASK_FORCE_EDIT = "TASK_FORCE_EDIT"
    REDUCTION_REPORT = "REDUCTION_REPORT"
    CONTACT_EDIT = "CONTACT_EDIT"
    HOUSEHOLD_VIEW = "HOUSEHOLD_VIEW"
    HOUSEHOLD_EDIT = "HOUSEHOLD_EDIT"
    AGENT_DESK = "AGENT_DESK"
    AGENCY_MANAGE = "AGENCY_MANAGE"
    COMPLETENESS_VIEW = "COMPLETENESS_VIEW"
    COMPLETENESS_SET = "COMPLETENESS_SET"
    LINKAGE_VIEW = "LINKAGE_VIEW"
    LINKAGE_START = "LINKAGE_START"
    REGISTER_IMPORT = "REGISTER_IMPORT"
    REGISTER_EXPORT = "REGISTER_EXPORT"
    OUTBOX_VIEW = "OUTBOX_VIEW"
    OUTBOX_RESEND = "OUTBOX_RESEND"
    COORDINATION_VIEW = "COORDINATION_VIEW"
    COORDINATION_EDIT = "COORDINATION_EDIT"
    BOOKS_VIEW = "BOOKS_VIEW"
    RESEND_ASK = "RESEND_ASK"
    DIRECTIVE_VIEW = "DIRECTIVE_VIEW"
    DIRECTIVE_ISSUE = "DIRECTIVE_ISSUE"
    DIRECTIVE_ANSWER = "DIRECTIVE_ANSWER"
    DIRECTIVE_SIGN = "DIRECTIVE_SIGN"
    DIFFICULTY_REPORT = "DIFFICULTY_REPORT"
    DIFFICULTY_ANSWER = "DIFFICULTY_ANSWER"
    ARTICLE_VIEW = "ARTICLE_VIEW"
    ARTICLE_PUBLISH = "ARTICLE_PUBLISH"
    ALARM_VIEW = "ALARM_VIEW"
    ALARM_CLOSE = "ALARM_CLOSE"
    REPORT_VIEW = "REPORT_VIEW"


class Role(StrEnum):
    """What an account is for (vai trò). Where it may act is another matter: see `jurisdiction`."""

    CENTRE = "centre"
    PROVINCE = "province"
    COLLECTION = "collection"
    CARD_DESK = "card_desk"
    HEAD = "head"
    RECEPTION = "reception"
    AGENT = "agent"
    ADMINISTRATOR = "administrator"
    HOSPITAL = "hospital"
    MINISTRY = "ministry"


MACHINE_ROLES = frozenset({Role.HOSPITAL, Role.MINISTRY})
"""Roles of machines; every other role is an officer's."""

TITLES_VI = {
    Role.CENTRE: "Cán bộ BHXH Việt Nam",
    Role.PROVINCE: "Lãnh đạo BHXH tỉnh",
    Role.COLLECTION: "Cán bộ Thu",
    Role.CARD_DESK: "Cán bộ Sổ, thẻ",
    Role.HEAD: "Trưởng bộ phận Sổ, thẻ",
    Role.RECEPTION: "Cán bộ Tiếp nhận và trả kết quả",
    Role.AGENT: "Nhân viên đại lý thu",
    Role.ADMINISTRATOR: "Quản trị hệ thống",
    Role.HOSPITAL: "Cơ sở khám, chữa bệnh",
    Role.MINISTRY: "Hệ thống của Bộ Tư pháp",
}

PERMISSIONS_VI = {
    Permission.HOME_VIEW: "Xem việc đang chờ",
    Permission.ACCOUNT_OWN: "Xem và đổi tài khoản của mình",
    Permission.ACCOUNT_MANAGE: "Quản lý tài khoản cán bộ",
    Permission.DOSSIER_QUEUE: "Xem danh sách hồ sơ",
    Permission.DOSSIER_VIEW: "Tra cứu hồ sơ của một trẻ",
    Permission.TASK_VIEW: "Xem việc cần xử lý",
    Permission.TASK_SETTLE: "Đóng việc cần xử lý",
    Permission.WORK_ASSIGN: "Giao việc cho cán bộ khác",
    Permission.UNIT_DECLARATION_VIEW: "Xem địa bàn chưa khai báo đơn vị cấp thẻ",
    Permission.UNIT_DECLARE: "Khai báo nơi làm việc của đơn vị cấp thẻ",
    Permission.MERGER_VIEW: "Xem các đợt sáp nhập địa bàn",
    Permission.MERGER_MANAGE: "Nhập, chạy thử và áp dụng đợt sáp nhập địa bàn",
    Permission.SPLIT_DECIDE: "Chọn đơn vị mới cho hồ sơ thuộc xã đã chia tách",
    Permission.IDENTITY_REVIEW: "Xử lý số định danh chưa rõ",
    Permission.PERSON_REVIEW: "Xem xét hai người nghi trùng",
    Permission.PERSON_MERGE: "Xác nhận gộp, bỏ gộp hai hồ sơ của một người",
    Permission.NUMBER_REPAIR: "Đề nghị sửa mã số BHXH cấp trùng, sai cấu trúc",
    Permission.NUMBER_CONFIRM: "Xác nhận sửa mã số BHXH",
    Permission.CATALOGUE_VIEW: "Xem danh mục",
    Permission.PAPER_ENTER: "Nhập hồ sơ giấy trong các trường hợp được phép",
    Permission.CARD_EXCHANGE: "Lập yêu cầu cấp lại, đổi thẻ BHYT",
    Permission.CORRECTION_DECIDE: "Quyết định khi khai sinh thay đổi sau cấp thẻ",
    Permission.CARD_APPROVE: "Duyệt thẻ BHYT",
    Permission.CARD_PRINT: "In thẻ BHYT",
    Permission.CARD_HAND_OVER: "Trả thẻ BHYT, giao thẻ điện tử",
    Permission.FORM_CHOOSE: "Chọn mẫu thẻ in của từng tỉnh",
    Permission.CONFORMANCE_VIEW: "Xem thao tác sai quy trình cấp, đổi thẻ",
    Permission.CONFORMANCE_ANSWER: "Trả lời thao tác sai quy trình",
    Permission.CONFORMANCE_CONFIRM: "Xác nhận trả lời về thao tác sai quy trình",
    Permission.AUDIT_VIEW: "Xem ai đã xem thông tin của trẻ",
    Permission.PROOF_EXPORT: "Xuất gói chứng cứ của một trẻ",
    Permission.MESSAGE_RELEASE: "Cho xử lý tiếp thông điệp hủy đang bị giữ",
    Permission.MESSAGE_SEND: "Gửi dữ liệu khai sinh",
    Permission.CARD_LOOKUP: "Tra cứu thẻ BHYT của người đến khám",
    Permission.TEMPORARY_CODE_ISSUE: "Cấp mã thẻ tạm cho trẻ chưa có thẻ",
    Permission.HOSPITAL_VIEW: "Xem tài khoản tra cứu của cơ sở khám, chữa bệnh",
    Permission.HOSPITAL_MANAGE: "Cấp và sửa tài khoản tra cứu của cơ sở khám, chữa bệnh",
    Permission.HOSPITAL_SUSPEND: "Tạm khóa, mở lại tài khoản tra cứu",
    Permission.LOOKUP_LIMIT_SET: "Đặt mức giới hạn tra cứu chung",
    Permission.FACILITY_MANAGE: "Bổ sung, sửa cơ sở khám, chữa bệnh và hợp đồng",
    Permission.TASK_FORCE_EDIT: "Cập nhật danh bạ tổ công tác của tỉnh",
    Permission.REDUCTION_REPORT: "Báo giảm thẻ BHYT của trẻ",
    Permission.CONTACT_EDIT: "Ghi thông tin liên hệ của gia đình",
    Permission.HOUSEHOLD_VIEW: "Xem hộ gia đình và chênh lệch dữ liệu",
    Permission.HOUSEHOLD_EDIT: "Sửa hộ gia đình, xử lý chênh lệch dữ liệu",
    Permission.AGENT_DESK: "Tra cứu mã số, bổ sung dữ liệu tại đại lý thu",
    Permission.AGENCY_MANAGE: "Quản lý đại lý thu và tài khoản của đại lý",
    Permission.COMPLETENESS_VIEW: "Xem mức độ đầy đủ của dữ liệu người tham gia",
    Permission.COMPLETENESS_SET: "Đặt tiêu chí đầy đủ của dữ liệu người tham gia",
    Permission.LINKAGE_VIEW: "Xem các lần liên kết dữ liệu",
    Permission.LINKAGE_START: "Yêu cầu, xác nhận, hủy liên kết dữ liệu",
    Permission.REGISTER_IMPORT: "Nhập dữ liệu hộ gia đình, dữ liệu thu từ tệp",
    Permission.REGISTER_EXPORT: "Xuất dữ liệu hộ gia đình, dữ liệu thu ra tệp",
    Permission.OUTBOX_VIEW: "Xem thư và tin nhắn gửi ra ngoài",
    Permission.OUTBOX_RESEND: "Gửi lại thư và tin nhắn",
    Permission.COORDINATION_VIEW: "Xem tình hình phối hợp với Sở Tư pháp",
    Permission.COORDINATION_EDIT: "Ghi quy chế phối hợp, tình trạng liên thông của tỉnh",
    Permission.BOOKS_VIEW: "Xem đối soát với Bộ Tư pháp",
    Permission.RESEND_ASK: "Đề nghị Bộ Tư pháp gửi lại thông điệp",
    Permission.DIRECTIVE_VIEW: "Xem công văn đôn đốc và trả lời của tỉnh mình",
    Permission.DIRECTIVE_ISSUE: "Ban hành công văn đôn đốc, nhắc và tổng hợp trả lời",
    Permission.DIRECTIVE_ANSWER: "Soạn trả lời công văn của BHXH Việt Nam",
    Permission.DIRECTIVE_SIGN: "Ký và gửi trả lời công văn",
    Permission.DIFFICULTY_REPORT: "Báo vướng mắc, theo dõi trả lời",
    Permission.DIFFICULTY_ANSWER: "Nhận, trả lời vướng mắc; xem tổng hợp vướng mắc",
    Permission.ARTICLE_VIEW: "Đọc hướng dẫn, hỏi đáp",
    Permission.ARTICLE_PUBLISH: "Đăng, sửa bài hỏi đáp",
    Permission.ALARM_VIEW: "Xem cảnh báo vận hành",
    Permission.ALARM_CLOSE: "Đóng cảnh báo đã xử lý",
    Permission.REPORT_VIEW: "Xem số liệu, biểu mẫu báo cáo",
}

_EVERY_OFFICER = frozenset(
    {
        Permission.HOME_VIEW,
        Permission.ACCOUNT_OWN,
        Permission.DIFFICULTY_REPORT,
        Permission.ARTICLE_VIEW,
    }
)
# Whoever answers at a level: the head for his unit, the director for the province, the centre and its keepers last.
_ANSWERS_AND_PUBLISHES = frozenset({Permission.DIFFICULTY_ANSWER, Permission.ARTICLE_PUBLISH})
_READS_DOSSIERS = _EVERY_OFFICER | {
    Permission.DOSSIER_QUEUE,
    Permission.DOSSIER_VIEW,
    Permission.TASK_VIEW,
    Permission.UNIT_DECLARATION_VIEW,
    Permission.CATALOGUE_VIEW,
    # Old and new officers alike look at a split; row-level security says at which.
    Permission.SPLIT_DECIDE,
    # Whoever speaks with the family writes down how to reach it.
    Permission.CONTACT_EDIT,
    # A child's record names its household; who works on records looks at it.
    Permission.HOUSEHOLD_VIEW,
    # Figures of his own area, down to the dossiers behind them.
    Permission.REPORT_VIEW,
}
# Who proposes that two persons are one is not who confirms it, where a number or a card follows.
_MERGES_PERSONS = frozenset({Permission.PERSON_REVIEW, Permission.PERSON_MERGE})
# Who orders a linkage is not who confirms it; both are of the same standing.
_LINKS_REGISTERS = frozenset({Permission.LINKAGE_VIEW, Permission.LINKAGE_START})
# Whole registers come and go as files.
_MOVES_REGISTERS = frozenset({Permission.REGISTER_IMPORT, Permission.REGISTER_EXPORT})
_SEES_LETTERS = frozenset({Permission.OUTBOX_VIEW, Permission.OUTBOX_RESEND})
# What a province and the ministry's departments owe each other is seen at both levels, and answered for by the province.
_COORDINATES = frozenset(
    {Permission.COORDINATION_VIEW, Permission.BOOKS_VIEW, Permission.RESEND_ASK}
)

# A province's offices write its reply; its director alone signs, and never what he wrote himself.
_ANSWERS_LETTERS = frozenset({Permission.DIRECTIVE_VIEW, Permission.DIRECTIVE_ANSWER})

_CARD_DESK = _READS_DOSSIERS | {
    Permission.TASK_SETTLE,
    Permission.CARD_APPROVE,
    Permission.CARD_PRINT,
    Permission.CARD_HAND_OVER,
    Permission.CONFORMANCE_VIEW,
    Permission.CONFORMANCE_ANSWER,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CENTRE: _READS_DOSSIERS
    | _SEES_LETTERS
    | _COORDINATES
    | _ANSWERS_AND_PUBLISHES
    | _MOVES_REGISTERS
    | {
        Permission.AUDIT_VIEW,
        Permission.PROOF_EXPORT,
        *_MERGES_PERSONS,
        *_LINKS_REGISTERS,
        Permission.NUMBER_CONFIRM,
        Permission.CONFORMANCE_VIEW,
        Permission.MESSAGE_RELEASE,
        Permission.UNIT_DECLARE,
        Permission.MERGER_VIEW,
        Permission.MERGER_MANAGE,
        Permission.FORM_CHOOSE,
        Permission.HOSPITAL_VIEW,
        Permission.HOSPITAL_SUSPEND,
        Permission.LOOKUP_LIMIT_SET,
        Permission.FACILITY_MANAGE,
        Permission.TASK_FORCE_EDIT,
        Permission.COMPLETENESS_VIEW,
        Permission.COMPLETENESS_SET,
        Permission.DIRECTIVE_VIEW,
        Permission.DIRECTIVE_ISSUE,
        Permission.ALARM_VIEW,
    },
    Role.PROVINCE: _READS_DOSSIERS
    | _SEES_LETTERS
    | _COORDINATES
    | _ANSWERS_AND_PUBLISHES
    | _MOVES_REGISTERS
    | _ANSWERS_LETTERS
    | {
        Permission.DIRECTIVE_SIGN,
        Permission.AUDIT_VIEW,
        Permission.PROOF_EXPORT,
        *_MERGES_PERSONS,
        *_LINKS_REGISTERS,
        Permission.NUMBER_CONFIRM,
        Permission.CONFORMANCE_VIEW,
        Permission.MESSAGE_RELEASE,
        Permission.UNIT_DECLARE,
        Permission.MERGER_VIEW,
        Permission.TASK_SETTLE,
        Permission.WORK_ASSIGN,
        Permission.HOSPITAL_VIEW,
        Permission.HOSPITAL_MANAGE,
        Permission.HOSPITAL_SUSPEND,
        Permission.FACILITY_MANAGE,
        Permission.TASK_FORCE_EDIT,
        Permission.AGENCY_MANAGE,
        Permission.COMPLETENESS_VIEW,
        Permission.COORDINATION_EDIT,
    },
    Role.COLLECTION: _READS_DOSSIERS
    | _MOVES_REGISTERS
    | _ANSWERS_LETTERS
    | {
        Permission.CARD_EXCHANGE,
        Permission.PAPER_ENTER,
        # Compares what changed with the card that is out; who asks for the card back needs a second person.
        Permission.CORRECTION_DECIDE,
        Permission.REDUCTION_REPORT,
        Permission.HOUSEHOLD_EDIT,
        Permission.COMPLETENESS_VIEW,
        Permission.TASK_SETTLE,
        Permission.IDENTITY_REVIEW,
        Permission.PERSON_REVIEW,
        # Thu proposes what a number should be; the head of another desk confirms (3440/TB-BHXH).
        Permission.NUMBER_REPAIR,
        Permission.CONFORMANCE_VIEW,
        Permission.CONFORMANCE_ANSWER,
    },
    Role.CARD_DESK: _CARD_DESK,
    # Named in letter 5052 as answerable for approval and printing: does the desk's work too.
    Role.HEAD: _CARD_DESK
    | _SEES_LETTERS
    | _ANSWERS_LETTERS
    | {
        Permission.AUDIT_VIEW,
        Permission.PROOF_EXPORT,
        Permission.IDENTITY_REVIEW,
        *_MERGES_PERSONS,
        Permission.NUMBER_CONFIRM,
        Permission.CONFORMANCE_CONFIRM,
        Permission.CORRECTION_DECIDE,
        Permission.DIFFICULTY_ANSWER,
        Permission.WORK_ASSIGN,
        Permission.AGENCY_MANAGE,
        Permission.COMPLETENESS_VIEW,
        Permission.BOOKS_VIEW,
    },
    Role.RECEPTION: _READS_DOSSIERS
    | {
        Permission.CARD_HAND_OVER,
        Permission.TASK_SETTLE,
        Permission.PAPER_ENTER,
        Permission.HOUSEHOLD_EDIT,
        Permission.PERSON_REVIEW,
    },
    # Works for another organisation: sees the households of his communes and writes nothing but proposals.
    Role.AGENT: _EVERY_OFFICER | {Permission.AGENT_DESK},
    # The administrator keeps the machine and the accounts, and sees no child; criteria and their shares name nobody.
    Role.ADMINISTRATOR: _EVERY_OFFICER
    | _SEES_LETTERS
    | _ANSWERS_AND_PUBLISHES
    | {
        Permission.ACCOUNT_MANAGE,
        Permission.CATALOGUE_VIEW,
        Permission.COMPLETENESS_SET,
        Permission.ALARM_VIEW,
        Permission.ALARM_CLOSE,
    },
    Role.HOSPITAL: frozenset({Permission.CARD_LOOKUP, Permission.TEMPORARY_CODE_ISSUE}),
    Role.MINISTRY: frozenset({Permission.MESSAGE_SEND}),
}


def permissions_of(role: str) -> frozenset[str]:
    """The names of what the role may do; nothing for an unknown role."""
    return frozenset(GRANTS[Role(role)]) if role in frozenset(Role) else frozenset()


def every_permission() -> frozenset[str]:
    """What the system itself may do: all of them."""
    return frozenset(Permission)

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
    UNIT_DECLARATION_VIEW = "UNIT_DECLARATION_VIEW"
    UNIT_DECLARE = "UNIT_DECLARE"
    MERGER_VIEW = "MERGER_VIEW"
    MERGER_MANAGE = "MERGER_MANAGE"
    SPLIT_DECIDE = "SPLIT_DECIDE"
    CATALOGUE_VIEW = "CATALOGUE_VIEW"
    CARD_EXCHANGE = "CARD_EXCHANGE"
    CARD_APPROVE = "CARD_APPROVE"
    CARD_PRINT = "CARD_PRINT"
    CARD_HAND_OVER = "CARD_HAND_OVER"
    AUDIT_VIEW = "AUDIT_VIEW"
    MESSAGE_RELEASE = "MESSAGE_RELEASE"
    MESSAGE_SEND = "MESSAGE_SEND"


class Role(StrEnum):
    """What an account is for (vai trò). Where it may act is another matter: see `jurisdiction`."""

    CENTRE = "centre"
    PROVINCE = "province"
    COLLECTION = "collection"
    CARD_DESK = "card_desk"
    HEAD = "head"
    RECEPTION = "reception"
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
    Permission.UNIT_DECLARATION_VIEW: "Xem địa bàn chưa khai báo đơn vị cấp thẻ",
    Permission.UNIT_DECLARE: "Khai báo nơi làm việc của đơn vị cấp thẻ",
    Permission.MERGER_VIEW: "Xem các đợt sáp nhập địa bàn",
    Permission.MERGER_MANAGE: "Nhập, chạy thử và áp dụng đợt sáp nhập địa bàn",
    Permission.SPLIT_DECIDE: "Chọn đơn vị mới cho hồ sơ thuộc xã đã chia tách",
    Permission.CATALOGUE_VIEW: "Xem danh mục",
    Permission.CARD_EXCHANGE: "Lập yêu cầu cấp lại, đổi thẻ BHYT",
    Permission.CARD_APPROVE: "Duyệt thẻ BHYT",
    Permission.CARD_PRINT: "In thẻ BHYT",
    Permission.CARD_HAND_OVER: "Trả thẻ BHYT",
    Permission.AUDIT_VIEW: "Xem ai đã xem thông tin của trẻ",
    Permission.MESSAGE_RELEASE: "Cho xử lý tiếp thông điệp hủy đang bị giữ",
    Permission.MESSAGE_SEND: "Gửi dữ liệu khai sinh",
}

_EVERY_OFFICER = frozenset({Permission.HOME_VIEW, Permission.ACCOUNT_OWN})
_READS_DOSSIERS = _EVERY_OFFICER | {
    Permission.DOSSIER_QUEUE,
    Permission.DOSSIER_VIEW,
    Permission.TASK_VIEW,
    Permission.UNIT_DECLARATION_VIEW,
    Permission.CATALOGUE_VIEW,
    # Old and new officers alike look at a split; row-level security says at which.
    Permission.SPLIT_DECIDE,
}

_CARD_DESK = _READS_DOSSIERS | {
    Permission.CARD_APPROVE,
    Permission.CARD_PRINT,
    Permission.CARD_HAND_OVER,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CENTRE: _READS_DOSSIERS
    | {
        Permission.AUDIT_VIEW,
        Permission.MESSAGE_RELEASE,
        Permission.UNIT_DECLARE,
        Permission.MERGER_VIEW,
        Permission.MERGER_MANAGE,
    },
    Role.PROVINCE: _READS_DOSSIERS
    | {
        Permission.AUDIT_VIEW,
        Permission.MESSAGE_RELEASE,
        Permission.UNIT_DECLARE,
        Permission.MERGER_VIEW,
    },
    Role.COLLECTION: _READS_DOSSIERS | {Permission.CARD_EXCHANGE},
    Role.CARD_DESK: _CARD_DESK,
    # Named in letter 5052 as answerable for approval and printing: does the desk's work too.
    Role.HEAD: _CARD_DESK,
    Role.RECEPTION: _READS_DOSSIERS | {Permission.CARD_HAND_OVER},
    # The administrator keeps the machine and the accounts, and sees no child.
    Role.ADMINISTRATOR: _EVERY_OFFICER | {Permission.ACCOUNT_MANAGE, Permission.CATALOGUE_VIEW},
    # The hospitals' gateway has no door here yet; its account may sign and nothing more.
    Role.HOSPITAL: frozenset(),
    Role.MINISTRY: frozenset({Permission.MESSAGE_SEND}),
}


def permissions_of(role: str) -> frozenset[str]:
    """The names of what the role may do; nothing for an unknown role."""
    return frozenset(GRANTS[Role(role)]) if role in frozenset(Role) else frozenset()


def every_permission() -> frozenset[str]:
    """What the system itself may do: all of them."""
    return frozenset(Permission)

"""The statuses of a card and who may make each move (rules §4.3, §13.4)."""

from lienthong.accounts.permissions import Permission
from lienthong.database.moves import BORN, SYSTEM, Move, Moves

REQUESTED = "requested"
ACTIVE = "active"
SUPERSEDED = "superseded"
EXPIRED = "expired"
REVOKED = "revoked"
CANCELLED = "cancelled"

LABELS_VI = {
    REQUESTED: "Chờ duyệt",
    ACTIVE: "Đang có giá trị",
    SUPERSEDED: "Đã thay bằng thẻ mới",
    EXPIRED: "Đã hết hạn",
    REVOKED: "Đã thu hồi",
    CANCELLED: "Đã hủy yêu cầu",
}
STATUSES = tuple(LABELS_VI)

MOVES = Moves(
    machine="card",
    labels_vi=LABELS_VI,
    final=frozenset({SUPERSEDED, EXPIRED}),
    moves=(
        Move(BORN, REQUESTED, SYSTEM, "Yêu cầu duyệt"),
        Move(REQUESTED, ACTIVE, Permission.CARD_APPROVE, "Duyệt"),
        Move(REQUESTED, CANCELLED, SYSTEM, "Hủy yêu cầu"),
        Move(ACTIVE, SUPERSEDED, Permission.CARD_APPROVE, "Thay bằng thẻ mới"),
        # Only where cover begins anew after a break (002-5); a card that merely ends stays part of the line.
        Move(ACTIVE, EXPIRED, Permission.CARD_APPROVE, "Hết hạn, cấp thẻ theo thời hạn mới"),
        Move(ACTIVE, REVOKED, SYSTEM, "Thu hồi"),
        # What a merger of two records took away comes back when the merger is undone, and never otherwise.
        Move(REVOKED, ACTIVE, SYSTEM, "Bỏ gộp: thẻ có giá trị trở lại"),
        Move(CANCELLED, REQUESTED, SYSTEM, "Bỏ gộp: yêu cầu duyệt trở lại"),
    ),
)

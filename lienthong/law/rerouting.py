"""Which unit finishes a dossier that a change of divisions has caught on its way (công văn 680/BHXH-CNTT, mục 2).

Only the most advanced state at the cut-over and the time of sending decide. Where the new unit is, and whether it is
declared, is the catalogues' business; a declaration is never replaced by the old unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lienthong.kernel.errors import Refused
from lienthong.law import sources
from lienthong.law.dated import cites


class Rule(StrEnum):
    """A row of the decision table."""

    UNCHANGED = "000-0"
    CARD_ISSUED = "000-1"
    SENT_AFTERWARDS = "000-2"
    IN_COLLECTION = "000-3"
    IN_RECEPTION = "000-4"
    NOT_YET_RECEIVED = "000-5"


class Owner(StrEnum):
    """The unit that has the dossier from the cut-over on."""

    CURRENT = "current"
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision: by which row, and for whom. `voids_target` when an import prepared for the old unit is void."""

    rule: Rule
    owner: Owner
    voids_target: bool = False


_UNCHANGED = Ruling(Rule.UNCHANGED, Owner.CURRENT)
_SENT_AFTERWARDS = Ruling(Rule.SENT_AFTERWARDS, Owner.NEW)
_NOT_YET_RECEIVED = Ruling(Rule.NOT_YET_RECEIVED, Owner.NEW)
_IN_COLLECTION = Ruling(Rule.IN_COLLECTION, Owner.OLD)
_CARD_ISSUED = Ruling(Rule.CARD_ISSUED, Owner.OLD)
# In the order of the way. An approved card is valid, yet the letter's 2.1 names "approved": it is finished there.
_CAUGHT: Mapping[str, Ruling] = {
    "RECEIVED": _NOT_YET_RECEIVED,
    "CREATE_FAILED": _NOT_YET_RECEIVED,
    "CREATED": _NOT_YET_RECEIVED,
    "SENT_TNHS": Ruling(Rule.IN_RECEPTION, Owner.NEW),
    "EXPORTED_TNHS": Ruling(Rule.IN_RECEPTION, Owner.NEW, voids_target=True),
    "ARISEN": _IN_COLLECTION,
    "APPROVAL_REQUESTED": _IN_COLLECTION,
    "APPROVED": _IN_COLLECTION,
    "PRINTED": _CARD_ISSUED,
    "RETURNED": _CARD_ISSUED,
}
RULES_VI = {
    Rule.UNCHANGED: "Địa bàn không thay đổi",
    Rule.CARD_ISSUED: "Thẻ đã cấp trước khi thay đổi địa bàn: giữ nguyên đơn vị đã cấp",
    Rule.SENT_AFTERWARDS: "Dữ liệu gửi sau khi thay đổi địa bàn: tiếp nhận tại đơn vị mới",
    Rule.IN_COLLECTION: "Đã phát sinh thu (mục 2.1): đơn vị cũ tiếp tục cấp thẻ",
    Rule.IN_RECEPTION: "Đã gửi TNHS, chưa nhập TST (mục 2.2): chuyển sang đơn vị mới",
    Rule.NOT_YET_RECEIVED: "Chưa gửi TNHS (mục 2.3): hệ thống tự chuyển sang đơn vị mới",
}
"""What an officer reads of each row."""
QUALIFIERS_VI = {
    "Q1": "Địa bàn cũ chỉ có một nơi nhận",
    "Q2": "Địa bàn cũ chia tách; nơi cư trú cho biết nơi nhận",
    "Q3": "Địa bàn cũ chia tách; cần chọn đơn vị mới",
    "Q4": "Nơi nhận chưa có đúng một đơn vị cấp thẻ; hồ sơ chờ khai báo",
    "Q5": "Theo nhiều lần thay đổi liên tiếp",
    "Q6": "Chỉ đổi tên",
    "Q7": "Đợt sáp nhập được sửa hoặc hủy",
    "Q8": "Nơi gửi còn dùng mã cũ",
    "Q9": "Huyện đảo, đặc khu không có cấp xã",
}
"""How the new unit was found, or why not yet."""


@cites(sources.REROUTING_680)
def ruling(
    state: str, *, sent_at: datetime, cutover_at: datetime | None = None, is_changed: bool = True
) -> Ruling:
    """Who finishes a dossier in this most advanced state; the first row that holds.

    `sent_at` is when the ministry's data reached us, `cutover_at` when the change was applied here for the old unit:
    not the resolution's day; None before. Refused (E-STATE) for a state that no row names: it is closed.

    Source: sources.REROUTING_680.
    """
    if not is_changed or cutover_at is None:
        return _UNCHANGED
    caught = _CAUGHT.get(state)
    if caught is None:
        raise Refused(f"Hồ sơ ở trạng thái {state} không còn chờ đơn vị nào.", code="E-STATE")
    if caught is _CARD_ISSUED:
        return caught
    return _SENT_AFTERWARDS if sent_at >= cutover_at else caught


@cites(sources.REROUTING_680)
def caught_rulings() -> tuple[tuple[str, Ruling], ...]:
    """One pair per state that a cut-over can find a dossier in, sent before it: what `ruling` says, for SQL.

    Source: sources.REROUTING_680.
    """
    return tuple(_CAUGHT.items())

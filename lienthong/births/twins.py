"""The search for the electronic twin (rules §2.2): whether this child is known anywhere, how surely, and to whom.

Levels 1 to 3 are the same child, or the same paper: they block a second dossier. Levels 4 and 5 only warn. A brother
or sister born the same day to the same mother, called otherwise, is neither.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import msgspec
from django.db import connection

from lienthong.accounts import jurisdiction
from lienthong.accounts.permissions import Permission
from lienthong.database.rows import rows_as
from lienthong.dossiers import lifecycle
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed

EXACT: Final = frozenset({1, 2, 3})
WARNING: Final = frozenset({1, 2, 3, 4, 5})
SIBLING: Final = 9
LEVELS_VI: Final = {
    1: "Trùng số định danh cá nhân",
    2: "Trùng số, quyển và nơi đăng ký khai sinh",
    3: "Trùng mã giấy chứng sinh",
    4: "Trùng họ tên, ngày sinh, giới tính và số định danh (hoặc mã số BHXH) của mẹ",
    5: "Trùng họ tên, ngày sinh, họ tên mẹ và xã, phường",
    SIBLING: "Trẻ sinh cùng ngày, cùng mẹ, khác tên (sinh đôi, sinh ba)",
}
_SEARCH = "SELECT * FROM births_twins(%s::jsonb)"


@dataclass(frozen=True, slots=True)
class Twin:
    """A dossier that may be this child's. Outside one's own area nothing personal stands in it.

    `dossier_id` is None for a register entry that was cancelled before it became a dossier.
    """

    level: int
    dossier_id: int | None
    dossier_code: str
    state: str
    is_cancelled: bool
    area: int
    unit_name: str
    province_code: str
    registration_id: int
    is_mine: bool
    message_id: str
    child_name: str
    child_born_on: date | None
    child_sex: str

    @property
    def level_vi(self) -> str:
        """By what it was found."""
        return LEVELS_VI[self.level]

    @property
    def state_vi(self) -> str:
        """The dossier's state as officials call it."""
        return lifecycle.LABELS_VI[self.state]

    @property
    def is_exact(self) -> bool:
        """True when it blocks a second dossier."""
        return self.level in EXACT


def search(by: Actor, facts: BirthFacts) -> list[Twin]:
    """Every dossier of the country that may be this child's, the surest first. One statement.

    Raises NotAllowed without PAPER_ENTER. An officer of the console has no session: his area is asked for here.
    """
    if not by.may(Permission.PAPER_ENTER):
        raise NotAllowed("Bạn không có quyền nhập hồ sơ giấy.", code=str(Permission.PAPER_ENTER))
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, [msgspec.json.encode(facts).decode()])
        found = rows_as(Twin, cursor)
    if by.kind is ActorKind.OFFICER and not by.token:
        return [_mine_of(by, twin) for twin in found]
    return found


def _mine_of(by: Actor, twin: Twin) -> Twin:
    return replace(twin, is_mine=twin.area > 0 and jurisdiction.reaches(by, twin.area))

"""The kinds of work, and which kinds wait for which role: one table, read by the list, the rights and the clocks."""

from dataclasses import dataclass
from enum import StrEnum

from lienthong.accounts.permissions import Permission, Role
from lienthong.dossiers import clocks, lifecycle, tasks
from lienthong.kernel.actor import Actor


class Kind(StrEnum):
    """A kind of work."""

    APPROVE = "APPROVE"
    PRINT = "PRINT"
    HAND_OVER = "HAND_OVER"
    SPLIT = "SPLIT"
    REVIEW = "REVIEW"
    UNDECLARED = "UNDECLARED"
    TASK = "TASK"


@dataclass(frozen=True, slots=True)
class KindRow:
    """What a kind is called, what is done next, the state it stands in, and what doing it needs."""

    label_vi: str
    action_vi: str
    state: str
    needs: Permission
    part: str = ""


KINDS: dict[Kind, KindRow] = {
    Kind.APPROVE: KindRow(
        "Chờ duyệt thẻ", "Duyệt thẻ", lifecycle.APPROVAL_REQUESTED, Permission.CARD_APPROVE
    ),
    Kind.PRINT: KindRow("Chờ in thẻ", "In thẻ", lifecycle.APPROVED, Permission.CARD_PRINT),
    Kind.HAND_OVER: KindRow("Chờ trả thẻ", "Trả thẻ", lifecycle.PRINTED, Permission.CARD_HAND_OVER),
    Kind.SPLIT: KindRow(
        "Chờ chọn đơn vị mới",
        "Chọn đơn vị mới",
        lifecycle.MANUAL_REVIEW,
        Permission.SPLIT_DECIDE,
        "split",
    ),
    # One with an open task is shown as the task.
    Kind.REVIEW: KindRow(
        "Chờ cán bộ xử lý", "Xem hồ sơ", lifecycle.MANUAL_REVIEW, Permission.DOSSIER_VIEW, "rest"
    ),
    Kind.UNDECLARED: KindRow(
        "Chờ khai báo địa bàn",
        "Khai báo địa bàn",
        lifecycle.CREATE_FAILED,
        Permission.UNIT_DECLARE,
    ),
    Kind.TASK: KindRow("Việc cần xử lý", "Xử lý việc", "", Permission.TASK_SETTLE),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """A kind that waits for a role; from which level on, where it only comes when it has climbed that far."""

    kind: Kind
    level: int = 0


def _climbed(*kinds: Kind) -> tuple[Waits, ...]:
    return tuple(Waits(kind, clocks.DIRECTOR) for kind in kinds)


_CARDS = (Kind.APPROVE, Kind.PRINT, Kind.HAND_OVER)
_DESK = (*map(Waits, _CARDS), Waits(Kind.TASK))
WAITS_FOR: dict[Role, tuple[Waits, ...]] = {
    Role.RECEPTION: tuple(map(Waits, (Kind.HAND_OVER, Kind.SPLIT, Kind.REVIEW, Kind.TASK))),
    Role.COLLECTION: tuple(map(Waits, (Kind.SPLIT, Kind.REVIEW, Kind.TASK))),
    Role.CARD_DESK: _DESK,
    Role.HEAD: (*_DESK, *map(Waits, (Kind.SPLIT, Kind.REVIEW))),
    Role.PROVINCE: (
        *map(Waits, (Kind.UNDECLARED, Kind.SPLIT, Kind.REVIEW)),
        *_climbed(*_CARDS, Kind.TASK),
    ),
    Role.CENTRE: (Waits(Kind.UNDECLARED), *_climbed(Kind.SPLIT, Kind.REVIEW)),
}
"""Which kinds wait for which role, the one place that says so."""


def kinds_of(by: Actor) -> tuple[Waits, ...]:
    """What waits for the actor's role; nothing for an administrator or a machine."""
    return WAITS_FOR.get(Role(by.role), ()) if by.role in frozenset(Role) else ()


def desks_of_state(state: str) -> tuple[Role, ...]:
    """The desks at which a dossier waits in that state; reception answers for what the system itself holds up."""
    desks = tuple(
        role
        for role in tasks.EVERY_DESK
        if any(KINDS[it.kind].state == state for it in WAITS_FOR[role])
    )
    return desks or (Role.RECEPTION,)


def step_waits_for(role: str, state: str) -> bool:
    """True when a dossier in that state is work of the role."""
    waits = WAITS_FOR.get(Role(role), ()) if role in frozenset(Role) else ()
    return any(KINDS[it.kind].state == state for it in waits)


def task_waits_for(role: str, kind: str) -> bool:
    """True when a task of that kind is work of the role."""
    waits = WAITS_FOR.get(Role(role), ()) if role in frozenset(Role) else ()
    return any(it.kind is Kind.TASK for it in waits) and kind not in tasks.not_of(role)


def desks() -> dict[str, list[str]]:
    """Whose desk each state of a dossier or kind of task is; `*` for a kind that has no row."""
    found = {state: [str(role) for role in desks_of_state(state)] for state in lifecycle.STATES}
    found |= {kind: [str(role) for role in it.desks] for kind, it in tasks.KINDS.items()}
    return found | {"*": [str(role) for role in tasks.EVERY_DESK]}

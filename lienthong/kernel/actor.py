"""Who acts, may what, over which area: a value built once at sign-in, not a database row."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """Who stands behind an action."""

    OFFICER = "officer"
    MACHINE = "machine"
    CITIZEN = "citizen"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """An acting person or machine.

    `permissions` are the names of `accounts.permissions.Permission`. `everywhere` stands for the centre and
    the system. `person_key` identifies the human being, so that two accounts of one officer count as one
    (four eyes); the system's is 0. `token` opens row-level security; empty for the system, which has its own role.
    """

    name: str
    kind: ActorKind
    permissions: frozenset[str]
    person_key: int
    account_id: int = 0
    role: str = ""
    title_vi: str = ""
    province_code: str = ""
    unit_code: str = ""
    everywhere: bool = False
    token: str = ""

    def may(self, permission: str) -> bool:
        """True when the actor holds the permission."""
        return permission in self.permissions

    @property
    def is_bounded(self) -> bool:
        """True when a session bounds the rows to areas; the console and the system have none."""
        return bool(self.token) and not self.everywhere

    @property
    def label(self) -> str:
        """How the actor is written in events and audit entries: `officer:so-the-01`, `system`."""
        return "system" if self.kind is ActorKind.SYSTEM else f"{self.kind}:{self.name}"


def system_actor(permissions: frozenset[str]) -> Actor:
    """The system itself: every step of the enrolment acts as this."""
    return Actor("system", ActorKind.SYSTEM, permissions, person_key=0, everywhere=True)

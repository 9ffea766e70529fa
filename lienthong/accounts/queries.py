"""What others may ask about accounts. Never a password, never a second factor."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lienthong.accounts.models import Officer, SenderKey
from lienthong.accounts.permissions import (
    MACHINE_ROLES,
    TITLES_VI,
    Permission,
    Role,
    permissions_of,
)
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class OfficerLine:
    """One officer's account, as an administrator sees it."""

    id: int
    username: str
    full_name: str
    role: str
    title_vi: str
    province_code: str
    unit_code: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """A machine that may send, with the public key (32 bytes, Ed25519) of one `key_id`."""

    source: str
    key_id: str
    public_key: bytes
    actor: Actor


def officers(by: Actor) -> list[OfficerLine]:
    """Every officer's account, by user name. One query. Raises NotAllowed without ACCOUNT_MANAGE."""
    if not by.may(Permission.ACCOUNT_MANAGE):
        raise NotAllowed("Tài khoản của bạn không có quyền xem danh sách tài khoản.")
    return [_line(officer) for officer in Officer.objects.order_by("username")]


def own_account(by: Actor) -> OfficerLine:
    """The account of the actor himself. One query. Raises NotFound for a machine or the system."""
    officer = Officer.objects.filter(pk=by.account_id, is_active=True).first()
    if officer is None or by.kind is not ActorKind.OFFICER:
        raise NotFound("Không tìm thấy tài khoản.")
    return _line(officer)


def names_of(usernames: set[str], by: Actor) -> dict[str, str]:
    """User name → full name, for showing who did something. One query."""
    if by.kind is not ActorKind.OFFICER:
        return {}
    return dict(Officer.objects.filter(username__in=usernames).values_list("username", "full_name"))


@dataclass(frozen=True, slots=True)
class SenderKeyLine:
    """One accepted public key with its dates, whatever they are, and the machine that speaks with it.

    `actor` has no permission when the machine's account is closed.
    """

    source: str
    key_id: str
    public_key: bytes
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    actor: Actor


def sender_key(key_id: str) -> SenderKeyLine | None:
    """The key of that id, for a caller who must say why it is not good; None for an unknown one. One query."""
    key = SenderKey.objects.select_related("machine").filter(key_id=key_id).first()
    if key is None:
        return None
    machine = key.machine
    actor = Actor(
        name=machine.name,
        kind=ActorKind.MACHINE,
        permissions=permissions_of(machine.role) if machine.is_active else frozenset(),
        person_key=0,
        account_id=machine.pk,
        role=machine.role,
        title_vi=machine.title_vi,
    )
    dates = (key.valid_from, key.valid_until, key.revoked_at)
    return SenderKeyLine(machine.source, key.key_id, bytes(key.public_key), *dates, actor)


def sender_of_key(key_id: str, *, at: datetime) -> Sender | None:
    """The active sender whose key this is at that instant; None for an unknown, early, late or revoked key. One query."""
    key = (
        SenderKey.objects.select_related("machine")
        .filter(Q(valid_until=None) | Q(valid_until__gt=at), key_id=key_id, valid_from__lte=at)
        .filter(Q(revoked_at=None) | Q(revoked_at__gt=at), machine__is_active=True)
        .first()
    )
    if key is None or Role(key.machine.role) not in MACHINE_ROLES:
        return None
    machine = key.machine
    actor = Actor(
        name=machine.name,
        kind=ActorKind.MACHINE,
        permissions=permissions_of(machine.role),
        person_key=0,
        account_id=machine.pk,
        role=machine.role,
        title_vi=machine.title_vi,
    )
    return Sender(machine.source, key.key_id, bytes(key.public_key), actor)


def _line(officer: Officer) -> OfficerLine:
    return OfficerLine(
        id=officer.pk,
        username=officer.username,
        full_name=officer.full_name,
        role=officer.role,
        title_vi=TITLES_VI[Role(officer.role)],
        province_code=officer.province_code,
        unit_code=officer.unit_code,
        is_active=officer.is_active,
    )

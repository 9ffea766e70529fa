"""What others may ask about accounts. Never a password, never a second factor."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lienthong.accounts.models import Officer, SavedFilter, SenderKey
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


def card_desk_of(province_code: str, unit_code: str, *, by: Actor) -> tuple[int, ...]:
    """The active accounts of the card desk and its head that answer for a unit: its own, and the province's. One query."""
    if by.kind is not ActorKind.SYSTEM and by.kind is not ActorKind.OFFICER:
        return ()
    own = Q(unit_code=unit_code) | Q(unit_code="", province_code=province_code)
    desk = Officer.objects.filter(own, role__in=(Role.CARD_DESK, Role.HEAD), is_active=True)
    return tuple(desk.order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class SavedFilterLine:
    """A filter the officer keeps: its name, and the query string of the page it belongs to."""

    id: int
    name: str
    query: str


def saved_filters(by: Actor, page: str) -> list[SavedFilterLine]:
    """The filters that the actor keeps on that page, in the order in which he made them. One query."""
    kept = SavedFilter.objects.filter(officer_id=by.account_id, page=page).order_by("place")
    return [SavedFilterLine(it.pk, it.name, it.query) for it in kept]


def colleagues(by: Actor) -> list[OfficerLine]:
    """The active officers of the actor's own area, himself among them, by full name; the centre's for the centre.

    A unit's officer has those of his unit and of its province. One query. Raises NotAllowed without WORK_ASSIGN.
    """
    if not by.may(Permission.WORK_ASSIGN):
        raise NotAllowed("Bạn không có quyền giao việc.", code="WORK_ASSIGN")
    wanted = Officer.objects.filter(is_active=True, province_code=by.province_code)
    # Neither keeper of the machine nor collection agent works at the desks.
    wanted = wanted.exclude(role__in=(Role.ADMINISTRATOR, Role.AGENT))
    if by.unit_code:
        wanted = wanted.filter(unit_code__in=("", by.unit_code))
    return [_line(officer) for officer in wanted.order_by("full_name", "username")]


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

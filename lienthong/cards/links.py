"""The address under which a parent sees the electronic card on a telephone: made, revoked and opened (liên kết thẻ điện tử).

256 random bits open it for thirty days by the database server's clock; the database keeps their SHA-256 alone. Opening
needs no session: one database function answers with what the card shows, and writes who looked in the same statement.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards import lifecycle
from lienthong.cards.actions import need
from lienthong.cards.seal import CardFacts, seal_text
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound, Refused
from lienthong.law.personal_id import id_beside_number

_TOKEN_BYTES = 32
_LONGEST_TOKEN = 64
_V6_HOME = 64
_V4_NETWORK = 24
_CARD = "SELECT status FROM cards_card WHERE id = %s"
_MAKE = """
    INSERT INTO cards_link (token_sha256, card_id, made_by)
    VALUES (sha256(convert_to(%s, 'UTF8')), %s, %s)
    RETURNING id, made_by, made_at, ends_at, false AS is_over
"""
_LINKS = """
    SELECT id, made_by, made_at, ends_at, revoked_at IS NOT NULL OR ends_at <= clock_timestamp() AS is_over
    FROM cards_link WHERE card_id = %s ORDER BY id DESC LIMIT 20
"""
_REVOKE = """
    UPDATE cards_link SET revoked_at = clock_timestamp(), revoked_by = %s
    WHERE id = %s AND revoked_at IS NULL RETURNING card_id
"""
_OPEN = "SELECT * FROM cards_open_link(%s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link as officers see it; what opens it is not kept. `is_over`: ended or revoked."""

    id: int
    made_by: str
    made_at: datetime
    ends_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made: the only time its token is there to be shown."""

    token: str
    line: LinkLine


@dataclass(frozen=True, slots=True)
class ElectronicCard:
    """What the link shows: the facts of the printed card, and the personal id. `valid_to` is the last day included."""

    code: str
    insurance_number: str
    full_name: str
    birth_date: date
    sex: str
    benefit_level: int
    area_code: str
    facility_code: str
    facility_name: str
    valid_from: date
    valid_to: date
    five_year_on: date
    unit_name: str
    province_name: str
    version: int
    status: str
    approved_at: datetime
    ended_at: datetime | None
    link_ends_at: datetime
    has_newer: bool
    personal_id: str

    def id_beside(self, on: date) -> str:
        """The personal id where it names the child beside the number on the day; '' where it is unknown or not used yet."""
        return id_beside_number(self.personal_id, on=on)

    def trouble_vi(self, on: date) -> str:
        """Why the card is not good on the day; '' when it is."""
        if self.status != lifecycle.ACTIVE:
            return lifecycle.LABELS_VI[self.status]
        if on > self.valid_to:
            return "Đã hết hạn sử dụng"
        return "Chưa đến ngày có giá trị" if on < self.valid_from else ""

    def qr_text(self, *, at: datetime) -> str:
        """The same sealed text as on the printed card, for a reader without a network."""
        facts = CardFacts(
            code=self.code,
            full_name=self.full_name,
            birth_date=self.birth_date,
            sex=self.sex,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            facility_code=self.facility_code,
            version=self.version,
        )
        return seal_text(facts, settings.KEYRING, at=at)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who knocks: the peer's address, and the request's id for the log."""

    address: str
    request_id: str

    @property
    def door(self) -> str:
        """The address as mistakes are counted: an IPv6 home counts as one."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        mapped = getattr(address, "ipv4_mapped", None) or address
        if isinstance(mapped, ipaddress.IPv4Address):
            return str(mapped)
        return str(ipaddress.ip_network(f"{mapped}/{_V6_HOME}", strict=False))

    @property
    def network(self) -> str:
        """The network around the address, as strangers' questions are counted: a /24, or an IPv6 home."""
        door = self.door
        try:
            address = ipaddress.ip_address(door)
        except ValueError:
            return door
        return str(ipaddress.ip_network(f"{address}/{_V4_NETWORK}", strict=False))


@dataclass(frozen=True, slots=True)
class Shut:
    """The link opens nothing: wrong, ended or revoked alike. `wait_seconds` after too many of them."""

    wait_seconds: int = 0


def make_link(card_id: int, *, by: Actor, at: datetime) -> NewLink:
    """A link to an active card in the actor's area. Raises NotFound, and Refused (CARD_STATUS) for another status."""
    need(by, Permission.CARD_HAND_OVER)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CARD, [card_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không tìm thấy thẻ.")
        if row[0] != lifecycle.ACTIVE:
            raise Refused("Chỉ thẻ đang có giá trị mới có liên kết điện tử.", code="CARD_STATUS")
        cursor.execute(_MAKE, [token, card_id, by.label])
        (line,) = rows_as(LinkLine, cursor)
        trail.record(
            by,
            "card.link",
            at=at,
            subject_kind="card",
            subject_id=card_id,
            detail={"link": line.id},
        )
    return NewLink(token, line)


def revoke_link(link_id: int, *, by: Actor, at: datetime) -> None:
    """Close a link for good. Raises NotFound when it is closed already or not in the actor's area."""
    need(by, Permission.CARD_HAND_OVER)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_REVOKE, [by.label, link_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không tìm thấy liên kết.")
        trail.record(
            by,
            "card.link_revoked",
            at=at,
            subject_kind="card",
            subject_id=row[0],
            detail={"link": link_id},
        )


def links_of(card_id: int, *, by: Actor) -> list[LinkLine]:
    """The card's links, the latest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_LINKS, [card_id])
        return rows_as(LinkLine, cursor)


def open_link(token: str, visit: Visit, *, is_newest: bool = False) -> ElectronicCard | Shut:
    """What the link shows, or that it is shut. One statement, which also writes that somebody looked.

    `is_newest` asks for the child's card that came in place of the link's own, once that one has ended.
    """
    asked = token if len(token) <= _LONGEST_TOKEN and "\0" not in token else ""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [asked, visit.door, is_newest, visit.request_id])
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
    answer, wait_seconds = row.pop("answer"), row.pop("wait_seconds")
    return ElectronicCard(**row) if answer == "card" else Shut(wait_seconds)

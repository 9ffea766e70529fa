"""What officers read of hospitals' accounts. Row-level security decides whose: one's province, the centre all."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.kernel.names import fold_key

State = Literal["", "suspended", "closed", "open"]
REASONS_VI = {
    "misses": "Tra cứu không đúng người quá nhiều",
    "decoy": "Tra cứu những mã số không cấp cho ai",
    "officer": "Cán bộ tạm khóa",
}
ACTS_VI = {
    "machine.created": "Mở tài khoản",
    "machine.changed": "Mở lại, đặt mật khẩu",
    "hospital.opened": "Mở tài khoản",
    "hospital.renamed": "Đổi tên cơ sở",
    "hospital.password_set": "Cấp mật khẩu mới",
    "hospital.staff_added": "Đăng ký nhân viên",
    "hospital.staff_ended": "Thôi đăng ký nhân viên",
    "hospital.address_added": "Đăng ký địa chỉ",
    "hospital.address_ended": "Thôi đăng ký địa chỉ",
    "hospital.limits_set": "Đặt mức giới hạn",
    "hospital.closed": "Đóng tài khoản",
    "hospital.reopened": "Mở lại tài khoản đã đóng",
    "hospital.suspended": "Tạm khóa",
    "hospital.lifted": "Mở lại sau tạm khóa",
}
_MOST_ACTS = 30

_LINES = """
    SELECT machine.id, machine.name, machine.title_vi, machine.facility_code,
           accounts_province_of(machine.facility_code) AS province_code, machine.is_active, machine.minute_limit,
           machine.day_limit, machine.miss_limit, suspension.at AS suspended_at,
           coalesce(suspension.reason, '') AS suspended_for,
           (SELECT count(*) FROM accounts_machinestaff AS staff
            WHERE staff.machine_id = machine.id AND staff.ended_at IS NULL) AS staff_count,
           (SELECT count(*) FROM accounts_machineaddress AS address
            WHERE address.machine_id = machine.id AND address.ended_at IS NULL) AS address_count,
           EXISTS (SELECT 1 FROM accounts_turnedaway AS refused
                   WHERE refused.machine_id = machine.id
                     AND refused.last_at > clock_timestamp() - interval '7 days'
                     AND NOT EXISTS (SELECT 1 FROM accounts_machineaddress AS known
                                     WHERE known.machine_id = machine.id AND known.ended_at IS NULL
                                       AND refused.peer::inet <<= known.network::cidr)) AS is_turned_away
    FROM accounts_machine AS machine
    LEFT JOIN accounts_suspension AS suspension
      ON suspension.machine_id = machine.id AND suspension.lifted_at IS NULL
    WHERE machine.role = 'hospital' AND machine.source = ''
      AND (%(province_code)s = '' OR accounts_province_of(machine.facility_code) = %(province_code)s)
      AND (%(text)s = '' OR machine.facility_code = upper(%(text)s) OR machine.name = upper(%(text)s)
           OR strpos(name_fold_key(machine.title_vi), %(folded)s) > 0)
      AND CASE %(state)s WHEN 'suspended' THEN suspension.id IS NOT NULL
                         WHEN 'closed' THEN NOT machine.is_active
                         WHEN 'open' THEN machine.is_active AND suspension.id IS NULL
                         ELSE true END
      AND (suspension.id IS NULL, machine.name) > (%(is_calm)s, %(after)s)
    ORDER BY suspension.id IS NULL, machine.name LIMIT %(limit)s
"""
_ONE = """
    SELECT machine.id, machine.name, machine.title_vi, machine.facility_code,
           accounts_province_of(machine.facility_code) AS province_code, machine.is_active, machine.created_at,
           machine.minute_limit, machine.day_limit, machine.miss_limit,
           coalesce(contract.name, '') AS facility_name, contract.first AS contract_from,
           contract.last AS contract_to, authz.hospital_password_set_at(machine.id) AS password_at
    FROM accounts_machine AS machine
    LEFT JOIN LATERAL (
        SELECT listed.name, lower(listed.contract) AS first, upper(listed.contract) - 1 AS last
        FROM catalogues_facility AS listed WHERE listed.code = machine.facility_code
        ORDER BY upper(listed.contract) DESC NULLS FIRST, listed.id DESC LIMIT 1) AS contract ON true
    WHERE machine.id = %s AND machine.role = 'hospital'
"""
_STAFF = """
    SELECT id, full_name, personal_id, added_by, added_at, ended_at FROM accounts_machinestaff
    WHERE machine_id = %s ORDER BY ended_at IS NOT NULL, full_name, id
"""
_ADDRESSES = """
    SELECT id, network, note, added_by, added_at, ended_at FROM accounts_machineaddress
    WHERE machine_id = %s ORDER BY ended_at IS NOT NULL, network, id
"""
_SUSPENSIONS = """
    SELECT id, reason, (detail ->> 'misses')::integer AS misses, (detail ->> 'decoys')::integer AS decoys, note, at, by, lifted_at, lifted_by, lifted_note FROM accounts_suspension
    WHERE machine_id = %s ORDER BY at DESC, id DESC
"""
_TURNED_AWAY = """
    SELECT peer, refused_count, first_at, last_at FROM accounts_turnedaway AS refused
    WHERE machine_id = %s AND NOT EXISTS (
        SELECT 1 FROM accounts_machineaddress AS known
        WHERE known.machine_id = refused.machine_id AND known.ended_at IS NULL
          AND refused.peer::inet <<= known.network::cidr)
    ORDER BY last_at DESC, id DESC
"""
_COUNTS = """
    SELECT count(*), count(suspension.id), count(*) FILTER (WHERE NOT machine.is_active)
    FROM accounts_machine AS machine
    LEFT JOIN accounts_suspension AS suspension
      ON suspension.machine_id = machine.id AND suspension.lifted_at IS NULL
    WHERE machine.role = 'hospital' AND machine.source = ''
"""
_SUSPENDED = """
    SELECT count(*) FROM accounts_suspension AS suspension
    JOIN accounts_machine AS machine ON machine.id = suspension.machine_id
    WHERE suspension.lifted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class HospitalFilter:
    """Which accounts; `after` is the `key` of the last line of the page before."""

    text: str = ""
    province_code: str = ""
    state: State = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class HospitalLine:
    """One account in the list. `is_turned_away`: refused in the last week from an address nobody registered."""

    id: int
    name: str
    title_vi: str
    facility_code: str
    province_code: str
    is_active: bool
    minute_limit: int
    day_limit: int
    miss_limit: int
    suspended_at: datetime | None
    suspended_for: str
    staff_count: int
    address_count: int
    is_turned_away: bool

    @property
    def key(self) -> str:
        """Its place in the list, for the next page."""
        return f"{int(self.suspended_at is None)}.{self.name}"

    @property
    def reason_vi(self) -> str:
        """Why it is suspended; empty when it is not."""
        return REASONS_VI.get(self.suspended_for, "")


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A person who looks cards up for the hospital, or did."""

    id: int
    full_name: str
    personal_id: str
    added_by: str
    added_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AddressLine:
    """A registered address or block."""

    id: int
    network: str
    note: str
    added_by: str
    added_at: datetime
    ended_at: datetime | None

    @property
    def shown(self) -> str:
        """A single address without its length, as people write it."""
        return self.network.removesuffix("/32" if "." in self.network else "/128")


@dataclass(frozen=True, slots=True)
class SuspensionLine:
    """One suspension; `misses` of the last 50 calls and `decoys` of the day led to the system's own."""

    id: int
    reason: str
    misses: int | None
    decoys: int | None
    note: str
    at: datetime
    by: str
    lifted_at: datetime | None
    lifted_by: str
    lifted_note: str

    @property
    def reason_vi(self) -> str:
        """Why, in a few words."""
        return REASONS_VI[self.reason]


@dataclass(frozen=True, slots=True)
class TurnedAwayLine:
    """An address from which the right password came, and was refused."""

    peer: str
    refused_count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ActLine:
    """What an officer did to the account."""

    at: datetime
    by: str
    action_vi: str


@dataclass(frozen=True, slots=True)
class Hospital:
    """One account, whole. `contract_to` is the last day of the latest contract, None when open or unknown."""

    id: int
    name: str
    title_vi: str
    facility_code: str
    province_code: str
    is_active: bool
    created_at: datetime
    minute_limit: int
    day_limit: int
    miss_limit: int
    facility_name: str
    contract_from: date | None
    contract_to: date | None
    password_at: datetime | None
    staff: Sequence[StaffLine] = field(default=())
    addresses: Sequence[AddressLine] = field(default=())
    suspensions: Sequence[SuspensionLine] = field(default=())
    turned_away: Sequence[TurnedAwayLine] = field(default=())
    acts: Sequence[ActLine] = field(default=())

    @property
    def suspended(self) -> SuspensionLine | None:
        """The suspension that stands."""
        return next((it for it in self.suspensions if it.lifted_at is None), None)

    def has_contract(self, on: date) -> bool:
        """True when the catalogue knows a contract of that day."""
        first, last = self.contract_from, self.contract_to
        return first is not None and first <= on and (last is None or on <= last)


@dataclass(frozen=True, slots=True)
class HospitalCounts:
    """How many accounts there are, suspended, closed."""

    all: int
    suspended: int
    closed: int


def hospitals(by: Actor, *, wanted: HospitalFilter, limit: int = 50) -> list[HospitalLine]:
    """The accounts that are the officer's to see, the suspended first, then by name. One statement.

    Raises NotAllowed without HOSPITAL_VIEW.
    """
    _need_view(by)
    calm, _, after = wanted.after.partition(".")
    text = wanted.text.strip()
    parameters: dict[str, Any] = {
        "text": text,
        "folded": fold_key(text),
        "province_code": wanted.province_code,
        "state": wanted.state,
        "is_calm": calm == "1",
        "after": after,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, parameters)
        return rows_as(HospitalLine, cursor)


def counts(by: Actor) -> HospitalCounts:
    """How many of them there are. One statement. Raises NotAllowed without HOSPITAL_VIEW."""
    _need_view(by)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        return HospitalCounts(*cursor.fetchone())


def suspended_count(by: Actor) -> int:
    """How many of them are suspended, for a page that everybody opens. One statement over the suspended alone."""
    _need_view(by)
    with connection.cursor() as cursor:
        cursor.execute(_SUSPENDED)
        return int(cursor.fetchone()[0])


def hospital(by: Actor, machine_id: int) -> Hospital:
    """One account with everything about it. Seven statements. Raises NotFound for a foreign one too."""
    _need_view(by)
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [machine_id])
        found = rows_as(Hospital, cursor)
        if not found:
            raise NotFound("Không tìm thấy tài khoản tra cứu.")
        parts: dict[str, Any] = {}
        for name, statement, line in (
            ("staff", _STAFF, StaffLine),
            ("addresses", _ADDRESSES, AddressLine),
            ("suspensions", _SUSPENSIONS, SuspensionLine),
            ("turned_away", _TURNED_AWAY, TurnedAwayLine),
        ):
            cursor.execute(statement, [machine_id])
            parts[name] = rows_as(line, cursor)
    return replace(found[0], acts=_acts(by, machine_id), **parts)


def _need_view(by: Actor) -> None:
    if not by.may(Permission.HOSPITAL_VIEW):
        raise NotAllowed("Tài khoản của bạn không xem tài khoản tra cứu.", code="HOSPITAL_VIEW")


def _acts(by: Actor, machine_id: int) -> list[ActLine]:
    told = trail.acts_of_many([("machine", machine_id)], by=by)
    shown = [it for it in told if it.action in ACTS_VI][:_MOST_ACTS]
    return [ActLine(it.at, it.by, ACTS_VI[it.action]) for it in shown]

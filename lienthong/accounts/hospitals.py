"""Every write to a hospital's account: opened, renamed, closed, suspended; its staff, addresses, limits and password.

The province does it (HOSPITAL_MANAGE, HOSPITAL_SUSPEND); row-level security holds whose. Each act leaves an audit entry.
Reading is `hospitals_shown`; limits against the centre's ceilings are `cards.limits`.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from lienthong.accounts import passwords
from lienthong.accounts.hospitals_networks import network_of
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database import alarms
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import is_facility_code, is_personal_id
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.kernel.names import stored_form

SUSPENDED: Final = "lookup.suspended"
DECOY: Final = "lookup.decoy"
"""Alarms whose subject is the name of an account."""
MOST_ADDRESSES = 20
_SHORTEST_NOTE = 10
_LONGEST = 300
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 5, 4

_FACILITY = """
    SELECT name, upper(contract) FROM catalogues_facility WHERE code = %s
    ORDER BY upper(contract) DESC NULLS FIRST, id DESC LIMIT 1
"""
_OPEN = """
    INSERT INTO accounts_machine (name, title_vi, role, source, facility_code, is_active, created_at)
    VALUES (%(name)s, %(title)s, 'hospital', '', %(code)s, true, %(at)s) RETURNING id
"""
_LOCK = "SELECT id, name, is_active FROM accounts_machine WHERE id = %s AND role = 'hospital' FOR UPDATE"
_SEE = "SELECT id, name, is_active FROM accounts_machine WHERE id = %s AND role = 'hospital'"
_TITLE = "UPDATE accounts_machine SET title_vi = %s WHERE id = %s"
_ACTIVE = "UPDATE accounts_machine SET is_active = %s WHERE id = %s"
_LIMITS = """
    UPDATE accounts_machine SET minute_limit = %s, day_limit = %s, miss_limit = %s WHERE id = %s
"""
_ADD_STAFF = """
    INSERT INTO accounts_machinestaff AS kept (machine_id, full_name, personal_id, added_by, added_at)
    VALUES (%(machine)s, %(full_name)s, %(personal_id)s, %(by)s, %(at)s)
    ON CONFLICT (machine_id, personal_id) DO UPDATE
    SET full_name = excluded.full_name, added_by = excluded.added_by, added_at = excluded.added_at, ended_at = NULL
    RETURNING id
"""
_END_STAFF = """
    UPDATE accounts_machinestaff SET ended_at = %s WHERE id = %s AND machine_id = %s AND ended_at IS NULL
"""
_ADD_ADDRESS = """
    INSERT INTO accounts_machineaddress (machine_id, network, note, added_by, added_at)
    VALUES (%(machine)s, %(network)s::cidr::text, %(note)s, %(by)s, %(at)s)
    ON CONFLICT (machine_id, network) WHERE ended_at IS NULL DO NOTHING RETURNING id
"""
_ADDRESS_COUNT = (
    "SELECT count(*) FROM accounts_machineaddress WHERE machine_id = %s AND ended_at IS NULL"
)
_END_ADDRESS = """
    UPDATE accounts_machineaddress SET ended_at = %s WHERE id = %s AND machine_id = %s AND ended_at IS NULL
"""
_GIVE = "SELECT authz.set_hospital_password(%s, %s)"
# The system has no session for the function to ask; its role may write credentials itself.
_GIVE_AS_SYSTEM = """
    INSERT INTO authz.credential (account_kind, account_id, password_hash) VALUES ('machine', %s, %s)
    ON CONFLICT (account_kind, account_id)
    DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp() RETURNING true
"""
_SUSPEND = """
    INSERT INTO accounts_suspension (machine_id, reason, note, at, by) VALUES (%s, 'officer', %s, %s, %s)
    ON CONFLICT (machine_id) WHERE lifted_at IS NULL DO NOTHING RETURNING id
"""
_LIFT = """
    UPDATE accounts_suspension SET lifted_at = %s, lifted_by = %s, lifted_note = %s
    WHERE machine_id = %s AND lifted_at IS NULL RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Secret:
    """A new password, to be shown once: it is kept nowhere. `md5` is what client programs send in its place."""

    machine_id: int
    account: str
    password: str

    @property
    def md5(self) -> str:
        """32 lower-case hexadecimal digits, as the protocol asks for."""
        return passwords.md5_of(self.password)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one account may ask: calls in a clock minute, in a Vietnamese day, and of the last 50 in vain."""

    minute: int
    day: int
    misses: int


def new_password_text() -> str:
    """A password that can be read out on the telephone: five groups of four, 98 bits."""
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


def open_account(facility_code: str, title_vi: str, *, by: Actor, at: datetime) -> Secret:
    """The account `NNNNN_BV` of a facility of the officer's province, and its first password.

    Raises Refused: no such code (E-FACILITY), its contract is unknown or over (E-FACILITY-CONTRACT), the facility has
    its account (E-HOSPITAL-TWICE), another province's (E-PROVINCE-SCOPE).
    """
    _need(by, Permission.HOSPITAL_MANAGE)
    code = facility_code.strip().upper()
    with acting(by, at=at), connection.cursor() as cursor:
        title = _one_line(title_vi) or _facility_name(cursor, code, on=vietnam_date(at))
        name = f"{code}_BV"
        row: dict[str, Any] = {"name": name, "title": title, "code": code, "at": at}
        _need_province(cursor, code, by)
        with _once("Cơ sở này đã có tài khoản tra cứu.", "E-HOSPITAL-TWICE", "ma"):
            cursor.execute(_OPEN, row)
            machine_id = int(cursor.fetchone()[0])
        _record(by, "hospital.opened", machine_id, at=at, detail={"facility": code})
        return _give_password(cursor, machine_id, name, by=by)


def new_password(machine_id: int, *, by: Actor, at: datetime) -> Secret:
    """Another password; the old one and every token given with it are worth nothing from now on. Raises NotFound."""
    with _changing(machine_id, by, at) as (cursor, account):
        secret = _give_password(cursor, machine_id, account, by=by)
        _record(by, "hospital.password_set", machine_id, at=at)
        return secret


def rename(machine_id: int, title_vi: str, *, by: Actor, at: datetime) -> None:
    """Another title. Raises NotFound, Refused when it is empty."""
    title = _one_line(title_vi)
    if not title:
        raise Refused("Hãy nhập tên cơ sở.", code="E-TITLE", field="ten")
    with _changing(machine_id, by, at) as (cursor, _):
        cursor.execute(_TITLE, [title, machine_id])
        _record(by, "hospital.renamed", machine_id, at=at)


def add_staff(machine_id: int, full_name: str, personal_id: str, *, by: Actor, at: datetime) -> int:
    """Register a person who looks cards up; the id of his row. Who left comes back as the same row.

    Raises NotFound, Refused (E-STAFF-NAME, E-STAFF-ID).
    """
    name, number = stored_form(full_name), "".join(personal_id.split())
    if not name or len(name) > _LONGEST:
        raise Refused("Hãy nhập họ và tên.", code="E-STAFF-NAME", field="ho-ten")
    if not is_personal_id(number):
        raise Refused(
            "Số định danh (CCCD) gồm đúng 12 chữ số.", code="E-STAFF-ID", field="so-dinh-danh"
        )
    with _changing(machine_id, by, at) as (cursor, _):
        row = {
            "machine": machine_id,
            "full_name": name,
            "personal_id": number,
            "by": by.label,
            "at": at,
        }
        cursor.execute(_ADD_STAFF, row)
        staff_id = int(cursor.fetchone()[0])
        _record(by, "hospital.staff_added", machine_id, at=at, detail={"staff": staff_id})
        return staff_id


def end_staff(machine_id: int, staff_id: int, *, by: Actor, at: datetime) -> None:
    """He looks nothing up from now on. Raises NotFound."""
    with _changing(machine_id, by, at) as (cursor, _):
        cursor.execute(_END_STAFF, [at, staff_id, machine_id])
        _need_row(cursor.rowcount)
        _record(by, "hospital.staff_ended", machine_id, at=at, detail={"staff": staff_id})


def register_address(machine_id: int, text: str, note: str, *, by: Actor, at: datetime) -> str:
    """Let the hospital connect from an address or a block; how the block is written. Safe to run twice.

    Raises NotFound, Refused (E-ADDRESS: not one, too wide, not one that a hospital has; E-ADDRESS-MANY).
    """
    network = network_of(text)
    if network.is_loopback and by.token:
        raise Refused("Địa chỉ này chỉ chính máy chủ dùng được.", code="E-ADDRESS", field="dia-chi")
    with _changing(machine_id, by, at) as (cursor, _):
        cursor.execute(_ADDRESS_COUNT, [machine_id])
        if cursor.fetchone()[0] >= MOST_ADDRESSES:
            raise Refused(
                f"Mỗi tài khoản đăng ký nhiều nhất {MOST_ADDRESSES} địa chỉ. Hãy kết thúc địa chỉ không còn dùng.",
                code="E-ADDRESS-MANY",
                field="dia-chi",
            )
        row = {
            "machine": machine_id,
            "network": str(network),
            "note": _one_line(note),
            "by": by.label,
            "at": at,
        }
        cursor.execute(_ADD_ADDRESS, row)
        if cursor.rowcount:
            detail = {"network": str(network)}
            _record(by, "hospital.address_added", machine_id, at=at, detail=detail)
    return str(network)


def end_address(machine_id: int, address_id: int, *, by: Actor, at: datetime) -> None:
    """No new connection from there. Raises NotFound."""
    with _changing(machine_id, by, at) as (cursor, _):
        cursor.execute(_END_ADDRESS, [at, address_id, machine_id])
        _need_row(cursor.rowcount)
        _record(by, "hospital.address_ended", machine_id, at=at, detail={"address": address_id})


def set_limits(machine_id: int, limits: Limits, *, by: Actor, at: datetime) -> None:
    """Other limits for one account. Pages go through `cards.limits`, which knows the ceilings. Raises NotFound."""
    with _changing(machine_id, by, at) as (cursor, _):
        cursor.execute(_LIMITS, [limits.minute, limits.day, limits.misses, machine_id])
        detail = {"minute": limits.minute, "day": limits.day, "misses": limits.misses}
        _record(by, "hospital.limits_set", machine_id, at=at, detail=detail)


def close(machine_id: int, *, by: Actor, at: datetime) -> None:
    """The hospital looks nothing up any more, until it is opened again. Raises NotFound, Conflict when it is closed."""
    _set_active(machine_id, by=by, at=at, is_active=False)


def reopen(machine_id: int, *, by: Actor, at: datetime) -> None:
    """Open a closed account again, with its staff and addresses. Raises NotFound, Conflict when it is open."""
    _set_active(machine_id, by=by, at=at, is_active=True)


def suspend(machine_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """Suspend at once, whatever runs. Raises NotFound, Refused without a reason, Conflict when it is suspended."""
    _need(by, Permission.HOSPITAL_SUSPEND)
    said = _said(note, "Hãy ghi lý do tạm khóa (ít nhất 10 ký tự): cơ sở và người mở lại sẽ đọc.")
    with acting(by, at=at), connection.cursor() as cursor:
        account = _account(cursor, machine_id, _SEE)
        cursor.execute(_SUSPEND, [machine_id, said, at, by.label])
        if not cursor.rowcount:
            raise Conflict("Tài khoản này đang bị tạm khóa rồi.")
        alarms.sound(SUSPENDED, account, {"reason": "officer"})
        _record(by, "hospital.suspended", machine_id, at=at)


def lift(machine_id: int, note: str, *, by: Actor, at: datetime) -> None:
    """End the suspension; its misses and decoys no longer count. Raises NotFound, Refused without a note, Conflict."""
    _need(by, Permission.HOSPITAL_SUSPEND)
    said = _said(note, "Hãy ghi đã xác minh gì với cơ sở (ít nhất 10 ký tự) trước khi mở lại.")
    with acting(by, at=at), connection.cursor() as cursor:
        account = _account(cursor, machine_id, _SEE)
        cursor.execute(_LIFT, [at, by.label, said, machine_id])
        if not cursor.rowcount:
            raise Conflict("Tài khoản này không còn bị tạm khóa.")
        alarms.close(SUSPENDED, account)
        alarms.close(DECOY, account)
        _record(by, "hospital.lifted", machine_id, at=at)


# ---------------------------------------------------------------- parts


def _need(by: Actor, permission: Permission) -> None:
    if not by.may(permission):
        raise NotAllowed(
            "Tài khoản của bạn không có quyền với tài khoản tra cứu của cơ sở khám, chữa bệnh.",
            code=str(permission),
        )


@contextmanager
def _changing(machine_id: int, by: Actor, at: datetime) -> Iterator[tuple[Any, str]]:
    """A cursor and the account's name, its row held, in one transaction."""
    _need(by, Permission.HOSPITAL_MANAGE)
    with acting(by, at=at), connection.cursor() as cursor:
        yield cursor, _account(cursor, machine_id, _LOCK)


def _account(cursor: Any, machine_id: int, statement: str) -> str:  # noqa: ANN401 - a database cursor
    cursor.execute(statement, [machine_id])
    row = cursor.fetchone()
    if row is None:
        raise NotFound("Không tìm thấy tài khoản tra cứu.")
    return str(row[1])


def _set_active(machine_id: int, *, by: Actor, at: datetime, is_active: bool) -> None:
    with _changing(machine_id, by, at) as (cursor, _):
        cursor.execute(_SEE, [machine_id])
        if cursor.fetchone()[2] == is_active:
            raise Conflict("Tài khoản này đang mở." if is_active else "Tài khoản này đã đóng rồi.")
        cursor.execute(_ACTIVE, [is_active, machine_id])
        action = "hospital.reopened" if is_active else "hospital.closed"
        _record(by, action, machine_id, at=at)


def _facility_name(cursor: Any, code: str, *, on: date) -> str:  # noqa: ANN401 - a database cursor
    if not is_facility_code(code):
        raise Refused(
            "Mã cơ sở gồm 5 ký tự: hai chữ số của tỉnh, rồi ba chữ số hoặc chữ cái.",
            code="E-FACILITY",
            field="ma",
        )
    cursor.execute(_FACILITY, [code])
    row = cursor.fetchone()
    if row is None:
        raise Refused(
            f"Chưa có hợp đồng nào của cơ sở mã «{code}» trong danh mục. Hãy bổ sung danh mục cơ sở trước.",
            code="E-FACILITY-CONTRACT",
            field="ma",
        )
    name, until = row
    if until is not None and until <= on:
        raise Refused(
            f"Hợp đồng KCB BHYT của cơ sở «{name}» đã hết hạn. Hãy cập nhật hợp đồng trong danh mục trước.",
            code="E-FACILITY-CONTRACT",
            field="ma",
        )
    return str(name)


def _need_province(cursor: Any, code: str, by: Actor) -> None:  # noqa: ANN401 - a database cursor
    if not by.token:
        return
    cursor.execute("SELECT authz.manages_hospital(%s)", [code])
    if cursor.fetchone() != (True,):
        raise Refused("Cơ sở này thuộc tỉnh, thành phố khác.", code="E-PROVINCE-SCOPE", field="ma")


@contextmanager
def _once(message_vi: str, code: str, field: str) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Refused(message_vi, code=code, field=field) from error


def _give_password(cursor: Any, machine_id: int, account: str, *, by: Actor) -> Secret:  # noqa: ANN401 - a database cursor
    secret = Secret(machine_id, account, new_password_text())
    statement = _GIVE if by.token else _GIVE_AS_SYSTEM
    cursor.execute(statement, [machine_id, passwords.hash_of(secret.md5)])
    if cursor.fetchone() != (True,):
        raise NotFound("Không tìm thấy tài khoản tra cứu.")
    return secret


def _need_row(count: int) -> None:
    if not count:
        raise NotFound("Dòng này không còn, hoặc đã kết thúc.")


def _one_line(text: str) -> str:
    return stored_form(text)[:_LONGEST]


def _said(note: str, message_vi: str) -> str:
    said = _one_line(note)
    if len(said) < _SHORTEST_NOTE:
        raise Refused(message_vi, code="E-NOTE", field="ghi-chu")
    return said


def _record(
    by: Actor,
    action: str,
    machine_id: int,
    *,
    at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    trail.record(by, action, at=at, subject_kind="machine", subject_id=machine_id, detail=detail)

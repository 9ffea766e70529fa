"""Every write to accounts: create, change the password or second factor, end sessions, deactivate.

Each is refused without ACCOUNT_MANAGE unless it concerns the actor himself, and leaves an audit entry in the
same transaction. Those on other people's accounts run as the worker: the web role cannot write there.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from lienthong.accounts import passwords, secondfactor
from lienthong.accounts.models import MOST_FILTERS, Machine, MachineStaff, Officer, SenderKey
from lienthong.accounts.permissions import Permission, Role
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import is_personal_id
from lienthong.kernel.errors import NotAllowed, NotFound, Refused

_SET_CREDENTIAL = """
    INSERT INTO authz.credential (account_kind, account_id, password_hash) VALUES (%s, %s, %s)
    ON CONFLICT (account_kind, account_id)
    DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp()
"""
_SET_TOTP = """
    UPDATE authz.credential SET totp_secret = %s, totp_last_step = 0, changed_at = clock_timestamp()
    WHERE account_kind = 'officer' AND account_id = %s
"""
_END_SESSIONS = """
    UPDATE authz.session SET ended_at = clock_timestamp(), ended_why = %s
    WHERE officer_id = %s AND ended_at IS NULL
"""
_FORGET_FILTER_NAMED = """
    DELETE FROM accounts_savedfilter WHERE officer_id = %(officer)s AND page = %(page)s AND name = %(name)s
"""
_SAVE_FILTER = """
    INSERT INTO accounts_savedfilter (officer_id, page, place, name, query)
    SELECT %(officer)s, %(page)s, free.place, %(name)s, %(query)s FROM generate_series(1, %(most)s) AS free (place)
    WHERE NOT EXISTS (SELECT 1 FROM accounts_savedfilter AS kept
                      WHERE kept.officer_id = %(officer)s AND kept.page = %(page)s AND kept.place = free.place)
    ORDER BY free.place LIMIT 1
    ON CONFLICT DO NOTHING
"""
_FORGET_FILTER = "DELETE FROM accounts_savedfilter WHERE id = %s AND officer_id = %s"
_MOST_NAME = 60
_PERSON_KEY_MASK = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """What an officer's account is made of. `personal_id` is not kept: only a keyed hash that tells people apart."""

    username: str
    full_name: str
    personal_id: str
    role: str
    province_code: str = ""
    unit_code: str = ""
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewMachine:
    """What a machine's account is made of; `staff` are (full name, personal id) of those who act through it."""

    name: str
    title_vi: str
    role: str
    source: str = ""
    facility_code: str = ""
    staff: Sequence[tuple[str, str]] = ()


def person_key_of(personal_id: str) -> int:
    """The same positive number for the same human being, whichever account he uses. Raises Refused for a wrong form."""
    if not is_personal_id(personal_id):
        raise Refused("Số định danh của cán bộ phải gồm 12 chữ số.", field="personal_id")
    digest = hmac.digest(
        settings.KEYRING.secret("blind"), b"officer:" + personal_id.encode(), "sha256"
    )
    return (int.from_bytes(digest[:8]) & _PERSON_KEY_MASK) + 1


def create_officer(new: NewOfficer, password: str, *, by: Actor, at: datetime) -> int:
    """The id of the officer with this user name; created, or brought to these facts when he exists.

    Raises NotAllowed without ACCOUNT_MANAGE, Refused for a weak password or a wrong personal id.
    """
    _require_manager(by)
    username = new.username.strip().lower()
    passwords.require_good(password, username=username)
    facts = {
        "full_name": new.full_name,
        "person_key": person_key_of(new.personal_id),
        "role": new.role,
        "province_code": new.province_code,
        "unit_code": new.unit_code,
        "agency_id": new.agency_id,
        "is_active": True,
    }
    with acting(by, at=at):
        officer, is_new = Officer.objects.update_or_create(
            username=username, defaults=facts, create_defaults={**facts, "created_at": at}
        )
        _set_credential("officer", officer.pk, password)
        _end_sessions(officer.pk, "account_changed")
        _record(by, "officer.created" if is_new else "officer.changed", officer.pk, at=at)
    return officer.pk


def create_machine(new: NewMachine, password: str | None, *, by: Actor, at: datetime) -> int:
    """The id of the machine with this name; created, or brought to these facts. Without a password it can only sign.

    Raises NotAllowed without ACCOUNT_MANAGE, Refused for a weak password.
    """
    _require_manager(by)
    if password is not None:
        passwords.require_good(password, username=new.name)
    facts = {
        "title_vi": new.title_vi,
        "role": new.role,
        "source": new.source,
        "facility_code": new.facility_code,
        "is_active": True,
    }
    with acting(by, at=at):
        machine, is_new = Machine.objects.update_or_create(
            name=new.name, defaults=facts, create_defaults={**facts, "created_at": at}
        )
        for full_name, personal_id in new.staff:
            MachineStaff.objects.update_or_create(
                machine=machine, personal_id=personal_id, defaults={"full_name": full_name}
            )
        if password is not None:
            _set_credential("machine", machine.pk, _as_sent(new.role, password))
        action = "machine.created" if is_new else "machine.changed"
        trail.record(by, action, at=at, subject_kind="machine", subject_id=machine.pk)
    return machine.pk


def accept_key(machine_id: int, key_id: str, public_key: bytes, *, by: Actor, at: datetime) -> None:
    """From now on signatures of this Ed25519 key (32 bytes) count as the machine's. Safe to run twice.

    Raises NotAllowed without ACCOUNT_MANAGE, Refused when the key id stands for another key.
    """
    _require_manager(by)
    with acting(by, at=at):
        key, is_new = SenderKey.objects.get_or_create(
            key_id=key_id,
            defaults={"machine_id": machine_id, "public_key": public_key, "valid_from": at},
        )
        if bytes(key.public_key) != public_key or key.machine_id != machine_id:
            raise Refused(f"Mã khóa «{key_id}» đã dùng cho một khóa khác.", field="key_id")
        if is_new:
            trail.record(
                by, "sender_key.accepted", at=at, subject_kind="machine", subject_id=machine_id
            )


def set_password(officer_id: int, password: str, *, by: Actor, at: datetime) -> None:
    """A new password for an officer; all his sessions end. Raises NotAllowed, NotFound, Refused (weak)."""
    _require_manager(by)
    with acting(by, at=at):
        officer = _officer(officer_id)
        passwords.require_good(password, username=officer.username)
        _set_credential("officer", officer_id, password)
        _end_sessions(officer_id, "password_changed")
        _record(by, "officer.password_set", officer_id, at=at)


def set_second_factor(officer_id: int, *, by: Actor, at: datetime) -> str:
    """A new second factor for an officer; the `otpauth:` address to hand to him, once. All his sessions end."""
    _require_manager(by)
    secret = secondfactor.new_secret()
    with acting(by, at=at), connection.cursor() as cursor:
        officer = _officer(officer_id)
        cursor.execute(_SET_TOTP, [secondfactor.sealed(secret), officer_id])
        _end_sessions(officer_id, "second_factor_changed")
        _record(by, "officer.second_factor_set", officer_id, at=at)
    return secondfactor.enrolment_uri(secret, username=officer.username)


def end_sessions(officer_id: int, *, by: Actor, at: datetime) -> int:
    """End every session of an officer; how many there were. His next request is refused."""
    _require_manager(by)
    with acting(by, at=at):
        _officer(officer_id)
        ended = _end_sessions(officer_id, "ended_by_administrator")
        _record(by, "officer.sessions_ended", officer_id, at=at)
    return ended


def deactivate(officer_id: int, *, by: Actor, at: datetime) -> None:
    """The officer may no longer do anything; his next request is refused. Accounts are never deleted."""
    _require_manager(by)
    with acting(by, at=at):
        officer = _officer(officer_id)
        officer.is_active = False
        officer.save(update_fields=["is_active"])
        _end_sessions(officer_id, "deactivated")
        _record(by, "officer.deactivated", officer_id, at=at)


def change_own_password(new_password: str, *, by: Actor, at: datetime) -> None:
    """A new password for oneself; one's other sessions end. The caller has checked the current one."""
    passwords.require_good(new_password, username=by.name)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(
            "SELECT authz.set_own_password(%s, %s)", [by.token, passwords.hash_of(new_password)]
        )
        _record(by, "officer.password_changed", by.account_id, at=at)


def enrol_own_second_factor(secret: str, code: str, *, by: Actor, at: datetime) -> None:
    """Switch the second factor to `secret`, proven by a code made with it. Raises Refused for a wrong code."""
    step = secondfactor.step_of(secret, code, at=at)
    if step is None:
        raise Refused(
            "Mã xác thực không đúng. Hãy kiểm tra giờ trên điện thoại rồi thử mã mới.", field="code"
        )
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(
            "SELECT authz.set_own_totp(%s, %s, %s)", [by.token, secondfactor.sealed(secret), step]
        )
        _record(by, "officer.second_factor_enrolled", by.account_id, at=at)


def save_filter(page: str, name: str, query: str, *, by: Actor, at: datetime) -> None:
    """Keep a filter of a page for oneself; one of the same name is replaced. `query` holds no searched name.

    Raises Refused without a name (FILTER_NAME) or when there are as many as one may keep (FILTERS_FULL).
    """
    said = " ".join(name.split())[:_MOST_NAME]
    if not said:
        raise Refused("Hãy đặt tên cho bộ lọc.", code="FILTER_NAME", field="ten-bo-loc")
    with acting(by, at=at), connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "officer": by.account_id,
            "page": page,
            "name": said,
            "query": query,
            "most": MOST_FILTERS,
        }
        cursor.execute(_FORGET_FILTER_NAMED, parameters)
        cursor.execute(_SAVE_FILTER, parameters)
        if not cursor.rowcount:
            raise Refused(
                f"Mỗi trang giữ nhiều nhất {MOST_FILTERS} bộ lọc. Hãy xóa bớt một bộ lọc.",
                code="FILTERS_FULL",
                field="ten-bo-loc",
            )
        _record(by, "filter.saved", by.account_id, at=at)


def forget_filter(filter_id: int, *, by: Actor, at: datetime) -> bool:
    """Delete one's own filter; False when there is none."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FORGET_FILTER, [filter_id, by.account_id])
        is_gone = bool(cursor.rowcount)
        if is_gone:
            _record(by, "filter.deleted", by.account_id, at=at)
    return is_gone


def _require_manager(by: Actor) -> None:
    if not by.may(Permission.ACCOUNT_MANAGE):
        raise NotAllowed("Tài khoản của bạn không có quyền quản lý tài khoản.")


def _officer(officer_id: int) -> Officer:
    officer = Officer.objects.filter(pk=officer_id).first()
    if officer is None:
        raise NotFound("Không tìm thấy tài khoản.")
    return officer


def _set_credential(kind: str, account_id: int, password: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET_CREDENTIAL, [kind, account_id, passwords.hash_of(password)])


def _as_sent(role: str, password: str) -> str:
    """The password in the form in which the machine will show it: hospitals send an MD5."""
    return passwords.md5_of(password) if role == Role.HOSPITAL else password


def _end_sessions(officer_id: int, why: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_END_SESSIONS, [why, officer_id])
        return int(cursor.rowcount)


def _record(by: Actor, action: str, officer_id: int, *, at: datetime) -> None:
    trail.record(by, action, at=at, subject_kind="officer", subject_id=officer_id)

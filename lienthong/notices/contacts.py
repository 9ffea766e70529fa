"""Where families and officers are reached, and what they agreed to: entering, changing, stopping, and reading it.

A number from a birth message is entered as it came, without consent to optional notices. Consent is an officer's tick
after the family said yes, or the officer's own; a reader takes it back by the link in each optional notice.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, Refused

_MOBILE = re.compile(r"(?:\+?84|0)([35789]\d{8})")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}"
)
_LONGEST_EMAIL = 254

_CURRENT = """
    SELECT id, channel, address, name, wants_optional, source, since, entered_by FROM notices_contact
    WHERE subject_kind = %s AND subject_id = %s AND ended_at IS NULL ORDER BY channel
"""
_LOCK = """
    SELECT id, address, name, wants_optional FROM notices_contact
    WHERE subject_kind = %s AND subject_id = %s AND channel = %s AND ended_at IS NULL FOR UPDATE
"""
_END = "UPDATE notices_contact SET ended_at = %s, ended_by = %s WHERE id = %s AND ended_at IS NULL"
_BEGIN = """
    INSERT INTO notices_contact (subject_kind, subject_id, channel, address, name, wants_optional, source, since, entered_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (subject_kind, subject_id, channel) WHERE ended_at IS NULL DO NOTHING
"""
_LEARN = """
    INSERT INTO notices_contact (subject_kind, subject_id, channel, address, name, source, since, entered_by)
    SELECT kind, id, 'sms', address, name, 'message', %s, %s
    FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[]) AS told (kind, id, address, name)
    WHERE NOT EXISTS (
        SELECT 1 FROM notices_contact AS known
        WHERE known.subject_kind = kind AND known.subject_id = told.id AND known.channel = 'sms')
    ON CONFLICT (subject_kind, subject_id, channel) WHERE ended_at IS NULL DO NOTHING
"""
_CARRY = """
    INSERT INTO notices_contact (subject_kind, subject_id, channel, address, name, wants_optional, source, since, entered_by)
    SELECT DISTINCT ON (pair.person_id, known.channel) 'person', pair.person_id, known.channel, known.address, known.name,
           known.wants_optional, known.source, %s, known.entered_by
    FROM unnest(%s::bigint[], %s::bigint[]) AS pair (dossier_id, person_id)
    JOIN notices_contact AS known
      ON known.subject_kind = 'dossier' AND known.subject_id = pair.dossier_id AND known.ended_at IS NULL
    WHERE NOT EXISTS (
        SELECT 1 FROM notices_contact AS own
        WHERE own.subject_kind = 'person' AND own.subject_id = pair.person_id AND own.channel = known.channel)
    ORDER BY pair.person_id, known.channel, known.id DESC
    ON CONFLICT (subject_kind, subject_id, channel) WHERE ended_at IS NULL DO NOTHING
"""
_STOP = "SELECT notices_stop(%s)"


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One current way to reach somebody."""

    id: int
    channel: str
    address: str
    name: str
    wants_optional: bool
    source: str
    since: datetime
    entered_by: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What a form says about one channel: an empty address ends the contact."""

    channel: str
    address: str
    name: str
    wants_optional: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A telephone number that a birth message carries, for the subject it is about."""

    subject: tuple[str, int]
    phone: str
    name: str


def phone_of(text: str) -> str:
    """A Vietnamese mobile number as `+84901234567`; '' when it is not one."""
    found = _MOBILE.fullmatch(re.sub(r"[\s.()-]", "", text))
    return f"+84{found[1]}" if found else ""


def email_of(text: str) -> str:
    """The address itself; '' when it has not the form of one."""
    return text if len(text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(text) else ""


def current(subject: tuple[str, int], *, by: Actor) -> list[ContactLine]:
    """The current contacts of a subject that `by` may see: row-level security decides. One query."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, list(subject))
        return rows_as(ContactLine, cursor)


def learn(told: Sequence[Told], *, by: Actor, at: datetime) -> int:
    """Keep the numbers of messages for subjects that never had one; how many. One statement, no consent.

    A number that an officer ended does not come back by itself.
    """
    good = [(each, phone) for each in told if (phone := phone_of(each.phone))]
    if not good:
        return 0
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(
            _LEARN,
            [
                at,
                by.label,
                [each.subject[0] for each, _ in good],
                [each.subject[1] for each, _ in good],
                [phone for _, phone in good],
                [each.name[:200] for each, _ in good],
            ],
        )
        return int(cursor.rowcount)


def carry(pairs: Sequence[tuple[int, int]], *, by: Actor, at: datetime) -> int:
    """What was entered for a dossier before its child was a person holds for the person too; how many. One statement."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CARRY, [at, [one for one, _ in pairs], [other for _, other in pairs]])
        return int(cursor.rowcount)


def change(subject: tuple[str, int], reach: Reach, *, by: Actor, at: datetime) -> bool:
    """Bring one channel of a subject to what the form says; False when it said so already.

    One's own (`officer`) needs ACCOUNT_OWN, a family's CONTACT_EDIT and a visible subject. Raises Refused for a wrong form.
    """
    needed = Permission.ACCOUNT_OWN if _is_own(subject, by) else Permission.CONTACT_EDIT
    if not by.may(needed) or (subject[0] == "officer" and not _is_own(subject, by)):
        raise NotAllowed("Bạn không có quyền sửa thông tin liên hệ này.", code=str(needed))
    address = checked(reach)
    name = " ".join(reach.name.split())[:200]
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [*subject, reach.channel])
        row = cursor.fetchone()
        if (row[1:] if row else ("", "", False)) == (address, name, reach.wants_optional):
            return False
        if row is None and not address:
            return False
        if row is not None:
            cursor.execute(_END, [at, by.label, row[0]])
        if address:
            source = "self" if _is_own(subject, by) else "officer"
            facts = (address, name, reach.wants_optional, source, at, by.label)
            cursor.execute(_BEGIN, (*subject, reach.channel, *facts))
        detail = {
            "channel": reach.channel,
            "wants_optional": bool(address) and reach.wants_optional,
            "has_address": bool(address),
        }
        kind, key = subject
        trail.record(by, "contact.change", at=at, subject_kind=kind, subject_id=key, detail=detail)
    return True


def stop(token: uuid.UUID, *, by: Actor, at: datetime) -> bool:
    """Stop optional notices to the address that got this link; False for a link we never sent. Safe to repeat."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_STOP, [token])
        contact_id = cursor.fetchone()[0]
        if contact_id is not None:
            trail.record(by, "contact.stop", at=at, subject_kind="contact", subject_id=contact_id)
    return contact_id is not None


def _is_own(subject: tuple[str, int], by: Actor) -> bool:
    return subject == ("officer", by.account_id)


def checked(reach: Reach) -> str:
    """The address in the form it is kept in, '' to have none. Raises Refused for one that cannot be."""
    text = reach.address.strip()
    if not text:
        return ""
    if reach.channel == "sms":
        if not (address := phone_of(text)):
            raise Refused(
                "Số điện thoại phải là số di động Việt Nam có 10 chữ số, ví dụ 0912 345 678.",
                code="E-PHONE",
                field="sms",
            )
        return address
    if not (address := email_of(text)):
        raise Refused(
            "Địa chỉ thư điện tử không đúng, ví dụ đúng: ten@coquan.vn.",
            code="E-EMAIL",
            field="email",
        )
    return address

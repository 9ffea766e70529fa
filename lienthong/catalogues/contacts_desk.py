"""Keeps the directory of task forces: a help line from a day on, its end, and the word that all of it is right.

Changes are dated, and what stood before is kept. The pages check the permission: this package lies below the table of
permissions. Row-level security holds the province once more. What the log keeps holds no name and no number.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from lienthong.audit import trail
from lienthong.catalogues.contacts import Duty, EntryLine, entries
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import is_province_code
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.kernel.errors import Conflict, NotFound, Refused

_MOST_TEXT = 200
_PHONE = re.compile(r"\+?[0-9]{8,15}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{2,63}")
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.help_lines'))"
_BEGIN = """
    INSERT INTO catalogues_helpline (province_code, duty, full_name, is_name_public, phone, email, office, valid,
                                     entered_at, entered_by, checked_on, checked_by)
    VALUES (%(province_code)s, %(duty)s, %(full_name)s, %(is_name_public)s, %(phone)s, %(email)s, %(office)s,
            daterange(%(first)s, %(following)s), %(at)s, %(by)s, %(on)s, %(by)s) RETURNING id
"""
_END = "UPDATE catalogues_helpline SET valid = daterange(lower(valid), %s) WHERE id = %s"
_WITHDRAW = "UPDATE catalogues_helpline SET withdrawn_at = %s WHERE id = %s"
_CHECK = """
    UPDATE catalogues_helpline SET checked_on = %s, checked_by = %s WHERE id = ANY (%s) AND withdrawn_at IS NULL
"""
_CHANGED_VI = "Danh bạ vừa được cán bộ khác thay đổi. Hãy xem lại rồi ghi."


@dataclass(frozen=True, slots=True)
class Entry:
    """What an officer writes about one duty. `office` is where people go: of the hotline alone."""

    duty: Duty
    phone: str
    full_name: str = ""
    email: str = ""
    office: str = ""
    is_name_public: bool = False


def may_edit_in(by: Actor, province_code: str) -> bool:
    """True for the centre, and for an officer of that whole province."""
    return by.everywhere or (not by.unit_code and by.province_code == province_code)


def put(
    province_code: str, entry: Entry, first: date, *, seen: int, by: Actor, at: datetime
) -> int:
    """From that day on this is whom one calls, until the day of an entry that is planned already; its id.

    What stood until then ends the day before; what began that very day is taken back and kept. `seen` is the newest entry
    of the duty that the officer saw, 0 for none. Raises Refused (E-PROVINCE-SCOPE, E-DATE for a past day, E-PHONE,
    E-EMAIL, E-NAME, E-UNCHANGED) and Conflict when another officer was faster.
    """
    written = _checked(province_code, entry, first, by=by, at=at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        lines = [it for it in entries(by, province_code) if it.duty is written.duty]
        if max((it.id for it in lines), default=0) != seen:
            raise Conflict(_CHANGED_VI, code="CHANGED")
        before = next((it for it in lines if it.stands_on(first)), None)
        if before and as_entry(before) == written:
            raise Refused("Chưa có gì thay đổi so với mục đang có.", code="E-UNCHANGED", field="")
        following = min((it.valid_from for it in lines if it.is_to_come(first)), default=None)
        if before and before.valid_from == first:
            cursor.execute(_WITHDRAW, [at, before.id])
        elif before:
            cursor.execute(_END, [first, before.id])
        cursor.execute(
            _BEGIN,
            {
                "province_code": province_code,
                **asdict(written),
                "first": first,
                "following": following,
                "at": at,
                "by": by.label,
                "on": vietnam_date(at),
            },
        )
        key = int(cursor.fetchone()[0])
        detail = {
            "duty": written.duty,
            "from": first.isoformat(),
            "instead_of": before.id if before else None,
        }
        _record("put", [key], detail, by=by, at=at)
    return key


def end(entry_id: int, last: date, *, by: Actor, at: datetime) -> None:
    """Nobody answers for this duty after that day; one that begins later is taken back.

    Raises NotFound when it is not there or over, Refused (E-PROVINCE-SCOPE, E-DATE for a day before yesterday).
    """
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute("SELECT province_code FROM catalogues_helpline WHERE id = %s", [entry_id])
        row = cursor.fetchone()
        found = [it for it in entries(by, row[0]) if it.id == entry_id] if row else []
        if not found or not (found[0].stands_on(vietnam_date(at)) or found[0].is_to_come(last)):
            raise NotFound("Không có mục này trong danh bạ.")
        line = found[0]
        _refuse_scope(line.province_code, by)
        if last < vietnam_date(at) - timedelta(days=1):
            raise Refused("Không sửa được những ngày đã qua.", code="E-DATE", field="den-ngay")
        if line.valid_from > last:
            cursor.execute(_WITHDRAW, [at, entry_id])
        else:
            cursor.execute(_END, [last + timedelta(days=1), entry_id])
        _record("ended", [entry_id], {"duty": line.duty, "last": last.isoformat()}, by=by, at=at)


def confirm(province_code: str, seen: Collection[int], *, by: Actor, at: datetime) -> int:
    """Say of everything that is told of the province today that it is right; how many entries.

    `seen` are the ids of what the officer looked at: Conflict when today's are others. Raises Refused
    (E-PROVINCE-SCOPE), NotFound when there is nothing to check.
    """
    _refuse_scope(province_code, by)
    on = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        standing = [it.id for it in entries(by, province_code) if it.stands_on(on)]
        if not standing:
            raise NotFound("Danh bạ của tỉnh chưa có mục nào để kiểm tra.")
        if set(standing) != set(seen):
            raise Conflict(_CHANGED_VI, code="CHANGED")
        cursor.execute(_CHECK, [on, by.label, standing])
        _record("checked", standing, {"on": on.isoformat()}, by=by, at=at)
    return len(standing)


def _checked(province_code: str, entry: Entry, first: date, *, by: Actor, at: datetime) -> Entry:
    """The entry as it is kept, once it may be."""
    _refuse_scope(province_code, by)
    if not is_province_code(province_code):
        raise Refused("Mã tỉnh phải gồm 2 chữ số.", code="E-VALUE", field="tinh")
    if first < vietnam_date(at):
        raise Refused(
            f"«Từ ngày» phải từ {day_first(vietnam_date(at))} trở đi: những ngày đã qua giữ nguyên.",
            code="E-DATE",
            field="tu-ngay",
        )
    phone = re.sub(r"[\s.()-]", "", entry.phone)
    if not _PHONE.fullmatch(phone):
        raise Refused("Số điện thoại gồm 8 đến 15 chữ số.", code="E-PHONE", field="dien-thoai")
    email = entry.email.strip()
    if email and not _EMAIL.fullmatch(email):
        raise Refused("Địa chỉ thư điện tử không đúng dạng.", code="E-EMAIL", field="thu-dien-tu")
    is_hotline = entry.duty is Duty.HOTLINE
    name = " ".join(entry.full_name.split())[:_MOST_TEXT]
    if not name and not is_hotline:
        raise Refused("Hãy ghi họ tên cán bộ đầu mối.", code="E-NAME", field="ho-ten")
    office = " ".join(entry.office.split())[:_MOST_TEXT] if is_hotline else ""
    if is_hotline:
        # The number of an office, not of a person.
        return Entry(entry.duty, phone, email=email, office=office)
    return Entry(entry.duty, phone, name, email, office, entry.is_name_public)


def as_entry(line: EntryLine) -> Entry:
    """What an entry says, as one would write it."""
    return Entry(
        line.duty, line.phone, line.full_name, line.email, line.office, line.is_name_public
    )


def _refuse_scope(province_code: str, by: Actor) -> None:
    if not may_edit_in(by, province_code):
        raise Refused(
            "Bạn chỉ được cập nhật danh bạ của tỉnh, thành phố mình phụ trách.",
            code="E-PROVINCE-SCOPE",
            field="tinh",
        )


def _record(
    deed: str, keys: Sequence[int], detail: Mapping[str, object], *, by: Actor, at: datetime
) -> None:
    trail.record_each(
        by,
        f"catalogues.help_line.{deed}",
        at=at,
        subject_kind="help_line",
        subject_ids=keys,
        detail=detail,
    )

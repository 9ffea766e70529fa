"""The closed lists of reasons (lý do): what a reply or a declaration may give on a day, and how the centre changes them.

The rows are data. A reason is never edited or deleted, since replies name it: it ends on a day, and another begins.
Public face: `on_day`, `labels`, `listed`, `add`, `end`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from lienthong.kernel.names import fold_key

LISTS_VI: Final = {
    "late": "Nguyên nhân hồ sơ tồn đọng, quá hạn",
    "create_failed": "Nguyên nhân không tạo được hồ sơ",
    "unconnected": "Lý do chưa liên thông",
    "agreement": "Lý do chưa ký quy chế phối hợp",
    "off_process": "Nguyên nhân thao tác sai quy trình",
}
"""Every list by name, with what its reasons explain."""
OTHER: Final = "OTHER"
"""The code, in every list, that needs words of its own."""
LONGEST: Final = 120
_CODE_LENGTH = 24
_LISTED = """
    SELECT id, list_name, code, label, valid_from, valid_to FROM oversight_reason ORDER BY list_name, place, code
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.reasons'))"
_ADD = """
    INSERT INTO oversight_reason (list_name, code, place, label, valid_from)
    SELECT %(list_name)s, %(code)s, coalesce(max(place) FILTER (WHERE code <> 'OTHER'), 0) + 1, %(label)s, %(first)s
    FROM oversight_reason WHERE list_name = %(list_name)s
    RETURNING id
"""
_END = "UPDATE oversight_reason SET valid_to = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with the days on which it may be given, both included; `valid_to` is None while no end is set."""

    id: int
    list_name: str
    code: str
    label: str
    valid_from: date
    valid_to: date | None

    def is_given(self, on: date) -> bool:
        """True on the days on which it may be chosen."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def may_end(self, on: date) -> bool:
        """True for one whose end is still to come; what stands for everything else never ends."""
        return self.code != OTHER and (self.valid_to is None or self.valid_to >= on)


def listed() -> dict[str, list[Reason]]:
    """Every reason there ever was, by list, in the order in which it is offered. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTED)
        found = rows_as(Reason, cursor)
    return {name: [it for it in found if it.list_name == name] for name in LISTS_VI}


def on_day(on: date) -> dict[str, list[Reason]]:
    """What may be chosen on the day, by list, in the order in which it is offered. One statement."""
    return {name: [it for it in several if it.is_given(on)] for name, several in listed().items()}


def labels() -> dict[tuple[str, str], str]:
    """The words of every reason there ever was, by list and code. One statement."""
    return {(name, it.code): it.label for name, several in listed().items() for it in several}


def add(list_name: str, label: str, first: date, *, by: Actor, at: datetime) -> int:
    """Offer another reason from a day on, the last before "another"; its id. Committed on return, logged.

    Raises NotAllowed without DIRECTIVE_ISSUE; Refused (E-LIST, E-LABEL, E-DATE: before today); Conflict (E-TWICE) for
    words that the list offers already.
    """
    _check(by)
    words = " ".join(label.split())
    if list_name not in LISTS_VI:
        raise Refused("Hãy chọn danh mục.", code="E-LIST", field="danh-muc")
    if not fold_key(words) or len(words) > LONGEST:
        message = f"Hãy ghi lý do, tối đa {LONGEST} ký tự."
        raise Refused(message, code="E-LABEL", field="ly-do")
    _check_day(first, at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        known = listed()[list_name]
        if any(
            fold_key(it.label) == fold_key(words) and (it.valid_to is None or it.valid_to >= first)
            for it in known
        ):
            raise Conflict("Danh mục đã có lý do này.", code="E-TWICE", field="ly-do")
        code = _code(words, {it.code for it in known})
        told: dict[str, Any] = {
            "list_name": list_name,
            "code": code,
            "label": words,
            "first": first,
        }
        cursor.execute(_ADD, told)
        reason_id = int(cursor.fetchone()[0])
        detail = {"list": list_name, "code": code, "from": first.isoformat()}
        _record("added", reason_id, detail, by=by, at=at)
    return reason_id


def end(reason_id: int, last: date, *, by: Actor, at: datetime) -> None:
    """Let a reason be given until a day, today or later; replies that name it keep it. Committed on return, logged.

    Raises NotAllowed without DIRECTIVE_ISSUE; Refused (E-DATE: before today or the first day; E-REASON: not there, over,
    or the one that stands for everything else).
    """
    _check(by)
    _check_day(last, at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        known = (it for several in listed().values() for it in several)
        found = next((it for it in known if it.id == reason_id), None)
        if found is None or not found.may_end(vietnam_date(at)):
            raise Refused("Không thể dừng lý do này.", code="E-REASON", field="ly-do")
        if last < found.valid_from:
            message = f"Ngày phải từ {day_first(found.valid_from)} trở đi."
            raise Refused(message, code="E-DATE", field="ngay")
        cursor.execute(_END, [last, reason_id])
        detail = {"list": found.list_name, "code": found.code, "until": last.isoformat()}
        _record("ended", reason_id, detail, by=by, at=at)


def _check(by: Actor) -> None:
    if not (by.everywhere and by.may(Permission.DIRECTIVE_ISSUE)):
        message = "Danh mục lý do do BHXH Việt Nam quản lý."
        raise NotAllowed(message, code=str(Permission.DIRECTIVE_ISSUE))


def _check_day(day: date, at: datetime) -> None:
    today = vietnam_date(at)
    if day < today:
        message = f"Ngày phải từ {day_first(today)} trở đi."
        raise Refused(message, code="E-DATE", field="ngay")


def _code(words: str, taken: set[str]) -> str:
    """A name for programs, from the words: `THIEU_PHOI_THE`, with a number where that is taken."""
    stem = re.sub(r"[^A-Z0-9]+", "_", fold_key(words).upper())[:_CODE_LENGTH].strip("_") or "REASON"
    code, number = stem, 1
    while code in taken:
        number += 1
        code = f"{stem}_{number}"
    return code


def _record(
    deed: str, reason_id: int, detail: Mapping[str, object], *, by: Actor, at: datetime
) -> None:
    trail.record_each(
        by,
        f"reason.{deed}",
        at=at,
        subject_kind="reason",
        subject_ids=[reason_id],
        detail=detail,
    )

"""The closed lists of reasons that a reply may give: their names, and what may be chosen on a day. The rows are data."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from lienthong.database.rows import rows_as

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
_OPEN = """
    SELECT list_name, code, label FROM oversight_reason
    WHERE valid_from <= %(on)s AND (valid_to IS NULL OR valid_to >= %(on)s) ORDER BY list_name, place, code
"""
_LABELS = "SELECT list_name, code, label FROM oversight_reason ORDER BY list_name, place, code"


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason of one list."""

    list_name: str
    code: str
    label: str


def on_day(on: date) -> dict[str, list[ReasonLine]]:
    """What may be chosen on the day, by list, in the order in which it is offered. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"on": on})
        found = rows_as(ReasonLine, cursor)
    return {name: [it for it in found if it.list_name == name] for name in LISTS_VI}


def labels() -> dict[tuple[str, str], str]:
    """The words of every reason there ever was, by list and code. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LABELS)
        return {(name, code): label for name, code, label in cursor.fetchall()}

"""The columns of a form in groups that a screen has room for; the files have all of them side by side. No rule here."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from lienthong.reports import columns
from lienthong.reports.columns import Column
from lienthong.reports.forms import Form
from lienthong.reports.timecolumns import LATE, PACES

_MAIN: Final = (
    "received",
    "duplicates",
    "create_failed",
    "created",
    "sent",
    "arisen",
    "awaiting",
    "not_printed",
    "issued",
    "handed_over",
    "stopped",
    "backlog",
    "late_open",
)
_GROUPS: Final[tuple[tuple[str, tuple[Column, ...]], ...]] = (
    ("Nhận, tạo hồ sơ", (*columns.RECEIVED, *columns.CREATING)),
    ("Các khâu", columns.WAY),
    ("Từ chối, hủy", columns.STOPPED),
    ("Tồn đọng, quá hạn", (*columns.BACKLOG, *LATE)),
    ("Tồn đọng theo khâu", columns.BACKLOG_BY_STAGE),
    ("Thủ công, định danh", (*columns.MANUAL, *columns.WITHOUT_ID, *columns.MOVED)),
    ("Thời gian xử lý", PACES),
)


def groups_of(form: Form) -> dict[str, tuple[Column, ...]]:
    """The groups that the form has columns of, each column of it in one at least; the first is shown first."""
    own = {column.key: column for column in form.columns}
    groups: dict[str, tuple[Column, ...]] = {}
    if all(key in own for key in _MAIN):
        groups["Tổng hợp"] = tuple(own[key] for key in _MAIN)
    for name, members in _GROUPS:
        found = tuple(column for column in members if column.key in own)
        if found:
            groups[name] = found
    rest = tuple(it for it in form.columns if not any(it in group for group in groups.values()))
    return groups | ({"Các cột khác": rest} if rest else {})


def head_groups(shown: Sequence[Column]) -> list[tuple[str, int]]:
    """The heads above the heads, each with how many columns it spans; none when not every column has one."""
    found = [(name, len(list(members))) for name, members in groupby(shown, lambda it: it.group_vi)]
    return found if all(name for name, _ in found) and len(found) > 1 else []

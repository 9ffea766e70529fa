"""The centre's figures for looking cards up (mức giới hạn tra cứu), their bounds and history; limits of one account.

The database holds bounds and ceilings once more (cards migration 0011). What the figures do is `lookup` and `limits_watch`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from lienthong.accounts import hospitals
from lienthong.accounts.hospitals import Limits
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database import alarms
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from lienthong.kernel.names import stored_form

CLOSED: Final = "lookup.closed"
PEAK: Final = "lookup.peak"
"""Alarms whose subject is the whole country."""
EVERYBODY: Final = "all"
_SHORTEST_NOTE = 10
_LONGEST_NOTE = 300
_MOST_CHANGES = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure is called, what it does, and the bounds that the database holds it to."""

    name: str
    title_vi: str
    help_vi: str
    least: int
    most: int
    unit_vi: str


FIGURES: Final = (
    Figure(
        "minute_ceiling", "Trần mỗi phút của một tài khoản",
        "Tỉnh không đặt được mức mỗi phút cao hơn số này.", 60, 60_000, "lượt/phút",
    ),
    Figure(
        "day_ceiling", "Trần mỗi ngày của một tài khoản",
        "Tỉnh không đặt được mức mỗi ngày cao hơn số này.", 500, 1_000_000, "lượt/ngày",
    ),
    Figure(
        "miss_ceiling", "Trần số lượt không đúng người",
        "Trong 50 lượt gần nhất. Tỉnh không đặt được mức cao hơn số này cho một tài khoản.", 20, 45, "trong 50 lượt",
    ),
    Figure(
        "target_misses", "Số lần dò một người",
        "Cùng một họ tên và ngày sinh, tra không đúng đến số lần này trong một ngày thì hôm đó không ai tra được nữa.",
        3, 50, "lần/ngày",
    ),
    Figure(
        "decoy_touches", "Số lần tra mã số mồi",
        "Mã số mồi không cấp cho ai. Một tài khoản tra đến số lần này trong một ngày thì bị tạm khóa ngay.",
        1, 10, "lần/ngày",
    ),
    Figure(
        "normal_peak", "Phút đông nhất bình thường",
        "Tính mọi tài khoản, dùng khi chưa đủ 7 ngày số liệu. Gấp 3 lần mức bình thường thì báo động.",
        100, 1_000_000, "lượt/phút",
    ),
    Figure(
        "door_ceiling", "Mức tự đóng cổng tra cứu",
        "Tính mọi tài khoản. Quá số này trong một phút, cổng tự đóng và báo động; chỉ cán bộ trung ương mở lại.",
        1_000, 10_000_000, "lượt/phút",
    ),
    Figure(
        "discloses_names", "Trả lại họ tên đúng khi tra sai họ tên",
        "Cổng cũ có trả lại. Trả lại họ tên làm lộ tên của người khác cho ai dò mã số.", 0, 1, "",
    ),
)  # fmt: skip
"""What the centre may change on its page, in that order; the door itself is opened and closed by acts of their own."""
BY_NAME: Final = {it.name: it for it in FIGURES}
DOOR_VI: Final = "Cổng tra cứu"

_VALUES = "SELECT name, value FROM cards_lookupsetting"
_SETTINGS = "SELECT name, value, note, set_by, set_at FROM cards_lookupsetting ORDER BY name"
_LOCK = "SELECT name, value FROM cards_lookupsetting WHERE name = ANY (%s) ORDER BY name FOR UPDATE"
_SET = """
    UPDATE cards_lookupsetting SET value = %s, note = %s, set_by = %s, set_at = clock_timestamp()
    WHERE name = %s AND value <> %s
"""
_CHANGES = """
    SELECT name, value_before, value, note, by, at FROM cards_lookupchange ORDER BY id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A figure as it stands, who set it and why."""

    name: str
    value: int
    note: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of a figure."""

    name: str
    value_before: int
    value: int
    note: str
    by: str
    at: datetime

    @property
    def title_vi(self) -> str:
        """What changed."""
        return BY_NAME[self.name].title_vi if self.name in BY_NAME else DOOR_VI

    @property
    def is_door(self) -> bool:
        """True when the door was opened or closed."""
        return self.name == "is_open"


def settings(by: Actor) -> dict[str, SettingLine]:
    """Every figure by name, `is_open` with them. One statement. Raises NotAllowed without HOSPITAL_VIEW."""
    if not by.may(Permission.HOSPITAL_VIEW):
        raise NotAllowed("Tài khoản của bạn không xem mức giới hạn tra cứu.", code="HOSPITAL_VIEW")
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        return {line.name: line for line in rows_as(SettingLine, cursor)}


def changes(by: Actor) -> list[ChangeLine]:
    """What was changed, the latest first, at most a hundred; the centre's alone. One statement."""
    _need_centre(by)
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [_MOST_CHANGES])
        return rows_as(ChangeLine, cursor)


def change(values: Mapping[str, int], note: str, *, by: Actor, at: datetime) -> int:
    """Give figures other values, all or none; how many changed. Raises NotAllowed, Refused (E-LIMIT, E-NOTE)."""
    _need_centre(by)
    for name, value in values.items():
        figure = BY_NAME[name]
        if not figure.least <= value <= figure.most:
            raise Refused(
                f"{figure.title_vi}: hãy nhập từ {_dotted(figure.least)} đến {_dotted(figure.most)}.",
                code="E-LIMIT",
                field=name,
            )
    said = _said(note)
    return _put(dict(values), said, by=by, at=at)


def close_door(note: str, *, by: Actor, at: datetime) -> None:
    """No hospital looks anything up until the door is opened; they are told to try later, never "not insured"."""
    _need_centre(by)
    if not _put({"is_open": 0}, _said(note), by=by, at=at):
        raise Conflict("Cổng tra cứu đang đóng rồi.")
    alarms.sound(CLOSED, EVERYBODY, {"by": "officer"})


def open_door(note: str, *, by: Actor, at: datetime) -> None:
    """Let hospitals look cards up again. Raises NotAllowed, Refused without a note, Conflict when it is open."""
    _need_centre(by)
    if not _put({"is_open": 1}, _said(note), by=by, at=at):
        raise Conflict("Cổng tra cứu đang mở.")
    alarms.close(CLOSED, EVERYBODY)


def ceilings() -> Limits:
    """The most that an officer may give one account. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_VALUES)
        values = dict(cursor.fetchall())
    return Limits(values["minute_ceiling"], values["day_ceiling"], values["miss_ceiling"])


def limit_account(machine_id: int, limits: Limits, *, by: Actor, at: datetime) -> None:
    """Other limits for one account, within the ceilings. Raises NotAllowed, NotFound, Refused (E-LIMIT) with the field."""
    most = ceilings()
    for said, field, value, ceiling in (
        ("Mức mỗi phút", "phut", limits.minute, most.minute),
        ("Mức mỗi ngày", "ngay", limits.day, most.day),
        ("Số lượt không đúng người", "khong-dung", limits.misses, most.misses),
    ):
        if not 1 <= value <= ceiling:
            raise Refused(
                f"{said}: hãy nhập từ 1 đến {_dotted(ceiling)}, mức trần do BHXH Việt Nam đặt.",
                code="E-LIMIT",
                field=field,
            )
    hospitals.set_limits(machine_id, limits, by=by, at=at)


def _need_centre(by: Actor) -> None:
    if not by.may(Permission.LOOKUP_LIMIT_SET) or not by.everywhere:
        raise NotAllowed("Chỉ BHXH Việt Nam đặt mức giới hạn chung.", code="LOOKUP_LIMIT_SET")


def _put(values: Mapping[str, int], note: str, *, by: Actor, at: datetime) -> int:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(values)])
        before = dict(cursor.fetchall())
        changed = {name: value for name, value in values.items() if before[name] != value}
        for name, value in sorted(changed.items()):
            cursor.execute(_SET, [value, note, by.label, name, value])
            detail = {"name": name, "from": before[name], "to": value}
            trail.record(by, "lookup_limit.set", at=at, detail=detail)
    return len(changed)


def _said(note: str) -> str:
    said = stored_form(note)[:_LONGEST_NOTE]
    if len(said) < _SHORTEST_NOTE:
        raise Refused("Hãy ghi lý do thay đổi (ít nhất 10 ký tự).", code="E-NOTE", field="ghi-chu")
    return said


def _dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")

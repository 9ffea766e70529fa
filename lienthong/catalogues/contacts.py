"""The directory of task forces (danh bạ tổ công tác, letter 5052 §2, 3): whom a hospital or a citizen calls in a province.

A help line is one duty of one province on some days, checked when somebody last said that it is right. `contacts_desk`
changes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound

PATIENCE = timedelta(days=90)
"""How long an entry counts as checked."""
_PUBLIC = "SELECT * FROM catalogues_public_contacts(%s)"
_OF_FACILITY = "SELECT * FROM catalogues_help_line(%s, %s)"
_ENTRIES = """
    SELECT id, province_code, duty, full_name, is_name_public, phone, email, office, lower(valid) AS valid_from,
           upper(valid) - 1 AS valid_to, entered_at, entered_by, withdrawn_at, checked_on, checked_by
    FROM catalogues_helpline WHERE province_code = %s
    ORDER BY array_position('{hotline,lead,card_desk,it,review}'::text[], duty), lower(valid) DESC, id DESC
"""
_STANDINGS = """
    SELECT province.code AS province_code, province.name AS province_name,
           ARRAY(SELECT line.duty FROM catalogues_helpline AS line
                 WHERE line.province_code = province.code AND line.valid @> %(on)s::date
                   AND line.withdrawn_at IS NULL) AS duties,
           (SELECT min(line.checked_on) FROM catalogues_helpline AS line
            WHERE line.province_code = province.code AND line.valid @> %(on)s::date
              AND line.withdrawn_at IS NULL) AS checked_on
    FROM catalogues_division AS province
    WHERE province.level = 'province' AND province.valid @> %(on)s::date
      AND (%(province_code)s = '' OR province.code = %(province_code)s)
    ORDER BY province.code
"""

_OF_DAY = """
    SELECT province.code AS province_code, province.name AS province_name, coalesce(line.duty, '') AS duty,
           coalesce(line.full_name, '') AS full_name, coalesce(line.phone, '') AS phone,
           coalesce(line.email, '') AS email, coalesce(line.office, '') AS office, line.checked_on
    FROM catalogues_division AS province
    LEFT JOIN catalogues_helpline AS line
        ON line.province_code = province.code AND line.valid @> %(on)s::date AND line.withdrawn_at IS NULL
    WHERE province.level = 'province' AND province.valid @> %(on)s::date
    ORDER BY province.code, array_position('{hotline,lead,card_desk,it,review}'::text[], line.duty)
"""


class Duty(StrEnum):
    """What a help line answers for: the members that letter 5052 §2 names, and the number that everybody may call."""

    HOTLINE = "hotline"
    LEAD = "lead"
    CARD_DESK = "card_desk"
    IT = "it"
    REVIEW = "review"


DUTIES_VI = {
    Duty.HOTLINE: "Đường dây nóng",
    Duty.LEAD: "Tổ trưởng (phòng Thu)",
    Duty.CARD_DESK: "Sổ, thẻ",
    Duty.IT: "Công nghệ thông tin",
    Duty.REVIEW: "Giám định BHYT",
}
"""What each is called."""


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One duty as it is told to a hospital, or to everybody; an empty name was not published."""

    duty: Duty
    full_name: str
    phone: str
    email: str
    office: str
    checked_on: date

    @property
    def duty_vi(self) -> str:
        """What it is called."""
        return DUTIES_VI[self.duty]

    def is_stale(self, day: date) -> bool:
        """True when nobody has looked at it for `PATIENCE`."""
        return self.checked_on < day - PATIENCE


@dataclass(frozen=True, slots=True)
class ProvinceHelp:
    """A province and its task force of the day, the hotline first; no lines where nothing is published."""

    province_code: str
    province_name: str
    lines: tuple[HelpLine, ...]

    @property
    def checked_on(self) -> date | None:
        """The day since which all of it counts as right: that of the line that was checked longest ago."""
        return min((it.checked_on for it in self.lines), default=None)

    def is_stale(self, day: date) -> bool:
        """True when a line of it was not looked at for `PATIENCE`."""
        return any(it.is_stale(day) for it in self.lines)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as officers see it; `valid_to` is the last day, None when open. `withdrawn_at`: it never counted."""

    id: int
    province_code: str
    duty: Duty
    full_name: str
    is_name_public: bool
    phone: str
    email: str
    office: str
    valid_from: date
    valid_to: date | None
    entered_at: datetime
    entered_by: str
    withdrawn_at: datetime | None
    checked_on: date
    checked_by: str

    @property
    def duty_vi(self) -> str:
        """What it is called."""
        return DUTIES_VI[self.duty]

    def stands_on(self, day: date) -> bool:
        """True when it is what is told on the day."""
        is_over = self.valid_to is not None and self.valid_to < day
        return self.withdrawn_at is None and self.valid_from <= day and not is_over

    def is_to_come(self, day: date) -> bool:
        """True when it begins after the day."""
        return self.withdrawn_at is None and self.valid_from > day

    def is_stale(self, day: date) -> bool:
        """True when nobody has looked at it for `PATIENCE`."""
        return self.checked_on < day - PATIENCE


@dataclass(frozen=True, slots=True)
class Standing:
    """How a province's directory stands on a day: what is missing, and the oldest check of what is there."""

    province_code: str
    province_name: str
    missing: tuple[Duty, ...]
    checked_on: date | None
    is_old: bool

    @property
    def is_stale(self) -> bool:
        """True when something is missing or was not checked for `PATIENCE`."""
        return self.is_old or bool(self.missing)

    @property
    def missing_vi(self) -> str:
        """What is missing, in words."""
        return ", ".join(DUTIES_VI[it] for it in self.missing)


# ---------------------------------------------------------------- what is told


def public_contacts(on: date) -> list[ProvinceHelp]:
    """Every province of the day with its hotline, office and work phones; names only where they are public.

    Whoever is asked: needs no session. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PUBLIC, [on])
        return _helps(_told(cursor))


def contacts_of_facility(code: str, on: date) -> ProvinceHelp | None:
    """Whom a health facility calls: the task force of its province, names included.

    A code that is not in the list counts by its first two digits. None for a province that is not known. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_FACILITY, [code, on])
        return next(iter(_helps(_told(cursor))), None)


def _told(cursor: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a cursor of the connection
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _helps(rows: Iterable[dict[str, Any]]) -> list[ProvinceHelp]:
    found = []
    for (code, name), told in groupby(
        rows, key=lambda it: (it["province_code"], it["province_name"])
    ):
        lines = tuple(
            HelpLine(
                Duty(it["duty"]),
                it["full_name"],
                it["phone"],
                it["email"],
                it["office"],
                it["checked_on"],
            )
            for it in told
            if it["duty"]
        )
        found.append(ProvinceHelp(code, name, lines))
    return found


# ---------------------------------------------------------------- what officers see


def of_day(by: Actor, *, on: date) -> list[tuple[str, str, str, str, str, str, str, date | None]]:
    """The whole directory of a day, for the portal of the agency. One statement.

    Code and name of the province, duty, name, phone, e-mail, office, and when it was last checked; a province that has
    published nothing has one row without a duty.
    """
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, {"on": on})
        return list(cursor.fetchall())


def directory(by: Actor, *, on: date) -> list[Standing]:
    """How every province's directory stands on the day, by code. One statement."""
    return _standings(by, "", on)


def standing_of(by: Actor, province_code: str, *, on: date) -> Standing:
    """How one province's directory stands. Raises NotFound for a province that does not stand on the day."""
    found = _standings(by, province_code, on) if province_code else []
    if not found:
        raise NotFound("Không có tỉnh, thành phố này.", field="tinh")
    return found[0]


def stale(by: Actor, *, on: date) -> list[Standing]:
    """The provinces in which something is missing or was not checked for 90 days, the longest unchecked first."""
    found = [it for it in directory(by, on=on) if it.is_stale]
    return sorted(found, key=lambda it: (it.checked_on or date.min, it.province_code))


def entries(by: Actor, province_code: str) -> list[EntryLine]:
    """Everything ever entered for a province, by duty, the latest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [province_code])
        return [replace(it, duty=Duty(it.duty)) for it in rows_as(EntryLine, cursor)]


def _standings(by: Actor, province_code: str, on: date) -> list[Standing]:
    del by
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, {"on": on, "province_code": province_code})
        return [
            Standing(
                code,
                name,
                tuple(it for it in Duty if it not in duties),
                checked_on,
                is_old=checked_on is not None and checked_on < on - PATIENCE,
            )
            for code, name, duties, checked_on in cursor.fetchall()
        ]

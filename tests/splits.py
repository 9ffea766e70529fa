"""A commune divided between two others, with dossiers that wait for a choice: made by the real import and the real merge."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.dates import VIETNAM
from tests import births, mergers

OLD, NEW, OTHER, FAR = "00004", "00008", "00025", "00070"
"""Phường Ba Đình, divided; Phường Ngọc Hà and the third, its heirs; one that has nothing to do with it."""
UNITS = {OLD: "TE01001", NEW: "TE01002", OTHER: "TE01003", FAR: "TE01004"}
CENTRE = Actor(
    "trung-uong", ActorKind.OFFICER, permissions_of(Role.CENTRE), 9, role="centre", everywhere=True
)
TO_5 = "Số 1 ngõ 2, tổ 5"
NAMES = ("AN", "BÌNH", "CHI", "DUNG", "GIANG", "HÀ")
BEFORE = births.AT
DAY = date(2026, 12, 1)
ON_DAY = datetime(2026, 12, 1, 8, 0, tzinfo=VIETNAM)


def country(*, without: Sequence[str] = ()) -> None:
    """Each commune with its unit, but those named."""
    for commune, unit in UNITS.items():
        births.facility(f"01{commune[-3:]}", commune)
        if commune not in without:
            births.declare(unit, commune)


def divide(*, at: datetime = ON_DAY, day: date = DAY) -> None:
    """The act, entered, confirmed and cut over."""
    mergers.apply([(OLD, NEW, "part"), (OLD, OTHER, "part")], day, at=at)


def waiting(*addresses: str, at: datetime = BEFORE) -> list[str]:
    """Dossiers of the old commune before it is divided, one an address; the message ids."""
    return [
        mergers.bring(
            number, "CREATED", commune=OLD, at=at, address=address, nksHoTen=f"NGUYỄN MINH {name}"
        )
        for number, (address, name) in enumerate(zip(addresses, NAMES, strict=False), start=1)
    ]


def later(number: int, address: str, *, at: datetime = ON_DAY, **changes: Any) -> str:
    """A child registered there before, whose message comes only now; the message id."""
    told = {
        "ndkksMaXa": OLD,
        "nksNoiCuTru": {"maTinh": "01", "maXa": OLD, "dcChiTiet": address},
    }
    content = births.message(number, **(told | changes))
    births.send(content, at=at)
    births.run(at)
    return str(content["message_id"])


def split_of(message_id: str, columns: str = "id") -> Any:
    """Columns of the last split of the dossier."""
    statement = (
        f"SELECT {columns} FROM dossiers_split AS split"  # noqa: S608  columns named by a test
        " WHERE dossier_id = (SELECT id FROM dossiers_dossier WHERE message_id = %s) ORDER BY id DESC LIMIT 1"
    )
    (row,) = births.rows(statement, message_id)
    return row[0] if len(row) == 1 else row


def one_day_later(at: datetime = ON_DAY) -> datetime:
    """The morning after."""
    return at + timedelta(days=1)

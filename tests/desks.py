"""Officers of every desk for the tests of work: two at the card desk, a head, a director, and one of another province."""

from datetime import datetime

from lienthong.accounts import actions as accounts
from lienthong.accounts import jurisdiction
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM
from tests.births import AT, system

_PASSWORD = "mot cau that dai de nho 2026"
_OFFICERS = (
    ("so-the-01", "Nguyễn Thị Hồng", "003087000013", "card_desk", "01", ""),
    ("so-the-02", "Phan Văn Hai", "003087000023", "card_desk", "01", ""),
    ("don-vi-01", "Đỗ Văn Xã", "003087000015", "card_desk", "01", "TE01001"),
    ("truong-so-the-01", "Hoàng Thị Trưởng", "003087000018", "head", "01", ""),
    ("tinh-01", "Phạm Thị Bích", "003087000011", "province", "01", ""),
    ("tiep-nhan-01", "Vũ Thị Nhận", "003087000016", "reception", "01", ""),
    ("thu-01", "Trần Thị Thu", "003087000012", "collection", "01", ""),
    ("so-the-24", "Hoàng Văn Bắc", "003087000014", "card_desk", "24", ""),
    ("trung-uong", "Lê Văn Trung", "003087000010", "centre", "", ""),
)
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=VIETNAM)
HOLIDAY = datetime(2026, 11, 24, 7, 30, tzinfo=VIETNAM)
WEDNESDAY = datetime(2026, 11, 25, 7, 30, tzinfo=VIETNAM)
THURSDAY = datetime(2026, 11, 26, 7, 30, tzinfo=VIETNAM)


def staff() -> None:
    """Make the accounts; the units are those of `births.small_country`."""
    for username, full_name, personal_id, role, province, unit in _OFFICERS:
        new = accounts.NewOfficer(username, full_name, personal_id, role, province, unit)
        accounts.create_officer(new, _PASSWORD, by=system(), at=AT)


def officer(username: str) -> Actor:
    """The officer, as the console would have him."""
    return jurisdiction.actor_of(username)

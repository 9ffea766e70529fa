"""Notices for tests: an officer, a family with addresses, and something to tell about them."""

from datetime import datetime
from typing import Any

from django.db import connection

from lienthong.accounts import actions as accounts
from lienthong.accounts.actions import NewOfficer
from lienthong.database import outbox
from lienthong.database.outbox import Letter
from lienthong.notices import actions
from lienthong.notices.actions import News
from lienthong.notices.kinds import KINDS
from tests.births import AT
from tests.officers import PASSWORD, SYSTEM

CHILD = ("person", 7)
"""A subject that no table needs to hold: notices stand below persons."""
ORDINARY = {
    "child": "NGUYỄN MINH AN",
    "card": "TE101******6789",
    "unit": "BHXH cơ sở Ba Đình",
    "reason": "Bộ Tư pháp hủy đăng ký khai sinh",
    "dossier": "HS-2026-000123",
    "count": "12",
    "rules": "OP-03",
    "facility": "Bệnh viện đa khoa mẫu",
    "code": "01013",
    "day": "20/11/2026",
    "province": "Thành phố Hà Nội",
    "planned": "20/11/2026",
    "days": "30",
    "number": "680/BHXH-CNTT",
    "subject": "V/v đôn đốc cấp thẻ BHYT",
    "topic": "Duyệt, in, trả thẻ",
    "place": "Thành phố Hà Nội",
    "level": "BHXH tỉnh",
}
_DAYS = ("on", "until", "valid_from", "valid_to", "last")
_CONTACT = """
    INSERT INTO notices_contact (subject_kind, subject_id, channel, address, name, wants_optional, source, since, entered_by)
    VALUES (%s, %s, %s, %s, %s, %s, 'officer', %s, 'officer:thử') RETURNING id
"""


def words(kind: str, **changed: str) -> dict[str, str]:
    """Ordinary words for a kind."""
    known = ORDINARY | dict.fromkeys(_DAYS, "20/11/2026") | changed
    return {name: known[name] for name in KINDS[kind].words}


def news(
    kind: str = "CARD_REVOKED",
    key: str = "card:1",
    *,
    officers: tuple[int, ...] = (),
    area: int = 0,
) -> News:
    """Something to tell the child's family, or officers."""
    return News(kind, key, CHILD, area, words(kind), officers)


def tell(*each: News, at: datetime = AT) -> int:
    """Tell it as the system."""
    return actions.tell(each, by=SYSTEM, at=at)


def reach(
    address: str,
    *,
    wants_optional: bool = False,
    subject: tuple[str, int] = CHILD,
    name: str = "Trần Thị Bình",
) -> int:
    """An address of the family, or of an officer."""
    channel = "email" if "@" in address else "sms"
    with connection.cursor() as cursor:
        cursor.execute(_CONTACT, [*subject, channel, address, name, wants_optional, AT])
        return int(cursor.fetchone()[0])


def officer(username: str = "so-the-01", role: str = "card_desk", unit: str = "") -> int:
    """An officer's account."""
    number = f"00308700{len(username):04}"
    new = NewOfficer(username, "Nguyễn Thị Hồng", number, role, "01", unit)
    return accounts.create_officer(new, PASSWORD, by=SYSTEM, at=AT)


def letters(kind: str = "notice.email") -> list[Letter]:
    """Claim what is due."""
    return outbox.claim(kind, limit=100)


def told() -> list[tuple[Any, ...]]:
    """Kind, recipient and channel of every notice, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, recipient, channel FROM notices_notice ORDER BY id")
        return cursor.fetchall()


def states() -> list[tuple[str, str]]:
    """State and answer of every letter of a notice, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, answer FROM database_outbox WHERE kind LIKE 'notice.%%' ORDER BY id"
        )
        return cursor.fetchall()

"""The demo's directory of task forces: every province but one, one of them unchecked for months. Fictional people only.

The telephone numbers lie in a range that is nobody's.
"""

from datetime import datetime, timedelta

from lienthong.accounts import jurisdiction
from lienthong.births import enrolment
from lienthong.catalogues import contacts, contacts_desk, queries
from lienthong.catalogues.contacts import DUTIES_VI, Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.kernel.dates import vietnam_date
from lienthong.simulation.geography import CAPITAL

STALE, MISSING = "04", "96"
"""Cao Bằng, which nobody has looked at for four months, and Cà Mau, which has published nothing."""
_EDITOR = "tinh-01"
_STALE_DAYS, _MOST_DAYS = 120, 75
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đỗ")
_MIDDLE = ("Văn", "Thị", "Minh", "Thu", "Đức")
_GIVEN = {
    Duty.LEAD: "Trưởng",
    Duty.CARD_DESK: "Thẻ",
    Duty.IT: "Mạng",
    Duty.REVIEW: "Định",
}


def publish(*, at: datetime) -> int:
    """Publish the directory once; how many provinces are in it."""
    by = enrolment.system()
    on = vietnam_date(at)
    provinces = [it.code for it in queries.provinces(by, on=on)]
    known = {it.province_code for it in contacts.directory(by, on=on) if it.checked_on}
    for number, code in enumerate(provinces):
        if code == MISSING or code in known:
            continue
        days = _STALE_DAYS if code == STALE else number * 7 % _MOST_DAYS
        editor = jurisdiction.actor_of(_EDITOR) if code == CAPITAL else by
        entered_at = at - timedelta(days=days)
        for entry in _entries(code, number):
            first = vietnam_date(entered_at)
            contacts_desk.put(code, entry, first, seen=0, by=editor, at=entered_at)
    return len(provinces) - 1


def _entries(code: str, number: int) -> list[Entry]:
    lines = [
        Entry(
            Duty.HOTLINE,
            f"0900000{number * 5 % 1000:03}",
            email=f"bhyt@bhxh-{code}.example",
            office=f"Số {number + 1} phố Mẫu",
        )
    ]
    for place, duty in enumerate(it for it in DUTIES_VI if it is not Duty.HOTLINE):
        name = " ".join(
            (
                _SURNAMES[(number + place) % len(_SURNAMES)],
                _MIDDLE[(number * 3 + place) % len(_MIDDLE)],
                _GIVEN[duty],
            )
        )
        phone = f"0900000{(number * 5 + place + 1) % 1000:03}"
        email = f"{duty.replace('_', '-')}@bhxh-{code}.example"
        lines.append(Entry(duty, phone, name, email, is_name_public=duty is Duty.LEAD))
    return lines

"""Newborns as a hospital knows them, and their temporary codes, asked with the rights of the gateway."""

from datetime import date, datetime
from typing import Any

from lienthong.accounts.permissions import every_permission
from lienthong.cards import temporary, temporary_links
from lienthong.cards.lookup import Asker
from lienthong.cards.temporary import Given, Newborn
from lienthong.kernel.actor import system_actor
from tests.births import AT, column, rows
from tests.hospitals import NAME, STAFF, TOMORROW
from tests.officers import become

MOTHER, MOTHER_ID, BORN = "TRẦN THỊ BÌNH", "003196000456", date(2026, 11, 12)
NOTICE = "01013.GCS.00001.26"
ASKER = Asker(NAME, TOMORROW, STAFF[1], STAFF[0])


def newborn(**changes: Any) -> Newborn:
    """The newborn of the message of `tests.births`, as the hospital knows it before it has a name."""
    facts: dict[str, Any] = {
        "born_on": BORN,
        "sex": "male",
        "carer_relation": "mother",
        "carer_name": MOTHER,
        "mother_personal_id": MOTHER_ID,
        "province_code": "01",
        "admitted_on": BORN,
    }
    return Newborn(**facts | changes)


def give(child: Newborn | None = None, *, asker: Asker = ASKER, at: datetime = AT) -> Given:
    """Asked with the rights of the gateway."""
    become("lienthong_gateway")
    try:
        return temporary.give(asker, child or newborn(), at=at)
    finally:
        become("lienthong_worker")


def code_of(child: Newborn | None = None) -> str:
    """The code, which must be there."""
    given = give(child)
    assert given.verdict == "", given
    return str(given.code)


def link(at: datetime = AT) -> int:
    """The system's step."""
    return temporary_links.link_codes(by=system_actor(every_permission()), at=at)


def linked(code: str) -> tuple[Any, ...]:
    """(person, by what) of a code."""
    return rows("SELECT person_id, link_reason FROM cards_temporarycode WHERE code = %s", code)[0]


def open_doubts() -> list[int]:
    """The tasks that wait for an officer."""
    return column(
        "SELECT id FROM dossiers_task WHERE kind = 'T-TEMPORARY-CODE' AND closed_at IS NULL ORDER BY id"
    )

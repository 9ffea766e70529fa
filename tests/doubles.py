"""One child registered twice, for tests of merging; and the officers who decide about it, with the rights of pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from lienthong.accounts import sessions
from lienthong.accounts.jurisdiction import scope_of
from lienthong.births import merging
from lienthong.births.merging import Merger
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.persons import pairs
from lienthong.persons.pairs import Suspected
from tests.births import AT, NGOC_HA, column, message, run, send, system
from tests.declared import officer
from tests.officers import become

LATER = AT + timedelta(days=3)
"""When the officers decide: a Monday."""
NOTE = "Gia đình xuất trình giấy khai sinh gốc: một trẻ đăng ký hai lần."


def at_desk(username: str, role: str, province: str = "01", unit: str = "") -> Actor:
    """The officer, made when he is not there yet, signed in anew."""
    found = column("SELECT id FROM accounts_officer WHERE username = %s", username)
    if not found:
        return officer(username, role, province, unit)
    scope = scope_of(role, province_code=province, unit_code=unit)
    with as_page():
        by = sessions.resume(sessions.open_session(found[0], scope))
    assert by is not None
    return by


def reviewer() -> Actor:
    """An officer of Thu of Hà Nội, who proposes."""
    return at_desk("thu-ra-soat", "collection")


def head() -> Actor:
    """The head of Sổ - Thẻ of Hà Nội, who confirms and undoes."""
    return at_desk("truong-ra-soat", "head")


@contextmanager
def as_page() -> Iterator[None]:
    """With the rights of a page."""
    become("lienthong_web")
    try:
        yield
    finally:
        become("lienthong_worker")


@contextmanager
def as_page_of(by: Actor) -> Iterator[None]:
    """With the rights of a page that the officer opened."""
    with acting(by, at=LATER), as_page():
        yield


def registered(number: int, **changes: Any) -> int:
    """A child registered now, in Ngọc Hà unless told otherwise; the person's id."""
    facts = {"ndkksMaXa": NGOC_HA, "soDinhDanh": f"003226{number:06}"} | changes
    send(message(number, **facts))
    run()
    return int(column("SELECT max(id) FROM persons_person")[0])


def number_of(person: int) -> str:
    """The number that the ledger gave a person."""
    return str(column("SELECT number FROM persons_number WHERE person_id = %s", person)[0])


def suspected(one: int, other: int, **more: Any) -> int:
    """A pair opened by the system; its id."""
    row = Suspected(
        one, other, more.pop("origin", "register"), more.pop("probability", 0.9), **more
    )
    assert pairs.open_pairs([row], by=system(), at=AT) == 1
    return int(column("SELECT max(id) FROM persons_pair")[0])


def told(one: int, other: int, **more: Any) -> Merger:
    """Two are one, by the family's papers."""
    return Merger(one, other, more.pop("basis", "FAMILY_PAPERS"), more.pop("note", NOTE), **more)


def merged(one: int, other: int, *, at: datetime = LATER, **more: Any) -> int:
    """Two persons merged by two officers; the merger's id."""
    asking, confirming = reviewer(), head()
    with as_page():
        found = merging.propose(told(one, other, **more), by=asking, at=at)
        if not found.is_done:
            merging.confirm(found.merge_id, by=confirming, at=at)
    return found.merge_id


def undone(merge_id: int, *, at: datetime = LATER) -> None:
    """A merger undone by the head."""
    by = head()
    with as_page():
        merging.undo(merge_id, "Gộp nhầm hai trẻ sinh đôi.", by=by, at=at)

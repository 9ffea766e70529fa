"""Officers at the desk for hospitals' accounts, with the rights of pages: of Hà Nội, of Huế, of the centre."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import Error, connection, transaction

from lienthong.accounts import hospitals, hospitals_shown
from lienthong.accounts.hospitals_shown import HospitalFilter
from lienthong.cards.lookup import Asker, Verdict
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import LienthongError
from tests.births import AT, ON, facility
from tests.declared import officer
from tests.hospitals import TOMORROW, answers, call
from tests.officers import become

NOTE = "Đã gọi điện xác minh với cơ sở."
REFUSED = "42501"


def of_hanoi() -> Actor:
    """An officer of Hà Nội, at his page; the catalogue knows a hospital there and one in Huế."""
    facility("01013", "00004")
    facility("46005", "19774", province="46")
    by = officer("tinh-thu", "province", "01")
    become("lienthong_web")
    return by


def elsewhere() -> Actor:
    """An officer of Huế."""
    become("lienthong_worker")
    by = officer("tinh-hue", "province", "46")
    become("lienthong_web")
    return by


def centre_officer() -> Actor:
    """An officer of the centre."""
    become("lienthong_worker")
    by = officer("trung-uong-thu", "centre", "")
    become("lienthong_web")
    return by


def opened(by: Actor, code: str = "01013") -> int:
    """The id of an account that he opened."""
    return hospitals.open_account(code, "", by=by, at=AT).machine_id


def refused_to(by: Actor, deed: Callable[[], object]) -> str:
    """The code, or the kind of the error that the deed ends in, on a page of that officer."""
    with pytest.raises(LienthongError) as caught:
        with acting(by, at=AT):
            deed()
    return caught.value.code or type(caught.value).__name__


def shown(by: Actor, machine_id: int) -> hospitals_shown.Hospital:
    """The account on a page of that officer."""
    with acting(by, at=AT):
        return hospitals_shown.hospital(by, machine_id)


def listed(by: Actor) -> list[str]:
    """The names in his list."""
    with acting(by, at=AT):
        return [it.name for it in hospitals_shown.hospitals(by, wanted=HospitalFilter())]


def said_by_database(by: Actor, statement: str, *arguments: object) -> int | str:
    """What bare SQL with the rights of a page and that session comes to: rows, or the error's state."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lienthong.token', %s, true)", [by.token])
            cursor.execute(statement, arguments)
            return cursor.rowcount
    except Error as error:
        return error.__cause__.sqlstate  # type: ignore[union-attr]


def verdict(account: str = "01013_BV", code: str = "0000000000", name: str = "AN") -> Verdict:
    """What a call of the hospital comes to."""
    become("lienthong_worker")
    asked = call(code, name, date(2024, 1, 1), on=ON, asker=Asker(account, TOMORROW))
    said = answers(asked)[0].verdict
    become("lienthong_web")
    return said

"""Declarations for tests: units, places, and officers with a session; the day is that of `tests.births`."""

from collections.abc import Callable
from datetime import date

import pytest

from lienthong.accounts import actions as accounts
from lienthong.accounts import sessions
from lienthong.accounts.jurisdiction import scope_of
from lienthong.catalogues import declaring, queries
from lienthong.catalogues.unit_file import UnitFacts, WorkplaceFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import LienthongError
from tests.births import AT
from tests.officers import PASSWORD, SYSTEM, become

REFORM = date(2025, 7, 1)
BA_DINH, NGOC_HA, HUE, HUE_TOO = "00004", "00008", "19774", "19777"


def unit(code: str, province: str = "01") -> None:
    """A card unit of the province."""
    facts = UnitFacts(code, f"Đơn vị {code}", "0101", province)
    declaring.create_unit(facts, by=SYSTEM, at=AT)


def place(
    unit: str,
    commune: str = BA_DINH,
    first: date = REFORM,
    last: date | None = None,
    *,
    province: str = "01",
    district: str = "",
) -> WorkplaceFacts:
    """A declaration as one would write it."""
    valid = DateRange(first) if last is None else DateRange.closed(first, last)
    return WorkplaceFacts(unit, province, district, commune, valid)


def declare(facts: WorkplaceFacts, by: Actor = SYSTEM) -> int:
    """Declare it; the key."""
    return declaring.declare(facts, by=by, at=AT)


def told(commune: str = BA_DINH) -> list[tuple[str, date, date | None]]:
    """The declarations of a commune: unit, first and last day."""
    found = queries.declarations(SYSTEM, place_code=commune)
    return [(it.unit_code, it.valid_from, it.valid_to) for it in found]


def refusal(deed: Callable[[], object]) -> str:
    """The code of the error that the deed ends in, once its sentence is one."""
    with pytest.raises(LienthongError) as caught:
        deed()
    assert caught.value.message_vi.endswith(".")
    return caught.value.code


def officer(username: str, role: str, province: str, unit_code: str = "") -> Actor:
    """An officer, signed in."""
    number = f"0030870{len(username):05}"
    new = accounts.NewOfficer(username, "Người Thử", number, role, province, unit_code)
    officer_id = accounts.create_officer(new, PASSWORD, by=SYSTEM, at=AT)
    scope = scope_of(role, province_code=province, unit_code=unit_code)
    become("lienthong_web")
    by = sessions.resume(sessions.open_session(officer_id, scope))
    become("lienthong_worker")
    assert by is not None
    return by

"""Collection agents for tests: an agency of the unit of Ba Đình, and one of its people with a session."""

from lienthong.accounts import actions as accounts
from lienthong.accounts import agencies, sessions
from lienthong.accounts.jurisdiction import scope_of
from lienthong.kernel.actor import Actor
from tests.births import AT, BA_DINH
from tests.officers import PASSWORD, SYSTEM, become


def agency(
    code: str = "BD-BADINH", unit: str = "TE01001", communes: tuple[str, ...] = (BA_DINH,)
) -> int:
    """An agency that works in these communes; its key."""
    made = agencies.open_agency(code, f"Bưu điện {code}", unit, by=SYSTEM, at=AT)
    for commune in communes:
        agencies.add_commune(made, commune, by=SYSTEM, at=AT)
    return made


def agent_account(agency_id: int, username: str = "dai-ly-01", unit: str = "TE01001") -> int:
    """An account of the agency; the officer's id."""
    new = accounts.NewOfficer(
        username, f"Nhân viên {username}", "003190000077", "agent", unit[2:4], unit, agency_id
    )
    return accounts.create_officer(new, PASSWORD, by=SYSTEM, at=AT)


def agent(agency_id: int, username: str = "dai-ly-01", unit: str = "TE01001") -> Actor:
    """One of the agency's people, signed in."""
    officer = agent_account(agency_id, username, unit)
    scope = scope_of("agent", province_code=unit[2:4], unit_code=unit)
    assert (scope.everywhere, scope.areas, scope.provinces) == (False, (), ())
    become("lienthong_web")
    actor = sessions.resume(sessions.open_session(officer, scope, browser="thử nghiệm"))
    become("lienthong_worker")
    assert actor is not None
    return actor

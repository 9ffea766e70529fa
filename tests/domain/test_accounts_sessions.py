"""Sessions: the web role cannot forge one, nothing is seen without one, and rights end at the next request."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg.errors
import pytest
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, transaction

from lienthong.accounts import (
    actions,
    sessions,
    signin,
)
from lienthong.accounts.actions import NewOfficer
from lienthong.accounts.signin import Attempt, Door
from lienthong.kernel.errors import NotAllowed
from tests import officers

HERE = Door(device="may-quen", address="10.0.0.1", browser="thử")
ELSEWHERE = Door(device="may-la", address="10.9.9.9", browser="thử")


@pytest.fixture
def at(db: None) -> datetime:
    return settings.CLOCK()


@pytest.fixture
def officer(at: datetime) -> int:
    return actions.create_officer(officers.HONG, officers.PASSWORD, by=officers.SYSTEM, at=at)


@pytest.fixture
def as_page(officer: int) -> Iterator[None]:
    """From here with the rights of the pages."""
    officers.become("lienthong_web")
    yield
    officers.become("lienthong_worker")


def _sign_in(door: Door = HERE, password: str = officers.PASSWORD, code: str = "") -> str:
    return signin.sign_in(Attempt("so-the-01", password, code), door, at=settings.CLOCK())


@pytest.mark.parametrize("table", ["session", "secret", "credential", "attempt", "device"])
def test_the_web_role_reads_no_table_of_authz(table: str, as_page: None) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        officers.run(f"SELECT * FROM authz.{table}")  # noqa: S608  one of five names


def test_a_session_opens_only_with_a_proof_made_with_the_key(officer: int, as_page: None) -> None:
    forged = [officer, b"\x01" * 32, True, [], [], "", b"\x02" * 32]
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        officers.run(
            "SELECT authz.open_session(%s, %s, %s, %s::integer[], %s::text[], %s, %s)", *forged
        )
    assert isinstance(refused.value.__cause__, psycopg.errors.InvalidAuthorizationSpecification)


def test_a_proof_for_one_scope_does_not_open_a_wider_one(officer: int, as_page: None) -> None:
    token_sha = b"\x03" * 32
    proof = sessions._proof(officer, token_sha, officers.of_provinces("01"))
    with pytest.raises(DatabaseError, match="no proof"), transaction.atomic():
        officers.run(
            "SELECT authz.open_session(%s, %s, true, %s::integer[], %s::text[], '', %s)",
            officer, token_sha, [], ["01"], proof,
        )  # fmt: skip


def test_without_a_token_nobody_sees_anything(as_page: None) -> None:
    assert officers.run("SELECT authz.areas(), authz.everywhere()") == [([], False)]
    officers.run("SELECT set_config('lienthong.token', 'doan-mo', true)")
    assert officers.run("SELECT authz.areas(), authz.everywhere()") == [([], False)]


def test_a_province_s_scope_holds_its_units_of_the_moment_and_its_parked_rows(
    officer: int, as_page: None
) -> None:
    token = sessions.open_session(officer, officers.of_provinces("01"))
    officers.run("SELECT set_config('lienthong.token', %s, true)", token)
    assert officers.run("SELECT authz.areas()") == [([-1],)]
    insert = "INSERT INTO catalogues_unit (code, name, agency_code, province_code) VALUES (%s, 'Đơn vị', '', %s)"
    officers.become("lienthong_worker")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.by', 'system', true)")
        cursor.execute(insert + " RETURNING id", ["TE01001", "01"])
        unit_id = cursor.fetchone()[0]
        cursor.execute(insert, ["TE24001", "24"])
    officers.become("lienthong_web")
    assert officers.run("SELECT authz.areas()") == [([-1, unit_id],)]


def test_a_session_ends_at_sign_out_and_the_token_opens_nothing(
    officer: int, as_page: None
) -> None:
    token = sessions.open_session(officer, officers.of_provinces("01"))
    actor = sessions.resume(token)
    assert actor is not None
    assert (actor.name, actor.province_code, actor.may("CARD_APPROVE")) == ("so-the-01", "01", True)
    assert sessions.close(token)
    assert sessions.resume(token) is None
    assert not sessions.close(token)


@pytest.mark.parametrize(
    ("column", "age"),
    [("last_seen_at", timedelta(minutes=16)), ("expires_at", timedelta(hours=9))],
)
def test_a_session_ends_after_15_idle_minutes_and_after_8_hours(
    column: str, age: timedelta, officer: int, as_page: None
) -> None:
    token = sessions.open_session(officer, officers.of_provinces("01"))
    officers.as_worker(f"UPDATE authz.session SET {column} = {column} - %s", age)  # noqa: S608
    assert sessions.resume(token) is None
    officers.run("SELECT set_config('lienthong.token', %s, true)", token)
    assert officers.run("SELECT authz.areas()") == [([],)]


def test_use_keeps_a_session_alive(officer: int, as_page: None) -> None:
    token = sessions.open_session(officer, officers.of_provinces("01"))
    for _ in range(3):
        officers.as_worker(
            "UPDATE authz.session SET last_seen_at = last_seen_at - interval '14 minutes'"
        )
        assert sessions.resume(token) is not None


def test_an_officer_who_is_deactivated_is_refused_at_the_next_request(
    officer: int, at: datetime, as_page: None
) -> None:
    token = sessions.open_session(officer, officers.of_provinces("01"))
    officers.become("lienthong_worker")
    actions.deactivate(officer, by=officers.SYSTEM, at=at)
    officers.become("lienthong_web")
    assert sessions.resume(token) is None
    with pytest.raises(NotAllowed):
        _sign_in()


def test_an_inactive_officer_s_open_session_opens_nothing(officer: int, as_page: None) -> None:
    token = sessions.open_session(officer, officers.of_provinces("01"))
    officers.as_worker("UPDATE accounts_officer SET is_active = false")
    assert sessions.resume(token) is None
    officers.run("SELECT set_config('lienthong.token', %s, true)", token)
    assert officers.run("SELECT authz.areas()") == [([],)]


def test_a_new_password_ends_every_session(officer: int, at: datetime, as_page: None) -> None:
    token = sessions.open_session(officer, officers.of_provinces("01"))
    officers.become("lienthong_worker")
    actions.set_password(officer, "mot cau khac cung dai 2026", by=officers.SYSTEM, at=at)
    officers.become("lienthong_web")
    assert sessions.resume(token) is None
    assert _sign_in(password="mot cau khac cung dai 2026")


def test_one_s_own_new_password_ends_the_other_sessions_and_keeps_this_one(
    officer: int, at: datetime, as_page: None
) -> None:
    other, this = (
        sessions.open_session(officer, officers.of_provinces("01")),
        sessions.open_session(officer, officers.of_provinces("01")),
    )
    by = sessions.resume(this)
    assert by is not None
    actions.change_own_password("mot cau khac cung dai 2026", by=by, at=at)
    assert sessions.resume(this) is not None
    assert sessions.resume(other) is None


def test_an_officer_ends_his_own_sessions_and_nobody_else_s(
    officer: int, at: datetime, as_page: None
) -> None:
    officers.become("lienthong_worker")
    new = NewOfficer("thu-01", "Trần Thị Thu", "003087000012", "collection", "01")
    other_officer = actions.create_officer(new, officers.PASSWORD, by=officers.SYSTEM, at=at)
    officers.become("lienthong_web")
    mine, foreign = (
        sessions.open_session(officer, officers.of_provinces("01")),
        sessions.open_session(other_officer, officers.of_provinces("01")),
    )
    by, stranger = sessions.resume(mine), sessions.resume(foreign)
    assert by is not None
    assert stranger is not None
    (line,) = sessions.own_sessions(by)
    assert not sessions.close_own(line.id, by=stranger)
    assert sessions.close_own(line.id, by=by)
    assert sessions.resume(mine) is None

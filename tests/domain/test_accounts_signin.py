"""Signing in: one answer for every kind of wrong, delays for the door that fails, codes that count once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
from django.conf import settings

from lienthong.accounts import (
    actions,
    passwords,
    secondfactor,
    sessions,
    signin,
)
from lienthong.accounts.signin import Attempt, Door
from lienthong.kernel.errors import NotAllowed, Refused
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


def test_sign_in_opens_a_session_of_the_officer_s_province_and_is_logged(as_page: None) -> None:
    token = _sign_in()
    by = sessions.resume(token)
    assert by is not None
    assert by.province_code == "01"
    assert len(token) >= 43
    logged = officers.as_worker("SELECT by FROM audit_entry WHERE action = 'sign_in'")
    assert logged == [("officer:so-the-01",)]


def test_everything_wrong_answers_with_the_same_sentence(as_page: None) -> None:
    sentences = set()
    for username, password in (
        ("so-the-01", "sai mat khau"),
        ("khong-co", officers.PASSWORD),
        ("", ""),
    ):
        with pytest.raises(NotAllowed) as refused:
            signin.sign_in(Attempt(username, password), HERE, at=settings.CLOCK())
        sentences.add((refused.value.message_vi, refused.value.code))
    assert len(sentences) == 1
    assert officers.as_worker(
        "SELECT count(*) FROM audit_entry WHERE action = 'sign_in.refused'"
    ) == [(3,)]


def test_an_unknown_name_costs_a_password_check_like_a_known_one(
    as_page: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bool] = []
    check = passwords.check_password
    monkeypatch.setattr(
        passwords, "check_password", lambda *given: checked.append(True) or check(*given)
    )
    for username in ("so-the-01", "khong-co"):
        with pytest.raises(NotAllowed):
            signin.sign_in(Attempt(username, "sai mat khau"), HERE, at=settings.CLOCK())
    assert checked == [True, True]


def test_failures_delay_their_own_door_longer_and_longer_and_no_other(as_page: None) -> None:
    waits = []
    for _ in range(7):
        with pytest.raises(NotAllowed):
            _sign_in(ELSEWHERE, "sai mat khau")
        waits.append(_wait())
        officers.as_owner("UPDATE authz.attempt SET next_allowed_at = clock_timestamp()")
    assert waits == [0, 0, 0, 1, 2, 4, 8]
    officers.as_owner(
        "UPDATE authz.attempt SET next_allowed_at = clock_timestamp() + interval '10 minutes'"
    )
    with pytest.raises(Refused) as refused:
        _sign_in(ELSEWHERE)
    assert refused.value.code == "E-SIGN-IN-WAIT"
    assert _sign_in(HERE)


def test_a_known_browser_is_not_delayed_by_others_at_the_same_address(as_page: None) -> None:
    _sign_in(HERE)
    same_office = Door(device="may-nguoi-khac", address=HERE.address)
    with pytest.raises(NotAllowed):
        _sign_in(same_office, "sai mat khau")
    officers.as_owner(
        "UPDATE authz.attempt SET next_allowed_at = clock_timestamp() + interval '10 minutes'"
    )
    with pytest.raises(Refused):
        _sign_in(same_office)
    assert _sign_in(HERE)


def test_guesses_at_once_are_counted_before_they_are_checked(as_page: None) -> None:
    for _ in range(5):
        officers.run("SELECT * FROM authz.begin_attempt('officer', 'so-the-01', '', '10.9.9.9')")
    wait, account, *_ = officers.run(
        "SELECT * FROM authz.begin_attempt('officer', 'so-the-01', '', '10.9.9.9')"
    )[0]
    assert wait >= 1
    assert account is None


def _wait() -> int:
    """The whole seconds this door must wait now."""
    left = "greatest(0, ceil(extract(epoch FROM next_allowed_at - clock_timestamp())))"
    return int(str(officers.as_owner(f"SELECT {left} FROM authz.attempt")[0][0]))  # noqa: S608


@pytest.fixture
def secret(officer: int, at: datetime) -> str:
    uri = actions.set_second_factor(officer, by=officers.SYSTEM, at=at)
    return str(pyotp.parse_uri(uri).secret)


def test_a_code_opens_once_and_its_repetition_does_not(secret: str, as_page: None) -> None:
    code = pyotp.TOTP(secret).at(settings.CLOCK())
    assert _sign_in(code=code)
    with pytest.raises(NotAllowed):
        _sign_in(code=code)


def test_with_a_second_factor_the_password_alone_opens_nothing(secret: str, as_page: None) -> None:
    for code in ("", "000000", "１２３４５６", "12345"):
        with pytest.raises(NotAllowed):
            _sign_in(Door(device=code, address=f"10.0.1.{len(code)}"), code=code)


def test_production_demands_a_second_factor_of_every_officer(
    officer: int, as_page: None, settings: object
) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed):
        _sign_in()


def test_the_kept_secret_is_not_the_secret_and_a_code_is_good_for_a_neighbouring_step(
    at: datetime,
) -> None:
    secret = secondfactor.new_secret()
    kept = secondfactor.sealed(secret)
    assert secret.encode() not in kept
    assert secondfactor.unsealed(kept) == secret
    with pytest.raises(ValueError, match="another key"):
        secondfactor.unsealed(kept[:-1] + bytes([kept[-1] ^ 1]))
    code = pyotp.TOTP(secret).at(at)
    assert secondfactor.step_of(secret, code, at=at + timedelta(seconds=30)) is not None
    assert secondfactor.step_of(secret, code, at=at + timedelta(seconds=90)) is None


def test_enrolling_needs_a_code_made_with_the_new_secret(
    officer: int, at: datetime, as_page: None
) -> None:
    by = sessions.resume(sessions.open_session(officer, officers.of_provinces("01")))
    assert by is not None
    secret = secondfactor.new_secret()
    with pytest.raises(Refused):
        actions.enrol_own_second_factor(secret, "000000", by=by, at=at)
    assert not signin.has_second_factor(by)
    actions.enrol_own_second_factor(secret, pyotp.TOTP(secret).at(at), by=by, at=at)
    assert signin.has_second_factor(by)

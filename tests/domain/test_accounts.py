"""Accounts: sessions that the web role cannot forge, rights that end at once, sign-in that tells nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg.errors
import pyotp
import pytest
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, transaction

from lienthong.accounts import (
    actions,
    jurisdiction,
    passwords,
    queries,
    secondfactor,
    sessions,
    signin,
)
from lienthong.accounts.actions import NewMachine, NewOfficer
from lienthong.accounts.jurisdiction import Scope
from lienthong.accounts.permissions import every_permission
from lienthong.accounts.signin import Attempt, Door
from lienthong.kernel.actor import Actor, ActorKind, system_actor
from lienthong.kernel.errors import NotAllowed, NotFound, Refused

SYSTEM = system_actor(every_permission())
PASSWORD = "mot cau that dai de nho 2026"
HERE = Door(device="may-quen", address="10.0.0.1", browser="thử")
ELSEWHERE = Door(device="may-la", address="10.9.9.9", browser="thử")


@pytest.fixture
def at(db: None) -> datetime:
    return settings.CLOCK()


@pytest.fixture
def officer(at: datetime) -> int:
    new = NewOfficer("so-the-01", "Nguyễn Thị Hồng", "003087000013", "card_desk", "01")
    return actions.create_officer(new, PASSWORD, by=SYSTEM, at=at)


@pytest.fixture
def as_page(officer: int) -> Iterator[None]:
    """From here with the rights of the pages."""
    _role("lienthong_web")
    yield
    _role("lienthong_worker")


def _role(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            {"lienthong_web": "SET LOCAL ROLE lienthong_web"}.get(
                name, "SET LOCAL ROLE lienthong_worker"
            )
        )


def _run(statement: str, *arguments: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall() if cursor.description else []


def _as_worker(statement: str, *arguments: object) -> list[tuple[object, ...]]:
    _role("lienthong_worker")
    rows = _run(statement, *arguments)
    _role("lienthong_web")
    return rows


def _scope(*provinces: str) -> Scope:
    return Scope(everywhere=False, areas=(), provinces=provinces)


def _sign_in(door: Door = HERE, password: str = PASSWORD, code: str = "") -> str:
    return signin.sign_in(Attempt("so-the-01", password, code), door, at=settings.CLOCK())


# ---------------------------------------------------------------- the web role and schema authz


@pytest.mark.parametrize("table", ["session", "secret", "credential", "attempt", "device"])
def test_the_web_role_reads_no_table_of_authz(table: str, as_page: None) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        _run(f"SELECT * FROM authz.{table}")  # noqa: S608  one of five names


def test_a_session_opens_only_with_a_proof_made_with_the_key(officer: int, as_page: None) -> None:
    forged = [officer, b"\x01" * 32, True, [], [], "", b"\x02" * 32]
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        _run("SELECT authz.open_session(%s, %s, %s, %s::integer[], %s::text[], %s, %s)", *forged)
    assert isinstance(refused.value.__cause__, psycopg.errors.InvalidAuthorizationSpecification)


def test_a_proof_for_one_scope_does_not_open_a_wider_one(officer: int, as_page: None) -> None:
    token_sha = b"\x03" * 32
    proof = sessions._proof(officer, token_sha, _scope("01"))
    with pytest.raises(DatabaseError, match="no proof"), transaction.atomic():
        _run(
            "SELECT authz.open_session(%s, %s, true, %s::integer[], %s::text[], '', %s)",
            officer, token_sha, [], ["01"], proof,
        )  # fmt: skip


def test_without_a_token_nobody_sees_anything(as_page: None) -> None:
    assert _run("SELECT authz.areas(), authz.everywhere()") == [([], False)]
    _run("SELECT set_config('lienthong.token', 'doan-mo', true)")
    assert _run("SELECT authz.areas(), authz.everywhere()") == [([], False)]


def test_a_province_s_scope_holds_its_units_of_the_moment_and_its_parked_rows(
    officer: int, as_page: None
) -> None:
    token = sessions.open_session(officer, _scope("01"))
    _run("SELECT set_config('lienthong.token', %s, true)", token)
    assert _run("SELECT authz.areas()") == [([-1],)]
    insert = "INSERT INTO catalogues_unit (code, name, agency_code, province_code) VALUES (%s, 'Đơn vị', '', %s)"
    _role("lienthong_worker")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.by', 'system', true)")
        cursor.execute(insert + " RETURNING id", ["TE01001", "01"])
        unit_id = cursor.fetchone()[0]
        cursor.execute(insert, ["TE24001", "24"])
    _role("lienthong_web")
    assert _run("SELECT authz.areas()") == [([-1, unit_id],)]


# ---------------------------------------------------------------- the end of rights


def test_a_session_ends_at_sign_out_and_the_token_opens_nothing(
    officer: int, as_page: None
) -> None:
    token = sessions.open_session(officer, _scope("01"))
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
    token = sessions.open_session(officer, _scope("01"))
    _as_worker(f"UPDATE authz.session SET {column} = {column} - %s", age)  # noqa: S608
    assert sessions.resume(token) is None
    _run("SELECT set_config('lienthong.token', %s, true)", token)
    assert _run("SELECT authz.areas()") == [([],)]


def test_use_keeps_a_session_alive(officer: int, as_page: None) -> None:
    token = sessions.open_session(officer, _scope("01"))
    for _ in range(3):
        _as_worker("UPDATE authz.session SET last_seen_at = last_seen_at - interval '14 minutes'")
        assert sessions.resume(token) is not None


def test_an_officer_who_is_deactivated_is_refused_at_the_next_request(
    officer: int, at: datetime, as_page: None
) -> None:
    token = sessions.open_session(officer, _scope("01"))
    _role("lienthong_worker")
    actions.deactivate(officer, by=SYSTEM, at=at)
    _role("lienthong_web")
    assert sessions.resume(token) is None
    with pytest.raises(NotAllowed):
        _sign_in()


def test_an_inactive_officer_s_open_session_opens_nothing(officer: int, as_page: None) -> None:
    token = sessions.open_session(officer, _scope("01"))
    _as_worker("UPDATE accounts_officer SET is_active = false")
    assert sessions.resume(token) is None
    _run("SELECT set_config('lienthong.token', %s, true)", token)
    assert _run("SELECT authz.areas()") == [([],)]


def test_a_new_password_ends_every_session(officer: int, at: datetime, as_page: None) -> None:
    token = sessions.open_session(officer, _scope("01"))
    _role("lienthong_worker")
    actions.set_password(officer, "mot cau khac cung dai 2026", by=SYSTEM, at=at)
    _role("lienthong_web")
    assert sessions.resume(token) is None
    assert _sign_in(password="mot cau khac cung dai 2026")


def test_one_s_own_new_password_ends_the_other_sessions_and_keeps_this_one(
    officer: int, at: datetime, as_page: None
) -> None:
    other, this = (
        sessions.open_session(officer, _scope("01")),
        sessions.open_session(officer, _scope("01")),
    )
    by = sessions.resume(this)
    assert by is not None
    actions.change_own_password("mot cau khac cung dai 2026", by=by, at=at)
    assert sessions.resume(this) is not None
    assert sessions.resume(other) is None


def test_an_officer_ends_his_own_sessions_and_nobody_else_s(
    officer: int, at: datetime, as_page: None
) -> None:
    _role("lienthong_worker")
    new = NewOfficer("thu-01", "Trần Thị Thu", "003087000012", "collection", "01")
    other_officer = actions.create_officer(new, PASSWORD, by=SYSTEM, at=at)
    _role("lienthong_web")
    mine, foreign = (
        sessions.open_session(officer, _scope("01")),
        sessions.open_session(other_officer, _scope("01")),
    )
    by, stranger = sessions.resume(mine), sessions.resume(foreign)
    assert by is not None
    assert stranger is not None
    (line,) = sessions.own_sessions(by)
    assert not sessions.close_own(line.id, by=stranger)
    assert sessions.close_own(line.id, by=by)
    assert sessions.resume(mine) is None


# ---------------------------------------------------------------- signing in


def test_sign_in_opens_a_session_of_the_officer_s_province_and_is_logged(as_page: None) -> None:
    token = _sign_in()
    by = sessions.resume(token)
    assert by is not None
    assert by.province_code == "01"
    assert len(token) >= 43
    logged = _as_worker("SELECT by FROM audit_entry WHERE action = 'sign_in'")
    assert logged == [("officer:so-the-01",)]


def test_everything_wrong_answers_with_the_same_sentence(as_page: None) -> None:
    sentences = set()
    for username, password in (("so-the-01", "sai mat khau"), ("khong-co", PASSWORD), ("", "")):
        with pytest.raises(NotAllowed) as refused:
            signin.sign_in(Attempt(username, password), HERE, at=settings.CLOCK())
        sentences.add((refused.value.message_vi, refused.value.code))
    assert len(sentences) == 1
    assert _as_worker("SELECT count(*) FROM audit_entry WHERE action = 'sign_in.refused'") == [(3,)]


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
        _owner("UPDATE authz.attempt SET next_allowed_at = clock_timestamp()")
    assert waits == [0, 0, 0, 1, 2, 4, 8]
    _owner("UPDATE authz.attempt SET next_allowed_at = clock_timestamp() + interval '10 minutes'")
    with pytest.raises(Refused) as refused:
        _sign_in(ELSEWHERE)
    assert refused.value.code == "E-SIGN-IN-WAIT"
    assert _sign_in(HERE)


def test_a_known_browser_is_not_delayed_by_others_at_the_same_address(as_page: None) -> None:
    _sign_in(HERE)
    same_office = Door(device="may-nguoi-khac", address=HERE.address)
    with pytest.raises(NotAllowed):
        _sign_in(same_office, "sai mat khau")
    _owner("UPDATE authz.attempt SET next_allowed_at = clock_timestamp() + interval '10 minutes'")
    with pytest.raises(Refused):
        _sign_in(same_office)
    assert _sign_in(HERE)


def test_guesses_at_once_are_counted_before_they_are_checked(as_page: None) -> None:
    for _ in range(5):
        _run("SELECT * FROM authz.begin_attempt('officer', 'so-the-01', '', '10.9.9.9')")
    wait, account, *_ = _run(
        "SELECT * FROM authz.begin_attempt('officer', 'so-the-01', '', '10.9.9.9')"
    )[0]
    assert wait >= 1
    assert account is None


def _wait() -> int:
    """The whole seconds this door must wait now."""
    left = "greatest(0, ceil(extract(epoch FROM next_allowed_at - clock_timestamp())))"
    return int(str(_owner_rows(f"SELECT {left} FROM authz.attempt")[0][0]))  # noqa: S608


def _owner(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(statement)
        cursor.execute("SET LOCAL ROLE lienthong_web")


def _owner_rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(statement)
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return rows


# ---------------------------------------------------------------- the second factor


@pytest.fixture
def secret(officer: int, at: datetime) -> str:
    uri = actions.set_second_factor(officer, by=SYSTEM, at=at)
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
    by = sessions.resume(sessions.open_session(officer, _scope("01")))
    assert by is not None
    secret = secondfactor.new_secret()
    with pytest.raises(Refused):
        actions.enrol_own_second_factor(secret, "000000", by=by, at=at)
    assert not signin.has_second_factor(by)
    actions.enrol_own_second_factor(secret, pyotp.TOTP(secret).at(at), by=by, at=at)
    assert signin.has_second_factor(by)


# ---------------------------------------------------------------- passwords, people, areas


@pytest.mark.parametrize(
    "password", ["ngan", "password123", "so-the-01 la toi day", "x" * 257, "qwertyuiop"]
)
def test_a_weak_password_is_refused_with_a_sentence(password: str, at: datetime) -> None:
    with pytest.raises(Refused) as refused:
        passwords.require_good(password, username="so-the-01")
    assert refused.value.message_vi


def test_production_wants_fifteen_characters_and_takes_a_long_sentence(settings: object) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        passwords.require_good("mười bốn ký t1", username="x1")
    passwords.require_good("một câu thật dài và dễ nhớ " * 5, username="x1")


def test_passwords_are_kept_as_argon2id_with_enough_memory() -> None:
    from lienthong.accounts.passwords import Argon2id

    parts = Argon2id().decode(Argon2id().encode("mat khau", "muoi" * 6))
    assert parts["variety"] == "argon2id"
    assert parts["memory_cost"] >= 19 * 1024
    assert parts["time_cost"] >= 2
    assert settings.PASSWORD_HASHERS


def test_two_accounts_of_one_person_have_one_key_and_others_another() -> None:
    assert actions.person_key_of("003087000013") == actions.person_key_of("003087000013") > 0
    assert actions.person_key_of("003087000013") != actions.person_key_of("003087000014")
    with pytest.raises(Refused):
        actions.person_key_of("12345")


@pytest.mark.parametrize(
    ("role", "province", "unit", "expected"),
    [
        ("centre", "", "", Scope(everywhere=True, areas=(), provinces=())),
        ("province", "01", "", Scope(everywhere=False, areas=(), provinces=("01",))),
        ("card_desk", "01", "KHONG-CO", Scope(everywhere=False, areas=(), provinces=())),
        ("administrator", "", "", Scope(everywhere=False, areas=(), provinces=())),
        ("province", "", "", Scope(everywhere=False, areas=(), provinces=())),
    ],
)
def test_scope_follows_unit_then_province_then_role(
    role: str, province: str, unit: str, expected: Scope, at: datetime
) -> None:
    assert jurisdiction.scope_of(role, province_code=province, unit_code=unit) == expected


def test_the_console_acts_as_an_active_officer_only(officer: int, at: datetime) -> None:
    assert jurisdiction.actor_of("so-the-01").account_id == officer
    actions.deactivate(officer, by=SYSTEM, at=at)
    with pytest.raises(NotFound):
        jurisdiction.actor_of("so-the-01")


def test_accounts_are_managed_by_those_who_may_and_shown_to_them_alone(
    officer: int, at: datetime
) -> None:
    by = jurisdiction.actor_of("so-the-01")
    with pytest.raises(NotAllowed):
        actions.deactivate(officer, by=by, at=at)
    with pytest.raises(NotAllowed):
        queries.officers(by)
    assert [line.username for line in queries.officers(SYSTEM)] == ["so-the-01"]
    with pytest.raises(NotFound):
        actions.end_sessions(999_999, by=SYSTEM, at=at)


def test_creating_an_account_again_changes_it_and_makes_no_second(
    officer: int, at: datetime
) -> None:
    new = NewOfficer("So-The-01", "Nguyễn Thị Hồng Vân", "003087000013", "card_desk", "24")
    assert actions.create_officer(new, PASSWORD, by=SYSTEM, at=at) == officer
    assert jurisdiction.actor_of("so-the-01").province_code == "24"


def test_a_sender_s_key_counts_while_it_is_valid_and_its_machine_active(at: datetime) -> None:
    machine = NewMachine("BTP", "Bộ Tư pháp", "ministry", source="BTP")
    machine_id = actions.create_machine(machine, None, by=SYSTEM, at=at)
    actions.accept_key(machine_id, "btp-1", b"\x07" * 32, by=SYSTEM, at=at)
    sender = queries.sender_of_key("btp-1", at=at)
    assert sender is not None
    assert (sender.source, sender.public_key, sender.actor.kind) == (
        "BTP",
        b"\x07" * 32,
        ActorKind.MACHINE,
    )
    assert queries.sender_of_key("btp-1", at=at - timedelta(seconds=1)) is None
    assert queries.sender_of_key("btp-2", at=at) is None
    with pytest.raises(Refused):
        actions.accept_key(machine_id, "btp-1", b"\x08" * 32, by=SYSTEM, at=at)


def test_an_actor_of_the_system_has_no_account() -> None:
    assert isinstance(SYSTEM, Actor)
    with pytest.raises(NotFound):
        queries.own_account(SYSTEM)

"""Tokens of hospitals: what they are made of, who gets one, how long and whence one is good."""

import base64
import re
import string
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienthong.accounts import actions, hospital_signin, hospital_tokens, passwords
from lienthong.accounts.hospital_tokens import Holder, Shown, Token
from lienthong.accounts.permissions import every_permission
from lienthong.kernel.actor import system_actor
from tests import hospitals
from tests.births import AT, column, rows, small_country
from tests.officers import run as run_sql
from tests.web.giamdinh import KCB2024, MD5, NOON, asked, credentials, form, post, take

NAME, PEER = "01929_BV", "127.0.0.1"
SET_AT = datetime(2026, 11, 1, 1, 2, 3, 456789, tzinfo=UTC)
REFUSED = {"maKetQua": "401", "APIKey": None}
database = pytest.mark.django_db


def _token(at: datetime = NOON, peer: str = PEER) -> Token:
    return hospital_tokens.give(NAME, MD5, peer, at=at, password_at=SET_AT)


def _shown(token: Token, **changes: str) -> Shown:
    return replace(Shown(token.access_token, token.id_token, token.username, MD5), **changes)


# ---------------------------------------------------------------- anatomy


def test_a_token_has_the_anatomy_that_programs_know() -> None:
    token = _token(NOON.replace(microsecond=568336))
    assert len(token.access_token) == 96
    assert re.fullmatch("[A-Za-z0-9]+", token.access_token)
    signature, name, ticks = base64.b64decode(token.access_token).decode().split(":")
    assert (len(base64.b64decode(signature)), name, len(ticks)) == (32, NAME, 18)
    assert int(ticks) == 134_396_244_005_683_360
    assert str(uuid.UUID(token.id_token)) == token.id_token
    assert uuid.UUID(token.id_token).version == 4
    assert token.expires_in == "2026-11-20T05:10:00.5683360Z"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(string.ascii_letters + string.digits + "_.-", max_size=30).map(lambda it: f"0{it}"),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1)),
)
def test_any_token_can_be_pasted_into_an_address(name: str, at: datetime) -> None:
    then = at.replace(tzinfo=UTC)
    account = hospital_tokens.account_name(name)
    token = hospital_tokens.give(account, MD5, PEER, at=then, password_at=then)
    assert re.fullmatch("[A-Za-z0-9]+", token.access_token)
    shown = Shown(token.access_token, token.id_token, name, MD5)
    assert hospital_tokens.check(shown, PEER, at=then) == then
    bearer = hospital_tokens.give_bearer(account, PEER, at=then, password_at=then)
    assert re.fullmatch("[A-Za-z0-9]+", bearer.access_token)
    assert hospital_tokens.check_bearer(bearer.access_token, PEER, at=then) == Holder(account, then)


def test_a_token_brings_back_when_the_password_was_set() -> None:
    token = _token()
    assert hospital_tokens.check(_shown(token), PEER, at=NOON) == SET_AT
    shouted = _shown(
        token, password_md5=MD5.upper(), username="01929_bv", id_token=token.id_token.upper()
    )
    assert hospital_tokens.check(shouted, PEER, at=NOON) == SET_AT
    assert hospital_tokens.check(_shown(token), "::ffff:127.0.0.1", at=NOON) == SET_AT
    assert len({_token().id_token for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": ""},
        {"access_token": "None"},
        {"access_token": "undefined"},
        {"access_token": "A" * 96},
        {"access_token": "é" * 96},
        {"id_token": ""},
        {"id_token": "94c720e2-2aec-459c-b427-b16023b0c69f"},
        {"username": "01930_BV"},
        {"username": ""},
        {"password_md5": ""},
        {"password_md5": "0" * 32},
    ],
)
def test_a_token_is_good_only_with_all_that_it_was_given_for(changes: dict[str, str]) -> None:
    assert hospital_tokens.check(_shown(_token(), **changes), PEER, at=NOON) is None


def test_every_letter_of_a_token_counts() -> None:
    token = _token()
    for place in range(len(token.access_token)):
        other = "B" if token.access_token[place] == "A" else "A"
        text = token.access_token[:place] + other + token.access_token[place + 1 :]
        assert hospital_tokens.check(_shown(token, access_token=text), PEER, at=NOON) is None


def test_a_token_ends_after_its_grace_and_holds_at_its_own_address_alone() -> None:
    shown = _shown(_token())
    for minutes, is_good in (
        (-2, False),
        (0, True),
        (10, True),
        (11, True),
        (12, True),
        (13, False),
    ):
        at = NOON + timedelta(minutes=minutes)
        assert (hospital_tokens.check(shown, PEER, at=at) is not None) is is_good, minutes
    for peer in ("127.0.0.2", "", "::1", "no address"):
        assert hospital_tokens.check(shown, peer, at=NOON) is None


def test_how_long_a_token_is_honoured_is_a_setting(settings: Any) -> None:
    settings.HOSPITAL_TOKEN_HONOURED = timedelta(hours=20)
    late = NOON + timedelta(hours=19)
    assert hospital_tokens.check(_shown(_token()), PEER, at=late) == SET_AT


def test_a_bearer_token_stands_alone_and_opens_no_older_door() -> None:
    bearer = hospital_tokens.give_bearer(NAME, PEER, at=NOON, password_at=SET_AT)
    assert hospital_tokens.check_bearer(bearer.access_token, PEER, at=NOON) == Holder(NAME, SET_AT)
    assert hospital_tokens.check(_shown(bearer), PEER, at=NOON) is None
    assert hospital_tokens.check_bearer(_token().access_token, PEER, at=NOON) is None
    late = NOON + timedelta(minutes=13)
    assert hospital_tokens.check_bearer(bearer.access_token, PEER, at=late) is None
    assert hospital_tokens.check_bearer(bearer.access_token, "127.0.0.2", at=NOON) is None
    assert hospital_tokens.check_bearer(bearer.access_token[:-1] + "0", PEER, at=NOON) is None


# ---------------------------------------------------------------- signing in


@pytest.fixture
def account(db: None) -> int:
    small_country()
    hospital_signin._verified._since.clear()
    return hospitals.hospital()


@database
def test_the_answer_of_a_good_sign_in_has_its_keys_in_order(account: int) -> None:
    for body in (
        form(username=NAME, password=MD5),
        form(password=MD5.upper(), UserName=NAME.lower()),
        msgspec.json.encode({"Username": NAME, "passWord": MD5}),
    ):
        raw = post("/api/token/take", body).body
        told = msgspec.json.decode(raw)
        assert tuple(told) == ("maKetQua", "APIKey")
        keys = ("access_token", "id_token", "token_type", "username", "expires_in")
        assert tuple(told["APIKey"]) == keys
        assert (told["maKetQua"], told["APIKey"]["token_type"]) == ("200", "Bearer")
        assert told["APIKey"]["username"] == NAME
        assert told["APIKey"]["expires_in"] == "2026-11-20T05:10:00.0000000Z"
        assert b" " not in raw


@database
def test_everything_wrong_gets_one_answer(account: int) -> None:
    plain = hospitals.PASSWORD
    refused = [
        take(password="0" * 32),
        take(password=plain),
        take(password=""),
        take(name="01930_BV"),
        take(name="' OR 1=1 --"),
        take(name=""),
        take(peer="10.1.2.3"),
        take(peer=""),
    ]
    assert refused == [REFUSED] * len(refused)
    raw = post("/api/token/take", b'{"username": [1], "password": {}}')
    assert (raw.status, raw.body) == (200, b'{"maKetQua":"401","APIKey":null}')
    assert post("/api/token/take", b"{not json").body == raw.body
    assert post("/api/token/take", b"").body == raw.body


@database
def test_a_suspended_or_closed_account_opens_nothing_even_when_remembered(account: int) -> None:
    assert take()["maKetQua"] == "200"
    run_sql(
        "INSERT INTO accounts_suspension (machine_id, reason, by) VALUES (%s, 'officer', 'x')",
        account,
    )
    assert take() == REFUSED
    run_sql("UPDATE accounts_suspension SET lifted_at = clock_timestamp(), lifted_by = 'x'")
    assert take()["maKetQua"] == "200"
    run_sql("UPDATE accounts_machineaddress SET ended_at = clock_timestamp()")
    assert take() == REFUSED
    run_sql("UPDATE accounts_machineaddress SET ended_at = NULL")
    assert take()["maKetQua"] == "200"
    run_sql("UPDATE accounts_machine SET is_active = false")
    assert take() == REFUSED


@database
def test_a_new_password_ends_tokens_and_memory(account: int) -> None:
    query = credentials()
    new = actions.NewMachine(NAME, "Bệnh viện thử", "hospital", facility_code="01929")
    by = system_actor(every_permission())
    actions.create_machine(new, "mat khau moi cua benh vien 2026", by=by, at=AT)
    reply = post(KCB2024, asked("0123456789", "A", "2020"), query=query)
    assert (reply.status, msgspec.json.decode(reply.body)["ghiChu"]) == (401, "Token không đúng")
    assert take() == REFUSED
    renewed = passwords.md5_of("mat khau moi cua benh vien 2026")
    assert take(password=renewed)["maKetQua"] == "200"


@database
def test_a_hospitals_password_is_kept_as_the_hash_of_its_md5(account: int) -> None:
    (kept,) = column(
        "SELECT password_hash FROM authz.credential WHERE account_kind = 'machine' AND account_id = %s",
        account,
    )
    assert str(kept).startswith("argon2$argon2id$")
    assert MD5 not in str(kept)
    assert passwords.matches(MD5, str(kept))
    assert not passwords.matches(hospitals.PASSWORD, str(kept))


@database
def test_guessing_delays_that_address_and_no_other(account: int) -> None:
    for _ in range(5):
        assert take(password="0" * 32) == REFUSED
    assert take() == REFUSED
    assert take(peer="127.0.0.9")["maKetQua"] == "200"


@database
def test_a_right_password_from_an_address_that_nobody_registered_is_shown_to_the_province(
    account: int,
) -> None:
    assert take(peer="192.0.2.7") == REFUSED
    assert take(peer="192.0.2.8", password="0" * 32) == REFUSED
    assert rows("SELECT machine_id, peer FROM accounts_turnedaway") == [(account, "192.0.2.7")]


@database
def test_a_good_sign_in_forgets_the_failures_before_it(account: int) -> None:
    for _ in range(8):
        assert take(password="0" * 32) == REFUSED
        hospital_signin._verified._since.clear()
        assert take()["maKetQua"] == "200"


@database
def test_who_was_let_in_is_remembered_with_his_password_and_address(account: int) -> None:
    assert take()["maKetQua"] == "200"
    assert take(password="0" * 32) == REFUSED
    assert take(peer="10.1.2.3") == REFUSED
    assert take()["maKetQua"] == "200"


@database
def test_the_memory_hard_hash_is_paid_once_and_by_strangers_too(
    account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_with: list[str | None] = []
    real = passwords.matches

    def counted(password: str, kept: str | None) -> bool:
        asked_with.append(kept)
        return real(password, kept)

    monkeypatch.setattr(passwords, "matches", counted)
    for _ in range(5):
        assert take()["maKetQua"] == "200"
    assert len(asked_with) == 1
    assert take(peer="127.0.0.2")["maKetQua"] == "200"
    assert len(asked_with) == 2
    assert take(at=NOON + timedelta(minutes=11))["maKetQua"] == "200"
    assert len(asked_with) == 3
    assert take(name="01930_BV") == take(password="0" * 32) == REFUSED
    assert (len(asked_with), asked_with[3]) == (5, None)
    for _ in range(9):
        take(password="0" * 32)
    paid = len(asked_with)
    assert take(password="1" * 32) == REFUSED
    assert len(asked_with) == paid, "while a door waits, no hash is paid for it"


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = hospital_signin._Verified()
    monkeypatch.setattr(hospital_signin._Verified, "MOST", 3)
    for number in range(5):
        kept.remember(str(number), at=NOON)
    assert [kept.knows(str(number), at=NOON) for number in range(5)] == [False] * 2 + [True] * 3


@database
def test_the_status_of_a_bad_token_is_a_setting(account: int, settings: Any) -> None:
    body = asked("0123456789", "A", "2020")
    reply = post(KCB2024, body, query="")
    assert (reply.status, reply.body.startswith(b'{"maKetQua":"401","ghiChu":"Token kh')) == (
        401,
        True,
    )
    settings.HOSPITAL_TOKEN_STATUS = 200
    again = post(KCB2024, body, query="")
    assert (again.status, again.body) == (200, reply.body)


@database
def test_browsers_of_other_sites_are_let_in_by_a_setting_alone(account: int, settings: Any) -> None:
    origin = {"origin": "https://his.example"}
    body = form(username=NAME, password=MD5)
    reply = post("/api/token/take", body, headers=origin)
    assert reply.headers == {}
    first = post(KCB2024, b"", method="OPTIONS", headers=origin)
    assert (first.status, "Access-Control-Allow-Origin" in first.headers) == (204, False)
    settings.HOSPITAL_ORIGINS = frozenset({"https://his.example"})
    reply = post("/api/token/take", body, headers=origin)
    assert reply.headers == {"Vary": "Origin", "Access-Control-Allow-Origin": "https://his.example"}
    first = post(KCB2024, b"", method="OPTIONS", headers=origin)
    assert first.headers["Access-Control-Allow-Methods"] == "POST"
    other = post(KCB2024, b"", method="OPTIONS", headers={"origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers

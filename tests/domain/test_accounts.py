"""Accounts: passwords that are good enough, people behind accounts, areas, machines and who may change them."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from lienthong.accounts import actions, jurisdiction, passwords, queries
from lienthong.accounts.actions import NewMachine, NewOfficer
from lienthong.accounts.jurisdiction import Scope
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from tests import officers


@pytest.fixture
def at(db: None) -> datetime:
    return settings.CLOCK()


@pytest.fixture
def officer(at: datetime) -> int:
    return actions.create_officer(officers.HONG, officers.PASSWORD, by=officers.SYSTEM, at=at)


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
    actions.deactivate(officer, by=officers.SYSTEM, at=at)
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
    assert [line.username for line in queries.officers(officers.SYSTEM)] == ["so-the-01"]
    with pytest.raises(NotFound):
        actions.end_sessions(999_999, by=officers.SYSTEM, at=at)


def test_creating_an_account_again_changes_it_and_makes_no_second(
    officer: int, at: datetime
) -> None:
    new = NewOfficer("So-The-01", "Nguyễn Thị Hồng Vân", "003087000013", "card_desk", "24")
    assert actions.create_officer(new, officers.PASSWORD, by=officers.SYSTEM, at=at) == officer
    assert jurisdiction.actor_of("so-the-01").province_code == "24"


def test_a_sender_s_key_counts_while_it_is_valid_and_its_machine_active(at: datetime) -> None:
    machine = NewMachine("BTP", "Bộ Tư pháp", "ministry", source="BTP")
    machine_id = actions.create_machine(machine, None, by=officers.SYSTEM, at=at)
    actions.accept_key(machine_id, "btp-1", b"\x07" * 32, by=officers.SYSTEM, at=at)
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
        actions.accept_key(machine_id, "btp-1", b"\x08" * 32, by=officers.SYSTEM, at=at)


def test_an_actor_of_the_system_has_no_account() -> None:
    assert isinstance(officers.SYSTEM, Actor)
    with pytest.raises(NotFound):
        queries.own_account(officers.SYSTEM)

"""The brake lets go of cancellations when two persons say so: the actions, their areas, and the database's own refusal."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.audit import checks, sealing
from lienthong.births import actions, settle
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed
from tests import births
from tests.births import AT, column, message, rows, run, send
from tests.conftest import BecomeWeb


def _officer(name: str, person: int, role: Role = Role.CENTRE) -> Actor:
    is_centre = role is Role.CENTRE
    province = "" if is_centre else "01"
    return Actor(
        name,
        ActorKind.OFFICER,
        permissions_of(role),
        person,
        role=role,
        province_code=province,
        everywhere=is_centre,
    )


ONE, OTHER = _officer("mot", 101), _officer("hai", 102)


@pytest.fixture
def held(db: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two cancellations that the brake holds, of live children, after one that was applied."""
    monkeypatch.setattr(settle, "BRAKE_COMMUNE", 1)
    births.small_country()
    send(*(message(n) for n in range(1, 4)))
    run()
    send(*(message(n, message_id=f"C-{n}", kind="cancel", version=2) for n in range(1, 4)))
    run()
    refs = column("SELECT id FROM births_message WHERE held_for = 'brake' ORDER BY id")
    assert len(refs) == 2
    return refs


def _states(refs: list[int]) -> list[tuple[str, str]]:
    return rows("SELECT state, held_for FROM births_message WHERE id = ANY (%s) ORDER BY id", refs)


STILL_HELD = ("held", "brake")


def test_one_asks_another_confirms_and_the_next_check_applies_them(held: list[int]) -> None:
    assert actions.ask_release(held, by=ONE, at=AT).done == tuple(held)
    run()
    assert _states(held) == [STILL_HELD] * 2
    assert actions.confirm_release(held, by=OTHER, at=AT).done == tuple(held)
    assert _states(held) == [("pending", settle.RELEASED)] * 2
    run()
    assert _states(held) == [("applied", "")] * 2
    assert column("SELECT DISTINCT state FROM dossiers_dossier") == ["CANCELLED"]
    assert rows("SELECT DISTINCT asked_by, confirmed_by FROM births_release") == [
        ("officer:mot", "officer:hai")
    ]
    told = rows(
        "SELECT action, by, count(*) FROM audit_entry WHERE subject_kind = 'message' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert told == [
        ("message.release_asked", "officer:mot", 2),
        ("message.released", "officer:hai", 2),
    ]


def test_nobody_confirms_what_they_asked_for_under_another_account_either(held: list[int]) -> None:
    actions.ask_release(held, by=ONE, at=AT)
    again = actions.ask_release(held, by=OTHER, at=AT)
    assert {no.code for no in again.refused} == {"ALREADY_ASKED"}
    same_person = replace(OTHER, person_key=ONE.person_key)
    outcome = actions.confirm_release(held, by=same_person, at=AT)
    assert not outcome.done
    assert {no.code for no in outcome.refused} == {"FOUR_EYES"}
    assert _states(held) == [STILL_HELD] * 2


def test_what_nobody_asked_for_is_not_confirmed(held: list[int]) -> None:
    outcome = actions.confirm_release(held, by=ONE, at=AT)
    assert [no.code for no in outcome.refused] == ["NOT_ASKED"] * 2
    assert _states(held) == [STILL_HELD] * 2


def test_only_officers_with_the_permission_may(held: list[int]) -> None:
    for by in (_officer("ba", 103, Role.CARD_DESK), births.system()):
        with pytest.raises(NotAllowed):
            actions.ask_release(held, by=by, at=AT)
        with pytest.raises(NotAllowed):
            actions.confirm_release(held, by=by, at=AT)


def test_a_province_reaches_its_own_and_only_what_is_held(held: list[int]) -> None:
    applied = column("SELECT id FROM births_message WHERE kind = 'cancel' AND state = 'applied'")
    at_home = _officer("tinh", 104, Role.PROVINCE)
    elsewhere = replace(at_home, province_code="79")
    outcome = actions.ask_release([*held, *applied], by=elsewhere, at=AT)
    assert [no.code for no in outcome.refused] == ["NOT_FOUND"] * 3
    outcome = actions.ask_release([*held, *applied], by=at_home, at=AT)
    assert (outcome.done, [no.subject for no in outcome.refused]) == (tuple(held), applied)


def test_one_call_asks_and_the_other_officers_confirms(held: list[int]) -> None:
    told = actions.release(held[:1], by=ONE, at=AT)
    assert (told.asked, told.released, told.refused) == (tuple(held[:1]), (), ())
    told = actions.release(held, by=OTHER, at=AT)
    assert (told.asked, told.released, told.refused) == (tuple(held[1:]), tuple(held[:1]), ())
    told = actions.release(held, by=OTHER, at=AT)
    assert {no.subject: no.code for no in told.refused} == {
        held[0]: "NOT_FOUND",
        held[1]: "FOUR_EYES",
    }


def _refuses(statement: str, *parameters: object, saying: str) -> None:
    with (
        pytest.raises(DatabaseError, match=saying),
        acting(births.system(), at=AT),
        transaction.atomic(),
    ):
        rows(statement + " RETURNING 1", *parameters)


ASKED = """
    INSERT INTO births_release (message_id, asked_person, asked_by, asked_at, confirmed_person, confirmed_by, confirmed_at)
    VALUES (%s, %s, 'officer:mot', now(), %s, '', %s)
"""


def test_the_database_itself_refuses_one_person_twice(held: list[int]) -> None:
    _refuses(ASKED, held[0], 101, 101, AT, saying="release_four_eyes")
    _refuses(ASKED, held[0], 0, None, None, saying="release_four_eyes")
    _refuses(ASKED, held[0], 101, 0, AT, saying="release_four_eyes")
    _refuses(ASKED, held[0], 101, 102, None, saying="release_confirmed_whole")
    actions.ask_release(held, by=ONE, at=AT)
    confirm = "UPDATE births_release SET confirmed_person = asked_person, confirmed_at = asked_at"
    with pytest.raises(IntegrityError, match="release_four_eyes"), transaction.atomic():
        rows(confirm + " RETURNING 1")
    _refuses("UPDATE births_release SET asked_person = 999", saying="asked for once")
    actions.confirm_release(held, by=OTHER, at=AT)
    _refuses("UPDATE births_release SET confirmed_person = 103", saying="confirmed once")
    _refuses("DELETE FROM births_release", saying="permission denied|once")


@pytest.mark.parametrize(
    "change",
    [
        "state = 'pending', held_for = 'brake:released'",
        "state = 'pending', held_for = ''",
        "state = 'pending'",
        "state = 'superseded'",
        "held_for = 'commune:00004'",
    ],
)
def test_the_database_holds_what_the_brake_holds(held: list[int], change: str) -> None:
    actions.ask_release(held, by=ONE, at=AT)
    for where in (f"id = {held[0]}", f"id = {held[1]}"):
        _refuses(f"UPDATE births_message SET {change} WHERE {where}", saying="two persons")  # noqa: S608
    assert _states(held) == [STILL_HELD] * 2


def test_a_message_never_held_is_not_marked_as_released(held: list[int]) -> None:
    assert held
    _refuses(
        "UPDATE births_message SET held_for = 'brake:released' WHERE message_id = 'LTKS-2026-0000001'",
        saying="two persons",
    )


def test_pages_see_releases_with_the_centres_eyes_only(
    held: list[int], as_web_role: BecomeWeb
) -> None:
    actions.ask_release(held, by=ONE, at=AT)
    with as_web_role():
        assert column("SELECT count(*) FROM births_release") == [0]
    refused = pytest.raises(DatabaseError, match="permission denied")
    with as_web_role(), refused, transaction.atomic():
        rows("UPDATE births_release SET confirmed_by = 'x' RETURNING 1")


def test_a_released_world_keeps_its_promises(committed_db: Address) -> None:
    births.small_country()
    send(*(message(n) for n in range(1, 23)))
    run()
    send(*(message(n, message_id=f"C-{n}", kind="cancel", version=2) for n in range(1, 23)))
    run()
    refs = column("SELECT id FROM births_message WHERE held_for = 'brake'")
    assert len(refs) == 2
    actions.ask_release(refs, by=ONE, at=AT)
    actions.confirm_release(refs, by=OTHER, at=AT)
    run()
    assert column("SELECT count(*) FROM dossiers_dossier WHERE state = 'CANCELLED'") == [22]
    sealing.seal_once(AT)
    assert checks.verify([invariants_folder()]) == []

"""Mergers at once, and against approvals, exchanges and the enrolment of either person: one outcome, whole, no deadlock.

The number ledger is a bijection at all times (INV-10, INV-11); whatever was merged and undone leaves everything as before.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from lienthong import births as births_app
from lienthong.accounts.permissions import Role, permissions_of
from lienthong.births import duplicates, enrolment, merging
from lienthong.births.duplicates import Deed
from lienthong.births.merging import Merger
from lienthong.cards import actions, exchange
from lienthong.cards.exchange import Asked
from lienthong.database import invariants
from lienthong.database.address import Address
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import LienthongError
from tests import births, states
from tests.births import AT, NGOC_HA, column, message, rows, run, send
from tests.cards import shown
from tests.races import at_once

pytestmark = pytest.mark.timeout(300)
LATER = AT + timedelta(days=3)
NOTE = "Một trẻ đăng ký hai lần."
_ROUNDS = 4
_PERSONS, _STEPS = 6, 24


def _officer(key: int, role: Role) -> Actor:
    return Actor(f"can-bo-{key}", ActorKind.OFFICER, permissions_of(role), key, everywhere=True)


THU, THU_TOO = _officer(71, Role.COLLECTION), _officer(72, Role.COLLECTION)
DESK = _officer(81, Role.CARD_DESK)
HEAD, HEAD_TOO = _officer(91, Role.HEAD), _officer(92, Role.HEAD)


@pytest.fixture(autouse=True)
def _country(committed_db: Address) -> None:
    births.small_country()


def _refused(told: list[Any]) -> list[Any]:
    return [each for each in told if isinstance(each, LienthongError)]


def _registered(number: int) -> int:
    send(message(number, ndkksMaXa=NGOC_HA))
    run()
    return int(column("SELECT max(id) FROM persons_person")[0])


def _requested(person: int) -> int:
    return int(
        column("SELECT id FROM cards_card WHERE person_id = %s AND status = 'requested'", person)[0]
    )


def _approved(person: int) -> int:
    card = _requested(person)
    assert actions.approve([card], by=DESK, at=AT).done == (card,)
    return card


def _proposed(one: int, other: int, *, survivor: int | None = None) -> int:
    told = Merger(one, other, "REGISTRY", NOTE, survivor)
    return merging.propose(told, by=THU, at=LATER).merge_id


def _assert_whole() -> None:
    folder = Path(births_app.__file__).parent / "invariants"
    assert invariants.run_all(connection, [folder]) == []
    assert (
        rows(
            "SELECT persons_survivor(person_id) FROM persons_number WHERE status = 'active' GROUP BY 1 HAVING count(*) > 1"
        )
        == []
    )
    assert (
        rows(
            "SELECT persons_survivor(one.person_id) FROM cards_card AS one JOIN cards_card AS other"
            " ON other.id > one.id AND other.status = 'active' AND other.valid && one.valid"
            " AND persons_survivor(other.person_id) = persons_survivor(one.person_id) WHERE one.status = 'active'"
        )
        == []
    )


def _confirm(merge_id: int, by: Actor = HEAD) -> Callable[[], Any]:
    return lambda: merging.confirm(merge_id, by=by, at=LATER)


def test_two_officers_confirm_and_one_does() -> None:
    for number in range(1, 2 * _ROUNDS, 2):
        merge_id = _proposed(_registered(number), _registered(number + 1))
        told = at_once(_confirm(merge_id), _confirm(merge_id, HEAD_TOO))
        assert len(_refused(told)) == 1
    _assert_whole()


def test_two_officers_propose_opposite_ways_and_one_stands() -> None:
    for number in range(1, 2 * _ROUNDS, 2):
        one, other = _registered(number), _registered(number + 1)
        told = at_once(
            lambda: _proposed(one, other, survivor=one),  # noqa: B023 - run before the next round
            lambda: _proposed(one, other, survivor=other),  # noqa: B023 - run before the next round
        )
        done = [at_once(_confirm(each))[0] for each in told if isinstance(each, int)]
        assert len([each for each in done if isinstance(each, list)]) == 1
    _assert_whole()


@pytest.mark.rule("INV-14")
def test_a_merger_against_the_approval_of_the_same_child() -> None:
    for number in range(1, 2 * _ROUNDS, 2):
        one, other = _registered(number), _registered(number + 1)
        _approved(one)
        merge_id, card = _proposed(one, other), _requested(other)
        at_once(_confirm(merge_id), lambda: actions.approve([card], by=DESK, at=LATER))  # noqa: B023
        assert column("SELECT persons_survivor(%s)", other) == [one]
        _assert_whole()


def test_a_merger_against_a_request_for_a_further_card() -> None:
    for number in range(1, 2 * _ROUNDS, 2):
        one, other = _registered(number), _registered(number + 1)
        _approved(one)
        card, merge_id = _approved(other), 0
        merge_id = _proposed(one, other)
        told = at_once(
            _confirm(merge_id),
            lambda: exchange.ask(shown(Asked(card, "lost")), by=THU_TOO, at=LATER),  # noqa: B023
        )
        assert len(_refused(told)) == 1
        _assert_whole()


def test_a_merger_against_the_steps_of_the_enrolment() -> None:
    for number in range(1, 3 * _ROUNDS, 3):
        one, other = _registered(number), _registered(number + 1)
        merge_id = _proposed(one, other)
        # The same child again, under the id of the record that is being merged.
        send(message(number + 2, soDinhDanh=f"003226{number + 1:06}"))
        at_once(_confirm(merge_id), lambda: enrolment.advance_all(at=LATER, on=LATER.date()))
        run(LATER)
        _assert_whole()
        assert column(
            "SELECT count(*) FROM persons_number WHERE status = 'active' AND person_id = %s", other
        ) == [0]


def test_an_undoing_against_a_second_merger_of_the_survivor() -> None:
    for number in range(1, 3 * _ROUNDS, 3):
        one, other, third = (_registered(number + step) for step in range(3))
        first = _proposed(other, third)
        _confirm(first)()
        outer = _proposed(one, other)
        at_once(_confirm(outer), lambda: merging.undo(first, NOTE, by=HEAD_TOO, at=LATER))  # noqa: B023
        _assert_whole()


def test_two_officers_decide_about_one_dossier_and_one_decision_stands() -> None:
    for number in range(1, 2 * _ROUNDS, 2):
        _registered(number)
        send(message(number + 1, soDinhDanh=f"003226{number:06}"))
        run()
        task_id = int(column("SELECT max(id) FROM dossiers_task WHERE kind = 'E-DUP-PERSON'")[0])
        told = at_once(
            lambda: duplicates.decide(Deed(task_id, "same", NOTE), by=THU, at=LATER),  # noqa: B023
            lambda: duplicates.decide(Deed(task_id, "different", NOTE), by=THU_TOO, at=LATER),  # noqa: B023
        )
        assert len(_refused(told)) == 1
        run(LATER)
        _assert_whole()


@pytest.mark.rule("INV-10")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_mergers_and_undoings_leave_everything_as_before(seed: int) -> None:
    chance = random.Random(seed)
    persons = [_registered(number) for number in range(1, _PERSONS + 1)]
    for person in persons[::2]:
        _approved(person)
    before, digest, merged_count = states.state(), states.state_hash(), 0
    standing: list[int] = []
    for _ in range(_STEPS):
        try:
            if standing and chance.random() < 0.4:
                merge_id = chance.choice(standing)
                merging.undo(merge_id, NOTE, by=HEAD, at=LATER)
                standing.remove(merge_id)
            else:
                one, other = chance.sample(persons, 2)
                merge_id = _proposed(one, other)
                merging.confirm(merge_id, by=HEAD, at=LATER)
                standing.append(merge_id)
                merged_count += 1
        except LienthongError:
            continue
        _assert_whole()
    for merge_id in reversed(standing):
        merging.undo(merge_id, NOTE, by=HEAD, at=LATER)
    assert states.changed(before) == {}
    assert states.state_hash() == digest
    assert merged_count >= _PERSONS - 1

"""Officers and messages at once about one child's card: one winner, a clean refusal, no deadlock; and a kill at every tick."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from lienthong import births as births_app
from lienthong.accounts.permissions import Role, permissions_of
from lienthong.births import corrections
from lienthong.births.corrections import Deed
from lienthong.cards import actions, exchange, printing
from lienthong.cards.exchange import Asked, Further
from lienthong.database import invariants
from lienthong.database.address import Address
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import Conflict, LienthongError
from lienthong.kernel.outcomes import Outcome
from tests import births
from tests.births import AT, column, message, rows, run, send
from tests.cardlines import line_of_two
from tests.cards import shown
from tests.crashing import run_until_tick
from tests.races import at_once

pytestmark = pytest.mark.timeout(300)
LATER = AT + timedelta(days=3)
_ROUNDS = 5
_MOST_TICKS = 200


def _officer(key: int, role: Role) -> Actor:
    name = f"can-bo-{key}"
    return Actor(name, ActorKind.OFFICER, permissions_of(role), key, everywhere=True)


THU, THU_TOO = _officer(71, Role.COLLECTION), _officer(72, Role.COLLECTION)
DESK, DESK_TOO = _officer(81, Role.CARD_DESK), _officer(82, Role.CARD_DESK)
HEAD, HEAD_TOO = _officer(91, Role.HEAD), _officer(92, Role.HEAD)


@pytest.fixture(autouse=True)
def _country(committed_db: Address) -> None:
    births.small_country()


def _card_out(number: int, **changes: Any) -> int:
    send(
        message(
            number, soDinhDanh=f"003226{number:06}", maGCS=f"01013.GCS.{number:05}.26", **changes
        )
    )
    run()
    (card_id,) = column("SELECT max(id) FROM cards_card WHERE status = 'requested'")
    assert actions.approve([card_id], by=DESK, at=AT).done
    printing.print_cards([card_id], by=DESK, at=AT)
    printing.hand_over([card_id], by=DESK, at=AT, recipient="Mẹ", relation="Mẹ")
    return int(card_id)


def _later(number: int, version: int, kind: str, **changes: Any) -> None:
    """A later version is stored and waits for the next step."""
    told = message(
        number, kind=kind, version=version, message_id=f"DC-{number}-{version}", **changes
    )
    send(told, at=LATER)


def _statuses(number: int) -> list[str]:
    return column(
        "SELECT card.status FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"
        " WHERE dossier.message_id = %s ORDER BY card.id",
        f"LTKS-2026-{number:07}",
    )


def _assert_whole() -> None:
    folder = Path(births_app.__file__).parent / "invariants"
    assert invariants.run_all(connection, [folder]) == []


def _approve(card_id: int, by: Actor) -> Callable[[], Outcome]:
    return lambda: actions.approve([card_id], by=by, at=LATER)


def test_two_officers_ask_for_one_card_and_one_request_stands() -> None:
    for number in range(1, _ROUNDS + 1):
        old = _card_out(number)
        told = at_once(
            *(
                lambda by=by: exchange.ask(shown(Asked(old, "lost")), by=by, at=LATER)  # type: ignore[misc]  # noqa: B023
                for by in (THU, THU_TOO, THU, THU_TOO)
            )
        )
        assert len([each for each in told if isinstance(each, Further)]) == 1, told
        assert len([each for each in told if isinstance(each, Conflict)]) == 3, told
        assert _statuses(number) == ["active", "requested"]
    _assert_whole()


def test_one_of_two_approvals_of_one_further_card_is_done() -> None:
    for number in range(1, _ROUNDS + 1):
        further = exchange.ask(shown(Asked(_card_out(number), "lost")), by=THU, at=LATER)
        told = at_once(_approve(further.card_id, DESK), _approve(further.card_id, DESK_TOO))
        assert sorted(len(each.done) for each in told) == [0, 1]
        assert [it.code for each in told for it in each.refused] == ["CHANGED"]
        assert _statuses(number) == ["superseded", "active"]
    _assert_whole()


def test_a_further_card_is_approved_or_withdrawn_and_never_both() -> None:
    for number in range(1, _ROUNDS + 1):
        further = exchange.ask(shown(Asked(_card_out(number), "lost")), by=THU, at=LATER)
        approved, withdrawn = at_once(
            _approve(further.card_id, DESK),
            lambda: exchange.withdraw(further.card_id, by=THU, at=LATER, reason="Nhầm"),  # noqa: B023
        )
        if approved.done:
            assert isinstance(withdrawn, LienthongError)
            assert _statuses(number) == ["superseded", "active"]
        else:
            assert withdrawn is None
            assert [it.code for it in approved.refused] == ["CHANGED"]
            assert _statuses(number) == ["active", "cancelled"]
    _assert_whole()


def test_a_cancellation_beside_an_approval_leaves_no_card(committed_db: Address) -> None:
    for number in range(1, _ROUNDS + 1):
        further = exchange.ask(shown(Asked(_card_out(number), "lost")), by=THU, at=LATER)
        _later(number, 2, "cancel")
        approved, _ = at_once(_approve(further.card_id, DESK), lambda: run(LATER))
        run(LATER)
        told = ["superseded", "revoked"] if approved.done else ["revoked", "cancelled"]
        assert _statuses(number) == told
    _assert_whole()


def test_a_cancellation_beside_a_request_for_a_card_of_a_second_dossier_misses_nothing() -> None:
    for number in range(1, _ROUNDS + 1):
        first = exchange.ask(shown(Asked(_card_out(number), "lost")), by=THU, at=LATER)
        assert actions.approve([first.card_id], by=DESK, at=LATER).done
        printing.print_cards([first.card_id], by=DESK, at=LATER)
        printing.hand_over([first.card_id], by=DESK, at=LATER, recipient="Mẹ", relation="Mẹ")
        _later(number, 2, "cancel")
        at_once(
            lambda: exchange.ask(shown(Asked(first.card_id, "damaged")), by=THU, at=LATER),  # noqa: B023
            lambda: run(LATER),
        )
        run(LATER)
        assert set(_statuses(number)) <= {"superseded", "revoked", "cancelled"}, number
    _assert_whole()


def test_a_decision_beside_a_newer_version_never_lets_a_stale_request_stand() -> None:
    for number in range(1, _ROUNDS + 1):
        _card_out(number)
        _later(number, 2, "correct", nksHoTen="NGUYỄN MINH ANH")
        run(LATER)
        (task_id,) = column("SELECT max(id) FROM dossiers_task")
        (birth_id,) = column("SELECT max(id) FROM births_birth")
        _later(number, 3, "correct", nksHoTen="NGUYỄN MINH ÁNH")
        deed = Deed(task_id, birth_id, "Theo trích lục")
        at_once(
            lambda: corrections.exchange_as_registered(deed, by=THU, at=LATER),  # noqa: B023
            lambda: run(LATER),
        )
        run(LATER)
        assert "requested" not in _statuses(number), number
        assert column("SELECT count(*) FROM dossiers_task WHERE closed_at IS NULL")[0] >= number
    _assert_whole()


def _line_out(number: int) -> tuple[int, int]:
    """A child whose first days and the rest are covered by two cards, both with the family."""
    first, second = line_of_two(number, by=(THU, DESK))
    return first, second


def test_two_officers_approve_two_cards_of_one_line_and_it_is_done_once_whole() -> None:
    for number in range(1, _ROUNDS + 1):
        _line_out(number)
        _later(number, 2, "correct", nksNgaySinh="10/10/2026", maGCS=None, soDinhDanh="")
        run(LATER)
        (task_id,) = column("SELECT max(id) FROM dossiers_task")
        (birth_id,) = column("SELECT max(id) FROM births_birth")
        made = corrections.exchange_as_registered(Deed(task_id, birth_id), by=THU, at=LATER)
        one, other = made.card_ids
        told = at_once(_approve(one, DESK), _approve(other, DESK_TOO))
        assert sorted(len(each.done) for each in told) == [0, 2], told
        assert {it.code for each in told for it in each.refused} == {"CHANGED"}
        assert _statuses(number) == ["superseded", "superseded", "active", "active"]
    _assert_whole()


def test_a_line_is_approved_or_taken_back_and_never_half_of_it() -> None:
    for number in range(1, _ROUNDS + 1):
        _line_out(number)
        _later(number, 2, "correct", nksNgaySinh="10/10/2026", maGCS=None, soDinhDanh="")
        run(LATER)
        (task_id,) = column("SELECT max(id) FROM dossiers_task")
        (birth_id,) = column("SELECT max(id) FROM births_birth")
        made = corrections.exchange_as_registered(Deed(task_id, birth_id), by=THU, at=LATER)
        at_once(
            _approve(made.card_ids[0], DESK),
            lambda: exchange.withdraw(made.card_ids[1], by=THU, at=LATER, reason="Nhầm"),  # noqa: B023
        )
        assert _statuses(number) in (
            ["superseded", "superseded", "active", "active"],
            ["active", "active", "cancelled", "cancelled"],
        )
    _assert_whole()


def test_a_card_of_the_line_and_the_whole_line_asked_for_at_once_leave_one_request() -> None:
    for number in range(1, _ROUNDS + 1):
        first, _ = _line_out(number)
        _later(number, 2, "correct", nksNgaySinh="10/10/2026", maGCS=None, soDinhDanh="")
        run(LATER)
        (task_id,) = column("SELECT max(id) FROM dossiers_task")
        (birth_id,) = column("SELECT max(id) FROM births_birth")
        told = at_once(
            lambda: exchange.ask(shown(Asked(first, "lost")), by=THU, at=LATER),  # noqa: B023
            lambda: corrections.exchange_as_registered(
                Deed(task_id, birth_id),  # noqa: B023
                by=THU_TOO,
                at=LATER,
            ),
        )
        assert sorted(type(each).__name__ for each in told) == ["Conflict", "Further"], told
        waiting = [it for it in _statuses(number) if it == "requested"]
        assert len(waiting) == (1 if isinstance(told[0], Further) else 2)
    _assert_whole()


def test_a_line_killed_at_any_tick_of_its_approval_is_whole_before_or_after() -> None:
    _line_out(1)
    days = ("10/10/2026", "11/10/2026")
    for tick in range(1, _MOST_TICKS):
        _later(1, tick + 1, "correct", nksNgaySinh=days[tick % 2], maGCS=None, soDinhDanh="")
        run(LATER)
        (task_id,) = column("SELECT max(id) FROM dossiers_task")
        (birth_id,) = column("SELECT max(id) FROM births_birth")
        made = corrections.exchange_as_registered(Deed(task_id, birth_id), by=THU, at=LATER)
        finished = run_until_tick(_approve(made.card_ids[0], DESK), tick)
        told = column("SELECT status FROM cards_card WHERE id = ANY (%s)", list(made.card_ids))
        assert told in (["requested"] * 2, ["active"] * 2), (tick, told)
        actions.approve([made.card_ids[0]], by=DESK, at=LATER)
        if finished:
            break
    else:
        pytest.fail("the approval has more ticks than were tried")
    _assert_whole()


def test_two_officers_confirm_one_revocation_and_it_is_done_once() -> None:
    for number in range(1, _ROUNDS + 1):
        _card_out(number)
        _later(number, 2, "correct", nksNgaySinh="12/11/2019", maGCS=None, soDinhDanh="")
        run(LATER)
        (task_id,) = column("SELECT max(id) FROM dossiers_task")
        (birth_id,) = column("SELECT max(id) FROM births_birth")
        deed = Deed(task_id, birth_id, "Theo trích lục")
        corrections.ask_revocation(deed, by=THU, at=LATER)
        told = at_once(
            lambda: corrections.confirm_revocation(deed, by=HEAD, at=LATER),  # noqa: B023
            lambda: corrections.confirm_revocation(deed, by=HEAD_TOO, at=LATER),  # noqa: B023
        )
        assert sorted(type(each).__name__ for each in told) == ["Conflict", "list"], told
        assert _statuses(number) == ["revoked"]
    _assert_whole()


def test_an_approval_killed_at_any_tick_is_done_or_not_begun() -> None:
    old = _card_out(1)
    for tick in range(1, _MOST_TICKS):
        further = exchange.ask(shown(Asked(old, "lost")), by=THU, at=LATER)
        finished = run_until_tick(_approve(further.card_id, DESK), tick)
        told = rows(
            "SELECT old.status, new.status, old.ended_at = new.approved_at, dossier.state"
            " FROM cards_card AS old, cards_card AS new JOIN dossiers_dossier AS dossier ON dossier.id = new.dossier_id"
            " WHERE old.id = %s AND new.id = %s",
            old,
            further.card_id,
        )
        assert told[0] in {
            ("active", "requested", None, "APPROVAL_REQUESTED"),
            ("superseded", "active", True, "APPROVED"),
        }, (tick, told)
        actions.approve([further.card_id], by=DESK, at=LATER)
        old = further.card_id
        if finished:
            break
    else:
        pytest.fail("the approval has more ticks than were tried")
    _assert_whole()

"""The relay sends each letter at least once under one id, outside any transaction, whatever kills it."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from lienthong.database import outbox
from lienthong.database.outbox import Letter, Outgoing
from lienthong.kernel.errors import Refused, Unavailable
from lienthong.worker import relay
from tests.crashing import forked

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
KIND = "test.answer"


def _owe(count: int) -> None:
    outbox.put_many([Outgoing(KIND, f"k{n}", 1, {"n": n}) for n in range(count)])


def _states() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, answer FROM database_outbox WHERE kind = %s ORDER BY id", [KIND]
        )
        return cursor.fetchall()


def _end_leases() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE database_outbox SET lease_until = lease_until - interval '1 hour',"
            " next_at = clock_timestamp()"
        )


def _refuse(_: Letter) -> str:
    raise Refused("Thông điệp sai mẫu.", code="E-SCHEMA")


def _be_down(_: Letter) -> str:
    raise Unavailable("Hệ thống không trả lời.", code="E-DOWN")


def _be_broken(letter: Letter) -> str:
    raise ZeroDivisionError(letter.payload)


def test_letters_go_once_and_outside_any_transaction(committed_db: object) -> None:
    _owe(3)
    seen: list[tuple[int, bool]] = []

    def send(letter: Letter) -> str:
        seen.append((letter.id, connection.in_atomic_block))
        return "202"

    assert relay.relay(KIND, send, at=AT, limit=2) == 2
    assert relay.relay(KIND, send, at=AT) == 1
    assert relay.relay(KIND, send, at=AT) == 0
    assert [is_inside for _, is_inside in seen] == [False] * 3
    assert len({letter_id for letter_id, _ in seen}) == 3
    assert _states() == [("sent", "202")] * 3


@pytest.mark.django_db
def test_a_relay_inside_a_transaction_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        relay.relay(KIND, lambda _: "", at=AT)


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        (_refuse, ("dead", "E-SCHEMA")),
        (_be_down, ("pending", "E-DOWN")),
        (_be_broken, ("pending", "ZeroDivisionError")),
    ],
)
def test_a_failure_is_kept_by_its_kind_alone(
    committed_db: object, send: Callable[[Letter], str], expected: tuple[str, str]
) -> None:
    _owe(1)
    assert relay.relay(KIND, send, at=AT) == 0
    assert _states() == [expected]


def test_a_poisonous_letter_holds_up_no_other(committed_db: object) -> None:
    _owe(5)

    def send(letter: Letter) -> str:
        return _be_broken(letter) if letter.payload["n"] in {1, 3} else "ok"

    assert relay.relay(KIND, send, at=AT) == 3
    assert [state for state, _ in _states()] == ["sent", "pending", "sent", "pending", "sent"]


def test_after_three_failures_in_a_row_the_rest_is_given_back_untried(committed_db: object) -> None:
    _owe(10)
    tried: list[int] = []

    def send(letter: Letter) -> str:
        tried.append(letter.id)
        return _be_down(letter)

    relay.relay(KIND, send, at=AT)
    assert len(tried) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT attempts, lease_until FROM database_outbox ORDER BY id")
        assert cursor.fetchall() == [(1, None)] * 3 + [(0, None)] * 7


def test_a_round_ends_before_its_leases_do(
    committed_db: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_LONGEST_ROUND", -1.0)
    _owe(3)
    assert relay.relay(KIND, lambda _: "ok", at=AT) == 0
    assert len(outbox.claim(KIND, limit=9)) == 3


@pytest.mark.parametrize("killed", ["before the call", "between call and note"])
def test_a_relay_killed_on_the_way_is_followed_by_another_with_the_same_id(
    committed_db: object, tmp_path: Path, killed: str
) -> None:
    _owe(1)
    received = tmp_path / "received"
    received.touch()

    def send(letter: Letter) -> str:
        if killed == "between call and note":
            received.write_text(f"{letter.id}\n")
        os.kill(os.getpid(), signal.SIGKILL)
        return ""

    status = forked(lambda: relay.relay(KIND, send, at=AT))
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert _states() == [("pending", "")]
    ids: list[int] = [int(line) for line in received.read_text().split()]

    def send_again(letter: Letter) -> str:
        ids.append(letter.id)
        return "200"

    assert relay.relay(KIND, send_again, at=AT) == 0
    _end_leases()
    assert relay.relay(KIND, send_again, at=AT) == 1
    assert len(ids) == (2 if killed == "between call and note" else 1)
    assert len(set(ids)) == 1
    assert _states() == [("sent", "200")]

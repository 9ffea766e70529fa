"""A paper saved while the electronic record arrives: many at once, and still one child, one dossier, no deadlock."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction

from lienthong.births import enrolment
from lienthong.births.records import Found
from lienthong.database.address import Address
from lienthong.kernel.errors import Conflict
from tests import births
from tests.births import AT, ON, column, message, rows, run, send
from tests.papers import enter, officer

pytestmark = pytest.mark.timeout(300)
CHILDREN = 12


def _at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run these side by side, each on its own connection; what each returned or raised."""
    gate = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            return work()
        except Exception as error:  # noqa: BLE001 - the race's outcome is what is looked at
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def _work() -> None:
    for _ in range(4):
        enrolment.advance(at=AT, on=ON)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same entry", "another entry"])
def test_a_paper_and_its_electronic_twin_at_once_are_one_child(
    committed_db: Address, elsewhere: bool
) -> None:
    births.small_country()

    def papers() -> None:
        for number in range(1, CHILDREN + 1):
            typed = {"number": f"9{number}"} if elsewhere else {}
            try:
                enter(
                    number, "C3", mother_personal_id="", mother_name=f"MẸ {_word(number)}", **typed
                )
            except Found as found:
                assert found.code in {"PAPER_TWIN", "PAPER_LOOKALIKE"}  # noqa: PT017 - either may be in time

    def records() -> None:
        for number in range(1, CHILDREN + 1):
            send(message(number, meHoTen=f"MẸ {_word(number)}", meSoDDCN=None))

    told = _at_once(papers, records, _work, _work, _work)
    assert told == [None] * 5
    run()
    assert column("SELECT count(*) FROM persons_person") == [CHILDREN]
    assert column("SELECT count(*) FROM dossiers_dossier") == [CHILDREN]
    assert rows(
        "SELECT count(*), count(DISTINCT person_id) FROM cards_card WHERE status = 'requested'"
    ) == [(CHILDREN, CHILDREN)]
    assert column("SELECT count(*) FROM births_message WHERE state = 'pending'") == [0]


@pytest.mark.parametrize("paper_first", [True, False])
def test_while_one_of_the_two_is_being_settled_the_other_waits(
    committed_db: Address, paper_first: bool
) -> None:
    births.small_country()
    moment = enrolment.Moment(AT, ON)

    def settle_next() -> None:
        try:
            enrolment.check(1, enrolment.system(), moment)
        finally:
            connections.close_all()

    if paper_first:
        enter(1, "C3", number="77")
    send(message(1))
    if not paper_first:
        enter(1, "C3", number="77")
    other = threading.Thread(target=settle_next)
    with transaction.atomic():
        enrolment.check(1, enrolment.system(), moment)
        other.start()
        for _ in range(400):
            waits = column(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            if waits != [0] or not other.is_alive():
                break
            other.join(0.05)
    other.join(60)
    run()
    assert column("SELECT count(*) FROM dossiers_dossier") == [1]
    assert column("SELECT state FROM dossiers_dossier") == ["APPROVAL_REQUESTED"]


def test_one_paper_entered_by_many_officers_is_one(committed_db: Address) -> None:
    births.small_country()
    told = _at_once(*(lambda key=key: enter(1, by=officer(key=key)) for key in range(601, 609)))  # type: ignore[misc]
    assert sum(isinstance(one, Conflict) for one in told) == len(told) - 1
    run()
    assert column("SELECT count(*) FROM dossiers_dossier") == [1]


def _word(number: int) -> str:
    return "ABCDEGHIKLMN"[number - 1] * 2

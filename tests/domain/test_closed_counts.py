"""Closed dossiers are counted in the statement that closes them: right at every instant, whoever works beside it."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from lienthong.births import enrolment
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.dossiers import tally
from lienthong.dossiers.tally import tally as put_together
from tests import births
from tests.births import AT, column, message, rows, send

pytestmark = pytest.mark.timeout(180)
_CLOSED = "('RETURNED', 'REJECTED', 'CANCELLED')"
# Both sides in one statement see one instant.
_DIFFERENT = f"""
    SELECT * FROM (
        SELECT area, state, sum(count) FROM dossiers_closedcount GROUP BY area, state HAVING sum(count) <> 0
    ) AS told (area, state, count)
    FULL JOIN (
        SELECT area, state, count(*) FROM dossiers_dossier WHERE state IN {_CLOSED} GROUP BY area, state
    ) AS recounted (area, state, count) USING (area, state)
    WHERE told.count IS DISTINCT FROM recounted.count
"""  # noqa: S608 - no input
_STEPS = (
    "UPDATE dossiers_dossier SET state = 'CANCELLED', closed_on = due_on WHERE id = ANY (%s) AND state <> 'CANCELLED'",
    "UPDATE dossiers_dossier SET state = 'RECEIVED', closed_on = NULL WHERE id = ANY (%s) AND state = 'CANCELLED'",
    "UPDATE dossiers_dossier SET area = area + 1, unit_id = NULL WHERE id = ANY (%s)",
    "UPDATE dossiers_dossier SET late_reason = 'EQUIPMENT' WHERE id = ANY (%s)",
)
_WORKERS, _ROUNDS = 4, 40


@pytest.fixture(autouse=True)
def _country(committed_db: Address) -> None:
    births.small_country()
    send(*(message(number) for number in range(1, 61)))
    while sum(enrolment.advance(at=AT, on=births.ON).values()):
        pass


def _work(place: int, ids: list[int]) -> None:
    """Close, reopen, move and touch dossiers of one's own, several statements a transaction; some are rolled back."""
    chance = random.Random(place)
    try:
        for _ in range(_ROUNDS):
            try:
                with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
                    for _ in range(chance.randint(1, 3)):
                        some = sorted(chance.sample(ids, chance.randint(1, len(ids))))
                        cursor.execute(chance.choice(_STEPS), [some])
                    if chance.random() < 0.2:
                        raise _BrokenOffError
            except _BrokenOffError:
                continue
    finally:
        connections.close_all()


class _BrokenOffError(Exception):
    pass


def test_the_count_is_the_recount_at_every_instant() -> None:
    ids = column("SELECT id FROM dossiers_dossier ORDER BY id")
    assert len(ids) >= 40
    stop = threading.Event()

    def put_parts_together() -> int:
        count = 0
        try:
            while not stop.is_set():
                count += put_together(by=enrolment.system(), at=AT)
        finally:
            connections.close_all()
        return count

    looks = 0
    with ThreadPoolExecutor(_WORKERS + 2) as pool:
        tallies = [pool.submit(put_parts_together) for _ in range(2)]
        works = [pool.submit(_work, n, ids[n::_WORKERS]) for n in range(_WORKERS)]
        while not all(work.done() for work in works) or looks < 20:
            assert rows(_DIFFERENT) == []
            looks += 1
        stop.set()
        for work in works:
            work.result()
        assert sum(tallied.result() for tallied in tallies) > 0
    put_together(by=enrolment.system(), at=AT)
    assert rows(_DIFFERENT) == []
    assert rows("SELECT 1 FROM dossiers_closedcount GROUP BY area, state HAVING count(*) > 1") == []
    assert column(f"SELECT count(*) > 0 FROM dossiers_dossier WHERE state IN {_CLOSED}") == [True]  # noqa: S608


def test_parts_become_one_and_twice_is_nothing() -> None:
    ids = column("SELECT id FROM dossiers_dossier ORDER BY id LIMIT 6")
    for one in ids:
        with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
            cursor.execute(_STEPS[0], [[one]])
    assert column("SELECT count(*) FROM dossiers_closedcount") == [6]
    assert tally.tally(by=enrolment.system(), at=AT) >= 1
    assert column("SELECT sum(count) FROM dossiers_closedcount") == [6]
    assert tally.tally(by=enrolment.system(), at=AT + timedelta(minutes=1)) == 0
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute(_STEPS[1], [ids])
    tally.tally(by=enrolment.system(), at=AT)
    assert column("SELECT count(*) FROM dossiers_closedcount") == [0]


def test_every_syllable_of_a_closed_name_is_known_and_a_statement_that_closes_nothing_adds_none() -> (
    None
):
    assert column("SELECT count(*) FROM dossiers_syllable") == [0]
    ids = column("SELECT id FROM dossiers_dossier ORDER BY id")
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute(_STEPS[0], [ids])
        cursor.execute(
            "UPDATE dossiers_dossier SET child_name = 'HỒ ZÊ', child_fold_key = 'ho ze' WHERE id = %s",
            [ids[0]],
        )
    syllables = column("SELECT text FROM dossiers_syllable ORDER BY text")
    assert len(syllables) == len(set(syllables))
    assert {"ho", "ze", "nguyen"} <= set(syllables)
    known = "SELECT bool_and(syllable = ANY (%s)) FROM dossiers_dossier, unnest(string_to_array(child_fold_key, ' ')) AS syllable"
    assert column(known, syllables) == [True]

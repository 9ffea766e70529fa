"""The books of one day beside 20,000 children: a look costs what the day has, not what is there (INV-45)."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.dates import VIETNAM
from lienthong.oversight import differences, reconciling, resending
from lienthong.simulation import places
from lienthong.simulation.benches import pages
from tests import books, postgres
from tests.births import AT, rows
from tests.officers import SYSTEM

pytestmark = pytest.mark.timeout(600)
CHILDREN = 20_000
DAY = date(2025, 9, 3)
EVENING = datetime.combine(DAY + timedelta(days=1), time(20), VIETNAM)
_BIRTHS = """
    INSERT INTO births_birth (registration_id, version, message_id, facts_sha256, entitled, entitlement_code, facts, paper_no)
    SELECT registration_id, 1, id, '', true, '', '{}', 0 FROM births_message
"""
_DELIVERIES = """
    INSERT INTO births_delivery (received_at, channel, size, sha256, outcome, message_ref, correlation_id, peer, code, field)
    SELECT received_at, 'http', 2, sha256(id::text::bytea), CASE WHEN id % 50 = 0 THEN 'refused' ELSE 'stored' END, id,
           gen_random_uuid(), '', '', ''
    FROM births_message
"""
_DIFFERENCES = """
    INSERT INTO oversight_difference (day, commune_code, province_code, area, source, message_id, book, reason, code, opened_at)
    SELECT (received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, commune_code, '01', -1, 'BTP', message_id, 'child',
           'DUPLICATE', 'W-SAME', received_at
    FROM births_message
"""
_STATEMENTS = """
    INSERT INTO oversight_statement (source, day, province_code, version, channel, received_at, body, state, correlation_id,
                                     peer, code, field, key_id, signer, base, signature_input, signature, coding)
    SELECT 'BTP', date '2020-01-01' + n, '01', 1, 'file', date '2020-01-02' + n, n::text::bytea, 'taken', gen_random_uuid(),
           '', '', '', '', '', '', '', '', ''
    FROM generate_series(1, 200) AS n
"""
_STATED = """
    INSERT INTO oversight_stated (statement_id, commune_code, message_id, sha256)
    SELECT statement.id, '00004', 'CU-' || statement.id || '-' || n, sha256(n::text::bytea)
    FROM oversight_statement AS statement, generate_series(1, 100) AS n
"""
_READ = """
    SELECT relname, pg_stat_get_xact_tuples_returned(oid) FROM pg_class
    WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace AND pg_stat_get_xact_tuples_returned(oid) > 0
"""
_THAT_DAY = """
    SELECT commune_code, message_id, encode(body_sha256, 'hex'), registration_id, id FROM births_message
    WHERE received_at >= %s::timestamptz AND received_at < %s::timestamptz + interval '1 day' ORDER BY id
"""


@pytest.fixture
def country(
    postgres_owner: Address, template_database: str, django_db_blocker: Any
) -> Iterator[None]:
    """A database of its own: it is filled past its triggers."""
    with (
        postgres.copy(postgres_owner, template_database) as own,
        django_db_blocker.unblock(),
        postgres.django_on(own),
    ):
        places.declare_places(at=AT)
        pages.fill(CHILDREN, at=AT, progress=lambda _: None)
        with acting(SYSTEM, at=AT), connection.cursor() as cursor:
            for statement in (_BIRTHS, _DELIVERIES, _DIFFERENCES, _STATEMENTS, _STATED):
                cursor.execute(statement)
        yield


def _cost(deed: Callable[[], object]) -> dict[str, int]:
    """Rows of tables and entries of indexes that the deed went over, half the country or more alone."""
    with transaction.atomic():
        before = dict(rows(_READ))
        deed()
        read = {name: count - before.get(name, 0) for name, count in rows(_READ)}
    return {name: count for name, count in read.items() if count >= CHILDREN // 2}


def test_a_day_of_the_books_costs_what_the_day_has(country: None) -> None:
    start = datetime.combine(DAY, time(), VIETNAM)
    lines = [(commune, name, sha256) for commune, name, sha256, *_ in rows(_THAT_DAY, start, start)]
    missing = [("00004", f"MAT-{n}", f"{n:064x}") for n in range(20)]
    assert len(lines) > 5

    def stated() -> None:
        body = books.statement([*lines, *missing], day=DAY)
        assert books.state(body, at=EVENING).state == "taken"

    def looked(at: datetime) -> Callable[[], object]:
        return lambda: reconciling.reconcile_day(DAY, by=SYSTEM, at=at)

    assert _cost(stated) == {}
    assert _cost(looked(EVENING)) == {}
    assert rows("SELECT child_count FROM oversight_book WHERE until IS NULL AND child_count > 0")
    assert _cost(looked(EVENING + timedelta(hours=1))) == {}
    assert _cost(looked(EVENING + timedelta(days=3))) == {}
    (found,) = rows(
        "SELECT id FROM oversight_difference WHERE message_id = 'MAT-1' AND closed_at IS NULL"
    )
    assert _cost(lambda: resending.ask_again([found[0]], by=SYSTEM, at=AT)) == {}
    assert _cost(lambda: differences.history(SYSTEM, differences.one(SYSTEM, found[0]))) == {}
    wanted = differences.DifferenceFilter(DAY, DAY + timedelta(days=7))
    assert _cost(lambda: differences.lines(SYSTEM, wanted, as_of=AT)) == {}
    assert _cost(lambda: differences.counts(SYSTEM, wanted, as_of=AT)) == {}
    assert _cost(lambda: differences.unexplained_count(SYSTEM)) == {}
    assert _cost(lambda: reconciling.reconcile(by=SYSTEM, at=AT)) == {}

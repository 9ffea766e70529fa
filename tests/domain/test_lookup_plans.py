"""The look-up's plans are made for large tables even where they were made while the tables were empty."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from django.db import connections
from psycopg.conninfo import make_conninfo

from lienthong.cards import lookup
from lienthong.config import clock
from lienthong.database import address
from lienthong.database.address import Address
from lienthong.simulation.benches import filling
from lienthong.simulation.benches import lookup as bench
from tests import hospitals
from tests.births import small_country
from tests.hospitals import call

_CHILDREN = 3_000
_LARGE = (
    "persons_person",
    "persons_number",
    "cards_card",
    "audit_entry",
    "cards_lookuptarget",
    "cards_lookupday",
)
_READ = """
    SELECT relname, coalesce(seq_tup_read, 0), coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
    WHERE relname = ANY (%s)
"""


def _ask(cursor: psycopg.Cursor[Any], codes: Sequence[str]) -> list[str]:
    calls = [call(code, "KHÔNG AI", date(2020, 1, 1), on=date(2026, 11, 20)) for code in codes]
    cursor.execute(lookup.STATEMENT, [lookup.encoded(calls)])
    return [lookup.answer_of(row).verdict for row in cursor.fetchall()]


def test_a_plan_made_over_empty_tables_reads_no_large_table_whole(committed_db: Address) -> None:
    small_country()
    hospitals.hospital()
    with connections["owner"].cursor() as cursor:
        for table in _LARGE:
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            cursor.execute(f"ANALYZE {table}")
    options = address.server_options("gateway", signs_in_as_owner=True)
    conninfo = make_conninfo(committed_db.conninfo, options=options)
    with (
        psycopg.connect(conninfo, autocommit=True) as gateway,
        gateway.cursor() as cursor,
        # Changes tables, after which plans are made anew: before the first of them.
        filling.unguarded(bench.TABLES),
    ):
        # Often enough that a plan that would be kept is.
        for _ in range(8):
            assert _ask(cursor, ["2600000001"]) == ["unknown"]
        bench.write(_CHILDREN, at=clock.now(), progress=lambda _: None)
        codes = [str(2600000001 + number) for number in range(60)]
        codes[::3] = [str(800000000001 + number) for number in range(20)]
        with gateway.transaction():
            verdicts = _ask(cursor, codes)
            cursor.execute("SET LOCAL ROLE NONE")
            cursor.execute(_READ, [list(_LARGE)])
            read = {name: (whole, by_index) for name, whole, by_index in cursor.fetchall()}
    assert set(verdicts) <= {"wrong_name", "wrong_initials", "unknown"}
    assert len(verdicts) == len(codes)
    assert {name: whole for name, (whole, _) in read.items() if whole} == {}
    assert read["cards_card"][1] <= 4 * len(codes)
    assert read["persons_person"][1] <= 4 * len(codes)

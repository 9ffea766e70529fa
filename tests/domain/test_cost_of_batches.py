"""A batch costs as much as its rows, whatever the planner thought of the tables before: on the first day most of all."""

import time

import pytest
from django.db import connection

from lienthong.births import enrolment, intake
from lienthong.database.scope import acting
from lienthong.simulation.benches import enrol
from tests import births
from tests.births import AT
from tests.gateways.samples import body

_FEW, _FILLING, _MANY = 250, 1_500, 6_000
_FILE = intake.Via("file", peer="test")
# The text of each function, and whether it keeps the join of old and new rows from looping over one for each other.
_JOINING = """
    SELECT DISTINCT writer.proname, 'enable_nestloop=off' = ANY (coalesce(writer.proconfig, '{}'))
    FROM pg_trigger AS run JOIN pg_proc AS writer ON writer.oid = run.tgfoid
    WHERE NOT run.tgisinternal AND writer.prosrc ~ 'new_rows JOIN old_rows' ORDER BY 1
"""
_OPEN = """
    INSERT INTO dossiers_dossier (
        code, source, message_id, channel, state, reason, area, unit_rule, commune_code, district_code, registered_on,
        resolved_commune_code, province_code, received_at, due_on, child_name, child_fold_key, child_born_on, child_sex,
        facility_code, area_code, urgent, changed_at)
    SELECT 'TE-COST-' || n, 'BTP', 'cost-' || n, 'electronic', 'RECEIVED', '', 0, '', %(commune)s, '', %(at)s::date,
           '', '', %(at)s, %(at)s::date + 3, 'TRẺ', 'tre', %(at)s::date, 'male', '', '', false, %(at)s
    FROM generate_series(1, %(count)s) AS n
"""
_MOVE = """
    UPDATE dossiers_dossier SET state = CASE state WHEN 'RECEIVED' THEN 'CREATE_FAILED' ELSE 'RECEIVED' END
    WHERE id IN (SELECT id FROM dossiers_dossier ORDER BY id LIMIT %s)
"""

pytestmark = pytest.mark.timeout(120)


@pytest.mark.usefixtures("db")
def test_no_function_that_joins_old_and_new_rows_loops() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_JOINING)
        found = dict(cursor.fetchall())
    assert {"dossiers_moved", "cards_moved", "cards_finding_moved"} <= set(found)
    assert all(found.values()), found


@pytest.mark.usefixtures("db")
def test_a_moved_row_costs_the_same_in_a_large_batch_after_a_statement_that_moved_nothing() -> None:
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
        cursor.execute(_MOVE, [0])
        cursor.execute(_OPEN, {"commune": births.BA_DINH, "at": AT, "count": _MANY})

        def seconds_a_row(count: int) -> float:
            taken = []
            for _ in range(4):
                start = time.perf_counter()
                cursor.execute(_MOVE, [count])
                taken.append(time.perf_counter() - start)
                assert cursor.rowcount == count
            return min(taken) / count

        few, many = seconds_a_row(_FEW), seconds_a_row(_MANY)
    # Looping, a row of the larger batch costs about ten times one of the smaller.
    assert many < 4 * few, (few, many)


@pytest.mark.usefixtures("committed_db")
def test_a_message_costs_the_same_in_a_file_of_thousands_after_the_tables_were_emptied() -> None:
    def seconds_a_message(run: int, count: int) -> float:
        raws = [body({"message_id": f"LTKS-{run}-{number:06}"}) for number in range(count)]
        start = time.perf_counter()
        intake.accept_many(raws, _FILE, by=enrolment.system(), at=AT)
        return (time.perf_counter() - start) / count

    few = min(seconds_a_message(run, _FEW) for run in range(3))
    # What a session plans over an empty table, it keeps.
    enrol.empty()
    seconds_a_message(3, _FILLING)
    many = min(seconds_a_message(run, _FILLING) for run in range(4, 7))
    # Read whole for each message, the table makes it some thirty times.
    assert many < 6 * few, (few, many)

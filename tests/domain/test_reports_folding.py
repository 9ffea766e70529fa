"""Folding: figures are the same before, between and after it; an event that commits late is never passed."""

from datetime import date, timedelta

import psycopg
import pytest
from django.db import connection, transaction

from lienthong.cards import officetime
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database import invariants
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.reports import folding, forms
from tests import births, record_world
from tests.births import AT, column, message, rows, run, send

pytestmark = pytest.mark.timeout(300)
PERIOD = (date(2026, 11, 1), date(2026, 11, 30))
END = AT + timedelta(hours=9)
_BY = births.system
_CANCEL = """
    UPDATE dossiers_dossier SET state = 'CANCELLED', reason = 'CANCELLED_BY_SENDER', closed_on = '2026-11-20', changed_at = now()
    WHERE id = %s
"""


@pytest.fixture(autouse=True)
def _year(committed_db: Address) -> Address:
    officetime.ensure(AT.date())
    return committed_db


def _figures(level: str = "commune") -> forms.Table:
    with acting(_BY(), at=END):
        return forms.table(_BY(), "phu-luc-1", PERIOD, END, level)


def _dirty() -> int:
    return int(column("SELECT cardinality(reports_dirty())")[0])


def test_lines_change_no_figure_and_one_that_was_changed_is_noticed() -> None:
    list(record_world.live())
    levels = ("province", "unit", "commune")
    before = [_figures(level) for level in levels]
    assert _dirty() > 0
    assert folding.fold_all(by=_BY(), at=END) > 0
    assert _dirty() == 0
    assert rows("SELECT count(*) FROM reports_line") == rows(
        "SELECT count(*) FROM dossiers_dossier WHERE kind = 'first'"
    )
    assert [_figures(level) for level in levels] == before
    assert folding.fold(by=_BY(), at=END) == 0
    assert invariants.run_all(connection, [invariants_folder("reports")]) == []
    for change in (
        "UPDATE reports_line SET position = 2 WHERE position = 7",
        "UPDATE reports_cell SET count = count + 1",
        "DELETE FROM reports_line WHERE dossier_id = (SELECT min(dossier_id) FROM reports_line)",
    ):
        with transaction.atomic(), acting(_BY(), at=END), connection.cursor() as cursor:
            cursor.execute(change)
            assert cursor.rowcount > 0
            assert invariants.run_all(connection, [invariants_folder("reports")]), change
            transaction.set_rollback(True)
    folding.rebuild(by=_BY(), at=END)
    assert invariants.run_all(connection, [invariants_folder("reports")]) == []
    assert [_figures(level) for level in levels] == before


def test_an_event_that_commits_late_is_never_passed(committed_db: Address) -> None:
    births.small_country()
    send(*(message(number) for number in range(1, 5)))
    run()
    folding.fold_all(by=_BY(), at=END)
    late, other = column("SELECT id FROM dossiers_dossier ORDER BY id LIMIT 2")
    with psycopg.connect(committed_db.conninfo) as slow:
        slow.execute(
            "SELECT set_config('lienthong.by', 'system', true), set_config('lienthong.at', %s, true)",
            [END.isoformat()],
        )
        slow.execute("SET LOCAL ROLE lienthong_worker")
        slow.execute(_CANCEL, [late])
        with acting(_BY(), at=END), connection.cursor() as cursor:
            cursor.execute(_CANCEL, [other])
        for _ in range(3):
            folding.fold_all(by=_BY(), at=END)
        assert _figures().totals["cancelled"] == 1
        slow.commit()
    assert _figures().totals["cancelled"] == 2
    folding.fold_all(by=_BY(), at=END)
    assert _dirty() == 0
    assert _figures().totals["cancelled"] == 2
    assert invariants.run_all(connection, [invariants_folder("reports")]) == []


def test_folding_stands_aside_while_births_wait_though_not_for_long() -> None:
    births.small_country()
    send(message(1))
    run()
    send(message(2))
    assert folding.fold(by=_BY(), at=AT) == 0
    assert _figures().totals["received"] == 2
    assert folding.fold_all(by=_BY(), at=AT + timedelta(hours=1)) > 0
    assert rows("SELECT count(*) FROM reports_line") == [(1,)]


def test_many_events_are_folded_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_AT_ONCE", 5)
    list(record_world.live())
    before = _figures()
    assert folding.fold_all(by=_BY(), at=END) > 5
    assert _dirty() == 0
    assert _figures() == before
    assert invariants.run_all(connection, [invariants_folder("reports")]) == []

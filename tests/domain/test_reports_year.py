"""A year of births: every figure of every form equals the count by hand, now and as of ten random past instants."""

from datetime import date, datetime, time, timedelta
from random import Random
from time import sleep

import pytest
from django.db import transaction

from lienthong.cards import officetime
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.reports import folding, forms, trends
from tests import births, year_count, year_world
from tests.births import rows
from tests.year_shots import BOTH_MAPS, MAP_DAY, TWO_TIERS, Year

pytestmark = pytest.mark.timeout(900)
_LEVELS = ("country", "province", "unit", "commune")
_COMMUNES = """
    SELECT code, lower(valid), province_code, parent_code FROM catalogues_division WHERE level = 'commune' ORDER BY 2
"""
_OLD_MAP = datetime.combine(MAP_DAY, time(), VIETNAM) - timedelta(microseconds=1)
"""Its last instant."""
_NEVER = {"failed_other"}
"""What catches a cause that the steps do not have yet."""


@pytest.fixture(params=[TWO_TIERS, BOTH_MAPS], ids=["one map", "both maps"])
def year(committed_db: Address, request: pytest.FixtureRequest) -> Year:
    """The year, lived once for all that this module asks of it."""
    officetime.ensure(request.param.last)
    del committed_db
    # One transaction: officers act with the rights of pages, which a commit would take back.
    a_day = 32 if request.param is TWO_TIERS else 16
    with transaction.atomic():
        return year_world.live(days=24, a_day=a_day, year=Year(request.param))


def _whole(year: Year) -> tuple[date, date]:
    return (year.span.first, year.span.last)


def _levels(at: datetime) -> tuple[str, ...]:
    return (*_LEVELS, "district") if vietnam_date(at) < MAP_DAY else _LEVELS


def _differences(
    year: Year, at: datetime, period: tuple[date, date], level: str
) -> list[tuple[object, ...]]:
    """Every figure of every form, total and rows, that is not what was counted by hand."""
    by = births.system()
    units = dict(rows("SELECT id, code FROM catalogues_unit"))
    wanted = year_count.count(year, at=at, period=period, level=level, unit_codes=units)
    wrong: list[tuple[object, ...]] = []
    for name in forms.FORMS:
        with acting(by, at=at):
            told = forms.table(by, name, period, at, level)
        found = {row.code: row.figures for row in told.rows} | {"total": told.totals}
        for code in sorted({*wanted, *found}):
            for column in told.form.columns:
                empty = None if column.pace else 0
                said = found.get(code, {}).get(column.key, empty)
                right = wanted.get(code, {}).get(column.key, empty)
                if said != right:
                    wrong.append((at.isoformat(), name, level, code, column.key, said, right))
    return wrong


def _edges(year: Year) -> list[datetime]:
    """Instants at which a day, an age or a month has just turned; one before anything was received."""
    first = year.shots[0].at
    days = sorted({vietnam_date(shot.at) for shot in year.shots})
    midnights = [datetime.combine(day + timedelta(days=1), time(), VIETNAM) for day in days[2::5]]
    month = datetime(year.span.last.year, 8, 1, tzinfo=VIETNAM)
    return [
        *((_OLD_MAP, _OLD_MAP + timedelta(microseconds=1)) if days[0] < MAP_DAY < days[-1] else ()),
        first - timedelta(microseconds=1),
        *midnights,
        *(at + timedelta(days=gone) for at, gone in zip(midnights, (2, 3, 5, 7, 9), strict=True)),
        month - timedelta(microseconds=1),
        month,
    ]


def _slots_that_differ(at: datetime, period: tuple[date, date]) -> list[object]:
    """The slots of a trend whose figures are not those of the form with the slot as its period."""
    by = births.system()
    with acting(by, at=at):
        _, slots = trends.trend(by, period, at)
        return [
            slot.first
            for slot in slots
            if slot.figures
            != forms.table(by, "phu-luc-1", (slot.first, slot.last), at, "country").totals
        ]


def _never_filled(year: Year) -> set[str]:
    """The columns that are 0 all year: they would be compared with nothing."""
    by = births.system()
    left = {it.key for it in forms.FORMS["phu-luc-1"].columns}
    for shot in year.shots[::-1]:
        for at in (shot.at + timedelta(days=gone) for gone in range(8)):
            if left != _NEVER:
                with acting(by, at=at):
                    told = forms.table(by, "phu-luc-1", _whole(year), at, "country").totals
                left -= {key for key, value in told.items() if value}
    return left


def _provinces_with_records(year: Year, at: datetime) -> set[str]:
    by = births.system()
    with acting(by, at=at):
        told = forms.table(by, "phu-luc-1", _whole(year), at, "province")
    return {row.code for row in told.rows if row.figures["received"] and row.code != "00"}


def test_every_figure_of_every_instant_equals_the_count_by_hand(year: Year) -> None:
    year_count.know(rows(_COMMUNES))
    chance = Random(7)
    last = year.shots[-1].at
    instants = [last + timedelta(minutes=5), chance.choice(year.shots).at]
    span = last - year.shots[0].at
    instants += [year.shots[0].at + span * chance.random() for _ in range(9)]
    instants += _edges(year)
    # Before anything is folded, and with all of it folded.
    wrong = [
        it
        for at in instants[:4]
        for level in _levels(at)
        for it in _differences(year, at, _whole(year), level)
    ]
    assert wrong == []
    by = births.system()
    assert folding.fold_all(by=by, at=last) > 0
    # A transaction that began before ours, of another database of the server too, holds the mark back until it has ended.
    for _ in range(120):
        folding.fold_all(by=by, at=last)
        if rows("SELECT cardinality(reports_dirty())") == [(0,)]:
            break
        sleep(0.5)
    assert rows("SELECT cardinality(reports_dirty())") == [(0,)]
    for at in instants:
        for level in _levels(at):
            wrong += _differences(year, at, _whole(year), level)
        first = year.span.first + timedelta(days=chance.randrange(300))
        wrong += _differences(
            year, at, (first, first + timedelta(days=chance.randrange(80))), "province"
        )
        # By week, month, quarter and year, from a day within one.
        for days in (40, 300, 500, 1500):
            since = year.span.last - timedelta(days=days + chance.randrange(20))
            assert _slots_that_differ(at, (since, year.span.last)) == []
    assert wrong == []
    assert rows("SELECT count(*) > 0 FROM reports_wait") == [(True,)]
    if year.span is TWO_TIERS:
        assert _never_filled(year) == _NEVER
    else:
        assert _provinces_with_records(year, _OLD_MAP) == {"01", "74"}
        assert _provinces_with_records(year, last) == {"01", "79"}

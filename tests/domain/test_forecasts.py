"""The lines of an act: the dry run foretells what the cut-over does, page by page, and each wait is told until it ends."""

from datetime import date, datetime

import pytest

from lienthong.births import enrolment, rerouting
from lienthong.dossiers import forecasts
from lienthong.dossiers.forecasts import ForecastLine, Wanted
from lienthong.kernel.dates import VIETNAM
from tests import births, mergers
from tests.births import AT

pytestmark = pytest.mark.django_db

OLD, NEW, NOBODYS, NOBODYS_TOO, FORMED = "00004", "00008", "00082", "00097", "99998"
DAY, NEXT_DAY = date(2026, 12, 1), date(2026, 12, 2)
LATER = datetime(2026, 12, 1, 8, 0, tzinfo=VIETNAM)
MUCH_LATER = datetime(2026, 12, 2, 8, 0, tzinfo=VIETNAM)
BY = enrolment.system()


@pytest.fixture(autouse=True)
def _country() -> None:
    births.declare("TE-OLD", OLD)
    births.declare("TE-NEW", NEW)


def _lines(act_id: int, *, is_done: bool = False, **wanted: object) -> list[ForecastLine]:
    return forecasts.lines(BY, act_id, wanted=Wanted(**wanted), is_done=is_done, limit=50)  # type: ignore[arg-type]


def _foretold(act_id: int) -> None:
    rerouting.forecast(act_id, by=BY, at=LATER)


def test_what_was_foretold_is_what_is_done() -> None:
    for number, state in enumerate(reversed(mergers.STATES), start=1):
        mergers.bring(number, state, commune=OLD, at=AT)
    act_id = mergers.enter([(OLD, NEW, "whole")], DAY, at=LATER)
    _foretold(act_id)
    before, foretold = forecasts.totals(BY, act_id, is_done=False), _lines(act_id)
    assert [(it.rule, it.count, it.is_kept) for it in before] == [
        ("000-1", 1, True),
        ("000-3", 3, True),
        ("000-4", 2, False),
        ("000-5", 2, False),
    ]
    mergers.apply([(OLD, NEW, "whole")], DAY, at=LATER)
    assert forecasts.totals(BY, act_id, is_done=True) == before
    done = {it.code: it for it in _lines(act_id, is_done=True)}
    assert len(done) == len(foretold) == len(mergers.STATES)
    for line in foretold:
        same = done[line.code]
        assert (same.rule, same.from_unit, same.to_unit) == (
            line.rule,
            line.from_unit,
            line.to_unit,
        )
        assert (same.from_commune_name, same.to_commune_name) == (
            line.from_commune_name,
            line.to_commune_name,
        )


def test_lines_are_filtered_by_rule_qualifier_and_unit_and_turn_by_key() -> None:
    for number in (1, 2, 3):
        mergers.bring(number, "CREATED", commune=OLD, at=AT)
    act_id = mergers.enter([(OLD, NEW, "whole")], DAY, at=LATER)
    _foretold(act_id)
    first, second, third = _lines(act_id)
    assert _lines(act_id, after=first.key) == [second, third]
    assert _lines(act_id, rule="000-5", qualifier="Q1", unit_code="TE-NEW") == [
        first,
        second,
        third,
    ]
    assert _lines(act_id, unit_code="TE-OLD") == [first, second, third]
    for none in ({"rule": "000-4"}, {"qualifier": "Q2"}, {"unit_code": "TE-NONE"}):
        assert _lines(act_id, **none) == []


def test_a_wait_is_told_until_it_ends() -> None:
    mergers.bring(1, "CREATED", commune=OLD, at=AT)
    act_id = mergers.enter([(OLD, NOBODYS, "whole")], DAY, at=LATER)
    _foretold(act_id)
    (line,) = _lines(act_id)
    assert (line.to_unit, line.reason, line.qualifier) == ("", "UNIT_NOT_DECLARED", "Q4")
    mergers.apply([(OLD, NOBODYS, "whole")], DAY, at=LATER)
    (line,) = _lines(act_id, is_done=True)
    assert line.reason == "UNIT_NOT_DECLARED"
    mergers.apply([(NOBODYS, NOBODYS_TOO, "whole")], NEXT_DAY, at=MUCH_LATER)
    (line,) = _lines(act_id, is_done=True)
    assert line.reason == ""
    births.declare("TE-LATE", NOBODYS_TOO)
    births.run(MUCH_LATER)
    (line,) = _lines(act_id, is_done=True)
    assert line.reason == ""
    (total,) = forecasts.totals(BY, act_id, is_done=True)
    assert (total.count, total.unitless_count) == (1, 1)


def test_a_commune_that_the_draft_forms_has_its_name() -> None:
    mergers.bring(1, "CREATED", commune=OLD, at=AT)
    act_id = mergers.enter([(OLD, FORMED, "whole", "Phường Mới Lập", "01")], DAY, at=LATER)
    _foretold(act_id)
    (line,) = _lines(act_id)
    assert (line.from_commune_name, line.to_commune_name) == ("Phường Ba Đình", "Phường Mới Lập")
    assert births.column("SELECT count(*) FROM catalogues_division WHERE code = %s", FORMED) == [0]

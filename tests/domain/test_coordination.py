"""Coordination: agreements as dated steps, which provinces are connected, who may write, and what is reminded of."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from lienthong.births import scans
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound
from lienthong.oversight import agreements, connections
from lienthong.oversight.agreements import Step
from lienthong.oversight.connections import Declaration
from lienthong.simulation.coordination import _PAGE as PDF
from tests import births, books
from tests.births import AT, ON
from tests.declared import officer, refusal
from tests.officers import SYSTEM, become, run

pytestmark = pytest.mark.django_db
JULY_2025 = date(2025, 7, 1)
DRAFTING = Step("drafting", ON - timedelta(days=30))
SIGNED = Step("signed", ON - timedelta(days=20), "12/QCPH", "Lê Thị Một", "Trần Văn Hai", "whole")
IN_FORCE = Step("in_force", ON - timedelta(days=10))


@pytest.fixture(autouse=True)
def _scans(tmp_path: Path) -> Iterator[None]:
    before, settings.SCANS = settings.SCANS, tmp_path / "scans"
    yield
    settings.SCANS = before


def enter(step: Step, *files: bytes, seen: int = 0, by: Actor = SYSTEM, to: str = "01") -> int:
    return agreements.enter(to, step, files, seen=seen, by=by, at=AT)


def standing(on: date = ON, province: str = "01") -> tuple[str, str, bool]:
    (found,) = agreements.standings(SYSTEM, on=on, province_code=province)
    return found.state, found.number, found.is_gap


def as_if_committed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# ---------------------------------------------------------------- agreements


def test_an_agreement_goes_its_way_and_every_day_has_its_state() -> None:
    key = enter(DRAFTING)
    key = enter(SIGNED, PDF, seen=key)
    key = enter(IN_FORCE, seen=key)
    as_if_committed()
    days = {days: standing(ON - timedelta(days=days)) for days in (31, 30, 20, 10, 0)}
    assert days == {
        31: ("none", "", True),
        30: ("drafting", "", True),
        20: ("signed", "12/QCPH", True),
        10: ("in_force", "12/QCPH", False),
        0: ("in_force", "12/QCPH", False),
    }
    enter(Step("ended", ON, note="Hết thời hạn"), seen=key)
    assert standing() == ("ended", "", True)
    assert standing(ON - timedelta(days=1)) == ("in_force", "12/QCPH", False)


def test_of_a_part_of_the_province_is_still_a_gap() -> None:
    key = enter(Step("signed", SIGNED.since, "1", "A", "B", "part"), PDF)
    enter(IN_FORCE, seen=key)
    assert standing() == ("in_force", "1", True)


@pytest.mark.parametrize(
    ("step", "files", "code"),
    [
        (Step("in_force", ON), [], "E-STATE"),
        (Step("ended", ON, note="x"), [], "E-STATE"),
        (Step("none", ON), [], "E-STATE"),
        (Step("drafting", ON + timedelta(days=1)), [], "E-DATE"),
        (Step("signed", ON, "", "A", "B", "whole"), [PDF], "E-NUMBER"),
        (Step("signed", ON, "1", "A", " ", "whole"), [PDF], "E-NAME"),
        (Step("signed", ON, "1", "A", "B", "half"), [PDF], "E-SCOPE"),
        (Step("signed", ON, "1", "A", "B", "whole"), [], "E-SCAN"),
        (Step("signed", ON, "1", "A", "B", "whole"), [b"MZ not a scan"], "E-SCAN-KIND"),
    ],
)
def test_a_step_that_may_not_be_is_refused(step: Step, files: list[bytes], code: str) -> None:
    assert refusal(lambda: enter(step, *files)) == code
    assert agreements.history(SYSTEM, "01", on=ON) == []


def test_a_step_follows_the_one_that_the_officer_saw_and_not_an_earlier_day() -> None:
    key = enter(DRAFTING)
    assert refusal(lambda: enter(SIGNED, PDF)) == "CHANGED"
    early = Step("signed", DRAFTING.since - timedelta(days=1), "1", "A", "B", "whole")
    assert refusal(lambda: enter(early, PDF, seen=key)) == "E-DATE"


def test_the_database_holds_the_line_and_the_scan_by_itself() -> None:
    statement = (
        "INSERT INTO oversight_agreementstep (province_code, state, since, number, our_signer, their_signer, scope, note,"
        " entered_at, entered_by) VALUES ('01', %s, '2026-11-01', %s, %s, %s, %s, %s, now(), 'x')"
    )
    wrong = [
        ("in_force", "", "", "", "", "", "no such step"),
        ("signed", "1", "A", "B", "whole", "", "has a scan"),
        ("signed", "", "A", "B", "whole", "", "agreement_signed_whole"),
        ("ended", "", "", "", "", "", "agreement_ended_why"),
    ]

    def write(*words: str) -> None:
        with atomic():
            with acting(SYSTEM, at=AT):
                run(statement, *words)
            as_if_committed()

    for *words, text in wrong:
        with pytest.raises(DatabaseError, match=text):
            write(*words)


def test_a_mistake_is_taken_back_and_kept_but_only_the_latest() -> None:
    first = enter(DRAFTING)
    second = enter(SIGNED, PDF, seen=first)
    assert refusal(lambda: agreements.withdraw(first, "01", by=SYSTEM, at=AT)) == "E-STATE"
    agreements.withdraw(second, "01", by=SYSTEM, at=AT)
    assert standing() == ("drafting", "", True)
    assert [(it.id, it.withdrawn_at) for it in agreements.history(SYSTEM, "01", on=ON)] == [
        (second, AT),
        (first, None),
    ]
    for statement in (
        "UPDATE oversight_agreementstep SET note = 'x'",
        "DELETE FROM oversight_agreementstep",
        "UPDATE oversight_agreementscan SET name = 'x'",
    ):
        with pytest.raises(DatabaseError), atomic(), acting(SYSTEM, at=AT):
            run(statement)


def test_a_scan_is_read_back_unchanged_and_is_not_swept() -> None:
    enter(SIGNED, PDF)
    (line,) = agreements.history(SYSTEM, "01", on=ON)
    (kept,) = line.scans
    assert agreements.scan(SYSTEM, kept.id)[1] == PDF
    (file,) = settings.SCANS.iterdir()
    stranger = settings.SCANS / ("0" * 32)
    stranger.write_bytes(b"x")
    old = AT.timestamp() - 10 * scans.KEPT_UNNAMED_SECONDS
    for path in (file, stranger):
        os.utime(path, (old, old))
    assert scans.sweep(agreements.named_scans) == 1
    assert file.exists()
    assert not stranger.exists()


def test_the_past_of_a_province_is_that_of_those_it_took_in() -> None:
    """Hà Giang (02) became part of Tuyên Quang (08) on 01/07/2025."""
    before = Step("drafting", date(2024, 3, 1))
    enter(before, to="02")
    assert len(agreements.standings(SYSTEM, on=JULY_2025 - timedelta(days=1))) == 63
    assert len(agreements.standings(SYSTEM, on=ON)) == 34
    assert standing(date(2024, 3, 1), "02") == ("drafting", "", True)
    assert standing(ON, "08") == ("none", "", True)
    (line,) = agreements.history(SYSTEM, "08", on=ON)
    assert (line.province_code, line.province_name) == ("02", "Tỉnh Hà Giang")


def test_a_province_writes_its_own_the_centre_reads_all_and_others_nothing() -> None:
    own, foreign = officer("giam-doc-1", "province", "01"), officer("giam-doc-24", "province", "24")
    centre, desk = officer("tw", "centre", ""), officer("so-the", "card_desk", "01")
    become("lienthong_web")
    key = enter(DRAFTING, by=own)
    assert refusal(lambda: enter(DRAFTING, by=foreign)) == "E-PROVINCE-SCOPE"
    assert refusal(lambda: enter(DRAFTING, by=centre)) == "E-PROVINCE-SCOPE"
    assert refusal(lambda: enter(DRAFTING, by=desk)) == "E-PROVINCE-SCOPE"
    seen = {}
    for by in (own, foreign, centre, desk):
        with acting(by, at=AT):
            seen[by.name] = [it.id for it in agreements.history(by, "01", on=ON)]
    assert seen == {"giam-doc-1": [key], "giam-doc-24": [], "tw": [key], "so-the": [key]}
    with pytest.raises(DatabaseError), atomic(), acting(foreign, at=AT):
        run(
            "INSERT INTO oversight_agreementstep (province_code, state, since, number, our_signer, their_signer, scope,"
            " note, entered_at, entered_by) VALUES ('01', 'drafting', '2026-11-01', '', '', '', '', '', now(), 'x')"
        )


def test_a_foreign_scan_is_not_there() -> None:
    enter(SIGNED, PDF)
    (line,) = agreements.history(SYSTEM, "01", on=ON)
    foreign = officer("giam-doc-24", "province", "24")
    become("lienthong_web")
    with acting(foreign, at=AT), pytest.raises(NotFound):
        agreements.scan(foreign, line.scans[0].id)


# ---------------------------------------------------------------- connected or not


def _arrived() -> None:
    births.small_country()
    births.send(births.message(1))
    births.run()
    books.reconcile()


NOT = Declaration(
    is_connected=False,
    since=ON,
    reason="EQUIPMENT",
    plan="Thay đường truyền",
    planned_on=ON + timedelta(days=20),
)


def _of(province: str, on: date = ON) -> connections.Connection:
    return next(
        it for it in connections.connected(SYSTEM, on=on).lines if it.province_code == province
    )


def test_sixty_of_sixty_three_are_95_percent() -> None:
    line = _of("01")
    lines = [
        connections.Connection(
            "00", "x", ON if n < 60 else None, ON if n < 60 else None, 1, 1, None, None, ON
        )
        for n in range(63)
    ]
    assert connections.Connected(ON, tuple(lines)).figure_vi == "60/63, 95 %"
    assert not line.is_connected


def test_what_arrives_decides_and_a_later_word_against_it_counts() -> None:
    assert connections.connected(SYSTEM, on=ON).figure_vi == "0/34, 0 %"
    assert _of("01").is_unexplained
    _arrived()
    found = connections.connected(SYSTEM, on=ON)
    assert (found.count, found.total, found.percent) == (1, 34, 3)
    assert (_of("01").first_on, _of("01").last_on) == (ON, ON)
    assert connections.connected(SYSTEM, on=ON - timedelta(days=1)).count == 0
    after = AT + timedelta(days=3)
    connections.declare("01", NOT, seen=0, by=SYSTEM, at=after)
    assert _of("01").is_connected
    assert _of("01").is_contrary
    later = Declaration(
        is_connected=False, since=after.date(), reason="PAUSED", plan="x", planned_on=after.date()
    )
    (step,) = connections.steps(SYSTEM, "01")
    connections.declare("01", later, seen=step.id, by=SYSTEM, at=after)
    assert not _of("01", after.date()).is_connected
    assert _of("01").is_connected


def test_a_silent_province_is_an_alarm_until_something_comes() -> None:
    _arrived()
    alarm = (
        "SELECT subject FROM database_alarm WHERE name = 'oversight.silent' AND closed_at IS NULL"
    )
    connections.remind(by=SYSTEM, at=AT + timedelta(days=8))
    assert run(alarm) == []
    connections.remind(by=SYSTEM, at=AT + timedelta(days=9))
    assert run(alarm) == [("01",)]
    assert _of("01", ON + timedelta(days=9)).silent_days == 8
    births.send(births.message(2), at=AT + timedelta(days=9))
    births.run(AT + timedelta(days=9))
    books.reconcile(ON + timedelta(days=9), at=AT + timedelta(days=10))
    connections.remind(by=SYSTEM, at=AT + timedelta(days=10))
    assert run(alarm) == []
    assert _of("01", ON + timedelta(days=10)).empty_days == 8


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "WEATHER"}, "E-REASON"),
        ({"reason": "WORKLOAD"}, "E-REASON"),
        ({"reason": "OTHER"}, "E-NOTE"),
        ({"plan": " "}, "E-PLAN"),
        ({"planned_on": None}, "E-PLANNED"),
        ({"planned_on": ON - timedelta(days=1)}, "E-PLANNED"),
        ({"since": ON + timedelta(days=1)}, "E-DATE"),
    ],
)
def test_not_connected_needs_a_reason_of_the_day_a_plan_and_a_day(
    change: dict[str, object], code: str
) -> None:
    said = replace(NOT, **change)  # type: ignore[arg-type]
    assert refusal(lambda: connections.declare("01", said, seen=0, by=SYSTEM, at=AT)) == code


def test_when_the_planned_day_passes_the_director_is_told_once_a_week() -> None:
    director = officer("giam-doc-1", "province", "01")
    connections.declare("01", NOT, seen=0, by=SYSTEM, at=AT)
    planned = AT + timedelta(days=20)
    told = [
        connections.remind(by=SYSTEM, at=planned + timedelta(days=days)) for days in (0, 1, 2, 6, 7)
    ]
    assert [count > 0 for count in told] == [False, True, False, False, True]
    assert run("SELECT DISTINCT account_id FROM notices_notice WHERE kind = 'PLAN_PASSED'") == [
        (director.account_id,)
    ]
    alarm = "SELECT subject FROM database_alarm WHERE name = 'oversight.plan_passed' AND closed_at IS NULL"
    assert run(alarm) == [("01",)]
    (step,) = connections.steps(SYSTEM, "01")
    connections.withdraw(step.id, "01", by=SYSTEM, at=planned)
    connections.remind(by=SYSTEM, at=planned + timedelta(days=8))
    assert run(alarm) == []


def test_the_figure_is_the_same_for_everybody_and_the_reasons_are_not() -> None:
    _arrived()
    connections.declare("24", NOT, seen=0, by=SYSTEM, at=AT)
    foreign = officer("giam-doc-1", "province", "01")
    become("lienthong_web")
    with acting(foreign, at=AT):
        found = connections.connected(foreign, on=ON)
    assert found.figure_vi == "1/34, 3 %"
    assert {it.province_code for it in found.lines if it.step} == set()

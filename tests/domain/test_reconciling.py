"""Books that balance (INV-45): a day with every kind of planted difference is explained exactly, and comes right by itself."""

import random
from datetime import timedelta
from typing import Any

import pytest

from lienthong.births import intake, storing
from lienthong.database.sql import Statement
from lienthong.oversight import reasons, reconciling
from tests import births, books, cards
from tests.births import AT, BA_DINH, NGOC_HA, ON, UNDECLARED
from tests.officers import SYSTEM, run

pytestmark = pytest.mark.django_db
Difference = tuple[str, str, str]
DAY_AFTER = books.NEXT_EVENING + timedelta(days=1)


@pytest.fixture(autouse=True)
def _country() -> None:
    births.small_country()


def _name(number: int) -> str:
    return str(births.message(number)["message_id"])


def _stated(*contents: dict[str, Any], **more: Any) -> None:
    books.state(books.statement([books.line(it) for it in contents], **more))


# ---------------------------------------------------------------- what is whole


def test_a_day_that_is_whole_waits_for_approval_alone() -> None:
    sent = [births.message(n) for n in (1, 2)]
    births.send(*sent)
    births.run()
    _stated(*sent)
    waiting = {("card", "AWAITING_APPROVAL", "")}
    assert books.reconcile() == {_name(1): waiting, _name(2): waiting}
    assert books.book() == {
        "said": 2,
        "listed": 2,
        "received": 2,
        "child": 2,
        "number": 2,
        "cardless": 2,
        "open": 2,
    }


def test_an_approved_card_balances_the_child_and_closes_the_difference() -> None:
    births.send(births.message(2))
    births.run()
    _stated(births.message(1), births.message(2))
    assert books.reconcile()[_name(1)] == {("sent", "ON_ITS_WAY", "")}
    cards.active(1)
    assert _name(1) not in books.reconcile(at=DAY_AFTER)
    assert books.book() == {
        "said": 2,
        "listed": 2,
        "received": 2,
        "child": 2,
        "number": 2,
        "card": 1,
        "cardless": 1,
        "open": 1,
    }
    closed = run(
        "SELECT reason, opened_at, closed_at FROM oversight_difference WHERE message_id = %s",
        _name(1),
    )
    assert closed == [("ON_ITS_WAY", books.NEXT_EVENING, DAY_AFTER)]


# ---------------------------------------------------------------- every kind of planted difference


def _planted() -> dict[str, set[Difference]]:
    """Plant one of each on one day; what must come of it, by message id."""
    cards.active(1)
    same = births.message(1, message_id="LTKS-2026-0000901")
    corrected = births.message(
        1, message_id="LTKS-2026-0000902", kind="correct", version=2, meNgaySinh="1995"
    )
    born_long_ago = births.message(4, nksNgaySinh="12/11/2015", ngayDangKy="19/11/2026")
    nameless = births.message(3, nksHoTen="TEST")
    tomorrow = births.message(5, schema=99)
    undeclared = births.message(6, ndkksMaXa=UNDECLARED, nksNoiCuTru=births.living_in(UNDECLARED))
    cancelled, cancellation = (
        births.message(7),
        births.message(7, message_id="LTKS-2026-0000907", kind="cancel", version=2),
    )
    two = births.message(8)
    other = births.message(9)
    births.send(same, corrected, born_long_ago, nameless, tomorrow, undeclared, cancelled)
    births.send(cancellation, two, other, births.message(10))
    births.send(births.message(8, meNgaySinh="1990"))
    births.run()
    dtd = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
    refused = storing.Refused("E-DTD", len(dtd), bytes.fromhex(books.digest(dtd)), dtd)
    intake.refuse([refused], storing.Via("http"), by=SYSTEM, at=AT)
    lines = [
        books.line(it)
        for it in (births.message(1), same, corrected, born_long_ago, nameless, tomorrow)
    ]
    lines += [books.line(it) for it in (undeclared, cancelled, cancellation, births.message(11))]
    lines += [
        books.line(two, sha256=books.digest(births.message(8, meNgaySinh="1990"))),
        books.line(other, sha256="00" * 32),
        (BA_DINH, "LTKS-2026-0000912", books.digest(dtd)),
        (NGOC_HA, "LTKS-2026-0000913", "11" * 32),
    ]
    earlier = ON - timedelta(days=1)
    books.state(books.statement([(NGOC_HA, "LTKS-2026-0000913", "11" * 32)], day=earlier))
    books.state(books.statement(lines, said={NGOC_HA: 5}))
    waiting = ("card", "AWAITING_APPROVAL", "")
    return {
        same["message_id"]: {("child", "DUPLICATE", "W-SAME")},
        corrected["message_id"]: {("child", "CORRECTION", "")},
        born_long_ago["message_id"]: {("child", "NOT_ENTITLED", "N-AGE")},
        nameless["message_id"]: {("child", "QUARANTINED", "E-NAME-TEST")},
        tomorrow["message_id"]: {("child", "HELD", "E-VERSION")},
        undeclared["message_id"]: {("number", "WAITING_UNIT", "UNIT_NOT_DECLARED")},
        cancelled["message_id"]: {("child", "CANCELLED", "")},
        cancellation["message_id"]: {("child", "CANCELLATION", "")},
        _name(8): {("bytes", "TWO_CONTENTS", ""), waiting},
        _name(9): {("bytes", "UNEXPLAINED", "OTHER_BYTES"), waiting},
        _name(10): {("sent", "STATEMENT_AWAITED", ""), waiting},
        _name(11): {("sent", "ON_ITS_WAY", "")},
        "LTKS-2026-0000912": {("sent", "REFUSED_AT_DOOR", "E-DTD")},
        "LTKS-2026-0000913": {("sent", "STATED_TWICE", "")},
        "": {("statement", "COUNT_AND_LIST", "5/1")},
    }


@pytest.mark.rule("INV-45")
def test_a_day_with_every_kind_of_difference_is_explained_exactly() -> None:
    planted = _planted()
    assert books.reconcile() == planted


@pytest.mark.rule("INV-45")
def test_later_what_nobody_can_explain_is_an_alarm_a_task_and_no_more() -> None:
    planted = _planted()
    books.reconcile()
    books.state(books.statement([], day=ON + timedelta(days=1)), at=DAY_AFTER)
    long_after = DAY_AFTER + timedelta(days=1)
    found = books.reconcile(at=long_after)
    waiting = ("card", "AWAITING_APPROVAL", "")
    assert found == planted | {
        _name(10): {("sent", "UNEXPLAINED", "NOT_STATED"), waiting},
        _name(11): {("sent", "RESEND_ASKED", "NOT_HERE")},
    }
    assert run(
        "SELECT name, subject, detail FROM database_alarm WHERE closed_at IS NULL AND name = 'oversight.books'"
    ) == [("oversight.books", f"{ON} 01", "{}")]
    assert run(
        "SELECT dossier.message_id FROM dossiers_task AS task JOIN dossiers_dossier AS dossier"
        " ON dossier.id = task.dossier_id WHERE task.kind = 'T-BOOKS' AND task.closed_at IS NULL ORDER BY 1"
    ) == [(_name(9),), (_name(10),)]


@pytest.mark.rule("INV-45")
def test_what_comes_right_closes_its_differences_its_alarm_and_its_tasks() -> None:
    _planted()
    books.state(books.statement([], day=ON + timedelta(days=1)), at=DAY_AFTER)
    books.reconcile(at=DAY_AFTER)
    assert run("SELECT count(*) FROM dossiers_task WHERE kind = 'T-BOOKS'") == [(2,)]
    everything = run(
        "SELECT message.commune_code, message.message_id, encode(message.body_sha256, 'hex')"
        " FROM births_message AS message WHERE commune_code <> ''"
    )
    mended = [(commune or BA_DINH, name, sha256) for commune, name, sha256 in everything]
    mended += [(BA_DINH, f"LTKS-2026-{n:07}", _digest(n)) for n in (3, 5)]
    books.state(books.statement(mended, version=2), at=DAY_AFTER)
    found = books.reconcile(at=DAY_AFTER + timedelta(hours=1))
    left = {reason for every in found.values() for _, reason, _ in every}
    assert not left & set(reasons.UNEXPLAINED)
    alarm = (
        "SELECT count(*) FROM database_alarm WHERE name = 'oversight.books' AND closed_at IS NULL"
    )
    assert run(alarm) == [(0,)]
    assert run("SELECT DISTINCT closed_by FROM dossiers_task WHERE kind = 'T-BOOKS'") == [
        ("system",)
    ]


def _digest(number: int) -> str:
    (row,) = run(
        "SELECT encode(body_sha256, 'hex') FROM births_message WHERE message_id = %s", _name(number)
    )
    return str(row[0])


# ---------------------------------------------------------------- any order


@pytest.mark.rule("INV-45")
@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_order_after_everything_is_in_nothing_is_unexplained(seed: int) -> None:
    """INV-45 with INV-06: statements before their births, versions the wrong way round, looks in between."""
    rng = random.Random(f"books {seed}")
    create = [births.message(n) for n in range(1, 7)]
    more = [
        births.message(1, message_id="LTKS-2026-0000801"),
        births.message(
            2, message_id="LTKS-2026-0000802", kind="correct", version=2, meNgaySinh="1995"
        ),
        births.message(3, message_id="LTKS-2026-0000803", kind="cancel", version=2),
        births.message(9, nksHoTen="TEST"),
    ]
    sent = [*create, *more]
    whole = [books.line(it) for it in sent]
    day_after = ON + timedelta(days=1)
    statements = [
        books.statement(whole[:4]),
        books.statement(whole, version=2),
        books.statement([], day=day_after),
    ]
    deeds: list[Any] = [*(("send", it) for it in sent), *(("state", it) for it in statements)]
    deeds += [("run", None)] * 3 + [("look", None)] * 4
    rng.shuffle(deeds)
    at = books.NEXT_MORNING
    for kind, what in deeds:
        at += timedelta(minutes=20)
        if kind == "send":
            births.send(what, at=AT + timedelta(minutes=rng.randrange(1, 800)))
        elif kind == "state":
            books.state(what, at=at)
        elif kind == "run":
            births.run(at)
        else:
            books.reconcile(at=at)
    births.run(at)
    at += timedelta(minutes=20)
    while reconciling.reconcile(by=SYSTEM, at=at):
        pass
    found = {reason for every in books.differences().values() for _, reason, _ in every}
    assert not found & set(reasons.UNEXPLAINED), found
    assert books.differences(day_after) == {}
    children = len(create) - 1
    assert books.book() == {
        "said": len(sent),
        "listed": len(sent),
        "received": len(sent),
        "aside": 2,
        "repeat": 3,
        "child": children,
        "number": children,
        "cardless": children,
        "open": 1 + children,
    }


# ---------------------------------------------------------------- what is written down


def test_every_reason_that_sql_writes_is_in_the_list_and_none_else_is() -> None:
    names = ("standing", "told", "ask")
    files = (Statement.load("lienthong.oversight", f"reconcile_{it}.sql") for it in names)
    written = set("".join(it.text for it in files).replace("'", " ").split())
    assert [name for name in reasons.REASONS if name not in written] == []
    in_table = run("SELECT DISTINCT reason FROM oversight_difference")
    assert {str(row[0]) for row in in_table} <= set(reasons.REASONS)

"""Where a child stopped on its way to a card, statements that are late or never come, and asking again (INV-45)."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from psycopg import sql

from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database import alarms, invariants
from lienthong.database.scope import acting
from lienthong.oversight import differences, reconciling, resending
from lienthong.reports import books as form
from tests import births, books, cards, doubles
from tests.births import AT, ON
from tests.officers import SYSTEM, become, run

pytestmark = pytest.mark.django_db
Difference = tuple[str, str, str]
DAY_AFTER = books.NEXT_EVENING + timedelta(days=1)


@pytest.fixture(autouse=True)
def _country() -> None:
    births.small_country()


def _name(number: int) -> str:
    return str(births.message(number)["message_id"])


def _stated(*contents: dict[str, object]) -> None:
    books.state(books.statement([books.line(it) for it in contents]))


# ---------------------------------------------------------------- the rest of a message's way


def _stopped(change: str) -> set[Difference]:
    """One stated child with an active card, what was done to it, and its differences."""
    cards.active(1)
    _stated(births.message(1))
    table = change.split()[
        {"UPDATE": 1, "DELETE": 2, "INSERT": 2}.get(change.split(maxsplit=1)[0], 1)
    ]
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        become("owner")
        if table != "1":
            name = sql.Identifier(table)
            cursor.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(name))
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        cursor.execute(change)
        become("lienthong_worker")
    return books.reconcile().get(_name(1), set())


@pytest.mark.rule("INV-45")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("SELECT 1", set()),
        (
            (
                "INSERT INTO persons_number (number, person_id, status, origin, taken_at)"
                " SELECT '7900000018', person_id, 'revoked', 'allotted', '2026-11-21' FROM persons_number"
            ),
            set(),
        ),
        (
            "UPDATE persons_number SET status = 'revoked'",
            {("number", "NUMBER_WITHDRAWN", "revoked")},
        ),
        (
            "UPDATE cards_card SET status = 'revoked', end_reason = 'REDUCED'",
            {("card", "CARD_REVOKED", "REDUCED")},
        ),
        (
            "UPDATE cards_card SET valid = daterange(lower(valid), '2026-11-21')",
            {("card", "CARD_EXPIRED", "")},
        ),
        (
            "UPDATE cards_card SET valid = daterange('2026-12-01', upper(valid))",
            {("card", "ON_ITS_WAY", "")},
        ),
        ("DELETE FROM cards_card", {("card", "UNEXPLAINED", "")}),
        (
            "UPDATE dossiers_dossier SET state = 'REJECTED', reason = 'DUPLICATE_CONFIRMED'",
            {("number", "DOUBLE", "DUPLICATE_CONFIRMED")},
        ),
        (
            "UPDATE dossiers_dossier SET state = 'CANCELLED', reason = 'DUPLICATE_CONFIRMED'",
            {("number", "DOUBLE", "DUPLICATE_CONFIRMED")},
        ),
        (
            "UPDATE dossiers_dossier SET state = 'CANCELLED', reason = 'REDUCED_STOPPED'",
            {("number", "REDUCED", "REDUCED_STOPPED")},
        ),
        (
            "UPDATE births_registration SET cancelled_version = 2",
            {("child", "CANCELLED", "")},
        ),
        (
            "UPDATE dossiers_dossier SET state = 'MANUAL_REVIEW', reason = 'E-DUP-PERSON', person_id = NULL, insurance_number = NULL",
            {("number", "OFFICER", "E-DUP-PERSON")},
        ),
        (
            "UPDATE dossiers_dossier SET state = 'SENT_TNHS', person_id = NULL, insurance_number = NULL",
            {("number", "UNEXPLAINED", "SENT_TNHS")},
        ),
        (
            "UPDATE dossiers_dossier SET state = 'SENT_TNHS', person_id = NULL, insurance_number = NULL, changed_at = '2026-11-21 12:00+07'",
            {("number", "ON_ITS_WAY", "SENT_TNHS")},
        ),
        ("UPDATE births_message SET state = 'pending'", {("child", "ON_ITS_WAY", "PENDING")}),
    ],
)
def test_where_a_child_stopped_and_why(change: str, found: set[Difference]) -> None:
    if "births_message" in change:
        births.send(births.message(1))
        _stated(births.message(1))
        at = AT + timedelta(hours=20)
        books.reconcile(at=at)
        assert books.differences()[_name(1)] == found
        books.reconcile(at=books.NEXT_EVENING)
        assert books.differences()[_name(1)] == {("child", "UNEXPLAINED", "PENDING")}
        return
    assert _stopped(change) == found


@pytest.mark.rule("INV-45")
def test_of_two_merged_records_one_has_number_and_card_whichever_the_dossier_names() -> None:
    one, two = doubles.registered(1), doubles.registered(2, nksNgaySinh="13/11/2026")
    (card,) = births.column("SELECT id FROM cards_card WHERE person_id = %s", one)
    cards.approve(card, by=cards.approver(), at=AT)
    doubles.merged(one, two)
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        become("owner")
        cursor.execute("ALTER TABLE dossiers_dossier NO FORCE ROW LEVEL SECURITY")
        cursor.execute("ALTER TABLE dossiers_dossier DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE dossiers_dossier SET person_id = %s WHERE person_id = %s", [two, one]
        )
        become("lienthong_worker")
    found = books.reconcile(at=doubles.LATER + timedelta(hours=1))
    assert found == {_name(2): {("number", "DOUBLE", "DUPLICATE_CONFIRMED")}}
    told = books.book(births.NGOC_HA)
    assert (told["child"], told["number"], told["card"]) == (2, 1, 1)


# ---------------------------------------------------------------- statements that are late, or never come


def test_before_the_first_statement_ever_nothing_is_owed() -> None:
    births.send(births.message(1))
    births.run()
    waiting = {_name(1): {("card", "AWAITING_APPROVAL", "")}}
    assert books.reconcile(at=books.LONG_AFTER) == waiting
    books.state(books.statement([], day=ON + timedelta(days=1)), at=books.LONG_AFTER)
    assert books.reconcile(at=books.LONG_AFTER) == waiting


def test_a_statement_of_a_day_long_past_makes_nobody_owe_the_days_between() -> None:
    """A wrong year in one statement would have been an alarm for every province and day since."""
    births.send(births.message(1))
    births.run()
    books.state(books.statement([], day=ON - timedelta(days=900)))
    waiting = {_name(1): {("card", "AWAITING_APPROVAL", "")}}
    assert books.reconcile(at=books.LONG_AFTER) == waiting
    rounds = 0
    while reconciling.reconcile(by=SYSTEM, at=books.LONG_AFTER):
        rounds += 1
        assert rounds < 10
    long_ago = run("SELECT looked_at, is_touched FROM oversight_lookedday ORDER BY day LIMIT 1")
    assert long_ago == [(books.LONG_AFTER, False)]


@pytest.mark.rule("INV-45")
def test_a_statement_that_does_not_come_is_awaited_until_noon_and_then_an_alarm() -> None:
    books.state(books.statement([], day=ON - timedelta(days=1)))
    births.send(births.message(1))
    births.run()
    assert books.reconcile(at=books.NEXT_MORNING)[""] == {("statement", "STATEMENT_AWAITED", "")}
    assert books.reconcile(at=books.NEXT_EVENING)[""] == {("statement", "STATEMENT_MISSING", "")}
    alarm = (
        "SELECT subject FROM database_alarm WHERE name = 'oversight.books' AND closed_at IS NULL"
    )
    assert run(alarm) == [(f"{ON} 01",)]
    _stated(births.message(1))
    assert "" not in books.reconcile(at=DAY_AFTER)
    assert run(alarm) == []


@pytest.mark.rule("INV-45")
def test_a_province_that_states_every_day_owes_one_when_nothing_at_all_comes() -> None:
    """Its messages and its statement lost together: no message would tell."""
    before = ON - timedelta(days=1)
    books.state(books.statement([], day=before))
    assert books.reconcile(at=books.NEXT_MORNING) == {"": {("statement", "STATEMENT_AWAITED", "")}}
    missing = {"": {("statement", "STATEMENT_MISSING", "")}}
    assert books.reconcile(at=books.NEXT_EVENING) == missing
    (line,) = form.rows(SYSTEM, (ON, ON), as_of=books.NEXT_EVENING, within="01")
    assert (line.place_vi, line.is_stated, line.unexplained_count) == ("Cả tỉnh", False, 1)
    books.state(books.statement([]), at=DAY_AFTER)
    assert books.reconcile(at=DAY_AFTER) == {}
    long_after = before + reconciling.WINDOW + timedelta(days=2)
    assert books.reconcile(long_after, at=AT + timedelta(days=60)) == {}


def test_a_message_sent_about_midnight_counts_once_on_the_day_that_states_it() -> None:
    late = births.message(1)
    births.send(late, at=AT.replace(hour=0, minute=3) + timedelta(days=1))
    births.run(AT + timedelta(days=1))
    _stated(late)
    books.state(books.statement([], day=ON + timedelta(days=1)), at=DAY_AFTER)
    books.reconcile(at=DAY_AFTER)
    books.reconcile(ON + timedelta(days=1), at=DAY_AFTER)
    assert books.book()["received"] == 1
    assert books.differences(ON + timedelta(days=1)) == {}


def _counted() -> list[tuple[object, ...]]:
    return run(
        "SELECT day, listed_count, twice_count, received_count FROM oversight_book"
        " WHERE until IS NULL AND received_count + listed_count > 0 ORDER BY day"
    )


@pytest.mark.rule("INV-45")
def test_a_statement_touches_every_day_whose_books_it_changes() -> None:
    """At every instant a message counts once, whichever day names it and whichever does so no more."""
    births.send(births.message(1))
    births.run()
    (line,), at = ([books.line(births.message(1))],), DAY_AFTER
    next_day = ON + timedelta(days=1)

    def said(lines: list[tuple[str, str, str]], **more: object) -> list[tuple[object, ...]]:
        nonlocal at
        at += timedelta(minutes=1)
        books.state(books.statement(lines, **more), at=at)  # type: ignore[arg-type]
        while reconciling.reconcile(by=SYSTEM, at=at):
            pass
        return _counted()

    assert said(line, day=next_day) == [(next_day, 1, 0, 1)]
    assert said(line) == [(ON, 1, 0, 1), (next_day, 1, 1, 0)]
    assert said([], version=2) == [(next_day, 1, 0, 1)]
    assert said([], day=next_day, version=2) == [(ON, 0, 0, 1)]


def test_near_days_do_not_wait_for_old_ones_with_a_straggler() -> None:
    old = [ON - timedelta(days=60 + n) for n in range(4)]
    for day in old:
        in_time = AT - (ON - day) + timedelta(days=1)
        books.state(books.statement([], day=day, said={births.BA_DINH: 1}), at=in_time)
    while reconciling.reconcile(by=SYSTEM, at=AT):
        pass
    night = AT.replace(hour=0, minute=10) + timedelta(days=1)
    assert reconciling.reconcile(by=SYSTEM, at=night) > 0
    looked = run("SELECT day FROM oversight_lookedday WHERE looked_at = %s", night)
    assert (ON,) in looked
    assert not {(day,) for day in old} & set(looked)
    while reconciling.reconcile(by=SYSTEM, at=night):
        pass
    assert {(day,) for day in old} <= set(
        run("SELECT day FROM oversight_lookedday WHERE looked_at = %s", night)
    )


# ---------------------------------------------------------------- asking again


@pytest.mark.rule("INV-45")
def test_what_stays_missing_is_asked_for_once_and_again_by_an_officer_alone() -> None:
    births.send(births.message(2))
    births.run()
    _stated(births.message(1), births.message(2))
    letters = (
        "SELECT key, version, payload->>'message_id' FROM database_outbox"
        " WHERE kind = 'justice.resend' ORDER BY version"
    )
    books.reconcile()
    assert run(letters) == []
    books.reconcile(at=DAY_AFTER)
    books.reconcile(at=DAY_AFTER + timedelta(minutes=20))
    assert run(letters) == [(f"BTP {_name(1)}", 1, _name(1))]
    too_long = DAY_AFTER + reconciling.RESEND_WAIT + timedelta(minutes=1)
    assert books.reconcile(at=too_long)[_name(1)] == {("sent", "UNEXPLAINED", "NOT_HERE")}
    (key,) = run(
        "SELECT id FROM oversight_difference WHERE message_id = %s AND closed_at IS NULL", _name(1)
    )
    outcome = resending.ask_again([int(str(key[0])), 9_999_999], by=SYSTEM, at=too_long)
    assert (outcome.done, [it.code for it in outcome.refused]) == ((key[0],), ["GONE"])
    assert [row[1] for row in run(letters)] == [1, 2]
    later = too_long + timedelta(hours=1)
    assert books.reconcile(at=later)[_name(1)] == {("sent", "RESEND_ASKED", "NOT_HERE")}
    births.send(births.message(1), at=later)
    births.run(later)
    assert books.reconcile(at=later)[_name(1)] == {("card", "AWAITING_APPROVAL", "")}


# ---------------------------------------------------------------- `lienthong verify`


def test_verify_is_silent_on_books_that_add_up_and_names_those_that_do_not() -> None:
    births.send(births.message(2))
    births.run()
    _stated(births.message(1), births.message(2))
    long_after = DAY_AFTER + reconciling.RESEND_WAIT + timedelta(hours=1)
    books.reconcile(at=DAY_AFTER)
    books.reconcile(at=long_after)
    assert _breaches() == []
    alarms.close(reconciling.ALARM, f"{ON} 01")
    assert _breaches() == [("INV-45", f"{ON} 01")]
    alarms.sound(reconciling.ALARM, f"{ON} 01")
    become("owner")
    run("ALTER TABLE oversight_book NO FORCE ROW LEVEL SECURITY")
    run("ALTER TABLE oversight_book DISABLE TRIGGER USER")
    run("UPDATE oversight_book SET cardless_count = 0, card_count = card_count + 1")
    become("lienthong_worker")
    assert _breaches() == [("INV-45", f"{ON} 01 {births.BA_DINH}")]


@pytest.mark.rule("INV-45")
def test_the_database_keeps_no_book_that_does_not_add_up_and_edits_none() -> None:
    births.send(births.message(1))
    births.run()
    books.reconcile()
    for statement in (
        "UPDATE oversight_book SET child_count = child_count + 1",
        "DELETE FROM oversight_book",
        "UPDATE oversight_difference SET reason = 'DUPLICATE'",
        "DELETE FROM oversight_difference",
    ):
        with pytest.raises(DatabaseError), atomic(), acting(SYSTEM, at=AT):
            run(statement)
    with pytest.raises(DatabaseError, match="book_sent_is_received"), atomic():
        run(
            "INSERT INTO oversight_book (day, commune_code, province_code, area, is_stated, said_count, listed_count,"
            " twice_count, missing_count, unknown_count, bytes_count, received_count, aside_count, repeat_count,"
            " child_count, numberless_count, number_count, cardless_count, card_count, open_count, unexplained_count, since)"
            " VALUES ('2026-01-01', '00004', '01', -1, true, 2, 2, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, now())"
        )


def _breaches() -> list[tuple[str, str]]:
    found = invariants.run_all(connection, [invariants_folder("oversight")])
    return [(it.name, it.subject) for it in found]


# ---------------------------------------------------------------- the form, as of any instant


def test_the_form_stands_as_it_stood_at_every_past_instant() -> None:
    births.send(births.message(2))
    births.run()
    _stated(births.message(1), births.message(2))
    books.reconcile(at=books.NEXT_EVENING)
    cards.active(1)
    books.reconcile(at=DAY_AFTER)

    def told(at: datetime, level: str = "commune") -> list[tuple[str, int, int, int]]:
        lines = form.rows(SYSTEM, (ON, ON), as_of=at, level=level, within="01")
        return [(it.place_vi, it.listed_count, it.received_count, it.card_count) for it in lines]

    assert told(books.NEXT_MORNING) == []
    assert told(books.NEXT_EVENING) == [("Phường Ba Đình", 2, 1, 0)]
    assert told(DAY_AFTER - timedelta(seconds=1)) == [("Phường Ba Đình", 2, 1, 0)]
    assert told(DAY_AFTER) == [("Phường Ba Đình", 2, 2, 1)]
    assert told(DAY_AFTER, "province") == [("Thành phố Hà Nội", 2, 2, 1)]
    assert told(DAY_AFTER, "country") == [("Cả nước", 2, 2, 1)]
    wanted = differences.DifferenceFilter(ON, ON)
    then = differences.lines(SYSTEM, wanted, as_of=books.NEXT_EVENING)
    assert {it.message_id: it.reason for it in then} == {
        _name(1): "ON_ITS_WAY",
        _name(2): "AWAITING_APPROVAL",
    }

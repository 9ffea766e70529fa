"""What happened to cards is told from the events, beside the way: once over kills, no gap behind a slow transaction."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from lienthong.births import announcing
from lienthong.cards import actions as cards
from lienthong.cards import printing
from lienthong.database import outbox
from lienthong.notices import texts
from lienthong.notices.kinds import KINDS
from lienthong.notices.sending import STALE_AFTER
from tests.births import AT, column, message, rows, run, send, small_country, system
from tests.crashing import run_until_tick
from tests.finished_world import OFFICER
from tests.notices import officer, told

PHONE = {"nycSoDienThoai": "0912345678"}


def _children(count: int) -> list[int]:
    """So many children whose cards wait; their card ids."""
    small_country()
    send(*(message(n, **PHONE) for n in range(1, count + 1)))
    run()
    return column("SELECT id FROM cards_card ORDER BY id")


def _announce(at=AT) -> int:  # noqa: ANN001
    return announcing.announce(by=system(), at=at)


def _consent() -> None:
    """Every family agrees to everything, by e-mail."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notices_contact (subject_kind, subject_id, channel, address, wants_optional, source, since,"
            " entered_by) SELECT 'person', id, 'email', 'me' || id || '@example.vn', true, 'officer', %s, 'system'"
            " FROM persons_person",
            [AT],
        )


def _cancel(number: int) -> None:
    send(message(number, message_id=f"H-{number}", kind="cancel", version=2))
    run()


def test_a_family_that_agreed_hears_of_approval_and_print_and_no_other_family_does(
    committed_db: object,
) -> None:
    first, second = _children(2)
    _consent()
    rows_before = len(told())
    cards.approve([first, second], by=OFFICER, at=AT)
    assert len(told()) == rows_before, "an approval itself tells nobody"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_contact SET ended_at = since, ended_by = 'system' WHERE id = 2"
        )
    assert _announce() == 2
    printing.print_cards([first], by=OFFICER, at=AT)
    assert _announce() == 1
    (person,) = column("SELECT person_id FROM cards_card WHERE id = %s", first)
    assert told() == [
        ("CARD_APPROVED", f"person:{person}", "email"),
        ("CARD_READY", f"person:{person}", "email"),
    ]
    assert _announce() == 0


def test_the_number_of_the_message_gets_what_is_mandatory_and_nothing_else(
    committed_db: object,
) -> None:
    (card,) = _children(1)
    cards.approve([card], by=OFFICER, at=AT)
    assert _announce() == 1
    assert told() == []
    assert rows("SELECT address, wants_optional, source FROM notices_contact") == [
        ("+84912345678", False, "message")
    ]
    head, desk = officer("truong-so-the-01", "head"), officer("so-the-01")
    officer("so-the-002", "reception")
    _cancel(1)
    assert _announce() == 1
    (person,) = column("SELECT person_id FROM cards_card")
    assert set(told()) == {
        ("CARD_REVOKED", f"person:{person}", "sms"),
        ("CARD_REVOKED_DESK", f"officer:{head}", "page"),
        ("CARD_REVOKED_DESK", f"officer:{desk}", "page"),
    }
    (code,) = column("SELECT code FROM cards_card")
    for kind, words in rows("SELECT kind, words FROM notices_notice"):
        text = str(texts.page_text(KINDS[kind], __import__("json").loads(words)))
        assert code not in text
        assert code[-4:] in text


def test_old_approvals_are_no_news_but_an_old_revocation_is_told(committed_db: object) -> None:
    (card,) = _children(1)
    _consent()
    cards.approve([card], by=OFFICER, at=AT)
    _cancel(1)
    assert _announce(AT + STALE_AFTER + timedelta(days=1)) == 1
    assert {kind for kind, _, _ in told()} == {"CARD_REVOKED"}


def test_five_hundred_approvals_are_told_in_a_few_statements(committed_db: object) -> None:
    ids = _children(500)
    _consent()
    cards.approve(ids, by=OFFICER, at=AT)
    with connection.execute_wrapper(counter := _Counter()):
        assert _announce() == 500
    assert len(told()) == 500
    assert column("SELECT count(*) FROM database_outbox WHERE kind = 'notice.email'") == [500]
    # Every stream reads all its events, in batches; a statement a card would be five hundred.
    assert counter.count < 60


def test_a_kill_at_any_moment_loses_no_notice_and_doubles_none(committed_db: object) -> None:
    ids = _children(3)
    _consent()
    cards.approve(ids, by=OFFICER, at=AT)
    for tick in range(2, 200, 3):
        if run_until_tick(_announce, tick):
            break
    else:
        pytest.fail("never came to its end")
    _announce()
    assert sorted(kind for kind, _, _ in told()) == ["CARD_APPROVED"] * 3
    assert len(outbox.claim("notice.email", limit=9)) == 3


def test_an_event_of_a_slow_transaction_is_not_left_behind(committed_db: object) -> None:
    """Its number is drawn before the others', and is seen after them."""
    slow, fast = _children(2)
    _consent()
    drawn, go_on = threading.Event(), threading.Event()

    def approve_slowly() -> None:
        try:
            with transaction.atomic():
                cards.approve([slow], by=OFFICER, at=AT)
                drawn.set()
                assert go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=approve_slowly)
    thread.start()
    assert drawn.wait(30)
    cards.approve([fast], by=OFFICER, at=AT)
    try:
        _announce()
        early = told()
    finally:
        go_on.set()
        thread.join()
    assert early == []
    _announce()
    assert len(told()) == 2


def test_two_workers_beside_each_other_tell_once(committed_db: object) -> None:
    ids = _children(20)
    _consent()
    cards.approve(ids, by=OFFICER, at=AT)
    barrier = threading.Barrier(4)

    def race() -> None:
        try:
            barrier.wait()
            _announce()
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _announce()
    assert len(told()) == 20


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute, sql, params, many, context):  # noqa: ANN001, ANN204
        self.count += 1
        return execute(sql, params, many, context)

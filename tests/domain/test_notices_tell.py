"""Telling: once for ever to each recipient and channel, with its letter, to whom consent and address allow."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from lienthong.accounts import actions as accounts
from lienthong.accounts.permissions import Role, permissions_of
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.notices import actions, contacts, queries
from lienthong.notices.actions import News
from lienthong.notices.contacts import Reach, Told
from lienthong.notices.kinds import KINDS
from tests.births import AT, column, rows
from tests.crashing import run_until_tick
from tests.notices import CHILD, letters, news, officer, reach, tell, told, words
from tests.officers import SYSTEM

DESK = Actor("so-the-01", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 77, everywhere=True)
READER = Actor("nguoi-nhan", ActorKind.CITIZEN, frozenset(), 0)
BecomeWeb = Callable[[], AbstractContextManager[None]]


@pytest.mark.django_db
def test_a_family_is_told_on_each_of_its_channels_with_a_letter_each_and_never_again() -> None:
    reach("me@example.vn")
    reach("+84912345678")
    assert tell(news()) == 2
    assert tell(news(), news()) == 0
    assert tell(news(key="card:2")) == 2
    assert set(told()) == {
        ("CARD_REVOKED", "person:7", "email"),
        ("CARD_REVOKED", "person:7", "sms"),
    }
    assert column("SELECT count(*) FROM database_outbox WHERE kind LIKE 'notice.%%'") == [4]
    assert rows("SELECT DISTINCT payload::text FROM database_outbox") == [("{}",)]


@pytest.mark.django_db
def test_the_letters_of_one_recipient_go_in_order_and_one_at_a_time() -> None:
    reach("me@example.vn")
    tell(news(key="card:1"), news(key="card:2"))
    (first,) = letters()
    assert letters() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE database_outbox SET state = 'dead', lease_until = NULL WHERE id = %s",
            [first.id],
        )
    (second,) = letters()
    assert second.version > first.version


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [k for k in KINDS.values() if not k.is_for_officers], ids=str)
def test_optional_news_needs_consent_and_mandatory_news_does_not(kind: object) -> None:
    name = kind.name  # type: ignore[attr-defined]
    reach("me@example.vn")
    told_count = tell(News(name, "k", CHILD, 0, words(name)))
    assert told_count == (0 if KINDS[name].is_optional else 1)
    reach("+84912345678", wants_optional=True)
    assert tell(News(name, "k", CHILD, 0, words(name))) == 1


@pytest.mark.django_db
def test_officers_are_told_on_their_page_and_by_mail_where_they_gave_an_address() -> None:
    one, other, gone = officer("so-the-01"), officer("so-the-002"), officer("so-the-0003")
    reach("hong@example.vn", subject=("officer", other))
    accounts.deactivate(gone, by=SYSTEM, at=AT)
    overdue = News("OVERDUE", "01/2026-11-20", ("unit", 1), 0, words("OVERDUE"), (one, other, gone))
    assert tell(overdue) == 3
    assert set(told()) == {
        ("OVERDUE", f"officer:{one}", "page"),
        ("OVERDUE", f"officer:{other}", "page"),
        ("OVERDUE", f"officer:{other}", "email"),
    }
    assert column("SELECT key FROM database_outbox") == [f"officer:{other}"]


@pytest.mark.django_db
def test_news_with_wrong_words_or_a_wrong_kind_is_a_fault() -> None:
    for wrong in (
        News("CARD_REVOKED", "k", CHILD, 0, {"child": "An"}),
        News("CARD_REVOKED", "k", CHILD, 0, words("CARD_REVOKED"), (1,)),
        News("NONE", "k", CHILD, 0, {}),
    ):
        with pytest.raises(ValueError, match="not a notice"):
            tell(wrong)


@pytest.mark.django_db
def test_nothing_is_told_without_an_actor_and_what_was_told_is_written_once() -> None:
    reach("me@example.vn")
    rows("SELECT set_config('lienthong.by', '', true)")
    with pytest.raises(DatabaseError, match="no actor"), transaction.atomic():
        rows("SELECT notices_tell('[]')")
    tell(news())
    rows("SELECT set_config('role', 'none', true)")
    for statement in (
        "UPDATE notices_notice SET words = '{}'",
        "DELETE FROM notices_notice",
        "UPDATE notices_contact SET address = '+84900000000'",
        "DELETE FROM notices_contact",
    ):
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            rows(statement)


@pytest.mark.django_db
def test_five_hundred_are_told_in_a_handful_of_statements(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    for number in range(500):
        reach("me@example.vn", subject=("person", number))
    told_at_once = [
        News("CARD_REVOKED", f"card:{n}", ("person", n), 0, words("CARD_REVOKED"))
        for n in range(500)
    ]
    with django_assert_max_num_queries(6):
        assert tell(*told_at_once) == 500


def test_racing_tellers_tell_once(committed_db: object) -> None:
    reach("me@example.vn")
    barrier = threading.Barrier(8)
    counts: list[int] = []

    def race() -> None:
        try:
            barrier.wait()
            counts.append(tell(news()))
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0] * 7 + [1]
    assert len(letters()) == 1


def test_a_kill_at_any_moment_leaves_a_notice_with_its_letter_or_neither(
    committed_db: object,
) -> None:
    reach("me@example.vn")
    number = 0
    for tick in range(1, 60):
        number = tick
        is_done = run_until_tick(lambda n=number: tell(news(key=f"card:{n}")), tick)  # type: ignore[misc]
        pairs = rows(
            "SELECT count(*), count(letter.id) FROM notices_notice AS notice LEFT JOIN database_outbox AS letter"
            " ON letter.version = notice.id AND letter.kind = 'notice.email'"
        )
        assert pairs[0][0] == pairs[0][1]
        if is_done:
            break
    else:
        pytest.fail("never came to its end")
    assert tell(news(key=f"card:{number}")) == 0


@pytest.mark.django_db
def test_a_number_of_a_message_is_kept_once_without_consent_and_never_comes_back() -> None:
    told_phone = Told(CHILD, "0912 345 678", "NGUYỄN VĂN CƯỜNG")
    assert contacts.learn([told_phone, Told(("person", 8), "12345", "")], by=SYSTEM, at=AT) == 1
    (kept,) = contacts.current(CHILD, by=SYSTEM)
    assert (kept.address, kept.wants_optional, kept.source) == ("+84912345678", False, "message")
    assert contacts.change(CHILD, Reach("sms", "", "", False), by=DESK, at=AT)
    assert contacts.learn([told_phone], by=SYSTEM, at=AT) == 0
    assert contacts.current(CHILD, by=SYSTEM) == []


@pytest.mark.django_db
def test_a_contact_is_effective_dated_and_each_change_is_in_the_log() -> None:
    first = Reach("email", "me@example.vn", "Bình", False)
    assert contacts.change(CHILD, first, by=DESK, at=AT)
    assert not contacts.change(CHILD, first, by=DESK, at=AT)
    later = AT + timedelta(days=1)
    assert contacts.change(CHILD, Reach("email", "me@example.vn", "Bình", True), by=DESK, at=later)
    assert rows("SELECT wants_optional, since, ended_at FROM notices_contact ORDER BY id") == [
        (False, AT, later),
        (True, later, None),
    ]
    found = rows(
        "SELECT subject_kind, subject_id, detail::text FROM audit_entry WHERE action = 'contact.change'"
    )
    assert [row[:2] for row in found] == [CHILD, CHILD]
    assert "example.vn" not in str(found)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("channel", "address", "code"),
    [
        ("sms", "024 3825 1234", "E-PHONE"),
        ("sms", "0912 345 67", "E-PHONE"),
        ("sms", "+1 912 345 678", "E-PHONE"),
        ("email", "binh", "E-EMAIL"),
        ("email", "a@b.vn\nBcc: x@y.vn", "E-EMAIL"),
        ("email", "a@b.vn, c@d.vn", "E-EMAIL"),
        ("email", "a" * 300 + "@b.vn", "E-EMAIL"),
    ],
)
def test_an_address_of_no_form_is_refused_with_its_field(
    channel: str, address: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        contacts.change(CHILD, Reach(channel, address, "", False), by=DESK, at=AT)
    assert (refused.value.code, refused.value.field) == (code, channel)


@pytest.mark.django_db
def test_who_may_not_write_contacts_is_refused_and_an_officer_s_are_his_own() -> None:
    nobody = Actor("x", ActorKind.OFFICER, frozenset(), 1, account_id=5)
    for subject in (CHILD, ("officer", 6)):
        with pytest.raises(NotAllowed):
            contacts.change(subject, Reach("email", "a@b.vn", "", False), by=nobody, at=AT)
    with pytest.raises(NotAllowed):
        contacts.change(("officer", 6), Reach("email", "a@b.vn", "", False), by=DESK, at=AT)


@pytest.mark.django_db
def test_the_link_stops_optional_news_alone_and_can_be_followed_twice(
    as_web_role: BecomeWeb,
) -> None:
    contact_id = reach("me@example.vn", wants_optional=True)
    (token,) = column("SELECT token FROM notices_contact WHERE id = %s", contact_id)
    with as_web_role():
        assert contacts.stop(token, by=READER, at=AT)
        assert contacts.stop(token, by=READER, at=AT)
        assert not contacts.stop(type(token)(int=1), by=READER, at=AT)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            rows("SELECT token FROM notices_contact")
    (kept,) = contacts.current(CHILD, by=SYSTEM)
    assert (kept.address, kept.wants_optional, kept.source) == ("me@example.vn", False, "link")
    assert tell(News("CARD_READY", "k", CHILD, 0, words("CARD_READY")), news()) == 1


@pytest.mark.django_db
def test_an_old_link_does_not_touch_another_address(as_web_role: BecomeWeb) -> None:
    contact_id = reach("cu@example.vn", wants_optional=True)
    (token,) = column("SELECT token FROM notices_contact WHERE id = %s", contact_id)
    contacts.change(CHILD, Reach("email", "moi@example.vn", "", True), by=DESK, at=AT)
    with as_web_role():
        assert contacts.stop(token, by=READER, at=AT)
    (kept,) = contacts.current(CHILD, by=SYSTEM)
    assert (kept.address, kept.wants_optional) == ("moi@example.vn", True)


@pytest.mark.django_db
def test_what_was_entered_for_a_dossier_holds_for_the_child_once_it_is_a_person() -> None:
    reach("me@example.vn", subject=("dossier", 3), wants_optional=True)
    assert contacts.carry([(3, 7)], by=SYSTEM, at=AT) == 1
    assert contacts.carry([(3, 7)], by=SYSTEM, at=AT) == 0
    (kept,) = contacts.current(CHILD, by=SYSTEM)
    assert (kept.address, kept.wants_optional) == ("me@example.vn", True)


@pytest.mark.django_db
def test_an_officer_marks_his_own_as_read_and_nobody_else_s() -> None:
    mine, other = officer("so-the-01"), officer("so-the-002")
    me = Actor("so-the-01", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 77, account_id=mine)
    for number in range(3):
        key = f"k{number}"
        tell(News("OFF_PROCESS", key, ("dossier", 1), 0, words("OFF_PROCESS"), (mine, other)))
    with connection.cursor() as cursor:
        # Reading marks are the pages' right alone; their row-level security is tested with the pages.
        cursor.execute("SET LOCAL ROLE NONE")
    every = queries.own(me)
    assert queries.unread(me) == 3
    theirs = column("SELECT id FROM notices_notice WHERE account_id = %s", other)
    assert actions.mark_read([every[0].id, *theirs], by=me, at=AT) == 1
    assert actions.mark_all_read(every[1].id, by=me, at=AT) == 2
    assert queries.unread(me) == 0
    assert len(queries.own(me, unread_only=False)) == 3
    assert column("SELECT count(*) FROM notices_notice WHERE read_at IS NULL") == [3]

"""Entries are written by whoever acts, dated by the database, kept as they are, and shown by the subject's scope."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind

pytestmark = pytest.mark.django_db

AT = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)
OFFICER = Actor("so-the-01", ActorKind.OFFICER, frozenset(), person_key=5, account_id=9)


def _rows(columns: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM audit_entry ORDER BY id DESC LIMIT 50")  # noqa: S608
        return cursor.fetchall()


def _run_as(role: str, statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(statement)


def test_an_act_is_kept_with_actor_subject_and_both_clocks() -> None:
    with acting(OFFICER, at=AT):
        trail.of_request("req-1")
        trail.record(
            OFFICER, "card.approved", at=AT, subject_kind="card", subject_id=4, detail={"n": 1}
        )
    line = trail.history_of("card", 4, by=OFFICER)[0]
    assert (line.by, line.action, line.request_id) == (
        "officer:so-the-01",
        "card.approved",
        "req-1",
    )
    assert (line.decided_at, line.detail) == (AT, {"n": 1})
    assert abs(line.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert _rows("account_id")[0] == (9,)


def test_a_view_of_many_subjects_is_one_row_each_in_one_statement(
    django_assert_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    subjects = [("dossier", 11), ("dossier", 12), ("person", 7)]
    with acting(OFFICER, at=AT), django_assert_num_queries(1):
        trail.viewed(OFFICER, at=AT, subjects=subjects, purpose="queue", fields=["full_name"])
    kept = _rows("action, subject_kind, subject_id, purpose, fields")[:3]
    assert sorted(row[1:3] for row in kept) == subjects
    assert {(row[0], row[3], tuple(row[4])) for row in kept} == {
        ("viewed", "queue", ("full_name",))
    }


def test_an_act_over_many_is_one_row_each_in_one_statement(
    django_assert_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    with acting(OFFICER, at=AT), django_assert_num_queries(1):
        trail.record_each(
            OFFICER, "card.printed", at=AT, subject_kind="card", subject_ids=[1, 2], detail={"r": 3}
        )
    assert sorted(_rows("subject_id, action")[:2]) == [(1, "card.printed"), (2, "card.printed")]


def test_history_is_newest_first_and_only_of_the_subjects_asked_for() -> None:
    for subject_id in (21, 22, 21, 23):
        trail.viewed(OFFICER, at=AT, subjects=[("person", subject_id)], purpose="trace")
    lines = trail.history_of_many([("person", 21), ("person", 23)], by=OFFICER)
    assert [line.subject_id for line in lines] == [23, 21, 21]
    assert [line.id for line in lines] == sorted((line.id for line in lines), reverse=True)
    assert len(trail.history_of("person", 21, by=OFFICER, limit=1)) == 1


def test_triggers_write_in_the_name_of_the_acting_one() -> None:
    with acting(OFFICER, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_write('dossier.moved', 'dossier', '{\"count\": 2}', '\\x00ff')"
        )
    (row,) = _rows("by, account_id, action, decided_at, detail->>'count', digest")[:1]
    assert row[:5] == ("officer:so-the-01", 9, "dossier.moved", AT, "2")
    assert bytes(row[5]) == b"\x00\xff"


def test_triggers_refuse_to_write_without_an_actor() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.by', '', true)")
    with pytest.raises(DatabaseError, match="no actor"):
        _run_as("lienthong_web", "SELECT audit_write('dossier.moved', 'dossier', '{}', NULL)")


@pytest.mark.parametrize("role", ["NONE", "lienthong_web", "lienthong_worker"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET by = 'officer:other'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DELETE FROM audit_leaf",
        "UPDATE audit_checkpoint SET size = 0",
    ],
)
def test_nobody_changes_what_is_written(role: str, change: str) -> None:
    trail.record(OFFICER, "card.approved", at=AT)
    with pytest.raises(DatabaseError, match=r"written once|permission denied"):
        _run_as(role, change)


@pytest.mark.parametrize("role", ["lienthong_web", "lienthong_worker"])
@pytest.mark.parametrize("column", ["id", "at", "xact"])
def test_no_role_chooses_the_databases_own_columns(role: str, column: str) -> None:
    value = "'2020-01-01'" if column == "at" else "1"
    statement = f"INSERT INTO audit_entry (by, action, {column}) VALUES ('x', 'y', {value})"  # noqa: S608
    with pytest.raises(DatabaseError, match="permission denied"):
        _run_as(role, statement)


def test_a_page_sees_the_entries_of_visible_subjects_alone(
    as_web_role: Callable[[], AbstractContextManager[None]],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("CREATE TABLE thing (id bigint PRIMARY KEY, area int)")
        cursor.execute("INSERT INTO thing VALUES (1, 10), (2, 20)")
        cursor.execute("ALTER TABLE thing ENABLE ROW LEVEL SECURITY")
        cursor.execute("CREATE POLICY mine ON thing TO lienthong_web USING (area = 10)")
        cursor.execute("GRANT SELECT ON thing TO lienthong_web")
        cursor.execute("INSERT INTO audit_subject VALUES ('thing', 'thing')")
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    subjects = [("thing", 1), ("thing", 2), ("thing", 3), ("unlisted", 1)]
    trail.viewed(OFFICER, at=AT, subjects=subjects, purpose="trace")
    with as_web_role():
        seen = trail.history_of_many(subjects, by=OFFICER)
        assert [(line.subject_kind, line.subject_id) for line in seen] == [("thing", 1)]
    assert len(trail.history_of_many(subjects, by=OFFICER)) == len(subjects)

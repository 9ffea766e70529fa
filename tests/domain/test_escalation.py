"""What is overdue climbs: over a weekend and a holiday, once a level, with two workers, and no further once it is done."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from lienthong.cards import actions as cards
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import assignment, escalation
from lienthong.kernel.dates import VIETNAM
from lienthong.worker import tasks as worker
from tests.births import AT, column, message, rows, run, send, small_country, system
from tests.desks import HOLIDAY, MONDAY, THURSDAY, WEDNESDAY, officer, staff

_STEPS = "SELECT clock, level, told FROM dossiers_escalation ORDER BY id"
DESK = ["don-vi-01", "so-the-01", "so-the-02"]


@pytest.fixture
def _waiting(db: None) -> None:
    """One request for approval, made on Friday 20/11 in the morning."""
    small_country()
    staff()
    send(message(1))
    run()


def climb(at: datetime) -> int:
    return escalation.escalate(by=system(), at=at)


def the_dossier() -> int:
    (found,) = column("SELECT id FROM dossiers_dossier")
    return int(found)


@pytest.mark.rule("002-11")
@pytest.mark.usefixtures("_waiting")
def test_an_approval_climbs_on_working_days_only() -> None:
    assert climb(AT + timedelta(hours=14)) == 0
    assert climb(datetime(2026, 11, 21, 9, 0, tzinfo=VIETNAM)) == 0
    assert climb(datetime(2026, 11, 22, 9, 0, tzinfo=VIETNAM)) == 0
    assert climb(MONDAY) == 1
    assert climb(HOLIDAY) == 0
    assert climb(WEDNESDAY) == 1
    assert climb(THURSDAY) == 1
    assert rows(_STEPS) == [
        ("approval", 1, DESK),
        ("approval", 2, ["truong-so-the-01"]),
        ("approval", 3, ["tinh-01"]),
    ]
    assert column("SELECT reached_at FROM dossiers_escalation ORDER BY id") == [
        MONDAY,
        WEDNESDAY,
        THURSDAY,
    ]
    # Each of those who were told finds it on his own page, once.
    told = rows(
        "SELECT notice.kind, array_agg(officer.username ORDER BY officer.username) FROM notices_notice AS notice"
        " JOIN accounts_officer AS officer ON officer.id = notice.account_id WHERE notice.channel = 'page'"
        " GROUP BY notice.kind ORDER BY notice.kind"
    )
    assert told == [
        ("OVERDUE", DESK),
        ("OVERDUE_DIRECTOR", ["tinh-01"]),
        ("OVERDUE_HEAD", ["truong-so-the-01"]),
    ]


@pytest.mark.usefixtures("_waiting")
def test_twice_is_once_and_every_level_is_in_the_log() -> None:
    assert [climb(WEDNESDAY), climb(WEDNESDAY), climb(WEDNESDAY)] == [2, 0, 0]
    assert rows(
        "SELECT subject_kind, subject_id, detail ->> 'level' FROM audit_entry"
        " WHERE action = 'work.escalated' ORDER BY id"
    ) == [("dossier", the_dossier(), "1"), ("dossier", the_dossier(), "2")]


@pytest.mark.usefixtures("_waiting")
def test_whoever_took_it_is_told_instead_of_the_desk() -> None:
    taken = assignment.take("dossier", [the_dossier()], by=officer("so-the-02"), at=AT)
    assert taken.done_count == 1
    climb(MONDAY)
    assert rows(_STEPS) == [("approval", 1, ["so-the-02"])]


@pytest.mark.usefixtures("_waiting")
def test_what_is_done_climbs_no_further() -> None:
    climb(MONDAY)
    done = cards.approve(column("SELECT id FROM cards_card"), by=officer("so-the-01"), at=MONDAY)
    assert done.done_count == 1
    assert climb(WEDNESDAY) == 0
    assert escalation.climbed(system(), dossier_ids=[the_dossier()]) == {}
    # The dossier itself was due on Wednesday: its own clock begins, at the desk.
    assert climb(THURSDAY) == 1
    assert rows(_STEPS)[1:] == [("dossier", 1, DESK)]


@pytest.mark.usefixtures("_waiting")
def test_a_request_made_anew_climbs_anew() -> None:
    climb(WEDNESDAY)
    send(
        message(1, message_id="M-2", kind="correct", version=2, nksHoTen="NGUYỄN AN"), at=WEDNESDAY
    )
    run(WEDNESDAY)
    assert escalation.climbed(system(), dossier_ids=[the_dossier()]) == {}
    assert climb(THURSDAY) == 1
    assert [
        (line.what_vi, line.climbed.level) for line in escalation.history(system(), the_dossier())
    ] == [
        ("Duyệt thẻ quá hạn", 1),
        ("Duyệt thẻ quá hạn", 2),
        ("Duyệt thẻ quá hạn", 1),
    ]


@pytest.mark.usefixtures("_waiting")
def test_a_task_has_two_working_days_and_the_desk_of_its_kind() -> None:
    dossiers.open_task(
        "E-VERSION-CLASH",
        dossier_id=the_dossier(),
        subject_key="t:1",
        detail={},
        by=system(),
        at=AT,
    )
    climb(WEDNESDAY)
    assert ("task", 1, ["tiep-nhan-01"]) not in rows(_STEPS)
    climb(THURSDAY)
    assert ("task", 1, ["tiep-nhan-01"]) in rows(_STEPS)
    (task_id,) = column("SELECT id FROM dossiers_task WHERE kind = 'E-VERSION-CLASH'")
    dossiers.settle_task(
        [task_id], "DONE", note="Đã hỏi nơi gửi", by=officer("tiep-nhan-01"), at=THURSDAY
    )
    climb(THURSDAY + timedelta(days=1))
    assert len([row for row in rows(_STEPS) if row[0] == "task"]) == 1


@pytest.mark.usefixtures("_waiting")
def test_a_level_where_nobody_stands_is_written_and_says_so() -> None:
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_officer SET is_active = false WHERE role = 'head'")
    climb(THURSDAY)
    steps = escalation.climbed(system(), dossier_ids=[the_dossier()])["dossier", the_dossier()]
    assert [step.whom_vi for step in steps] == [
        "cán bộ phụ trách (Đỗ Văn Xã, Nguyễn Thị Hồng, Phan Văn Hai)",
        "Trưởng bộ phận Sổ, thẻ (chưa có tài khoản nào)",
        "Lãnh đạo BHXH tỉnh (Phạm Thị Bích)",
    ]


@pytest.mark.usefixtures("_waiting")
def test_what_was_told_is_written_once() -> None:
    climb(MONDAY)
    for statement in (
        "UPDATE dossiers_escalation SET told = '{}'",
        "DELETE FROM dossiers_escalation",
    ):
        with (
            pytest.raises(Exception, match=r"permission denied|written once"),
            transaction.atomic(),
        ):
            with connection.cursor() as cursor:
                cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dossiers_escalation (clock, dossier_id, since, level, reached_at)"
            " SELECT clock, dossier_id, since, level, reached_at FROM dossiers_escalation"
        )


def test_workers_side_by_side_write_each_level_once(committed_db: Address) -> None:
    small_country()
    staff()
    send(*(message(number) for number in range(1, 301)))
    run()
    counts: list[int] = []

    def work() -> None:
        try:
            counts.extend(
                escalation.escalate(by=system(), at=WEDNESDAY, limit=90) for _ in range(8)
            )
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=work) for _ in range(4)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert sum(counts) == 600
    assert rows("SELECT level, count(*) FROM dossiers_escalation GROUP BY 1 ORDER BY 1") == [
        (1, 300),
        (2, 300),
    ]


@pytest.mark.usefixtures("_waiting")
def test_the_worker_lets_it_climb_and_ends_the_assignments_of_what_moved_on() -> None:
    assignment.take("dossier", [the_dossier()], by=officer("so-the-01"), at=AT)
    assert worker.escalate(MONDAY) == 1
    cards.approve(column("SELECT id FROM cards_card"), by=officer("so-the-01"), at=MONDAY)
    assert worker.escalate(MONDAY) == 1
    assert column("SELECT ended_by FROM dossiers_assignment") == ["system"]
    assert worker.escalate(MONDAY) == 0

"""Every promise with a deadline has an alarm (INV-04, INV-20): freeze any job, and what it left lying is told within the hour."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from lienthong.audit import sealing
from lienthong.births import enrolment
from lienthong.config import wiring
from lienthong.database import alarms, outbox, pulses
from lienthong.database.outbox import Letter, Outgoing
from lienthong.database.pulses import Beat
from lienthong.gateways.mail import Mail
from lienthong.kernel.errors import Refused
from lienthong.notices.sending import Style
from lienthong.oversight import calling, counting, promises, watching
from lienthong.oversight.advice import ADVICE
from lienthong.oversight.watching import Machine
from lienthong.worker import schedule
from lienthong.worker.schedule import Stop, Task
from tests import cards
from tests.architecture import code
from tests.births import AT, column, message, rows, run, send, small_country

HOUR = timedelta(hours=1)
NOBODY = Machine()
FROZEN = {
    "check": ("message.waiting", "BTP"),
    "route": ("dossier.stuck", "RECEIVED"),
    "receive": ("dossier.stuck", "CREATED"),
    "export": ("dossier.stuck", "SENT_TNHS"),
    "match": ("dossier.stuck", "EXPORTED_TNHS"),
    "number": ("dossier.stuck", "EXPORTED_TNHS"),
    "collect": ("dossier.stuck", "EXPORTED_TNHS"),
    "request": ("dossier.stuck", "ARISEN"),
}


def standing() -> set[tuple[str, str]]:
    return set(rows("SELECT name, subject FROM database_alarm WHERE closed_at IS NULL"))


@contextmanager
def frozen(name: str, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """While the block runs every step runs but this one."""
    with patch.context() as held:
        steps = tuple(step for step in enrolment.STEPS if step.name != name)
        assert len(steps) == len(enrolment.STEPS) - 1
        held.setattr(enrolment, "STEPS", steps)
        yield


@pytest.mark.rule("INV-04", "INV-20")
@pytest.mark.parametrize("name", FROZEN)
def test_frozen_step_is_told_within_the_hour_and_closes_by_itself(
    db: None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_country()
    with frozen(name, monkeypatch):
        send(message(1), message(2))
        run()
        watching.watch(NOBODY, at=AT + timedelta(minutes=50))
        assert FROZEN[name] not in standing()
        run(AT + HOUR)
        watching.watch(NOBODY, at=AT + HOUR + timedelta(minutes=2))
        assert FROZEN[name] in standing()
    run(AT + 2 * HOUR)
    watching.watch(NOBODY, at=AT + 2 * HOUR)
    assert FROZEN[name] not in standing()


def test_every_step_that_moves_a_child_is_frozen_above() -> None:
    # A merger is no child's step: its own promise is `merger.waiting`.
    assert {step.name for step in enrolment.STEPS} - set(FROZEN) == {"merge"}


@pytest.mark.rule("INV-20")
def test_each_approved_card_that_lies_past_its_day_has_an_alarm_of_its_own(db: None) -> None:
    small_country()
    cards.active(1)
    cards.active(2)
    cards.handed_over(3)
    due = max(column("SELECT due_on FROM dossiers_dossier"))
    at = datetime.combine(due, AT.timetz())
    watching.watch(NOBODY, at=at)
    assert "card.late" not in {name for name, _ in standing()}
    after = at + timedelta(days=1)
    watching.watch(NOBODY, at=after)
    lying = column(
        "SELECT id FROM dossiers_dossier WHERE state IN ('APPROVED', 'PRINTED') ORDER BY id"
    )
    told = sorted(subject for name, subject in standing() if name == "card.late")
    assert told == sorted(f"dossier:{key}" for key in lying)
    assert len(told) == 2


@pytest.mark.rule("INV-20")
@pytest.mark.parametrize("frozen_task", [task.name for task in wiring.tasks()])
def test_each_task_of_the_worker_that_stops_is_named(db: None, frozen_task: str) -> None:
    paces = {task.name: task.every for task in wiring.tasks()}
    at = AT + timedelta(days=2)
    pulses.note({name: Beat(AT if name == frozen_task else at) for name in paces})
    patience = timedelta(seconds=max(300.0, paces[frozen_task] * 20))
    assert frozen_task not in watching.silent_tasks(paces, at=AT + patience)
    watching.watch(Machine(paces), at=at)
    assert {subject for name, subject in standing() if name == "worker.silent"} == {frozen_task}
    pulses.note({name: Beat(at) for name in paces})
    watching.watch(Machine(paces), at=at)
    assert "worker.silent" not in {name for name, _ in standing()}


@pytest.mark.rule("INV-20")
def test_task_that_runs_and_only_fails_is_named(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_AFTER_TROUBLE", 0.0)
    monkeypatch.setattr(schedule, "close_old_connections", lambda: None)
    stop, runs = Stop(), []

    def fails(_at: datetime) -> int:
        runs.append(1)
        if len(runs) == 3:
            stop.ask()
        raise Refused("", code="E-TEST")

    schedule.run([Task("fails", 0.0, fails)], now=lambda: AT, stop=stop)
    (pulse,) = pulses.of_tasks()
    assert (pulse.ran_at, pulse.failed_count >= 1) == (pulses.NEVER, True)
    watching.watch(Machine({"fails": 1.0}), at=AT)
    assert ("worker.silent", "fails") in standing()
    pulses.note({"fails": Beat(AT)})
    pulses.note({"fails": Beat(failed=2)})
    assert pulses.of_tasks()[0].ran_at == AT
    watching.watch(Machine({"fails": 1.0}), at=AT)
    assert ("worker.silent", "fails") not in standing()


@pytest.mark.rule("INV-20")
def test_promise_that_cannot_be_looked_at_hides_no_other(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(promise: promises.Promise, machine: Machine, at: datetime) -> int:
        if promise.name == "message.waiting":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return look(promise, machine, at)

    look = watching._look
    monkeypatch.setattr(watching, "_look", looked)
    with pytest.raises(DatabaseError):
        watching.watch(Machine({"seal": 1.0}), at=AT)
    assert ("worker.silent", "seal") in standing()


def test_letters_that_no_relay_takes_are_told_and_the_leased_are_not(db: None) -> None:
    outbox.put_many([Outgoing("justice.answer", str(key), 1, {}) for key in range(3)])
    watching.watch(NOBODY, at=AT)
    assert "outbox.waiting" not in {name for name, _ in standing()}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE database_outbox SET next_at = clock_timestamp() - interval '16 minutes'"
        )
    watching.watch(NOBODY, at=AT)
    assert ("outbox.waiting", "justice.answer") in standing()
    outbox.claim("justice.answer", limit=10)
    watching.watch(NOBODY, at=AT)
    assert ("outbox.waiting", "justice.answer") not in standing()


def test_late_backup_is_told_where_one_was_promised(db: None, tmp_path: Path) -> None:
    note = tmp_path / "backup.json"
    watching.watch(Machine(backup_note=note), at=AT)
    assert "backup.late" not in {name for name, _ in standing()}
    watching.watch(Machine(backup_note=note, needs_backup=True), at=AT)
    assert {("backup.late", "wal"), ("backup.late", "base")} <= standing()
    told = {"from": (AT - timedelta(hours=25)).isoformat(), "to": (AT - 2 * HOUR).isoformat()}
    note.write_text(json.dumps(told))
    watching.watch(Machine(backup_note=note), at=AT)
    assert {subject for name, subject in standing() if name == "backup.late"} == {"wal"}


def test_full_disk_and_a_wrong_clock_are_told_of_this_machine_alone(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.uname().nodename
    # What the lists wrote when they were loaded waits for its seal, and would be told too.
    sealing.seal_once(AT)
    alarms.sound("disk.scarce", "another-machine")
    monkeypatch.setattr(watching, "free_share", lambda _folder: 0.05)
    monkeypatch.setattr(watching, "clock_skew", lambda: -9.0)
    watching.watch(Machine(home=tmp_path), at=AT)
    assert {("disk.scarce", here), ("clock.skew", here)} <= standing()
    monkeypatch.undo()
    monkeypatch.setattr(watching, "free_share", lambda _folder: 0.5)
    watching.watch(Machine(home=tmp_path), at=AT)
    assert standing() == {("disk.scarce", "another-machine")}


def test_clock_of_this_machine_agrees_with_its_database(db: None) -> None:
    assert abs(watching.clock_skew()) < 5


# ---------------------------------------------------------------- who is told


class _Post:
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def send(self, mail: Mail, /) -> str:
        self.sent.append(mail)
        return "250"


def _letters() -> list[Letter]:
    return outbox.claim(calling.KIND, limit=100)


def test_people_on_call_get_one_letter_for_a_kind_of_alarm_and_hour(db: None) -> None:
    for subject in ("dossier:1", "dossier:2"):
        alarms.sound("card.late", subject)
    alarms.sound("worker.silent", "seal")
    on_call = ["truc@example.vn", "truc-2@example.vn"]
    assert calling.owe(on_call, at=AT) == 4
    assert calling.owe(on_call, at=AT) == 0
    post = _Post()
    send_one = calling.sender(post, on_call, Style("https://lienthong.example"))
    alarms.close_all("worker.silent")
    answers = sorted(send_one(letter) for letter in _letters())
    assert answers == ["250", "250", "closed", "closed"]
    assert sorted(mail.to for mail in post.sent) == sorted(on_call)
    assert "Thẻ đã duyệt quá ngày hẹn trả" in post.sent[0].subject
    assert "2 đối tượng" in post.sent[0].body
    assert "https://lienthong.example/can-bo/canh-bao/" in post.sent[0].body
    with pytest.raises(Refused):
        calling.sender(post, [], Style())(
            Letter(1, 1, 1, calling.KIND, "x", 1, {"name": "a", "to": 0})
        )


# ---------------------------------------------------------------- the worker's pulse


def test_worker_notes_what_each_task_did(db: None) -> None:
    stop, seen = Stop(), []

    def move(at: datetime) -> int:
        seen.append(at)
        if len(seen) == 2:
            stop.ask()
        return 3

    schedule.run([Task("moves", 0.0, move)], now=lambda: AT, stop=stop)
    (pulse,) = pulses.of_tasks()
    assert (pulse.task, pulse.ran_at, pulse.failed_count) == ("moves", AT, 0)
    assert pulse.moved_count >= 3


def test_patient_task_waits_for_the_others_first(db: None) -> None:
    stop, ran = Stop(), []

    def first(_at: datetime) -> int:
        ran.append("first")
        return 0

    def patient(_at: datetime) -> int:
        ran.append("patient")
        stop.ask()
        return 0

    tasks = [Task("patient", 0.3, patient, is_patient=True), Task("first", 0.1, first)]
    began = time.monotonic()
    schedule.run(tasks, now=lambda: AT, stop=stop)
    assert ran[0] == "first"
    assert time.monotonic() - began >= 0.3


# ---------------------------------------------------------------- figures and words


def test_counted_figures_are_those_of_the_tables_and_labels_are_ours(db: None) -> None:
    small_country()
    cards.active(1)
    send(message(2), message(3))
    run()
    counting.count(NOBODY, at=AT + HOUR)
    found = {
        (name, label): value
        for name, label, value in rows("SELECT name, label, value FROM database_gauge")
    }
    by_state = dict(rows("SELECT state, count(*) FROM dossiers_dossier GROUP BY state"))
    assert {label: n for (name, label), n in found.items() if name == "dossiers_open"} == by_state
    assert found["dossiers_oldest_seconds", "APPROVAL_REQUESTED"] == pytest.approx(3600)
    assert found["audit_unsealed", ""] == column("SELECT count(*) FROM audit_entry")[0]
    assert found["database_bytes", ""] > 1_000_000
    counting.count(NOBODY, at=AT + 2 * HOUR)
    assert set(column("SELECT DISTINCT at FROM database_gauge")) == {AT + 2 * HOUR}


_CONSTANT = re.compile(r'^(_?[A-Z_]+)(?:: Final|, _?[A-Z]+)? = "([a-z]+\.[a-z_]+)"', re.MULTILINE)
_SOUND = re.compile(r'alarms\.sound\(\s*("[^"]+"|[A-Z_]+)')


def _names_in_python() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in code.files(".py")]
    everywhere = dict(found for text in texts for found in _CONSTANT.findall(text))
    names = set()
    for text in texts:
        here = everywhere | dict(_CONSTANT.findall(text))
        names |= {value for name, value in _CONSTANT.findall(text) if name.endswith("ALARM")}
        names |= {here.get(said, said.strip('"')) for said in _SOUND.findall(text)}
    return names


def test_every_alarm_that_is_raised_anywhere_has_its_words_and_its_lines_for_operators() -> None:
    written = (path.read_text(encoding="utf-8") for path in code.files(".sql"))
    raising = [
        part for text in written for part in re.findall(r"INSERT INTO database_alarm[^;]*", text)
    ]
    in_sql = {name for part in raising for name in re.findall(r"'([a-z]+\.[a-z_]+)'", part)}
    promised = {promise.name for promise in promises.PROMISES}
    raised = _names_in_python() | promised | in_sql
    assert len(_names_in_python()) >= 7
    assert raised - set(ADVICE) == set()
    assert set(ADVICE) - raised == set()
    operate = (code.ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert [name for name in sorted(ADVICE) if f"`{name}`" not in operate] == []

"""Nothing a person is known by gets into the log, over a whole way and every kind of trouble (INV-29, T17)."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.core.exceptions import DisallowedHost
from django.db import IntegrityError, connection, transaction

from lienthong.births import check as checking
from lienthong.config import logs
from lienthong.database import outbox
from lienthong.database.outbox import Letter, Outgoing
from lienthong.database.scope import acting
from lienthong.gateways import http
from lienthong.gateways.population import ONE_TRY
from lienthong.kernel import traces
from lienthong.worker import relay, schedule
from lienthong.worker.schedule import Stop, Task
from tests.births import AT, message, run, send, small_country, system
from tests.loglines import KeptLines, keeping_lines

NAME, MOTHER, NUMBER, STREET = "PHÙNG THỊ CẤY", "ĐỖ THỊ GHÉP", "001226555444", "ngõ 777 phố Thử"
PLANTED = (NAME, MOTHER, NUMBER, STREET, "CẤY", "GHÉP")


@pytest.fixture
def log() -> Iterator[KeptLines]:
    with keeping_lines("", "lienthong", "django.request") as kept:
        yield kept


def found_in(log: KeptLines) -> list[str]:
    assert all(isinstance(json.loads(line), dict) for line in log.lines)
    return [line for line in log.lines if any(word in line for word in PLANTED)]


def _birth(number: int) -> dict[str, object]:
    return message(number, nksHoTen=NAME, meHoTen=MOTHER, nksNoiCuTru=STREET, soDinhDanh=NUMBER)


@pytest.mark.rule("INV-29")
def test_whole_way_with_every_trouble_writes_no_person(
    db: None, log: KeptLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_country()
    send(_birth(1))
    run()
    with monkeypatch.context() as broken:
        # The judge meets what it never foresaw, with the child in its words.

        def fail(*_: object, **__: object) -> None:
            raise ValueError(f"cannot read {NAME}, mother {MOTHER}, {NUMBER}")

        broken.setattr(checking, "code_lists", fail)
        send(_birth(2))
        checking.check(10, by=system(), at=AT, on=AT.date())
    # A row refused by the database: its DETAIL would hold the whole row.
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_number (number, status) VALUES (%s, %s)", [NUMBER, NAME]
        )
    assert found_in(log) == []
    said = [json.loads(line)["event"] for line in log.lines]
    assert {"check.batch_failed", "check.message_failed"} <= set(said)


@pytest.mark.rule("INV-29")
def test_task_that_fails_with_a_person_in_its_words_is_a_line_without_them(
    db: None, log: KeptLines
) -> None:
    stop = Stop()

    def fail(_at: object) -> int:
        stop.ask()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO database_alarm (name, subject) VALUES (%s, NULL)", [NAME]
                )
        except IntegrityError as error:
            raise RuntimeError(f"{NAME} {NUMBER}") from error
        return 0

    schedule._AFTER_TROUBLE, before = 0.0, schedule._AFTER_TROUBLE
    try:
        schedule.run([Task("fails", 1.0, fail)], now=lambda: AT, stop=stop)
    finally:
        schedule._AFTER_TROUBLE = before
    (line,) = [json.loads(each) for each in log.lines if "worker.task_failed" in each]
    assert (line["task"], line["error"], line["sqlstate"]) == (
        "fails",
        "RuntimeError < IntegrityError < NotNullViolation",
        "23502",
    )
    assert any("test_log_lines.py" in frame for frame in line["where"])
    assert found_in(log) == []


@pytest.mark.rule("INV-29")
def test_words_of_libraries_are_kept_and_what_was_put_into_them_is_not(log: KeptLines) -> None:
    logging.getLogger("django.request").error("Internal Server Error: %s", f"/ho-so/{NUMBER}/")
    logging.getLogger("django.security").warning("Invalid header: %r", NAME)
    logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: {NAME}")  # noqa: G004 - as asyncio does
    try:
        raise DisallowedHost(STREET)
    except DisallowedHost:
        logging.getLogger("django.request").exception("%s: %s", "x", MOTHER)
    assert found_in(log) == []
    assert "Internal Server Error:" in log.lines[0]
    assert "Task exception was never retrieved" in log.lines[2]
    assert json.loads(log.lines[3])["error"] == "DisallowedHost"


@pytest.mark.rule("INV-29")
def test_what_nothing_catches_is_a_line_too(
    log: KeptLines, capsys: pytest.CaptureFixture[str]
) -> None:
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    logs.catch_the_rest()
    try:
        thread = threading.Thread(target=lambda: {}[NAME])  # type: ignore[call-overload]
        thread.start()
        thread.join()
        try:
            raise RuntimeError(NAME)
        except RuntimeError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    assert [json.loads(line)["error"] for line in log.lines] == ["KeyError", "RuntimeError"]
    assert found_in(log) == []
    assert NAME not in capsys.readouterr().err


def test_letter_carries_the_trace_of_whatever_owed_it_to_the_other_side(
    committed_db: object,
) -> None:
    with traces.new("3f2504e0-4f89-41d3-9a0c-0305e82c3301") as trace:
        with acting(system(), at=AT):
            outbox.put_many([Outgoing("test.answer", "k", 1, {})])
    heard: list[str] = []

    def sender(letter: Letter) -> str:
        heard.append(traces.current())
        raise RuntimeError(NAME)

    relay.relay("test.answer", sender, at=AT + timedelta(minutes=1))
    assert heard == [trace]


def test_call_to_the_outside_bears_the_trace() -> None:
    heard: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request.headers[http.TRACE_HEADER])
        return httpx.Response(200)

    client = http.Client("https://bt.example", ONE_TRY, transport=httpx.MockTransport(answer))
    with traces.new("ab" * 16):
        client.send("GET", "/")
    client.send("GET", "/")
    assert heard[0] == "ab" * 16
    assert len(heard[1]) == 36

"""Worker, web server and PostgreSQL killed at random while births come in: what was receipted is there, once (H2).

A real installation in a folder of its own: `lienthong serve`, `lienthong work` and the embedded server, as an
operator starts them. Senders note each receipt on disk before they go on, and send again whatever got none.
"""

import base64
import contextlib
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import httpx
import psutil
import pytest
from django.db import Error, connection, connections

from lienthong.births import enrolment, storing
from lienthong.database import server
from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.kernel.dates import VIETNAM
from tests import births, postgres
from tests.births import column, rows
from tests.web.ministry import Ministry, registered

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "lienthong.cli")
SEED = 20_261_120
VICTIMS = ("database",) * 5 + ("work",) * 4 + ("serve",) * 3
PAUSE = 0.03
"""Seconds between two births of one sender: the machine is to be killed, not flooded."""
PATIENCE = 60


# ---------------------------------------------------------------- the installation


@dataclass
class Installation:
    """The processes of one installation, as a service manager keeps them."""

    home: Path
    port: int
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def run(self, *arguments: str) -> tuple[bytes, int]:
        """One command to its end: what it printed, and its exit code."""
        with self._log(arguments[0]) as log:
            done = subprocess.run(
                [*PROGRAM, *arguments],
                cwd=ROOT,
                env=self._variables,
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
            )
        return done.stdout, done.returncode

    def start(self, name: str) -> None:
        """A service, in a session of its own so that it can be killed with its children."""
        options = ["--port", str(self.port)] if name == "serve" else []
        with self._log(name) as log:
            self.running[name] = subprocess.Popen(
                [*PROGRAM, name, *options],
                cwd=ROOT,
                env=self._variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def _variables(self) -> dict[str, str]:
        return os.environ | {"LIENTHONG_HOME": str(self.home)}

    def _log(self, name: str) -> IO[bytes]:
        return (self.home / f"{name}.log").open("ab")

    def kill(self, victim: str) -> None:
        """SIGKILL, then what a service manager does: start it again."""
        if victim == "database":
            _kill_postgres(self.home)
            assert server.revive("", self.home)
        else:
            process = self.running[victim]
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.start(victim)

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        assert {name: process.wait(30) for name, process in self.running.items()} == {
            "serve": 0,
            "work": 0,
        }

    def put_away(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _kill_postgres(home: Path) -> None:
    lines = (home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
    postmaster = psutil.Process(int(lines[0]))
    children = postmaster.children(recursive=True)
    for process in (postmaster, *children):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _free_port() -> int:
    """Below the range from which the system gives out ports by itself."""
    for port in range(26_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


@pytest.fixture
def installation(home: Path, django_db_blocker: Any, settings: Any) -> Iterator[Installation]:
    """Set up, with two declared communes and a ministry; the test shares its database."""
    made = Installation(home, _free_port())
    with ExitStack() as stack:
        stack.callback(made.put_away)
        owner = stack.enter_context(server.running("", home))
        assert made.run("setup", "--json")[1] == 0
        settings.KEYRING = Keyring.open(home / "keys.json", create=False)
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(postgres.django_on(owner))
        stack.callback(connections.close_all)
        births.small_country()
        yield made


# ---------------------------------------------------------------- senders


def _now() -> datetime:
    return datetime.now(VIETNAM)


def _birth(number: int, today: date) -> bytes:
    born, registered_on = today - timedelta(days=12), today - timedelta(days=2)
    content = births.message(
        number,
        quyenSo=f"01/{registered_on.year}",
        ngayDangKy=f"{registered_on:%d/%m/%Y}",
        nksNgaySinh=f"{born:%d/%m/%Y}",
        soDinhDanh=f"0032{born:%y}{number:06}",
        sent_at=_now().isoformat(timespec="seconds"),
    )
    return births.body(content)


class Sender(threading.Thread):
    """Sends births one after another; a birth is done when its receipt is on disk."""

    def __init__(self, first: int, notes: Path, deliver: Callable[[bytes], bytes | None]) -> None:
        super().__init__()
        self.stop = threading.Event()
        self.sent: dict[str, bytes] = {}
        self._first, self._notes, self._deliver = first, notes, deliver
        self._chance = random.Random(first)
        self.trouble: Exception | None = None

    def run(self) -> None:
        try:
            with self._notes.open("ab") as notes:
                self._send_all(notes)
        except Exception as error:  # noqa: BLE001 - told to the test
            self.trouble = error
        finally:
            connections.close_all()

    def _send_all(self, notes: IO[bytes]) -> None:
        number, today = self._first, _now().date()
        while not self.stop.is_set():
            raw = _birth(number, today)
            self.sent[f"LTKS-2026-{number:07}"] = raw
            receipt = self._until_kept(raw)
            notes.write(receipt + b"\n")
            notes.flush()
            os.fsync(notes.fileno())
            if self._chance.random() < 0.1:
                assert self._until_kept(raw) == receipt
            number += 1
            time.sleep(PAUSE)

    def _until_kept(self, raw: bytes) -> bytes:
        deadline = time.monotonic() + PATIENCE
        while (receipt := self._deliver(raw)) is None:
            assert time.monotonic() < deadline, "nobody takes this birth"
            time.sleep(0.1)
        return receipt


def _over_http(ministry: Ministry, port: int) -> Callable[[bytes], bytes | None]:
    url = f"http://127.0.0.1:{port}/api/births"

    def deliver(raw: bytes) -> bytes | None:
        request = ministry.signed(raw, url=url, created=datetime.now(UTC))
        try:
            answer = httpx.post(url, content=raw, headers=dict(request.headers), timeout=10)
        except httpx.TransportError:
            return None
        assert answer.status_code in {200, 202, 500, 502, 503, 504}, answer.text
        return answer.content if answer.status_code in {200, 202} else None

    return deliver


def _over_a_connection(raw: bytes) -> bytes | None:
    try:
        return storing.accept(raw, storing.Via("file"), by=enrolment.system(), at=_now()).receipt
    except Error:
        connection.close()
        return None


# ---------------------------------------------------------------- the test


def test_what_was_receipted_survives_every_kill_and_is_there_once(
    installation: Installation, tmp_path: Path
) -> None:
    ministry = registered()
    connections.close_all()
    installation.start("serve")
    installation.start("work")
    doors = (_over_http(ministry, installation.port), _over_a_connection, _over_a_connection)
    senders = [
        Sender(100_000 * place, tmp_path / f"receipts-{place}", door)
        for place, door in enumerate(doors, start=1)
    ]
    try:
        for sender in senders:
            sender.start()
        _kill_in_turn(installation, senders)
    finally:
        for sender in senders:
            sender.stop.set()
        for sender in senders:
            sender.join()
    assert [sender.trouble for sender in senders] == [None] * len(senders)
    _until(lambda: not _on_the_way(), "the steps run to their end")
    installation.stop()
    sent = {name: raw for sender in senders for name, raw in sender.sent.items()}
    notes = [(tmp_path / f"receipts-{place}").read_bytes() for place in (1, 2, 3)]
    keyring = Keyring.open(installation.home / "keys.json", create=False)
    _check_receipts(sent, b"".join(notes).splitlines(), keyring)
    _check_once(sent)
    assert installation.run("verify") == (b"", 0)


def _kill_in_turn(installation: Installation, senders: list[Sender]) -> None:
    chance = random.Random(SEED)
    victims = list(VICTIMS)
    chance.shuffle(victims)
    for victim in victims:
        _until_all_work(installation, senders)
        time.sleep(chance.uniform(0.1, 1.2))
        before = dict(installation.running)
        installation.kill(victim)
        if victim == "database":
            # They meet a lost connection, and go on by themselves when the server is back.
            _until_all_work(installation, senders)
            assert installation.running == before
            assert [process.poll() for process in before.values()] == [None, None]
    _until_all_work(installation, senders)


def _until_all_work(installation: Installation, senders: list[Sender]) -> None:
    """Every sender gets receipts and the worker makes cards: so the next kill falls into work."""
    counts = [len(sender.sent) for sender in senders]
    asked = _asked_for()

    def is_so() -> bool:
        for name, process in installation.running.items():
            assert process.poll() is None, f"{name} ended by itself: {process.returncode}"
        for sender in senders:
            assert sender.trouble is None, sender.trouble
        gained = [
            len(sender.sent) > count + 1 for sender, count in zip(senders, counts, strict=True)
        ]
        return all(gained) and _asked_for() > asked

    _until(is_so, "everything works again")


def _asked_for() -> int:
    count = column("SELECT count(*) FROM cards_card")[0]
    connection.close()
    return int(count)


def _on_the_way() -> int:
    on_the_way = (
        "SELECT (SELECT count(*) FROM births_message WHERE state = 'pending')"
        " + (SELECT count(*) FROM dossiers_dossier WHERE state <> 'APPROVAL_REQUESTED')"
    )
    return int(column(on_the_way)[0])


def _is_genuine(receipt: dict[str, str], keyring: Keyring) -> bool:
    signature = base64.b64decode(receipt["signature"])
    text = json.dumps(
        {name: value for name, value in receipt.items() if name != "signature"},
        separators=(",", ":"),
    )
    return keyring.verify(Purpose.RECEIPT, receipt["key_id"], text.encode(), signature)


def _check_receipts(sent: dict[str, bytes], receipts: list[bytes], keyring: Keyring) -> None:
    """INV-01: every receipt is genuine, and its message is kept with these very bytes."""
    kept = {
        message_id: (bytes(body), digest)
        for message_id, body, digest in rows(
            "SELECT message_id, body, encode(body_sha256, 'hex') FROM births_message"
        )
    }
    told = [json.loads(line)["receipt"] for line in receipts]
    assert {receipt["message_id"] for receipt in told} == sent.keys()
    for receipt in told:
        body, digest = kept[receipt["message_id"]]
        assert receipt["sha256"] == digest == hashlib.sha256(body).hexdigest()
        assert body == sent[receipt["message_id"]]
        assert _is_genuine(receipt, keyring)
    assert kept.keys() == sent.keys()


def _check_once(sent: dict[str, bytes]) -> None:
    """One entry, dossier, child, number, payment, request and card a birth, and each move made once."""
    tables = (
        "births_registration",
        "births_birth",
        "dossiers_dossier",
        "persons_person",
        "persons_number",
        "collection_entry",
        "cards_request",
        "cards_card",
    )
    assert {
        table: column(f"SELECT count(*) FROM {table}")[0]  # noqa: S608 - named above
        for table in tables
    } == dict.fromkeys(tables, len(sent))
    assert column("SELECT DISTINCT status FROM cards_card") == ["requested"]
    ways = (
        "SELECT count(*), array_agg(to_state ORDER BY id) FROM dossiers_event GROUP BY dossier_id"
    )
    assert {(count, *way) for count, way in rows(ways)} == {
        (6, "RECEIVED", "CREATED", "SENT_TNHS", "EXPORTED_TNHS", "ARISEN", "APPROVAL_REQUESTED")
    }
    answers = (
        "SELECT count(*), count(DISTINCT key) FROM database_outbox WHERE kind = 'justice.answer'"
    )
    assert rows(answers) == [(len(sent), len(sent))]

"""The rows of the bad-input table that only a running server can show: framing, slow senders, bombs, certificates."""

import contextlib
import gzip
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connections

from lienthong.database.address import Address
from tests import postgres
from tests.gateways.samples import body
from tests.web.ministry import Ministry, registered
from tests.web.servers import certificate, free_port, home_for, serving, write

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]
_HEAD = b"POST /api/births HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True)
class Running:
    """A server of the births door over a database of its own."""

    port: int
    owner: Address
    ministry: Ministry

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/births"

    def row(self, statement: str) -> tuple[object, ...]:
        with psycopg.connect(self.owner.conninfo) as connection:
            found = connection.execute(statement.encode()).fetchone()
            assert found is not None
            return found


@pytest.fixture(scope="module")
def database(
    postgres_owner: Address, template_database: str, django_db_blocker: object
) -> Iterator[tuple[Address, Ministry]]:
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():  # type: ignore[attr-defined]
        with postgres.django_on(own):
            ministry = registered()
            connections.close_all()
        yield own, ministry


@pytest.fixture(scope="module")
def home(database: tuple[Address, Ministry]) -> Path:
    assert settings.KEYRING.secret("authz")
    return home_for(database[0])


@pytest.fixture(scope="module")
def running(database: tuple[Address, Ministry], home: Path) -> Iterator[Running]:
    port = free_port()
    with serving(database[0], home, (port, ())):
        yield Running(port, *database)


def _talk(
    port: int, head: bytes, more: Callable[[socket.socket], None] = lambda _: None, wait: float = 25
) -> bytes:
    """Raw bytes over a raw socket; everything that comes back until the server is done or time is up."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(wait)
        link.sendall(head)
        with contextlib.suppress(OSError):
            more(link)
        return _heard(link)


def _heard(link: socket.socket) -> bytes:
    """What comes back, head and body, in however many packets it comes."""
    heard = b""
    with contextlib.suppress(OSError):
        while b"}" not in heard and (part := link.recv(65536)):
            heard += part
    return heard


def _told(heard: bytes) -> tuple[int, str]:
    status, _, rest = heard.partition(b"\r\n")
    return int(status.split()[1]), json.loads(rest.partition(b"\r\n\r\n")[2])["code"]


def _flood(link: socket.socket) -> None:
    for _ in range(160):
        link.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    link.sendall(b"0\r\n\r\n")


def test_e_002_ten_megabytes_announced_are_refused_before_they_are_sent(running: Running) -> None:
    heard = _talk(running.port, _HEAD + b"Content-Length: 10485760\r\n\r\n", wait=5)
    assert _told(heard) == (413, "E-SIZE")


def test_e_003_ten_megabytes_in_chunks_are_refused_after_one(running: Running) -> None:
    heard = _talk(running.port, _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", _flood)
    assert _told(heard) == (413, "E-SIZE")
    assert running.row(
        "SELECT max(size) FROM births_delivery WHERE code = 'E-SIZE' AND head <> ''"
    ) == (1024 * 1024 + 1,)


def _stuck(running: Running) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", running.port))
    link.settimeout(25)
    link.sendall(_HEAD + b"Content-Length: 100\r\n\r\n{")
    return link


def test_e_004_a_sender_that_stops_half_way_is_let_go_in_fifteen_seconds(running: Running) -> None:
    started = time.monotonic()
    with _stuck(running) as link:
        assert _told(_heard(link)) == (408, "E-TIMEOUT")
    assert 14 < time.monotonic() - started < 18


def test_e_004_many_that_stop_half_way_stop_nobody_else(running: Running) -> None:
    stuck = [_stuck(running) for _ in range(20)]
    time.sleep(0.5)
    request = running.ministry.signed(
        body({"message_id": "E-004"}), url=running.url, created=datetime.now(UTC)
    )
    sent = time.monotonic()
    answer = httpx.post(
        request.url, content=request.body, headers=dict(request.headers), timeout=10
    )
    assert (answer.status_code, time.monotonic() - sent < 5) == (202, True)
    for link in stuck:
        assert _told(_heard(link)) in {(408, "E-TIMEOUT"), (400, "E-FRAMING")}
        link.close()


def test_e_005_two_framings_at_once_are_refused(running: Running) -> None:
    chunk = b"2\r\n{}\r\n0\r\n\r\n"
    heard = _talk(
        running.port, _HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
    )
    assert _told(heard) == (400, "E-FRAMING")
    twice = _talk(running.port, _HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", wait=3)
    assert twice.startswith(b"HTTP/1.1 400")


def test_a_body_shorter_than_announced_is_refused(running: Running) -> None:
    heard = _talk(
        running.port,
        _HEAD + b"Content-Length: 10\r\n\r\n{}",
        lambda link: link.shutdown(socket.SHUT_WR),
    )
    assert _told(heard) == (400, "E-FRAMING")


def test_e_006_a_bomb_costs_no_memory(running: Running) -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    request = running.ministry.signed(
        bomb, url=running.url, created=datetime.now(UTC), headers={"Content-Encoding": "gzip"}
    )
    answer = httpx.post(request.url, content=request.body, headers=dict(request.headers))
    assert (answer.status_code, answer.json()["code"]) == (413, "E-UNPACK")


def test_a_message_goes_all_the_way_over_the_wire_and_can_be_asked_after(running: Running) -> None:
    request = running.ministry.signed(
        body({"message_id": "WIRE"}), url=running.url, created=datetime.now(UTC)
    )
    answer = httpx.post(request.url, content=request.body, headers=dict(request.headers))
    assert (answer.status_code, answer.json()["receipt"]["message_id"]) == (202, "WIRE")
    question = running.ministry.signed(
        b"", url=running.url + "/WIRE", method="GET", created=datetime.now(UTC)
    )
    told = httpx.get(question.url, headers=dict(question.headers))
    assert (told.status_code, told.json()["message_id"]) == (200, "WIRE")
    assert running.row("SELECT count(*) FROM births_message WHERE message_id = 'WIRE'") == (1,)


# ---------------------------------------------------------------- certificates


def test_e_032_only_a_client_of_our_authority_gets_through(
    database: tuple[Address, Ministry], home: Path, tmp_path: Path
) -> None:
    authority, stranger = certificate("authority"), certificate("stranger")
    ca, _ = write(tmp_path, "ca", authority)
    served = write(tmp_path, "server", certificate("localhost", authority))
    clients = {
        "good": write(tmp_path, "good", certificate("btp", authority)),
        "old": write(tmp_path, "old", certificate("btp", authority, days=-1)),
        "foreign": write(tmp_path, "foreign", certificate("btp", stranger)),
    }
    port = free_port()
    with serving(database[0], home, (port, (*served, ca))):
        assert _status_over_tls(port, ca, clients["good"]) == 405
        for who in (None, clients["old"], clients["foreign"]):
            with pytest.raises((httpx.TransportError, ssl.SSLError)):
                _status_over_tls(port, ca, who)


def _status_over_tls(port: int, ca: str, client: tuple[str, str] | None) -> int:
    context = ssl.create_default_context(cafile=ca)
    if client:
        context.load_cert_chain(*client)
    with httpx.Client(verify=context) as caller:
        return caller.get(f"https://localhost:{port}/api/births", timeout=5).status_code

"""A running server: http and https side by side, old TLS, no redirect, kept and closed connections, a clean end."""

import json
import signal
import socket
import ssl
import subprocess  # noqa: TC003 - of a dataclass
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connections, transaction

from lienthong.database.address import Address
from tests import cards, hospitals, postgres
from tests.births import column, small_country
from tests.hospitals import STAFF
from tests.web import giamdinh
from tests.web.servers import certificate, free_port, home_for, serving, write

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]
_PATH = "/api/egw/kqnhanlichsukcb2024"
_CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%cards_look_up%' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Running:
    """A server with both doors open, over a database of its own in which one child has a card."""

    process: "subprocess.Popen[bytes]"
    port: int
    tls_port: int
    authority: str
    owner: Address
    code: str

    def asked(self) -> bytes:
        """The form of the look-up of that card, on one line as programs send it."""
        return giamdinh.form(
            maThe=self.code,
            hoTen="NGUYEN MINH AN",
            ngaySinh="12/11/2026",
            hoTenCb=STAFF[0],
            cccdCb=STAFF[1],
        )

    def post(self, client: httpx.Client, where: str, **more: Any) -> dict[str, Any]:
        """What the look-up says over that client, with a token taken over it."""
        taken = client.post(
            f"{where}/api/token/take",
            content=giamdinh.form(username=hospitals.NAME, password=giamdinh.MD5),
        )
        key = taken.json()["APIKey"]
        query = (
            f"token={key['access_token']}&id_token={key['id_token']}"
            f"&username={key['username']}&password={giamdinh.MD5}"
        )
        answer = client.post(f"{where}{_PATH}?{query}", content=self.asked(), **more)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture(scope="module")
def running(
    postgres_owner: Address,
    template_database: str,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("certificates")
    authority = certificate("authority")
    ca, _ = write(folder, "ca", authority)
    served = write(folder, "server", certificate("localhost", authority))
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():
        with postgres.django_on(own), transaction.atomic():
            small_country()
            hospitals.hospital()
            cards.active()
            (code,) = column("SELECT code FROM cards_card")
        connections.close_all()
        assert settings.KEYRING.secret("authz")
        port = free_port()
        tls_port = free_port(beside=port)
        home = home_for(own)
        listeners = (port, ()), (tls_port, (*served, ""))
        with serving(own, home, *listeners, LIENTHONG_NOW="2026-11-20T12:00:00+07:00") as process:
            yield Running(process, port, tls_port, ca, own, str(code))


def test_a_card_is_looked_up_over_http_and_over_https(running: Running) -> None:
    with httpx.Client(timeout=30) as client:
        plain = running.post(client, f"http://127.0.0.1:{running.port}")
    context = ssl.create_default_context(cafile=running.authority)
    with httpx.Client(verify=context, timeout=30) as client:
        secure = running.post(client, f"https://localhost:{running.tls_port}")
    for document in (plain, secure):
        assert document["maKetQua"] == "000", document
        assert document["maThe"] == running.code


def test_a_client_that_knows_no_tls_after_1_2_gets_through(running: Running) -> None:
    context = ssl.create_default_context(cafile=running.authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with httpx.Client(verify=context, timeout=30) as client:
        assert running.post(client, f"https://localhost:{running.tls_port}")["maKetQua"] == "000"


def test_pages_answer_on_both_ports_too(running: Running) -> None:
    context = ssl.create_default_context(cafile=running.authority)
    with httpx.Client(verify=context, timeout=30) as client:
        for where in (f"http://127.0.0.1:{running.port}", f"https://localhost:{running.tls_port}"):
            assert client.get(f"{where}/khong-co-trang-nay").status_code == 404
            entered = client.get(f"{where}/can-bo/dang-nhap/", follow_redirects=True)
            assert (entered.status_code, "Liên thông" in entered.text) == (200, True)


def _raw(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What comes back to these bytes until the server closes, or a second has gone by in silence."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(2)
        heard = b""
        for piece in pieces:
            link.sendall(piece)
            time.sleep(pause)
        with suppress(TimeoutError):
            while part := link.recv(65536):
                heard += part
    return heard


def test_who_waits_for_100_continue_hears_it_before_the_body_is_sent(running: Running) -> None:
    head = b"POST /api/egw/ktMathe HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", running.port)) as link:
        link.settimeout(5)
        link.sendall(head)
        assert link.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.sendall(b"{}")
        assert link.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_connection_is_kept_or_closed_as_the_client_says(running: Running) -> None:
    body = b"POST /api/egw/ktMathe HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n%s\r\n{}"
    started = time.monotonic()
    heard = _raw(running.port, body % b"", body % b"Connection: close\r\n")
    assert heard.count(b"HTTP/1.1 200") == 2
    assert b"connection: close" in heard.lower()
    assert time.monotonic() - started < 2
    assert _raw(running.port, b"POST /api/egw/ktMathe HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")


def test_a_body_too_large_is_refused_before_it_is_sent(running: Running) -> None:
    head = (
        b"POST /api/egw/KQNhanLichSuKCB2024 HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n"
    )
    heard = _raw(running.port, head)
    assert heard.startswith(b"HTTP/1.1 413")
    assert json.loads(heard.partition(b"\r\n\r\n")[2])["maKetQua"] == "205"


def test_connections_that_were_cut_are_made_again_unseen(running: Running) -> None:
    with httpx.Client(timeout=30) as client, psycopg.connect(running.owner.conninfo) as other:
        for _ in range(3):
            assert running.post(client, f"http://127.0.0.1:{running.port}")["maKetQua"] == "000"
            other.execute(_CUT)


def test_a_signal_ends_both_listeners_and_all_their_processes(
    running: Running, tmp_path: Path
) -> None:
    port = free_port(beside=running.port)
    tls_port = free_port(beside=port)
    served = write(tmp_path, "server", certificate("localhost"))
    home = home_for(running.owner)
    listeners = (port, ()), (tls_port, (*served, ""))
    with serving(running.owner, home, *listeners, workers=2) as process:
        family = _family(process.pid)
        assert len(family) >= 6
        process.send_signal(signal.SIGINT)
        process.wait(15)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(_lives(pid) for pid in family):
        time.sleep(0.1)
    assert [pid for pid in family if _lives(pid)] == []


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def _lives(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False

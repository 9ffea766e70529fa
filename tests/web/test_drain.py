"""A server that is told to stop answers what it has begun: an upgrade loses no request (INV-44)."""

import signal
import socket
import time
from contextlib import ExitStack

import pytest

from lienthong.database.address import Address
from tests.web.servers import free_port, home_for, serving

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
AT_ONCE = 12
BODY = b"{}" + b" " * 5_000
HEAD = (
    b"POST /api/births HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
)


def _answer(connection: socket.socket) -> bytes:
    connection.settimeout(30)
    said = b""
    while b"\r\n\r\n" not in said:
        piece = connection.recv(65_536)
        if not piece:
            break
        said += piece
    return said


@pytest.mark.rule("INV-44")
def test_requests_under_way_are_answered_after_the_word_to_stop(committed_db: Address) -> None:
    port = free_port()
    listening = serving(committed_db, home_for(committed_db), (port, ()), workers=1)
    with ExitStack() as sockets, listening as server:
        open_now = []
        for _ in range(AT_ONCE):
            connection = sockets.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            connection.sendall(HEAD + BODY[: len(BODY) // 2])
            open_now.append(connection)
        time.sleep(1.0)
        server.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        for connection in open_now:
            connection.sendall(BODY[len(BODY) // 2 :])
        answers = [_answer(connection) for connection in open_now]
        # Nobody signed them, and each of them is told so.
        assert [said.split(b"\r\n", 1)[0] for said in answers] == [
            b"HTTP/1.1 401 Unauthorized"
        ] * AT_ONCE
        assert server.wait(60) is not None
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 2)

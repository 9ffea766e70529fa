"""A mail relay and an SMS gateway for tests and demos: they take what they are sent and can be broken on purpose.

Both listen on this machine alone. What they took is kept in memory, the last so many, and, where they are given a
folder, as files, so that whoever tries the demo can read what a family would have received.
"""

import socketserver
import threading
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import httpx

_KEPT: Final = 1_000
_PORTS: Final = range(21_000, 21_200)
NO_SUCH_DOMAIN: Final = "khong-co.example"
"""Mail to this domain is refused for good."""
BUSY_DOMAIN: Final = "ban.example"
"""Mail to this domain is put off."""
NO_SUCH_NUMBER: Final = "404"
"""An SMS to a number with this end is refused for good."""


def lay_down(folder: Path | None, recipient: str, text: str) -> None:
    """Write what was taken as the folder's next file; nothing without a folder. The oldest make room."""
    if folder is None:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lying = sorted(folder.glob("*.txt"))
    number = int(lying[-1].stem) + 1 if lying else 1
    (folder / f"{number:06}.txt").write_text(f"{recipient}\n\n{text}\n", encoding="utf-8")
    for oldest in lying[: max(0, len(lying) + 1 - _KEPT)]:
        oldest.unlink(missing_ok=True)


class _Conversation(socketserver.StreamRequestHandler):
    """One SMTP conversation, as much of RFC 5321 as a client of ours speaks."""

    server: "_Server"
    timeout = 20

    def handle(self) -> None:
        self._say("220 thu.invalid ESMTP")
        recipient = ""
        while line := self.rfile.readline(2_000):
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self._take(recipient)
            elif verb == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                self._say(self.server.sink.verdict(recipient))
            elif verb == b"EHLO":
                self._say("250-thu.invalid", "250 8BITMIME")
            elif verb == b"QUIT":
                self._say("221 2.0.0 bye")
                return
            else:
                self._say("250 2.0.0 ok")

    def _take(self, recipient: str) -> None:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline(2_000)) and line != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.sink.keep(recipient, b"".join(lines))
        self._say("250 2.0.0 queued")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    sink: "MailSink"


@dataclass(slots=True)
class MailSink:
    """A relay on a loopback port. While `is_down` it puts everything off."""

    is_down: bool = False
    folder: Path | None = None
    taken: deque[tuple[str, EmailMessage]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _server: _Server | None = None

    def start(self) -> int:
        """Listen, on the first free port of ours; which one."""
        for port in _PORTS:
            try:
                self._server = _Server(("127.0.0.1", port), _Conversation)
            except OSError:
                continue
            self._server.sink = self
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
            return port
        msg = "no free port for the mail relay of the demo"
        raise RuntimeError(msg)

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def verdict(self, recipient: str) -> str:
        """What it says to a recipient; a server repeats the address, as real ones do."""
        domain = recipient.partition("@")[2]
        if self.is_down or domain == BUSY_DOMAIN:
            return f"451 4.3.2 <{recipient}> try again later"
        if domain == NO_SUCH_DOMAIN:
            return f"550 5.1.1 <{recipient}> no such user"
        return "250 2.1.5 ok"

    def keep(self, recipient: str, raw: bytes) -> None:
        """Keep a message it took."""
        message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
        self.taken.append((recipient, message))
        body = message.get_body(("plain",))
        text = "" if body is None else str(body.get_content())
        lay_down(self.folder, recipient, f"{message['subject']}\n\n{text}")


@dataclass(slots=True)
class SmsSink(httpx.BaseTransport):
    """A gateway as a transport for `gateways.http.Client`. While `is_down` it is overloaded."""

    is_down: bool = False
    folder: Path | None = None
    taken: deque[bytes] = field(default_factory=lambda: deque(maxlen=_KEPT))
    headers: deque[httpx.Headers] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange."""
        body = request.read()
        if self.is_down:
            return httpx.Response(503, json={"result": "busy"})
        if request.method != "POST":
            return httpx.Response(204)
        if f'{NO_SUCH_NUMBER}"'.encode() in body:
            return httpx.Response(400, json={"result": "no such number", "echo": body.decode()})
        self.taken.append(body)
        lay_down(self.folder, "SMS", body.decode())
        self.headers.append(request.headers)
        return httpx.Response(200, json={"result": "100"})

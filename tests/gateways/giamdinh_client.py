"""A hospital's program at the giám định gateway, written from the protocol's description and the standard library alone.

It does what such programs do: takes a token, keeps it until a minute before its end, pastes everything raw into the
address, sends a form or JSON, reads the body whatever the status, and takes a new token once when it is told 401.
It knows nothing of our code; a gateway that serves it serves them.
"""

import hashlib
import http.client
import json
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

KQ2024 = "/api/egw/KQNhanLichSuKCB2024"
_SECONDS = 10


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers in lower case, the raw text."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """The text as JSON; the keys keep their order."""
        return json.loads(self.text)  # type: ignore[no-any-return]

    @property
    def code(self) -> str:
        """`maKetQua`."""
        return str(self.document["maKetQua"])


@dataclass
class GiamDinh:
    """One account at one gateway, over http or https, on one connection that is opened again when it was closed."""

    base: str
    username: str
    password: str
    staff: tuple[str, str]
    context: ssl.SSLContext | None = None
    as_json: bool = False
    tokens_taken: int = 0
    _key: dict[str, str] | None = None
    _link: http.client.HTTPConnection | None = field(default=None, repr=False)

    @property
    def md5(self) -> str:
        """The password as it travels."""
        return hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest().upper()

    def take(self) -> Answer:
        """Ask for a token and keep it when there is one."""
        self.tokens_taken += 1
        answer = self.post("/api/token/take", {"username": self.username, "password": self.md5})
        document = answer.document
        self._key = document["APIKey"] if document["maKetQua"] == "200" else None
        return answer

    def look_up(
        self, card: str, name: str, born: str, *, path: str = KQ2024, **more: str
    ) -> Answer:
        """Look a card up; with a token that is taken, or taken anew, when that is needed."""
        fields = {"maThe": card, "hoTen": name, "ngaySinh": born}
        fields |= {"hoTenCb": self.staff[0], "cccdCb": self.staff[1]} | more
        if not self._is_fresh():
            self.take()
        answer = self.post(f"{path}?{self._credentials()}", fields)
        if answer.code == "401":
            self.take()
            answer = self.post(f"{path}?{self._credentials()}", fields)
        return answer

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """One POST, repeated once on a new connection when the old one was closed meanwhile."""
        if self.as_json:
            kind, body = "application/json; charset=utf-8", json.dumps(fields).encode()
        else:
            kind = "application/x-www-form-urlencoded"
            body = "&".join(f"{name}={quote(text)}" for name, text in fields.items()).encode()
        headers = {"Content-Type": kind, "Accept": "application/json"}
        for is_last in (False, True):
            link = self._link = self._link or self._connected()
            try:
                link.request("POST", path, body, headers)
                reply = link.getresponse()
                text = reply.read().decode("utf-8")
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                if is_last:
                    raise
                continue
            if reply.will_close:
                self.close()
            told = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, told, text)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Leave the connection."""
        if self._link is not None:
            self._link.close()
        self._link = None

    def _connected(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.base)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=self.context)
        return http.client.HTTPConnection(host, port, timeout=_SECONDS)

    def _is_fresh(self) -> bool:
        if self._key is None:
            return False
        whole, _, _ = self._key["expires_in"].rpartition(".")
        ends = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        return datetime.now(UTC) < ends - timedelta(minutes=1)

    def _credentials(self) -> str:
        key = self._key or {"access_token": "None", "id_token": "None"}
        named = {"token": key["access_token"], "id_token": key["id_token"]}
        named |= {"username": self.username, "password": self.md5}
        return "&".join(f"{name}={text}" for name, text in named.items())

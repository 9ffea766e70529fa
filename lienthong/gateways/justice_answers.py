"""Our business answers to the Ministry of Justice: what became of a message, posted and signed (RFC 9421).

No public document of the ministry's receiving end was found; the shape is ours: the answer's fields with `version` and the
letter's id. Before changing it, talk to the ministry's civil-status centre.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from lienthong.gateways import http
from lienthong.gateways.keyring import Keyring
from lienthong.gateways.signing import Request, sign_request_as_us
from lienthong.kernel.errors import Refused, Unavailable

PATH: Final = "/ket-qua"
RESEND_PATH: Final = "/gui-lai"
"""Where the ministry is asked to send a message again."""
ONE_TRY: Final = http.Patience(connect=3.0, read=10.0, whole=15.0, attempts=1)
_GOOD: Final = range(200, 300)
_KNOWN_ALREADY: Final = 409
_REFUSED: Final = frozenset({400, 404, 410, 413, 415, 422})


@dataclass(slots=True)
class JusticeAnswers:
    """A client of the ministry's receiving end."""

    http: http.Client
    path: str = PATH
    resend_path: str = RESEND_PATH

    def send(self, letter_id: int, version: int, answer: Mapping[str, object]) -> str:
        """The ministry's status when it took the answer, or had it already. Safe to repeat.

        Raises Refused for what it will never take, Unavailable for the rest.
        """
        return self._post(self.path, {**answer, "version": version, "letter": letter_id})

    def ask_again(self, letter_id: int, asked: Mapping[str, object]) -> str:
        """The ministry's status when it took the request to send a message (`source`, `message_id`) again.

        The answer is the message itself, through our door. Safe to repeat. Raises as `send`.
        """
        return self._post(self.resend_path, {**asked, "letter": letter_id})

    def _post(self, path: str, document: Mapping[str, object]) -> str:
        status = self.http.send("POST", path, body=msgspec.json.encode(document)).status
        said = f"HTTP {status}"
        if status in _GOOD or status == _KNOWN_ALREADY:
            return said
        if status in _REFUSED:
            raise Refused("Bộ Tư pháp không nhận thư này.", code=said)
        raise Unavailable("Bộ Tư pháp chưa nhận thư; sẽ thử lại.", code=said)

    def check(self) -> str:
        """Whether anything answers there: its status to OPTIONS. Raises Unavailable."""
        return f"HTTP {self.http.send('OPTIONS', self.path).status}"


def client(
    base_url: str,
    keyring: Keyring,
    *,
    path: str,
    resend_path: str = RESEND_PATH,
    now: Callable[[], datetime],
    transport: object = None,
) -> JusticeAnswers:
    """A client whose requests are signed by our answering key at the instant `now` gives."""

    def signed(request: Request) -> Request:
        return sign_request_as_us(request, keyring, at=now())

    return JusticeAnswers(http.Client(base_url, ONE_TRY, signed, transport), path, resend_path)  # type: ignore[arg-type]

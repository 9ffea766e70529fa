"""Answers to the ministry: signed as ours, the same body at every attempt, and what each status means."""

from datetime import datetime

import httpx
import msgspec
import pytest

from lienthong.gateways import justice_answers
from lienthong.gateways.justice_answers import JusticeAnswers
from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.gateways.partners import Partner, Partners
from lienthong.gateways.signing import Request, verify_request
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Refused, Unavailable

AT = datetime(2026, 11, 20, 9, 15, tzinfo=VIETNAM)
ANSWER = {"message_id": "LTKS-2026-0000001", "outcome": "accepted", "code": ""}


def _client(keyring: Keyring, transport: httpx.BaseTransport) -> JusticeAnswers:
    return justice_answers.client(
        "https://btp.invalid", keyring, path="/ket-qua", now=lambda: AT, transport=transport
    )


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring.open(tmp_path_factory.mktemp("keys") / "keys.json", create=True)


def test_an_answer_is_signed_by_our_answering_key_and_says_which_letter_it_is(
    keyring: Keyring,
) -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    assert _client(keyring, httpx.MockTransport(take)).send(7, 2, ANSWER) == "HTTP 202"
    (request,) = seen
    assert msgspec.json.decode(request.content) == {**ANSWER, "version": 2, "letter": 7}
    ((key_id, public),) = keyring.public_keys(Purpose.ANSWER).items()
    known = Partners([Partner("BHXH", key_id, public, datetime(2020, 1, 1, tzinfo=VIETNAM))])
    told = Request(request.method, str(request.url), dict(request.headers), request.content)
    assert verify_request(told, known, at=AT, door="births").partner.key_id == key_id
    told.body = b"{}"
    with pytest.raises(Refused):
        verify_request(told, known, at=AT, door="births")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, None),
        (409, None),
        (400, Refused),
        (422, Refused),
        (401, Unavailable),
        (503, Unavailable),
    ],
)
def test_what_each_status_means(
    keyring: Keyring, status: int, error: type[Exception] | None
) -> None:
    client = _client(keyring, httpx.MockTransport(lambda _: httpx.Response(status)))
    if error is None:
        assert client.send(7, 1, ANSWER) == f"HTTP {status}"
        return
    with pytest.raises(error) as caught:
        client.send(7, 1, ANSWER)
    assert caught.value.code == f"HTTP {status}"  # type: ignore[attr-defined]


def test_the_ministry_is_asked_to_send_a_message_again_by_its_name(keyring: Keyring) -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    client = _client(keyring, httpx.MockTransport(take))
    asked = {"source": "BTP", "message_id": "LTKS-2026-0000001"}
    assert client.ask_again(9, asked) == "HTTP 202"
    (request,) = seen
    assert (request.method, request.url.path) == ("POST", "/gui-lai")
    assert msgspec.json.decode(request.content) == {**asked, "letter": 9}
    assert "signature" in request.headers

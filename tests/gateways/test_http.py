"""The one client: patient, bounded, silent about bodies."""

import logging

import httpx
import pytest

from lienthong.gateways.http import MAX_ANSWER_BYTES, Client, Patience
from lienthong.gateways.signing import Request
from lienthong.kernel.errors import Unavailable


def _client(answers: list[object], pauses: list[float]) -> tuple[Client, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = answers[min(len(seen), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    client = Client(
        "http://other/",
        Patience(attempts=3),
        transport=httpx.MockTransport(reply),
        sleep=pauses.append,
    )
    return client, seen


def test_an_answer_of_any_status_comes_back_at_once() -> None:
    client, seen = _client([httpx.Response(409, content=b"no")], [])
    with client:
        answer = client.send("POST", "/a", body=b"{}")
    assert (answer.status, answer.body, len(seen)) == (409, b"no", 1)
    assert seen[0].headers["content-type"] == "application/json"


def test_an_overloaded_side_is_asked_again_no_sooner_than_it_wishes() -> None:
    pauses: list[float] = []
    client, seen = _client(
        [httpx.Response(503, headers={"Retry-After": "7"}), httpx.Response(200)], pauses
    )
    with client:
        assert client.send("GET", "/a").status == 200
    assert len(seen) == 2
    assert pauses == [7.0]
    assert seen[0].headers["x-correlation-id"] == seen[1].headers["x-correlation-id"]


def test_silence_is_an_outage_after_the_last_attempt() -> None:
    client, seen = _client([httpx.ConnectTimeout("x")], [])
    with client, pytest.raises(Unavailable):
        client.send("GET", "/a")
    assert len(seen) == 3


def test_an_endless_answer_is_cut_off() -> None:
    client, _ = _client([httpx.Response(200, content=b"x" * (MAX_ANSWER_BYTES + 1))], [])
    with client, pytest.raises(Unavailable):
        client.send("GET", "/a")


def test_each_attempt_is_signed_anew_and_nothing_of_the_body_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, seen = _client([httpx.ReadTimeout("x"), httpx.Response(200)], [])
    count = 0

    def sign(request: Request) -> Request:
        nonlocal count
        count += 1
        request.headers["Signature"] = str(count)
        return request

    client.sign = sign
    with caplog.at_level(logging.DEBUG), client:
        client.send("POST", "/a", body=b"NGUYEN-MINH-AN")
    assert [request.headers["signature"] for request in seen] == ["1", "2"]
    assert "NGUYEN" not in caplog.text

"""The SMS client: the gateway's own form of a request, and what each answer means."""

import logging
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest

from lienthong.gateways import sms
from lienthong.gateways.sms import Sms, SmsClient, SmsGateway
from lienthong.kernel.errors import Refused, Unavailable
from lienthong.simulation.posts import SmsSink

FIELDS = {"Phone": "{to}", "Content": "{text}", "RequestId": "{id}", "Brand": "BHXH"}
TEXT = Sms("thong-bao-7", "+84912345678", 'The "BHYT" {to} & moi\\n')


def _client(transport: httpx.BaseTransport, **changes: object) -> SmsClient:
    facts = {"url": "https://sms.invalid/a/gui?v=2", "fields": FIELDS} | changes
    return sms.client(SmsGateway(**facts), transport=transport)  # type: ignore[arg-type]


def test_json_fields_carry_the_words_whatever_they_hold() -> None:
    sink = SmsSink()
    client = _client(sink, secret_header="X-Api-Key", secret="bi-mat")
    assert client.send(TEXT) == "HTTP 200"
    assert msgspec.json.decode(sink.taken[0]) == {
        "Phone": "+84912345678",
        "Content": TEXT.text,
        "RequestId": "thong-bao-7",
        "Brand": "BHXH",
    }
    assert sink.headers[0]["x-api-key"] == "bi-mat"


def test_a_form_is_a_form() -> None:
    sink = SmsSink()
    assert _client(sink, form="form").send(TEXT) == "HTTP 200"
    assert parse_qs(sink.taken[0].decode())["Content"] == [TEXT.text]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (404, Refused),
        (422, Refused),
        (401, Unavailable),
        (403, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (302, Unavailable),
    ],
)
def test_what_is_ours_to_mend_waits_and_what_the_message_is_at_fault_for_is_given_up(
    status: int, error: type[Exception]
) -> None:
    client = _client(httpx.MockTransport(lambda _: httpx.Response(status, text="+84912345678")))
    with pytest.raises(error) as caught:
        client.send(TEXT)
    assert caught.value.code == f"HTTP {status}"  # type: ignore[attr-defined]


def test_a_200_that_says_no_is_a_refusal() -> None:
    client = _client(SmsSink(), accepted='"result":"0"')
    with pytest.raises(Refused) as caught:
        client.send(TEXT)
    assert caught.value.code == "HTTP 200 E-NOT-ACCEPTED"


def test_one_call_a_message_and_nothing_of_it_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[httpx.Request] = []

    def down(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ConnectError("0912345678 bi-mat", request=request)

    client = _client(httpx.MockTransport(down), secret_header="X-Api-Key", secret="bi-mat")
    with caplog.at_level(logging.DEBUG, "lienthong"), pytest.raises(Unavailable):
        client.send(TEXT)
    assert len(calls) == 1
    for telling in ("912345678", "bi-mat", "BHYT"):
        assert telling not in caplog.text
    assert "bi-mat" not in repr(client.gateway)


def test_a_check_sends_nothing() -> None:
    sink = SmsSink()
    assert _client(sink).check() == "HTTP 204"
    assert not sink.taken

"""The mail client against a relay of our own on a loopback port: what goes over the wire, and what each answer means."""

import socket
import threading
from collections.abc import Iterator

import pytest

from lienthong.gateways.mail import Mail, MailClient, Relay
from lienthong.kernel.errors import Refused, Unavailable
from lienthong.simulation.posts import BUSY_DOMAIN, NO_SUCH_DOMAIN, MailSink

MAIL = Mail(
    "thong-bao-7", "me@example.vn", "Trần Thị Bình", "Thẻ của cháu Đức", "Dòng một\n.\nDòng ba\n"
)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    made = MailSink()
    yield made
    made.stop()


def _client(port: int, **changes: object) -> MailClient:
    facts = {"security": "none", "seconds": 3.0} | changes
    return MailClient(Relay("127.0.0.1", port, "bhxh@example.vn", "BHXH", **facts))  # type: ignore[arg-type]


def test_a_message_arrives_whole_and_a_repeat_has_the_same_id(sink: MailSink) -> None:
    client = _client(sink.start())
    assert [client.send(MAIL), client.send(MAIL)] == ["250", "250"]
    (to, first), (_, second) = sink.taken
    assert to == "me@example.vn"
    assert first["Message-ID"] == second["Message-ID"] == "<thong-bao-7@example.vn>"
    assert (first["Subject"], first["To"]) == (MAIL.subject, "Trần Thị Bình <me@example.vn>")
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_content().replace("\r\n", "\n") == MAIL.body


@pytest.mark.parametrize(
    ("domain", "error", "code"),
    [(NO_SUCH_DOMAIN, Refused, "550 5.1.1"), (BUSY_DOMAIN, Unavailable, "451 4.3.2")],
)
def test_a_refusal_for_good_and_for_now_are_told_apart_by_code_alone(
    sink: MailSink, domain: str, error: type[Exception], code: str
) -> None:
    client = _client(sink.start())
    with pytest.raises(error) as caught:
        client.send(Mail("1", f"me@{domain}", "", "a", "b"))
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert "me@" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["me@example.vn\r\nBcc: x@y.vn", "a@b.vn, c@d.vn", "", "a b@c.vn"]
)
def test_an_address_that_is_none_never_reaches_the_wire(sink: MailSink, address: str) -> None:
    client = _client(sink.start())
    with pytest.raises(Refused):
        client.send(Mail("1", address, "", "a", "b"))
    assert not sink.taken


@pytest.mark.parametrize(("subject", "name"), [("a\r\nBcc: x@y.vn", ""), ("a", "b\r\nBcc: x@y.vn")])
def test_a_header_with_a_line_end_is_refused(sink: MailSink, subject: str, name: str) -> None:
    client = _client(sink.start())
    with pytest.raises(Refused):
        client.send(Mail("1", "me@example.vn", name, subject, "b"))
    assert not sink.taken


def test_a_relay_that_is_not_there_or_says_nothing_is_an_outage(sink: MailSink) -> None:
    port = sink.start()
    sink.stop()
    with pytest.raises(Unavailable):
        _client(port).send(MAIL)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = _client(silent.getsockname()[1], seconds=0.2)
        with pytest.raises(Unavailable) as caught:
            client.send(MAIL)
    assert caught.value.code == "E-NO-ANSWER"


def test_a_relay_without_tls_gets_no_password_and_no_message(sink: MailSink) -> None:
    """A man in the middle who strips STARTTLS learns nothing."""
    client = _client(sink.start(), security="starttls", user="u", password="p")
    with pytest.raises(Unavailable):
        client.send(MAIL)
    assert not sink.taken


def test_a_wrong_account_of_ours_lets_the_letter_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def converse() -> None:
            peer, _ = listening.accept()
            with peer, peer.makefile("rwb") as wire:
                wire.write(b"220 x\r\n")
                wire.flush()
                answers = {
                    b"EHLO": b"250-x\r\n250 AUTH PLAIN\r\n",
                    b"AUTH": b"535 5.7.8 <u> no\r\n",
                }
                while line := wire.readline():
                    wire.write(answers.get(line[:4].upper(), b"535 5.7.8 no\r\n"))
                    wire.flush()

        thread = threading.Thread(target=converse, daemon=True)
        thread.start()
        client = _client(listening.getsockname()[1], user="u", password="p")
        with pytest.raises(Unavailable) as caught:
            client.send(MAIL)
        thread.join(5)
    assert caught.value.code == "535 5.7.8"


def test_a_check_sends_nothing(sink: MailSink) -> None:
    assert _client(sink.start()).check().startswith("250")
    assert not sink.taken

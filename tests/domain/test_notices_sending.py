"""A notice on its way: address and consent of the moment of sending, dead letters, and sending again."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from lienthong.database import outbox
from lienthong.gateways.mail import Mail
from lienthong.gateways.sms import Sms
from lienthong.kernel.errors import Refused, Unavailable
from lienthong.notices import contacts, sending
from lienthong.notices.contacts import Reach
from lienthong.notices.sending import STALE_AFTER, Style
from lienthong.simulation import partners
from lienthong.simulation.posts import MailSink, SmsSink
from lienthong.worker import relay
from tests.births import AT, column
from tests.crashing import forked
from tests.domain.test_notices_tell import DESK
from tests.notices import CHILD, news, officer, reach, states, tell, words

STYLE = Style("https://bhxh.example")


class Box:
    """Takes what it is given, or fails as told."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.taken: list[Mail | Sms] = []
        self.trouble = trouble

    def send(self, it: Mail | Sms) -> str:
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(it)
        return "250"


def _relay(box: Box, kind: str = "notice.email", *, at=AT) -> int:  # noqa: ANN001
    made = sending.email_sender if kind == "notice.email" else sending.sms_sender
    return relay.relay(kind, made(box, STYLE, now=lambda: at), at=at)  # type: ignore[arg-type]


def _due() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE database_outbox SET next_at = clock_timestamp(), lease_until = lease_until - interval '1 hour'"
        )


def test_an_email_goes_to_the_address_of_the_moment_with_the_letter_s_own_id(
    committed_db: object,
) -> None:
    reach("cu@example.vn")
    tell(news())
    contacts.change(CHILD, Reach("email", "moi@example.vn", "Trần Thị Bình", False), by=DESK, at=AT)
    box = Box()
    assert _relay(box) == 1
    (mail,) = box.taken
    (letter,) = column("SELECT id FROM database_outbox")
    assert isinstance(mail, Mail)
    assert (mail.id, mail.to, mail.name) == (
        f"thong-bao-{letter}",
        "moi@example.vn",
        "Trần Thị Bình",
    )
    assert mail.subject == "Thẻ BHYT của cháu NGUYỄN MINH AN bị thu hồi"
    assert states() == [("sent", "250")]


def test_an_sms_goes_without_marks_and_says_how_many_it_took(committed_db: object) -> None:
    reach("+84912345678", wants_optional=True)
    tell(news(), news("CARD_READY"))
    box = Box()
    _relay(box, "notice.sms")
    _relay(box, "notice.sms")
    first, second = (it.text for it in box.taken if isinstance(it, Sms))
    assert first.startswith("BHXH: The BHYT TE101******6789 cua chau NGUYEN MINH AN bi thu hoi")
    assert "https://" not in first
    assert "https://bhxh.example/thoi-nhan/" in second
    assert [answer for _, answer in states()] == ["250 · 1 SMS", "250 · 2 SMS"]


def test_optional_news_is_not_sent_to_who_stopped_meanwhile_nor_when_it_is_old(
    committed_db: object,
) -> None:
    reach("me@example.vn", wants_optional=True)
    tell(news("CARD_READY", "k1"))
    box = Box()
    _relay(box, at=AT + STALE_AFTER + timedelta(hours=1))
    contacts.change(CHILD, Reach("email", "me@example.vn", "", True), by=DESK, at=AT)
    tell(news("CARD_READY", "k2"))
    contacts.change(CHILD, Reach("email", "me@example.vn", "", False), by=DESK, at=AT)
    tell(news(key="k3"))
    _relay(box)
    _relay(box)
    assert [answer for _, answer in states()] == ["stale", "opted-out", "250"]
    assert len(box.taken) == 1


def test_without_an_address_the_letter_stays_until_one_is_entered_and_it_is_sent_again(
    committed_db: object,
) -> None:
    reach("sai@example.vn")
    tell(news())
    contacts.change(CHILD, Reach("email", "", "", False), by=DESK, at=AT)
    box = Box()
    assert _relay(box) == 0
    assert states() == [("dead", "E-NO-ADDRESS")]
    contacts.change(CHILD, Reach("email", "dung@example.vn", "", False), by=DESK, at=AT)
    outbox.revive("notice.email")
    assert _relay(box) == 1
    assert [it.to for it in box.taken] == ["dung@example.vn"]


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Refused("", code="550 5.1.1"), ("dead", "550 5.1.1")),
        (Unavailable("", code="451 4.3.2"), ("pending", "451 4.3.2")),
        (ValueError("me@example.vn"), ("pending", "ValueError")),
    ],
)
def test_a_failure_is_kept_by_its_code(
    committed_db: object, trouble: Exception, expected: tuple[str, str]
) -> None:
    reach("me@example.vn")
    tell(news())
    assert _relay(Box(trouble)) == 0
    assert states() == [expected]


def test_one_family_s_dead_letter_holds_up_no_other(committed_db: object, tmp_path: Path) -> None:
    sink = MailSink(folder=tmp_path / "letters")
    client = partners.mail_client(sink)
    try:
        for number, address in enumerate(("a@khong-co.example", "b@ban.example", "c@example.vn")):
            reach(address, subject=("person", number))
            tell(
                news().__class__("CARD_REVOKED", "k", ("person", number), 0, words("CARD_REVOKED"))
            )
        assert _relay(client) == 1  # type: ignore[arg-type]
    finally:
        sink.stop()
    assert states() == [("dead", "550 5.1.1"), ("pending", "451 4.3.2"), ("sent", "250")]
    assert [to for to, _ in sink.taken] == ["c@example.vn"]
    lying = [it.read_text(encoding="utf-8") for it in (tmp_path / "letters").iterdir()]
    assert [it.splitlines()[0] for it in lying] == ["c@example.vn"]
    assert "thẻ" in lying[0].lower()
    assert "khong-co" not in str(column("SELECT answer FROM database_outbox"))
    assert "khong-co" not in str(column("SELECT detail::text FROM database_alarm"))


def test_the_sms_gateway_s_answers_decide_too(committed_db: object, tmp_path: Path) -> None:
    sink = SmsSink(folder=tmp_path)
    for number, address in enumerate(("+84912345404", "+84912345678")):
        reach(address, subject=("person", number))
        tell(news().__class__("CARD_REVOKED", "k", ("person", number), 0, words("CARD_REVOKED")))
    _relay(partners.sms_client(sink), "notice.sms")  # type: ignore[arg-type]
    assert states() == [("dead", "HTTP 400"), ("sent", "HTTP 200 · 1 SMS")]
    assert [it.read_text().splitlines()[0] for it in tmp_path.glob("*.txt")] == ["SMS"]


def test_a_relay_killed_after_the_call_sends_again_under_the_same_id(
    committed_db: object, tmp_path: Path
) -> None:
    reach("me@example.vn")
    tell(news())
    seen = tmp_path / "seen"

    class Killed(Box):
        def send(self, it: Mail | Sms) -> str:
            seen.write_text(it.id)
            os.kill(os.getpid(), signal.SIGKILL)
            return ""

    assert os.WTERMSIG(forked(lambda: _relay(Killed()))) == signal.SIGKILL
    box = Box()
    assert _relay(box) == 0
    _due()
    assert _relay(box) == 1
    assert [it.id for it in box.taken] == [seen.read_text()]


@pytest.mark.django_db
def test_an_officer_is_greeted_by_the_name_of_the_account() -> None:
    account = officer()
    reach("hong@example.vn", subject=("officer", account), name="")
    tell(news("OVERDUE", officers=(account,)))
    (letter,) = outbox.claim("notice.email", limit=1)
    box = Box()
    sending.email_sender(box, STYLE, now=lambda: AT)(letter)
    (mail,) = box.taken
    assert isinstance(mail, Mail)
    assert mail.body.startswith("Kính gửi Nguyễn Thị Hồng,")

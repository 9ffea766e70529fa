"""What notices say, whatever the words hold: no second line, no whole number, no more SMS than an ordinary text takes."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.gateways.mail import Mail, Relay, composed
from lienthong.notices import texts
from lienthong.notices.kinds import KINDS, Kind
from tests.notices import words

EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
HOSTILE = (
    "An\r\nBcc: nan-nhan@example.vn",
    "An\n.\nQUIT",
    "\x1b[2J\x1b[31mAn",
    "\u202eNA NOAH",
    "{child} %s {0} {__class__}",
    "079226000123",
    "079 226 000 123",
    "079.226.000.123",
    "TE1010123456789",
    "Nguyễn " * 100,
    "<script>alert(1)</script>",
    "",
)
LINK = "https://bhxh.example/thoi-nhan/6f1b2f9e-0000-4000-8000-000000000000"


def _every_text(kind: Kind, said: dict[str, str]) -> list[str]:
    page = texts.page_text(kind, said)
    email = texts.email_text(kind, said, name=said.get("child", ""), stop_link=LINK)
    short = [texts.sms_text(kind, said, is_plain=plain) for plain in (True, False)]
    return [page.subject, page.body, email.subject, email.body, *short]


@EVERY
@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_word_forges_no_line_no_header_and_shows_no_whole_number(
    kind: Kind, word: str
) -> None:
    plain = _every_text(kind, dict.fromkeys(kind.words, "x"))
    said = _every_text(kind, dict.fromkeys(kind.words, word))
    assert [text.count("\n") for text in said] == [text.count("\n") for text in plain]
    for text in said:
        assert not {unicodedata.category(c) for c in text.replace("\n", "")} & {"Cc", "Cf"}
        assert not re.search(r"\d(?:[ .]?\d){7,}", text.replace(LINK, ""))
        assert len(text) < 2_500
    sms = said[-2]
    assert "\n" not in sms
    assert texts.segments(sms) <= 2


@EVERY
def test_an_ordinary_short_text_is_one_sms_without_marks_and_says_no_name_of_a_placeholder(
    kind: Kind,
) -> None:
    said = words(kind.name)
    short = texts.sms_text(kind, said, is_plain=True)
    assert (texts.segments(short) if short else 1) == 1, len(short)
    for text in _every_text(kind, said):
        assert not re.search(r"[{}]", text)
        assert text == unicodedata.normalize("NFC", text)


@EVERY
def test_only_optional_kinds_carry_the_way_to_stop(kind: Kind) -> None:
    said = words(kind.name)
    email = texts.email_text(kind, said, name="Trần Thị Bình", stop_link=LINK).body
    assert (LINK in email) == kind.is_optional
    if kind.short_vi:
        short = texts.sms_text(kind, said, is_plain=True, stop_link=LINK)
        assert (LINK in short) == kind.is_optional


def test_revocation_exchange_and_missing_information_are_told_without_being_asked_for() -> None:
    families = {kind.name for kind in KINDS.values() if not kind.is_for_officers}
    mandatory = {name for name in families if not KINDS[name].is_optional}
    assert mandatory == {"CARD_REVOKED", "CARD_EXCHANGED", "NUMBER_CHANGED", "PASSCODE"}
    assert not [k.name for k in KINDS.values() if k.is_for_officers and k.is_optional]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=400))
def test_a_cleaned_word_is_one_bounded_line_and_cleaning_it_again_changes_nothing(
    word: str,
) -> None:
    once = texts.clean(word)
    assert len(once) <= 200 or once.startswith(("http://", "https://"))
    assert once.split() == once.split(" ") or not once
    assert texts.clean(once) == once


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ư" * 70, 1),
        ("ư" * 71, 2),
        ("ư" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_sms_are_counted_by_their_alphabet(text: str, count: int) -> None:
    assert texts.segments(text) == count


def test_marks_are_left_out_and_every_vietnamese_letter_has_a_plain_one() -> None:
    assert texts.without_marks("Đặng Thị Thuỳ – Y KRĂK NIÊ") == "Dang Thi Thuy - Y KRAK NIE"
    letters = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
    assert "?" not in texts.without_marks(letters + letters.upper())


def test_addresses_are_masked() -> None:
    assert texts.masked_address("email", "binh.tran@gmail.com") == "b***@gmail.com"
    assert texts.masked_address("sms", "+84912345678") == "********5678"


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_an_email_has_the_headers_we_gave_it_and_no_other(word: str) -> None:
    kind = KINDS["CARD_REVOKED"]
    written = texts.email_text(kind, words("CARD_REVOKED", child=word), name=word)
    mail = Mail("thong-bao-7", "me@example.vn", texts.clean(word), written.subject, written.body)
    message = composed(mail, Relay("127.0.0.1", 25, "bhxh@example.vn", "BHXH"))
    named = {
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "MIME-Version",
    }
    assert set(message.keys()) == named | {"Content-Transfer-Encoding"}
    head = message.as_bytes().partition(b"\r\n\r\n")[0]
    assert b"\nBcc" not in head
    assert message["To"].addresses[0].addr_spec == "me@example.vn"

"""`/tra-cuu/` over HTTP: nothing personal in an address, every miss the same page, details only behind a code."""

import re
import uuid
from datetime import date

import pytest
from django.test import Client

from lienthong.births import following
from lienthong.notices import passcodes
from lienthong.web.headers import FLOOR_HEADER
from tests import cards
from tests.births import column, small_country
from tests.officers import become
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db

RIGHT = {"cach": "the", "ma": "003226000001", "ten": "nguyen minh an", "sinh": "12/11/2026"}
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce-[\w-]+')


@pytest.fixture
def client(db: None) -> Client:
    small_country()
    cards.handed_over()
    run_sql(
        "INSERT INTO notices_contact (subject_kind, subject_id, channel, address, source, since, entered_by)"
        " SELECT 'person', id, 'sms', '+84900000001', 'officer', clock_timestamp(), 'x' FROM persons_person"
        " WHERE NOT EXISTS (SELECT 1 FROM notices_contact WHERE subject_kind = 'person')"
    )
    become("lienthong_web")
    return Client()


def _asked(client: Client, **changes: str) -> tuple[int, str]:
    response = client.post("/tra-cuu/", RIGHT | changes)
    assert response.headers[FLOOR_HEADER] == "400"
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    return response.status_code, _TOKEN.sub("", response.content.decode())


def test_a_family_finds_its_child(client: Client) -> None:
    status, page = _asked(client)
    assert status == 200
    assert "Thẻ BHYT còn giá trị" in page
    assert "Giao thẻ cho gia đình" in page
    for secret in ("TE101", "0900000001", "TRẦN THỊ BÌNH", "Số 5 ngõ 2"):
        assert secret not in page


@pytest.mark.rule("INV-30")
def test_every_miss_is_one_page_but_for_what_was_typed(client: Client) -> None:
    pages = set()
    for changes in (
        {"ma": "0000000000"},
        {"ten": "nguyen minh em"},
        {"sinh": "13/11/2026"},
        {"ma": "TE1010000000000"},
    ):
        status, page = _asked(client, **changes)
        typed = RIGHT | changes
        for name, value in typed.items():
            page = page.replace(f'value="{value}"', f'value="{name}"')
        assert status == 200
        assert "không có nghĩa là trẻ chưa được cấp thẻ" in page
        pages.add(page)
    assert len(pages) == 1


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(client: Client) -> None:
    status, page = _asked(client, ma="12", sinh="31/02/2026", ten="")
    assert status == 422
    assert 'id="loi-ma"' in page
    assert 'id="loi-sinh"' in page
    assert 'id="loi-ten"' in page
    assert 'value="12"' in page
    assert (
        _asked(client, cach="khai-sinh", xa="1", quyen="", so="", nam="20")[1].count(
            'class="wrong"'
        )
        == 4
    )
    assert _asked(client, sinh="2026-11-12")[0] == 200
    assert _asked(client, sinh="01/01/2099")[0] == 422


def test_a_network_that_asks_in_vain_is_told_to_wait(client: Client) -> None:
    for number in range(5):
        assert _asked(client, ma="0000000000", ten=f"ai {'a' * (number + 1)}")[0] == 200
    response = client.post("/tra-cuu/", RIGHT | {"ma": "0000000000", "ten": "ai khac"})
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert _asked(client)[0] == 200


def test_the_card_opens_with_the_code_and_shows_who_looked(client: Client) -> None:
    found = client.post("/tra-cuu/", RIGHT)
    ticket = re.search(r'name="ve" value="([^"]+)"', found.content.decode())
    assert ticket is not None
    asked = client.post("/tra-cuu/ma/", {"ve": ticket[1]})
    nonce = re.search(r'name="phien" value="([^"]+)"', asked.content.decode())
    assert nonce is not None
    wrong = client.post("/tra-cuu/chi-tiet/", {"phien": nonce[1], "ma": "12"})
    assert (wrong.status_code, "Mã chưa đúng" in wrong.content.decode()) == (422, True)
    page = client.post("/tra-cuu/chi-tiet/", {"phien": nonce[1], "ma": passcodes.code_of(nonce[1])})
    text = page.content.decode()
    assert page.status_code == 200
    assert "NGUYỄN MINH AN" in text
    assert "<dt>Số định danh</dt><dd>003226000001<br>" in text
    assert "Gia đình tra cứu hồ sơ, thẻ" in text
    assert "so-the" not in text
    again = client.post("/tra-cuu/chi-tiet/", {"phien": nonce[1]})
    assert (again.status_code, "NGUYỄN MINH AN" in again.content.decode()) == (200, True)
    become("lienthong_worker")
    assert column("SELECT max(opened_at) IS NOT NULL FROM notices_passcode") == [True]
    assert "personal_id" in str(
        column(
            "SELECT fields FROM audit_entry WHERE by = 'citizen:mã xác nhận' ORDER BY id DESC LIMIT 1"
        )
    )
    card = following.card(uuid.UUID(nonce[1]), request_id="")
    assert card is not None
    assert card.id_beside(date(2025, 7, 31)) == ""
    assert card.id_beside(date(2025, 8, 1)) == "003226000001"


@pytest.mark.parametrize("ticket", ["", "x", "MQ:1abc:zzz"])
def test_a_ticket_that_we_did_not_give_sends_no_code(client: Client, ticket: str) -> None:
    assert client.post("/tra-cuu/ma/", {"ve": ticket}).status_code == 410
    assert client.post("/tra-cuu/chi-tiet/", {"phien": ticket, "ma": "123456"}).status_code == 410


def test_addresses_hold_nothing_personal(client: Client) -> None:
    page = client.get("/tra-cuu/?cach=khai-sinh&ten=AN").content.decode()
    assert 'value="AN"' not in page
    assert 'method="post"' in page

"""A hospital's counter reports a difficulty, reads what is known, and gets its province's answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from lienthong.oversight import answering
from tests import hospitals
from tests.births import AT, rows, small_country
from tests.declared import officer
from tests.hospitals import NAME, PASSWORD, STAFF
from tests.officers import SYSTEM, become

pytestmark = pytest.mark.django_db
PAGE = "/co-so/vuong-mac/"
SENT = {
    "tieu-de": "Mẹ chưa có số định danh thì cấp mã tạm bằng gì?",
    "cau-hoi": "Bỏ trống có được không?",
}


@pytest.fixture
def clerk(db: None, settings: LazySettings) -> Iterator[Client]:
    """A browser that is signed in, with the rights of pages; its province has a director."""
    small_country()
    hospitals.hospital()
    officer("tinh-01", "province", "01")
    settings.CLOCK = lambda: AT
    become("lienthong_web")
    client = Client()
    response = client.post(
        "/co-so/dang-nhap/",
        {
            "tai-khoan": NAME,
            "mat-khau": PASSWORD,
            "so-dinh-danh": STAFF[1],
            "ho-ten": "Nguyễn Văn Cán Bộ",
        },
    )
    assert response.status_code == 302
    yield client
    become("lienthong_worker")


def kept(statement: str) -> list[Any]:
    become("lienthong_worker")
    found = rows(statement)
    become("lienthong_web")
    return found


def do(deed: Any) -> None:
    become("lienthong_worker")
    deed()
    become("lienthong_web")


def test_a_counter_asks_its_province_replies_and_confirms(clerk: Client) -> None:
    assert clerk.post(PAGE, {**SENT, "trang": "hospital-code-new"}).status_code == 303
    ((key, level, province, asker, page),) = kept(
        "SELECT id, level, province_code, asker_id, page FROM oversight_difficulty"
    )
    assert (level, province, asker, page) == ("province", "01", None, "hospital-code-new")
    assert kept(
        "SELECT kind, account_id IS NOT NULL FROM notices_notice WHERE channel = 'page'"
    ) == [("DIFFICULTY_NEW", True)]
    do(lambda: answering.ask_back(key, "Mẹ có giấy chứng sinh không?", by=SYSTEM, at=AT))
    assert "Mẹ có giấy chứng sinh không?" in clerk.get(PAGE).content.decode()
    told = {"vuong-mac": str(key), "thao-tac": "replied", "noi-dung": "Có giấy chứng sinh."}
    assert clerk.post(PAGE, told).status_code == 303
    assert clerk.post(PAGE, told).status_code == 422
    do(lambda: answering.answer(key, "Được, bỏ trống ô đó.", by=SYSTEM, at=AT))
    assert "Được, bỏ trống ô đó." in clerk.get(PAGE).content.decode()
    assert clerk.post(PAGE, {"vuong-mac": str(key), "thao-tac": "confirmed"}).status_code == 303
    assert kept("SELECT state FROM oversight_difficulty") == [("confirmed",)]
    (by,) = {
        row[0] for row in kept("SELECT by FROM oversight_difficultystep WHERE act = 'replied'")
    }
    assert by == f"machine:{NAME}"


def test_names_of_patients_are_masked_before_they_go(clerk: Client) -> None:
    told = {**SENT, "cau-hoi": "Sản phụ Trần Thị Bình, số 003196000456"}
    response = clerk.post(PAGE, told)
    assert response.status_code == 422
    assert "Sản phụ [họ tên], số [số]" in response.content.decode()
    assert kept("SELECT count(*) FROM oversight_difficulty") == [(0,)]


def test_a_counter_asks_twenty_times_a_day_at_most(clerk: Client) -> None:
    for _ in range(20):
        assert clerk.post(PAGE, SENT).status_code == 303
    response = clerk.post(PAGE, SENT)
    assert response.status_code == 422
    assert "gọi tổ công tác của tỉnh" in response.content.decode()
    assert kept("SELECT count(*) FROM oversight_difficulty") == [(20,)]


def test_a_counter_reads_what_is_for_hospitals(clerk: Client) -> None:
    page = clerk.get("/co-so/hoi-dap/?tim=khong+tim+thay+the").content.decode()
    assert "Tra cứu thẻ tại quầy của bệnh viện" in page
    assert "Duyệt thẻ BHYT" not in clerk.get("/co-so/hoi-dap/").content.decode()
    key = kept("SELECT id FROM oversight_article WHERE slug = 'duyet-the'")[0][0]
    assert clerk.get(f"/co-so/hoi-dap/{key}/").status_code == 404
    assert "trang=hospital-lookup" in clerk.get("/co-so/").content.decode()


def test_who_is_not_signed_in_is_led_to_the_door(clerk: Client) -> None:
    del clerk
    for address in (PAGE, "/co-so/hoi-dap/"):
        assert Client().get(address).status_code == 303

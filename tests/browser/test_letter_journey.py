"""A dead letter is sent again: from the figures to the family's wrong address, back to the letter, and to its end."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, expect

from lienthong.database.address import Address
from lienthong.notices import actions as notices
from lienthong.notices import sending
from lienthong.notices.actions import News
from lienthong.simulation import partners
from lienthong.simulation.posts import MailSink
from lienthong.worker import relay
from tests.births import column
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.notices import reach, words
from tests.web.world import SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
PAGE = "/can-bo/thu-gui/"
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def given_two_families_are_told(world: World) -> None:
    """One whose address does not exist, one whose address is good; and a notice for the head himself."""
    for number, (name, address) in enumerate(
        ((LONG, "me@khong-co.example"), ("NGUYỄN MINH AN", "an@example.vn"))
    ):
        child = world.child(name)
        (person,) = column("SELECT person_id FROM dossiers_dossier WHERE id = %s", child.dossier_id)
        (area,) = column("SELECT area FROM dossiers_dossier WHERE id = %s", child.dossier_id)
        reach(address, subject=("person", person))
        said = words("CARD_REVOKED", child=name)
        subject = ("person", person)
        notices.tell(
            [News("CARD_REVOKED", f"card:{number}", subject, area, said)], by=SYSTEM, at=world.at
        )
    head = (world.officers["truong-so-the-01"],)
    overdue = News("OVERDUE_HEAD", "k", ("unit", 1), 0, words("OVERDUE_HEAD"), head)
    notices.tell([overdue], by=SYSTEM, at=world.at)


def when_the_worker_sends(database: Address, sink: MailSink) -> None:
    at = settings.CLOCK()
    client = partners.mail_client(sink)
    send = sending.email_sender(client, sending.Style(), now=lambda: at)
    with as_the_system(database):
        relay.relay("notice.email", send, at=at)
        connection.close()
    sink.stop()


def then_letters_and_notices_are_whole(window: Page, served: Site) -> None:
    expect(window.get_by_role("heading", name="Thư và tin nhắn gửi đi")).to_be_visible()
    then_nothing_is_wider_than_the_screen(window)
    then_axe_finds_nothing(window)
    window.goto(served.url + "/can-bo/thong-bao/")
    expect(window.get_by_text("quá hạn đã nhắc cán bộ")).to_be_visible()
    then_nothing_is_wider_than_the_screen(window)
    then_axe_finds_nothing(window)


@pytest.mark.timeout(300)
def test_a_dead_letter_is_sent_again_after_its_address_was_mended(
    world: World, site: Serve, page: Page, phone: Page, committed_db: Address
) -> None:
    given_two_families_are_told(world)
    sink = MailSink()
    when_the_worker_sends(committed_db, sink)
    served = site()
    for window in (phone, page):
        sign_in(window, served, "truong-so-the-01", to=PAGE)
        then_letters_and_notices_are_whole(window, served)

    page.goto(served.url + PAGE)
    page.locator("a.tag.late", has_text=re.compile("^1$")).click()
    expect(page.get_by_text("Hộp thư không có hoặc không nhận thư")).to_be_visible()
    page.get_by_role("link", name="Sửa liên hệ").click()
    expect(page.get_by_role("heading", name="Liên hệ của gia đình")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_label("Thư điện tử", exact=True).fill("me@example.vn")
    page.get_by_role("button", name="Lưu liên hệ").click()
    expect(page.get_by_text("Đã lưu.")).to_be_visible()

    page.goto(served.url + PAGE + "?tinh-trang=dead")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("Đã chọn 1 / 1")).to_be_visible()
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã xếp gửi lại 1 thư.")).to_be_visible()
    expect(page.get_by_text("Đang gửi: còn 1 thư.")).to_be_visible()
    then_axe_finds_nothing(page)
    when_the_worker_sends(committed_db, sink)
    expect(page.get_by_text("Không còn thư nào chờ gửi.")).to_be_visible(timeout=20_000)
    assert [to for to, _ in sink.taken] == ["an@example.vn", "me@example.vn"]
    page.goto(served.url + PAGE)
    expect(page.get_by_role("row", name=re.compile(LONG))).to_contain_text("Đã gửi")

    page.goto(served.url + "/can-bo/thong-bao/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã đánh dấu đã đọc 1 thông báo.")).to_be_visible()
    then_axe_finds_nothing(page)

"""A doubled number repaired with its card: told from an old book, proposed, confirmed, the card approved; by keyboard."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from lienthong.births import repairs
from lienthong.database.address import Address
from tests.births import column, system
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web import cardsout
from tests.web.cardsout import card_out, statuses
from tests.web.world import World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
NUMBERS = "/can-bo/ma-so/"
OTHER = "0118000017"
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def then_it_is_fit_for_eyes(page: Page) -> None:
    then_nothing_is_wider_than_the_screen(page)
    then_axe_finds_nothing(page)


def when_thu_tells_and_proposes(page: Page, served: Site, held: str) -> None:
    sign_in(page, served, "thu-01", to=NUMBERS)
    expect(page.get_by_text("Không có mã số nào cần sửa")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    page.get_by_label("Người tham gia").focus()
    page.keyboard.type(held)
    page.get_by_label("Mã số ghi trên giấy tờ").focus()
    page.keyboard.type(OTHER)
    page.get_by_label("Nơi ghi").select_option("book")
    page.get_by_role("button", name="Ghi và xem").click()
    expect(page.get_by_role("heading", name=re.compile("Một người, hai mã số"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("không gián đoạn ngày nào"))).to_have_count(2)
    then_it_is_fit_for_eyes(page)
    page.get_by_label("Dùng mã số ghi trên giấy tờ").focus()
    page.keyboard.press("Space")
    page.get_by_label("Lý do").fill("Gia đình có sổ cũ, được cấp trước.")
    page.get_by_label("Căn cứ").fill("Sổ BHXH số 0118000017, ngày 02/03/2020")
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_text("Đã gửi đề nghị")).to_be_visible()
    expect(page.get_by_role("button", name="Xác nhận sửa mã số")).to_have_count(0)
    page.get_by_role("button", name="Đăng xuất").click()


def when_the_new_card_is_approved(page: Page, served: Site, held: str) -> None:
    page.goto(served.url + "/can-bo/duyet-the/")
    expect(page.get_by_text("Đổi thẻ: Mã số BHXH được sửa")).to_be_visible()
    page.get_by_role("link", name="Xem thẻ cũ và mới").click()
    expect(
        page.get_by_role("row", name=re.compile(f"^Mã số BHXH.*{held}.*{OTHER}"))
    ).to_be_visible()
    page.get_by_label(f"Chọn {LONG}").check()
    page.get_by_role("button", name="Duyệt các thẻ đã chọn").click()
    expect(page.get_by_text("Đã duyệt 1 thẻ.")).to_be_visible()


def test_a_doubled_number_is_repaired_and_its_card_follows(
    world: World, site: Serve, page: Page, phone: Page, committed_db: Address
) -> None:
    cardsout.country()
    card_out(nksHoTen=LONG)
    (held,) = column("SELECT insurance_number FROM cards_card")
    served = site()
    when_thu_tells_and_proposes(page, served, held)

    for screen in (phone, page):
        sign_in(screen, served, "truong-so-the-01", to=NUMBERS)
        then_it_is_fit_for_eyes(screen)
        screen.get_by_role("link", name=LONG).click()
        expect(screen.get_by_text("Gia đình có sổ cũ").first).to_be_visible()
        then_it_is_fit_for_eyes(screen)
    page.get_by_role("button", name="Xác nhận sửa mã số").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("chờ duyệt thẻ mang mã số mới").first).to_be_visible()
    then_it_is_fit_for_eyes(page)
    with as_the_system(committed_db):
        assert statuses() == ["active"]
        repairs.follow(by=system(), at=settings.CLOCK())
    when_the_new_card_is_approved(page, served, held)
    with as_the_system(committed_db):
        assert statuses() == ["superseded", "active"]
        repairs.follow(by=system(), at=settings.CLOCK())
        assert column("SELECT code FROM cards_card WHERE status = 'active'")[0].endswith(OTHER)
        assert column("SELECT state FROM persons_numberrepair") == ["done"]
        (matter,) = column("SELECT id FROM persons_numbermatter")
    page.goto(f"{served.url}{NUMBERS}{matter}/")
    expect(page.get_by_text("Đã sửa xong").first).to_be_visible()
    then_it_is_fit_for_eyes(page)

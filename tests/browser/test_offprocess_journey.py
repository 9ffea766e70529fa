"""An off-process card: the unit answers it by keyboard, the head sends one back, the rest is confirmed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.cards import conformance, officetime
from lienthong.kernel.dates import vietnam_date
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import SYSTEM, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Serve = Callable[[], Site]
PAGE = "/can-bo/sai-quy-trinh/"
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def given_two_requests_that_wait_for_weeks(world: World) -> None:
    officetime.ensure(vietnam_date(world.at))
    world.child("NGUYỄN MINH AN", days_ago=30)
    world.child(LONG, days_ago=30)
    assert conformance.look_at_everything(by=SYSTEM, at=world.at) == 2


def test_an_off_process_card_is_answered_and_confirmed(
    world: World, site: Serve, page: Page
) -> None:
    given_two_requests_that_wait_for_weeks(world)
    served = site()
    sign_in(page, served, "so-the-01")
    page.get_by_role("link", name=re.compile("Thao tác sai quy trình 2")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thao tác sai quy trình")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("button", name="Trả lời các dòng đã chọn")).to_be_disabled()
    then_axe_finds_nothing(page)
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_text("Đã chọn 2 / 2")).to_be_visible()
    page.get_by_label("Lý do").focus()
    page.keyboard.type("Khối lượng")
    page.keyboard.press("Tab")
    page.keyboard.type("Đã phân công thêm người duyệt.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã gửi trả lời cho 2 dòng.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Đăng xuất").click()

    sign_in(page, served, "truong-so-the-01", to=f"{PAGE}?trang-thai=answered")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label(f"Chọn {LONG}, OP-01").check()
    page.get_by_label("Nội dung cần giải trình thêm").fill("Nêu rõ ngày phân công.")
    page.get_by_role("button", name="Trả lại để giải trình").click()
    expect(page.get_by_text("Đã trả lại 1 dòng")).to_be_visible()
    page.get_by_role("link", name="NGUYỄN MINH AN").click()
    expect(page.get_by_text("Đã phân công thêm người duyệt.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Xác nhận trả lời").click()
    expect(page.get_by_text("Đã xác nhận 1 dòng.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.goto(f"{served.url}{PAGE}?trang-thai=")
    for words in ("Đã xác nhận", "Trả lại, cần giải trình thêm"):
        expect(page.locator("tbody .tag", has_text=words)).to_be_visible()


def test_axe_finds_nothing_and_no_page_is_wider_than_a_telephone(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    given_two_requests_that_wait_for_weeks(world)
    served = site()
    for window, username in ((page, "trung-uong"), (phone, "truong-so-the-01")):
        sign_in(window, served, username, to=PAGE)
        addresses = (
            PAGE,
            f"{PAGE}tong-hop/",
            f"{PAGE}?trang-thai=answered",
            f"{PAGE}?quy-tac=OP-13",
        )
        for address in addresses:
            window.goto(served.url + address)
            then_nothing_is_wider_than_the_screen(window)
            then_axe_finds_nothing(window)
        window.goto(served.url + PAGE)
        window.get_by_role("link", name=LONG).click()
        expect(window.get_by_role("heading", name="OP-01 – Duyệt chậm")).to_be_visible()
        then_nothing_is_wider_than_the_screen(window)
        then_axe_finds_nothing(window)

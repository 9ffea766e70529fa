"""A parent comes to the first page, reads how a child gets the card and finds whom to call: by telephone, by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.catalogues import contacts_desk
from lienthong.catalogues.contacts import Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.kernel.dates import vietnam_date
from tests.browser.conftest import Site
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
NARROW, ZOOMED = {"width": 320, "height": 568}, {"width": 683, "height": 384}
LONG = "Tòa nhà liên cơ quan số 1234 đường Nguyễn Thị Minh Khai nối dài, khu đô thị mới Nam Cầu Giấy, phường Mẫu"


def given_a_directory(world: World) -> None:
    email = f"{'mot-dia-chi-rat-dai-' * 3}@bhxh-tinh.example"
    lines = [Entry(Duty.HOTLINE, "0900000101", email=email, office=LONG)]
    lines.append(Entry(Duty.LEAD, "0900000102", f"Lê {'Thị ' * 20}Thu", is_name_public=True))
    for entry in lines:
        contacts_desk.put("08", entry, vietnam_date(world.at), seen=0, by=SYSTEM, at=world.at)


def then_it_fits(page: Page) -> None:
    """On a telephone, on the smallest one, and on an office screen at 200 %."""
    before = page.viewport_size
    for size in (before, NARROW, ZOOMED):
        page.set_viewport_size(size or NARROW)
        then_nothing_is_wider_than_the_screen(page)
    page.set_viewport_size(before or NARROW)
    then_axe_finds_nothing(page)


def test_a_parent_finds_the_way_and_the_number_on_a_phone(
    world: World, site: Serve, phone: Page
) -> None:
    given_a_directory(world)
    served = site()
    phone.goto(f"{served.url}/")
    ways = phone.get_by_role("navigation", name="Bạn cần gì?").get_by_role("link")
    expect(ways).to_have_count(3)
    for number in range(3):
        expect(ways.nth(number)).to_be_in_viewport(ratio=1)
        assert (ways.nth(number).bounding_box() or {})["height"] >= 44
    then_it_fits(phone)

    ways.nth(1).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Đăng ký thẻ BHYT cho trẻ")
    then_it_fits(phone)
    phone.get_by_label("Gia đình ở tỉnh, thành phố nào").select_option("Tuyên Quang")
    phone.get_by_role("button", name="Xem").click()
    expect(phone.get_by_role("heading", name="Khi nào được nộp hồ sơ giấy")).to_be_in_viewport()
    expect(phone.get_by_text("Chưa có danh mục riêng của Tuyên Quang")).to_be_visible()
    then_it_fits(phone)

    phone.get_by_role("link", name="gọi hỏi trước").click()
    expect(phone.get_by_role("heading", name="Tỉnh Tuyên Quang")).to_be_visible()
    call = phone.get_by_role("link", name="Gọi đường dây nóng Tỉnh Tuyên Quang: 0900 000 101")
    expect(call).to_have_attribute("href", "tel:0900000101")
    then_it_fits(phone)


def test_the_same_by_keyboard_alone_and_what_is_not_found(
    world: World, site: Serve, page: Page
) -> None:
    given_a_directory(world)
    served = site()
    page.goto(f"{served.url}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Gọi ai để hỏi")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gọi ai để hỏi")
    then_it_fits(page)
    page.get_by_label("Tên tỉnh, thành phố").focus()
    page.keyboard.type("Atlantis")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Không có tỉnh, thành phố nào tên «Atlantis»")
    then_it_fits(page)
    page.get_by_label("Tên tỉnh, thành phố").fill("ha giang")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 tỉnh, thành phố khớp")
    expect(page.get_by_role("heading", name="Tỉnh Tuyên Quang")).to_be_visible()
    expect(page.get_by_text("Gồm cả Hà Giang trước đây")).to_be_visible()


def test_a_printed_page_leaves_the_menus_out(world: World, site: Serve, page: Page) -> None:
    served = site()
    page.goto(f"{served.url}/dang-ky/")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Mang theo gì")).to_be_visible()
    expect(page.get_by_role("navigation", name="Trong trang này")).to_be_hidden()
    expect(page.get_by_role("button", name="Xem")).to_be_hidden()

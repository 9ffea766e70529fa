"""Books that do not balance: a director goes from the figure down to one difference and its birth, and asks for what is missing."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests import births, books
from tests.births import ON
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Serve = Callable[[], Site]
DAY = f"tu={ON}&den={ON}"
FIRST, MISSING = "LTKS-2026-0000001", "LTKS-2026-0000002"
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def given_a_day_on_which_one_message_never_came() -> None:
    births.small_country()
    sent = births.message(1, nksHoTen=LONG)
    births.send(sent)
    births.run()
    stated = [books.line(it) for it in (sent, births.message(2))]
    books.state(books.statement(stated, said={"00004": 3}))
    books.reconcile(at=books.NEXT_EVENING + timedelta(days=5))
    books.reconcile(at=books.NEXT_EVENING + timedelta(days=9))


@pytest.mark.rule("INV-45")
def test_a_director_follows_a_difference_down_to_its_birth(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    given_a_day_on_which_one_message_never_came()
    served = site()
    sign_in(page, served, "tinh-01")
    page.get_by_role("link", name="Đối soát với Bộ Tư pháp").first.click()
    expect(
        page.get_by_role("heading", name="Chưa có số đối soát của những ngày này")
    ).to_be_visible()
    page.get_by_label("Từ ngày").fill(f"{ON}")
    page.get_by_label("Đến ngày").fill(f"{ON}")
    page.get_by_role("button", name="Xem").click()
    expect(page.get_by_text("Số liệu tại")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("Phường Ba Đình")
    then_axe_finds_nothing(page)
    then_nothing_is_wider_than_the_screen(page)
    page.get_by_role("link", name="chênh lệch chưa rõ lý do").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    then_axe_finds_nothing(page)
    page.get_by_label(f"Chọn {MISSING}").check()
    page.get_by_role("button", name="Đề nghị gửi lại các dòng đã chọn").click()
    expect(page.get_by_text("Đã đề nghị Bộ Tư pháp gửi lại 1 thông điệp.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name=re.compile("Đang xử lý")).click()
    page.get_by_role("link", name=FIRST).click()
    expect(page.get_by_role("heading", name="Chờ duyệt thẻ")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Mở hồ sơ của trẻ").click()
    expect(page.get_by_text(LONG).first).to_be_visible()

    sign_in(phone, served, "tinh-01", to=f"/can-bo/doi-soat/?{DAY}")
    then_nothing_is_wider_than_the_screen(phone)
    for address in (f"chenh-lech/?{DAY}", "bang-ke/"):
        phone.goto(f"{served.url}/can-bo/doi-soat/{address}")
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)


def test_a_director_says_why_his_province_is_not_connected_and_the_centre_sees_it(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    served = site()
    sign_in(page, served, "tinh-01")
    page.get_by_role("link", name=re.compile("Chưa liên thông, cần nêu lý do")).click()
    then_axe_finds_nothing(page)
    page.get_by_label("Lý do", exact=True).select_option(
        label="Thiếu máy móc, đường truyền ở cấp xã"
    )
    page.get_by_label("Kế hoạch thực hiện").fill("Thay đường truyền ở 12 xã, phường")
    page.get_by_role("button", name="Ghi khai báo").click()
    expect(page.get_by_text("Ngày dự kiến phải từ")).to_be_visible()
    expect(page.get_by_label("Kế hoạch thực hiện")).to_have_value(
        "Thay đường truyền ở 12 xã, phường"
    )
    then_axe_finds_nothing(page)
    page.get_by_label("Ngày dự kiến").fill(f"{world.at.date() + timedelta(days=30)}")
    page.get_by_role("button", name="Ghi khai báo").click()
    expect(page.get_by_text("Đã ghi tình trạng liên thông.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Đăng xuất").click()
    sign_in(page, served, "trung-uong", to="/can-bo/phoi-hop/")
    expect(page.get_by_text("0/34").first).to_be_visible()
    row = page.locator("tbody tr", has_text="Thành phố Hà Nội")
    expect(row).to_contain_text("Thay đường truyền ở 12 xã, phường")
    then_axe_finds_nothing(page)
    then_nothing_is_wider_than_the_screen(page)
    sign_in(phone, served, "trung-uong", to="/can-bo/phoi-hop/")
    then_nothing_is_wider_than_the_screen(phone)

"""The centre sends a letter, a province answers it from figures that are already there, the centre reminds the rest."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from lienthong.kernel.dates import vietnam_date
from lienthong.law.deadlines import official_calendar
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Serve = Callable[[], Site]
LIST = "/can-bo/cong-van/"
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def _leave(page: Page) -> None:
    page.get_by_role("button", name="Đăng xuất").click()


def _issue(page: Page, world: World, number: str = "680/BHXH-CNTT") -> None:
    """From the template to the letter that has gone out to Hà Nội and Bắc Ninh."""
    page.get_by_role("link", name="Soạn công văn mới").click()
    page.get_by_role("button", name="Bắt đầu từ mẫu 680").click()
    expect(page.get_by_role("heading", name="Soạn công văn")).to_be_visible()
    page.get_by_label("Số, ký hiệu").fill(number)
    page.get_by_label("Người ký", exact=True).fill(f"Nguyễn {LONG.title()}")
    page.get_by_label("Hạn trả lời (hết ngày)").fill(
        official_calendar().next_working_day(vietnam_date(world.at) + timedelta(days=9)).isoformat()
    )
    page.get_by_label("Chỉ các tỉnh, thành phố được chọn").check()
    page.locator("summary", has_text="Chọn tỉnh, thành phố").click()
    page.get_by_label("Thành phố Hà Nội").check()
    page.get_by_label("Thành phố Bắc Ninh").check()


def _answer(page: Page) -> None:
    page.get_by_role("group", name=re.compile("^1 ")).get_by_label("Có").check()
    page.get_by_role("group", name=re.compile("^9 ")).get_by_label("Có").check()
    page.get_by_role("group", name=re.compile("^12 ")).get_by_label(
        "Số hồ sơ tăng, thiếu người xử lý"
    ).check()
    page.get_by_label("Việc 1", exact=True).fill("Phân công thêm cán bộ duyệt thẻ")
    page.get_by_label("Ai thực hiện việc 1").fill("Phòng Sổ – Thẻ")
    page.get_by_label("Việc 1 xong trước ngày").fill("2027-01-15")


def _the_centre_sends_it(page: Page, served: Site) -> None:
    sign_in(page, served, "trung-uong", to=LIST)
    then_axe_finds_nothing(page)
    _issue(page, served.world)
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Thêm câu hỏi").click()
    expect(page.locator("tbody tr")).to_have_count(17)
    page.get_by_label("Tôi đã kiểm tra").check()
    page.get_by_role("button", name="Ban hành và gửi").click()
    expect(page.get_by_text("Đã ban hành.")).to_be_visible()
    expect(page.get_by_role("button", name="Nhắc 2 tỉnh chưa trả lời")).to_be_visible()
    then_axe_finds_nothing(page)
    _leave(page)


def _the_province_answers_it(page: Page, served: Site) -> None:
    sign_in(page, served, "thu-01")
    page.locator(".owed").get_by_role("link", name="680/BHXH-CNTT").click()
    page.get_by_role("link", name="Trả lời công văn").click()
    page.get_by_role("button", name="Soạn trả lời").click()
    # Two children of Hà Nội are counted already; both are late.
    live = page.get_by_role("group", name=re.compile("^4 ")).locator(".live-figure")
    expect(live).to_contain_text("2 hồ sơ")
    expect(live).to_contain_text("đến ")
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Trình giám đốc ký").click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa trả lời đủ: câu 1, 9, 12, 13.")
    _answer(page)
    page.get_by_role("button", name="Trình giám đốc ký").click()
    expect(page.get_by_text("Đã trình giám đốc ký.")).to_be_visible()
    _leave(page)


def _the_director_signs_it(page: Page, served: Site) -> None:
    sign_in(page, served, "tinh-01")
    page.locator(".owed").get_by_role("link", name="680/BHXH-CNTT").click()
    expect(page.get_by_text("Phân công thêm cán bộ duyệt thẻ")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Ký và gửi BHXH Việt Nam").click()
    expect(page.get_by_text("Đã ký và gửi BHXH Việt Nam.")).to_be_visible()
    then_axe_finds_nothing(page)
    _leave(page)


def test_a_letter_is_sent_answered_from_live_figures_and_the_rest_reminded(
    world: World, site: Serve, page: Page
) -> None:
    world.child("NGUYỄN MINH AN", days_ago=20)
    world.child(LONG, days_ago=20)
    served = site()
    _the_centre_sends_it(page, served)
    _the_province_answers_it(page, served)
    _the_director_signs_it(page, served)
    sign_in(page, served, "trung-uong", to=LIST)
    page.get_by_role("link", name="680/BHXH-CNTT").click()
    page.get_by_role("button", name="Nhắc 1 tỉnh chưa trả lời").click()
    expect(page.get_by_text("Đã nhắc 1 tỉnh, thành phố.")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("Bắc Ninh"))
    expect(row).to_contain_text("1 lần")
    page.get_by_role("link", name="Tổng hợp trả lời").click()
    expect(page.get_by_role("row", name=re.compile("Hà Nội"))).to_contain_text("2")
    then_axe_finds_nothing(page)


def test_no_page_of_a_letter_is_wider_than_a_telephone(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    served = site()
    sign_in(page, served, "trung-uong", to=LIST)
    _issue(page, world)
    draft = page.url.removeprefix(served.url)
    page.get_by_label("Tôi đã kiểm tra").check()
    page.get_by_role("button", name="Ban hành và gửi").click()
    expect(page.get_by_text("Đã ban hành.")).to_be_visible()
    letter = draft.removesuffix("soan/")
    page.goto(f"{served.url}{LIST}moi/")
    page.get_by_role("button", name="Bắt đầu từ mẫu 5052").click()
    other_draft = page.url.removeprefix(served.url)
    sign_in(phone, served, "trung-uong", to=LIST)
    for address in (LIST, letter, other_draft, f"{letter}tong-hop/", f"{LIST}moi/"):
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)
    phone.goto(served.url + "/can-bo/")
    _leave(phone)
    sign_in(phone, served, "thu-01", to=f"{letter}tra-loi/01/")
    phone.get_by_role("button", name="Soạn trả lời").click()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    _answer(phone)
    phone.get_by_role("button", name="Trình giám đốc ký").click()
    expect(phone.get_by_text("Đã trình giám đốc ký.")).to_be_visible()
    for address in (f"{letter}tra-loi/01/", letter):
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)

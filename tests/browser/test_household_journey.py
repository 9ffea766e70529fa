"""A difference is settled from the list with the keyboard, the next one follows, and the household shows who lives in it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.catalogues import routes
from lienthong.persons import differing
from tests import births
from tests.births import AT, ON, message, run, send
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.households import couple, entry
from tests.officers import SYSTEM
from tests.web.world import World

pytestmark = pytest.mark.browser
Serve = Callable[[], Site]


def given_a_family_about_which_two_databases_differ() -> None:
    births.small_country()
    routes.ensure(ON)
    _, mother, father = couple()
    send(message())
    run()
    for person, name in ((mother, "TRẦN THỊ BÍNH"), (father, "NGUYỄN VĂN CƯƠNG")):
        entry("household", f"h{person}", person, full_name=name)
        entry("collection", f"c{person}", person, full_name=name.title() + " B")
    differing.compare(by=SYSTEM, at=AT)


def test_a_difference_is_settled_and_the_household_is_found(
    world: World, site: Serve, page: Page
) -> None:
    given_a_family_about_which_two_databases_differ()
    sign_in(page, site(), "thu-01")
    page.get_by_role("link", name="Chênh lệch dữ liệu", exact=True).click()
    expect(page.get_by_role("heading", name="Chênh lệch dữ liệu")).to_be_visible()
    then_axe_finds_nothing(page)
    then_nothing_is_wider_than_the_screen(page)
    page.get_by_role("link", name="TRẦN THỊ BÌNH").click()
    then_axe_finds_nothing(page)
    page.get_by_label("Theo dữ liệu hộ gia đình").check()
    page.get_by_role("button", name="Ghi và sang chênh lệch tiếp").click()
    expect(page.get_by_text("Dưới đây là chênh lệch tiếp theo cùng loại")).to_be_visible()
    page.get_by_label("Giữ như đang đăng ký").check()
    page.get_by_role("button", name="Ghi và sang chênh lệch tiếp").click()
    expect(page.get_by_role("heading", name="Không có chênh lệch nào chờ xử lý")).to_be_visible()
    page.get_by_role("link", name="Đã xử lý", exact=True).click()
    expect(page.get_by_role("row", name="TRẦN THỊ BÍNH")).to_be_visible()

    page.get_by_role("link", name="Hộ gia đình", exact=True).click()
    page.get_by_label("Mã hộ, số định danh, mã số BHXH hoặc họ tên thành viên").fill("003196000456")
    page.get_by_role("button", name="Tìm", exact=True).click()
    then_axe_finds_nothing(page)
    page.locator("[data-rows] a").first.click()
    expect(page.get_by_role("row", name="TRẦN THỊ BÍNH 01/03/1996")).to_be_visible()
    expect(page.get_by_role("row", name="NGUYỄN MINH AN")).to_be_visible()
    then_axe_finds_nothing(page)
    then_nothing_is_wider_than_the_screen(page)

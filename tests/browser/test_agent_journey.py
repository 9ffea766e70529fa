"""An agent completes a household on a telephone, without scripts; the unit confirms; the household shows it."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from lienthong.accounts import agencies
from lienthong.catalogues import routes
from lienthong.persons import households, newcomers
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import Relation
from tests import births
from tests.births import AT, BA_DINH, ON, message, run, send
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.officers import SYSTEM
from tests.web.world import World

pytestmark = pytest.mark.browser
Serve = Callable[[], Site]


def given_a_household_of_which_much_is_missing(world: World) -> None:
    births.small_country()
    routes.ensure(ON)
    send(message())
    run()
    head = newcomers.make(Newcomer("PHẠM VĂN KHUYẾT", date(1980, 5, 5), "male"), by=SYSTEM, at=AT)
    elder = newcomers.make(Newcomer("PHẠM THỊ CỤ", date(1950, 2, 3), "female"), by=SYSTEM, at=AT)
    place = Place(BA_DINH, AT.date(), "", "BADINH01")
    told = {head: Relation.HEAD, elder: Relation.OTHER}
    households.found(place, told, on=AT.date(), by=SYSTEM, at=AT)
    agencies.add_commune(world.agency, BA_DINH, by=SYSTEM, at=AT)


def when_he_looks_the_household_up(phone: Page) -> None:
    then_axe_finds_nothing(phone)
    then_nothing_is_wider_than_the_screen(phone)
    phone.get_by_label("Mục đích").select_option(label="Rà soát, bổ sung thông tin hộ gia đình")
    phone.get_by_label("Mã hộ").fill("KHONGCO9")
    phone.get_by_role("button", name="Tra cứu", exact=True).click()
    expect(phone.get_by_text("Không thuộc địa bàn")).to_be_visible()
    phone.get_by_label("Mã hộ").fill("BADINH01")
    phone.get_by_role("button", name="Tra cứu", exact=True).click()
    expect(phone.get_by_role("heading", name="Hộ BADINH01")).to_be_visible()
    then_axe_finds_nothing(phone)
    then_nothing_is_wider_than_the_screen(phone)


def when_he_brings_what_is_missing(phone: Page) -> None:
    phone.get_by_role("link", name="của PHẠM VĂN KHUYẾT").click()
    phone.get_by_label("Số định danh cá nhân").fill("003180000123")
    phone.get_by_label("Địa chỉ của hộ").fill("Số 9 ngõ 3")
    phone.get_by_role("button", name="Gửi").click()
    expect(phone.get_by_text("Số giới tính")).to_be_visible()
    then_axe_finds_nothing(phone)
    then_nothing_is_wider_than_the_screen(phone)
    phone.get_by_label("Số định danh cá nhân").fill("001080000123")
    phone.get_by_role("button", name="Gửi").click()
    expect(phone.get_by_text("1 thông tin đã ghi")).to_be_visible()
    phone.get_by_role("link", name="Hộ BADINH01").click()
    phone.get_by_role("link", name="của PHẠM THỊ CỤ").click()
    phone.get_by_label("Quan hệ với chủ hộ").select_option(label="Mẹ")
    phone.get_by_role("button", name="Gửi").click()
    phone.get_by_role("link", name="Hộ BADINH01").click()


def when_he_brings_a_new_member(phone: Page) -> None:
    phone.get_by_role("link", name="Thêm thành viên").click()
    phone.get_by_label("Họ và tên").fill("Lê Thị Hoa")
    phone.get_by_label("Ngày sinh").fill("1985-06-07")
    phone.get_by_label("Giới tính").select_option(label="Nữ")
    phone.get_by_label("Quan hệ với chủ hộ").select_option(label="Vợ")
    phone.get_by_role("button", name="Gửi để xác nhận").click()
    expect(phone.get_by_text("Thêm thành viên: Lê Thị Hoa")).to_be_visible()
    then_nothing_is_wider_than_the_screen(phone)


def when_the_unit_confirms(page: Page) -> None:
    page.get_by_role("link", name="Đại lý bổ sung, chờ xác nhận").click()
    then_axe_finds_nothing(page)
    then_nothing_is_wider_than_the_screen(page)
    page.get_by_label("Chọn tất cả").check()
    page.get_by_role("button", name="Xác nhận các dòng đã chọn").click()
    expect(page.get_by_text("Đã xác nhận 3 đề nghị")).to_be_visible()


def then_the_household_shows_it(page: Page) -> None:
    page.get_by_role("link", name="Hộ gia đình", exact=True).click()
    page.get_by_label("Mã hộ, số định danh, mã số BHXH hoặc họ tên thành viên").fill("BADINH01")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.locator("[data-rows] a").first.click()
    expect(page.get_by_text("Số 9 ngõ 3")).to_be_visible()
    for told in ("001080000123", "Lê Thị Hoa"):
        expect(page.get_by_role("row", name=told).first).to_be_visible()
    expect(page.get_by_role("row", name="PHẠM THỊ CỤ").first).to_contain_text("Mẹ")


def test_an_agent_completes_a_household_and_the_unit_confirms(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    given_a_household_of_which_much_is_missing(world)
    served = site()
    sign_in(phone, served, "dai-ly-01", to="/can-bo/dai-ly/")
    when_he_looks_the_household_up(phone)
    when_he_brings_what_is_missing(phone)
    when_he_brings_a_new_member(phone)

    sign_in(page, served, "thu-01")
    when_the_unit_confirms(page)
    then_the_household_shows_it(page)

    phone.get_by_role("link", name="Tra cứu người khác").click()
    phone.get_by_role("link", name="Đã gửi trong tháng").click()
    expect(phone.get_by_text("0 chờ xác nhận, 4 đã ghi, 0 trả lại.")).to_be_visible()
    then_axe_finds_nothing(phone)
    then_nothing_is_wider_than_the_screen(phone)

"""A facility that families chose is missing: the province adds it, the tasks settle, the family is offered it. And the directory."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from lienthong.cards import wishes
from lienthong.catalogues import contacts_desk
from lienthong.catalogues.contacts import Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.database.address import Address
from lienthong.kernel.dates import vietnam_date
from tests import births
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.test_facility_pages import add, approved, wish
from tests.web.world import SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
LIST, FORCES = "/can-bo/co-so-kcb/", "/can-bo/to-cong-tac/"


def given_a_wish_for_a_missing_facility(world: World) -> None:
    add(world, "01013")
    wish(world, approved(world, "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"))


def given_a_directory_that_nobody_has_looked_at(world: World) -> None:
    at = world.at - timedelta(days=100)
    for number, duty in enumerate(Duty):
        entry = Entry(duty, f"090000010{number}", "Lê Văn Mẫu", office="Số 1 phố Mẫu")
        contacts_desk.put("01", entry, vietnam_date(at), seen=0, by=SYSTEM, at=at)


def _worker_takes_its_step(database: Address) -> None:
    at = settings.CLOCK()
    with as_the_system(database):
        assert wishes.follow(by=SYSTEM, at=at, on=vietnam_date(at)) == 1


def test_a_missing_facility_is_added_and_the_family_is_offered_it(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    given_a_wish_for_a_missing_facility(world)
    served = site()
    sign_in(page, served, "tinh-01")
    page.get_by_role("link", name="Cơ sở còn thiếu", exact=True).click()
    expect(page.get_by_role("heading", name="Cơ sở còn thiếu")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Bổ sung cơ sở").click()
    expect(page.get_by_label("Mã cơ sở")).to_have_value("01888")
    then_axe_finds_nothing(page)
    page.get_by_label("Tên cơ sở").fill("Bệnh viện Mới")
    page.get_by_label("Mã xã, phường").fill(births.BA_DINH)
    page.get_by_label("Hợp đồng từ ngày").fill("2026-01-01")
    page.get_by_role("button", name="Bổ sung vào danh mục").click()
    expect(page.get_by_role("heading", name="Bệnh viện Mới", exact=True)).to_be_visible()
    expect(page.get_by_text("Đã ghi hợp đồng.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Sửa, kết thúc").click()
    expect(page.get_by_role("button", name="Ghi thay đổi")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Đăng xuất").click()

    _worker_takes_its_step(committed_db)
    sign_in(page, served, "thu-01")
    page.get_by_role("link", name="Việc đang chờ tôi", exact=True).click()
    page.get_by_role("row", name="Cơ sở gia đình chọn nay đã có").locator("[data-next]").click()
    expect(page.get_by_text("Bệnh viện Mới")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Lập yêu cầu đổi nơi đăng ký").click()
    expect(page.get_by_label("Mã cơ sở khám chữa bệnh mới")).to_have_value("01888")
    for paper in page.get_by_role("group", name="Giấy tờ đã nhận").get_by_role("checkbox").all():
        paper.check()
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Lập yêu cầu").click()
    expect(page.get_by_text("Đã lập yêu cầu.")).to_be_visible()
    # One more step of the worker, and nothing is left to ask.
    _worker_takes_its_step(committed_db)
    page.goto(f"{served.url}/can-bo/viec-cua-toi/")
    expect(page.get_by_text("Cơ sở gia đình chọn nay đã có")).to_have_count(0)


def test_a_directory_is_checked_and_changed_by_keyboard_alone(
    world: World, site: Serve, page: Page
) -> None:
    given_a_directory_that_nobody_has_looked_at(world)
    served = site()
    sign_in(page, served, "tinh-01", to=f"{FORCES}01/")
    expect(page.get_by_text("Quá 90 ngày chưa kiểm tra.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Đã kiểm tra, vẫn đúng").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("vẫn đúng đến hôm nay")).to_be_visible()
    page.get_by_role("link", name="Thay đổi Sổ, thẻ").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Họ tên cán bộ")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_label("Họ tên cán bộ").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Trần Thị Thẻ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã ghi danh bạ.")).to_be_visible()
    expect(page.get_by_role("row", name="Trần Thị Thẻ")).to_be_visible()


def test_every_page_of_it_fits_a_telephone(world: World, site: Serve, phone: Page) -> None:
    given_a_wish_for_a_missing_facility(world)
    given_a_directory_that_nobody_has_looked_at(world)
    served = site()
    sign_in(phone, served, "tinh-01")
    for address in (
        LIST,
        f"{LIST}?tinh-trang=ending",
        f"{LIST}them/?ma=01888",
        f"{LIST}con-thieu/",
        f"{LIST}01013/",
        f"{LIST}01013/tre/",
        FORCES,
        f"{FORCES}01/",
        f"{FORCES}01/?sua=lead",
        f"{FORCES}24/",
    ):
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)

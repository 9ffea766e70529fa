"""An officer hears of a hospital's account that harvests, reads why, suspends another, and lets the first one in again."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from lienthong.accounts import hospitals as accounts
from lienthong.cards.lookup import Asker
from lienthong.database.address import Address
from lienthong.simulation import harvest
from tests.births import ON, facility
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
LONG = "Bệnh viện Đa khoa khu vực liên huyện Bắc Quảng Hà và các xã đảo thuộc đặc khu kinh tế mở"


def given_two_hospitals(world: World) -> None:
    for code in ("01013", "01A08"):
        facility(code, "00004")
    accounts.open_account("01013", LONG, by=SYSTEM, at=world.at)
    other = accounts.open_account("01A08", "Bệnh viện Phụ sản", by=SYSTEM, at=world.at)
    accounts.add_staff(other.machine_id, "Nguyễn Thị Hoa", "003187000001", by=SYSTEM, at=world.at)


def when_somebody_counts_numbers_upwards(database: Address, account: str) -> None:
    with as_the_system(database):
        guesses = harvest.counting_up(Asker(account), first=5_000_000_000, on=ON, seed=1)
        assert harvest.walk(guesses, most=500).is_stopped
        connection.close()


def test_an_officer_finds_a_harvesting_account_and_lifts_it_with_a_note(
    page: Page, world: World, site: Serve, committed_db: Address
) -> None:
    given_two_hospitals(world)
    served = site()
    sign_in(page, served, "tinh-01")
    expect(page.get_by_text("tạm khóa")).to_have_count(0)
    when_somebody_counts_numbers_upwards(committed_db, "01013_BV")

    page.reload()
    page.get_by_role("link", name="Xem lý do và xử lý").click()
    row = page.get_by_role("row", name=re.compile("01013_BV"))
    expect(row).to_contain_text("Tra cứu không đúng người quá nhiều")
    then_axe_finds_nothing(page)
    page.keyboard.press("j")
    page.keyboard.press("v")
    expect(page.get_by_role("heading", level=1)).to_have_text(LONG)
    expect(page.get_by_text("21 trong 50 lượt gần nhất không đúng người nào")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Mở lại tài khoản").click()
    expect(page.get_by_role("heading", name=re.compile("Đang tạm khóa"))).to_be_visible()
    page.get_by_label("Đã xác minh gì với cơ sở").fill(
        "Lỗi phần mềm, cơ sở đã sửa và báo bằng văn bản."
    )
    page.get_by_role("button", name="Mở lại tài khoản").click()
    expect(page.get_by_text("Đã mở lại.")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Đang tạm khóa"))).to_have_count(0)


def test_an_officer_suspends_an_account_and_gives_it_another_password(
    page: Page, world: World, site: Serve
) -> None:
    given_two_hospitals(world)
    served = site()
    sign_in(page, served, "tinh-01", to="/can-bo/co-so-kham/?tim=phu+san")
    page.get_by_role("link", name="Bệnh viện Phụ sản").click()
    page.get_by_text("Tạm khóa tài khoản").click()
    page.get_by_label("Lý do").fill("Cơ sở báo mất máy tính có lưu mật khẩu.")
    page.get_by_role("button", name="Tạm khóa", exact=True).click()
    expect(page.get_by_text("Đã tạm khóa.")).to_be_visible()
    page.get_by_text("Cấp mật khẩu mới", exact=True).click()
    page.get_by_role("button", name="Cấp mật khẩu mới cho 01A08_BV").click()
    expect(page.get_by_text("Mật khẩu chỉ hiện lần này.")).to_be_visible()
    assert re.fullmatch(
        "([a-z2-9]{4}-){4}[a-z2-9]{4}", page.get_by_label("Mật khẩu", exact=True).input_value()
    )
    then_axe_finds_nothing(page)


def test_the_centre_reads_it_all_on_a_telephone(phone: Page, world: World, site: Serve) -> None:
    given_two_hospitals(world)
    served = site()
    sign_in(phone, served, "trung-uong", to="/can-bo/co-so-kham/")
    then_nothing_is_wider_than_the_screen(phone)
    phone.get_by_role("link", name=LONG).click()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    phone.goto(served.url + "/can-bo/muc-tra-cuu/")
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    phone.get_by_role("link", name="Đóng cổng…").click()
    then_axe_finds_nothing(phone)

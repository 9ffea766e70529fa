"""Dossiers of a divided commune: an officer of the old unit chooses their new one by keyboard, and they leave the queue."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from lienthong.births import enrolment
from lienthong.database.address import Address
from lienthong.kernel.dates import vietnam_date
from tests import splits
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.mergers import stand
from tests.splits import NEW, OTHER, UNITS
from tests.web.world import World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
PAGE = "/can-bo/chon-don-vi-moi/"
LONG = (
    "Căn hộ 1205, tòa CT2B, khu đô thị mới Nghĩa Đô – Cổ Nhuế, số 106 đường Hoàng Quốc Việt,"
    " tổ dân phố số 12"
)


def given_a_divided_commune(world: World, *, without: tuple[str, ...] = ()) -> list[str]:
    """Three dossiers of one hamlet, one with a long address, one without a hamlet; today their commune was divided."""
    splits.country(without=without)
    sent = splits.waiting(
        "Số 1 ngõ 2, tổ 5", "Số 8, TDP số 05", "Ngõ 9, Tổ dân phố 5", LONG, "", at=world.at
    )
    splits.divide(at=world.at, day=vietnam_date(world.at))
    return sent


def _worker_takes_its_step(database: Address) -> None:
    at = settings.CLOCK()
    with as_the_system(database):
        enrolment.advance_all(at=at, on=vietnam_date(at))


def test_two_dossiers_of_a_hamlet_are_chosen_by_keyboard_and_leave_the_queue(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    first, second, *_ = given_a_divided_commune(world)
    served = site()
    sign_in(page, served, "don-vi-01")
    page.get_by_role("link", name=re.compile("Hồ sơ chờ chọn đơn vị mới")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Chọn đơn vị mới")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Phường Ba Đình")).click()
    page.get_by_role("link", name=re.compile("^tổ 5")).click()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.get_by_role("button", name="Chọn cho các hồ sơ đã đánh dấu")).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("Đã chọn 2 / 3")).to_be_visible()
    page.get_by_label("Xã, phường mới", exact=True).focus()
    page.keyboard.type("Phường Ngọc Hà")
    page.keyboard.press("Tab")
    page.keyboard.type("Theo bản đồ địa giới hành chính")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã chọn Phường Ngọc Hà cho 2 hồ sơ.")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    then_axe_finds_nothing(page)

    _worker_takes_its_step(committed_db)
    page.goto(served.url + PAGE)
    expect(page.locator("tbody tr")).to_have_count(3)
    with as_the_system(committed_db):
        assert {stand(each)[2] for each in (first, second)} == {UNITS[NEW]}


def test_a_whole_hamlet_is_chosen_after_a_question(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    sent = given_a_divided_commune(world)
    served = site()
    sign_in(page, served, "tinh-01", to=PAGE)
    page.get_by_role("link", name=re.compile("^Phường Ba Đình")).click()
    page.get_by_role("link", name=re.compile("^tổ 5")).click()
    page.get_by_label("Xã, phường mới", exact=True).select_option(OTHER)
    page.get_by_role("button", name="Áp dụng cho cả tổ 5").click()
    expect(page.get_by_text("3 hồ sơ đang chờ của tổ 5")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Áp dụng cho 3 hồ sơ và hồ sơ đến sau").click()
    expect(page.get_by_text("cho 3 hồ sơ của tổ 5")).to_be_visible()
    then_axe_finds_nothing(page)
    _worker_takes_its_step(committed_db)
    with as_the_system(committed_db):
        assert {stand(each)[2] for each in sent[:3]} == {UNITS[OTHER]}


@pytest.mark.timeout(300)
def test_axe_finds_nothing_and_no_page_is_wider_than_a_telephone(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    given_a_divided_commune(world, without=(OTHER,))
    served = site()
    for window in (page, phone):
        sign_in(window, served, "tinh-01", to=PAGE)
        then_nothing_is_wider_than_the_screen(window)
        then_axe_finds_nothing(window)
        for name in ("Phường Ba Đình", "tổ 5"):
            window.get_by_role("link", name=re.compile(f"^{name}")).click()
            then_nothing_is_wider_than_the_screen(window)
            then_axe_finds_nothing(window)
        window.goto(served.url + PAGE + "?xa=00008&tach=2026-01-01")
        expect(
            window.get_by_role("heading", name="Nơi này không còn hồ sơ nào chờ")
        ).to_be_visible()
        then_axe_finds_nothing(window)
    phone.goto(served.url + PAGE)
    phone.get_by_label("Chọn NGUYỄN MINH AN").check()
    phone.get_by_label("Xã, phường mới", exact=True).select_option(OTHER)
    phone.get_by_role("button", name="Chọn cho các hồ sơ đã đánh dấu").click()
    expect(phone.get_by_text("chưa khai báo đúng một đơn vị cấp thẻ")).to_be_visible()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)

"""The administrator finds what stands, knows what to do, and closes what only a person closes; by keyboard and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.database import alarms, pulses
from lienthong.database.pulses import Beat
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World

pytestmark = pytest.mark.browser
Serve = Callable[[], Site]
PAGE = "/can-bo/canh-bao/"


@pytest.mark.timeout(300)
def test_administrator_reads_what_to_do_and_closes_a_settled_alarm(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    pulses.note({"advance": Beat(world.at)})
    alarms.sound("system.restored", "20261130T013000Z-1f0c2d")
    for number in range(7):
        alarms.sound("card.late", f"dossier:{number}")
    served = site()
    sign_in(page, served, "cntt", to=PAGE)
    expect(page.get_by_role("heading", name="Đang mở")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Thẻ đã duyệt quá ngày hẹn trả").first
    expect(row).to_contain_text("và 2 đối tượng khác")
    then_axe_finds_nothing(page)
    button = page.get_by_role("button", name="Đã xử lý, đóng cảnh báo")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Đã đóng trong 7 ngày")).to_be_visible()
    expect(button).to_have_count(0)
    sign_in(phone, served, "cntt", to=PAGE)
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)

"""The administrator finds what stands, knows what to do, and closes what only a person closes; by keyboard and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from lienthong.database import alarms, pulses
from lienthong.database.address import Address
from lienthong.database.pulses import Beat
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World

pytestmark = pytest.mark.browser
PAGE = "/can-bo/canh-bao/"


def test_administrator_reads_what_to_do_and_closes_a_settled_alarm(
    page: Page, site: Site, world: World, database: Address
) -> None:
    with as_the_system(database):
        pulses.note({"advance": Beat(world.at)})
        alarms.sound("system.restored", "20261130T013000Z-1f0c2d")
        for number in range(7):
            alarms.sound("card.late", f"dossier:{number}")
    sign_in(page, site, "cntt", to=PAGE)
    expect(page.get_by_role("heading", name="Đang mở")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Thẻ đã duyệt quá ngày hẹn trả").first
    expect(row).to_contain_text("và 2 đối tượng khác")
    then_axe_finds_nothing(page)
    button = page.get_by_role("button", name="Đã xử lý, đóng cảnh báo")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_count(0)
    expect(page.get_by_role("heading", name="Đã đóng trong 7 ngày")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    then_nothing_is_wider_than_the_screen(page)
    then_axe_finds_nothing(page)

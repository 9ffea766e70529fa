"""A child's record by keyboard: opened from the search, looked at as of a past instant, and brought back to now."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from lienthong.cards import actions, printing
from lienthong.kernel.dates import VIETNAM
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import Child, World, actor_of

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def given_a_child_with_a_printed_card(world: World) -> Child:
    child = world.child(LONG)
    by = actor_of(world, "so-the-01")
    actions.approve([child.card_id or 0], by=by, at=world.at - timedelta(hours=3))
    printing.print_cards([child.card_id or 0], by=by, at=world.at - timedelta(hours=2))
    return child


def test_a_head_looks_at_the_past_by_keyboard(world: World, site: Serve, page: Page) -> None:
    child = given_a_child_with_a_printed_card(world)
    served = site()
    sign_in(page, served, "truong-so-the-01", to=f"/can-bo/tra-cuu/{child.message_id}/")
    page.get_by_role("link", name="Mở hồ sơ tổng hợp của trẻ").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/can-bo/tre/{child.dossier_code}/")
    expect(page.get_by_role("heading", name=LONG)).to_be_visible()
    expect(page.get_by_role("img", name="Thẻ bảo đảm trọn thời gian")).to_be_visible()
    then_axe_finds_nothing(page)
    then_nothing_is_wider_than_the_screen(page)

    instant = page.get_by_label("Xem như vào lúc")
    past = (world.at - timedelta(hours=4)).astimezone(VIETNAM)
    instant.fill(past.strftime("%Y-%m-%dT%H:%M"))
    instant.press("Enter")
    expect(page.get_by_role("heading", name="Đang xem quá khứ")).to_be_visible()
    expect(page.get_by_text("Chưa in", exact=True)).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Về hiện tại").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chưa in", exact=True)).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Xuất gói chứng cứ").press("Enter")
    assert download.value.suggested_filename == f"chung-cu-{child.dossier_code}.zip"


def test_a_telephone_shows_all_of_it(world: World, site: Serve, phone: Page) -> None:
    child = given_a_child_with_a_printed_card(world)
    served = site()
    sign_in(phone, served, "tinh-01", to=f"/can-bo/tre/{child.dossier_code}/")
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    phone.goto(f"{served.url}/can-bo/tre/{child.dossier_code}/?luc=2020-01-01T00:00")
    expect(phone.get_by_text("chưa có dữ liệu nào về trẻ")).to_be_visible()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)

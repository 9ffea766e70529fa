"""Figures: an official opens a backlog figure down to one dossier and its reason; the map by keyboard; axe, telephone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.cards import actions, printing
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World, actor_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Serve = Callable[[], Site]
BOARD, FORMS = "/can-bo/so-lieu/", "/can-bo/bao-cao/"
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def given_a_backlog(world: World) -> None:
    """In Hà Nội one parked and two that wait, one late; one done; in Bắc Ninh one late."""
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED", days_ago=20)
    world.child("NGUYỄN MINH AN")
    world.child(LONG, days_ago=30)
    world.child("ĐỖ BẮC NINH", unit="TE24001", days_ago=12)
    done = world.child("LÊ GIA HUY")
    by = actor_of(world, "so-the-24")
    actions.approve([done.card_id or 0], by=by, at=world.at)
    printing.print_cards([done.card_id or 0], by=by, at=world.at)


def test_a_backlog_figure_is_opened_down_to_one_dossier_and_its_reason(
    world: World, site: Serve, page: Page
) -> None:
    given_a_backlog(world)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    sign_in(page, site(), "trung-uong")
    page.get_by_role("link", name="Số liệu", exact=True).click()
    expect(page.get_by_role("heading", name="Số liệu: Cả nước")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Tồn đọng theo số ngày"))).to_be_visible()
    page.get_by_role("link", name="Tồn đọng", exact=True).first.click()
    page.get_by_role("link", name=re.compile("^Hà Nội 3$")).click()
    expect(page.get_by_role("heading", name="Số liệu: Thành phố Hà Nội")).to_be_visible()
    page.get_by_role("link", name="Biểu Phụ lục 1").click()
    page.get_by_role("link", name="Tồn đọng theo khâu").click()
    row = page.get_by_role("row", name=re.compile("chưa xác định đơn vị, địa bàn"))
    row.get_by_role("link", name="1", exact=True).click()
    expect(
        page.get_by_role("heading", name=re.compile("Lỗi tạo hồ sơ: trên 5 ngày"))
    ).to_be_visible()
    expect(page.get_by_text("1 hồ sơ", exact=True)).to_be_visible()
    expect(page.get_by_text("chưa được khai báo cho đơn vị cấp thẻ nào")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="ĐẶNG PHÚC KHANG").click()
    expect(page.get_by_role("heading", name="ĐẶNG PHÚC KHANG")).to_be_visible()
    expect(page.get_by_role("heading", name="Đang chờ")).to_be_visible()
    assert refused == []


def test_the_map_and_the_form_work_by_keyboard_alone(world: World, site: Serve, page: Page) -> None:
    given_a_backlog(world)
    sign_in(page, site(), "trung-uong", to=f"{BOARD}?do=qua-han")
    page.get_by_role("link", name=re.compile("^Bắc Ninh 1")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Bắc Ninh"))).to_be_visible()
    page.get_by_text("Thời gian, thời điểm khác").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Tại thời điểm").fill("2026-01-01T08:00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chưa có hồ sơ nào trong thời gian này")).to_be_visible()
    page.get_by_role("link", name="Lúc này").click()
    page.get_by_role("link", name="Biểu Phụ lục 1").click()
    page.wait_for_url("**/can-bo/bao-cao/**")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("BHXH cơ sở Bắc Giang"))).to_be_visible()


_ADDRESSES = (
    BOARD,
    f"{BOARD}?trong=01&do=ton-dong",
    f"{BOARD}?tu=2024-01-01&den=2024-01-02",
    f"{FORMS}?nhom=Tồn đọng theo khâu",
    f"{FORMS}?nhom=Thời gian xử lý&so-voi=2026-01-01T00:00",
    f"{FORMS}?bieu=ton-dong&cap=commune&trong=01",
    f"{FORMS}danh-sach/?cot=received",
    f"{FORMS}danh-sach/?cot=duplicates",
)


@pytest.mark.parametrize(
    ("window", "username"), [("page", "trung-uong"), ("phone", "tinh-01"), ("phone", "trung-uong")]
)
def test_axe_finds_nothing_and_no_page_is_wider_than_its_screen(
    world: World, site: Serve, request: pytest.FixtureRequest, window: str, username: str
) -> None:
    given_a_backlog(world)
    served, page = site(), request.getfixturevalue(window)
    sign_in(page, served, username, to=BOARD)
    for address in _ADDRESSES:
        page.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(page)
        then_axe_finds_nothing(page)


def test_a_director_sees_the_state_of_the_country_without_scrolling(
    world: World, site: Serve, page: Page
) -> None:
    given_a_backlog(world)
    served = site()
    sign_in(page, served, "trung-uong", to=BOARD)
    height = page.viewport_size["height"]
    lowest = page.get_by_role("link", name=re.compile("^Cà Mau")).bounding_box()
    assert lowest["y"] + lowest["height"] <= height
    for name in ("Tồn đọng theo ngày làm việc", re.compile("^Xử lý chậm nhất")):
        box = page.locator(
            "section", has=page.get_by_role("heading", name=name)
        ).last.bounding_box()
        assert box["y"] + box["height"] <= height

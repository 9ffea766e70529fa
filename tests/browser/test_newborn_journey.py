"""A newborn at the counter: a code is given out, the birth comes, the card is approved, the old code leads to it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.cards import temporary_links
from lienthong.database.address import Address
from tests import hospitals
from tests.births import AT, column, message, run, send, system
from tests.browser.conftest import Site, as_the_system
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web import cardsout
from tests.web.world import World, actor_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("still_clock")]
Serve = Callable[[], Site]


@pytest.fixture
def hospital(world: World) -> None:
    """The account of a hospital, and the communes of the messages."""
    cardsout.country()
    hospitals.hospital()


def _sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/co-so/")
    page.get_by_label("Tài khoản của cơ sở").fill(hospitals.NAME)
    page.get_by_label("Mật khẩu của cơ sở").fill(hospitals.PASSWORD)
    page.get_by_label("Số định danh của người tra cứu").fill(hospitals.STAFF[1])
    page.get_by_label("Họ và tên người tra cứu").fill("Nguyễn Văn Cán Bộ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Tra cứu")).to_be_visible()


def _look_up(page: Page, code: str, name: str, born: str = "12/11/2026") -> None:
    page.get_by_role("link", name="Tra cứu thẻ", exact=True).click()
    # The field is under the cursor: a scanner types into it, and Tab goes on.
    expect(page.get_by_label("Mã thẻ, mã số BHXH")).to_be_focused()
    for text in (code, name, born):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def _give(page: Page) -> str:
    page.get_by_role("link", name="Cấp mã thẻ tạm").first.click()
    page.get_by_label("Ngày sinh").fill("12/11/2026")
    page.get_by_label("Giới tính").select_option("male")
    page.get_by_label("Họ và tên, như giấy tờ tùy thân").fill("Trần Thị Bình")
    page.get_by_label("Số định danh của mẹ").fill("003196000456")
    page.get_by_label("Tỉnh, thành phố mẹ cư trú").select_option("01")
    page.get_by_label("Ngày vào viện").fill("2026-11-12")
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Cấp mã thẻ tạm").click()
    expect(page.get_by_role("heading", name="Mã thẻ tạm của trẻ")).to_be_visible()
    then_axe_finds_nothing(page)
    return page.url.rstrip("/").rpartition("/")[2]


def test_the_old_code_leads_to_the_card(
    hospital: None, page: Page, site: Serve, committed_db: Address
) -> None:
    there = site()
    _sign_in(page, there)
    then_axe_finds_nothing(page)
    code = _give(page)
    _look_up(page, code, "tran thi binh")
    expect(page.get_by_role("status")).to_contain_text("Thẻ còn giá trị")
    with as_the_system(committed_db):
        send(message())
        run()
        (card_id,) = column("SELECT id FROM cards_card")
        cardsout.actions.approve([card_id], by=actor_of(there.world, "so-the-01"), at=AT)
        temporary_links.link_codes(by=system(), at=AT)
    _look_up(page, code, "tran thi binh")
    expect(page.get_by_role("status")).to_contain_text("Còn giá trị, đã có thẻ mới")
    expect(page.get_by_role("status")).to_contain_text("Dùng mã")
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Mã thẻ tạm đã cấp").click()
    expect(page.get_by_role("row", name="Con Trần Thị Bình")).to_contain_text("Đã có thẻ")
    then_axe_finds_nothing(page)


def test_the_counter_works_on_a_telephone(hospital: None, phone: Page, site: Serve) -> None:
    there = site()
    _sign_in(phone, there)
    then_nothing_is_wider_than_the_screen(phone)
    _give(phone)
    then_nothing_is_wider_than_the_screen(phone)
    phone.get_by_role("link", name="Mã thẻ tạm đã cấp").click()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)

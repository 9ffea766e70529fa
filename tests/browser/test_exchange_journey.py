"""A card exchanged with its line of cover drawn, and a birth date corrected across 30/9, by two officers each."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.accounts.jurisdiction import actor_of
from lienthong.database.address import Address
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.cardlines import line_of_two
from tests.web import cardsout
from tests.web.cardsout import FAR, card_out, corrected, statuses
from tests.web.world import World

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("still_clock")]

Serve = Callable[[], Site]
EXCHANGES, CORRECTIONS = "/can-bo/doi-the/", "/can-bo/dieu-chinh/"
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def given_a_card_with_the_family(name: str = "NGUYỄN MINH AN", **changes: object) -> int:
    cardsout.country()
    return card_out(nksHoTen=name, **changes)


def then_it_is_fit_for_eyes(page: Page) -> None:
    then_nothing_is_wider_than_the_screen(page)
    then_axe_finds_nothing(page)


def test_002_2_an_exchange_by_keyboard_with_a_drawn_line_of_cover(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    card = given_a_card_with_the_family()
    served = site()
    sign_in(page, served, "thu-01", to=f"/can-bo/the/{card}/doi/")
    page.get_by_label("Thay đổi nơi đăng ký").focus()
    page.keyboard.press("Space")
    code = page.get_by_label("Mã cơ sở khám chữa bệnh mới")
    expect(code).to_be_visible()
    code.focus()
    page.keyboard.type("99999")
    page.keyboard.press("Enter")
    expect(page.get_by_text("chưa có trong danh mục nhận đăng ký")).to_be_visible()
    expect(code).to_have_value("99999")
    then_it_is_fit_for_eyes(page)
    page.get_by_label("Tờ khai TK1-TS").focus()
    page.keyboard.press("Space")
    code.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(FAR)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="3. Xem trước")).to_be_visible()
    drawings = page.get_by_role("img", name=re.compile("không gián đoạn ngày nào"))
    expect(drawings).to_have_count(2)
    expect(page.get_by_role("row", name=re.compile("Nơi đăng ký KCB.*Khác"))).to_be_visible()
    expect(page.get_by_text("Giấy tờ đã nhận: Tờ khai TK1-TS.")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    page.get_by_role("button", name="Lập yêu cầu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã lập yêu cầu.")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    page.get_by_role("button", name="Đăng xuất").click()

    sign_in(page, served, "so-the-01", to="/can-bo/duyet-the/")
    expect(page.get_by_text("Đổi thẻ: Thay đổi nơi đăng ký")).to_be_visible()
    page.get_by_role("link", name="Xem thẻ cũ và mới").click()
    expect(page.get_by_role("heading", name="Sau khi thẻ mới được duyệt")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    page.get_by_label("Chọn NGUYỄN MINH AN").check()
    page.get_by_role("button", name="Duyệt các thẻ đã chọn").click()
    expect(page.get_by_text("Đã duyệt 1 thẻ.")).to_be_visible()
    with as_the_system(committed_db):
        assert statuses() == ["superseded", "active"]


def test_a2_a_birth_date_corrected_across_30_9_is_decided_and_approved(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    given_a_card_with_the_family(nksNgaySinh="30/09/2026")
    corrected(nksNgaySinh="01/10/2026")
    served = site()
    sign_in(page, served, "thu-01", to=CORRECTIONS)
    then_it_is_fit_for_eyes(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("row", name=re.compile("Ngày sinh 30.09.2026.*01.10.2026"))
    ).to_be_visible()
    expect(page.get_by_text("(002-6)")).to_be_visible()
    expect(page.get_by_text("31/10/2032").first).to_be_visible()
    then_it_is_fit_for_eyes(page)
    page.get_by_role("button", name="Lập yêu cầu đổi thẻ").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("chờ cán bộ khác duyệt")).to_be_visible()
    page.get_by_role("button", name="Đăng xuất").click()

    sign_in(page, served, "so-the-01", to="/can-bo/duyet-the/")
    row = page.get_by_role("row", name=re.compile("^Chọn NGUYỄN MINH AN"))
    expect(row).to_contain_text("30/09/2026 đến hết 30/09/2032 → 01/10/2026 đến hết 31/10/2032")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã duyệt 1 thẻ.")).to_be_visible()
    with as_the_system(committed_db):
        assert statuses() == ["superseded", "active"]


def test_002_6_a_line_of_two_cards_is_drawn_anew_and_approved_by_one_tick(
    world: World, site: Serve, page: Page, phone: Page, committed_db: Address
) -> None:
    cardsout.country()
    line_of_two(by=(actor_of("thu-01"), actor_of("so-the-24")))
    task = corrected(nksNgaySinh="10/10/2026", nksHoTen=LONG)
    served = site()
    for screen in (phone, page):
        sign_in(screen, served, "thu-01", to=f"{CORRECTIONS}{task}/")
        expect(screen.get_by_text("trẻ có 2 thẻ nối tiếp nhau")).to_be_visible()
        expect(
            screen.get_by_role("img", name=re.compile("không gián đoạn ngày nào"))
        ).to_have_count(2)
        then_it_is_fit_for_eyes(screen)
    page.get_by_role("button", name="Lập yêu cầu đổi thẻ").click()
    expect(page.get_by_text("chờ cán bộ khác duyệt")).to_be_visible()
    page.goto(served.url + EXCHANGES)
    expect(page.get_by_text("Một trong 2 thẻ của trẻ")).to_have_count(2)
    then_it_is_fit_for_eyes(page)
    page.get_by_role("button", name="Đăng xuất").click()

    sign_in(page, served, "so-the-01", to="/can-bo/duyet-the/")
    expect(page.get_by_text("Duyệt cùng 2 thẻ")).to_have_count(2)
    then_it_is_fit_for_eyes(page)
    page.get_by_label(f"Chọn {LONG}").first.check()
    page.get_by_role("button", name="Duyệt các thẻ đã chọn").click()
    expect(page.get_by_text("Đã duyệt 2 thẻ.")).to_be_visible()
    with as_the_system(committed_db):
        assert statuses() == ["superseded", "superseded", "active", "active"]


@pytest.mark.timeout(300)
def test_a_telephone_shows_every_page_whole(
    world: World, site: Serve, phone: Page, committed_db: Address
) -> None:
    card = given_a_card_with_the_family(LONG)
    task = corrected(nksHoTen=f"{LONG} THƯ")
    served = site()
    sign_in(phone, served, "thu-01", to=EXCHANGES)
    for address in (
        EXCHANGES,
        f"/can-bo/the/{card}/doi/",
        f"/can-bo/the/{card}/doi/?ly-do=information",
        f"/can-bo/the/{card}/doi/?ly-do=continued",
        CORRECTIONS,
        CORRECTIONS + "?cho-xac-nhan=1",
        f"{CORRECTIONS}{task}/",
    ):
        phone.goto(served.url + address)
        then_it_is_fit_for_eyes(phone)
    phone.get_by_role("button", name="Giữ nguyên").click()
    expect(phone.get_by_text("Vui lòng ghi căn cứ")).to_be_visible()
    then_it_is_fit_for_eyes(phone)
    phone.get_by_role("button", name="Lập yêu cầu đổi thẻ").click()
    phone.goto(served.url + EXCHANGES)
    expect(phone.get_by_role("heading", name=f"{LONG} THƯ")).to_be_visible()
    then_it_is_fit_for_eyes(phone)

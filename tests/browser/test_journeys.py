"""What officers do all day, in Debian's chromium: by mouse, by keyboard alone, on a telephone; axe on every page."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from lienthong.cards import actions, printing
from tests.browser.conftest import Site, sign_in
from tests.web.world import World, actor_of

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_PAGES = (
    "/can-bo/",
    "/can-bo/viec-cua-toi/",
    "/can-bo/bo-loc/",
    "/can-bo/ho-so/",
    "/can-bo/tra-cuu/",
    "/can-bo/viec/",
    "/can-bo/chon-don-vi-moi/",
    "/can-bo/duyet-the/",
    "/can-bo/in-the/",
    "/can-bo/lo-in/",
    "/can-bo/tra-the/",
    "/can-bo/dia-ban-chua-khai-bao/",
    "/can-bo/dia-ban/",
    "/can-bo/dia-ban/00004/?ghi-ngay=2024-05-01&nay=2026-11-20",
    "/can-bo/don-vi/",
    "/can-bo/co-so-kcb/",
    "/can-bo/thong-bao/",
    "/can-bo/tai-khoan/",
    "/can-bo/tai-khoan/ma-xac-thuc/",
    "/can-bo/thiet-ke/",
    "/can-bo/khong-co/",
)


def then_axe_finds_nothing(page: Page) -> None:
    page.wait_for_load_state()
    found = Axe().run(page, options=_RULES)
    assert found.violations_count == 0, (page.url, found.generate_report())


def then_nothing_is_wider_than_the_screen(page: Page) -> None:
    page.wait_for_load_state()  # a page whose address is there already may have no element yet
    too_wide = page.locator("html").evaluate("page => page.scrollWidth > page.clientWidth")
    assert not too_wide, page.url


def given_children_at_every_stage(world: World) -> int:
    """Two to approve, one late; one approved; one printed; one parked. The id of the print run."""
    by = actor_of(world, "so-the-24")
    world.child("NGUYỄN MINH AN")
    world.child("CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH", days_ago=40)
    approved, printed = world.child("LÊ HOÀNG GIA HUY"), world.child("PHẠM QUỲNH NHƯ")
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED", days_ago=5)
    actions.approve([approved.card_id or 0, printed.card_id or 0], by=by, at=world.at)
    return printing.print_cards([printed.card_id or 0], by=by, at=world.at).id


def test_an_officer_signs_in_approves_prints_and_hands_over(
    world: World, site: Serve, page: Page
) -> None:
    for name in ("NGUYỄN MINH AN", "TRẦN BẢO CHÂU", "Y KRĂK NIÊ KDĂM"):
        world.child(name)
    served = site()
    sign_in(page, served, "so-the-01")
    page.get_by_role("link", name=re.compile("Chờ duyệt thẻ.*Duyệt thẻ")).click()
    expect(page.get_by_role("button", name="Duyệt các thẻ đã chọn")).to_be_disabled()
    page.get_by_label("Chọn tất cả").check()
    expect(page.get_by_text("Đã chọn 3 / 3")).to_be_visible()
    page.get_by_label("Chọn TRẦN BẢO CHÂU").uncheck()
    page.get_by_role("button", name="Duyệt các thẻ đã chọn").click()
    expect(page.get_by_text("Đã duyệt 2 thẻ.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("TRẦN BẢO CHÂU"))).to_be_visible()
    then_axe_finds_nothing(page)

    page.get_by_role("link", name="Sang in thẻ").click()
    page.get_by_label("Chọn tất cả").check()
    with (
        page.context.expect_page() as opened,
        page.context.expect_event(
            "response", lambda response: response.url.endswith("/tep/")
        ) as sent,
    ):
        page.get_by_role("button", name="In các thẻ đã chọn").click()
    assert sent.value.headers["content-type"] == "application/pdf"
    assert opened.value.url.endswith("/tep/")
    page.wait_for_url("**/can-bo/lo-in/")
    expect(page.get_by_role("row", name=re.compile("IN-"))).to_contain_text("2")

    page.get_by_role("link", name="Trả thẻ", exact=True).click()
    page.get_by_label("Chọn NGUYỄN MINH AN").check()
    page.get_by_label("Họ tên người nhận").fill("TRẦN THỊ BÌNH")
    page.get_by_label("Quan hệ với trẻ").select_option("Mẹ")
    page.get_by_role("button", name="Ghi đã trả thẻ").click()
    expect(page.get_by_text("Đã ghi trả 1 thẻ.")).to_be_visible()


def test_a_trace_says_what_the_dossier_waits_for(world: World, site: Serve, page: Page) -> None:
    child = world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    served = site()
    sign_in(page, served, "tinh-01")
    page.get_by_role("searchbox").first.fill(child.dossier_code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="ĐẶNG PHÚC KHANG")).to_be_visible()
    expect(page.get_by_role("heading", name="Đang chờ")).to_be_visible()
    expect(page.get_by_text("chưa được khai báo cho đơn vị cấp thẻ nào").first).to_be_visible()
    expect(page.get_by_role("heading", name="Ai đã xem hồ sơ này")).to_be_visible()
    assert "%C4%90%E1%BA%B6NG" not in page.url
    then_axe_finds_nothing(page)


def test_a_spoilt_sheet_is_noted_and_printed_again(world: World, site: Serve, page: Page) -> None:
    run_id = given_children_at_every_stage(world)
    served = site()
    sign_in(page, served, "so-the-01", to=f"/can-bo/lo-in/{run_id}/")
    page.get_by_label("Chọn PHẠM QUỲNH NHƯ").check()
    page.get_by_label("Lý do hỏng").fill("Kẹt giấy")
    page.get_by_role("button", name="Ghi tờ hỏng và in lại").click()
    expect(page.get_by_text("Lý do in lại: Kẹt giấy")).to_be_visible()
    then_axe_finds_nothing(page)


def test_the_queue_is_filtered_in_place(world: World, site: Serve, page: Page) -> None:
    given_children_at_every_stage(world)
    served = site()
    sign_in(page, served, "tinh-01", to="/can-bo/ho-so/")
    page.get_by_label("Mã hồ sơ, mã thông điệp hoặc họ tên trẻ").last.fill("minh an")
    page.get_by_role("button", name="Lọc").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("row", name=re.compile("NGUYỄN MINH AN"))).to_be_visible()


def test_an_empty_queue_says_why_and_what_next(site: Serve, page: Page) -> None:
    served = site()
    sign_in(page, served, "so-the-01", to="/can-bo/duyet-the/")
    expect(page.get_by_role("heading", name="Không có thẻ nào chờ duyệt")).to_be_visible()
    then_axe_finds_nothing(page)
    page.goto(served.url + "/can-bo/ho-so/")
    expect(page.get_by_role("heading", name="Chưa có hồ sơ nào")).to_be_visible()
    then_axe_finds_nothing(page)


def test_a_forbidden_page_says_whom_to_ask(site: Serve, page: Page) -> None:
    served = site()
    sign_in(page, served, "thu-01")
    expect(page.get_by_role("link", name="Duyệt thẻ")).to_have_count(0)
    response = page.goto(served.url + "/can-bo/duyet-the/")
    assert response is not None
    assert response.status == 403
    expect(page.get_by_role("heading", name="Bạn không có quyền mở trang này")).to_be_visible()
    then_axe_finds_nothing(page)


def test_everything_can_be_done_by_keyboard_alone(world: World, site: Serve, page: Page) -> None:
    for name in ("NGUYỄN MINH AN", "TRẦN BẢO CHÂU"):
        world.child(name)
    served = site()
    page.goto(served.url + "/can-bo/duyet-the/")
    expect(page.get_by_label("Tên đăng nhập")).to_be_focused()
    page.keyboard.type("so-the-01")
    page.keyboard.press("Tab")
    page.keyboard.type("mot cau that dai de nho 2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/can-bo/duyet-the/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Phím tắt")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox").first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.get_by_text("Đã chọn 2 / 2")).to_be_visible()
    page.keyboard.press("x")
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã duyệt 1 thẻ.")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="NGUYỄN MINH AN")).to_be_visible()


def test_single_keys_can_be_switched_off(world: World, site: Serve, page: Page) -> None:
    world.child("NGUYỄN MINH AN")
    served = site()
    sign_in(page, served, "so-the-01", to="/can-bo/duyet-the/")
    page.get_by_role("button", name="Phím tắt").click()
    page.get_by_label("Tắt các phím tắt trên máy này").check()
    page.get_by_role("button", name="Đóng").click()
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_a_telephone_shows_cards_and_approves(world: World, site: Serve, phone: Page) -> None:
    given_children_at_every_stage(world)
    served = site()
    sign_in(phone, served, "so-the-01")
    for address in _PAGES:
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
    phone.goto(served.url + "/can-bo/")
    phone.get_by_text("Chức năng").click()
    phone.get_by_role("link", name="Duyệt thẻ", exact=True).click()
    phone.get_by_label("Chọn NGUYỄN MINH AN").check()
    phone.get_by_role("button", name="Duyệt các thẻ đã chọn").click()
    expect(phone.get_by_text("Đã duyệt 1 thẻ.")).to_be_visible()
    then_axe_finds_nothing(phone)


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_any_page(world: World, site: Serve, page: Page) -> None:
    run_id = given_children_at_every_stage(world)
    served = site()
    for address in ("/", "/can-bo/dang-nhap/"):
        page.goto(served.url + address)
        then_axe_finds_nothing(page)
    sign_in(page, served, "so-the-01")
    for address in (*_PAGES, f"/can-bo/lo-in/{run_id}/"):
        page.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(page)
        then_axe_finds_nothing(page)


def test_pages_run_without_a_word_in_the_console_and_ask_nobody_else(
    world: World, site: Serve, page: Page
) -> None:
    given_children_at_every_stage(world)
    served = site()
    said: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    sign_in(page, served, "so-the-01")
    for address in _PAGES[:-1]:
        page.goto(served.url + address)
    page.goto(served.url + "/can-bo/ho-so/")
    page.get_by_role("button", name="Lọc").click()
    page.wait_for_load_state("networkidle")
    assert said == []
    assert {host for host in asked if host} == {served.url.split("/")[2]}

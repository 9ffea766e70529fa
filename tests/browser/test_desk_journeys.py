"""The card desk's mornings: an overdue approval that reached the head, by keyboard alone; and five hundred cards at once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.dossiers import escalation
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.test_work_pages import make_urgent, on_a_working_day, printed, task
from tests.web.world import SYSTEM, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Serve = Callable[[], Site]
WORK = "/can-bo/viec-cua-toi/"
PASSWORD = "mot cau that dai de nho 2026"
LATE = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH"


def given_a_desk_with_an_overdue_approval(world: World) -> None:
    """One approval three weeks old that has climbed, one new, one card to hand over, one task."""
    world.child(LATE, days_ago=21)
    world.child("NGUYỄN MINH AN", days_ago=0)
    printed(world, "PHẠM QUỲNH NHƯ", days_ago=0)
    task(world, world.child("Y KRĂK NIÊ KDĂM", state="CREATED"))
    make_urgent(world.children["PHẠM QUỲNH NHƯ"], world)
    assert escalation.escalate(by=SYSTEM, at=on_a_working_day(world)) >= 3


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused_row(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('tr').innerText"))


def given_a_head_who_signed_in(page: Page, served: Site) -> None:
    page.goto(served.url + WORK)
    # Who types looks where the cursor is; the browser puts it there a moment after the page has come.
    expect(page.get_by_label("Tên đăng nhập")).to_be_focused()
    page.keyboard.type("truong-so-the-01")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    page.wait_for_url("**" + WORK)
    then_axe_finds_nothing(page)


def when_the_overdue_approval_is_given_to_the_desk(page: Page) -> None:
    """The urgent card comes first, then what is overdue, with who was told."""
    press(page, "j")
    assert "PHẠM QUỲNH NHƯ" in focused_row(page)
    press(page, "j")
    assert LATE in focused_row(page)
    assert "Đã báo 3 cấp, đến Lãnh đạo BHXH tỉnh" in focused_row(page)
    press(page, " ")
    expect(page.get_by_text("Đã chọn 1 / 4")).to_be_visible()
    press(page, "Shift+G")
    expect(page.get_by_label("Giao cho")).to_be_focused()
    page.keyboard.type("Nguy")
    press(page, "Tab", "Enter")
    expect(page.get_by_text("Đã giao 1 việc cho so-the-01.")).to_be_visible()
    press(page, "j", "j")
    assert "Nguyễn Thị Hồng" in focused_row(page)
    then_axe_finds_nothing(page)


def when_it_is_approved_and_printed_with_its_reason(page: Page) -> None:
    """The next step of the row that has the focus."""
    press(page, "v")
    page.wait_for_url("**/can-bo/duyet-the/?ho-so=*")
    press(page, "j", "x", "Shift+P", "Enter")
    expect(page.get_by_text("hãy chọn lý do quá hạn")).to_be_visible()
    page.get_by_label("Lý do quá hạn").focus()
    press(page, "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Escape")
    press(page, "Shift+P", "Enter")
    expect(page.get_by_text("Đã chọn 1 thẻ, duyệt 1, in 1.")).to_be_visible()
    expect(page.get_by_role("link", name="Mở tệp in (PDF)")).to_be_focused()
    then_axe_finds_nothing(page)


def then_its_record_says_who_was_told_and_why_it_was_late(page: Page) -> None:
    press(page, "g")
    page.wait_for_url("**" + WORK)
    press(page, "j", "j")
    assert LATE in focused_row(page)
    assert "Chờ trả thẻ" in focused_row(page)
    assert "Phải xác minh thông tin của trẻ" in focused_row(page)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Đã báo quá hạn")).to_be_visible()
    expect(page.get_by_text("Trưởng bộ phận Sổ, thẻ (Hoàng Thị Trưởng)")).to_be_visible()
    then_axe_finds_nothing(page)


def then_the_task_is_closed_with_an_outcome_and_a_note(page: Page) -> None:
    press(page, "g")
    page.wait_for_url("**" + WORK)
    press(page, "j", "j", "j", "j")
    assert "Y KRĂK NIÊ KDĂM" in focused_row(page)
    press(page, "v")
    page.wait_for_url("**/can-bo/viec/?viec=*")
    expect(page.get_by_text("Đã chọn 1 / 1")).to_be_visible()
    page.get_by_label("Kết quả xử lý").focus()
    press(page, "ArrowDown", "Tab")
    page.keyboard.type("Đã báo gia đình")
    press(page, "Enter")
    expect(page.get_by_text("Đã đóng 1 việc.")).to_be_visible()
    press(page, "?")
    expect(page.get_by_text("Làm bước tiếp theo của dòng đang chọn")).to_be_visible()


def test_an_overdue_approval_reached_the_head_who_settles_the_morning_by_keyboard(
    world: World, site: Serve, page: Page
) -> None:
    given_a_desk_with_an_overdue_approval(world)
    given_a_head_who_signed_in(page, site())
    when_the_overdue_approval_is_given_to_the_desk(page)
    when_it_is_approved_and_printed_with_its_reason(page)
    then_its_record_says_who_was_told_and_why_it_was_late(page)
    then_the_task_is_closed_with_an_outcome_and_a_note(page)


@pytest.mark.timeout(600)
def test_five_hundred_cards_are_approved_and_printed_in_one_move(
    world: World, site: Serve, page: Page
) -> None:
    for number in range(500):
        world.child(f"TRẺ SỐ {number:03}", days_ago=0)
    served = site()
    sign_in(page, served, "so-the-01", to="/can-bo/duyet-the/?so-dong=500")
    page.get_by_label("Chọn tất cả").check()
    expect(page.get_by_text("Đã chọn 500 / 500")).to_be_visible()
    page.evaluate(
        "addEventListener('pagehide', () => { sessionStorage.said = document.querySelector('[data-count]').textContent; })"
    )
    page.get_by_role("button", name="Duyệt và in").click()
    expect(page.get_by_text("Đã chọn 500 thẻ, duyệt 500, in 500.")).to_be_visible(timeout=120_000)
    assert page.evaluate("sessionStorage.said") == "Đang thực hiện, xin chờ…"
    expect(page.get_by_role("heading", name="Không có thẻ nào chờ duyệt")).to_be_visible()
    with page.context.expect_event(
        "response", lambda response: response.url.endswith("/tep/"), timeout=120_000
    ) as sent:
        page.get_by_role("link", name="Mở tệp in (PDF)").click()
    assert sent.value.headers["content-type"] == "application/pdf"
    page.goto(served.url + "/can-bo/lo-in/")
    expect(page.get_by_role("row", name=re.compile("IN-"))).to_contain_text("500")


def test_a_telephone_shows_the_work_and_takes_it(world: World, site: Serve, phone: Page) -> None:
    given_a_desk_with_an_overdue_approval(world)
    served = site()
    sign_in(phone, served, "truong-so-the-01", to=WORK)
    for address in (WORK, "/can-bo/viec/", "/can-bo/duyet-the/", "/can-bo/bo-loc/", WORK):
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)
    phone.get_by_label(f"Chọn {LATE}").check()
    phone.get_by_role("button", name="Nhận việc").click()
    expect(phone.get_by_text("Bạn đã nhận 1 việc.")).to_be_visible()
    phone.goto(served.url + f"/can-bo/ly-do-qua-han/{world.children[LATE].message_id}/")
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)


def test_a_filter_is_kept_and_opened_by_keyboard(world: World, site: Serve, page: Page) -> None:
    given_a_desk_with_an_overdue_approval(world)
    served = site()
    sign_in(page, served, "truong-so-the-01", to=WORK + "?loai=APPROVE")
    page.get_by_text("Lưu bộ lọc này").focus()
    press(page, "Enter", "Tab")
    page.keyboard.type("Chỉ duyệt thẻ")
    press(page, "Enter")
    expect(page.get_by_role("link", name="Chỉ duyệt thẻ")).to_be_visible()
    then_axe_finds_nothing(page)
    page.goto(served.url + WORK)
    press(page, "f", "Enter")
    page.wait_for_url("**?loai=APPROVE")
    expect(page.locator("tbody tr")).to_have_count(2)

"""An officer reports a difficulty from a dossier, the province answers and publishes, another officer finds it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import Child, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

Serve = Callable[[], Site]
LIST = "/can-bo/vuong-mac/"
BASE = "/can-bo/hoi-dap/"
QUESTION = "Máy in kéo hai phôi thì ghi tờ hỏng thế nào?"


def out(page: Page) -> None:
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/dang-nhap/**")


def given_a_difficulty_reported_from_a_dossier(page: Page, served: Site, child: Child) -> str:
    sign_in(page, served, "so-the-01", to=f"/can-bo/tra-cuu/{child.message_id}/")
    page.keyboard.press("Shift+B")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Báo vướng mắc")).to_be_visible()
    expect(page.get_by_text("Hồ sơ của một trẻ")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_label("Về việc gì").select_option("card")
    page.get_by_label("Câu hỏi ngắn").fill("Duyệt thẻ không được vì chồng ngày")
    expect(page.get_by_role("link", name=re.compile("^Duyệt thẻ BHYT"))).to_be_visible()
    page.get_by_label("Câu hỏi ngắn").fill(QUESTION)
    page.get_by_label("Đã làm gì, thấy gì, cần gì").fill("In cho dang phuc khang thì kéo hai phôi.")
    page.get_by_role("button", name="Gửi vướng mắc").click()
    expect(page.get_by_role("heading", name="Đã che thông tin cá nhân")).to_be_visible()
    expect(page.get_by_label("Đã làm gì, thấy gì, cần gì")).to_have_value(
        "In cho [họ tên] thì kéo hai phôi."
    )
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Gửi vướng mắc").click()
    expect(page.get_by_text("Đã gửi vướng mắc.")).to_be_visible()
    address = page.url.partition("?")[0].removeprefix(served.url)
    then_axe_finds_nothing(page)
    out(page)
    return address


def when_the_province_answers_and_publishes(page: Page, served: Site) -> None:
    sign_in(page, served, "tinh-01", to=LIST)
    expect(page.get_by_role("link", name="Chờ tôi trả lời (1)")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name=QUESTION).click()
    page.get_by_label("Nội dung trả lời").fill(
        "1. Đếm theo phôi đã dùng.\n2. Đánh dấu tờ hỏng ở trang lô in."
    )
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Gửi trả lời").click()
    expect(page.get_by_text("Đã gửi trả lời cho mọi người hỏi.")).to_be_visible()
    page.get_by_role("link", name="Đăng thành bài hỏi đáp").click()
    page.get_by_label("Từ người ta hay gõ khi tìm").fill("kẹt giấy")
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Đăng bài").click()
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    then_axe_finds_nothing(page)
    page.goto(f"{served.url}{LIST}tong-hop/")
    then_axe_finds_nothing(page)
    out(page)


def test_a_difficulty_becomes_an_answer_that_the_next_officer_finds(
    world: World, site: Serve, page: Page
) -> None:
    child = world.child("ĐẶNG PHÚC KHANG")
    served = site()
    address = given_a_difficulty_reported_from_a_dossier(page, served, child)
    when_the_province_answers_and_publishes(page, served)
    sign_in(page, served, "so-the-01", to=address)
    page.get_by_role("button", name="Đã giải quyết được").click()
    expect(page.get_by_text("Vướng mắc đã kết thúc.")).to_be_visible()
    out(page)

    sign_in(page, served, "don-vi-01", to=BASE)
    page.get_by_label("Bạn cần làm gì?").fill("ket giay may in")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=QUESTION).click()
    page.get_by_role("button", name="Đã giúp").click()
    expect(page.get_by_text("Đã giúp 1 cán bộ")).to_be_visible()


def test_axe_finds_nothing_and_no_page_is_wider_than_a_telephone(
    world: World, site: Serve, phone: Page
) -> None:
    del world
    served = site()
    for address in ("/hoi-dap/", "/hoi-dap/?tim=khong+co+bai+nay"):
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)
    phone.goto(f"{served.url}/hoi-dap/")
    phone.get_by_role("link", name="Trẻ chưa có thẻ BHYT thì đi khám thế nào?").click()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    sign_in(phone, served, "trung-uong", to=LIST)
    for address in (
        LIST, f"{LIST}bao/?trang=approve&ma=OP-01", f"{LIST}tong-hop/", BASE, f"{BASE}?trang=approve",
        f"{BASE}?tim=duyet+the", f"{BASE}soan/",
    ):  # fmt: skip
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)
    phone.goto(served.url + BASE)
    phone.get_by_role("link", name="Duyệt thẻ BHYT").click()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)

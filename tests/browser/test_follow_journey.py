"""A parent looks a card up: from the front page to who looked, on a telephone and by keyboard alone."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from lienthong.cards import actions
from lienthong.database.address import Address
from lienthong.notices import passcodes, texts
from lienthong.notices.kinds import KINDS
from tests.browser.conftest import Site, as_the_system
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World, actor_of

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
LONG = "H'ĐROANH NIÊ KĐĂM NGUYỄN THỊ HOÀNG PHƯƠNG THẢO"


def given_a_card_and_a_telephone(world: World, name: str) -> None:
    child = world.child(name)
    actions.approve([child.card_id or 0], by=actor_of(world, "so-the-01"), at=world.at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notices_contact (subject_kind, subject_id, channel, address, source, since, entered_by)"
            " SELECT 'person', person_id, 'sms', '+84900000001', 'officer', clock_timestamp(), 'x'"
            " FROM cards_card WHERE id = %s",
            [child.card_id],
        )


def when_the_code_is_read_from_the_telephone(database: Address) -> str:
    """The text of the message as the relay would send it."""
    with as_the_system(database), connection.cursor() as cursor:
        cursor.execute(
            "SELECT words ->> 'code' FROM notices_notice WHERE kind = 'PASSCODE' ORDER BY id DESC"
        )
        nonce = cursor.fetchone()[0]
    message = texts.sms_text(KINDS["PASSCODE"], {"code": passcodes.code_of(nonce)}, is_plain=True)
    return next(word for word in message.replace(".", " ").split() if word.isdigit())


def test_a_parent_looks_a_card_up_on_a_phone(
    world: World, site: Serve, phone: Page, committed_db: Address
) -> None:
    given_a_card_and_a_telephone(world, LONG)
    phone.goto(site().url + "/tra-cuu/")
    then_axe_finds_nothing(phone)
    phone.get_by_label("Số thẻ").fill("0000000000")
    phone.get_by_label("Họ và tên của trẻ").fill("hdroanh nie kdam nguyen thi hoang phuong thao")
    phone.get_by_label("Ngày sinh").fill("1/11/2026")
    phone.get_by_role("button", name="Tra cứu").click()
    expect(phone.get_by_text("không có nghĩa là trẻ chưa được cấp thẻ")).to_be_visible()
    then_axe_finds_nothing(phone)
    phone.get_by_label("Số thẻ").fill("7900000001")
    phone.get_by_role("button", name="Tra cứu").click()
    expect(phone.get_by_role("heading", name="Thẻ BHYT còn giá trị")).to_be_visible()
    then_axe_finds_nothing(phone)
    then_nothing_is_wider_than_the_screen(phone)
    phone.get_by_role("button", name="Gửi mã xác nhận").click()
    then_axe_finds_nothing(phone)
    phone.get_by_label("Mã 6 chữ số").fill(when_the_code_is_read_from_the_telephone(committed_db))
    phone.get_by_role("button", name="Xem thẻ").click()
    expect(phone.get_by_role("heading", name=LONG)).to_be_visible()
    expect(phone.get_by_text("Gia đình tra cứu hồ sơ, thẻ").first).to_be_visible()
    then_axe_finds_nothing(phone)
    then_nothing_is_wider_than_the_screen(phone)
    assert LONG not in phone.url


def test_a_dossier_is_followed_by_keyboard_alone(world: World, site: Serve, page: Page) -> None:
    child = world.child("NGUYỄN MINH AN")
    page.goto(site().url + "/tra-cuu/?cach=ho-so")
    page.get_by_label("Mã hồ sơ").focus()
    page.keyboard.type(child.dossier_code)
    page.keyboard.press("Tab")
    page.keyboard.type("Nguyễn Minh An")
    page.keyboard.press("Tab")
    page.keyboard.type("01/11/2026")
    page.keyboard.press("Enter")
    expect(page.locator(".steps .now")).to_contain_text("Chờ duyệt thẻ")
    expect(page.get_by_text("Chờ bộ phận Sổ, thẻ")).to_be_visible()
    then_axe_finds_nothing(page)

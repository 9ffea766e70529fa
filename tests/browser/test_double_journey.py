"""A doubtful pair settled by two officers from the keyboard, and the merger undone: the card is in force again."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.cards import actions as cards
from lienthong.database.address import Address
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.persons import pairs
from lienthong.persons.pairs import Suspected
from tests.browser.conftest import PHONE, Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
LONG = "NGUYỄN PHẠM HOÀNG NGUYÊN THẢO THANH THỦY TIÊN"
DESK = Actor("ban-the", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), 81, everywhere=True)


def given_two_children_with_cards(world: World) -> None:
    """Two records of one child, both with a card in force, suspected by the register."""
    for name in ("NGUYỄN MINH AN", LONG):
        child = world.child(name)
        assert cards.approve([child.card_id or 0], by=DESK, at=world.at).done
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM persons_person ORDER BY id")
        one, other = (row[0] for row in cursor.fetchall())
    row = Suspected(one, other, "register", 0.93, "R4-MOTHER")
    assert pairs.open_pairs([row], by=SYSTEM, at=world.at) == 1


def _statuses(database: Address) -> list[str]:
    with as_the_system(database), connection.cursor() as cursor:
        cursor.execute("SELECT status FROM cards_card ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_label("Mật khẩu")).to_be_visible()


def test_a_doubtful_pair_is_settled_and_the_merger_undone(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    given_two_children_with_cards(world)
    served = site()
    sign_in(page, served, "thu-01")
    page.goto(served.url + "/can-bo/nghi-trung/")
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="NGUYỄN MINH AN").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="So từng nội dung")).to_be_visible()
    expect(page.get_by_text("Theo quy tắc")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_label("Căn cứ để coi là một người").select_option("FAMILY_PAPERS")
    page.get_by_label("Đã xem những gì, căn cứ vào đâu").fill("Giấy khai sinh gốc: một trẻ.")
    page.get_by_role("button", name="Cùng một người, gộp").click()
    expect(page.get_by_text("cần một cán bộ khác xác nhận")).to_be_visible()
    assert _statuses(committed_db) == ["active", "active"]
    _sign_out(page)

    sign_in(page, served, "truong-so-the-01")
    page.goto(served.url + "/can-bo/nghi-trung/?loai=proposed")
    page.get_by_role("link", name="NGUYỄN MINH AN").click()
    page.get_by_role("link", name="Mở đề nghị gộp").click()
    expect(page.get_by_text("bị thu hồi vì một người một thẻ")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Xác nhận gộp").click()
    expect(page.get_by_text("Đã gộp hai hồ sơ thành một người.")).to_be_visible()
    assert _statuses(committed_db) == ["active", "revoked"]

    page.get_by_role("link", name="Đã kết luận").click()
    expect(page.get_by_text("Gộp thành một người")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Xem, bỏ gộp").click()
    page.get_by_label("Vì sao bỏ gộp").fill("Hai trẻ sinh đôi, đăng ký cùng ngày.")
    page.get_by_role("button", name="Bỏ gộp").click()
    expect(page.get_by_text("hai hồ sơ trở lại như trước khi gộp")).to_be_visible()
    assert _statuses(committed_db) == ["active", "active"]


def test_a_pair_is_found_different_on_a_telephone_by_keyboard(
    world: World, site: Serve, page: Page
) -> None:
    given_two_children_with_cards(world)
    served = site()
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    sign_in(page, served, "thu-01")
    page.goto(served.url + "/can-bo/nghi-trung/")
    then_nothing_is_wider_than_the_screen(page)
    page.get_by_role("link", name="NGUYỄN MINH AN").click()
    then_nothing_is_wider_than_the_screen(page)
    page.get_by_label("Đã xem những gì, căn cứ vào đâu").fill("Hai trẻ khác họ, khác mẹ.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Cùng một người, gộp")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã ghi: hai người khác nhau.")).to_be_visible()
    expect(page.get_by_role("heading", name="Không có cặp nào chờ kết luận")).to_be_visible()

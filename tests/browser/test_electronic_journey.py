"""A family gets the electronic card: the officer shows a QR, the parent's telephone opens it; paper when asked for."""

import io
import re
from collections.abc import Callable

import pytest
import zxingcpp
from django.conf import settings
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from lienthong.cards import actions
from lienthong.cards.envelope import export_public_keys
from lienthong.cards.seal import SealStatus, read_public_keys, verify_text
from lienthong.kernel.dates import vietnam_date
from tests.browser.conftest import PHONE, Site, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World, actor_of

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH PHƯƠNG DUNG KHÁNH HUYỀN"


def given_approved(world: World, *names: str) -> None:
    ids = [world.child(name).card_id or 0 for name in names]
    actions.approve(ids, by=actor_of(world, "so-the-01"), at=world.at)


def read_qr(page: Page, name: str) -> str:
    """What a camera in front of the screen reads."""
    picture = page.get_by_alt_text(re.compile(name)).screenshot()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(found.text)


def test_a_parent_opens_the_electronic_card_on_a_phone(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    given_approved(world, LONG)
    served = site()
    sign_in(page, served, "tiep-nhan-01", to="/can-bo/the-dien-tu/")
    then_axe_finds_nothing(page)
    page.get_by_role("link", name=LONG).click()
    page.get_by_role("button", name="Lập liên kết và mã QR").click()
    then_axe_finds_nothing(page)
    address = read_qr(page, "Mã QR mở thẻ điện tử")
    assert address == page.get_by_label("Địa chỉ thẻ điện tử").input_value()

    phone.goto(address)
    expect(phone.get_by_text(LONG)).to_be_visible()
    expect(phone.get_by_text("7900000001")).to_be_visible()
    expect(phone.get_by_alt_text("Mã QR có chữ ký số của thẻ")).to_be_in_viewport(ratio=1)
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    keys = read_public_keys(export_public_keys(settings.KEYRING))
    sealed = verify_text(read_qr(phone, "chữ ký số"), keys, None, on=vietnam_date(world.at))
    assert sealed.status is SealStatus.VALID

    page.get_by_role("button", name=re.compile("Thu hồi liên kết")).click()
    expect(page.get_by_text("Đã thu hồi liên kết.")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name="Không mở được thẻ bằng địa chỉ này")).to_be_visible()
    then_axe_finds_nothing(phone)

    page.get_by_label("Họ tên người nhận").fill("TRẦN THỊ BÌNH")
    page.get_by_label("Quan hệ với trẻ").first.select_option("Mẹ")
    page.get_by_role("button", name="Ghi đã giao thẻ điện tử").click()
    expect(page.get_by_text("Hồ sơ đã hoàn thành.")).to_be_visible()


def test_the_card_opens_without_a_script(
    world: World, site: Serve, page: Page, chromium: Browser
) -> None:
    given_approved(world, "Y KRĂK NIÊ KDĂM")
    served = site()
    sign_in(page, served, "so-the-01", to="/can-bo/the-dien-tu/")
    page.get_by_role("link", name="Y KRĂK NIÊ KDĂM").click()
    page.get_by_role("button", name="Lập liên kết và mã QR").click()
    address = page.get_by_label("Địa chỉ thẻ điện tử").input_value()
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    expect(plain.get_by_text("Y KRĂK NIÊ KDĂM")).to_be_visible()
    expect(plain.get_by_alt_text("Mã QR có chữ ký số của thẻ")).to_be_visible()
    context.close()


def test_a_wish_for_paper_is_noted_beside_the_print_button(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    given_approved(world, "NGUYỄN MINH AN", "TRẦN BẢO CHÂU")
    served = site()
    sign_in(page, served, "so-the-01", to="/can-bo/in-the/")
    page.get_by_label("Chọn TRẦN BẢO CHÂU").check()
    page.get_by_text("Ghi đề nghị cấp thẻ giấy cho các thẻ đã chọn").click()
    page.get_by_label("Họ tên người đề nghị").fill("TRẦN VĂN CƯỜNG")
    page.get_by_role("button", name="Ghi đề nghị thẻ giấy").click()
    # In this window: only a print opens another one and leads to the runs.
    expect(page.get_by_text("Đã ghi đề nghị cấp thẻ giấy cho 1 thẻ.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.goto(served.url + "/can-bo/in-the/")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("row", name=re.compile("TRẦN BẢO CHÂU"))).to_contain_text("Thẻ giấy")
    sign_in(phone, served, "so-the-01", to="/can-bo/in-the/")
    for address in ("/can-bo/in-the/", "/can-bo/the-dien-tu/", "/can-bo/mau-the/"):
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)


def test_the_centre_chooses_a_province_s_form(site: Serve, page: Page) -> None:
    served = site()
    sign_in(page, served, "trung-uong", to="/can-bo/mau-the/")
    page.get_by_label("Tỉnh, thành phố").select_option("79")
    page.get_by_label("Mẫu thẻ").select_option("CARD_1313")
    page.get_by_label("Từ ngày").fill("2090-01-01")
    page.get_by_label("Văn bản làm căn cứ").fill("Công văn 12/BHXH-CST")
    page.get_by_role("button", name="Ghi mẫu thẻ").click()
    expect(page.get_by_text("Đã ghi mẫu thẻ của tỉnh.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name=re.compile("Rút lựa chọn")).click()
    expect(page.get_by_text("Đã rút trước ngày áp dụng")).to_be_visible()

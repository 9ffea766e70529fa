"""A paper dossier refused because its twin exists; then one that nobody knows is entered, scan and all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from lienthong.births import enrolment
from lienthong.database.address import Address
from lienthong.kernel.dates import day_first, vietnam_date
from tests import births
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.papers import PDF
from tests.web.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Serve = Callable[[], Site]
PAGE = "/can-bo/ho-so-giay/"
LONG = "NGUYỄN PHÚC CÔNG TẰNG TÔN NỮ HOÀNG THIÊN HƯƠNG GIANG"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SCANS", tmp_path / "scans")


def given_a_child_who_came_electronically(world: World) -> None:
    births.small_country()
    day = day_first(vietnam_date(world.at))
    births.send(births.message(1, nksNgaySinh=day, ngayDangKy=day, soDinhDanh=""), at=world.at)
    births.run(world.at)


def when_the_first_step_is_typed(page: Page, name: str, number: str, day: str) -> None:
    for label, text in (
        ("Họ, chữ đệm, tên của trẻ", name),
        ("Ngày sinh", day),
        ("Mã xã, phường nơi đăng ký", births.BA_DINH),
        ("Quyển số", "01/2026"),
        ("Số đăng ký", number),
        ("Ngày đăng ký", day),
        ("Họ tên mẹ", "TRẦN THỊ BÌNH"),
        ("Mã xã, phường nơi cư trú", births.NGOC_HA),
    ):
        exact = label == "Họ tên mẹ"
        page.get_by_label(label, exact=exact).first.fill(text)
    page.get_by_label("Giới tính").select_option("female")


def _worker_takes_its_step(database: Address) -> None:
    at = settings.CLOCK()
    with as_the_system(database):
        enrolment.advance_all(at=at, on=vietnam_date(at))


def test_a_paper_is_refused_because_its_twin_exists_and_another_is_taken(
    world: World, site: Serve, page: Page, committed_db: Address, tmp_path: Path
) -> None:
    given_a_child_who_came_electronically(world)
    day = str(vietnam_date(world.at))
    served = site()
    sign_in(page, served, "tiep-nhan-01", to=PAGE)
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Đăng ký khai sinh nơi khác").click()
    when_the_first_step_is_typed(page, "Nguyễn Minh An", "1", day)
    page.get_by_role("button", name="Tìm hồ sơ của trẻ").click()
    expect(page.get_by_role("heading", name="Trẻ này đã có trong hệ thống")).to_be_visible()
    expect(page.get_by_text("Trùng số, quyển và nơi đăng ký khai sinh")).to_be_visible()
    expect(page.get_by_label("Họ, chữ đệm, tên của trẻ")).to_have_value("Nguyễn Minh An")
    expect(page.locator("#ban-quet")).to_have_count(0)
    then_axe_finds_nothing(page)

    page.get_by_label("Họ, chữ đệm, tên của trẻ").fill(LONG)
    page.get_by_label("Số đăng ký", exact=False).first.fill("88")
    page.get_by_role("button", name="Tìm hồ sơ của trẻ").click()
    expect(page.get_by_text("Không có hồ sơ nào của trẻ này trên toàn quốc")).to_be_visible()
    then_axe_finds_nothing(page)
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"<html>")
    page.locator("#ban-quet").set_input_files(bad)
    page.get_by_role("button", name="Lưu hồ sơ giấy").click()
    expect(page.get_by_text("Tệp thứ 1 không phải PDF, JPEG hoặc PNG.")).to_be_visible()
    expect(page.get_by_label("Họ, chữ đệm, tên của trẻ")).to_have_value(LONG)
    good = tmp_path / "scan.pdf"
    good.write_bytes(PDF)
    page.locator("#ban-quet").set_input_files(good)
    page.get_by_role("button", name="Lưu hồ sơ giấy").click()
    expect(page.get_by_text("Đang đưa vào xử lý.")).to_be_visible()
    then_axe_finds_nothing(page)

    _worker_takes_its_step(committed_db)
    page.reload()
    expect(page.get_by_role("heading", name=LONG)).to_be_visible()
    expect(page.get_by_text("Chờ duyệt thẻ.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Tải tệp 1").click()
    assert saved.value.path().read_bytes() == PDF


def test_the_pages_fit_a_telephone_and_axe_finds_nothing(
    world: World, site: Serve, phone: Page
) -> None:
    given_a_child_who_came_electronically(world)
    day = str(vietnam_date(world.at))
    served = site()
    sign_in(phone, served, "tiep-nhan-01", to=PAGE)
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    phone.get_by_role("button", name="Không thuộc trường hợp nào ở trên").click()
    expect(phone.get_by_text("Không nhận hồ sơ giấy.")).to_be_visible()
    then_nothing_is_wider_than_the_screen(phone)
    for reason in ("C3", "C2", "A1"):
        phone.goto(f"{served.url}{PAGE}nhap/{reason}/")
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)
    phone.goto(f"{served.url}{PAGE}nhap/C3/")
    when_the_first_step_is_typed(phone, LONG, "77", day)
    phone.get_by_role("button", name="Tìm hồ sơ của trẻ").click()
    expect(phone.locator("#ban-quet")).to_be_visible()
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)

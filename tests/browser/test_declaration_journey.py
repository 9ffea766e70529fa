"""An undeclared commune holds a dossier: the officer finds it on the check screen, declares it, the dossier moves on."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from lienthong.births import enrolment
from lienthong.catalogues import declaring
from lienthong.catalogues.unit_file import WorkplaceFacts
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.dates import DateRange, vietnam_date
from tests import births
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
CHECK = "/can-bo/dia-ban-chua-khai-bao/"
_PAGES = (
    CHECK,
    f"{CHECK}?tu-ngay=2025-07-01",
    f"{CHECK}?tu-ngay=2024-01-01",
    f"{CHECK}{births.UNDECLARED}/",
    f"{CHECK}{births.BA_DINH}/",
    f"{CHECK}{births.NGOC_HA}/",
    "/can-bo/don-vi/",
    "/can-bo/don-vi/TE01001/",
    "/can-bo/khai-bao-dia-ban/",
)


def given_a_dossier_behind_an_undeclared_commune(world: World) -> None:
    """Ba Đình has its unit, Ngọc Hà has two, the third commune none; a dossier waits there."""
    births.small_country()
    births.declare("TE01003", births.NGOC_HA)
    births.send(births.message(1, nksNoiCuTru=births.living_in(births.UNDECLARED)), at=world.at)
    births.run(world.at)


def _dossier() -> tuple[object, ...]:
    (row,) = births.rows("SELECT state, received_at, due_on FROM dossiers_dossier")
    return row


def _worker_takes_its_step(database: Address) -> None:
    at = settings.CLOCK()
    with as_the_system(database):
        enrolment.advance_all(at=at, on=vietnam_date(at))


def test_an_undeclared_commune_is_declared_and_its_dossier_moves_on(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    given_a_dossier_behind_an_undeclared_commune(world)
    state, received_at, due_on = _dossier()
    assert state == "CREATE_FAILED"
    served = site()
    sign_in(page, served, "tinh-01")
    page.get_by_role("link", name="Địa bàn chưa khai báo", exact=True).click()
    expect(page.get_by_text("1 hồ sơ đang chờ")).to_be_visible()
    page.get_by_role("row", name=re.compile(births.UNDECLARED)).get_by_role("link").click()
    expect(page.get_by_text("1 hồ sơ đang chờ, giữ nguyên thời điểm")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_label("Đơn vị cấp thẻ", exact=True).select_option("TE01001")
    page.get_by_role("button", name="Khai báo", exact=True).click()
    expect(page.get_by_text("Đã khai báo Đơn vị cấp thẻ TE01001")).to_be_visible()
    expect(page.get_by_text("1 hồ sơ đang được chuyển tiếp")).to_be_visible()
    then_axe_finds_nothing(page)

    _worker_takes_its_step(committed_db)
    expect(page.get_by_text("Đã chuyển tiếp hết.")).to_be_visible(timeout=15_000)
    with as_the_system(committed_db):
        after = _dossier()
    assert after[0] not in {"CREATE_FAILED", "RECEIVED"}
    assert after[1:] == (received_at, due_on)
    page.get_by_role("link", name="Về danh sách địa bàn chưa khai báo").click()
    expect(page.get_by_role("row", name=re.compile(births.UNDECLARED))).to_have_count(0)


def test_of_two_units_one_is_kept_by_keyboard_alone(world: World, site: Serve, page: Page) -> None:
    given_a_dossier_behind_an_undeclared_commune(world)
    served = site()
    sign_in(page, served, "tinh-01", to=f"{CHECK}{births.NGOC_HA}/")
    page.get_by_label("Đơn vị cấp thẻ", exact=True).focus()
    page.keyboard.type("TE01003")
    button = page.get_by_role("button", name="Chuyển địa bàn cho đơn vị này")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã khai báo Đơn vị cấp thẻ TE01003")).to_be_visible()
    expect(page.get_by_text("Đã kết thúc").first).to_be_visible()


def test_the_tiles_lead_to_the_communes_of_a_province(site: Serve, page: Page) -> None:
    served = site()
    sign_in(page, served, "trung-uong", to=CHECK)
    tiles = page.get_by_role("navigation", name="Các tỉnh, thành phố").get_by_role("link")
    expect(tiles).to_have_count(34)
    tiles.filter(has_text="Huế").focus()
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("heading", name="Xã, phường cần khai báo: Thành phố Huế")
    ).to_be_visible()
    expect(page.locator("#danh-sach tbody tr")).to_have_count(40)
    expect(page.locator("a.tile[aria-current]")).to_have_text(re.compile("Huế"))


def test_declarations_are_taken_as_a_file_and_sent_back(
    world: World, site: Serve, page: Page, tmp_path: Path
) -> None:
    with acting(SYSTEM, at=world.at):
        facts = WorkplaceFacts("TE01001", "01", "", births.BA_DINH, DateRange(world.at.date()))
        declaring.declare(facts, by=SYSTEM, at=world.at)
    served = site()
    sign_in(page, served, "tinh-01", to="/can-bo/khai-bao-dia-ban/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải tệp khai báo (XLSX)").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    page.get_by_label("Tệp .xlsx hoặc .csv").set_input_files(file)
    page.get_by_role("button", name="Tải lên và xem thay đổi").click()
    expect(page.get_by_text("Tệp không thay đổi gì so với danh mục.")).to_be_visible()
    row = "TE01001,BHXH cơ sở Ba Đình – cấp thẻ trẻ em,,01,,{},2026-01-01,\n"
    changed = tmp_path / "sua.csv"
    columns = "code,name,agency_code,province_code,district_code,commune_code,valid_from,valid_to\n"
    changed.write_text(columns + row.format(births.NGOC_HA) + row.format("99999"), "utf-8")
    page.get_by_role("link", name="Tải lên tệp khác").click()
    page.get_by_label("Tệp .xlsx hoặc .csv").set_input_files(changed)
    page.get_by_role("button", name="Tải lên và xem thay đổi").click()
    expect(page.get_by_text("Mã 99999 không có trong danh mục")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Áp dụng các thay đổi này").click()
    expect(page.get_by_text("Đã ghi vào danh mục.")).to_be_visible()
    then_axe_finds_nothing(page)


@pytest.mark.timeout(300)
def test_axe_finds_nothing_and_no_page_is_wider_than_a_telephone(
    world: World, site: Serve, page: Page, phone: Page
) -> None:
    given_a_dossier_behind_an_undeclared_commune(world)
    served = site()
    sign_in(page, served, "tinh-01")
    sign_in(phone, served, "trung-uong")
    for address in _PAGES:
        for window in (page, phone):
            window.goto(served.url + address)
            then_nothing_is_wider_than_the_screen(window)
            then_axe_finds_nothing(window)

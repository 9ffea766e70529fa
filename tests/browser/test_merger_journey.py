"""A merger on screen: dry run, apply; the old unit's officer no longer sees the dossier, the new unit's officer does."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from lienthong.accounts import actions as accounts
from lienthong.births import enrolment, rerouting
from lienthong.database.address import Address
from lienthong.kernel.dates import vietnam_date
from tests import births, mergers
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import PASSWORD, SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
MERGERS = "/can-bo/sap-nhap/"
OLD, NEW = births.BA_DINH, births.NGOC_HA
CHILD = "NGUYỄN MINH AN"


def given_two_units_with_an_officer_each(world: World) -> str:
    """Ba Đình and Ngọc Hà, a dossier that waits at Ba Đình's unit; its code."""
    births.small_country()
    for username, number, unit in (("cu", "1", "TE01001"), ("moi", "2", "TE01002")):
        new = accounts.NewOfficer(
            f"don-vi-{username}", "Người Thử", f"00308700010{number}", "card_desk", "01", unit
        )
        world.officers[new.username] = accounts.create_officer(
            new, PASSWORD, by=SYSTEM, at=world.at
        )
    mergers.bring(1, "SENT_TNHS", commune=OLD, at=births.AT)
    return str(births.column("SELECT code FROM dossiers_dossier")[0])


def _yesterday() -> date:
    """After the child was registered, and not to come."""
    return vietnam_date(settings.CLOCK()) - timedelta(days=1)


def _worker_tries(database: Address) -> None:
    with as_the_system(database):
        assert rerouting.forecast_asked(by=enrolment.system(), at=settings.CLOCK()) == 1


def _worker_takes_its_steps(database: Address) -> None:
    at = settings.CLOCK()
    with as_the_system(database):
        enrolment.advance_all(at=at, on=vietnam_date(at))


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="Đăng xuất").click()


def then_the_queue_holds(page: Page, served: Site, username: str, count: int) -> None:
    """That officer's list of dossiers."""
    sign_in(page, served, username, to="/can-bo/ho-so/")
    expect(page.get_by_role("row", name=re.compile(CHILD))).to_have_count(count)
    _sign_out(page)


@pytest.mark.timeout(180)
def test_a_dossier_changes_hands_when_the_act_is_applied(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    code = given_two_units_with_an_officer_each(world)
    served = site()
    then_the_queue_holds(page, served, "don-vi-cu", 1)
    then_the_queue_holds(page, served, "don-vi-moi", 0)

    sign_in(page, served, "trung-uong", to=MERGERS)
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Nhập đợt sáp nhập").click()
    then_axe_finds_nothing(page)
    page.get_by_label("Số nghị quyết, quyết định").fill("12/NQ-UBTVQH16")
    page.get_by_label("Ngày hiệu lực").fill(_yesterday().isoformat())
    page.get_by_label("Mã cũ").first.fill(OLD)
    page.get_by_label("Mã mới").first.fill("0008")
    page.get_by_label("Phần nhập").first.select_option("Toàn bộ")
    page.get_by_role("button", name="Lưu và chạy thử").click()
    expect(page.get_by_text("Mã mới «0008» phải gồm 5 chữ số.")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_label("Mã mới").first.fill(NEW)
    page.get_by_role("button", name="Lưu và chạy thử").click()
    expect(page.get_by_text("Đang chạy thử")).to_be_visible()
    then_axe_finds_nothing(page)

    _worker_tries(committed_db)
    expect(page.get_by_text("Áp dụng được.")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("row", name=re.compile(code))).to_contain_text("TE01002")
    expect(page.get_by_text(CHILD)).to_have_count(0)
    then_axe_finds_nothing(page)
    page.get_by_role("link", name="Áp dụng đợt sáp nhập").click()
    expect(page.get_by_text("1 hồ sơ chuyển sang đơn vị mới")).to_be_visible()
    then_axe_finds_nothing(page)
    page.get_by_role("button", name="Áp dụng").click()
    expect(page.get_by_text("Đang ghi vào danh mục đơn vị hành chính")).to_be_visible()
    _worker_takes_its_steps(committed_db)
    expect(page.get_by_text("Đã áp dụng lúc")).to_be_visible(timeout=15_000)
    then_axe_finds_nothing(page)
    page.get_by_role("row", name=re.compile(code)).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Thay đổi địa bàn")).to_be_visible()
    then_axe_finds_nothing(page)
    _sign_out(page)

    then_the_queue_holds(page, served, "don-vi-cu", 0)
    then_the_queue_holds(page, served, "don-vi-moi", 1)


def test_rows_are_added_by_keyboard_and_the_pages_fit_a_telephone(
    world: World, site: Serve, page: Page, phone: Page, committed_db: Address
) -> None:
    given_two_units_with_an_officer_each(world)
    act_id = mergers.enter([(OLD, NEW, "whole")], _yesterday(), at=world.at, number="12/NQ")
    rerouting.forecast(act_id, by=enrolment.system(), at=settings.CLOCK())
    served = site()
    sign_in(page, served, "trung-uong", to=f"{MERGERS}moi/")
    expect(page.get_by_label("Mã cũ")).to_have_count(5)
    page.get_by_role("button", name="Thêm dòng").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Mã cũ")).to_have_count(6)
    expect(page.get_by_label("Mã cũ").last).to_be_focused()
    page.keyboard.type(OLD)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Mã mới").last).to_be_focused()
    expect(page.get_by_role("rowheader", name="6", exact=True)).to_be_visible()

    sign_in(phone, served, "trung-uong", to=MERGERS)
    for address in (
        MERGERS,
        f"{MERGERS}moi/",
        f"{MERGERS}{act_id}/",
        f"{MERGERS}{act_id}/?dong=0",
        f"{MERGERS}{act_id}/sua/",
        f"{MERGERS}{act_id}/xac-nhan/ap-dung/",
        "/can-bo/dia-ban/",
        f"/can-bo/dia-ban/{OLD}/?ghi-ngay=2024-05-01&nay=2026-11-20",
    ):
        phone.goto(served.url + address)
        then_nothing_is_wider_than_the_screen(phone)
        then_axe_finds_nothing(phone)

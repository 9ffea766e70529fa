"""Two registers are linked: ordered, watched, its result read, confirmed by another officer, written, and taken back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.conf import settings as project
from playwright.sync_api import Page, expect

from lienthong.database.address import Address
from lienthong.persons.linkagerunning import Runner
from tests.births import column
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.linkages import SMALL, databases, tended, written
from tests.officers import SYSTEM
from tests.web.declared import declare
from tests.web.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Serve = Callable[[], Site]
HERE = "/can-bo/lien-ket-du-lieu/"
_TIED = "SELECT count(*) FROM persons_entry WHERE source = 'collection' AND person_id IS NOT NULL"


def then_it_is_fit_for_eyes(page: Page) -> None:
    then_nothing_is_wider_than_the_screen(page)
    then_axe_finds_nothing(page)


@pytest.fixture
def root(world: World, tmp_path: Path, settings: LazySettings) -> Path:
    """A small country in both databases of the first unit, and where linkages keep their folders."""
    declare(world, "TE01001", "00004")
    databases(tmp_path, 300, area=world.units["TE01001"])
    settings.LINKAGES = tmp_path / "linkages"
    return tmp_path / "linkages"


def when_it_is_ordered(page: Page) -> int:
    expect(page.get_by_text("Chưa có lần liên kết nào")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    page.get_by_role("button", name="Bắt đầu liên kết").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đang chờ.")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    return int(page.url.rstrip("/").rpartition("/")[2])


def when_it_runs_the_page_follows(page: Page, root: Path, database: Address, key: int) -> None:
    runner = Runner(root, SMALL)
    with as_the_system(database):
        runner.tend(by=SYSTEM, at=project.CLOCK())
    # The page asks by itself and says what is being done.
    expect(page.get_by_text(re.compile("Đang lấy dữ liệu ra|Bước"))).to_be_visible(timeout=20_000)
    with as_the_system(database):
        assert tended(runner, key, at=project.CLOCK()) == "done"
    expect(page.get_by_text("Đã có kết quả, chưa ghi gì")).to_be_visible(timeout=20_000)


def then_who_ordered_it_waits_for_another(page: Page) -> None:
    expect(page.get_by_text("cán bộ khác").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("xác nhận ghi"))).to_have_count(0)
    then_it_is_fit_for_eyes(page)
    page.get_by_role("button", name="Đăng xuất").click()


def when_it_is_taken_back(page: Page) -> None:
    page.get_by_role("button", name="Hủy kết quả đã ghi").click()
    expect(page.get_by_role("alert")).to_contain_text("lý do hủy")
    then_it_is_fit_for_eyes(page)
    page.get_by_label("Lý do hủy toàn bộ kết quả đã ghi").fill("Tệp của kỳ trước.")
    page.get_by_role("button", name="Hủy kết quả đã ghi").click()
    expect(page.get_by_text("Đang hủy toàn bộ")).to_be_visible()


def test_a_linkage_is_ordered_watched_confirmed_by_another_and_taken_back(
    root: Path, site: Serve, page: Page, phone: Page, committed_db: Address
) -> None:
    served = site()
    sign_in(page, served, "tinh-01", to=HERE)
    key = when_it_is_ordered(page)
    when_it_runs_the_page_follows(page, root, committed_db, key)
    then_who_ordered_it_waits_for_another(page)
    for screen in (phone, page):
        sign_in(screen, served, "trung-uong", to=f"{HERE}{key}/")
        then_it_is_fit_for_eyes(screen)
    with as_the_system(committed_db):
        assert column(_TIED) == [0]
    page.get_by_role("button", name="Đã xem mẫu, xác nhận ghi").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đang ghi:")).to_be_visible()
    with as_the_system(committed_db):
        assert written(root, key) == "applied"
        assert int(str(column(_TIED)[0])) > 200
    expect(page.get_by_text("Đã ghi xong.")).to_be_visible(timeout=20_000)
    then_it_is_fit_for_eyes(page)
    when_it_is_taken_back(page)
    with as_the_system(committed_db):
        assert written(root, key) == "undone"
        assert column(_TIED) == [0]
    expect(page.get_by_text(re.compile("Đã hủy lúc"))).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Tệp của kỳ trước.").first).to_be_visible()
    then_it_is_fit_for_eyes(page)
